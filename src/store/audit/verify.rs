//! Verifying the chain: what a forger must have left behind.
//!
//! This half needs no key. Whoever holds the audit key compares the MACs of the seals besides; a chain that was written
//! anew from the start passes here and fails there, or at a head that somebody noted elsewhere.

mod revisions;
mod walk;

use thiserror::Error;
use uuid::Uuid;

use self::walk::Walk;
use super::{AuditHead, AuditSeal, Hash, genesis, log, retention};
use crate::store::{Store, engine::Session, error::StoreError, query};

/// Every statement of this room, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 2] = revisions::STATEMENTS;

/// Rows that are read at once.
const PAGE: u64 = 1000;

/// The name under which the audit row of a revision repeats the digest of its changes.
pub(in crate::store) const CHANGES_DETAIL: &str = "changes";

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// The end of the chain as its head row records it.
    pub head: AuditHead,
    /// The row with which the chain begins, if older ones were removed by retention.
    pub begins: Option<u64>,
    /// The seals whose row has the hash that was sealed; their MACs are for who holds the key.
    pub seals: Vec<AuditSeal>,
    /// What is wrong, in the order of the chain.
    pub faults: Vec<Fault>,
    /// The rows that claim an earlier time than the row before: a clock was set back, which is no fault of the chain.
    pub clock_set_back: Vec<u64>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Rows are gone.
    #[error("rows {first} to {last} are missing")]
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A row is not as it was written.
    #[error("row {0} was edited")]
    Edited(u64),
    /// A row does not follow from the one before it.
    #[error("row {0} does not follow from the row before it")]
    Unlinked(u64),
    /// The head row and the last row disagree: the chain was cut off, or added to by something else than keydeck.
    #[error("the chain ends at row {found}, and its head says {recorded}")]
    End {
        /// The last row.
        found: u64,
        /// What the head says.
        recorded: u64,
    },
    /// A sealed row has another hash now: the chain was written anew.
    #[error("row {0} is not the row that was sealed")]
    Sealed(u64),
    /// The chain ends before a row that was sealed: it was cut off.
    #[error("row {0} was sealed, and the chain ends before it")]
    Cut(u64),
    /// A seal was not made with the key of the audit.
    #[error("the seal of row {0} was not made with this database's key")]
    Forged(u64),
    /// The row whose hash was noted elsewhere has another hash now.
    #[error("row {0} is not the row that was noted")]
    Noted(u64),
    /// The row whose hash was noted elsewhere can't be compared any more.
    #[error("row {0}, which was noted, was removed by retention and can't be compared")]
    NotedGone(u64),
    /// Old rows are gone, and no row of the chain says who removed them.
    #[error("the rows below {0} were removed, and no row says by whom")]
    Unretained(u64),
    /// The revisions whose rows retention removed are not those that there were.
    #[error("revisions whose audit rows were removed by retention were edited or removed")]
    OldRevisions,
    /// A revision has no audit row, or more than one.
    #[error("revision {revision} of workspace {workspace} has {rows} audit rows instead of one")]
    Unaudited {
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
        /// How many rows there are.
        rows: usize,
    },
    /// An audit row speaks of a revision that does not exist.
    #[error("revision {revision} of workspace {workspace} is missing, and row {sequence} made it")]
    NoRevision {
        /// The row.
        sequence: u64,
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
    },
    /// The changes of a revision are not those that were applied.
    #[error("the changes of revision {revision} of workspace {workspace} were edited")]
    Changes {
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
    },
}

/// Where a walk along the chain begins.
#[derive(Clone, Copy, Debug)]
enum Begin {
    /// Before the first row.
    Genesis(Hash),
    /// At a row that something else vouches for.
    Row(u64, Hash),
}

impl Store {
    /// Verifies the whole chain and the revisions against it, in one snapshot; `noted` is a row's place and hash that
    /// somebody kept elsewhere.
    pub async fn verify_audit(&self, noted: Option<(u64, Hash)>) -> Result<AuditReport, StoreError> {
        let store = self.clone();
        let verify = Box::pin(async move {
            let mut session = store.engine.sweep().await?;
            let retained = retention::marker(&mut *session).await?;
            let genesis = || Begin::Genesis(genesis(store.database));
            let begin = retained.map_or_else(genesis, |(at, hash)| Begin::Row(at, hash));
            let (mut walk, head) = walk(&mut *session, begin, noted).await?;
            let revisions = revisions::all(&mut *session).await?;
            walk.compare(&revisions, retained);
            Ok(walk.report(head, retained.map(|(sequence, _)| sequence)))
        });
        crate::store::aside(verify).await
    }

    /// Verifies the rows from a sealed one on; what stands before it is vouched for by the seal.
    pub async fn verify_audit_from(&self, seal: &AuditSeal) -> Result<AuditReport, StoreError> {
        let mut session = self.engine.read().await?;
        let (walk, head) = walk(&mut *session, Begin::Row(seal.sequence, seal.hash), None).await?;
        Ok(walk.report(head, None))
    }
}

/// Computes the digest over the revisions of each workspace up to a number, as they are recorded.
pub(super) async fn digest_until(
    session: &mut dyn Session,
    last: &std::collections::BTreeMap<Uuid, u64>,
) -> Result<String, StoreError> {
    Ok(revisions::digest_until(&revisions::all(session).await?, last))
}

/// Walks from a row to the end.
async fn walk(
    session: &mut dyn Session,
    begin: Begin,
    noted: Option<(u64, Hash)>,
) -> Result<(Walk, AuditHead), StoreError> {
    let (head, seals) = (log::head(session).await?, log::seals(session).await?);
    let mut walk = Walk::new(begin, noted, seals);
    loop {
        let rows = query::all(session, log::FROM, vec![walk.last().into(), PAGE.into()], log::read_row).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            walk.step(row);
        }
    }
    walk.end(&head);
    Ok((walk, head))
}
