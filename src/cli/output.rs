//! Output: text, tables and JSON on standard output. Written at the end or before a question; a closed pipe is silent.

use std::{fmt::Write, io::ErrorKind, sync::Arc};

use serde::Serialize;

use super::{
    streams::{End, Streams},
    table::Table,
};
use crate::{
    config::settings::Color,
    domain::{
        name::{is_unprintable, printable},
        symbol::in_ascii,
    },
    ops::failure::{Failure, Kind},
};

/// Where a command says what it has to say.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of the output and none excludes another")]
pub struct Output {
    text: String,
    streams: Arc<dyn Streams>,
    /// Whether the answer is JSON.
    pub json: bool,
    quiet: bool,
    coloured: bool,
    ascii: bool,
    width: Option<usize>,
}

/// What a piece of text means; colours follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Heading,
    /// Something good.
    Good,
    /// Something to look at.
    Warning,
    /// Something bad.
    Bad,
    /// Something beside the point.
    Faint,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31",
            Self::Faint => "2",
        }
    }
}

impl Output {
    /// Looks at the terminal, if there is one.
    pub fn new(streams: Arc<dyn Streams>, json: bool, quiet: bool, color: Color) -> Self {
        let coloured = wants_colour(color, &*streams, End::Output);
        let width = streams.width();
        Self { text: String::new(), streams, json, quiet, coloured, ascii: false, width }
    }

    /// Draws with ASCII alone, if it is so; never into a file or a pipe, nor in JSON.
    #[must_use]
    pub fn in_ascii(self, ascii: bool) -> Self {
        let ascii = ascii && !self.json && self.streams.is_terminal(End::Output);
        Self { ascii, ..self }
    }

    /// Writes as into a pipe, whatever there is: no colours, and nothing is cut.
    pub const fn plain(streams: Arc<dyn Streams>, json: bool, quiet: bool) -> Self {
        Self { text: String::new(), streams, json, quiet, coloured: false, ascii: false, width: None }
    }

    /// Says whether colours are used.
    pub const fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Returns how many columns the terminal has; none if it is no terminal.
    pub const fn width(&self) -> Option<usize> {
        self.width
    }

    /// Colours a piece of text that is safe to print.
    pub fn tone(&self, tone: Tone, text: &str) -> String {
        if self.coloured { format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()) } else { text.to_owned() }
    }

    /// Writes a line that was asked for. Foreign text in it was made printable by the caller.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// Writes a line of foreign text.
    pub fn foreign(&mut self, text: &str) {
        self.line(printable(text));
    }

    /// Says whether nothing but what was asked for is to be told.
    pub const fn is_quiet(&self) -> bool {
        self.quiet || self.json
    }

    /// Writes a remark, unless it is to be quiet or the answer is JSON.
    pub fn remark(&mut self, text: impl AsRef<str>) {
        if !self.is_quiet() {
            self.line(text);
        }
    }

    /// Writes a table.
    pub fn table(&mut self, table: &Table) {
        let text = table.render(self.width, |heading| self.tone(Tone::Heading, heading));
        self.text.push_str(&text);
    }

    /// Writes text as it is, for files.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes a JSON document.
    pub fn document(&mut self, value: &impl Serialize) {
        self.line(plain_json(value));
    }

    /// Writes out what was said so far.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let mut text = std::mem::take(&mut self.text);
        if self.ascii {
            text = in_ascii(&text);
        }
        match self.streams.write(End::Output, text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::new(Kind::Internal, format!("standard output can't be written: {error}")))
            }
            _ => Ok(()),
        }
    }
}

/// Says whether output is coloured: as asked, else on terminals unless `NO_COLOR` is set to something.
pub fn wants_colour(color: Color, streams: &dyn Streams, end: End) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => streams.is_terminal(end) && streams.variable("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Writes a text as JSON does; what a terminal would obey is escaped as well.
pub fn quote(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            // All of them are in the first plane, so that one escape is enough.
            c if is_unprintable(c) => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// Writes JSON in which no string holds a character that a terminal would obey: they are escaped, so nothing is lost.
pub fn plain_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
    if !text.chars().any(|c| c != '\n' && is_unprintable(c)) {
        return text;
    }
    // Outside of strings JSON has no such characters but line ends, and those stand only there.
    // All of them are in the first plane, so that one escape is enough.
    let escaped = |c: char| format!("\\u{:04x}", u32::from(c));
    text.chars().map(|c| if c != '\n' && is_unprintable(c) { escaped(c) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain_json;

    #[test]
    fn json_never_reorders_or_commands_a_terminal() {
        let value = serde_json::json!({ "a\u{202e}b": "\u{9b}2J\u{1b}[31m\nx" });
        let text = plain_json(&value);
        assert!(!text.chars().any(|c| c != '\n' && crate::domain::name::is_unprintable(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
