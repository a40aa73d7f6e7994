//! What is refused when written (design §1, §2.4): every fault of a change set, found at the cost of the change set.
//!
//! Each change is judged on the state that the whole set leaves, so order does not matter and a set may bring a thing
//! and what refers to it. Unknown *names* were refused by whoever turned names into ids; here an unknown id is one.
//! A rule that can never be usable for another reason may be written; `lint` warns.
//!
//! One look at all keys and instances is taken where a department, an operator, an app, a workflow or a provider
//! disappears: nothing else leads back to them.

mod budget;
mod content;
mod rules;
mod unique;
mod used;

use std::fmt;

use uuid::Uuid;

use crate::domain::{
    catalogue::Catalogue,
    change::Change,
    record::{Kind, Record},
};

/// What kind of fault a change has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The thing is not as the change expects to find it.
    Conflict,
    /// A name is unlawful.
    Name,
    /// A name, or another thing that is there once, is taken.
    Taken,
    /// Something is referred to that is not there.
    Dangling,
    /// Something is still referred to that would no longer be there.
    InUse,
    /// A key belongs to another provider than what names it.
    OtherProvider,
    /// A provider is written by another id than its own.
    Alias,
    /// A department would be above itself.
    Cycle,
    /// A time ends before it begins.
    Window,
    /// Two rules would answer one question at one time.
    Overlap,
    /// A list is empty, or holds something twice.
    List,
    /// An amount or a number is out of range.
    Range,
    /// A role makes no sense where it is granted.
    Grant,
    /// What other things are known by would change.
    Identity,
    /// An SSH key is none, or somebody else's.
    SshKey,
    /// A budget can never be reached.
    Unreachable,
}

/// A change that can't be written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of fault it is.
    pub fault: Fault,
    /// What kind of thing is changed.
    pub kind: Kind,
    /// The id of the thing.
    pub id: Uuid,
    /// The name of the thing, if it has one.
    pub name: Option<String>,
    /// What is wrong, in one sentence without its subject and without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if let Some(name) = &self.name {
            write!(f, " {}", crate::domain::name::printable(name))?;
        }
        write!(f, ": {}; {}", self.message, self.hint)
    }
}

/// Finds every fault of `changes`, which lead from `before` to `after`. An empty answer means that they can be written.
///
/// `after` must be what [`Catalogue::with_changes`] makes of `before`, and of each thing there must be one change at
/// most, as [`crate::domain::change::fold`] leaves them.
pub fn check(before: &Catalogue, after: &Catalogue, changes: &[Change]) -> Vec<Refusal> {
    let mut judge = Judge { before, after, refusals: Vec::new() };
    for change in changes {
        judge.conflict(change);
        if let Some(record) = change.after() {
            judge.unique(record);
            judge.content(change.before(), record);
            judge.reachable(change.before(), record);
        }
    }
    judge.in_use(changes);
    judge.refusals
}

/// Collects the faults of one change set.
struct Judge<'a> {
    before: &'a Catalogue,
    after: &'a Catalogue,
    refusals: Vec<Refusal>,
}

impl Judge<'_> {
    fn refuse(&mut self, record: &Record, fault: Fault, message: impl Into<String>, hint: impl Into<String>) {
        self.refusals.push(Refusal {
            fault,
            kind: record.kind(),
            id: record.uuid(),
            name: record.name().map(ToString::to_string),
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// The ground must be as the change expects it: otherwise somebody else's work would be overwritten blindly.
    fn conflict(&mut self, change: &Change) {
        let subject = change.subject();
        let present = self.before.record(subject.kind(), subject.uuid());
        let message = match (change.before(), &present) {
            (None, Some(_)) => "is there already",
            (Some(_), None) => "is no longer there",
            (Some(expected), Some(present)) if expected != present => "was changed by somebody else meanwhile",
            _ => return,
        };
        self.refuse(subject, Fault::Conflict, message, "look at what changed and stage it again");
    }
}

#[cfg(test)]
mod tests;
