//! What an engine must do for the store: the few things in which databases differ.
//!
//! Every statement of the room is written once, in the dialect that SQLite and PostgreSQL share (`$1` placeholders,
//! `ON CONFLICT`, `RETURNING`, integers of 64 bits), and reaches the engine through [`Session`] with [`Value`]s of four
//! types. A parameter stands beside a column first and with `IS NULL` after: PostgreSQL learns its type from there.
//! An engine adds only how it opens, begins, tells of changes, copies itself, and names its errors.

use std::{path::Path, time::Duration};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::error::StoreError;
use crate::domain::{Text, Timestamp};

/// What an engine call returns, in a form that a trait object can have.
pub(super) type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What is called for each row that a query finds.
pub(super) type EachRow<'a> = dyn FnMut(&dyn Row) -> Result<(), StoreError> + Send + 'a;

/// One opened database.
pub(super) trait Engine: Send + Sync {
    /// Begins a transaction that reads one consistent state and writes nothing.
    fn read(&self) -> Answer<'_, Box<dyn Session>>;

    /// Begins a transaction that reads everything there is: the quickest way, though it may keep its thread busy.
    fn sweep(&self) -> Answer<'_, Box<dyn Session>> {
        self.read()
    }

    /// Begins a transaction that writes, after those that began before it.
    fn write(&self) -> Answer<'_, Box<dyn Session>>;

    /// Begins to listen for what others commit; an engine that can't tell by itself is asked `every` so often.
    fn listen(&self, every: Duration) -> Answer<'_, Box<dyn Listener>>;

    /// Writes a consistent copy of the database into an empty file, as a SQLite database, while others go on.
    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()>;

    /// Begins a transaction that writes, in which history may be taken away: to exchange everything.
    fn refill(&self) -> Answer<'_, Box<dyn Session>>;

    /// Looks for damage that the engine itself can find: a sentence for each.
    fn inspect(&self) -> Answer<'_, Vec<String>>;

    /// Asks a server how it stands; a file has none.
    fn server(&self) -> Answer<'_, Option<ServerState>>;

    /// Waits for what runs and gives everything back.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// How a server stands, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// What it calls its version.
    pub version: String,
    /// Whether the line to it is encrypted, if it says.
    pub encrypted: Option<bool>,
    /// Whether it is reached over a network.
    pub is_remote: bool,
    /// Whether it tells of commits by itself.
    pub tells: bool,
    /// Its clock.
    pub now: Timestamp,
}

/// One transaction. Dropped without [`Session::commit`], it leaves no trace.
pub(super) trait Session: Send {
    /// Runs a statement and returns how many rows it touched.
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64>;

    /// Runs a query and hands over each row.
    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()>;

    /// Makes everything durable at once.
    fn commit(self: Box<Self>) -> Answer<'static, ()>;

    /// Asks the engine whether it understands a statement, without running it.
    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()>;
}

/// Hears that somebody committed.
pub(super) trait Listener: Send {
    /// Waits until something was committed, by whomever; several commits may be told as one.
    ///
    /// Safe to drop and call again. An error is no end: the next call waits until the database can be reached again,
    /// and tells that something may have been missed.
    fn heard(&mut self) -> Answer<'_, ()>;
}

/// One row of an answer; columns are counted from 0.
pub(super) trait Row {
    /// Reads a whole number.
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError>;
    /// Reads a text.
    fn text(&self, column: usize) -> Result<Option<&str>, StoreError>;
    /// Reads a UUID.
    fn uuid(&self, column: usize) -> Result<Option<Uuid>, StoreError>;
    /// Reads bytes.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError>;
}

/// One value of a statement. Absent values keep their type, which PostgreSQL asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A whole number, a flag, a time or an amount.
    Int(Option<i64>),
    /// A text.
    Text(Option<Text>),
    /// A UUID.
    Uuid(Option<Uuid>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Says whether `row` holds the same in `column`.
    pub(super) fn is_in(&self, row: &dyn Row, column: usize) -> Result<bool, StoreError> {
        Ok(match self {
            Self::Int(value) => row.int(column)? == *value,
            Self::Text(value) => row.text(column)? == value.as_deref(),
            Self::Uuid(value) => row.uuid(column)? == *value,
            Self::Bytes(value) => row.bytes(column)? == value.as_deref(),
        })
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<u64> for Value {
    /// Numbers beyond the engines' 63 bits stay at the largest; nothing that keydeck counts comes near.
    fn from(number: u64) -> Self {
        Self::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(Some(i64::from(flag)))
    }
}
impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Uuid(Some(id))
    }
}
impl<T> From<crate::domain::id::Id<T>> for Value {
    fn from(id: crate::domain::id::Id<T>) -> Self {
        Self::Uuid(Some(id.uuid()))
    }
}
impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        Self::Text(Some(text.clone()))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.into()))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}
impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}
impl From<crate::domain::Timestamp> for Value {
    /// Microseconds since 1970; what is finer is cut off.
    fn from(at: crate::domain::Timestamp) -> Self {
        Self::Int(Some(at.as_microsecond()))
    }
}
