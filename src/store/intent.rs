//! Intents: the audit row that goes before an effect outside the database, written where all that allows it is read.

use super::{
    Store,
    attempt::attempt,
    audit::{self, AuditEntry},
    error::StoreError,
    load::{self, Numbers},
    secret::{self, SecretRow, VaultRow},
};
use crate::domain::{Timestamp, credential::SecretVersion, id::Id, people::Workspace};

/// An effect that is about to happen, and the state on which it was judged.
#[derive(Clone, Copy, Debug)]
pub struct IntentRequest<'a> {
    /// The workspace.
    pub workspace: Id<Workspace>,
    /// The state on which it was allowed.
    pub judged_on: Numbers,
    /// The sealed version that it is about.
    pub version: Option<Id<SecretVersion>>,
    /// The latest time of the newest audit row at which this machine's clock is still trusted.
    pub latest: Timestamp,
    /// The row.
    pub entry: &'a AuditEntry,
}

/// What came of an intent.
#[derive(Clone, Debug)]
pub enum Intent {
    /// It is written; this is what the database keeps.
    Written(Box<Kept>),
    /// The state is another by now: nothing was written, and it has to be judged anew.
    Moved,
    /// The newest audit row is later than the clock allows: nothing was written.
    ClockBehind {
        /// The time of that row.
        newest: Timestamp,
    },
}

/// What the database kept of a secret when an intent was written.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The sealed version.
    pub sealed: Option<SecretRow>,
    /// The vault.
    pub vault: Option<VaultRow>,
}

impl Store {
    /// Writes an intent down, if the state is still the one on which it was judged, and reads the sealed version in the
    /// same transaction.
    ///
    /// The end of the audit chain is locked first. Every change set waits for it before it commits, so none comes
    /// between what is read here and the row.
    pub async fn intend(&self, request: IntentRequest<'_>) -> Result<Intent, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let newest = audit::lock(&mut *session).await?.at;
            if load::numbers(&mut *session, request.workspace).await? != request.judged_on {
                return Ok(Intent::Moved);
            }
            if newest > request.latest {
                return Ok(Intent::ClockBehind { newest });
            }
            let sealed = match request.version {
                Some(version) => secret::version(&mut *session, request.workspace, version).await?,
                None => None,
            };
            let vault = secret::vault(&mut *session).await?;
            audit::append(&mut *session, std::slice::from_ref(request.entry)).await?;
            session.commit().await?;
            Ok(Intent::Written(Box::new(Kept { sealed, vault })))
        })
        .await
    }
}
