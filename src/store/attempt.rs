//! Trying a transaction again: for engines that would rather break one off than let it wait.
//!
//! PostgreSQL itself makes writers wait for their turn; those that speak its protocol over several machines may answer
//! any statement with a serialisation failure. Nothing of the transaction was written then, so it is done again, whole.

use std::{future::Future, time::Duration};

use super::error::{ApplyError, StoreError};

/// How often a transaction is tried.
const TRIES: u32 = 12;

/// How long the first wait is; each is twice the one before, up to the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(500));

/// What says whether trying again is worth it.
pub(super) trait Passing {
    /// Says whether others were in the way, and only that.
    fn is_contention(&self) -> bool;
}

impl Passing for StoreError {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Contended)
    }
}

impl Passing for ApplyError {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Store(StoreError::Contended))
    }
}

/// Does a whole transaction, from its beginning to its commit, until others are not in the way.
pub(super) async fn attempt<T, E: Passing, F: Future<Output = Result<T, E>>>(
    mut transaction: impl FnMut() -> F,
) -> Result<T, E> {
    let mut wait = WAITS.0;
    for _ in 1..TRIES {
        match transaction().await {
            Err(error) if error.is_contention() => {}
            done => return done,
        }
        tokio::time::sleep(wait).await;
        wait = WAITS.1.min(wait * 2);
    }
    transaction().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn tries(failures: u32, error: impl Fn() -> StoreError) -> (u32, Result<(), StoreError>) {
        let count = Cell::new(0);
        let done = attempt(|| async {
            count.set(count.get() + 1);
            if count.get() <= failures { Err(error()) } else { Ok(()) }
        })
        .await;
        (count.get(), done)
    }

    #[tokio::test]
    async fn only_contention_is_tried_again_and_not_for_ever() {
        assert!(matches!(tries(3, || StoreError::Contended).await, (4, Ok(()))));
        assert!(matches!(tries(99, || StoreError::Contended).await, (TRIES, Err(StoreError::Contended))));
        assert!(matches!(tries(1, || StoreError::UnknownOutcome).await, (1, Err(StoreError::UnknownOutcome))));
    }
}
