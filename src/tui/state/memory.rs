//! What a session remembers for the next one on the same database: the way through the screens with filters, orders and
//! cursors, the columns, and the commands that were run. Names and texts that were typed into filters, never a secret.

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
const VERSION: u32 = 1;

/// How many places and commands are remembered.
const REMEMBERED: usize = 16;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The form that this has.
    pub version: u32,
    /// The workspace that the places are in.
    pub workspace: String,
    /// The way.
    pub way: Vec<Place>,
    /// Where on it the user was.
    pub at: usize,
    /// What was chosen of the columns, by the names of screens.
    pub columns: std::collections::BTreeMap<String, Vec<String>>,
    /// The commands that were run by name.
    pub commands: Vec<String>,
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

/// Writes what is to be remembered; nothing before the database was open.
pub fn write(state: &State) -> Option<String> {
    let view = state.view()?;
    let way = state.history.way(REMEMBERED);
    let places: Vec<Place> = way.iter().map(|(_, route)| place(state, route)).collect();
    let columns = lists().into_iter().filter_map(|screen| {
        let words = state.columns.get(screen.title())?.write(columns(&screen));
        Some((screen_name(&screen), words)).filter(|(_, words)| !words.is_empty())
    });
    let from = state.commands.len().saturating_sub(REMEMBERED);
    let memory = Memory {
        version: VERSION,
        workspace: view.workspace().name.to_string(),
        at: places.len().saturating_sub(1),
        way: places,
        columns: columns.collect(),
        commands: state.commands[from..].to_vec(),
    };
    serde_json::to_string_pretty(&memory).ok()
}

/// Reads what was remembered; nothing of another form, or of another workspace.
pub fn read(text: &str, workspace: &str) -> Option<Memory> {
    let memory: Memory = serde_json::from_str(text).ok()?;
    (memory.version == VERSION && memory.workspace == workspace).then_some(memory)
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
pub fn take_columns(state: &mut State, chosen: &std::collections::BTreeMap<String, Vec<String>>) -> Vec<String> {
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
