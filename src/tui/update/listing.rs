//! Lists: filter, order, marks, details, and copying what is under the cursor.

use crate::{
    domain::link::Link,
    ops::find::Thing,
    resolve::query::Environment,
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State, TREE_FIELDS,
            finder::{Finder, Source},
            form,
            layout::{self, Layout},
            overlay::Overlay,
            route::Screen,
            table::{self, Table},
            tree::Spot,
        },
        widget::{filter::Filter, list::Motion, table::Sorted, toast::ToastKind},
    },
};

/// A filter of so many workflows is applied at once; more are looked through on another thread.
const AT_ONCE: usize = 20_000;

/// Does an action on the list of the screen.
pub(super) fn list(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    match action {
        Action::Filter if argument.is_empty() => {
            let before = state.route().filter.text().to_owned();
            state.overlays.push(Overlay::Filter { before });
            Vec::new()
        }
        Action::Filter => {
            state.route_mut().filter.set(argument);
            filter(state)
        }
        Action::Sort if argument.is_empty() => {
            let finder = Finder::new(Source::Columns, "", state);
            state.overlays.push(Overlay::Finder(finder));
            Vec::new()
        }
        Action::Sort => sort(state, argument),
        Action::ToggleDetails => {
            let shown = layout::shows_details(state.route(), state.size);
            state.route_mut().details = Some(!shown);
            Vec::new()
        }
        Action::CycleEnvironment => environment(state, argument),
        Action::CopyName | Action::CopyLink | Action::CopyCommand => copy(state, action),
        _ => mark(state, action),
    }
}

/// Applies the filter that stands in the route.
pub(super) fn filter(state: &mut State) -> Vec<Effect> {
    let text = state.route().filter.text().to_owned();
    if state.route().screen == Screen::Overview {
        super::overviewing::rebuild(state);
        return Vec::new();
    }
    if state.route().screen != Screen::Workflows {
        arrange(state);
        return Vec::new();
    }
    let Some(data) = state.data.clone() else { return Vec::new() };
    let filter = Filter::parse(&text, TREE_FIELDS);
    state.asked.search = state.next_generation();
    if filter.is_empty() {
        state.matching = None;
        rebuild(state);
        return Vec::new();
    }
    if data.tree.workflows() <= AT_ONCE {
        state.matching = Some(data.tree.matching(&data.view, &filter, state.now));
        rebuild(state);
        first_match(state);
        return Vec::new();
    }
    let (generation, now) = (state.asked.search, state.now);
    vec![Effect::Search { generation, view: data.view, tree: data.tree, filter, now }]
}

/// Puts the cursor on the first workflow that a filter found.
pub(super) fn first_match(state: &mut State) {
    let found = state.tree_rows.iter().position(|row| matches!(row.spot, Spot::Workflow(_)));
    state.route_mut().list.cursor = found.unwrap_or(0);
}

/// Makes the rows of the screen anew, the cursor staying on what it was on.
pub(super) fn rebuild(state: &mut State) {
    match state.route().screen {
        Screen::Workflows => {
            let here = state.spot();
            let Some(data) = &state.data else { return };
            state.tree_rows = data.tree.rows(&data.view, &state.open, state.matching.as_deref());
            if let Some(spot) = here {
                put_cursor(state, spot);
            }
        }
        Screen::Providers | Screen::Credentials | Screen::Records(_) => {
            let Some(data) = &state.data else { return };
            let uses = data.census.as_ref().map(|census| &census.uses);
            state.table = Table::of(&state.route().screen, &data.view, uses, state.now, state.expiring_days);
            arrange(state);
        }
        Screen::Audit => {
            state.table = Table::of_audit(state.audit.rows(), state.now);
            arrange(state);
        }
        Screen::Overview => super::overviewing::rebuild(state),
        Screen::Preview(_) | Screen::Changes => {}
    }
}

