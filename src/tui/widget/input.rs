//! A line of text that is being typed: filter, palette, fields of forms.
//!
//! The keys of editing are those of every shell and stand here, not in the table of actions, because they are part of
//! typing: whoever hears a key offers it to the field when no binding of the layer `text` takes it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation as _;

use super::width::{prefix, truncate, width};
use crate::tui::event::{Key, KeyCode, Modifiers};
use crate::tui::theme::{Role, Theme};

/// A text and the cursor in it, which always stands between two characters as a reader counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextInput {
    text: String,
    cursor: usize,
}

impl TextInput {
    /// Begins with a text, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the text, and puts the cursor at its end.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Types a text; line ends and other control characters become blanks.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
        // A combining mark may have joined what stood behind the cursor.
        while !self.boundaries().any(|at| at == self.cursor) {
            self.cursor += 1;
        }
    }

    /// Edits by a key; tells whether the key meant anything.
    pub fn key(&mut self, key: Key) -> bool {
        let (ctrl, alt) = (key.modifiers == Modifiers::CTRL, key.modifiers == Modifiers::ALT);
        let plain = key.modifiers.is_empty();
        match key.code {
            KeyCode::Char(letter) if plain => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Left if plain => self.cursor = self.before(),
            KeyCode::Right if plain => self.cursor = self.after(),
            KeyCode::Char('b') if ctrl => self.cursor = self.before(),
            KeyCode::Char('f') if ctrl => self.cursor = self.after(),
            KeyCode::Home | KeyCode::Char('a') if plain || ctrl => self.cursor = 0,
            KeyCode::End | KeyCode::Char('e') if plain || ctrl => self.cursor = self.text.len(),
            KeyCode::Left if ctrl || alt => self.cursor = self.word_before(),
            KeyCode::Right if ctrl || alt => self.cursor = self.word_after(),
            KeyCode::Char('b') if alt => self.cursor = self.word_before(),
            KeyCode::Char('f') if alt => self.cursor = self.word_after(),
            KeyCode::Backspace if plain => self.delete(self.before(), self.cursor),
            KeyCode::Char('h') if ctrl => self.delete(self.before(), self.cursor),
            KeyCode::Delete if plain => self.delete(self.cursor, self.after()),
            KeyCode::Char('d') if ctrl => self.delete(self.cursor, self.after()),
            KeyCode::Char('w') if ctrl => self.delete(self.word_before(), self.cursor),
            KeyCode::Backspace if alt => self.delete(self.word_before(), self.cursor),
            KeyCode::Char('d') if alt => self.delete(self.cursor, self.word_after()),
            KeyCode::Char('u') if ctrl => self.delete(0, self.cursor),
            KeyCode::Char('k') if ctrl => self.delete(self.cursor, self.text.len()),
            _ => return false,
        }
        true
    }

    fn delete(&mut self, begin: usize, end: usize) {
        self.text.replace_range(begin..end, "");
        self.cursor = begin;
    }

    /// Where the cursor may stand.
    fn boundaries(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.text.grapheme_indices(true).map(|(at, _)| at).chain([self.text.len()])
    }

    fn before(&self) -> usize {
        self.boundaries().rev().find(|at| *at < self.cursor).unwrap_or(0)
    }

    fn after(&self) -> usize {
        self.boundaries().find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        self.text.unicode_word_indices().map(|(at, _)| at).rfind(|at| *at < self.cursor).unwrap_or(0)
    }

    fn word_after(&self) -> usize {
        let mut ends = self.text.unicode_word_indices().map(|(at, word)| at + word.len());
        ends.find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }

    /// Draws the beginning of the text into one row, for a field that does not hear keys.
    pub fn draw_from_start(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        placeholder: &str,
        theme: &Theme,
    ) -> Option<Position> {
        let begun = Self { cursor: 0, ..self.clone() };
        begun.draw(Rect { height: area.height.min(1), ..area }, buffer, placeholder, theme)
    }

    /// Draws the field into one row, and returns where the cursor is to be seen.
    ///
    /// A text that is wider than the field is shifted so that the cursor stays inside.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, placeholder: &str, theme: &Theme) -> Option<Position> {
        let columns = usize::from(area.width);
        if area.is_empty() {
            return None;
        }
        buffer.set_style(Rect { height: 1, ..area }, theme.style(Role::Input));
        if self.text.is_empty() {
            let style = theme.style(Role::InputPlaceholder);
            buffer.set_string(area.x, area.y, truncate(placeholder, columns), style);
            return Some(area.as_position());
        }
        let mut shown = self.text.as_str();
        let mut before = &self.text[..self.cursor];
        // The cursor itself takes the last column when it stands at the end.
        while width(before) >= columns {
            let first = before.graphemes(true).next().map_or(before.len(), str::len);
            shown = &shown[first..];
            before = &before[first..];
        }
        buffer.set_string(area.x, area.y, prefix(shown, columns), theme.style(Role::Input));
        let shift = u16::try_from(width(before)).unwrap_or(area.width - 1);
        Some(Position { x: area.x + shift, y: area.y })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::event::Keys;
    use crate::tui::picture::text;

    fn press(field: &mut TextInput, keys: &str) {
        for key in keys.parse::<Keys>().unwrap().0 {
            assert!(field.key(key), "{key}");
        }
    }

    #[test]
    fn it_edits_as_a_shell_does() {
        let mut field = TextInput::new("openai prod");
        press(&mut field, "ctrl-w s t a g e");
        assert_eq!(field.text(), "openai stage");
        press(&mut field, "ctrl-a delete O alt-f - x ctrl-k");
        assert_eq!(field.text(), "Openai-x");
        press(&mut field, "left left backspace ctrl-u");
        assert_eq!(field.text(), "-x");
        assert!(!field.key(Key::plain(KeyCode::Up)));
    }

    #[test]
    fn what_a_reader_counts_as_one_is_deleted_as_one() {
        let mut field = TextInput::new("a👩‍💻e\u{301}");
        press(&mut field, "backspace");
        assert_eq!(field.text(), "a👩‍💻");
        press(&mut field, "backspace left");
        field.insert("日\n本");
        assert_eq!(field.text(), "日 本a");
    }

    #[test]
    fn a_long_text_is_shifted_to_its_cursor() {
        let theme = Theme::builtin("mono");
        let area = Rect::new(0, 0, 8, 1);
        let draw = |field: &TextInput| {
            let mut buffer = Buffer::empty(area);
            let cursor = field.draw(area, &mut buffer, "filter", &theme).unwrap();
            (text(&buffer), cursor.x)
        };
        assert_eq!(draw(&TextInput::default()), ("filter".to_owned(), 0));
        let mut field = TextInput::new("workflow-日本");
        assert_eq!(draw(&field), ("ow-日本".to_owned(), 7));
        press(&mut field, "home");
        assert_eq!(draw(&field), ("workflow".to_owned(), 0));
    }

    proptest! {
        #[test]
        fn no_keys_break_it(start in "\\PC{0,12}", presses in proptest::collection::vec(0_usize..12, 0..30)) {
            let keys = "left right home end backspace delete ctrl-w ctrl-u ctrl-k alt-b alt-f x";
            let keys: Vec<Key> = keys.parse::<Keys>().unwrap().0;
            let theme = Theme::builtin("mono");
            let area = Rect::new(0, 0, 5, 1);
            let mut field = TextInput::new(start);
            for index in presses {
                field.key(keys[index]);
                field.insert("\u{301}");
                let mut buffer = Buffer::empty(area);
                let cursor = field.draw(area, &mut buffer, "", &theme).unwrap();
                prop_assert!(cursor.x < 5);
            }
        }
    }
}
