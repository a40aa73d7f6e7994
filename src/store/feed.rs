//! The feed: hears that somebody committed something, in whatever process.

use std::time::Duration;

use super::{Store, engine::Listener, error::StoreError};

/// Hears of commits. Those of this process count, too.
pub struct Feed {
    listener: Box<dyn Listener>,
    every: Duration,
    last: i64,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("every", &self.every).finish_non_exhaustive()
    }
}

impl Store {
    /// Begins to listen; an engine that can't tell by itself is asked `every` so often.
    ///
    /// What was committed before this returns is not told: load afterwards.
    pub async fn watch(&self, every: Duration) -> Result<Feed, StoreError> {
        let mut listener = self.engine.listen().await?;
        let last = listener.mark().await?;
        Ok(Feed { listener, every, last })
    }
}

impl Feed {
    /// Waits until something was committed. Several commits may be told as one; compare
    /// [`Store::numbers`] to know whether it concerns a workspace.
    ///
    /// Safe to drop and call again: nothing is lost in between.
    pub async fn changed(&mut self) -> Result<(), StoreError> {
        loop {
            let mark = self.listener.mark().await?;
            if mark != self.last {
                self.last = mark;
                return Ok(());
            }
            tokio::time::sleep(self.every).await;
        }
    }
}
