//! A long list of which only the visible rows are ever made: the cursor, the window on the rows, a scrollbar.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::theme::{Role, Theme};

/// How many rows stay visible above and below the cursor: scrolling at the edges costs a seventh of the bytes that a
/// centred cursor costs.
pub const SCROLL_OFF: usize = 2;

/// Where the cursor and the window of a list are; part of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The row under the cursor; meaningless while the list is empty.
    pub cursor: usize,
    /// The first visible row.
    pub top: usize,
}

/// How the cursor of a list moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To this row.
    To(usize),
}

impl ListState {
    /// Moves the cursor within `count` rows of which `height` are visible, and the window with it.
    pub fn go(&mut self, motion: Motion, count: usize, height: usize) {
        // A page keeps one row, so that the eye finds its place.
        let page = height.saturating_sub(1).max(1);
        let last = count.saturating_sub(1);
        self.cursor = match motion {
            Motion::Up => self.cursor.saturating_sub(1),
            Motion::Down => self.cursor + 1,
            Motion::PageUp => self.cursor.saturating_sub(page),
            Motion::PageDown => self.cursor + page,
            Motion::First => 0,
            Motion::Last => last,
            Motion::To(row) => row,
        }
        .min(last);
        self.settle(count, height);
    }

    /// Brings cursor and window into bounds after rows or the height have changed.
    pub fn settle(&mut self, count: usize, height: usize) {
        self.cursor = self.cursor.min(count.saturating_sub(1));
        let margin = SCROLL_OFF.min(height.saturating_sub(1) / 2);
        let highest = self.cursor.saturating_sub(margin);
        let lowest = (self.cursor + margin + 1).saturating_sub(height);
        self.top = self.top.clamp(lowest.min(highest), highest).min(count.saturating_sub(height));
    }

    /// Scrolls the window by rows (the wheel), and the cursor only as far as it must to stay visible.
    pub fn scroll(&mut self, rows: isize, count: usize, height: usize) {
        self.top = self.top.saturating_add_signed(rows).min(count.saturating_sub(height));
        let margin = SCROLL_OFF.min(height.saturating_sub(1) / 2);
        let first = if self.top == 0 { 0 } else { self.top + margin };
        let last = if self.top + height >= count { count } else { self.top + height - margin };
        self.cursor = self.cursor.clamp(first.min(last.saturating_sub(1)), last.saturating_sub(1));
    }

    /// Returns the rows that are visible.
    pub fn visible(&self, count: usize, height: usize) -> Range<usize> {
        self.top.min(count)..(self.top + height).min(count)
    }

    /// Returns the row that a position in the list's rectangle shows, for the mouse.
    pub fn row_at(&self, area: Rect, column: u16, row: u16, count: usize) -> Option<usize> {
        let inside = area.contains((column, row).into());
        inside.then(|| self.top + usize::from(row - area.y)).filter(|row| *row < count)
    }
}

/// How a row is to look, apart from its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowMarks {
    /// Marked by the user.
    pub marked: bool,
    /// Just changed by somebody else.
    pub changed: bool,
}

/// A list to be drawn.
pub struct List<'a, F> {
    /// Where cursor and window are.
    pub state: ListState,
    /// How many rows there are.
    pub count: usize,
    /// Whether the list hears keys.
    pub focused: bool,
    /// Makes one row, given its number and how many columns it has.
    pub row: F,
    /// The looks.
    pub theme: &'a Theme,
}

impl<'a, F: FnMut(usize, usize) -> (Line<'a>, RowMarks)> List<'_, F> {
    /// Draws the visible rows, and a scrollbar where there are more.
    ///
    /// The first column says with a sign what colour says too: `›` the cursor, `*` a mark, `~` a change.
    pub fn draw(mut self, area: Rect, buffer: &mut Buffer) {
        let height = usize::from(area.height);
        if area.is_empty() {
            return;
        }
        let bar = u16::from(self.count > height && area.width > 4);
        let rows = Rect { width: area.width - bar, ..area };
        let columns = usize::from(rows.width).saturating_sub(2);
        for (y, index) in (area.y..).zip(self.state.visible(self.count, height)) {
            let (line, marks) = (self.row)(index, columns);
            let at_cursor = index == self.state.cursor;
            let here = Rect { y, height: 1, ..rows };
            buffer.set_style(here, self.theme.style(Role::Row));
            for (role, applies) in [
                (Role::RowChanged, marks.changed),
                (Role::RowMarked, marks.marked),
                (Role::RowUnfocused, at_cursor && !self.focused),
                (Role::RowSelected, at_cursor && self.focused),
            ] {
                if applies {
                    buffer.set_style(here, self.theme.style(role));
                }
            }
            let signs = [
                if at_cursor { "›" } else { " " },
                match marks {
                    RowMarks { marked: true, .. } => "*",
                    RowMarks { changed: true, .. } => "~",
                    RowMarks { .. } => " ",
                },
            ];
            let style = self.theme.style(if at_cursor { Role::Accent } else { Role::Warn });
            buffer.set_string(rows.x, y, signs.concat(), style);
            buffer.set_line(rows.x + 2, y, &line, rows.width.saturating_sub(2));
        }
        if bar > 0 {
            let track = Rect { x: area.right() - 1, width: 1, ..area };
            scrollbar(track, buffer, self.state.top, self.count, self.theme);
        }
    }
}

