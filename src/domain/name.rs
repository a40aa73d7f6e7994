//! Names: what a label may look like, and how a free one is found beside a taken one.

use thiserror::Error;

/// The longest name, in bytes of UTF-8.
pub const LONGEST: usize = 200;

/// Why a text can't be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a name can't be empty")]
    Empty,
    /// The name begins or ends with white space.
    #[error("a name can't begin or end with a blank")]
    OuterBlank,
    /// The name holds a control character, or one that reorders or hides text on a screen.
    #[error("a name can't hold control characters or invisible direction marks")]
    Control,
    /// The name is longer than [`LONGEST`] bytes.
    #[error("a name can't be longer than {LONGEST} bytes")]
    TooLong,
}

/// Says whether `c` must never reach a terminal as it is: control characters and bidirectional overrides.
///
/// Source of the second half: Unicode UAX #9, explicit formatting characters.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Checks `name` against the rule of the design: not empty, no outer blanks, no control characters.
pub fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.trim() != name {
        Err(NameError::OuterBlank)
    } else if name.chars().any(is_unprintable) {
        Err(NameError::Control)
    } else if name.len() > LONGEST {
        Err(NameError::TooLong)
    } else {
        Ok(())
    }
}

/// Turns foreign text into a lawful name: unprintable characters become blanks, blanks are folded and trimmed, the
/// length is cut at a character's border, and nothing left becomes `fallback`.
pub fn clean(text: &str, fallback: &str) -> String {
    let folded: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    let mut name = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    name.truncate(cut(&name, LONGEST).trim_end().len());
    if name.is_empty() { fallback.to_owned() } else { name }
}

/// Returns the longest beginning of at most `bytes` that ends at a character's border.
fn cut(text: &str, bytes: usize) -> &str {
    (0..=bytes.min(text.len())).rev().find_map(|at| text.get(..at)).unwrap_or("")
}

/// Returns `wanted`, or `wanted (2)`, `wanted (3)` …: the first that is not `taken`. A long name gives up its end for
/// the number, so that a lawful name stays lawful.
pub fn free(wanted: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2u64;
    loop {
        let suffix = format!(" ({number})");
        let name = cut(wanted, LONGEST.saturating_sub(suffix.len())).trim_end().to_owned() + &suffix;
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// Replaces what must not reach a terminal, a log or a table by a visible mark.
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(is_unprintable) {
        text.chars().map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }).collect::<String>().into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_for_its_first_fault() {
        assert_eq!(check(""), Err(NameError::Empty));
        assert_eq!(check(" a"), Err(NameError::OuterBlank));
        assert_eq!(check("a\u{1b}[31m"), Err(NameError::Control));
        assert_eq!(check("a\u{202e}b"), Err(NameError::Control));
        assert_eq!(check(&"x".repeat(LONGEST + 1)), Err(NameError::TooLong));
        assert_eq!(check("完蛋！我被LLM包围了！"), Ok(()));
    }

    #[test]
    fn what_a_terminal_obeys_or_hides_is_shown_as_a_mark() {
        for c in
            "\u{1b}\u{7}\u{8}\r\n\t\u{7f}\u{9b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{feff}".chars()
        {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        assert!(matches!(printable("完蛋！ é́ 🎉"), std::borrow::Cow::Borrowed(_)), "the rest stays as it is");
    }

    #[test]
    fn foreign_text_becomes_a_lawful_name() {
        assert_eq!(clean("  Deep\tResearcher \n", "app"), "Deep Researcher");
        assert_eq!(clean("\u{7}", "app"), "app");
        assert!(check(&clean(&"é".repeat(300), "app")).is_ok());
    }

    #[test]
    fn a_taken_name_gets_the_next_number() {
        assert_eq!(free("a", |_| false), "a");
        assert_eq!(free("a", |n| n == "a" || n == "a (2)"), "a (3)");
        let long = "é".repeat(LONGEST / 2);
        let next = free(&long, |n| n == long);
        assert!(next.ends_with("é (2)") && check(&next).is_ok());
    }
}
