//! Moving: cursors of lists, branches of the tree, panes.

use crate::tui::{
    action::Action,
    effect::Effect,
    state::{
        State, available,
        layout::Layout,
        overlay::Overlay,
        route::Screen,
        tree::{Spot, workflow_summary},
    },
    view,
    widget::list::{ListState, Motion},
};

use super::{assigning, columns, finding, gridding, listing, marking, overviewing};

/// Details that are longer than this are not read line by line.
const MOST_DETAILS: usize = 10_000;

/// Moves the cursor of whatever hears keys.
pub(super) fn go(state: &mut State, action: Action) -> Vec<Effect> {
    let motion = match action {
        Action::MoveUp => Motion::Up,
        Action::MoveDown => Motion::Down,
        Action::PageUp => Motion::PageUp,
        Action::PageDown => Motion::PageDown,
        Action::MoveFirst => Motion::First,
        _ => Motion::Last,
    };
    // The palette's history lies above its first line.
    if matches!(motion, Motion::Up | Motion::Down) && finding::recall(state, motion == Motion::Up) {
        return Vec::new();
    }
    by(state, motion)
}

/// Moves the cursor of whatever hears keys.
pub(super) fn by(state: &mut State, motion: Motion) -> Vec<Effect> {
    let page = usize::from(state.size.1.saturating_sub(8)).max(1);
    match state.overlays.last_mut() {
        Some(Overlay::Picker(picker)) => {
            picker.list.go(motion, picker.shown.len(), page);
            return assigning::outlook(state);
        }
        Some(Overlay::Finder(finder)) => finder.list.go(motion, finder.items.len(), page),
        Some(Overlay::Columns(_)) => columns::by(state, motion),
        Some(Overlay::Filter { .. }) | None => return in_screen(state, motion),
        Some(_) => scroll(state, motion, page),
    }
    Vec::new()
}

/// Scrolls the box over the screen.
fn scroll(state: &mut State, motion: Motion, page: usize) {
    let (here, last) = (state.scrolled, view::hidden(state));
    let to = match motion {
        Motion::Up => here.saturating_sub(1),
        Motion::Down => here + 1,
        Motion::PageUp => here.saturating_sub(page),
        Motion::PageDown => here + page,
        Motion::First => 0,
        Motion::Last => last,
        Motion::To(line) => line,
    };
    state.scrolled = to.min(last);
}

fn in_screen(state: &mut State, motion: Motion) -> Vec<Effect> {
    let (pane, now) = (state.route().pane, state.now);
    let view = state.view().cloned();
    if let (Some(preview), Some(view)) = (state.preview_mut(), view)
        && pane > 0
    {
        let (at, count) = match pane {
            1 => (preview.input, preview.lines(&view, now).len()),
            _ => (preview.node, preview.nodes(&view).len()),
        };
        let mut list = ListState { cursor: at, top: 0 };
        list.go(motion, count, count);
        match pane {
            1 => preview.input = list.cursor,
            _ => preview.node = list.cursor,
        }
        return Vec::new();
    }
    let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height));
    state.route_mut().detail = 0;
    state.route_mut().list.go(motion, count, height.max(1));
    marking::follow(state);
    Vec::new()
}

/// Opens and closes branches, and jumps to problems.
pub(super) fn branch(state: &mut State, action: Action) -> Vec<Effect> {
    if state.route().screen == Screen::Overview {
        overviewing::branch(state, action);
        return Vec::new();
    }
    if state.route().screen == Screen::Matrix {
        gridding::next_problem(state);
        return Vec::new();
    }
    match action {
        Action::ExpandAll => {
            if let Some(data) = &state.data {
                state.open = data.tree.entries().iter().map(|entry| entry.spot).collect();
            }
            listing::rebuild(state);
        }
        Action::CollapseAll => {
            let top = state.spot().and_then(|spot| top_of(state, spot));
            state.open.clear();
            listing::rebuild(state);
            if let Some(top) = top {
                listing::put_cursor(state, top);
            }
        }
        Action::Expand => expand(state),
        Action::Collapse => collapse(state),
        _ => next_problem(state),
    }
    Vec::new()
}

fn expand(state: &mut State) {
    let Some(spot) = state.spot() else { return };
    if state.open.insert(spot) {
        listing::rebuild(state);
    } else if state
        .tree_rows
        .get(state.route().list.cursor + 1)
        .is_some_and(|below| below.depth > state.tree_rows[state.route().list.cursor].depth)
    {
        by(state, Motion::Down);
    }
}

fn collapse(state: &mut State) {
    let Some(spot) = state.spot() else { return };
    if state.open.remove(&spot) {
        listing::rebuild(state);
        return;
    }
    let at = state.route().list.cursor;
    let depth = state.tree_rows[at].depth;
    if let Some(parent) = state.tree_rows[..at].iter().rposition(|row| row.depth < depth) {
        by(state, Motion::To(parent));
    }
}

fn top_of(state: &State, spot: Spot) -> Option<Spot> {
    let row = state.tree_rows.iter().find(|row| row.spot == spot)?;
    let tree = &state.data.as_ref()?.tree;
    let entry = row.entry as usize;
    let top = tree.ancestors(entry).first().copied().unwrap_or(entry);
    tree.entries().get(top).map(|entry| entry.spot)
}

/// Opens the next workflow after the cursor, round the end, in which a node gets no key.
fn next_problem(state: &mut State) {
    let Some(data) = state.data.clone() else { return };
    let inputs = state.inputs();
    let entries = data.tree.entries();
    let here = state.tree_rows.get(state.route().list.cursor).map_or(0, |row| row.entry as usize);
    let fails = |at: usize| match (entries[at].spot, &data.census) {
        (Spot::Workflow(_), Some(census)) => census.sums.get(at).is_some_and(|sum| sum.problems > 0),
        (Spot::Workflow(ix), None) => workflow_summary(&data.view, ix, state.now, &inputs).problems > 0,
        _ => false,
    };
    let round = (here + 1..entries.len()).chain(0..=here.min(entries.len().saturating_sub(1)));
    let Some(found) = round.into_iter().find(|&at| !entries.is_empty() && fails(at)) else {
        state.say(crate::tui::widget::toast::ToastKind::Ok, "Every node gets a key");
        return;
    };
    let above = data.tree.ancestors(found);
    state.open.extend(above.into_iter().map(|at| entries[at].spot));
    state.open.insert(entries[found].spot);
    if state.matching.as_ref().is_some_and(|matching| !matching.shown[found]) {
        state.route_mut().filter.set("");
        state.matching = None;
    }
    listing::rebuild(state);
    listing::put_cursor(state, entries[found].spot);
}

/// Scrolls the details by half of what is seen of them.
pub(super) fn details(state: &mut State, action: Action) -> Vec<Effect> {
    let step = usize::from(Layout::of(state).details.height / 2).max(1);
    let here = state.route().detail;
    // Drawing keeps it within what there is.
    state.route_mut().detail = match action {
        Action::ScrollDetails => here.min(MOST_DETAILS) + step,
        _ => here.saturating_sub(step),
    };
    Vec::new()
}

/// Gives the keys to another pane.
pub(super) fn pane(state: &mut State, action: Action) -> Vec<Effect> {
    let count = available::panes(state);
    let at = state.route().pane.min(count - 1);
    let forward = action == Action::NextPane;
    state.route_mut().pane = if forward { (at + 1) % count } else { (at + count - 1) % count };
    debug_assert!(matches!(state.route().screen, Screen::Preview(_) | Screen::Costs(_)) || state.route().pane == 0);
    Vec::new()
}
