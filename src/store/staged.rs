//! Staged change sets: one per operator and workspace, kept here so that a dropped connection loses nothing; and the
//! approvals of them.
//!
//! A secret that comes with a set is a version in the state `staged` until the set is applied; it is destroyed with the
//! change that brought it. An approval is of a set as it was: whatever changes the set takes the approvals away.

use std::{collections::HashSet, sync::LazyLock};

use sha2::{Digest as _, Sha256};

use super::{
    Store,
    attempt::attempt,
    audit::{self, AuditEntry, Hash},
    codec::{Reader, to_json},
    engine::Session,
    error::StoreError,
    query, revision,
    secret::{self, SecretRow},
    table::BySize,
    version::forget_marks,
};
use crate::domain::{
    Timestamp,
    change::{self, Change},
    credential::SecretVersion,
    id::Id,
    people::{Operator, Workspace},
};

/// How many changes one operator may have staged in a workspace.
pub const MOST_STAGED: u64 = 500_000;

/// Begins the bytes of a plan's hash; the number is the version of the format.
const PLAN: &[u8] = b"keydeck plan/1";

pub(super) const HEADS: &str =
    "SELECT operator, base_revision, updated_at FROM staged WHERE workspace = $1 ORDER BY updated_at, operator";
pub(super) const HEAD: &str = "SELECT base_revision, updated_at FROM staged WHERE workspace = $1 AND operator = $2";
pub(super) const CHANGES: &str =
    "SELECT ordinal, change FROM staged_changes WHERE workspace = $1 AND operator = $2 ORDER BY ordinal";
pub(super) const TOUCH: &str = "INSERT INTO staged (workspace, operator, base_revision, updated_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (workspace, operator) DO UPDATE SET updated_at = excluded.updated_at";
pub(super) const REBASE: &str =
    "UPDATE staged SET base_revision = $3, updated_at = $4 WHERE workspace = $1 AND operator = $2";
pub(super) const LAST: &str =
    "SELECT COALESCE(MAX(ordinal), -1) FROM staged_changes WHERE workspace = $1 AND operator = $2";
pub(super) const COUNT: &str = "SELECT COUNT(*) FROM staged_changes WHERE workspace = $1 AND operator = $2";
pub(super) const REPLACE_ONE: &str =
    "UPDATE staged_changes SET change = $4 WHERE workspace = $1 AND operator = $2 AND ordinal = $3";
pub(super) const DROP_ONE: &str = "DELETE FROM staged_changes WHERE workspace = $1 AND operator = $2 AND ordinal = $3";
pub(super) const DROP_UP_TO: &str =
    "DELETE FROM staged_changes WHERE workspace = $1 AND operator = $2 AND ordinal <= $3";
pub(super) const DROP_EMPTY: &str = "DELETE FROM staged WHERE workspace = $1 AND operator = $2 AND NOT EXISTS \
     (SELECT 1 FROM staged_changes c WHERE c.workspace = $1 AND c.operator = $2)";
pub(super) const DISCARD: &str = "DELETE FROM staged WHERE workspace = $1 AND operator = $2";
pub(super) const APPROVE: &str = "INSERT INTO approvals (workspace, operator, approver, plan, at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace, operator, approver) \
     DO UPDATE SET plan = excluded.plan, at = excluded.at";
pub(super) const APPROVALS: &str =
    "SELECT approver, plan, at FROM approvals WHERE workspace = $1 AND operator = $2 ORDER BY at, approver";
pub(super) const DESTROY: &str = "UPDATE secret_versions SET state = 'destroyed', token = NULL \
     WHERE workspace = $1 AND id = $2 AND state = 'staged'";
pub(super) const FORGET_APPROVALS: &str = "DELETE FROM approvals WHERE workspace = $1 AND operator = $2";

/// What an operator means to apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Staged {
    /// The revision up to which its operator knows what others applied.
    pub base_revision: u64,
    /// When it was last touched; never, if there is none.
    pub updated_at: Option<Timestamp>,
    /// The changes in the order in which they were made, each with the number by which it can be unstaged.
    pub changes: Vec<(u64, Change)>,
}

impl Staged {
    /// Returns the changes without their numbers.
    pub fn plain(&self) -> Vec<Change> {
        self.changes.iter().map(|(_, change)| change.clone()).collect()
    }
}

