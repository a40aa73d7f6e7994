//! Deeds outside the database: an import, an export. Each is two rows of the audit, the intent first.
//!
//! An intent without outcome means that it may have happened. What can't be written down is not done.

use std::future::Future;

use super::{
    failure::Failure,
    session::{Session, operator},
};
use crate::store::AuditEntry;

impl Session {
    /// Writes the intent down, does the deed, and writes down how it went.
    pub async fn deed<T>(
        &self,
        action: &str,
        subject: &str,
        deed: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.note(action, subject, "intent", None).await?;
        let outcome = deed.await;
        match &outcome {
            Ok(_) => self.note(action, subject, "done", None).await?,
            Err(failure) => self.note(action, subject, "failed", Some(&failure.message)).await?,
        }
        outcome
    }

    /// Writes one row of the audit.
    pub(super) async fn note(
        &self,
        action: &str,
        subject: &str,
        outcome: &str,
        why: Option<&str>,
    ) -> Result<(), Failure> {
        let mut entry = self.entry(action, subject, outcome);
        if let Some(why) = why {
            entry.details.insert("reason".to_owned(), why.into());
        }
        self.door().store.append_audit(&[entry]).await?;
        Ok(())
    }

    /// Notes a refusal. That it can't be noted, as in a database that can only be read, does not undo the refusal.
    pub(super) async fn note_denial(&self, action: &str, subject: &str, failure: &Failure) {
        let _ = self.note(action, subject, "denied", Some(&failure.message)).await;
    }

    /// Begins a row about a deed of this session.
    pub(super) fn entry(&self, action: &str, subject: &str, outcome: &str) -> AuditEntry {
        let view = self.view();
        let mut entry = self.identity().entry(self.door().now(), action);
        entry.workspace = Some(view.workspace().id);
        entry.operator = operator(&view);
        entry.subject = subject.into();
        entry.outcome = outcome.into();
        entry
    }
}
