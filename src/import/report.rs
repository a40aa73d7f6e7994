//! The report of an import: what was taken, what was left out and why, and which files could not be read.
//!
//! Faces print it or write it as JSON. Every text is made safe for a terminal when it enters, since most of it quotes
//! names from foreign files; no text ever holds a value of a foreign variable.

use std::{collections::BTreeMap, fmt::Display};

use serde::Serialize;

use crate::domain::{change::Change, name, record::Kind};

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many things of each kind were taken.
    pub taken: BTreeMap<Kind, Counts>,
    /// What stands in the source and was not taken.
    pub skipped: Vec<Skipped>,
    /// What was taken, and deserves a look.
    pub warnings: Vec<Warning>,
    /// What was changed here and in the source since the last import. It stays as it is here.
    pub conflicts: Vec<Conflict>,
    /// The files that could not be read. The others were.
    pub failed: Vec<Failed>,
}

/// What became of the things of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many are new.
    pub added: usize,
    /// How many are known and differ.
    pub edited: usize,
    /// How many are no longer in the source.
    pub removed: usize,
    /// How many are known and the same.
    pub unchanged: usize,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// What it is.
    pub what: String,
    /// Where it stands: a file, or a place in a database.
    pub place: String,
    /// Why it was left out, and what to do if it should not be.
    pub reason: String,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// Where it stands.
    pub place: String,
    /// What there is to know.
    pub message: String,
}

/// Something that was changed here and in the source since the last import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// What it is.
    pub what: String,
    /// What of it.
    pub field: String,
    /// How it is here, and stays.
    pub here: String,
    /// How it is there.
    pub there: String,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failed {
    /// The file.
    pub file: String,
    /// What is wrong with it, and what to do.
    pub error: String,
}

impl Report {
    /// Notes something that was left out.
    pub fn skip(&mut self, place: &str, what: impl Display, reason: impl Display) {
        self.skipped.push(Skipped { what: safe(what), place: safe(place), reason: safe(reason) });
    }

    /// Notes something to look at.
    pub fn warn(&mut self, place: &str, message: impl Display) {
        self.warnings.push(Warning { place: safe(place), message: safe(message) });
    }

    /// Notes that something was changed on both sides.
    pub fn conflict(&mut self, what: impl Display, field: &str, here: impl Display, there: impl Display) {
        let (here, there) = (safe(here), safe(there));
        self.conflicts.push(Conflict { what: safe(what), field: safe(field), here, there });
    }

    /// Notes a file that could not be read.
    pub fn fail(&mut self, file: &str, error: impl Display) {
        self.failed.push(Failed { file: safe(file), error: safe(error) });
    }

    /// Counts a change.
    pub fn count(&mut self, change: &Change) {
        let counts = self.taken.entry(change.kind()).or_default();
        match (change.before(), change.after()) {
            (None, _) => counts.added += 1,
            (Some(_), Some(_)) => counts.edited += 1,
            (Some(_), None) => counts.removed += 1,
        }
    }

    /// Counts a thing that is as it was.
    pub fn count_unchanged(&mut self, kind: Kind) {
        self.taken.entry(kind).or_default().unchanged += 1;
    }

    /// Says whether anything was added, edited or removed.
    pub fn changes_something(&self) -> bool {
        self.taken.values().any(|counts| counts.added + counts.edited + counts.removed > 0)
    }
}

fn safe(text: impl Display) -> String {
    name::printable(&text.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_not_reach_the_terminal_as_it_is() {
        let mut report = Report::default();
        report.skip("a\u{1b}[2J.yml", "node \u{202e}x", "no\nreason");
        report.warn("b", "c\r");
        report.fail("d\u{7}", "e\0");
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.chars().any(name::is_unprintable) && !json.contains("\\u00"), "{json}");
        assert!(!report.changes_something());
    }
}