/// That somebody approved a staged set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub approver: Id<Operator>,
    /// The hash of what they approved.
    pub plan: Hash,
    /// When.
    pub at: Timestamp,
}

/// Whose staged set, in which workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The workspace.
    pub workspace: Id<Workspace>,
    /// Whose it is.
    pub operator: Id<Operator>,
}

impl Whose {
    fn values(self) -> Vec<super::engine::Value> {
        vec![self.workspace.into(), self.operator.into()]
    }

    /// Returns the hash of the plan that is to apply `changes`: over whose it is, and what each change expects and
    /// leaves, whatever the revision. It is what an approval binds.
    pub fn plan(self, changes: &[Change]) -> Hash {
        let folded = change::fold(changes.iter().cloned());
        let (_, digest) = revision::record(&folded);
        let mut sha = Sha256::new();
        for part in [PLAN, self.workspace.uuid().as_bytes(), self.operator.uuid().as_bytes(), &digest] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        sha.finalize().into()
    }
}

impl Store {
    /// Returns what an operator has staged; nothing is an empty set.
    pub async fn staged(&self, whose: Whose) -> Result<Staged, StoreError> {
        let mut session = self.engine.read().await?;
        let head = query::maybe_one(&mut *session, HEAD, whose.values(), |row| Ok((row.count()?, row.time()?))).await?;
        let Some((base_revision, updated_at)) = head else { return Ok(Staged::default()) };
        let changes = changes(&mut *session, whose).await?;
        Ok(Staged { base_revision, updated_at: Some(updated_at), changes })
    }

    /// Returns what anybody has staged in a workspace, the oldest first.
    pub async fn all_staged(&self, workspace: Id<Workspace>) -> Result<Vec<(Id<Operator>, Staged)>, StoreError> {
        let mut session = self.engine.read().await?;
        let read = |row: &mut Reader<'_>| Ok((row.id()?, row.count()?, row.time()?));
        let heads = query::all(&mut *session, HEADS, vec![workspace.into()], read).await?;
        let mut sets = Vec::with_capacity(heads.len());
        for (operator, base_revision, updated_at) in heads {
            let changes = changes(&mut *session, Whose { workspace, operator }).await?;
            sets.push((operator, Staged { base_revision, updated_at: Some(updated_at), changes }));
        }
        Ok(sets)
    }

    /// Adds changes behind those that an operator has staged, with the sealed secrets that they bring. The base of the
    /// first one stays.
    pub async fn stage(
        &self,
        whose: Whose,
        base_revision: u64,
        changes: &[Change],
        secrets: &[SecretRow],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            secret::put(&mut *session, whose.workspace, secrets).await?;
            let touch = [whose.values(), vec![base_revision.into(), at.into()]].concat();
            session.execute(TOUCH, touch).await?;
            add(&mut *session, whose, changes).await?;
            session.execute(FORGET_APPROVALS, whose.values()).await?;
            session.commit().await
        })
        .await
    }

    /// Takes some changes out of what an operator has staged, by their numbers, and destroys the secrets that came with
    /// them.
    pub async fn unstage(&self, whose: Whose, numbers: &[u64]) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            drop_some(&mut *session, whose, numbers).await?;
            session.execute(FORGET_APPROVALS, whose.values()).await?;
            session.commit().await
        })
        .await
    }

    /// Notes that an operator knows what others applied up to a revision, and takes out or replaces the changes that
    /// this calls for, or adds to them. A set that stays as it is keeps its approvals.
    pub async fn rebase(
        &self,
        whose: Whose,
        base_revision: u64,
        dropped: &[u64],
        replaced: &[(u64, Change)],
        added: &[Change],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let base = [whose.values(), vec![base_revision.into(), at.into()]].concat();
            session.execute(REBASE, base).await?;
            for (number, change) in replaced {
                let values = [whose.values(), vec![(*number).into(), to_json(change).into()]].concat();
                session.execute(REPLACE_ONE, values).await?;
            }
            add(&mut *session, whose, added).await?;
            drop_some(&mut *session, whose, dropped).await?;
            if !dropped.is_empty() || !replaced.is_empty() || !added.is_empty() {
                session.execute(FORGET_APPROVALS, whose.values()).await?;
            }
            session.commit().await
        })
        .await
    }

    /// Forgets what an operator has staged, and destroys the secrets that came with it.
    pub async fn discard(&self, whose: Whose) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let gone = changes(&mut *session, whose).await?;
            session.execute(DISCARD, whose.values()).await?;
            destroy(&mut *session, whose.workspace, brought(gone.iter().map(|(_, change)| change))).await?;
            session.commit().await
        })
        .await
    }

    /// Notes that somebody approves a staged set with this hash, and the deed in the audit.
    pub async fn approve(&self, whose: Whose, approval: &Approval, audit: &[AuditEntry]) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let (approver, plan) = (approval.approver.into(), approval.plan.as_slice().into());
            session.execute(APPROVE, [whose.values(), vec![approver, plan, approval.at.into()]].concat()).await?;
            audit::append(&mut *session, audit).await?;
            session.commit().await
        })
        .await
    }

    /// Returns who approved the staged set of an operator, and what it was then, first first.
    pub async fn approvals(&self, whose: Whose) -> Result<Vec<Approval>, StoreError> {
        approvals(&mut *self.engine.read().await?, whose).await
    }
}

