//! The box in which columns are chosen and ordered; the list behind it follows at once.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    state::{
        State,
        columns::{Chooser, can_move, chosen},
        table::columns,
    },
    theme::Role,
    widget::{
        dialog::{boxed, centred},
        list::{List, RowMarks},
        touch::Touches,
        width::{truncate, width},
    },
};

/// Draws the box.
pub(super) fn draw(state: &State, chooser: Chooser, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let heads = columns(&state.route().screen);
    let choice = chosen(state);
    let hint = if can_move(&state.route().screen) {
        "space shows or hides · J K move · r as the program does"
    } else {
        "space shows or hides · r as the program does"
    };
    let height = u16::try_from(heads.len()).unwrap_or(u16::MAX).saturating_add(4);
    let columns = u16::try_from(width(hint)).unwrap_or(u16::MAX).saturating_add(4);
    let area = centred(screen, columns.min(screen.width), height.min(screen.height));
    let title = format!("Columns of {}", state.route().screen.title());
    let inner = boxed(area, buffer, &title, Role::DialogTitle, &state.theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let list = Rect { height: inside.height.saturating_sub(1), ..inside };
    let mut at = chooser.list;
    at.settle(heads.len(), usize::from(list.height));
    touches.rows(at, heads.len(), list);
    let row = |line: usize, _: usize| {
        let Some((column, head)) = choice.order().get(line).and_then(|column| Some((*column, heads.get(*column)?)))
        else {
            return (Line::default(), RowMarks::default());
        };
        let (sign, role) = if choice.shows(column) { ("[x] ", Role::Text) } else { ("[ ] ", Role::Muted) };
        let style = state.theme.style(role);
        (Line::from(vec![Span::styled(sign, style), Span::styled(head.field, style)]), RowMarks::default())
    };
    List { state: at, count: heads.len(), focused: true, row, theme: &state.theme }.draw(list, buffer);
    let below = Rect { y: list.bottom(), height: 1, ..inside };
    if inside.height > 1 {
        let text = truncate(hint, usize::from(below.width));
        buffer.set_string(below.x, below.y, text, state.theme.style(Role::Muted));
    }
}
