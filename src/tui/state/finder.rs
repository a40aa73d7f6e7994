//! A list that is searched by typing: help, the palette, places, columns, kinds and themes are all one.

mod mouse;
mod workspaces;

use std::borrow::Cow;

use super::State;
use crate::{
    domain::{catalogue::Ix, credential::Credential, fact::Answer, record::Kind},
    ops::{find::Thing, importing::Source as ImportSource, rows},
    tui::{
        action::{ALIASES, Action, Availability, Completion, LAYERS, ROWS, Section, unaliased},
        keymap::Vocabulary as _,
        state::{available, export::Format, form, layer, rotation::Choice, table},
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
    /// The keys of the layers that hear them in the place that lies below, then all others.
    Help(Vec<&'static str>),
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
    /// The steps of a rotation.
    Rotation {
        /// The key.
        key: Ix<Credential>,
        /// Its name.
        name: String,
        /// How far it is.
        told: String,
        /// Whether somebody said that the new secret works.
        works: bool,
    },
    /// What completes the argument of an action.
    Arguments(Action),
    /// Lines that are to be read: a title, and what stands at the left of each.
    Lines(String, Vec<(String, String)>),
}

impl Source {
    /// Returns the title.
    pub fn title(&self) -> String {
        match self {
            Self::Help(_) => "Keys of this place, then all others".to_owned(),
            Self::Palette => "Run".to_owned(),
            Self::Places => "Go to".to_owned(),
            Self::Uses(title, _) | Self::Lines(title, _) => title.clone(),
            Self::Columns => "Sort by".to_owned(),
            Self::Kinds(_) => "Add".to_owned(),
            Self::Providers(_) => "Assign a key of which provider?".to_owned(),
            Self::Rotation { name, told, .. } => format!("New secret of {name}: {told}"),
            Self::Arguments(action) => action.row().about.to_owned(),
        }
    }

    /// Says what can be typed.
    pub const fn placeholder(&self) -> &'static str {
        match self {
            Self::Help(_) => "type to find by name, key or what it does; enter runs it",
            Self::Palette => "a command, then its argument",
            Self::Places => "a workflow, key, app, department …",
            _ => "type to find",
        }
    }

    /// Says what to do when nothing is found.
    pub const fn empty(&self) -> &'static str {
        match self {
            Self::Lines(..) => "There is nothing to tell.",
            Self::Uses(..) => "Nothing uses it. A key that nobody uses can be revoked without harm.",
            Self::Help(_) | Self::Palette => "No action is called so. Backspace takes letters away.",
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
    /// Does a step of the rotation of a key.
    Rotate(Ix<Credential>, Choice),
    /// Does nothing: the line is to be read.
    Read,
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
    /// What of it searches the lines.
    pub filter: Filter,
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
        let mut finder = Self {
            source,
            input,
            filter: Filter::default(),
            items: Vec::new(),
            total: 0,
            list: ListState::default(),
            recalled: None,
        };
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
        self.filter = Filter::parse(&sought, &["key", "kind", "name"]);
        let mut found = self.filter.rank(&all);
        let words = sought.split_whitespace().filter(|word| !word.contains(':'));
        let typed = words.collect::<Vec<_>>().join(" ").to_lowercase();
        // A name that begins with what was typed is meant more often than a word somewhere behind it.
        found.sort_by_key(|&at| {
            let name = all[at].name.to_lowercase();
            (name != typed, !name.starts_with(&typed), !name.contains(&typed))
        });
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
        Source::Help(layers) => (help(state, layers), typed.to_owned()),
        Source::Palette => palette(state, typed),
        Source::Places => (places(state, typed), typed.to_owned()),
        Source::Uses(_, things) => (things.iter().filter_map(|thing| place(state, *thing)).collect(), typed.to_owned()),
        Source::Columns => (arguments(state, Action::Sort, Completion::Columns, typed), typed.to_owned()),
        Source::Arguments(action) => {
            let complete = action.row().argument.map_or(Completion::Free, |argument| argument.complete);
            (arguments(state, *action, complete, typed), typed.to_owned())
        }
        Source::Rotation { key, works, .. } => (steps(*key, *works), typed.to_owned()),
        Source::Lines(_, lines) => {
            let item = |(mark, text): &(String, String)| Item {
                mark: mark.clone(),
                name: text.clone(),
                about: String::new(),
                reason: None,
                pick: Pick::Read,
            };
            (lines.iter().map(item).collect(), typed.to_owned())
        }
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

/// What can be done with a secret that is stored beside the one in use.
fn steps(key: Ix<Credential>, works: bool) -> Vec<Item> {
    let untried = (!works).then(|| "ask its vendor first, or try it yourself and say that it works".to_owned());
    let all = [
        ("ask its vendor", "Show it the new secret, and note what it says", None, Choice::Ask),
        ("it works", "You tried it at the vendor, and it was taken", None, Choice::Tested(Answer::Works)),
        ("it was refused", "You tried it at the vendor, and it was not taken", None, Choice::Tested(Answer::Refused)),
        ("put it in use", "Stage that nodes use it from now on", untried, Choice::Promote { untested: false }),
        (
            "put it in use untested",
            "The same, although nobody said that it works",
            None,
            Choice::Promote { untested: true },
        ),
        ("destroy it", "The secret in use stays as it is", None, Choice::Abandon),
    ];
    let item = |(name, about, reason, choice): (&str, &str, Option<String>, Choice)| Item {
        mark: String::new(),
        name: name.to_owned(),
        about: about.to_owned(),
        reason,
        pick: Pick::Rotate(key, choice),
    };
    all.map(item).to_vec()
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

/// Every action: what has a key in the place below, then what has one elsewhere with the place, then the mouse.
fn help(state: &State, layers: &[&'static str]) -> Vec<Item> {
    let bindings = state.keymap.bindings(layers);
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    for row in ROWS {
        let mut of_row: Vec<_> = bindings.iter().filter(|(_, binding)| binding.action == row.action).collect();
        of_row.sort_by_cached_key(|(keys, _)| (keys.0.len(), keys.to_string().len()));
        let keys: Vec<String> = of_row.iter().map(|(keys, _)| keys.to_string()).collect();
        let argument = of_row.first().map(|(_, binding)| binding.argument.clone()).unwrap_or_default();
        let (mark, reason) = if keys.is_empty() {
            let (keys, place) = keys_elsewhere(state, row.action);
            (keys, Some(place))
        } else {
            (keys.join("  "), reason(state, row.action))
        };
        let item = Item {
            mark,
            name: row.name.to_owned(),
            about: about(state, row.action),
            reason,
            pick: Pick::Run(row.action, argument),
        };
        if keys.is_empty() { elsewhere.push(item) } else { here.push(item) }
    }
    here.into_iter().chain(elsewhere).chain(mouse::lines()).collect()
}

/// Returns the keys that an action has where it is not heard now, and which place that is.
fn keys_elsewhere(state: &State, action: Action) -> (String, String) {
    let bound = LAYERS.iter().find_map(|(layer, place)| {
        let keys = state.keymap.keys_for(&[layer], action);
        if keys.is_empty() { None } else { Some((keys, *place)) }
    });
    match bound {
        Some((keys, place)) => (keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("  "), place.to_owned()),
        None => (String::new(), "it has no key; : runs it by its name".to_owned()),
    }
}

/// Says what an action does, and for how many rows.
fn about(state: &State, action: Action) -> String {
    let about = action.row().about;
    match available::for_marked(state, action) {
        Some(count) => format!("{about} ({count} marked)"),
        None => about.to_owned(),
    }
}

fn reason(state: &State, action: Action) -> Option<String> {
    match available::availability(state, action) {
        Availability::Yes => None,
        Availability::No(reason) => Some(reason),
    }
}

fn palette(state: &State, typed: &str) -> (Vec<Item>, String) {
    let long = unaliased(typed).filter(|_| typed.contains(' '));
    let typed = long.as_deref().unwrap_or(typed);
    if let Some((name, rest)) = typed.split_once(' ')
        && let Some(action) = Action::named(name)
        && let Some(argument) = action.row().argument
    {
        let rest = rest.trim();
        let mut items = arguments(state, action, argument.complete, rest);
        let is_open = matches!(argument.complete, Completion::Free | Completion::Formats | Completion::Sources);
        // Behind a format stands a path, which nothing completes.
        if items.is_empty() || is_open && rest.contains(' ') {
            items = vec![Item {
                mark: String::new(),
                name: rest.to_owned(),
                about: format!("<{}>", argument.name),
                reason: reason(state, action),
                pick: Pick::Run(action, rest.to_owned()),
            }];
            return (items, String::new());
        }
        return (items, rest.to_owned());
    }
    let layers = layer::below(state);
    let item = |name: &str, action: Action, beginning: &str| {
        let row = action.row();
        let keys = state.keymap.keys_for(&layers, action);
        let asks = row.argument.is_some_and(|argument| argument.required) || !beginning.is_empty();
        Item {
            mark: keys.first().map(ToString::to_string).unwrap_or_default(),
            name: name.to_owned(),
            about: about(state, action),
            reason: reason(state, action),
            pick: if asks { Pick::Continue(format!("{name} ")) } else { Pick::Run(action, String::new()) },
        }
    };
    let short = ALIASES.iter().filter(|(alias, ..)| *alias == typed);
    let short = short.map(|(alias, action, beginning)| item(alias, *action, beginning));
    let inner = |row: &&crate::tui::action::Row| row.section != Section::Answer && is_run_by_name(row.action);
    let all = ROWS.iter().filter(inner).map(|row| item(row.name, row.action, ""));
    (short.chain(all).collect(), typed.to_owned())
}

/// Says whether an action makes sense without the key that it is bound to: not what works in a box of its own.
fn is_run_by_name(action: Action) -> bool {
    !action.row().keys.iter().all(|(layer, _)| matches!(*layer, "columns" | "secret" | "picker"))
}

/// What completes the argument of an action.
fn arguments(state: &State, action: Action, complete: Completion, typed: &str) -> Vec<Item> {
    let reason = reason(state, action);
    let item = |name: String, about: String| Item {
        mark: String::new(),
        pick: Pick::Run(action, name.clone()),
        name,
        about,
        reason: reason.clone(),
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
        Completion::Places => places(state, typed),
        Completion::Dimensions => {
            crate::ops::costs::Dimension::ALL.map(|by| item(by.word().to_owned(), String::new())).into()
        }
        Completion::Periods => {
            let words = super::costs::periods(state.now).map(super::costs::period_words);
            words.map(|words| item(words, String::new())).into()
        }
        Completion::Workspaces => workspaces::lines(state),
        Completion::Sources => {
            ImportSource::ALL.map(|it| item(it.word().to_owned(), it.about().to_owned())).into_iter().collect()
        }
        Completion::Formats => {
            Format::WORDS.iter().map(|(word, _, about)| item((*word).to_owned(), (*about).to_owned())).collect()
        }
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
    Kind::Model,
    Kind::Price,
    Kind::Node,
];

/// Everything that one can go to by its name; nodes only where they are asked for, since there may be very many.
fn places(state: &State, typed: &str) -> Vec<Item> {
    let Some(view) = state.view() else { return Vec::new() };
    let providers = rows::providers(view);
    let nodes = typed.contains("kind:node").then(|| view.nodes().map(|(ix, _)| Thing::Node(ix)));
    let things = (view.workflows().map(|(ix, _)| Thing::Workflow(ix)))
        .chain(view.credentials().map(|(ix, _)| Thing::Credential(ix)))
        .chain(view.apps().map(|(ix, _)| Thing::App(ix)))
        .chain(view.departments().map(|(ix, _)| Thing::Department(ix)))
        .chain(view.pools().map(|(ix, _)| Thing::Pool(ix)))
        .chain(view.instances().map(|(ix, _)| Thing::Instance(ix)))
        .chain(view.operators().map(|(ix, _)| Thing::Operator(ix)))
        .chain(providers.iter().filter_map(|row| view.vocabulary().provider(&row.id)).map(Thing::Provider))
        .chain(view.assignments().map(|(ix, _)| Thing::Assignment(ix)))
        .chain(nodes.into_iter().flatten());
    let screens = ROWS.iter().filter_map(|row| {
        let name = row.name.strip_prefix("goto-")?;
        let (about, reason) = (row.about.to_owned(), reason(state, row.action));
        let pick = Pick::Run(row.action, String::new());
        Some(Item { mark: "screen".to_owned(), name: name.to_owned(), about, reason, pick })
    });
    things.filter_map(|thing| place(state, thing)).chain(screens).collect()
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
