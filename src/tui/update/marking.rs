//! Marks: single rows, ranges that follow the cursor, all that the filter shows.

use std::collections::HashSet;

use crate::{
    ops::find::Thing,
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State,
            route::{Range, Screen},
        },
        widget::list::Motion,
    },
};

use super::moving;

/// Does an action on marks.
pub(super) fn mark(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Mark => return one(state),
        Action::MarkRange => match state.route_mut().range.take_if(|range| range.sticky) {
            Some(_) => {}
            None => begin(state, true),
        },
        Action::MarkAll => all(state),
        Action::ExtendUp => return extend(state, Motion::Up),
        Action::ExtendDown => return extend(state, Motion::Down),
        Action::ExtendPageUp => return extend(state, Motion::PageUp),
        Action::ExtendPageDown => return extend(state, Motion::PageDown),
        _ => {
            state.route_mut().marks.clear();
            state.route_mut().range = None;
        }
    }
    Vec::new()
}

fn one(state: &mut State) -> Vec<Effect> {
    let at = state.route().list.cursor;
    state.route_mut().range = None;
    if let Some(thing) = state.markable(at) {
        let route = state.route_mut();
        if !route.marks.remove(&thing) {
            route.marks.insert(thing);
        }
    }
    moving::by(state, Motion::Down)
}

fn all(state: &mut State) {
    let all: Vec<Thing> = (0..state.row_count()).filter_map(|line| state.markable(line)).collect();
    let leaves: Vec<Thing> = match state.route().screen {
        // Of a tree the workflows: what hangs above and below them is them again.
        Screen::Workflows => all.into_iter().filter(|it| matches!(it, Thing::Workflow(_))).collect(),
        _ => all,
    };
    state.route_mut().marks.extend(leaves);
}

/// Begins a range at the cursor.
fn begin(state: &mut State, sticky: bool) {
    let route = state.route_mut();
    route.range = Some(Range { anchor: route.list.cursor, before: route.marks.clone(), sticky });
    spread(state);
}

/// Moves, and marks what the cursor passes; a range that shrinks takes its marks back.
fn extend(state: &mut State, motion: Motion) -> Vec<Effect> {
    if state.route().range.is_none() {
        begin(state, false);
    }
    // The motion itself would end a range that only shift extends.
    let sticky = state.route_mut().range.as_mut().map(|range| std::mem::replace(&mut range.sticky, true));
    let effects = moving::by(state, motion);
    if let (Some(range), Some(sticky)) = (&mut state.route_mut().range, sticky) {
        range.sticky = sticky;
    }
    effects
}

/// Lets the range follow the cursor after it moved.
pub(super) fn follow(state: &mut State) {
    match &state.route().range {
        Some(range) if range.sticky => spread(state),
        Some(_) => state.route_mut().range = None,
        None => {}
    }
}

/// Marks what lies between the beginning of the range and the cursor, and what was marked before.
fn spread(state: &mut State) {
    let Some(range) = &state.route().range else { return };
    let (anchor, now) = (range.anchor, state.route().list.cursor);
    let between = (anchor.min(now)..=anchor.max(now)).filter_map(|line| state.markable(line));
    let marks: HashSet<Thing> = range.before.iter().copied().chain(between).collect();
    state.route_mut().marks = marks;
}