/// Filters and orders the rows of a flat list, the cursor staying on what it was on.
fn arrange(state: &mut State) {
    let here = state.thing();
    let route = state.history.here().clone();
    state.table.arrange(&route.screen, route.filter.text(), &route.sort);
    let at = match here {
        Some(_) => state.table.order.iter().position(|&at| state.table.rows[at].thing == here),
        // A deed is no thing that could be found again: the line stays.
        None => Some(route.list.cursor.min(state.table.order.len().saturating_sub(1))),
    };
    state.route_mut().list.cursor = at.unwrap_or(0);
}

/// Puts the cursor of the tree on a spot, or on what it hangs under now.
pub(super) fn put_cursor(state: &mut State, spot: Spot) {
    let same = |row: &crate::tui::state::tree::TreeRow| {
        row.spot == spot || matches!((row.spot, spot), (Spot::App(_, one), Spot::App(None, other)) if one == other)
    };
    let at = state.tree_rows.iter().position(same).or_else(|| {
        let data = state.data.as_ref()?;
        let entry = match spot {
            Spot::Node(node) => data.tree.find(Spot::Workflow(data.view.workflow_of(node)?))?,
            other => data.tree.find(other)?,
        };
        let above = data.tree.ancestors(entry).into_iter().rev().chain([entry]);
        let shown = |at: usize| {
            let spot = data.tree.entries()[at].spot;
            state.tree_rows.iter().position(|row| row.spot == spot)
        };
        above.filter_map(shown).max()
    });
    let (count, height) = (state.tree_rows.len(), usize::from(Layout::of(state).list.height).max(1));
    let at = at.unwrap_or_else(|| state.route().list.cursor.min(count.saturating_sub(1)));
    state.route_mut().list.go(Motion::To(at), count, height);
}

/// Sorts by `COLUMN [desc]`; the order before becomes the second level. The same column again turns its order round.
fn sort(state: &mut State, argument: &str) -> Vec<Effect> {
    let heads = table::columns(&state.route().screen);
    let (name, direction) = match argument.strip_suffix(" desc") {
        Some(name) => (name.trim(), true),
        None => (argument.trim(), false),
    };
    let column = heads.iter().position(|head| head.field.eq_ignore_ascii_case(name));
    let Some(column) = column.or_else(|| heads.iter().position(|head| head.field.starts_with(name))) else {
        let known: Vec<&str> = heads.iter().map(|head| head.field).collect();
        state.say(ToastKind::Warn, format!("There is no column {name}; there are {}", known.join(", ")));
        return Vec::new();
    };
    let levels = &mut state.route_mut().sort;
    let again = levels.first() == Some(&Sorted { column, descending: direction });
    levels.retain(|level| level.column != column);
    levels.insert(0, Sorted { column, descending: direction != again });
    levels.truncate(2);
    arrange(state);
    Vec::new()
}

fn mark(state: &mut State, action: Action) -> Vec<Effect> {
    let at = state.route().list.cursor;
    match action {
        Action::Mark => {
            if let Some(thing) = state.markable(at) {
                let route = state.route_mut();
                if !route.marks.remove(&thing) {
                    route.marks.insert(thing);
                }
            }
            return super::moving::by(state, Motion::Down);
        }
        Action::MarkRange => {
            let begun = state.route().range.is_some();
            state.route_mut().range = (!begun).then_some(at);
            if !begun {
                extend_range(state, at);
            }
        }
        Action::MarkAll => {
            let all: Vec<Thing> = (0..state.row_count()).filter_map(|line| state.markable(line)).collect();
            let leaves: Vec<Thing> = match state.route().screen {
                // Of a tree the workflows: what hangs above and below them is them again.
                Screen::Workflows => all.into_iter().filter(|it| matches!(it, Thing::Workflow(_))).collect(),
                _ => all,
            };
            state.route_mut().marks.extend(leaves);
        }
        _ => {
            state.route_mut().marks.clear();
            state.route_mut().range = None;
        }
    }
    Vec::new()
}

