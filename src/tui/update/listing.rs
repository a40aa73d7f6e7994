//! Lists: filter, order, marks, details, and copying what is under the cursor.

use std::sync::Arc;

use crate::{
    domain::link::Link,
    ops::find::Thing,
    resolve::query::Environment,
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State, TREE_FIELDS, available, equivalent,
            finder::{Finder, Source},
            form,
            layout::{self, Layout},
            links::{link_here, link_of},
            overlay::Overlay,
            route::Screen,
            table::{self, Table},
            tree::{Census, Spot},
        },
        widget::{filter::Filter, list::Motion, table::Sorted, toast::ToastKind},
        words,
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
        _ => copy(state, action),
    }
}

/// Applies the filter that stands in the route.
pub(super) fn filter(state: &mut State) -> Vec<Effect> {
    let text = state.route().filter.text().to_owned();
    if state.route().screen == Screen::Overview {
        super::overviewing::rebuild(state);
        return Vec::new();
    }
    if state.route().screen == Screen::Matrix {
        return super::gridding::filter(state);
    }
    if state.route().screen != Screen::Workflows {
        let here = state.thing();
        arrange(state, here);
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
        best_match(state);
        return Vec::new();
    }
    let (generation, now) = (state.asked.search, state.now);
    vec![Effect::Search { generation, view: data.view, tree: data.tree, filter, now }]
}

/// Puts the cursor on the workflow that a filter found best.
pub(super) fn best_match(state: &mut State) {
    let Some(best) = state.matching.as_ref().and_then(|matching| matching.best) else { return };
    let found = state.tree_rows.iter().position(|row| row.entry == best);
    state.route_mut().list.cursor = found.unwrap_or(0);
}

/// Makes the rows of the screen anew, the cursor staying on what it was on.
pub(super) fn rebuild(state: &mut State) {
    match state.route().screen {
        Screen::Workflows => {
            let here = state.spot();
            let Some(data) = &state.data else { return };
            state.tree_rows = data.tree.rows(&data.view, &state.open, state.matching.as_ref().map(|it| &*it.shown));
            if let Some(spot) = here {
                put_cursor(state, spot);
            }
        }
        Screen::Providers | Screen::Credentials | Screen::Records(_) => {
            let here = state.thing();
            let Some(data) = &state.data else { return };
            state.table = Table::of(&state.route().screen, data, state.now, state.expiring_days);
            arrange(state, here);
        }
        Screen::Audit => {
            state.table = Table::of_audit(state.audit.rows(), state.now);
            arrange(state, None);
        }
        Screen::Overview => super::overviewing::rebuild(state),
        Screen::Costs(_) => {
            let here = state.thing();
            state.table = state.cost_answer().map(|answer| Table::of_costs(&answer.costs)).unwrap_or_default();
            arrange(state, here);
        }
        Screen::Matrix | Screen::Preview(_) | Screen::Changes => {}
    }
}

/// Takes the counts of the nodes that use each key into the list of keys, whose order may hang on them.
pub(super) fn count(state: &mut State, census: &Arc<Census>) {
    let here = state.thing();
    state.table.count(census, state.now);
    arrange(state, here);
}

/// Filters and orders the rows of a flat list, the cursor staying on what it was on before they were made anew.
fn arrange(state: &mut State, here: Option<Thing>) {
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
    let column = heads.iter().position(|head| head.is_called(name));
    let Some(column) = column.or_else(|| heads.iter().position(|head| head.field.starts_with(name))) else {
        let known: Vec<&str> = heads.iter().map(|head| head.field).collect();
        state.say(ToastKind::Warn, format!("There is no column {name}; there are {}", known.join(", ")));
        return Vec::new();
    };
    sort_by(state, column, direction);
    Vec::new()
}

/// Sorts by a column: the order before becomes the second level, and the same column again turns its order round.
pub(super) fn sort_by(state: &mut State, column: usize, direction: bool) {
    let levels = &mut state.route_mut().sort;
    let again = levels.first() == Some(&Sorted { column, descending: direction });
    levels.retain(|level| level.column != column);
    levels.insert(0, Sorted { column, descending: direction != again });
    levels.truncate(2);
    let here = state.thing();
    arrange(state, here);
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
    super::gridding::ask(state)
}

fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::CopyCommand
        && state.cost_place().is_some()
        && let Some(command) = equivalent::of_action(state, action, None)
    {
        let command = equivalent::placed(state, command);
        state.say(ToastKind::Ok, format!("Sent to your terminal's clipboard: {command}"));
        return vec![Effect::Copy(command)];
    }
    let mut links: Vec<Link> =
        available::chosen_things(state).into_iter().filter_map(|thing| link_of(state, thing)).collect();
    if links.len() < 2 && (links.is_empty() || action == Action::CopyLink) {
        links = link_here(state).into_iter().collect();
    }
    let text = |link: &Link| match action {
        Action::CopyName => link.second().unwrap_or_else(|| link.name()).to_owned(),
        Action::CopyLink => link.to_string(),
        _ => equivalent::placed(state, equivalent::shows(link)),
    };
    let all: Vec<String> = links.iter().map(text).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let said = match all.len() {
        1 => first.clone(),
        more => format!("{first}, and {}", words::count(more - 1, "more line")),
    };
    state.say(ToastKind::Ok, format!("Sent to your terminal's clipboard: {said}"));
    vec![Effect::Copy(all.join("\n"))]
}
