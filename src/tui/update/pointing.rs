//! The mouse: a click puts the cursor on a row, a second one opens it, the wheel scrolls.

use crate::tui::{
    action::Action,
    effect::Effect,
    event::{Mouse, MouseButton, MouseKind},
    state::{State, layout::Layout, overlay::Overlay},
    widget::list::Motion,
};

use super::{going, moving};

/// How many rows the wheel scrolls.
const WHEEL: isize = 3;

/// Does what the mouse says.
pub(super) fn mouse(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    if !matches!(mouse.kind, MouseKind::Up(_) | MouseKind::Drag(_)) && state.reveal().is_some() {
        super::revealing::hide(state);
        return Vec::new();
    }
    match mouse.kind {
        MouseKind::ScrollUp => wheel(state, -WHEEL),
        MouseKind::ScrollDown => wheel(state, WHEEL),
        MouseKind::Down(MouseButton::Left) => click(state, mouse),
        MouseKind::Down(_) | MouseKind::Up(_) | MouseKind::Drag(_) => Vec::new(),
    }
}

fn wheel(state: &mut State, rows: isize) -> Vec<Effect> {
    match state.overlays.last() {
        None | Some(Overlay::Filter { .. }) => {
            let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height));
            state.route_mut().list.scroll(rows, count, height);
            Vec::new()
        }
        Some(_) => moving::by(state, if rows < 0 { Motion::Up } else { Motion::Down }),
    }
}

fn click(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    if !state.overlays.is_empty() {
        return Vec::new();
    }
    let list = Layout::of(state).list;
    let Some(row) = state.route().list.row_at(list, mouse.column, mouse.row, state.row_count()) else {
        return Vec::new();
    };
    if row == state.route().list.cursor {
        return going::go(state, Action::Open);
    }
    moving::by(state, Motion::To(row))
}
