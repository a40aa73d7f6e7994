//! Several lines of text that are being typed: notes, and lists with one entry on each line.
//!
//! The editing itself is `tui-textarea`'s. It is drawn here, so that it looks as every other field does.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_textarea::{CursorMove, DataCursor, Input, Key as AreaKey, TextArea};

use super::width::{prefix, truncate, width};
use crate::tui::event::{Key, KeyCode, Modifiers};
use crate::tui::theme::{Role, Theme};

/// Lines of text, and the cursor in them.
#[derive(Clone, Debug)]
pub struct TextLines {
    area: TextArea<'static>,
}

impl TextLines {
    /// Begins with a text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(ToOwned::to_owned).collect());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// Returns the lines.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Returns the whole text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Returns the line under the cursor.
    pub fn line(&self) -> &str {
        self.area.lines().get(self.row()).map_or("", String::as_str)
    }

    /// Replaces the line under the cursor, and puts the cursor at its end.
    pub fn set_line(&mut self, text: &str) {
        self.area.move_cursor(CursorMove::Head);
        // At the end of a line the next one would be joined to it.
        if !self.line().is_empty() {
            self.area.delete_line_by_end();
        }
        self.insert(text);
    }

    /// Types a text; control characters other than line ends become blanks.
    pub fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let clean: String =
            text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect();
        self.area.insert_str(clean);
    }

    fn row(&self) -> usize {
        let DataCursor(row, _) = self.area.cursor();
        row
    }

    /// Edits by a key; tells whether the key meant anything. Up in the first line and down in the last mean nothing here,
    /// so that they lead to other fields.
    pub fn key(&mut self, key: Key) -> bool {
        let leaves = match key.code {
            KeyCode::Up => self.row() == 0,
            KeyCode::Down => self.row() + 1 >= self.area.lines().len(),
            _ => false,
        };
        let Some(code) = code(key.code).filter(|_| !leaves) else { return false };
        let holds = |modifier: Modifiers| key.modifiers.contains(modifier);
        let input = Input {
            key: code,
            ctrl: holds(Modifiers::CTRL),
            alt: holds(Modifiers::ALT),
            shift: holds(Modifiers::SHIFT),
        };
        self.area.input(input);
        true
    }

    /// Draws the lines around the cursor, and returns where the cursor is to be seen.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, placeholder: &str, theme: &Theme) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        buffer.set_style(area, theme.style(Role::Input));
        let columns = usize::from(area.width);
        if self.area.is_empty() {
            buffer.set_string(area.x, area.y, truncate(placeholder, columns), theme.style(Role::InputPlaceholder));
            return Some(area.as_position());
        }
        let DataCursor(row, letter) = self.area.cursor();
        let top = (row + 1).saturating_sub(usize::from(area.height));
        for (y, line) in (area.y..area.bottom()).zip(self.area.lines().iter().skip(top)) {
            buffer.set_string(area.x, y, prefix(line, columns), theme.style(Role::Input));
        }
        let y = area.y + u16::try_from(row - top).unwrap_or(0);
        let line = self.line();
        let before: String = line.chars().take(letter).collect();
        // A line that is wider than the field is shifted so that the cursor stays inside.
        let shift = (width(&before) + 1).saturating_sub(columns);
        if shift > 0 {
            let shown = skip(line, shift);
            buffer.set_style(Rect { y, height: 1, ..area }, theme.style(Role::Input));
            buffer.set_string(area.x, y, " ".repeat(columns), theme.style(Role::Input));
            buffer.set_string(area.x, y, prefix(shown, columns), theme.style(Role::Input));
        }
        let x = u16::try_from(width(&before) - shift.min(width(&before))).unwrap_or(0).min(area.width - 1);
        Some(Position { x: area.x + x, y })
    }
}

/// Leaves out so many columns at the beginning of a text.
fn skip(text: &str, columns: usize) -> &str {
    let gone = prefix(text, columns);
    text.get(gone.len()..).unwrap_or("")
}

const fn code(code: KeyCode) -> Option<AreaKey> {
    Some(match code {
        KeyCode::Char(letter) => AreaKey::Char(letter),
        KeyCode::Enter => AreaKey::Enter,
        KeyCode::Backspace => AreaKey::Backspace,
        KeyCode::Delete => AreaKey::Delete,
        KeyCode::Left => AreaKey::Left,
        KeyCode::Right => AreaKey::Right,
        KeyCode::Up => AreaKey::Up,
        KeyCode::Down => AreaKey::Down,
        KeyCode::Home => AreaKey::Home,
        KeyCode::End => AreaKey::End,
        KeyCode::PageUp => AreaKey::PageUp,
        KeyCode::PageDown => AreaKey::PageDown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{event::Keys, picture::text};

    fn press(field: &mut TextLines, keys: &str) -> bool {
        keys.parse::<Keys>().unwrap().0.into_iter().fold(true, |_, key| field.key(key))
    }

    #[test]
    fn lines_are_typed_pasted_and_taken_away() {
        let mut field = TextLines::new("openai-a");
        press(&mut field, "enter");
        field.insert("openai-b:2\r\nopenai-c");
        assert_eq!(field.text(), "openai-a\nopenai-b:2\nopenai-c");
        press(&mut field, "up home ctrl-k");
        assert_eq!(field.text(), "openai-a\n\nopenai-c");
        field.set_line("openai-d");
        assert_eq!((field.line(), field.lines().len()), ("openai-d", 3));
        field.insert("\u{1b}[31m");
        assert_eq!(field.line(), "openai-d [31m");
    }

    #[test]
    fn up_at_the_top_and_down_at_the_bottom_lead_elsewhere() {
        let mut field = TextLines::new("a\nb");
        assert!(!press(&mut field, "down"));
        assert!(press(&mut field, "up"));
        assert!(!press(&mut field, "up"));
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        let mut field = TextLines::new("one\ntwo\nthree and much more than fits");
        let theme = Theme::builtin("mono");
        let area = Rect::new(0, 0, 12, 2);
        let mut buffer = Buffer::empty(area);
        let at = field.draw(area, &mut buffer, "", &theme).unwrap();
        insta::assert_snapshot!(text(&buffer), @r"
        two
        e than fits
        ");
        assert_eq!((at.x, at.y), (11, 1));
        press(&mut field, "up up home");
        let mut buffer = Buffer::empty(area);
        let at = field.draw(area, &mut buffer, "", &theme).unwrap();
        insta::assert_snapshot!(text(&buffer), @r"
        one
        two
        ");
        assert_eq!((at.x, at.y), (0, 0));
        for columns in 0..6 {
            for rows in 0..4 {
                let area = Rect::new(0, 0, columns, rows);
                field.draw(area, &mut Buffer::empty(area), "any", &theme);
            }
        }
    }
}
