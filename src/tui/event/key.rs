//! Keys as the console knows them, and their notation in keymaps: `ctrl-s`, `g w`, `space`, `f1`, `?`.

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

use crate::domain::guess::nearest;

/// What was pressed, apart from the modifiers held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character; letters carry their own case.
    Char(char),
    /// Enter, or Return.
    Enter,
    /// Tab; with shift held it goes backwards.
    Tab,
    /// Backspace.
    Backspace,
    /// Escape.
    Esc,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// A function key, 1 to 35.
    F(u8),
}

/// The modifiers held while a key was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modifiers(u8);

impl Modifiers {
    /// Nothing held.
    pub const NONE: Self = Self(0);
    /// Control.
    pub const CTRL: Self = Self(1);
    /// Alt, or Option, or Meta.
    pub const ALT: Self = Self(2);
    /// Shift.
    pub const SHIFT: Self = Self(4);
    /// Super: Command on a Mac, the logo key elsewhere.
    pub const SUPER: Self = Self(8);

    /// The prefixes of the notation, in the order in which they are written.
    const PREFIXES: [(&'static str, Self); 4] =
        [("ctrl-", Self::CTRL), ("alt-", Self::ALT), ("shift-", Self::SHIFT), ("super-", Self::SUPER)];

    /// Tells whether every modifier of `other` is held.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether nothing is held.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Takes the modifiers of `other` away.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Modifiers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One key press, normalised so that every way of sending it compares equal.
///
/// Shift is folded into a letter's case (`A`, never shift with `a`), and dropped from other characters unless control,
/// alt or super is held with it, because terminals differ in whether they report it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What was pressed.
    pub code: KeyCode,
    /// What was held.
    pub modifiers: Modifiers,
}

impl Key {
    /// Builds a key in its normal form.
    pub fn new(code: KeyCode, modifiers: Modifiers) -> Self {
        let KeyCode::Char(mut letter) = code else { return Self { code, modifiers } };
        let mut modifiers = modifiers;
        if letter.is_alphabetic() {
            if modifiers.contains(Modifiers::SHIFT) {
                letter = single(letter.to_uppercase()).unwrap_or(letter);
            }
            modifiers = modifiers.without(Modifiers::SHIFT);
        } else if modifiers.without(Modifiers::SHIFT).is_empty() {
            modifiers = Modifiers::NONE;
        }
        Self { code: KeyCode::Char(letter), modifiers }
    }

    /// Builds a key with no modifier held.
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, Modifiers::NONE)
    }

    /// Returns the character that this key types into a text field, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if self.modifiers.is_empty() => Some(letter),
            _ => None,
        }
    }
}

impl From<char> for Key {
    fn from(letter: char) -> Self {
        Self::plain(KeyCode::Char(letter))
    }
}

/// Returns the only item of an iterator, or nothing where there are more (`ß` has two upper-case letters).
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// Names of keys in the notation; the first name of a code is the one that is written.
const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = *self;
        if let KeyCode::Char(letter) = key.code
            && !key.modifiers.is_empty()
            && let Some(lower) = single(letter.to_lowercase())
            && lower != letter
        {
            key = Self { code: KeyCode::Char(lower), modifiers: key.modifiers | Modifiers::SHIFT };
        }
        for (prefix, modifier) in Modifiers::PREFIXES {
            if key.modifiers.contains(modifier) {
                f.write_str(prefix)?;
            }
        }
        match key.code {
            KeyCode::F(number) => write!(f, "f{number}"),
            code => match (NAMES.iter().find(|(_, named)| *named == code), code) {
                (Some((name, _)), _) => f.write_str(name),
                (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
                (None, other) => write!(f, "{other:?}"),
            },
        }
    }
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing stands where a key should.
    #[error("a key is missing; write for example `ctrl-s`, `g w` or `f1`")]
    Empty,
    /// The name is none that the notation knows.
    #[error("`{name}` is no key{}", hint(guess.as_deref()))]
    Unknown {
        /// The name as written, without its modifiers.
        name: String,
        /// A known name that is near.
        guess: Option<String>,
    },
}

/// Says how to go on after a name that nobody knows.
fn hint(guess: Option<&str>) -> String {
    match guess {
        Some(guess) => format!("; did you mean `{guess}`?"),
        None => "; write a character, or a name such as `space`, `pagedown` or `f5`, after `ctrl-`, `alt-` or `shift-`"
            .to_owned(),
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut rest = text;
        let mut modifiers = Modifiers::NONE;
        while let Some((prefix, modifier)) =
            Modifiers::PREFIXES.iter().find(|(prefix, _)| rest.len() > prefix.len() && rest.starts_with(prefix))
        {
            rest = &rest[prefix.len()..];
            modifiers = modifiers | *modifier;
        }
        Ok(Self::new(code_named(rest)?, modifiers))
    }
}

/// Reads the part of a key's notation that follows the modifiers.
fn code_named(name: &str) -> Result<KeyCode, KeyError> {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (None, _) => return Err(KeyError::Empty),
        (Some(letter), None) if !letter.is_control() && !letter.is_whitespace() => return Ok(KeyCode::Char(letter)),
        _ => {}
    }
    let lower = name.to_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == lower) {
        return Ok(*code);
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|digits| digits.parse().ok())
        && (1..=35).contains(&number)
    {
        return Ok(KeyCode::F(number));
    }
    let guess = nearest(&lower, NAMES.iter().map(|(known, _)| *known)).map(str::to_owned);
    Err(KeyError::Unknown { name: name.to_owned(), guess })
}

/// A sequence of keys, pressed one after the other: `g w`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keys(pub Vec<Key>);

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            write!(f, "{}{key}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Keys {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<Key>, _>>()?;
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self(keys)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_way_of_writing_a_key_is_one_key() {
        for (written, shown) in [
            ("ctrl-s", "ctrl-s"),
            ("g  w", "g w"),
            ("G", "G"),
            ("shift-g", "G"),
            ("shift-?", "?"),
            ("ctrl-S", "ctrl-shift-s"),
            ("alt-ctrl-x", "ctrl-alt-x"),
            ("shift-tab", "shift-tab"),
            ("Escape", "esc"),
            ("space f", "space f"),
            ("ctrl--", "ctrl--"),
            ("-", "-"),
            ("F12", "f12"),
            ("PgDn", "pagedown"),
        ] {
            assert_eq!(written.parse::<Keys>().map(|keys| keys.to_string()), Ok(shown.to_owned()), "{written}");
        }
    }

    #[test]
    fn a_wrong_name_gets_a_guess() {
        let error = "ctrl-entre".parse::<Key>().unwrap_err();
        assert_eq!(error.to_string(), "`entre` is no key; did you mean `enter`?");
        assert_eq!("".parse::<Keys>(), Err(KeyError::Empty));
        assert!("f36".parse::<Key>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(letter in any::<char>(), held in 0_u8..16) {
            prop_assume!(!letter.is_control() && !letter.is_whitespace());
            let key = Key::new(KeyCode::Char(letter), Modifiers(held));
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
        }
    }
}
