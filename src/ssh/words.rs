//! Words: a command line as SSH hands it over, one text, split as a shell would quote, without being one.

use std::ffi::OsString;

/// Why a text can't be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// A quote is not closed, or nothing follows the last backslash.
    #[error("a quote is not closed")]
    Open,
    /// It is no text.
    #[error("it is not UTF-8")]
    NoText,
}

/// Splits a command line. Single quotes keep everything, double quotes all but `\"`, `\\`, `\$` and `` \` ``, and a
/// backslash keeps the next character; nothing else means anything: no variables, patterns, pipes or comments.
pub fn split(line: &[u8]) -> Result<Vec<OsString>, WordsError> {
    let line = std::str::from_utf8(line).map_err(|_| WordsError::NoText)?;
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take().map(OsString::from)),
            '\'' => single(&mut chars, word.get_or_insert_default())?,
            '"' => double(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or(WordsError::Open)?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.map(OsString::from));
    Ok(words)
}

fn single(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), WordsError> {
    loop {
        match chars.next().ok_or(WordsError::Open)? {
            '\'' => return Ok(()),
            c => word.push(c),
        }
    }
}

fn double(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), WordsError> {
    loop {
        match chars.next().ok_or(WordsError::Open)? {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or(WordsError::Open)? {
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_it_is_quoted_and_nothing_in_it_means_anything() {
        for (line, words) in [
            ("", vec![]),
            ("  list   workflows --json ", vec!["list", "workflows", "--json"]),
            ("show 'workflow/Invoice reader'", vec!["show", "workflow/Invoice reader"]),
            (r#"assign "app/A \"b\" \x" key\ one"#, vec!["assign", r#"app/A "b" \x"#, "key one"]),
            ("why x '' \"\"", vec!["why", "x", "", ""]),
            ("a'b'\"c\"d", vec!["abcd"]),
            (
                "list $HOME `id` $(id) *; rm -rf / | sh > x # no",
                vec!["list", "$HOME", "`id`", "$(id)", "*;", "rm", "-rf", "/", "|", "sh", ">", "x", "#", "no"],
            ),
            ("größe\tключ", vec!["größe", "ключ"]),
        ] {
            assert_eq!(split(line.as_bytes()), Ok(words.into_iter().map(OsString::from).collect()), "{line}");
        }
    }

    #[test]
    fn what_is_not_closed_or_no_text_is_refused() {
        for line in ["'a", "\"a", "a\\", "\"a\\"] {
            assert_eq!(split(line.as_bytes()), Err(WordsError::Open), "{line}");
        }
        assert_eq!(split(b"list \xff"), Err(WordsError::NoText));
    }
}
