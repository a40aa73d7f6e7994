//! Places in TOML files: what an error points at, and what may have been meant there.

use std::{fmt, path::Path, path::PathBuf};

use crate::domain::guess;

/// A line of a file, printed as `config.toml:12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Place {
    /// Returns the line of `file` in which the byte at `offset` of its `text` stands.
    pub fn at(file: &Path, text: &str, offset: usize) -> Self {
        let line = 1 + text.char_indices().take_while(|&(at, _)| at < offset).filter(|&(_, c)| c == '\n').count();
        Self { file: file.to_owned(), line }
    }

    /// Returns where a parser's `error` stands in `text`; the first line if it doesn't say.
    pub fn of(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        Self::at(file, text, error.span().map_or(0, |span| span.start))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Returns the word that may have been meant, from a message of serde's such as
/// ``unknown field `nmae`, expected one of `id`, `name` ``; `None` if it names no alternatives or none is near.
pub fn meant(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    guess::nearest(wrong, quoted).map(str::to_owned)
}

/// Prints a guess as the end of a sentence: `; did you mean "name"?`, or nothing.
pub(super) fn did_you_mean(guess: Option<&String>) -> String {
    guess.map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let text = "a = 1\nb = 2\n";
        assert_eq!(Place::at(Path::new("f"), text, 0).line, 1);
        assert_eq!(Place::at(Path::new("f"), text, 6).line, 2);
        assert_eq!(Place::at(Path::new("dir/f"), text, 999).to_string(), "dir/f:3");
    }

    #[test]
    fn a_guess_is_taken_from_what_was_expected() {
        assert_eq!(meant("unknown field `nmae`, expected one of `id`, `name`").as_deref(), Some("name"));
        assert_eq!(meant("unknown field `zzz`, expected one of `id`, `name`"), None);
        assert_eq!(meant("invalid type: integer"), None);
    }
}
