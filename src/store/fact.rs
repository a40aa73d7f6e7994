//! Facts: usage and what it sums up to, marks of unreadable secrets, and what vendors said about keys.
//!
//! Every write raises the workspace's number of facts in the same transaction, so that whoever holds a snapshot knows
//! whether it is the present one.

mod spend;

use super::{
    Store,
    attempt::attempt,
    codec::Reader,
    engine::Session,
    error::StoreError,
    flaw, query, secret, token,
    version::{self, Place},
};
use crate::domain::{
    Timestamp,
    credential::{Credential, SecretVersion},
    fact::{Answer, Facts, Verified},
    id::Id,
    people::Workspace,
};

#[cfg(test)]
pub(super) use self::spend::STATEMENTS as SPEND_STATEMENTS;

pub(super) const RAISE: &str = "UPDATE workspaces SET facts = facts + 1 WHERE id = $1 RETURNING facts";
pub(super) const UNREADABLE: &str = "SELECT version FROM unreadable WHERE workspace = $1";
pub(super) const VERIFIED: &str = "SELECT credential, at, answer FROM verified WHERE workspace = $1";
pub(super) const MARK: &str =
    "INSERT INTO unreadable (workspace, version, at) VALUES ($1, $2, $3) ON CONFLICT (workspace, version) DO NOTHING";
pub(super) const UNMARK: &str = "DELETE FROM unreadable WHERE workspace = $1 AND version = $2";
pub(super) const VERIFY: &str = "INSERT INTO verified (workspace, credential, at, answer) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (workspace, credential) DO UPDATE SET at = excluded.at, answer = excluded.answer";
impl Store {
    /// Returns what is known beside the configuration, as it is at one moment.
    pub async fn facts(&self, workspace: Id<Workspace>, now: Timestamp) -> Result<Facts, StoreError> {
        let store = self.clone();
        super::aside(Box::pin(async move { load(&mut *store.engine.sweep().await?, workspace, now).await })).await
    }

    /// Notes that a sealed secret does not open, and returns the new number of facts.
    ///
    /// The mark belongs to this version; writing its token anew takes it away.
    pub async fn mark_unreadable(
        &self,
        workspace: Id<Workspace>,
        version: Id<SecretVersion>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(MARK, vec![workspace.into(), version.into(), at.into()]).await?;
            raise(session, workspace).await
        })
        .await
    }

    /// Notes which sealed secrets do not open, and which do after all.
    pub async fn mark_secrets(&self, closed: &[Place], open: &[Place], at: Timestamp) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            mark_all(&mut *session, closed, at).await?;
            for &(workspace, version) in open {
                if session.execute(UNMARK, vec![workspace.into(), version.into()]).await? > 0 {
                    session.execute(RAISE, vec![workspace.into()]).await?;
                }
            }
            session.commit().await
        })
        .await
    }

    /// Notes what vendors said about keys, and returns the new number of facts.
    pub async fn set_verified(
        &self,
        workspace: Id<Workspace>,
        said: &[(Id<Credential>, Verified)],
    ) -> Result<u64, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            for (credential, verified) in said {
                let answer = verified.answer.word().into();
                let row = vec![workspace.into(), (*credential).into(), verified.at.into(), answer];
                session.execute(VERIFY, row).await?;
            }
            raise(session, workspace).await
        })
        .await
    }
}

/// Notes within a transaction that does more which sealed secrets do not open, and raises numbers where that is news.
pub(super) async fn mark_all(session: &mut dyn Session, closed: &[Place], at: Timestamp) -> Result<(), StoreError> {
    for &(workspace, version) in closed {
        if session.execute(MARK, vec![workspace.into(), version.into(), at.into()]).await? > 0 {
            session.execute(RAISE, vec![workspace.into()]).await?;
        }
    }
    Ok(())
}

/// Raises the number of facts and commits.
pub(super) async fn raise(mut session: Box<dyn Session>, workspace: Id<Workspace>) -> Result<u64, StoreError> {
    let number = query::maybe_one(&mut *session, RAISE, vec![workspace.into()], query::count).await?;
    let number = number.ok_or(StoreError::NoWorkspace(workspace.uuid()))?;
    session.commit().await?;
    Ok(number)
}

/// Reads every fact of a workspace; `now` says which thirty days are the last.
pub(super) async fn load(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    now: Timestamp,
) -> Result<Facts, StoreError> {
    let number = super::load::numbers(session, workspace).await?.facts;
    let scope = || vec![workspace.into()];
    let unreadable = query::all(session, UNREADABLE, scope(), query::id).await?.into_iter().collect();
    let verified =
        |row: &mut Reader<'_>| Ok((row.id()?, Verified { at: row.time()?, answer: row.word(Answer::from_word)? }));
    let verified = query::all(session, VERIFIED, scope(), verified).await?.into_iter().collect();
    let (next, old) = version::beside(session, workspace).await?;
    let same = secret::same(session, workspace).await?;
    let spend::Spending { recent, by_month: spend } = spend::sums(session, workspace, now).await?;
    let tokens = token::ends(session, workspace).await?;
    let flaws = flaw::all(session, workspace).await?;
    Ok(Facts { number, spend, recent, unreadable, verified, next, old, same, tokens, flaws })
}