async fn changes(session: &mut dyn Session, whose: Whose) -> Result<Vec<(u64, Change)>, StoreError> {
    query::all(session, CHANGES, whose.values(), |row| Ok((row.count()?, row.json()?))).await
}

/// Adds changes behind those that are there.
async fn add(session: &mut dyn Session, whose: Whose, changes: &[Change]) -> Result<(), StoreError> {
    static INSERT: LazyLock<BySize> =
        LazyLock::new(|| BySize::insertion("staged_changes", true, &["operator", "ordinal", "change"]));
    let there = query::one(session, COUNT, whose.values(), query::count::<u64>).await?;
    if there + changes.len() as u64 > MOST_STAGED {
        return Err(StoreError::Crowded { most: MOST_STAGED });
    }
    let last = query::one(session, LAST, whose.values(), query::int).await?;
    let rows = changes.iter().zip(last + 1..);
    let rows = rows.map(|(change, ordinal)| [whose.values(), vec![ordinal.into(), to_json(change).into()]].concat());
    query::write_rows(session, &INSERT, rows).await
}

/// Returns the approvals of a staged set, within a transaction that does more.
pub(super) async fn approvals(session: &mut dyn Session, whose: Whose) -> Result<Vec<Approval>, StoreError> {
    let read = |row: &mut Reader<'_>| Ok(Approval { approver: row.id()?, plan: row.bytes()?, at: row.time()? });
    query::all(session, APPROVALS, whose.values(), read).await
}

/// Takes some changes out; without any left, the set is gone, too.
async fn drop_some(session: &mut dyn Session, whose: Whose, numbers: &[u64]) -> Result<(), StoreError> {
    let all = changes(session, whose).await?;
    let numbers: HashSet<u64> = numbers.iter().copied().collect();
    let (gone, left): (Vec<_>, Vec<_>) = all.iter().partition(|(number, _)| numbers.contains(number));
    for (number, _) in &gone {
        session.execute(DROP_ONE, [whose.values(), vec![(*number).into()]].concat()).await?;
    }
    session.execute(DROP_EMPTY, whose.values()).await?;
    let mut secrets = brought(gone.into_iter().map(|(_, change)| change));
    for kept in brought(left.into_iter().map(|(_, change)| change)) {
        secrets.remove(&kept);
    }
    destroy(session, whose.workspace, secrets).await
}

/// Returns the versions of secrets that changes lead to.
fn brought<'c>(changes: impl Iterator<Item = &'c Change>) -> HashSet<Id<SecretVersion>> {
    changes.filter_map(|change| change.after()?.secret_version()).collect()
}

async fn destroy(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    versions: HashSet<Id<SecretVersion>>,
) -> Result<(), StoreError> {
    for version in versions {
        if session.execute(DESTROY, vec![workspace.into(), version.into()]).await? > 0 {
            forget_marks(session, workspace, version).await?;
        }
    }
    Ok(())
}

/// Forgets what is applied, within the transaction that applies it. What was staged meanwhile, behind it, stays.
pub(super) async fn done_with(session: &mut dyn Session, whose: Whose, last: u64) -> Result<(), StoreError> {
    session.execute(DROP_UP_TO, [whose.values(), vec![last.into()]].concat()).await?;
    session.execute(DROP_EMPTY, whose.values()).await?;
    session.execute(FORGET_APPROVALS, whose.values()).await.map(drop)
}
