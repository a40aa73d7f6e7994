//! A turn to write: nobody else writes while it lasts, so what is read in it is what will be written upon.
//!
//! Whoever waits for a turn and then finds that others were quicker would have to begin again, and again come too late.
//! So the turn is taken first, what came meanwhile is read in it, and judged; then it is written.

use super::{
    Store,
    attempt::attempt,
    engine::Session,
    error::StoreError,
    load::{self, Numbers},
    revision::{self, Revision},
};
use crate::domain::{change::Change, id::Id, people::Workspace};

/// The turn to write in a workspace. Dropped without [`Store::apply_in`], it leaves no trace.
pub struct Turn {
    pub(super) session: Box<dyn Session>,
    workspace: Id<Workspace>,
    numbers: Numbers,
}

impl Store {
    /// Waits for the turn to write in a workspace. Whoever holds it asks the store for nothing else that writes.
    pub async fn turn(&self, workspace: Id<Workspace>) -> Result<Turn, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let numbers = load::numbers(&mut *session, workspace).await?;
            Ok(Turn { session, workspace, numbers })
        })
        .await
    }
}

impl Turn {
    /// Returns which state the workspace is in, and stays in while the turn lasts.
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Returns every revision after `number` with its changes, oldest first.
    pub async fn revisions_since(&mut self, number: u64) -> Result<Vec<(Revision, Vec<Change>)>, StoreError> {
        revision::since(&mut *self.session, self.workspace, number).await
    }
}
