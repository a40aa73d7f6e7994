//! How a change reads: one plain sentence, and the fields that differ. For screens, logs and the audit; never a secret.
//!
//! Names are taken from the state in which they were written: what disappears is named as it was. A mask on the lookups
//! hides names from readers who may not see them; that a field changes is still told.

mod rule;
mod sides;

pub use self::rule::question;

use std::fmt::Write as _;

use crate::{
    domain::{
        change::Change,
        credential::{Credential, SecretRef, State},
        name::printable,
        record::{Kind, Record},
        workflow::Node,
    },
    form::{
        self,
        lookup::{HIDDEN, Lookup},
    },
};

pub use self::sides::{Sides, sides};

/// The longest value that a sentence quotes, in characters.
const LONGEST_VALUE: usize = 40;

/// How many fields a sentence names before it only counts.
const MOST_FIELDS: usize = 3;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the field, as in forms and files.
    pub field: &'static str,
    /// Its text before; empty if it was not set.
    pub before: String,
    /// Its text after; empty if it is no longer set.
    pub after: String,
}

/// The words for changes between two states.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    was: Lookup<'a>,
    will: Lookup<'a>,
}

impl<'a> Words<'a> {
    /// Takes the names of things before and after.
    pub const fn new(was: Lookup<'a>, will: Lookup<'a>) -> Self {
        Self { was, will }
    }

    /// Returns what a change does in one sentence, without a full stop.
    pub fn sentence(&self, change: &Change) -> String {
        let sentence = match (change.before(), change.after()) {
            (None, Some(Record::Assignment(new))) => self.assigned(new),
            (Some(Record::Assignment(old)), None) => self.unassigned(old),
            (Some(Record::Assignment(old)), Some(Record::Assignment(new))) => self.reassigned(change, old, new),
            (None, Some(new)) => format!("Add {}", thing(new, &self.will)),
            (Some(old), None) => format!("Remove {}", thing(old, &self.was)),
            (Some(old), Some(new)) => self.edited(change, old, new),
            (None, None) => String::new(),
        };
        // A scope told with a clause of its own may stand last.
        printable(sentence.trim_end_matches(',')).into_owned()
    }

    /// Returns the fields that differ, in the order of a form. Of an added or removed thing, those that are set.
    pub fn differences(&self, change: &Change) -> Vec<Difference> {
        if self.will.hides(change.uuid()) {
            return Vec::new();
        }
        let text = |record: Option<&Record>, field: &str, lookup: &Lookup<'_>| {
            record.map(|record| form::get(record, field, lookup)).unwrap_or_default()
        };
        let plain = [&self.was, &self.will].map(|lookup| Lookup::new(lookup.catalogue()));
        let fields = form::fields(change.kind()).iter().map(|field| field.name);
        // Masked names may read the same where the things differ: so the plain ones are compared.
        let differing =
            fields.filter(|field| text(change.before(), field, &plain[0]) != text(change.after(), field, &plain[1]));
        let mut differences: Vec<_> = differing
            .map(|field| Difference {
                field,
                before: text(change.before(), field, &self.was),
                after: text(change.after(), field, &self.will),
            })
            .collect();
        differences.extend(secret_difference(change));
        differences
    }

    fn edited(&self, change: &Change, old: &Record, new: &Record) -> String {
        match (old, new) {
            (Record::Credential(old), Record::Credential(new)) if only_state(old, new) => {
                format!("{} {}", state_verb(old.state, new.state), thing(change.subject(), &self.will))
            }
            (Record::Credential(old), Record::Credential(new)) if only_secret(old, new) => {
                self.secret_sentence(change, new)
            }
            (Record::Node(old), Record::Node(new)) if only_key(old, new) => self.node_key(change, old, new),
            _ => self.fields_sentence(change, old, new),
        }
    }

    fn fields_sentence(&self, change: &Change, old: &Record, new: &Record) -> String {
        let differences = self.differences(change);
        let [only] = &differences[..] else { return self.listed("Edit", old, &differences) };
        let renamed =
            new.name().is_some_and(|name| old.name() != Some(name)) && only.after == *new.name().map_or("", |n| n);
        if renamed {
            return format!("Rename {} to {}", thing(old, &self.was), only.after);
        }
        self.listed("Edit", old, &differences)
    }

    fn listed(&self, verb: &str, record: &Record, differences: &[Difference]) -> String {
        let mut sentence = format!("{verb} {}", thing(record, &self.was));
        for (number, difference) in differences.iter().take(MOST_FIELDS).enumerate() {
            let comma = if number == 0 { ":" } else { "," };
            let Difference { field, before, after } = difference;
            let _infallible = write!(sentence, "{comma} {field} {} → {}", value(before), value(after));
        }
        if let Some(more) = differences.len().checked_sub(MOST_FIELDS).filter(|more| *more > 0) {
            let _infallible = write!(sentence, " and {more} more");
        }
        sentence
    }

    fn secret_sentence(&self, change: &Change, new: &Credential) -> String {
        let key = thing(change.subject(), &self.will);
        match &new.secret {
            SecretRef::Absent => format!("Forget the secret of {key}"),
            SecretRef::External(reference) if !self.will.hides(new.id.uuid()) => {
                format!("Let {key} be read from {reference}")
            }
            SecretRef::External(_) => format!("Let {key} be read from elsewhere"),
            SecretRef::Sealed(_) => format!("Store a new secret of {key}"),
        }
    }

    fn node_key(&self, change: &Change, old: &Node, new: &Node) -> String {
        let node = thing(change.subject(), &self.will);
        let key = |lookup: &Lookup<'_>, id| lookup.name_of(lookup.catalogue().credentials(), id);
        match (old.key, new.key) {
            (_, Some(id)) => format!("Fix key {} on {node}", key(&self.will, id)),
            (Some(id), None) => format!("Take key {} off {node}", key(&self.was, id)),
            (None, None) => format!("Edit {node}"),
        }
    }
}

