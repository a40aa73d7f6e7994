//! Changes: a record before and after. They are staged, planned, applied, logged and undone.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{Kind, Record};

/// One change of one thing. Both sides, where both are there, are of one kind and id.
///
/// Holding both sides makes undo an exchange, lets the store notice that the ground has moved, and lets rights be
/// checked on the state before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change(Sides);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sides {
    Add(Box<Record>),
    Edit(Box<(Record, Record)>),
    Remove(Box<Record>),
}

impl Change {
    /// Brings a new thing.
    pub fn add(record: impl Into<Record>) -> Self {
        Self(Sides::Add(Box::new(record.into())))
    }

    /// Takes a thing away.
    pub fn remove(record: impl Into<Record>) -> Self {
        Self(Sides::Remove(Box::new(record.into())))
    }

    /// Replaces a thing by another state of the same thing; `None` if nothing would change.
    ///
    /// # Panics
    /// In debug builds, if the two are not the same thing.
    pub fn edit<R: Into<Record>>(before: R, after: R) -> Option<Self> {
        let (before, after) = (before.into(), after.into());
        debug_assert_eq!((before.kind(), before.uuid()), (after.kind(), after.uuid()), "an edit keeps kind and id");
        (before != after).then(|| Self(Sides::Edit(Box::new((before, after)))))
    }

    /// Leads from one state of a thing to another, either of which may be that it is not there; `None` if nothing would
    /// change.
    pub fn between(before: Option<Record>, after: Option<Record>) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(Self::add(after)),
            (Some(before), None) => Some(Self::remove(before)),
            (Some(before), Some(after)) => Self::edit(before, after),
        }
    }

    /// Returns the state that it expects to find.
    pub const fn before(&self) -> Option<&Record> {
        match &self.0 {
            Sides::Add(_) => None,
            Sides::Edit(both) => Some(&both.0),
            Sides::Remove(record) => Some(record),
        }
    }

    /// Returns the state that it leaves.
    pub const fn after(&self) -> Option<&Record> {
        match &self.0 {
            Sides::Add(record) => Some(record),
            Sides::Edit(both) => Some(&both.1),
            Sides::Remove(_) => None,
        }
    }

    /// Returns the later side, or the earlier where nothing is left: the one to name in a sentence.
    pub const fn subject(&self) -> &Record {
        match &self.0 {
            Sides::Add(record) | Sides::Remove(record) => record,
            Sides::Edit(both) => &both.1,
        }
    }

    /// Returns what kind of thing it changes.
    pub const fn kind(&self) -> Kind {
        self.subject().kind()
    }

    /// Returns the id of the thing that it changes.
    pub const fn uuid(&self) -> Uuid {
        self.subject().uuid()
    }

    /// Returns the change that restores the state before.
    #[must_use]
    pub fn invert(self) -> Self {
        Self(match self.0 {
            Sides::Add(record) => Sides::Remove(record),
            Sides::Edit(both) => Sides::Edit(Box::new((both.1, both.0))),
            Sides::Remove(record) => Sides::Add(record),
        })
    }
}

/// Returns the changes that undo `changes`, last first.
pub fn invert_all(changes: impl IntoIterator<Item = Change, IntoIter: DoubleEndedIterator>) -> Vec<Change> {
    changes.into_iter().rev().map(Change::invert).collect()
}

/// Folds changes of the same thing into one each, in the order of their first appearance: what a change set comes to.
///
/// A thing that was added and removed again disappears; one that came back to its first state does, too.
pub fn fold(changes: impl IntoIterator<Item = Change>) -> Vec<Change> {
    let mut order: Vec<(Kind, Uuid)> = Vec::new();
    let mut sides: std::collections::HashMap<(Kind, Uuid), (Option<Record>, Option<Record>)> =
        std::collections::HashMap::new();
    for change in changes {
        let key = (change.kind(), change.uuid());
        let after = change.after().cloned();
        sides.entry(key).and_modify(|both| both.1.clone_from(&after)).or_insert_with(|| {
            order.push(key);
            (change.before().cloned(), after)
        });
    }
    let folded = order.iter().filter_map(|key| sides.remove(key));
    folded.filter_map(|(before, after)| Change::between(before, after)).collect()
}
