//! The mouse: a click chooses a row, a double click opens it, heads sort, hints and steps of the way do what they say.

use crate::tui::{
    action::Action,
    effect::Effect,
    event::{Mouse, MouseButton, MouseKind},
    state::{State, columns::laid, layout::Layout, matrix::column_at, overlay::Overlay, route::Screen},
    view::{
        bars::{self, Hit, Step},
        touched,
    },
    widget::list::Motion,
};

use super::{going, listing, moving, touching};

/// How many rows the wheel scrolls.
const WHEEL: isize = 3;

/// How soon a second click on the same place makes a double click.
const DOUBLE: jiff::SignedDuration = jiff::SignedDuration::from_millis(500);

/// Does what the mouse says.
pub(super) fn mouse(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    // What was on its way when the mouse was switched off is not heard any more.
    if !state.mouse {
        return Vec::new();
    }
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
        Some(overlay) if has_fields(overlay) => {
            let action = if rows < 0 { Action::PreviousField } else { Action::NextField };
            super::run(state, action, "", None)
        }
        Some(_) => moving::by(state, if rows < 0 { Motion::Up } else { Motion::Down }),
    }
}

fn has_fields(overlay: &Overlay) -> bool {
    match overlay {
        Overlay::Form(_) => true,
        Overlay::Import(importing) => importing.is_asking(),
        _ => false,
    }
}

fn click(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    let (column, row, now) = (mouse.column, mouse.row, state.now);
    let before = state.clicked.replace((column, row, now));
    let again = before.is_some_and(|(x, y, at)| (x, y) == (column, row) && now.duration_since(at) < DOUBLE);
    if again {
        state.clicked = None;
    }
    state.pending.clear();
    let layout = Layout::of(state);
    match bars::hit(state, &layout, column, row) {
        Some(Hit::Action(action)) => return super::run(state, action, "", None),
        Some(Hit::Step(step)) if state.overlays.is_empty() => return step_to(state, step),
        _ => {}
    }
    match state.overlays.last() {
        None | Some(Overlay::Filter { .. }) => on_screen(state, &layout, (column, row), again),
        Some(_) => match touched(state, column, row) {
            Some(touch) => touching::touch(state, touch, again),
            // Beside what can be clicked on nothing happens: what was typed is not lost by a slip of the hand.
            None => Vec::new(),
        },
    }
}

/// Goes to a step of the way.
fn step_to(state: &mut State, step: Step) -> Vec<Effect> {
    match step {
        Step::Route(number) => {
            state.history.to(number);
            going::arrived(state)
        }
        Step::Row(spot) => {
            listing::put_cursor(state, spot);
            Vec::new()
        }
    }
}

fn on_screen(state: &mut State, layout: &Layout, (column, row): (u16, u16), again: bool) -> Vec<Effect> {
    if row == layout.head.y && !layout.head.is_empty() && state.route().screen != Screen::Workflows {
        let spans = laid(state, layout);
        let hit = spans.spans().find(|(_, span)| span.contains(&column.saturating_sub(layout.head.x)));
        if let Some((column, _)) = hit {
            state.route_mut().column = Some(column);
            return super::run(state, Action::SortColumn, "", None);
        }
        return Vec::new();
    }
    let Some(line) = state.route().list.row_at(layout.list, column, row, state.row_count()) else {
        return Vec::new();
    };
    if state.route().screen == Screen::Matrix {
        let across = column_at(state, layout.list, column);
        let same = line == state.route().list.cursor && across.is_none_or(|at| at == state.route().across.cursor);
        state.route_mut().across.cursor = across.unwrap_or(state.route().across.cursor);
        if again && same {
            return super::run(state, Action::Open, "", None);
        }
        return moving::by(state, Motion::To(line));
    }
    if again && line == state.route().list.cursor {
        return super::run(state, Action::Open, "", None);
    }
    moving::by(state, Motion::To(line))
}
