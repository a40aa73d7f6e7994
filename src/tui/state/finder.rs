//! A list that is searched by typing: help, the palette, places, columns, kinds and themes are all one.

use std::borrow::Cow;

use super::State;
use crate::{
    domain::record::Kind,
    ops::find::Thing,
    tui::{
        action::{Action, Availability, Completion, ROWS},
        keymap::Vocabulary as _,
        state::{available, form, layer, table},
        widget::{
            filter::{Filter, Searched},
            input::TextInput,
            list::ListState,
        },
    },
};

/// What a finder looks through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The keys of the place that lies below.
    Help,
    /// Actions by name, and their arguments.
    Palette,
    /// Everything that has a name.
    Places,
    /// What uses a thing: found once, listed under this title.
    Uses(String, Vec<Thing>),
    /// The columns of the screen.
    Columns,
    /// The kinds of things that can be added here.
    Kinds(Vec<Kind>),
    /// The providers under a row, of which one is to be chosen: slug, and how many nodes use it.
    Providers(Vec<(String, usize)>),
    /// The themes.
    Themes,
}

impl Source {
    /// Returns the title.
    pub fn title(&self) -> String {
        match self {
            Self::Help => "Keys of this place".to_owned(),
            Self::Palette => "Run".to_owned(),
            Self::Places => "Go to".to_owned(),
            Self::Uses(title, _) => title.clone(),
            Self::Columns => "Sort by".to_owned(),
            Self::Kinds(_) => "Add".to_owned(),
            Self::Providers(_) => "Assign a key of which provider?".to_owned(),
            Self::Themes => "Theme".to_owned(),
        }
    }

    /// Says what can be typed.
    pub const fn placeholder(&self) -> &'static str {
        match self {
            Self::Help => "type to find by name, key or what it does; enter runs it",
            Self::Palette => "a command, then its argument",
            Self::Places => "a workflow, key, app, department …",
            _ => "type to find",
        }
    }

    /// Says what to do when nothing is found.
    pub const fn empty(&self) -> &'static str {
        match self {
            Self::Uses(..) => "Nothing uses it. A key that nobody uses can be revoked without harm.",
            Self::Help | Self::Palette => "No action is called so. Backspace takes letters away.",
            _ => "Nothing is called so. Backspace takes letters away.",
        }
    }
}

/// What a line of a finder does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Runs an action with an argument.
    Run(Action, String),
    /// Writes this into the line, to be continued.
    Continue(String),
    /// Goes to a thing.
    Visit(Thing),
    /// Assigns a key of this provider.
    Assign(String),
}

/// One line of a finder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What stands at the left: keys, a kind.
    pub mark: String,
    /// Its name.
    pub name: String,
    /// What it does or is.
    pub about: String,
    /// Why it can't be chosen now.
    pub reason: Option<String>,
    /// What Enter does.
    pub pick: Pick,
}

impl Searched for Item {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{} {} {}", self.name, self.mark, self.about))
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "key" | "kind" => Some(Cow::Borrowed(&self.mark)),
            "name" => Some(Cow::Borrowed(&self.name)),
            _ => None,
        }
    }
}

/// A finder.
#[derive(Clone, Debug)]
pub struct Finder {
    /// What it looks through.
    pub source: Source,
    /// What is typed.
    pub input: TextInput,
    /// The lines that are shown.
    pub items: Vec<Item>,
    /// How many there are before what was typed.
    pub total: usize,
    /// The cursor.
    pub list: ListState,
    /// Where in the history of commands the palette is; none while a new one is typed.
    pub recalled: Option<usize>,
}

impl Finder {
    /// Begins to look through a source.
    pub fn new(source: Source, text: &str, state: &State) -> Self {
        let input = TextInput::new(text);
        let mut finder =
            Self { source, input, items: Vec::new(), total: 0, list: ListState::default(), recalled: None };
        finder.look(state);
        finder
    }

    /// Looks again after something was typed.
    pub fn look(&mut self, state: &State) {
        let typed = self.input.text().to_owned();
        let (all, sought) = items(state, &self.source, &typed);
        self.total = all.len();
        // A bare sign such as `/` is a key, not a filter.
        let by_key = all.iter().position(|item| !sought.is_empty() && item.mark.split("  ").any(|key| key == sought));
        let found = Filter::parse(&sought, &["key", "kind", "name"]).rank(&all);
        let order: Vec<usize> = by_key.into_iter().chain(found.into_iter().filter(|at| Some(*at) != by_key)).collect();
        let mut all: Vec<Option<Item>> = all.into_iter().map(Some).collect();
        self.items = order.into_iter().filter_map(|at| all[at].take()).collect();
        self.list = ListState::default();
    }

