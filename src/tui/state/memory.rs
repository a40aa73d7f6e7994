//! What a session remembers for the next one on the same database: the way through the screens of each workspace, with
//! filters, orders and cursors, the columns, and the commands that were run. Names and texts that were typed into filters, never a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    State,
    columns::Chosen,
    links::{link_in, screen_name},
    route::{Route, Screen},
    table::{columns, lists},
};
use crate::{
    domain::link::Link,
    tui::widget::{input::TextInput, list::ListState, table::Sorted},
};

/// The form of the file.
const VERSION: u32 = 2;

/// How many places and commands are remembered.
const REMEMBERED: usize = 16;

/// What is remembered of all workspaces of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memories {
    /// The form that this has.
    version: u32,
    /// The workspace in which the last session ended.
    pub last: String,
    /// The ways, by the names of workspaces.
    pub ways: BTreeMap<String, Memory>,
    /// What was chosen of the columns, by the names of screens.
    pub columns: BTreeMap<String, Vec<String>>,
    /// The commands that were run by name.
    pub commands: Vec<String>,
}

/// What is remembered of one workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The way.
    pub way: Vec<Place>,
    /// Where on it the user was.
    pub at: usize,
}

impl Memories {
    /// Reads what was remembered; nothing of another form.
    pub fn read(text: &str) -> Option<Self> {
        let memories: Self = serde_json::from_str(text).ok()?;
        (memories.version == VERSION).then_some(memories)
    }
}

/// A place on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The screen's name in links.
    pub screen: String,
    /// Of a preview: the workflow or node.
    pub of: Option<String>,
    /// The filter.
    pub filter: String,
    /// The order: columns, and whether the greatest come first.
    pub sort: Vec<(String, bool)>,
    /// The link to what was under the cursor.
    pub under: Option<String>,
    /// The line of the cursor.
    pub line: usize,
    /// Whether details were shown.
    pub details: Option<bool>,
}

/// Remembers the way through the workspace that is open; nothing before it is.
pub fn remember(state: &mut State) {
    let Some(name) = state.view().map(|view| view.workspace().name.to_string()) else { return };
    let way: Vec<Place> = state.history.way(REMEMBERED).iter().map(|(_, route)| place(state, route)).collect();
    let memory = Memory { at: way.len().saturating_sub(1), way };
    state.memories.last.clone_from(&name);
    state.memories.ways.insert(name, memory);
}

/// Writes what is to be remembered; nothing before the database was open.
pub fn write(state: &mut State) -> Option<String> {
    remember(state);
    let columns = lists().into_iter().filter_map(|screen| {
        let words = state.columns.get(screen.title())?.write(columns(&screen));
        Some((screen_name(&screen), words)).filter(|(_, words)| !words.is_empty())
    });
    let from = state.commands.len().saturating_sub(REMEMBERED);
    let memories = Memories {
        version: VERSION,
        columns: columns.collect(),
        commands: state.commands[from..].to_vec(),
        ..state.memories.clone()
    };
    // A workspace that was never open leaves what was remembered as it is.
    (!memories.last.is_empty()).then(|| serde_json::to_string_pretty(&memories).ok())?
}

fn place(state: &State, route: &Route) -> Place {
    let heads = columns(&route.screen);
    let sort =
        route.sort.iter().filter_map(|level| Some((heads.get(level.column)?.field.to_owned(), level.descending)));
    let of = match &route.screen {
        Screen::Preview(preview) => state.view().and_then(|view| {
            use super::preview::PreviewOf;
            use crate::ops::find::Thing;
            let thing = match preview.of {
                PreviewOf::Workflow(ix) => Thing::Workflow(ix),
                PreviewOf::Node(ix) => Thing::Node(ix),
                // A cell of the matrix is found again from there.
                PreviewOf::Pair(..) => return None,
            };
            link_in(view, thing).map(|link| link.to_string())
        }),
        _ => None,
    };
    let is_here = std::ptr::eq(route, state.route());
    let under = state.thing().filter(|_| is_here).and_then(|thing| link_in(state.view()?, thing));
    Place {
        screen: screen_name(&route.screen),
        of,
        filter: route.filter.text().to_owned(),
        sort: sort.collect(),
        under: under.map(|link| link.to_string()),
        line: route.list.cursor,
        details: route.details,
    }
}

/// Makes the place of a remembered one, on its screen.
pub fn route(place: &Place, screen: Screen) -> Route {
    let heads = columns(&screen);
    let level = |(name, descending): &(String, bool)| {
        let column = heads.iter().position(|head| head.field == name)?;
        Some(Sorted { column, descending: *descending })
    };
    let mut route = Route::new(screen);
    route.filter = TextInput::new(place.filter.clone());
    route.sort = place.sort.iter().filter_map(level).take(2).collect();
    route.list = ListState { cursor: place.line, top: 0 };
    route.details = place.details;
    route
}

/// Takes the columns that are chosen, by the names of screens, and says what of them is no column.
pub fn take_columns(state: &mut State, chosen: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, words) in chosen.iter().filter(|(_, words)| !words.is_empty()) {
        let Some(screen) = lists().into_iter().find(|screen| screen_name(screen) == *name) else { continue };
        let (choice, wrong) = Chosen::read(columns(&screen), words);
        state.columns.insert(screen.title(), choice);
        faults.extend(wrong.into_iter().map(|fault| format!("columns of {name}: {fault}")));
    }
    faults
}

/// Reads the link to what was under the cursor.
pub fn under(place: &Place) -> Option<Link> {
    place.under.as_deref().and_then(|link| Link::parse(link).ok())
}
