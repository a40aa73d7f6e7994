//! Links: how a place is written, in the command line, in files and over SSH: `workflow/invoice-bot`.

use std::{borrow::Cow, fmt};

use thiserror::Error;

use super::{guess, name::printable};

/// What a link's first word may be, and how many parts follow.
const PLACES: [(&str, usize); 16] = [
    ("workflow", 1),
    ("app", 1),
    ("node", 2),
    ("key", 1),
    ("pool", 1),
    ("instance", 1),
    ("provider", 1),
    ("model", 2),
    ("department", 1),
    ("operator", 1),
    ("owner", 1),
    ("assignment", 1),
    ("preview", 1),
    ("price", 2),
    ("revision", 1),
    ("screen", 1),
];

/// A place by kind and name. Names are decoded: a `%2F` in the text is a `/` here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    place: &'static str,
    parts: Vec<String>,
}

/// Why a text is no [`Link`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// The first word is none of ours.
    #[error("\"{word}\" is no kind of place{}", guess.map(|g| format!("; did you mean {g}/…?")).unwrap_or_default())]
    Place {
        /// What was written.
        word: String,
        /// What may have been meant.
        guess: Option<&'static str>,
    },
    /// Too few or too many parts.
    #[error("\"{text}\" is no link: write {form}")]
    Parts {
        /// What was written.
        text: String,
        /// How it is written.
        form: String,
    },
}

impl Link {
    /// Makes a link to a place with the given names; `None` if `place` is no kind of place or the count is wrong.
    pub fn new(place: &str, parts: &[&str]) -> Option<Self> {
        let (place, count) = PLACES.into_iter().find(|(known, _)| *known == place)?;
        (parts.len() == count).then(|| Self { place, parts: parts.iter().map(|&part| part.to_owned()).collect() })
    }

    /// Reads a link. The second part of `model/PROVIDER/NAME` may hold slashes, as vendors' model ids do.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let (word, rest) = text.split_once('/').unwrap_or((text, ""));
        let Some((place, count)) = PLACES.into_iter().find(|(known, _)| *known == word) else {
            let guess = guess::nearest(word, PLACES.map(|(known, _)| known));
            // A path of files begins with no word at all.
            let word = if word.is_empty() { text } else { word };
            return Err(LinkError::Place { word: word.to_owned(), guess });
        };
        let slashed = matches!(place, "model" | "price");
        let parts: Vec<String> =
            if slashed { rest.splitn(count, '/').map(decode).collect() } else { rest.split('/').map(decode).collect() };
        if parts.len() == count && parts.iter().all(|part| !part.is_empty()) {
            Ok(Self { place, parts })
        } else {
            let form = match (place, count) {
                ("node", _) => "node/WORKFLOW/NODE".to_owned(),
                (_, 2) => format!("{place}/PROVIDER/MODEL"),
                _ => format!("{place}/NAME (a / inside a name is written %2F)"),
            };
            Err(LinkError::Parts { text: text.to_owned(), form })
        }
    }

    /// Returns the kind of place.
    pub const fn place(&self) -> &'static str {
        self.place
    }

    /// Returns the first name.
    pub fn name(&self) -> &str {
        &self.parts[0]
    }

    /// Returns the second name: the node of `node/WORKFLOW/NODE`, the model of `model/PROVIDER/MODEL`.
    pub fn second(&self) -> Option<&str> {
        self.parts.get(1).map(String::as_str)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place)?;
        self.parts.iter().try_for_each(|part| write!(f, "/{}", encode(part)))
    }
}

/// Writes a name so that it fits between two slashes.
pub fn encode(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// Reads a name back; a `%` that begins no known escape stands for itself.
pub fn decode(part: &str) -> String {
    part.replace("%2F", "/").replace("%2f", "/").replace("%25", "%")
}

/// Writes a word so that a shell takes it as one, whatever is in it.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./%:@=+,".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", printable(text).replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_read_and_mistakes_explained() {
        assert_eq!(Link::parse("node/invoice-bot/draft").ok(), Link::new("node", &["invoice-bot", "draft"]));
        assert_eq!(
            Link::parse("model/openrouter/openai/gpt-4o").ok(),
            Link::new("model", &["openrouter", "openai/gpt-4o"])
        );
        assert!(matches!(Link::parse("workflw/x"), Err(LinkError::Place { guess: Some("workflow"), .. })));
        assert_eq!(Link::parse("/bin/sh").unwrap_err().to_string(), "\"/bin/sh\" is no kind of place");
        assert!(matches!(Link::parse("workflow/a/b"), Err(LinkError::Parts { .. })));
        assert!(matches!(Link::parse("workflow/"), Err(LinkError::Parts { .. })));
    }

    #[test]
    fn words_reach_the_program_as_they_are() {
        for (text, written) in [
            ("invoice-bot", "invoice-bot"),
            ("budget=200.00 hard", "'budget=200.00 hard'"),
            ("it's $(rm -rf ~)", "'it'\\''s $(rm -rf ~)'"),
            ("", "''"),
            ("key/a%2Fb", "key/a%2Fb"),
        ] {
            assert_eq!(quoted(text), written);
        }
        assert!(!quoted("a\u{1b}[2J").contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn writing_and_reading_is_the_identity(workflow in "[^%]{1,12}", node in ".{1,12}") {
            let link = Link::new("node", &[&workflow, &node]).expect("two parts");
            prop_assert_eq!(Link::parse(&link.to_string()), Ok(link));
        }
    }
}
