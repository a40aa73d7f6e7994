//! Staged change sets: one per operator and workspace, kept here so that a dropped connection loses nothing.

use std::sync::LazyLock;

use super::{
    Store,
    audit::Hash,
    codec::{Reader, to_json},
    engine::Session,
    error::StoreError,
    query,
    table::BySize,
};
use crate::domain::{
    Timestamp,
    change::Change,
    id::Id,
    people::{Operator, Workspace},
};

pub(super) const HEAD: &str = "SELECT base_revision, updated_at FROM staged WHERE workspace = $1 AND operator = $2";
pub(super) const CHANGES: &str =
    "SELECT ordinal, change FROM staged_changes WHERE workspace = $1 AND operator = $2 ORDER BY ordinal";
pub(super) const TOUCH: &str = "INSERT INTO staged (workspace, operator, base_revision, updated_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (workspace, operator) \
     DO UPDATE SET base_revision = excluded.base_revision, updated_at = excluded.updated_at";
pub(super) const LAST: &str =
    "SELECT COALESCE(MAX(ordinal), -1) FROM staged_changes WHERE workspace = $1 AND operator = $2";
pub(super) const DROP_ONE: &str = "DELETE FROM staged_changes WHERE workspace = $1 AND operator = $2 AND ordinal = $3";
pub(super) const DISCARD: &str = "DELETE FROM staged WHERE workspace = $1 AND operator = $2";
pub(super) const APPROVE: &str = "INSERT INTO approvals (workspace, plan, approver, at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (workspace, plan, approver) DO NOTHING";
pub(super) const APPROVALS: &str =
    "SELECT approver, at FROM approvals WHERE workspace = $1 AND plan = $2 ORDER BY at, approver";

/// What an operator means to apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Staged {
    /// The revision on which it was last planned.
    pub base_revision: u64,
    /// When it was last touched; never, if there is none.
    pub updated_at: Option<Timestamp>,
    /// The changes in the order in which they were made, each with the number by which it can be unstaged.
    pub changes: Vec<(u64, Change)>,
}

impl Store {
    /// Returns what an operator has staged; nothing is an empty set.
    pub async fn staged(&self, workspace: Id<Workspace>, operator: Id<Operator>) -> Result<Staged, StoreError> {
        let mut session = self.engine.read().await?;
        let whose = || vec![workspace.into(), operator.into()];
        let head = query::maybe_one(&mut *session, HEAD, whose(), |row| Ok((row.count()?, row.time()?))).await?;
        let Some((base_revision, updated_at)) = head else { return Ok(Staged::default()) };
        let changes = query::all(&mut *session, CHANGES, whose(), |row| Ok((row.count()?, row.json()?))).await?;
        Ok(Staged { base_revision, updated_at: Some(updated_at), changes })
    }

    /// Adds changes behind those that an operator has staged, on another base if the plan was made anew.
    pub async fn stage(
        &self,
        workspace: Id<Workspace>,
        operator: Id<Operator>,
        base_revision: u64,
        changes: &[Change],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        static INSERT: LazyLock<BySize> =
            LazyLock::new(|| BySize::insertion("staged_changes", true, &["operator", "ordinal", "change"]));
        let mut session = self.engine.write().await?;
        let whose = || vec![workspace.into(), operator.into()];
        let touch = vec![workspace.into(), operator.into(), base_revision.into(), at.into()];
        session.execute(TOUCH, touch).await?;
        let last = query::one(&mut *session, LAST, whose(), query::int).await?;
        let rows = changes.iter().zip(last + 1..);
        let rows = rows.map(|(change, ordinal)| [whose(), vec![ordinal.into(), to_json(change).into()]].concat());
        query::write_rows(&mut *session, &INSERT, rows).await?;
        session.commit().await
    }

    /// Takes some changes out of what an operator has staged, by their numbers.
    pub async fn unstage(
        &self,
        workspace: Id<Workspace>,
        operator: Id<Operator>,
        numbers: &[u64],
    ) -> Result<(), StoreError> {
        let mut session = self.engine.write().await?;
        for &number in numbers {
            session.execute(DROP_ONE, vec![workspace.into(), operator.into(), number.into()]).await?;
        }
        session.commit().await
    }

    /// Forgets what an operator has staged.
    pub async fn discard(&self, workspace: Id<Workspace>, operator: Id<Operator>) -> Result<(), StoreError> {
        let mut session = self.engine.write().await?;
        discard(&mut *session, workspace, operator).await?;
        session.commit().await
    }

    /// Notes that somebody approves the plan with this hash.
    pub async fn approve(
        &self,
        workspace: Id<Workspace>,
        plan: &Hash,
        approver: Id<Operator>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut session = self.engine.write().await?;
        let values = vec![workspace.into(), plan.as_slice().into(), approver.into(), at.into()];
        session.execute(APPROVE, values).await?;
        session.commit().await
    }

    /// Returns who approved the plan with this hash, first first.
    pub async fn approvals(
        &self,
        workspace: Id<Workspace>,
        plan: &Hash,
    ) -> Result<Vec<(Id<Operator>, Timestamp)>, StoreError> {
        let values = vec![workspace.into(), plan.as_slice().into()];
        let read = |row: &mut Reader<'_>| Ok((row.id()?, row.time()?));
        query::all(&mut *self.engine.read().await?, APPROVALS, values, read).await
    }
}

/// Forgets what an operator has staged, within a transaction that does more.
pub(super) async fn discard(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    operator: Id<Operator>,
) -> Result<(), StoreError> {
    session.execute(DISCARD, vec![workspace.into(), operator.into()]).await.map(drop)
}
