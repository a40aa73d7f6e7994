//! Rotation in steps: a new secret is stored beside the one in use, tried, promoted, and the old one is kept until a
//! date. The key keeps its id, its name, its rules and its budgets.
//!
//! Only promoting changes the configuration: it is a change like any other, planned, staged, approved and undone. What
//! goes before it touches nothing that is in use, and has audit rows of its own.

use serde::Serialize;

use super::{
    failure::{Failure, Kind},
    keeping,
    readable::token,
    secret::reference,
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Ix,
        change::Change,
        credential::{Credential, SecretRef, SecretVersion},
        fact::{Answer, NextSecret, Tested},
        id::Id,
        link::encode,
        name::printable,
    },
    rights::{Right, Subject},
    store::{SecretRow, VersionState},
    vault::{Fields, Place},
};

/// How a secret that is not in use yet was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestRow {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub answer: Answer,
    /// Who says so.
    pub by: Text,
}

/// A secret that is stored beside the one in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextRow {
    /// Since when.
    pub stored_at: Timestamp,
    /// How it was tried, if it was.
    pub tested: Option<TestRow>,
}

impl NextRow {
    fn of(next: &NextSecret) -> Self {
        let tested = next.tested.as_ref().map(|it| TestRow { at: it.at, answer: it.answer, by: it.by.clone() });
        Self { stored_at: next.since, tested }
    }

    /// Tells it in one sentence.
    pub fn sentence(&self) -> String {
        let tested = match &self.tested {
            None => "not tested yet".to_owned(),
            Some(it) => format!("tested {:.0} by {}: {}", it.at, printable(&it.by), word(it.answer)),
        };
        format!("stored {:.0}, {tested}", self.stored_at)
    }
}

/// Writes what a vendor answered for people.
const fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Works => "it works",
        Answer::Refused => "it was refused",
        Answer::OutOfQuota => "its quota is used up",
        Answer::Unreachable => "the vendor could not be reached",
    }
}

impl View {
    /// Returns the secret that is stored beside the one in use of a key that is seen.
    pub fn next_secret(&self, ix: Ix<Credential>) -> Option<NextRow> {
        self.catalogue().facts().next.get(&self.credential(ix)?.id).map(NextRow::of)
    }

    /// Returns until when each replaced secret of a key that is seen is kept, first first.
    pub fn old_secrets(&self, ix: Ix<Credential>) -> Vec<Timestamp> {
        let id = self.credential(ix).map(|key| key.id);
        let old = id.and_then(|id| self.catalogue().facts().old.get(&id));
        old.into_iter().flatten().map(|it| it.until).collect()
    }

    /// Returns the other keys that hold the same secret in a field, among those that are seen: whether a key of
    /// somebody else's does is told to nobody.
    pub fn same_secret_as(&self, ix: Ix<Credential>) -> Vec<Ix<Credential>> {
        let Some(id) = self.credential(ix).map(|key| key.id) else { return Vec::new() };
        let groups = self.catalogue().facts().same.iter().filter(|group| group.contains(&id));
        let others = groups.flatten().filter(|other| **other != id);
        let mut seen: Vec<Ix<Credential>> =
            others.filter_map(|other| self.catalogue().credentials().find(*other)).collect();
        seen.retain(|ix| self.credential(*ix).is_some());
        seen.sort();
        seen.dedup();
        seen
    }
}

/// How a next secret did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    /// Its version.
    pub(super) version: Id<SecretVersion>,
    /// What came of it.
    pub(super) answer: Answer,
    /// When.
    pub(super) at: Timestamp,
    /// Whether its vendor was asked, rather than somebody told.
    pub(super) by_vendor: bool,
}

/// A promotion that may be applied.
#[derive(Clone, Debug)]
pub struct Promotion {
    /// The change.
    pub change: Change,
    /// Why it may be, for the log.
    pub message: String,
}