/// Names a thing with its kind: `workflow invoice-bot`, `node draft of workflow invoice-bot`.
fn thing(record: &Record, lookup: &Lookup<'_>) -> String {
    if lookup.hides(record.uuid()) {
        return format!("{} {HIDDEN}", noun(record.kind()));
    }
    match record {
        Record::Node(it) => {
            let workflow = lookup.name_of(lookup.catalogue().workflows(), it.workflow);
            format!("node {} of workflow {workflow}", it.name)
        }
        Record::Model(it) => format!("model {} of {}", it.name, it.provider),
        Record::Price(it) => format!("price of {} {}", it.provider, it.model),
        other => format!("{} {}", noun(other.kind()), other.name().map_or("", |name| name)),
    }
}

/// The word for a kind in a sentence.
const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Credential => "key",
        Kind::Assignment => "rule",
        other => other.word(),
    }
}

const fn state_verb(was: State, will: State) -> &'static str {
    match (was, will) {
        (_, State::Revoked) => "Revoke",
        (_, State::Disabled) => "Disable",
        (State::Revoked, State::Active) => "Reinstate",
        (_, State::Active) => "Enable",
    }
}

fn only_state(old: &Credential, new: &Credential) -> bool {
    *old == Credential { state: old.state, ..new.clone() }
}

fn only_secret(old: &Credential, new: &Credential) -> bool {
    *old == Credential { secret: old.secret.clone(), ..new.clone() }
}

fn only_key(old: &Node, new: &Node) -> bool {
    *old == Node { key: old.key, ..new.clone() }
}

/// A stored secret is no field of a form: only that it is replaced is told, by nothing but words.
fn secret_difference(change: &Change) -> Option<Difference> {
    let secret = |record: Option<&Record>| match record {
        Some(Record::Credential(key)) => Some(key.secret.clone()),
        _ => None,
    };
    let (was, will) = (secret(change.before()), secret(change.after()));
    let word = |secret: Option<SecretRef>, stored: &str| match secret {
        Some(SecretRef::Sealed(_)) => stored.to_owned(),
        _ => String::new(),
    };
    let sealed = [&was, &will].into_iter().any(|secret| matches!(secret, Some(SecretRef::Sealed(_))));
    (was != will && sealed).then(|| {
        let after = if matches!(was, Some(SecretRef::Sealed(_))) { "replaced" } else { "stored" };
        Difference { field: "secret", before: word(was, "stored"), after: word(will, after) }
    })
}

fn value(text: &str) -> String {
    if text.is_empty() {
        return "none".to_owned();
    }
    let mut short: String = text.chars().take(LONGEST_VALUE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
