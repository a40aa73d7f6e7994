//! The life of a secret's versions: stored beside the one in use, tried, put in use with the records, kept, destroyed.
//!
//! Which version is in use is what the credential's record says; the states here follow it in the same transaction.
//! Writes that are no change set have their audit row in theirs, and raise the number of facts.

use std::collections::{BTreeMap, HashMap};

use super::{
    Store,
    attempt::attempt,
    audit::{self, AuditEntry},
    codec::{Reader, Writer},
    engine::Session,
    error::{ApplyError, StoreError},
    fact, query,
    secret::{self, FORGET_MARKS, SecretRow, VersionState, read_tested},
};
use crate::domain::{
    Timestamp,
    change::Change,
    credential::{Credential, SecretRef, SecretVersion},
    fact::{NextSecret, OldSecret, Tested},
    id::Id,
    people::Workspace,
    record::Record,
};

pub(super) const BESIDE: &str = "SELECT id, credential, state, created_at, valid_until, tested_at, tested, \
     tested_by FROM secret_versions WHERE workspace = $1 AND state IN ('next', 'old') ORDER BY valid_until, id";
pub(super) const RETIRE: &str = "UPDATE secret_versions SET state = 'old', valid_until = $3 \
     WHERE workspace = $1 AND id = $2 AND state = 'current'";
pub(super) const RETIRE_ALL: &str = "UPDATE secret_versions SET state = 'old', valid_until = $3 \
     WHERE workspace = $1 AND credential = $2 AND state IN ('current', 'next')";
pub(super) const USE: &str = "UPDATE secret_versions SET state = 'current', valid_until = NULL \
     WHERE workspace = $1 AND id = $2 AND credential = $3 AND token IS NOT NULL";
pub(super) const UNVERIFY: &str = "DELETE FROM verified WHERE workspace = $1 AND credential = $2";
pub(super) const TEST: &str = "UPDATE secret_versions SET tested_at = $3, tested = $4, tested_by = $5 \
     WHERE workspace = $1 AND id = $2 AND state = 'next'";
pub(super) const DUE: &str = "SELECT workspace, id FROM secret_versions WHERE state = 'old' AND valid_until <= $1 \
     ORDER BY workspace, id";
pub(super) const STAGED: &str = "SELECT workspace, id FROM secret_versions WHERE state = 'staged' AND created_at <= $1 \
     ORDER BY workspace, id";
pub(super) const STAGED_CHANGES: &str = "SELECT change FROM staged_changes WHERE workspace = $1";
pub(super) const DESTROY: &str = "UPDATE secret_versions SET state = 'destroyed', token = NULL \
     WHERE workspace = $1 AND id = $2 AND (state IN ('staged', 'next') OR state = 'old' AND valid_until <= $3)";

/// A version in whichever workspace.
pub type Place = (Id<Workspace>, Id<SecretVersion>);

impl Store {
    /// Stores a new version beside the one in use. A second one is refused.
    pub async fn add_next(
        &self,
        workspace: Id<Workspace>,
        next: &SecretRow,
        entry: &AuditEntry,
    ) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            secret::put(&mut *session, workspace, std::slice::from_ref(next)).await?;
            audit::append(&mut *session, std::slice::from_ref(entry)).await?;
            fact::raise(session, workspace).await.map(drop)
        })
        .await
    }

    /// Notes how a version that is stored beside the one in use was tried. Says whether it is still there.
    pub async fn note_test(
        &self,
        workspace: Id<Workspace>,
        version: Id<SecretVersion>,
        tested: &Tested,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let mut values = Writer::default();
            values.id(workspace).id(version).put(tested.at.into()).word(tested.answer.word()).text(&tested.by);
            if session.execute(TEST, values.0).await? != 1 {
                return Ok(false);
            }
            audit::append(&mut *session, std::slice::from_ref(entry)).await?;
            fact::raise(session, workspace).await?;
            Ok(true)
        })
        .await
    }

    /// Returns the versions whose time has passed: old ones, and staged ones from before `forgotten` to which no staged
    /// change refers any more.
    pub async fn due(&self, now: Timestamp, forgotten: Timestamp) -> Result<Vec<Place>, StoreError> {
        let mut session = self.engine.read().await?;
        let read = |row: &mut Reader<'_>| Ok((row.id()?, row.id()?));
        let mut due = query::all(&mut *session, DUE, vec![now.into()], read).await?;
        let staged: Vec<Place> = query::all(&mut *session, STAGED, vec![forgotten.into()], read).await?;
        for of_workspace in staged.chunk_by(|(one, _), (other, _)| one == other) {
            let workspace = of_workspace[0].0;
            let changes: Vec<Change> =
                query::all(&mut *session, STAGED_CHANGES, vec![workspace.into()], query::json).await?;
            let wanted = |version| changes.iter().any(|change| version_of(change.after()) == Some(version));
            due.extend(of_workspace.iter().filter(|(_, version)| !wanted(*version)));
        }
        Ok(due)
    }

    /// Destroys versions that are not in use, except old ones whose date is later than `now`; returns those destroyed.
    ///
    /// Each workspace gets `entry`, with how many there were.
    pub async fn destroy(
        &self,
        versions: &[Place],
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<Vec<Place>, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let mut destroyed: BTreeMap<Id<Workspace>, Vec<Id<SecretVersion>>> = BTreeMap::new();
            for &(workspace, version) in versions {
                let values = vec![workspace.into(), version.into(), now.into()];
                if session.execute(DESTROY, values).await? == 1 {
                    forget_marks(&mut *session, workspace, version).await?;
                    destroyed.entry(workspace).or_default().push(version);
                }
            }
            let row = |(workspace, versions): (&Id<Workspace>, &Vec<Id<SecretVersion>>)| {
                let mut entry = AuditEntry { workspace: Some(*workspace), ..entry.clone() };
                let ids: Vec<String> = versions.iter().map(ToString::to_string).collect();
                entry.details.insert("destroyed".to_owned(), ids.into());
                entry
            };
            let entries: Vec<AuditEntry> = destroyed.iter().map(row).collect();
            if entries.is_empty() {
                return Ok(Vec::new());
            }
            audit::append(&mut *session, &entries).await?;
            for workspace in destroyed.keys() {
                session.execute(fact::RAISE, vec![(*workspace).into()]).await?;
            }
            session.commit().await?;
            let all = destroyed.into_iter();
            Ok(all.flat_map(|(workspace, versions)| versions.into_iter().map(move |it| (workspace, it))).collect())
        })
        .await
    }
}