impl Session {
    /// Stores a new secret beside the one in use. The vault is unlocked.
    pub async fn store_next(&self, key: Ix<Credential>, fields: &Fields) -> Result<(), Failure> {
        let (key, next) = self.rotatable(key).await?;
        if let Some(next) = next {
            let message = format!("key {} has a next secret already, {}", key.name, NextRow::of(&next).sentence());
            return Err(Failure::new(Kind::Conflict, message)
                .hint(format!("put it in use: keydeck rotate {} --promote", encode(&key.name)))
                .hint(format!("or destroy it: keydeck rotate {} --abandon", encode(&key.name))));
        }
        let (_, row) = self.sealed(&key, fields)?;
        self.refuse_the_same(&key, &row).await?;
        let row = SecretRow { state: VersionState::Next, ..row };
        let mut entry = self.entry("rotate", &subject(&key), "done");
        entry.details.insert("step".to_owned(), "stored".into());
        entry.details.insert("version".to_owned(), row.version.to_string().into());
        self.door().store.add_next(self.workspace(), &row, &entry).await?;
        self.refresh().await.map(drop)
    }

    /// Notes how the next secret was tried, on the word of whoever says so.
    pub async fn tell_test(&self, key: Ix<Credential>, answer: Answer) -> Result<(), Failure> {
        let (key, next) = self.rotatable(key).await?;
        let next = next.ok_or_else(|| none(&key))?;
        let tried = Tried { version: next.version, answer, at: self.door().now(), by_vendor: false };
        if !self.note_tried(&key, tried).await? {
            return Err(none(&key));
        }
        self.refresh().await.map(drop)
    }

    /// Writes down how a next secret did; says no if it is not there any more.
    pub(super) async fn note_tried(&self, key: &Credential, tried: Tried) -> Result<bool, Failure> {
        let Tried { version, answer, at, by_vendor } = tried;
        let tested = Tested { at, answer, by: Text::from(self.identity().login.as_str()) };
        let mut entry = self.entry("rotate", &subject(key), "done");
        entry.details.insert("step".to_owned(), "tested".into());
        entry.details.insert("answer".to_owned(), serde_json::to_value(answer).unwrap_or_default());
        if by_vendor {
            entry.details.insert("asked".to_owned(), "vendor".into());
        }
        Ok(self.door().store.note_test(self.workspace(), version, &tested, &entry).await?)
    }

    /// Returns the change that puts the next secret in use. The vault is unlocked: one that does not open is refused.
    ///
    /// One that was not tried with success is refused, too, unless that was asked for.
    pub async fn promotion(&self, key: Ix<Credential>, untested: bool) -> Result<Promotion, Failure> {
        let (key, next) = self.rotatable(key).await?;
        let next = next.ok_or_else(|| none(&key))?;
        let tested = next.tested.as_ref().filter(|it| it.answer == Answer::Works);
        if tested.is_none() && !untested {
            let message = format!("the next secret of key {} is {}", key.name, NextRow::of(&next).sentence());
            return Err(Failure::new(Kind::NotAllowed, message)
                .hint(format!("ask its vendor: keydeck verify {} --next", encode(&key.name)))
                .hint(format!("or try it, then: keydeck rotate {} --tested works --promote", encode(&key.name)))
                .hint("or put it in use all the same with --untested"));
        }
        let secret = self.open_next(&key, &next).await?;
        let how = tested.map_or_else(|| ", untested".to_owned(), |it| format!(", tested by {}", it.by));
        let message = format!("Put the new secret of key {} in use{how}", key.name);
        let change = Change::edit(key.clone(), Credential { secret, ..key.clone() }).ok_or_else(|| none(&key))?;
        Ok(Promotion { change, message })
    }

    /// Destroys the next secret.
    pub async fn abandon_next(&self, key: Ix<Credential>) -> Result<(), Failure> {
        let (key, next) = self.rotatable(key).await?;
        let next = next.ok_or_else(|| none(&key))?;
        let mut entry = self.entry("rotate", &subject(&key), "done");
        entry.details.insert("step".to_owned(), "abandoned".into());
        let place = [(self.workspace(), next.version)];
        if self.door().store.destroy(&place, self.door().now(), &entry).await?.is_empty() {
            return Err(none(&key));
        }
        self.refresh().await.map(drop)
    }

