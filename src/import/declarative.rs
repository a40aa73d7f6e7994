//! The declarative file's text: TOML to a [`Document`], with errors that name the line and guess the word.

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::{
    domain::{guess, name},
    form::document::Document,
};

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 64 << 20;

/// Why a text is no declarative file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeclarativeError {
    /// It is larger than [`LARGEST`].
    #[error("{file} is larger than 64 MiB; split it into several files, one workspace each")]
    TooLarge {
        /// The file.
        file: String,
    },
    /// It is not UTF-8.
    #[error("{file}:{line}: not UTF-8 text; save the file as UTF-8")]
    Encoding {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// It is not TOML, or not of our form.
    #[error("{file}:{}: {message}{}", place.line, guess.as_ref().map(|g| format!("; did you mean {g}?")).unwrap_or_default())]
    Form {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// What is wrong, without the file's text.
        message: String,
        /// What may have been meant.
        guess: Option<String>,
    },
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// Finds the place of a byte of a text.
    pub fn of(bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        // Bytes that go on with a character don't count, so a cut one counts once.
        let column = line.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() + 1;
        Self { line: before.split(|&byte| byte == b'\n').count(), column }
    }
}

/// Reads the text of a declarative file. `file` is its name for errors.
pub fn read(file: &str, bytes: &[u8]) -> Result<Document, DeclarativeError> {
    parse(file, bytes)
}

/// Reads TOML of some form. `file` is its name for errors.
pub(super) fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, DeclarativeError> {
    let file = name::printable(file).into_owned();
    if bytes.len() > LARGEST {
        return Err(DeclarativeError::TooLarge { file });
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            return Err(DeclarativeError::Encoding { file, line: Place::of(bytes, error.valid_up_to()).line });
        }
    };
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    toml::from_str(bare).map_err(|error| {
        let message = name::printable(error.message()).into_owned();
        let place = Place::of(bare.as_bytes(), error.span().map_or(0, |span| span.start));
        let guess = guess_of(&message);
        DeclarativeError::Form { file, place, message, guess }
    })
}

/// Finds the nearest of the words in serde's message: unknown field `x`, expected one of `a`, `b`.
fn guess_of(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next().filter(|_| message.starts_with("unknown"))?;
    guess::nearest(unknown, words).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_name_the_line_and_guess_the_word() {
        let error = |text: &str| read("keys.toml", text.as_bytes()).expect_err(text).to_string();
        let unknown = error("[[credential]]\nname = \"a\"\nproviderr = \"openai\"\n");
        assert!(unknown.starts_with("keys.toml:3: unknown field `providerr`"), "{unknown}");
        assert!(unknown.ends_with("did you mean provider?"), "{unknown}");
        assert!(error("[[credental]]\n").ends_with("did you mean credential?"));
        assert!(error("[[credential]]\nname = 7\n").starts_with("keys.toml:2: "));
        assert!(error("a = \n").starts_with("keys.toml:1: "));
        assert_eq!(read("k", b"a = 1\n\xff"), Err(DeclarativeError::Encoding { file: "k".to_owned(), line: 2 }));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("x", &bytes);
        }
    }
}
