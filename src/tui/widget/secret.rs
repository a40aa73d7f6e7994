//! A field for a secret: what is typed is never drawn, never printed, and overwritten when it is no longer needed.

use std::fmt;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use zeroize::{Zeroize as _, Zeroizing};

use super::width::{truncate, width};
use crate::tui::event::{Key, KeyCode, Modifiers, Pasted};
use crate::tui::theme::{Role, Theme};

/// The longest secret, in bytes: service-account files are the longest that vendors hand out.
pub const LIMIT: usize = 16 * 1024;

/// What stands for any secret, whatever its length.
const MASK: &str = "••••••••";

/// A secret that is being typed or pasted. There is no cursor in it: what can't be seen can't be edited, only begun anew.
///
/// The room for it is reserved at once, because a growing text would leave copies behind in memory.
pub struct SecretInput {
    text: Zeroizing<String>,
}

impl Default for SecretInput {
    fn default() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(LIMIT)) }
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(..)")
    }
}

impl SecretInput {
    /// Tells whether nothing has been typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Edits by a key: characters, Backspace, and ctrl-u to begin anew; tells whether the key meant anything.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.code, key.typed()) {
            (_, Some(letter)) => self.push(letter.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, _) if key.modifiers.is_empty() => {
                self.text.pop();
                true
            }
            (KeyCode::Char('u' | 'w'), _) if key.modifiers == Modifiers::CTRL => {
                self.text.zeroize();
                true
            }
            _ => false,
        }
    }

    /// Takes a pasted secret, without the blanks and line ends around it; tells whether it fits.
    pub fn paste(&mut self, text: &Pasted) -> bool {
        self.push(text.text().trim())
    }

    fn push(&mut self, text: &str) -> bool {
        let fits = self.text.len() + text.len() <= LIMIT;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// Takes the secret out, and leaves the field empty.
    pub fn take(&mut self) -> Zeroizing<String> {
        std::mem::take(self).text
    }

    /// Draws the mask, and returns where the cursor is to be seen.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, placeholder: &str, theme: &Theme) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let columns = usize::from(area.width);
        buffer.set_style(Rect { height: 1, ..area }, theme.style(Role::Input));
        let (shown, role, shift) =
            if self.is_empty() { (placeholder, Role::InputPlaceholder, 0) } else { (MASK, Role::Input, width(MASK)) };
        buffer.set_string(area.x, area.y, truncate(shown, columns), theme.style(role));
        let shift = u16::try_from(shift.min(columns - 1)).unwrap_or(0);
        Some(Position { x: area.x + shift, y: area.y })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::event::Keys;
    use crate::tui::picture::text;

    #[test]
    fn nothing_shows_what_was_typed_or_how_much() {
        let theme = Theme::builtin("mono");
        let area = Rect::new(0, 0, 20, 1);
        let draw = |field: &SecretInput| {
            let mut buffer = Buffer::empty(area);
            field.draw(area, &mut buffer, "paste the key", &theme);
            text(&buffer)
        };
        let mut field = SecretInput::default();
        assert_eq!(draw(&field), "paste the key");
        field.key('s'.into());
        let short = draw(&field);
        assert!(field.paste(&Pasted::new("k-proj-abcdef\n".to_owned())));
        assert_eq!(draw(&field), short);
        assert_eq!(format!("{field:?}"), "SecretInput(..)");
        assert_eq!(field.take().as_str(), "sk-proj-abcdef");
        assert!(field.is_empty());
    }

    #[test]
    fn it_never_grows_past_its_room() {
        let mut field = SecretInput::default();
        let room = field.text.capacity();
        assert!(!field.paste(&Pasted::new("x".repeat(LIMIT + 1))));
        assert!(field.paste(&Pasted::new("x".repeat(LIMIT))));
        assert!(!field.key('y'.into()));
        assert_eq!(field.text.capacity(), room);
        for key in "backspace ctrl-u".parse::<Keys>().unwrap().0 {
            assert!(field.key(key));
        }
        assert!(field.is_empty());
    }
}
