//! Revisions: what was applied, by whom, and the changes that it was.

use std::sync::LazyLock;

use super::{
    Store,
    audit::{ChangesDigest, Hash},
    codec::{Reader, Writer, to_json},
    engine::{Session, Value},
    error::StoreError,
    query,
    table::BySize,
};
use crate::domain::{
    Text, Timestamp,
    change::Change,
    id::Id,
    people::{Operator, Workspace},
};

pub(super) const ADD: &str = "INSERT INTO revisions (workspace, number, author, login, at, message, reverts, plan, \
     digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LIST: &str = "SELECT number, author, login, at, message, reverts, plan, digest FROM revisions \
     WHERE workspace = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
pub(super) const HEADS_SINCE: &str = "SELECT number, author, login, at, message, reverts, plan, digest FROM revisions \
     WHERE workspace = $1 AND number > $2 ORDER BY number";
pub(super) const CHANGES: &str =
    "SELECT change FROM revision_changes WHERE workspace = $1 AND revision = $2 ORDER BY ordinal";
pub(super) const SINCE: &str =
    "SELECT revision, change FROM revision_changes WHERE workspace = $1 AND revision > $2 ORDER BY revision, ordinal";

/// One applied change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1, without gaps in a workspace.
    pub number: u64,
    /// Who applied it, as far as the database knows them.
    pub author: Option<Id<Operator>>,
    /// The name they had.
    pub login: Text,
    /// When.
    pub at: Timestamp,
    /// Why, in the author's words.
    pub message: Text,
    /// The revision that it undoes.
    pub reverts: Option<u64>,
    /// The hash of the plan that was shown.
    pub plan: Option<Hash>,
    /// The digest over its changes, which the audit row repeats.
    pub digest: Hash,
}

impl Revision {
    /// Says whether it is this very one: of the same changes, by the same person, at the same microsecond.
    fn is_same(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.number, it.digest, it.author, it.login.clone(), it.at.as_microsecond());
        of(self) == of(other) && self.message == other.message
    }
}

impl Store {
    /// Returns at most `limit` revisions before number `before`, newest first.
    pub async fn revisions(
        &self,
        workspace: Id<Workspace>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError> {
        let values = vec![workspace.into(), before.unwrap_or(u64::MAX).into(), u64::from(limit).into()];
        query::all(&mut *self.engine.read().await?, LIST, values, read).await
    }

    /// Returns a revision with its changes, in the order in which they were written.
    pub async fn revision(&self, workspace: Id<Workspace>, number: u64) -> Result<(Revision, Vec<Change>), StoreError> {
        let mut session = self.engine.read().await?;
        let values = vec![workspace.into(), number.saturating_add(1).into(), 1u64.into()];
        let found = query::maybe_one(&mut *session, LIST, values, read).await?;
        let revision = found.filter(|found| found.number == number).ok_or(StoreError::NoRevision(number))?;
        let values = vec![workspace.into(), number.into()];
        let changes = query::all(&mut *session, CHANGES, values, query::json).await?;
        Ok((revision, changes))
    }

    /// Says whether a revision was written, of which the outcome is unknown.
    ///
    /// It waits for its turn to write: whatever was on its way before has ended then, in one way or the other.
    pub async fn is_written(&self, workspace: Id<Workspace>, made: &Revision) -> Result<bool, StoreError> {
        let mut session = self.engine.write().await?;
        let values = vec![workspace.into(), made.number.saturating_add(1).into(), 1u64.into()];
        let found = query::maybe_one(&mut *session, LIST, values, read).await?;
        Ok(found.is_some_and(|found| found.is_same(made)))
    }

    /// Returns every revision after `number` with its changes, oldest first.
    pub async fn revisions_since(
        &self,
        workspace: Id<Workspace>,
        number: u64,
    ) -> Result<Vec<(Revision, Vec<Change>)>, StoreError> {
        since(&mut *self.engine.read().await?, workspace, number).await
    }

    /// Returns the changes of every revision after `number`, oldest first, each with its revision.
    pub async fn changes_since(&self, workspace: Id<Workspace>, number: u64) -> Result<Vec<(u64, Change)>, StoreError> {
        changes_since(&mut *self.engine.read().await?, workspace, number).await
    }
}

async fn changes_since(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    number: u64,
) -> Result<Vec<(u64, Change)>, StoreError> {
    let read = |row: &mut Reader<'_>| Ok((row.count()?, row.json()?));
    query::all(session, SINCE, vec![workspace.into(), number.into()], read).await
}

/// Returns every revision after `number` with its changes, within a transaction that does more. Two statements: an
/// engine that has never counted its rows joins them by reading all there are.
pub(super) async fn since(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    number: u64,
) -> Result<Vec<(Revision, Vec<Change>)>, StoreError> {
    let heads = query::all(session, HEADS_SINCE, vec![workspace.into(), number.into()], read).await?;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let mut changes = changes_since(session, workspace, number).await?.into_iter().peekable();
    let with_changes = |head: Revision| {
        let own = std::iter::from_fn(|| changes.next_if(|(revision, _)| *revision <= head.number));
        let own = own.map(|(_, change)| change).collect();
        (head, own)
    };
    Ok(heads.into_iter().map(with_changes).collect())
}

/// Returns the changes as they are kept, and the digest over them.
pub(super) fn record(changes: &[Change]) -> (Vec<String>, Hash) {
    let mut digest = ChangesDigest::default();
    let lines: Vec<String> = changes.iter().map(to_json).collect();
    for line in &lines {
        digest.add(line);
    }
    (lines, digest.finish())
}

/// Writes a revision and its changes.
pub(super) async fn write(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    revision: &Revision,
    changes: Vec<String>,
) -> Result<(), StoreError> {
    static INSERT: LazyLock<BySize> =
        LazyLock::new(|| BySize::insertion("revision_changes", true, &["revision", "ordinal", "change"]));
    let mut values = Writer::default();
    values.id(workspace).count(revision.number).maybe_id(revision.author).text(&revision.login);
    values.put(revision.at.into()).text(&revision.message).maybe_count(revision.reverts);
    values.put(Value::Bytes(revision.plan.map(Vec::from))).put(revision.digest.as_slice().into());
    session.execute(ADD, values.0).await?;
    let rows = changes
        .into_iter()
        .zip(0u64..)
        .map(|(change, ordinal)| vec![workspace.into(), revision.number.into(), ordinal.into(), change.into()]);
    query::write_rows(session, &INSERT, rows).await
}

fn read(row: &mut Reader<'_>) -> Result<Revision, StoreError> {
    Ok(Revision {
        number: row.count()?,
        author: row.maybe_id()?,
        login: row.shared()?,
        at: row.time()?,
        message: row.text()?,
        reverts: row.maybe_count()?,
        plan: row.maybe_bytes()?,
        digest: row.bytes()?,
    })
}