/// Marks what the cursor passed, while a range is being marked.
pub(super) fn extend_range(state: &mut State, before: usize) {
    if state.route().range.is_none() {
        return;
    }
    let now = state.route().list.cursor;
    let passed: Vec<Thing> = (before.min(now)..=before.max(now)).filter_map(|line| state.markable(line)).collect();
    state.route_mut().marks.extend(passed);
}

/// Looks at the next environment that is in use, or at the named one.
fn environment(state: &mut State, argument: &str) -> Vec<Effect> {
    let Some(view) = state.view() else { return Vec::new() };
    let mut known = form::environments(view);
    if let Some(Overlay::Picker(_)) = state.overlays.last() {
        return super::assigning::environment(state, &known);
    }
    known.insert(0, String::new());
    let here = match (state.preview(), &state.environment) {
        (Some(preview), _) => preview.environment.as_deref().unwrap_or_default().to_owned(),
        (None, Environment::Is(name)) => name.to_string(),
        (None, Environment::Workflow) => String::new(),
    };
    let next = if argument.is_empty() {
        let at = known.iter().position(|name| *name == here).map_or(0, |at| (at + 1) % known.len());
        known.swap_remove(at)
    } else {
        argument.to_owned()
    };
    let words = if next.is_empty() { "each workflow's own" } else { &next };
    let text = format!("Environment: {words}");
    let own = next.is_empty();
    if let Some(preview) = state.preview_mut() {
        preview.environment = (!own).then(|| next.as_str().into());
    } else {
        state.environment = if own { Environment::Workflow } else { Environment::Is(next.as_str().into()) };
    }
    state.say(ToastKind::Ok, text);
    Vec::new()
}

/// Returns the link to a thing.
pub(super) fn link_of(state: &State, thing: Thing) -> Option<Link> {
    let view = state.view()?;
    match thing {
        Thing::Workflow(ix) => Link::new("workflow", &[&view.workflow(ix)?.name]),
        Thing::App(ix) => Link::new("app", &[&view.app(ix)?.name]),
        Thing::Node(ix) => {
            let workflow = view.workflow(view.workflow_of(ix)?)?;
            Link::new("node", &[&workflow.name, &view.node(ix)?.name])
        }
        Thing::Credential(ix) => Link::new("key", &[&view.credential(ix)?.name]),
        Thing::Pool(ix) => Link::new("pool", &[&view.pool(ix)?.name]),
        Thing::Instance(ix) => Link::new("instance", &[&view.instance(ix)?.name]),
        Thing::Department(ix) => Link::new("department", &[&view.department(ix)?.name]),
        Thing::Operator(ix) => Link::new("operator", &[&view.operator(ix)?.login]),
        Thing::Assignment(ix) => Link::new("assignment", &[&view.assignment(ix)?.id.to_string()]),
        Thing::Provider(ix) => Link::new("provider", &[view.provider_slug(ix)]),
        Thing::Model(ix) => {
            let entry = view.vocabulary().model_entry(ix)?;
            Link::new("model", &[view.provider_slug(entry.provider), &entry.name])
        }
    }
}

fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(link) = state.thing().and_then(|thing| link_of(state, thing)) else { return Vec::new() };
    let in_preview = state.preview().is_some();
    let text = match action {
        Action::CopyName => link.second().unwrap_or_else(|| link.name()).to_owned(),
        Action::CopyLink if in_preview => format!("preview/{}", crate::domain::link::encode(link.name())),
        Action::CopyLink => link.to_string(),
        _ => command(&link),
    };
    state.say(ToastKind::Ok, format!("Sent to your terminal's clipboard: {text}"));
    vec![Effect::Copy(text)]
}

/// Returns the command that shows the same.
fn command(link: &Link) -> String {
    let quoted = |text: &str| {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./%".contains(c));
        if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    match (link.place(), link.second()) {
        ("workflow", _) => format!("keydeck why {}", quoted(link.name())),
        ("node", Some(node)) => format!("keydeck why {} --node {}", quoted(link.name()), quoted(node)),
        _ => format!("keydeck show {}", quoted(&link.to_string())),
    }
}
