//! Deeds outside the database: an import, an export. Each is two rows of the audit, the intent first.
//!
//! An intent without outcome means that it may have happened. What can't be written down is not done.

use std::future::Future;

use super::{
    door::Door,
    failure::Failure,
    identity::Holder,
    session::{Session, operator},
};
use crate::store::AuditEntry;

/// The subject of rows about connections.
const CONNECTION: &str = "ssh";

impl Door {
    /// Puts on record that somebody who showed an SSH key is let in. That it can't be written keeps nobody out: whatever
    /// they do that has to be on record asks for itself.
    pub async fn note_login(&self, holder: &Holder) {
        self.note_connection(holder, "login").await;
    }

    /// Puts on record that their connection ended.
    pub async fn note_logout(&self, holder: &Holder) {
        self.note_connection(holder, "logout").await;
    }

    async fn note_connection(&self, holder: &Holder, action: &str) {
        if self.is_read_only() {
            return;
        }
        let mut entry = holder.identity.entry(self.now(), action);
        entry.operator = Some(holder.operator);
        entry.subject = CONNECTION.into();
        let _ = self.store.append_audit(&[entry]).await;
    }
}

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

    /// Puts on record that somebody begins to work: that they mean to, and that they are let in. Whoever the database
    /// does not know is not: that is on record already.
    pub async fn log_in(&self) -> Result<(), Failure> {
        if self.is_read_only() || self.view().me().is_none() {
            return Ok(());
        }
        let rows = ["intent", "done"].map(|outcome| self.entry("login", "console", outcome));
        self.door().store.append_audit(&rows).await?;
        Ok(())
    }

    /// Puts on record that they stopped.
    pub async fn log_out(&self) -> Result<(), Failure> {
        if self.is_read_only() || self.view().me().is_none() {
            return Ok(());
        }
        self.note("logout", "console", "done", None).await
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
            entry = entry.because(outcome, why);
        }
        self.door().store.append_audit(&[entry]).await?;
        Ok(())
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
