//! Columns: the cursor on them, sorting by one, and the box in which they are chosen and ordered.

use crate::tui::{
    action::Action,
    effect::Effect,
    state::{
        State,
        columns::{Chooser, Chosen, can_move, chosen, laid},
        layout::Layout,
        overlay::Overlay,
        table::columns,
    },
    widget::{
        list::{ListState, Motion},
        toast::ToastKind,
    },
};

use super::listing;

/// Does an action on columns.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::ColumnLeft | Action::ColumnRight => step(state, action == Action::ColumnRight),
        Action::SortColumn => {
            if let Some(column) = state.route().column {
                listing::sort_by(state, column, false);
            } else {
                step(state, true);
                if let Some(column) = state.route().column {
                    listing::sort_by(state, column, false);
                }
            }
        }
        Action::Columns if columns(&state.route().screen).is_empty() => {}
        Action::Columns => state.overlays.push(Overlay::Columns(Chooser::default())),
        _ => choose(state, action),
    }
    Vec::new()
}

/// Puts the cursor on the next column that is shown; left of the first there is none.
fn step(state: &mut State, right: bool) {
    let shown: Vec<usize> = laid(state, &Layout::of(state)).spans().map(|(column, _)| column).collect();
    let here = state.route().column.and_then(|column| shown.iter().position(|known| *known == column));
    let next = match (here, right) {
        (None, true) => Some(0),
        (None, false) => None,
        (Some(at), true) => Some((at + 1).min(shown.len().saturating_sub(1))),
        (Some(at), false) => at.checked_sub(1),
    };
    state.route_mut().column = next.and_then(|at| shown.get(at).copied());
}

/// Moves the cursor of the box.
pub(super) fn by(state: &mut State, motion: Motion) {
    let count = chosen(state).order().len();
    if let Some(Overlay::Columns(chooser)) = state.overlays.last_mut() {
        chooser.list.go(motion, count, count);
    }
}

/// Changes what is chosen, at the cursor of the box.
fn choose(state: &mut State, action: Action) {
    let Some(Overlay::Columns(Chooser { list })) = state.overlays.last() else { return };
    let (mut list, screen) = (*list, state.route().screen.clone());
    let mut choice = chosen(state);
    let column = choice.order().get(list.cursor).copied();
    match (action, column) {
        (Action::ToggleColumn, Some(0)) if !can_move(&screen) => {
            state.say(ToastKind::Warn, "The tree hangs on this column, so it stays");
        }
        (Action::ToggleColumn, Some(column)) => choice.toggle(column),
        (Action::ColumnEarlier | Action::ColumnLater, _) if !can_move(&screen) => {
            state.say(ToastKind::Warn, "A tree keeps the order of its columns; space hides one");
        }
        (Action::ColumnEarlier, Some(_)) => list.cursor = choice.shift(list.cursor, false),
        (Action::ColumnLater, Some(_)) => list.cursor = choice.shift(list.cursor, true),
        _ => choice = Chosen::all(columns(&screen)),
    }
    state.columns.insert(screen.title(), choice);
    if let Some(Overlay::Columns(chooser)) = state.overlays.last_mut() {
        chooser.list = ListState { top: 0, ..list };
    }
}
