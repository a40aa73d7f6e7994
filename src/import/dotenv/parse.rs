//! Parsing: the grammar that dotenv libraries share, strict where they guess. Errors name the line and repeat no value.
//!
//! `export` is allowed, a comment begins with `#` at the start of a line or behind a blank, single quotes and backticks
//! keep everything, double quotes know `\n`, `\r`, `\t`, `\"`, `\\` and `\$`, and quoted values may have several lines.

use thiserror::Error;

use crate::vault::Secret;

/// The largest file, in bytes.
pub const LARGEST: usize = 1 << 20;

/// The most variables that a file may have.
const MOST: usize = 10_000;

/// One variable.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// The line on which it begins, from 1.
    pub line: usize,
}

/// Why a text is no `.env` file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DotenvError {
    /// The file is too large.
    #[error("it is larger than 1 MiB, or has more than 10000 variables; check that it is the right file")]
    TooLarge,
    /// The bytes are no UTF-8.
    #[error("line {line}: it is not UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// The line.
        line: usize,
    },
    /// A line is none of a variable.
    #[error("line {line}: it is no NAME=value; write it so, or put # before a comment")]
    NoVariable {
        /// The line.
        line: usize,
    },
    /// A quote is never closed.
    #[error("line {line}: a quote is opened and never closed; close it")]
    OpenQuote {
        /// The line of the opening quote.
        line: usize,
    },
    /// Something follows a closing quote.
    #[error("line {line}: something follows the closing quote; put the whole value inside, or # before a comment")]
    AfterQuote {
        /// The line of the value.
        line: usize,
    },
}

/// Reads the variables in the order written.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, DotenvError> {
    if bytes.len() > LARGEST {
        return Err(DotenvError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| DotenvError::NotUtf8 {
        line: bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count(),
    })?;
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let mut entries = Vec::new();
    while !reader.rest.is_empty() {
        if let Some(entry) = reader.entry()? {
            entries.push(entry);
        }
        if entries.len() > MOST {
            return Err(DotenvError::TooLarge);
        }
    }
    Ok(entries)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// Takes the rest of the line, without its end.
    fn rest_of_line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += 1;
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn entry(&mut self) -> Result<Option<Entry>, DotenvError> {
        let line = self.line;
        let head = self.rest.split('\n').next().unwrap_or("");
        if head.trim().is_empty() || head.trim_start().starts_with('#') {
            self.rest_of_line();
            return Ok(None);
        }
        let (name, _) = head.split_once('=').ok_or(DotenvError::NoVariable { line })?;
        let at = name.len() + 1;
        let name = name.trim();
        let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(name).trim();
        let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() || name.len() > 200 || !name.chars().all(lawful) {
            return Err(DotenvError::NoVariable { line });
        }
        self.rest = self.rest[at..].trim_start_matches([' ', '\t']);
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(quote)?,
            _ => Secret::new(unquoted(self.rest_of_line()).to_owned()),
        };
        Ok(Some(Entry { name: name.to_owned(), value, line }))
    }

    /// Reads a quoted value and the rest of its last line.
    fn quoted(&mut self, quote: char) -> Result<Secret, DotenvError> {
        let line = self.line;
        let body = &self.rest[1..];
        // As long as it can get, so that it never moves and leaves a copy.
        let mut value = String::new();
        let mut characters = body.char_indices();
        let mut capacity = body.find(quote).unwrap_or(0);
        capacity = capacity.max(64).min(body.len());
        value.reserve_exact(capacity);
        let mut secret = zeroize::Zeroizing::new(value);
        let end = loop {
            let Some((at, c)) = characters.next() else { return Err(DotenvError::OpenQuote { line }) };
            match c {
                c if c == quote => break at,
                '\\' if quote != '`' => match characters.next() {
                    Some((_, next)) => escape(quote, next, &mut secret),
                    None => return Err(DotenvError::OpenQuote { line }),
                },
                c => secret.push(c),
            }
        };
        self.line += body[..end].matches('\n').count();
        self.rest = &body[end + quote.len_utf8()..];
        let behind = self.rest_of_line().trim();
        if behind.is_empty() || behind.starts_with('#') {
            Ok(Secret::new(std::mem::take(&mut *secret)))
        } else {
            Err(DotenvError::AfterQuote { line })
        }
    }
}

/// Puts down what a backslash and a character stand for between quotes.
fn escape(quote: char, next: char, value: &mut String) {
    match (quote, next) {
        ('"', 'n') => value.push('\n'),
        ('"', 'r') => value.push('\r'),
        ('"', 't') => value.push('\t'),
        ('"', '"' | '$') | ('\'', '\'') | (_, '\\') => value.push(next),
        (_, other) => value.extend(['\\', other]),
    }
}

/// Takes the comment and the outer blanks off a value without quotes.
fn unquoted(text: &str) -> &str {
    let text = if text.starts_with('#') { "" } else { text };
    let comment = text.char_indices().find(|&(at, c)| c == '#' && text[..at].ends_with([' ', '\t'])).map(|(at, _)| at);
    text[..comment.unwrap_or(text.len())].trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String, usize)> {
        let entries = parse(text.as_bytes()).unwrap();
        entries.into_iter().map(|it| (it.name, it.value.expose().to_owned(), it.line)).collect()
    }

    fn value(text: &str) -> String {
        read(&format!("A={text}\n")).remove(0).1
    }

    #[test]
    fn values_are_read_as_dotenv_libraries_do() {
        for (written, expected) in [
            ("plain", "plain"),
            ("  blanks  ", "blanks"),
            ("a # comment", "a"),
            ("a#b", "a#b"),
            ("# comment", ""),
            ("", ""),
            ("'single # \\n'", "single # \\n"),
            ("'it\\'s'", "it's"),
            ("\"tab\\tline\\n\\\"q\\\" \\\\ \\$X\" # comment", "tab\tline\n\"q\" \\ $X"),
            ("`back \"tick' \\n`", "back \"tick' \\n"),
            ("\"a\nb\"", "a\nb"),
            ("a=b=", "a=b="),
        ] {
            assert_eq!(value(written), expected, "{written}");
        }
        let text = "\u{feff}# head\r\n\r\nexport A = 1\r\n  B='x\ny'\n exported=2\nC=3";
        let entries: Vec<_> = read(text).into_iter().map(|(name, _, line)| (name, line)).collect();
        assert_eq!(entries, [("A".into(), 3), ("B".into(), 4), ("exported".into(), 6), ("C".into(), 7)]);
    }

    #[test]
    fn faults_have_their_line_and_repeat_nothing() {
        let fault = |text: &str| parse(text.as_bytes()).err().unwrap();
        assert_eq!(fault("A=1\nsk-FAKE-canary"), DotenvError::NoVariable { line: 2 });
        assert_eq!(fault("A='x\n\n"), DotenvError::OpenQuote { line: 1 });
        assert_eq!(fault("\nA='x\n'sk-FAKE-canary"), DotenvError::AfterQuote { line: 2 });
        assert_eq!(fault("{\"a\": \"b=c\"}"), DotenvError::NoVariable { line: 1 });
        assert_eq!(parse(b"A=1\nB=\xff").err(), Some(DotenvError::NotUtf8 { line: 2 }));
        assert_eq!(parse(&vec![b'a'; LARGEST + 1]).err(), Some(DotenvError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_lines_are_read_or_refused(text in "([A-Z_]{1,4}= ?['\"`\\\\ #x\n$]{0,6}\n?){0,8}") {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn what_single_quotes_hold_comes_back(text in "[^'\\\\]{0,40}") {
            prop_assert_eq!(value(&format!("'{text}'")), text);
        }
    }
}