/// Draws a scrollbar: where the window of a height stands in `count` rows.
pub fn scrollbar(track: Rect, buffer: &mut Buffer, top: usize, count: usize, theme: &Theme) {
    let height = usize::from(track.height);
    if height == 0 || count <= height {
        return;
    }
    let length = (height * height / count).max(1);
    // The thumb touches an end only when the window does.
    let free = height - length;
    let begin = match top {
        0 => 0,
        top if top + height >= count => free,
        top => (top * free / (count - height)).clamp(1.min(free), free.saturating_sub(1).max(1.min(free))),
    };
    for (index, y) in (track.y..track.bottom()).enumerate() {
        let thumb = (begin..begin + length).contains(&index);
        let (symbol, role) = if thumb { ("┃", Role::ScrollbarThumb) } else { ("│", Role::Scrollbar) };
        buffer.set_string(track.x, y, symbol, theme.style(role));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_million_rows_make_only_the_visible_ones() {
        let mut made = Vec::new();
        let theme = Theme::builtin("mono");
        let area = Rect::new(0, 0, 14, 5);
        let mut buffer = Buffer::empty(area);
        let mut state = ListState::default();
        state.go(Motion::To(500_000), 1_000_000, 5);
        List {
            state,
            count: 1_000_000,
            focused: true,
            row: |index, _| {
                made.push(index);
                (Line::from(format!("row {index}")), RowMarks { marked: index % 2 == 1, changed: false })
            },
            theme: &theme,
        }
        .draw(area, &mut buffer);
        assert_eq!(made.len(), 5);
        insta::assert_snapshot!(crate::tui::picture::text(&buffer), @r"
          row 499998 │
         *row 499999 │
        › row 500000 ┃
         *row 500001 │
          row 500002 │
        ");
    }

    #[test]
    fn the_wheel_moves_the_window_and_drags_the_cursor() {
        let mut state = ListState { cursor: 3, top: 0 };
        state.scroll(3, 100, 10);
        assert_eq!(state, ListState { cursor: 5, top: 3 });
        state.scroll(-9, 100, 10);
        assert_eq!(state, ListState { cursor: 5, top: 0 });
        let area = Rect::new(2, 4, 10, 10);
        assert_eq!(state.row_at(area, 2, 6, 100), Some(2));
        assert_eq!(state.row_at(area, 1, 6, 100), None);
        assert_eq!(state.row_at(area, 2, 6, 1), None);
    }

    fn motion() -> impl Strategy<Value = Motion> {
        prop_oneof![
            Just(Motion::Up),
            Just(Motion::Down),
            Just(Motion::PageUp),
            Just(Motion::PageDown),
            Just(Motion::First),
            Just(Motion::Last),
            (0_usize..60).prop_map(Motion::To),
        ]
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_visible_with_rows_around_it(
            motions in proptest::collection::vec(motion(), 0..20), count in 0_usize..50, height in 1_usize..20
        ) {
            let mut state = ListState::default();
            for motion in motions {
                state.go(motion, count, height);
                prop_assert!(count == 0 || state.visible(count, height).contains(&state.cursor));
                prop_assert!(state.top + height <= count.max(height));
                let margin = SCROLL_OFF.min((height - 1) / 2);
                if state.top > 0 {
                    prop_assert!(state.cursor >= state.top + margin);
                }
                if state.top + height < count {
                    prop_assert!(state.cursor + margin < state.top + height);
                }
                let before = state;
                state.settle(count, height);
                prop_assert_eq!(before, state);
            }
        }
    }
}
