//! Lists that are searched by typing: help, palette, places, columns, kinds, themes.
//!
//! ```text
//! ╭ Keys of this place ────────────────── 61 ╮
//! │ assi│                                    │
//! │ › a          assign    Assign a key here │
//! │   A          unassign  …                 │
//! ╰──────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::tui::{
    state::{
        State,
        finder::{Finder, Item},
    },
    theme::{Role, Theme},
    widget::{
        dialog::{boxed, centred},
        found::Found,
        list::{List, RowMarks},
        touch::Touches,
        width::{fit, truncate, width, wrap},
    },
};

/// Draws the finder, and returns where the cursor is to be seen.
pub(super) fn draw(
    state: &State,
    finder: &Finder,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let theme = &state.theme;
    let area = area(finder, screen);
    let inner = boxed(area, buffer, &finder.source.title(), Role::DialogTitle, theme);
    let counter = format!(" {}/{} ", finder.items.len(), finder.total);
    let x = area.right().saturating_sub(2 + u16::try_from(width(&counter)).unwrap_or(0));
    if area.width > 40 {
        buffer.set_string(x, area.y, &counter, theme.style(Role::Muted));
    }
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let field = Rect { height: 1, ..inside };
    let cursor = finder.input.draw(field, buffer, finder.source.placeholder(), theme);
    let list = list(inner);
    if finder.items.is_empty() {
        for (y, line) in (list.y..list.bottom()).zip(wrap(finder.source.empty(), usize::from(list.width))) {
            buffer.set_string(list.x, y, &line, theme.style(Role::Muted));
        }
        return cursor;
    }
    items(state, finder, list, buffer, touches);
    whole(finder, area, usize::from(list.width), buffer, theme);
    cursor
}

/// Says below what the line under the cursor has no room for.
fn whole(finder: &Finder, area: Rect, columns: usize, buffer: &mut Buffer, theme: &Theme) {
    let Some(item) = finder.items.get(finder.list.cursor) else { return };
    let about = about(item);
    // The bar and the sign of the cursor take some of the line.
    if used(finder, columns) + width(&about) + 4 <= columns {
        return;
    }
    let room = usize::from(area.width.saturating_sub(6));
    let text = format!(" {} ", truncate(&about, room));
    buffer.set_string(area.x + 2, area.bottom().saturating_sub(1), text, theme.style(Role::Text));
}

/// What an item does, and why it can't be done.
fn about(item: &Item) -> String {
    match &item.reason {
        Some(reason) => format!("{} ({reason})", item.about),
        None => item.about.clone(),
    }
}

/// How wide keys and names are.
fn columns(finder: &Finder, room: usize) -> (usize, usize) {
    let some = || finder.items.iter().take(500);
    let marks = some().map(|item| width(&item.mark)).max().unwrap_or(0).min(18);
    (marks, some().map(|item| width(&item.name)).max().unwrap_or(0).min(room / 2))
}

/// How many columns stand before what an item does.
fn used(finder: &Finder, room: usize) -> usize {
    let (marks, names) = columns(finder, room);
    names + 2 + if marks > 0 { marks + 2 } else { 0 }
}

/// Returns the room of the box.
fn area(finder: &Finder, screen: Rect) -> Rect {
    let rows = u16::try_from(finder.total).unwrap_or(u16::MAX).saturating_add(4).max(6);
    let margin = if screen.height > 16 { 2 } else { 0 };
    let columns = screen.width.saturating_sub(if screen.width > 60 { 8 } else { 0 }).min(96);
    centred(screen, columns, rows.min(screen.height - margin))
}

/// Returns the room of the lines within the box.
fn list(inner: Rect) -> Rect {
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside }
}

fn items(state: &State, finder: &Finder, area: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let theme = &state.theme;
    let (marks, names) = columns(finder, usize::from(area.width));
    let used = used(finder, usize::from(area.width));
    let mut list = finder.list;
    list.settle(finder.items.len(), usize::from(area.height));
    touches.rows(list, finder.items.len(), area);
    let mut found = Found::new(finder.filter.clone(), theme);
    let row = |at: usize, columns: usize| {
        let item = &finder.items[at];
        let dim = item.reason.is_some();
        let look = |role: Role| theme.style(if dim { Role::Disabled } else { role });
        let mut spans = Vec::new();
        if marks > 0 {
            spans.push(Span::styled(fit(&item.mark, marks), look(Role::Key)));
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(fit(&item.name, names), look(Role::Text)));
        spans.push(Span::raw("  "));
        let about = about(item);
        spans.push(Span::styled(truncate(&about, columns.saturating_sub(used)).into_owned(), look(Role::Muted)));
        (found.mark(Line::from(spans)), RowMarks::default())
    };
    List { state: list, count: finder.items.len(), focused: true, row, theme }.draw(area, buffer);
}
