//! Retention: a keeper removes old audit rows, below a row that is sealed for it, and that is a row itself.

use super::{
    door::Door,
    failure::{Failure, Kind},
    seals,
    session::Session,
};
use crate::{
    domain::Timestamp,
    rights::{Deed, Right, Subject},
    store::{AuditSize, RETAIN},
};

/// What a retention would remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Every row written before this goes, unless a younger one stands before it.
    pub before: Timestamp,
    /// The row with which the chain will begin.
    pub below: u64,
    /// How many rows go.
    pub rows: u64,
    hash: crate::store::Hash,
}

impl Session {
    /// Finds what would go if rows written before an instant were removed. The chain is verified first.
    pub async fn plan_retention(&self, before: Timestamp) -> Result<Retention, Failure> {
        if let Err(denial) = self.view().may(Right::Keep(Deed::Retention), Subject::Database).allow() {
            return Err(self.denied(RETAIN, "audit", denial.into()).await);
        }
        if before > self.door().now() {
            return Err(Failure::usage("that lies in the future").hint("rows that are to come can't be removed"));
        }
        let verified = self.door().verify_audit(None).await?;
        seals::whole(&verified.faults)?;
        let first = verified.begins.unwrap_or(1);
        let (below, hash) = self.door().store.audit_row_at(before).await?.unwrap_or((first, verified.head.1));
        Ok(Retention { before, below, rows: below.saturating_sub(first), hash })
    }

    /// Seals the row with which the chain will begin, and removes those below, in one transaction with the row that
    /// tells of it. Returns what went, which may be more than was planned: rows came meanwhile.
    pub async fn shorten_audit(&self, retention: &Retention) -> Result<Retention, Failure> {
        let vault = self.vault().ok_or_else(|| {
            Failure::new(Kind::NotAllowed, "rows are removed below a sealed row only, and the vault is locked")
                .hint("give SECRET_KEY with --secret-key-file")
        })?;
        // Judged again: a retention that was planned may have waited for an answer.
        let now = self.plan_retention(retention.before).await?;
        if now.rows == 0 {
            return Ok(now);
        }
        self.door().seal_row(&vault, (now.below, now.hash)).await?;
        let mut entry = self.entry(RETAIN, "audit", "done");
        entry.details.insert("before".to_owned(), now.before.to_string().into());
        let rows = self.door().store.retain_audit(now.below, now.hash, &entry).await?;
        self.door().seal_before_leaving().await;
        Ok(Retention { rows, ..now })
    }
}

impl Door {
    /// Says how large the audit is: it grows until a keeper removes old rows.
    pub async fn audit_size(&self) -> Result<AuditSize, Failure> {
        Ok(self.store.audit_size().await?)
    }
}