    /// Says whether the secret of a key may be replaced, so that nobody types one in vain. A refusal is put on record.
    pub async fn may_rotate(&self, key: Ix<Credential>) -> Result<(), Failure> {
        self.rotatable(key).await.map(drop)
    }

    /// Returns a key whose secret may be replaced, as it is now, and the one that is stored beside it. A refusal is put
    /// on record.
    async fn rotatable(&self, key: Ix<Credential>) -> Result<(Credential, Option<NextSecret>), Failure> {
        let view = self.refresh().await?;
        let gone = || Failure::usage("there is no such key any more");
        let it = view.credential(key).cloned().ok_or_else(gone)?;
        if let Err(denial) = view.may(Right::Rotate, Subject::Credential(key)).allow() {
            let failure = Failure::from(denial);
            self.note_denial("rotate", &subject(&it), &failure).await;
            return Err(failure);
        }
        match &it.secret {
            SecretRef::Sealed(_) => {}
            SecretRef::Absent => {
                return Err(Failure::usage(format!("key {} has no secret to replace", it.name))
                    .hint(format!("give it one: keydeck edit key/{} --secret", encode(&it.name))));
            }
            SecretRef::External(reference) => {
                return Err(Failure::usage(format!("the secret of key {} is in {reference}", it.name))
                    .hint("replace it there: it is read anew at each use"));
            }
        }
        let next = view.catalogue().facts().next.get(&it.id).cloned();
        Ok((it, next))
    }

    /// Refuses a secret that the key has already, by its marks alone.
    async fn refuse_the_same(&self, key: &Credential, row: &SecretRow) -> Result<(), Failure> {
        let SecretRef::Sealed(current) = &key.secret else { return Ok(()) };
        let known = self.door().store.marks_of(self.workspace(), current.version).await?;
        if !row.marks.is_empty() && row.marks.iter().all(|mark| known.contains(mark)) {
            return Err(Failure::usage(format!("this is the secret that key {} has already", key.name))
                .hint("make a new one at the vendor, and paste that"));
        }
        Ok(())
    }

    /// Opens the next secret, and returns what a record says of it. One that does not open is marked.
    async fn open_next(&self, key: &Credential, next: &NextSecret) -> Result<SecretRef, Failure> {
        let vault = self.unlocked()?;
        let row = self.door().store.secret_version(self.workspace(), next.version).await?;
        let sealed = row.as_ref().and_then(token).ok_or_else(|| none(key))?;
        let place =
            Place { workspace: self.workspace(), credential: key.id, provider: &key.provider, version: next.version };
        let abandon = format!("store it anew: keydeck rotate {} --abandon, then rotate again", encode(&key.name));
        let opened = match vault.open(place, &sealed) {
            Ok(opened) => opened,
            Err(error) => {
                let marked = self.door().store.mark_unreadable(self.workspace(), next.version, self.door().now());
                // That it can't be marked does not undo the refusal.
                let _ = marked.await;
                return Err(Failure::new(Kind::NoKey, error).hint(abandon));
            }
        };
        let view = self.view();
        let base_url = view.base_url_of(key);
        opened
            .check_base_url(base_url.as_deref())
            .map_err(|error| Failure::new(Kind::NotAllowed, error).hint(abandon))?;
        Ok(reference(next.version, view.provider_of_record(key), &opened.fields))
    }
}

/// Returns when an old secret is destroyed that is kept so many days.
pub fn end_of_days(now: Timestamp, days: u16) -> Timestamp {
    keeping::later(now, i64::from(days))
}

fn subject(key: &Credential) -> String {
    format!("key/{}", encode(&key.name))
}

fn none(key: &Credential) -> Failure {
    Failure::usage(format!("key {} has no next secret", key.name))
        .hint(format!("store one: keydeck rotate {}", encode(&key.name)))
}

#[cfg(test)]
mod tests;
