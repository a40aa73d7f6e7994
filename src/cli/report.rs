//! Reports: how the program ends, and what it says about failures, on standard error.

use std::{borrow::Cow, ffi::OsString};

use serde_json::json;

use super::{
    args::ParseError,
    streams::{End, Streams},
};
use crate::{
    config::settings::{Color, Symbols},
    domain::{name::printable, symbol::in_ascii},
    ops::failure::{Failure, Kind},
};

/// The code with which the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    /// All went well.
    pub const DONE: Self = Self(0);
    /// Some node gets no key.
    pub const NO_KEY: Self = Self(Kind::NoKey.exit_code());
    /// There are changes; for `plan --detailed-exitcode` alone.
    pub const CHANGES: Self = Self(2);
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        Self(kind.exit_code())
    }
}

/// Tells a failure: what went wrong, then what to do.
pub fn failure(streams: &dyn Streams, failure: &Failure, json: bool, color: Option<Color>) -> Exit {
    if json {
        say(streams, &as_json(failure));
    } else {
        let mark = if is_coloured(streams, color) { "\u{1b}[1;31mkeydeck:\u{1b}[0m" } else { "keydeck:" };
        let mut text = format!("{mark} {}", each_line(&failure.message));
        for hint in &failure.hints {
            text.push_str("\n  → ");
            text.push_str(&each_line(hint));
        }
        say(streams, &text);
    }
    failure.kind.into()
}

/// Tells what went wrong beside what was asked for; the exit code stays. With JSON the answer alone counts.
pub fn warnings(streams: &dyn Streams, failures: &[Failure], json: bool, color: Option<Color>) {
    for it in failures.iter().filter(|_| !json) {
        failure(streams, it, false, color);
    }
}

/// Tells what the parser of the arguments has to say: help and version on standard output, mistakes on standard error.
pub fn usage(streams: &dyn Streams, error: &ParseError, arguments: &[OsString]) -> Exit {
    use clap::error::ErrorKind;
    // The arguments did not parse, so the wish for JSON is looked up in the words themselves.
    let json = arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let error = match error {
        ParseError::Clap(error) => error,
        ParseError::Failure(known) => return failure(streams, known, json, None),
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let coloured = super::output::wants_colour(Color::Auto, streams, End::Output);
        let text = if coloured { text.ansi().to_string() } else { text.to_string() };
        // That nobody listens any more is no failure.
        let _ = streams.write(End::Output, legible(streams, End::Output, &text).as_bytes());
        return Exit::DONE;
    }
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("wrong arguments");
    let mut message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    let mut hints = Vec::new();
    for line in lines {
        match line.strip_prefix("tip: ") {
            Some(tip) => hints.push(tip.to_owned()),
            None if line.starts_with("Usage:") || line.starts_with("For more information") => {
                hints.push(line.to_owned());
            }
            // The rest of a list, as of missing arguments.
            None if hints.is_empty() => message = format!("{message} {line}"),
            None => {}
        }
    }
    failure(streams, &hints.into_iter().fold(Failure::usage(message), Failure::hint), json, None)
}

fn as_json(failure: &Failure) -> String {
    let mut error = json!({ "kind": failure.kind.word(), "message": failure.message, "hints": failure.hints });
    if let Some(details) = &failure.details {
        error["details"] = (**details).clone();
    }
    super::output::plain_json(&json!({ "error": error }))
}

/// Keeps the line ends of a message and nothing else that a terminal obeys.
fn each_line(text: &str) -> String {
    text.lines().map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n    ")
}

fn is_coloured(streams: &dyn Streams, color: Option<Color>) -> bool {
    super::output::wants_colour(color.unwrap_or_default(), streams, End::Error)
}

/// Writes a line to standard error; that nobody listens any more is no failure.
pub fn say(streams: &dyn Streams, text: &str) {
    let _ = streams.write(End::Error, format!("{}\n", legible(streams, End::Error, text)).as_bytes());
}

/// Writes a text as the terminal at an end can show it. Errors and help may come before the settings are known, so the
/// locale alone decides.
fn legible<'a>(streams: &dyn Streams, end: End, text: &'a str) -> Cow<'a, str> {
    let simple = streams.is_terminal(end) && Symbols::Auto.is_ascii(|name| streams.text_variable(name));
    if simple { Cow::Owned(in_ascii(text)) } else { Cow::Borrowed(text) }
}
