//! Noticing what others commit: SQLite counts that for each connection, so one is kept that does nothing but ask.

use std::{mem::replace, path::Path, time::Duration};

use rusqlite::Connection;

use super::{ask, place::FilePlace, sweep::connect};
use crate::store::{
    engine::{Answer, Listener},
    error::StoreError,
};

/// A connection that only ever asks whether others have committed.
///
/// The answer stands in memory that all connections share, so asking keeps no thread waiting and needs none of its own.
pub(super) struct Counter {
    connection: Connection,
    every: Duration,
    last: i64,
    place: Option<FilePlace>,
}

impl Counter {
    pub(super) fn begin(path: &Path, place: Option<FilePlace>, every: Duration) -> Result<Self, StoreError> {
        let mut counter = Self { connection: connect(path, Duration::ZERO)?, every, last: 0, place };
        counter.last = counter.mark()?;
        Ok(counter)
    }

    /// Returns a mark that differs from the former if anything was committed in between, by whomever.
    fn mark(&self) -> Result<i64, StoreError> {
        match ask(&self.connection, "PRAGMA data_version") {
            // Somebody holds the file for themselves; the next time will tell.
            Err(StoreError::Busy) => Ok(self.last),
            mark => mark,
        }
    }
}

impl Listener for Counter {
    fn heard(&mut self) -> Answer<'_, ()> {
        Box::pin(async move {
            loop {
                tokio::time::sleep(self.every).await;
                self.place.as_ref().map_or(Ok(()), FilePlace::check)?;
                let mark = self.mark()?;
                if replace(&mut self.last, mark) != mark {
                    return Ok(());
                }
            }
        })
    }
}
