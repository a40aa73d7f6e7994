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

/// Effects that are about to happen together, and the state on which they were judged.
#[derive(Clone, Copy, Debug)]
pub struct IntentRequest<'a> {
    /// The workspace.
    pub workspace: Id<Workspace>,
    /// The state on which it was allowed.
    pub judged_on: Numbers,
    /// The sealed versions that they are about.
    pub versions: &'a [Id<SecretVersion>],
    /// The latest time of the newest audit row at which this machine's clock is still trusted.
    pub latest: Timestamp,
    /// The rows.
    pub entries: &'a [AuditEntry],
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

/// What the database kept of the secrets when an intent was written.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The sealed versions that are there.
    pub sealed: Vec<SecretRow>,
    /// The vault.
    pub vault: Option<VaultRow>,
}

impl Store {
    /// Writes intents down, if the state is still the one on which they were judged, and reads the sealed versions in the
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
            let mut sealed = Vec::new();
            for version in request.versions {
                sealed.extend(secret::version(&mut *session, request.workspace, *version).await?);
            }
            let vault = secret::vault(&mut *session).await?;
            audit::append(&mut *session, request.entries).await?;
            session.commit().await?;
            Ok(Intent::Written(Box::new(Kept { sealed, vault })))
        })
        .await
    }
}
