//! What the console hears: keys, pastes, the mouse, the window, answers of the terminal, time, and finished work.

pub mod key;

pub use key::{Key, KeyCode, KeyError, Keys, Modifiers};

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use crate::domain::Timestamp;

/// One thing that happened. `D` is what finished work brings back.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<D> {
    /// A key was pressed, or repeats while held.
    Key(Key),
    /// Text was pasted; never interpreted as keys.
    Paste(Pasted),
    /// More was pasted than the console takes at once (bytes); nothing of it was kept.
    PasteRefused(usize),
    /// The mouse did something.
    Mouse(Mouse),
    /// The window has this many columns and rows.
    Resize(u16, u16),
    /// Whoever holds the terminal, such as a server, has something to say.
    Notice(String),
    /// The window came to the front.
    FocusGained,
    /// The window went to the back.
    FocusLost,
    /// The terminal answered a question.
    Reply(Reply),
    /// It is this time now; every batch of events begins with one.
    Tick(Timestamp),
    /// Work that an effect started has ended.
    Done(D),
}

/// Pasted text. It may be a secret, so it is overwritten when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pasted(Zeroizing<String>);

impl Pasted {
    /// Takes a text; line ends become `\n`.
    pub fn new(text: String) -> Self {
        let mut text = Zeroizing::new(text);
        if text.contains('\r') {
            text = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
        }
        Self(text)
    }

    /// Reads bytes as a terminal sent them; what is no UTF-8 becomes the replacement character.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(text),
            Err(error) => {
                let mut bytes = error.into_bytes();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                bytes.zeroize();
                Self::new(text)
            }
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted(..)")
    }
}

/// What the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// The column, counted from 0.
    pub column: u16,
    /// The row, counted from 0.
    pub row: u16,
    /// The modifiers held.
    pub modifiers: Modifiers,
}

/// What a mouse does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// A button went down.
    Down(MouseButton),
    /// A button came up.
    Up(MouseButton),
    /// The mouse moved with a button held.
    Drag(MouseButton),
    /// The wheel turned away from the user.
    ScrollUp,
    /// The wheel turned towards the user.
    ScrollDown,
}

/// A button of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseButton {
    /// The left one, or the only one.
    Left,
    /// The middle one, or the wheel pressed.
    Middle,
    /// The right one.
    Right,
}

/// What a terminal answers when asked about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The colour of its background (OSC 11): red, green, blue.
    Background(u8, u8, u8),
    /// Whether it uses a dark theme (`CSI ? 997 n`).
    Theme {
        /// Dark, or else light.
        dark: bool,
    },
    /// Whether it knows synchronized output (`CSI ? 2026 $ y`).
    Synchronized(bool),
    /// It speaks the kitty keyboard protocol (`CSI ? u`).
    KittyKeys,
    /// Its device attributes (`CSI ? … c`): the last answer of a round of questions, so nothing more is to come.
    Attributes,
}

impl Reply {
    /// Tells whether the answer says that the background is dark, by its perceived lightness; `None` for other answers.
    pub fn is_dark(self) -> Option<bool> {
        match self {
            Self::Background(red, green, blue) => {
                let lightness = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
                Some(lightness < 128_000)
            }
            Self::Theme { dark } => Some(dark),
            Self::Synchronized(_) | Self::KittyKeys | Self::Attributes => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn backgrounds_are_dark_or_light() {
        assert_eq!(Reply::Background(0x1e, 0x1e, 0x2e).is_dark(), Some(true));
        assert_eq!(Reply::Background(0xfd, 0xf6, 0xe3).is_dark(), Some(false));
        assert_eq!(Reply::Theme { dark: true }.is_dark(), Some(true));
        assert_eq!(Reply::KittyKeys.is_dark(), None);
    }
}
