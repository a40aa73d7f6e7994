//! Reports: how the program ends, and what it says about failures, on standard error.

use std::{ffi::OsString, io::IsTerminal};

use serde_json::json;

use super::args::ParseError;
use crate::{
    config::settings::Color,
    domain::name::printable,
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
pub fn failure(failure: &Failure, json: bool, color: Option<Color>) -> Exit {
    if json {
        eprintln_quietly(&as_json(failure));
    } else {
        let mark = if is_coloured(color) { "\u{1b}[1;31mkeydeck:\u{1b}[0m" } else { "keydeck:" };
        let mut text = format!("{mark} {}", each_line(&failure.message));
        for hint in &failure.hints {
            text.push_str("\n  → ");
            text.push_str(&each_line(hint));
        }
        eprintln_quietly(&text);
    }
    failure.kind.into()
}

/// Tells what went wrong beside what was asked for; the exit code stays. With JSON the answer alone counts.
pub fn warnings(failures: &[Failure], json: bool, color: Option<Color>) {
    for it in failures.iter().filter(|_| !json) {
        failure(it, false, color);
    }
}

/// Tells what the parser of the arguments has to say: help and version on standard output, mistakes on standard error.
pub fn usage(error: &ParseError, arguments: &[OsString]) -> Exit {
    use clap::error::ErrorKind;
    // The arguments did not parse, so the wish for JSON is looked up in the words themselves.
    let json = arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let error = match error {
        ParseError::Clap(error) => error,
        ParseError::Failure(known) => return failure(known, json, None),
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
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
    failure(&hints.into_iter().fold(Failure::usage(message), Failure::hint), json, None)
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

fn is_coloured(color: Option<Color>) -> bool {
    super::output::wants_colour(color.unwrap_or_default(), std::io::stderr().is_terminal())
}

/// Writes a line to standard error; that nobody listens any more is no failure.
fn eprintln_quietly(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