/// Forgets what is known about a token that is gone or was replaced.
pub(super) async fn forget_marks(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    version: Id<SecretVersion>,
) -> Result<(), StoreError> {
    session.execute(FORGET_MARKS, vec![workspace.into(), version.into()]).await?;
    session.execute(fact::UNMARK, vec![workspace.into(), version.into()]).await.map(drop)
}

/// Brings the states of versions after records that change, within the transaction that writes them. What is replaced is
/// kept until `kept_until`. Says whether any moved.
///
/// Fails if a record would refer to a version that was destroyed, or that is another credential's.
pub(super) async fn follow(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    changes: &[Change],
    kept_until: Timestamp,
) -> Result<bool, ApplyError> {
    let mut moved = false;
    for change in changes {
        let Record::Credential(key) = change.subject() else { continue };
        let (was, will) = (version_of(change.before()), version_of(change.after()));
        if change.after().is_none() {
            let values = vec![workspace.into(), key.id.into(), kept_until.into()];
            moved |= session.execute(RETIRE_ALL, values).await? > 0;
        }
        if was == will {
            continue;
        }
        if let Some(was) = was.filter(|_| change.after().is_some()) {
            session.execute(RETIRE, vec![workspace.into(), was.into(), kept_until.into()]).await?;
        }
        if let Some(will) = will
            && session.execute(USE, vec![workspace.into(), will.into(), key.id.into()]).await? != 1
        {
            return Err(ApplyError::Destroyed { name: key.name.to_string() });
        }
        if change.before().is_some() {
            // What the vendor said was said of the other secret.
            session.execute(UNVERIFY, vec![workspace.into(), key.id.into()]).await?;
        }
        moved = true;
    }
    if moved {
        session.execute(fact::RAISE, vec![workspace.into()]).await?;
    }
    Ok(moved)
}

fn version_of(record: Option<&Record>) -> Option<Id<SecretVersion>> {
    match record {
        Some(Record::Credential(Credential { secret: SecretRef::Sealed(sealed), .. })) => Some(sealed.version),
        _ => None,
    }
}

/// What is kept beside the secrets in use.
type Beside = (HashMap<Id<Credential>, NextSecret>, HashMap<Id<Credential>, Vec<OldSecret>>);

/// Reads what is stored beside the secrets in use.
pub(super) async fn beside(session: &mut dyn Session, workspace: Id<Workspace>) -> Result<Beside, StoreError> {
    let read = |row: &mut Reader<'_>| {
        let (version, credential, state) = (row.id()?, row.id()?, row.word(VersionState::from_word)?);
        let (since, until, tested) = (row.time()?, row.maybe_time()?, read_tested(row)?);
        Ok((version, credential, state, since, until, tested))
    };
    let (mut next, mut old): Beside = Default::default();
    for (version, credential, state, since, until, tested) in
        query::all(session, BESIDE, vec![workspace.into()], read).await?
    {
        if state == VersionState::Next {
            next.insert(credential, NextSecret { version, since, tested });
        } else if let Some(until) = until {
            old.entry(credential).or_default().push(OldSecret { version, until });
        }
    }
    Ok((next, old))
}