    /// Returns the line under the cursor.
    pub fn item(&self) -> Option<&Item> {
        self.items.get(self.list.cursor)
    }
}

/// Returns every line of a source, and the part of what was typed that searches them.
fn items(state: &State, source: &Source, typed: &str) -> (Vec<Item>, String) {
    match source {
        Source::Help => (help(state), typed.to_owned()),
        Source::Palette => palette(state, typed),
        Source::Places => (places(state), typed.to_owned()),
        Source::Uses(_, things) => (things.iter().filter_map(|thing| place(state, *thing)).collect(), typed.to_owned()),
        Source::Columns => (arguments(state, Action::Sort, Completion::Columns), typed.to_owned()),
        Source::Themes => (arguments(state, Action::Theme, Completion::Themes), typed.to_owned()),
        Source::Kinds(kinds) => (kinds.iter().map(|kind| added(*kind)).collect(), typed.to_owned()),
        Source::Providers(all) => {
            let item = |(slug, nodes): &(String, usize)| Item {
                mark: String::new(),
                name: slug.clone(),
                about: crate::tui::words::count(*nodes, "node"),
                reason: None,
                pick: Pick::Assign(slug.clone()),
            };
            (all.iter().map(item).collect(), typed.to_owned())
        }
    }
}

fn added(kind: Kind) -> Item {
    Item {
        mark: String::new(),
        name: form::kind_words(kind).to_owned(),
        about: format!("Add a new {}", form::kind_words(kind)),
        reason: None,
        pick: Pick::Run(Action::Add, kind.word().to_owned()),
    }
}

/// Everything that has a key where the finder lies over, in the order of the table, then what has none.
fn help(state: &State) -> Vec<Item> {
    let layers = layer::below(state);
    let bindings = state.keymap.bindings(&layers);
    let mut items = Vec::new();
    for row in ROWS {
        let mut of_row: Vec<_> = bindings.iter().filter(|(_, binding)| binding.action == row.action).collect();
        of_row.sort_by_cached_key(|(keys, _)| (keys.0.len(), keys.to_string().len()));
        let keys: Vec<String> = of_row.iter().map(|(keys, _)| keys.to_string()).collect();
        if keys.is_empty() {
            continue;
        }
        let argument = of_row.first().map(|(_, binding)| binding.argument.clone()).unwrap_or_default();
        items.push(Item {
            mark: keys.join("  "),
            name: row.name.to_owned(),
            about: row.about.to_owned(),
            reason: reason(state, row.action),
            pick: Pick::Run(row.action, argument),
        });
    }
    items
}

fn reason(state: &State, action: Action) -> Option<String> {
    match available::availability(state, action) {
        Availability::Yes => None,
        Availability::No(reason) => Some(reason),
    }
}

fn palette(state: &State, typed: &str) -> (Vec<Item>, String) {
    if let Some((name, rest)) = typed.split_once(' ')
        && let Some(action) = Action::named(name)
        && let Some(argument) = action.row().argument
    {
        let mut items = arguments(state, action, argument.complete);
        if items.is_empty() {
            items.push(Item {
                mark: String::new(),
                name: rest.to_owned(),
                about: format!("<{}>", argument.name),
                reason: reason(state, action),
                pick: Pick::Run(action, rest.trim().to_owned()),
            });
            return (items, String::new());
        }
        return (items, rest.trim().to_owned());
    }
    let layers = layer::below(state);
    let item = |row: &crate::tui::action::Row| {
        let keys = state.keymap.keys_for(&layers, row.action);
        let argument = row.argument.filter(|argument| argument.required);
        Item {
            mark: keys.first().map(ToString::to_string).unwrap_or_default(),
            name: row.name.to_owned(),
            about: row.about.to_owned(),
            reason: reason(state, row.action),
            pick: match argument {
                Some(_) => Pick::Continue(format!("{} ", row.name)),
                None => Pick::Run(row.action, String::new()),
            },
        }
    };
    let inner = |row: &&crate::tui::action::Row| row.section != crate::tui::action::Section::Answer;
    (ROWS.iter().filter(inner).map(item).collect(), typed.to_owned())
}

