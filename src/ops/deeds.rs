//! Deeds outside the database: an import, an export. Each is two rows of the audit, the intent first.
//!
//! An intent without outcome means that it may have happened. What can't be written down is not done.

use std::future::Future;

use super::{
    failure::Failure,
    session::{Session, operator},
};

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

    async fn note(&self, action: &str, subject: &str, outcome: &str, why: Option<&str>) -> Result<(), Failure> {
        let view = self.view();
        let mut entry = self.identity().entry(self.door().now(), action);
        entry.workspace = Some(view.workspace().id);
        entry.operator = operator(&view);
        entry.subject = subject.into();
        entry.outcome = outcome.into();
        if let Some(why) = why {
            entry.details.insert("reason".to_owned(), why.into());
        }
        self.door().store.append_audit(&[entry]).await?;
        Ok(())
    }
}
