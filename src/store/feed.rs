//! The feed: hears that somebody committed something, in whatever process.

use std::time::Duration;

use super::{Store, engine::Listener, error::StoreError};

/// Hears of commits. Those of this process count, too.
pub struct Feed {
    listener: Box<dyn Listener>,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl Store {
    /// Begins to listen; an engine that can't tell by itself is asked `every` so often.
    ///
    /// What was committed before this returns is not told: load afterwards.
    pub async fn watch(&self, every: Duration) -> Result<Feed, StoreError> {
        Ok(Feed { listener: self.engine.listen(every).await? })
    }
}

impl Feed {
    /// Waits until something was committed. Several commits may be told as one; compare
    /// [`Store::numbers`] to know whether it concerns a workspace.
    ///
    /// Safe to drop and call again: nothing is lost in between. An error says that the database can't be reached now;
    /// the next call waits until it can, and then tells of a change, since there may have been one.
    pub async fn changed(&mut self) -> Result<(), StoreError> {
        self.listener.heard().await
    }
}