/// What completes the argument of an action.
fn arguments(state: &State, action: Action, complete: Completion) -> Vec<Item> {
    let item = |name: String, about: String| Item {
        mark: String::new(),
        pick: Pick::Run(action, name.clone()),
        name,
        about,
        reason: None,
    };
    match complete {
        Completion::Free => Vec::new(),
        Completion::Columns => {
            let columns = table::columns(&state.route().screen).iter().filter(|column| !column.shape.title.is_empty());
            let both = columns.flat_map(|column| {
                let title = column.shape.title;
                [(title.to_owned(), "rising"), (format!("{title} desc"), "falling")]
            });
            both.map(|(name, about)| item(name, about.to_owned())).collect()
        }
        Completion::Environments => {
            let known = state.view().map(form::environments).unwrap_or_default();
            known.into_iter().map(|name| item(name, String::new())).collect()
        }
        Completion::Themes => state.themes.iter().map(|name| item(name.clone(), String::new())).collect(),
        Completion::Kinds => Kind::ALL.iter().filter(|kind| ADDABLE.contains(kind)).map(|kind| added(*kind)).collect(),
        Completion::Places => places(state),
    }
}

/// The kinds that forms can add.
pub const ADDABLE: &[Kind] = &[
    Kind::Credential,
    Kind::Pool,
    Kind::Instance,
    Kind::Assignment,
    Kind::Workflow,
    Kind::App,
    Kind::Department,
    Kind::Operator,
    Kind::Provider,
    Kind::Node,
];

fn places(state: &State) -> Vec<Item> {
    let Some(view) = state.view() else { return Vec::new() };
    let things = (view.workflows().map(|(ix, _)| Thing::Workflow(ix)))
        .chain(view.credentials().map(|(ix, _)| Thing::Credential(ix)))
        .chain(view.apps().map(|(ix, _)| Thing::App(ix)))
        .chain(view.departments().map(|(ix, _)| Thing::Department(ix)))
        .chain(view.pools().map(|(ix, _)| Thing::Pool(ix)))
        .chain(view.instances().map(|(ix, _)| Thing::Instance(ix)))
        .chain(view.operators().map(|(ix, _)| Thing::Operator(ix)));
    things.filter_map(|thing| place(state, thing)).collect()
}

fn place(state: &State, thing: Thing) -> Option<Item> {
    let view = state.view()?;
    let (mark, name, about) = match thing {
        Thing::Workflow(ix) => {
            let about = view.department_of(ix).map(|ix| view.department_name(ix).into_owned()).unwrap_or_default();
            ("workflow", view.workflow(ix)?.name.to_string(), about)
        }
        Thing::Node(ix) => {
            let workflow = view.workflow_of(ix).and_then(|ix| view.workflow(ix))?;
            ("node", format!("{} › {}", workflow.name, view.node(ix)?.label()), String::new())
        }
        Thing::App(ix) => ("app", view.app(ix)?.name.to_string(), String::new()),
        Thing::Department(ix) => ("department", view.department_name(ix).into_owned(), String::new()),
        Thing::Credential(ix) => {
            let key = view.credential(ix)?;
            let (owner, _) = crate::tui::words::owner(view, view.owner_of_key(ix));
            ("key", key.name.to_string(), format!("{} · {owner}", key.provider))
        }
        Thing::Pool(ix) => ("pool", view.pool(ix)?.name.to_string(), view.pool(ix)?.provider.to_string()),
        Thing::Instance(ix) => ("instance", view.instance(ix)?.name.to_string(), view.instance(ix)?.model.to_string()),
        Thing::Operator(ix) => ("operator", view.operator_name(ix).into_owned(), String::new()),
        Thing::Assignment(ix) => {
            let rule = view.assignment(ix)?;
            let scope = crate::form::words::scope_text(rule.scope, &view.lookup());
            let target = crate::form::words::target_text(&rule.target, &view.lookup());
            ("rule", scope, format!("{} → {target}", rule.provider))
        }
        Thing::Provider(ix) => ("provider", view.provider_slug(ix).to_string(), String::new()),
        Thing::Model(ix) => ("model", view.model_name(ix).to_owned(), String::new()),
    };
    Some(Item { mark: mark.to_owned(), name, about, reason: None, pick: Pick::Visit(thing) })
}
