//! Reading everything there is, on one thread: no row is copied to another before it is decoded.
//!
//! sqlx steps a statement on a thread of its own, copies each value of each row there, and wakes the reader for each.
//! For a few rows nobody notices; of half a million, that is nine tenths of the time.

use std::{future::ready, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use uuid::Uuid;

use super::{PATIENCE, error::explain_sweep};
use crate::store::{
    engine::{Answer, EachRow, Row, Session, Value},
    error::StoreError,
};

/// What the connection begins with. Each page is needed once, so hardly any is kept.
const SETTINGS: &str = "PRAGMA cache_size = -2000; PRAGMA trusted_schema = 0; BEGIN";

/// A transaction that reads one state of a file. It does its work when it is called, and keeps the thread busy.
pub(super) struct Sweep(Connection);

impl Sweep {
    pub(super) fn begin(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path, PATIENCE)?;
        connection.execute_batch(SETTINGS).map_err(explain_sweep)?;
        Ok(Self(connection))
    }

    fn read(&self, sql: &str, values: Vec<Value>, each: &mut EachRow<'_>) -> Result<(), StoreError> {
        let mut statement = self.0.prepare(sql).map_err(explain_sweep)?;
        for (at, value) in values.into_iter().enumerate() {
            // SQLite numbers `$2` by where it stands, not by its name.
            let name = format!("${}", at + 1);
            if let Some(index) = statement.parameter_index(&name).map_err(explain_sweep)? {
                bind(&mut statement, index, value).map_err(explain_sweep)?;
            }
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(explain_sweep)? {
            each(row)?;
        }
        Ok(())
    }
}

/// Opens a connection that only reads and works on the thread that calls it.
pub(super) fn connect(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(explain_sweep)?;
    connection.busy_timeout(patience).map_err(explain_sweep)?;
    Ok(connection)
}

fn bind(statement: &mut rusqlite::Statement<'_>, index: usize, value: Value) -> Result<(), rusqlite::Error> {
    match value {
        Value::Int(number) => statement.raw_bind_parameter(index, number),
        Value::Text(text) => statement.raw_bind_parameter(index, text.as_deref()),
        Value::Uuid(id) => statement.raw_bind_parameter(index, id.as_ref().map(|id| &id.as_bytes()[..])),
        Value::Bytes(bytes) => statement.raw_bind_parameter(index, bytes),
    }
}

impl Session for Sweep {
    fn execute(&mut self, _: &'static str, _: Vec<Value>) -> Answer<'_, u64> {
        Box::pin(ready(Err(StoreError::ReadOnly)))
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        Box::pin(ready(self.read(sql, values, each)))
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(ready(Ok(())))
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        Box::pin(ready(self.0.prepare(sql).map(drop).map_err(explain_sweep)))
    }
}

impl Row for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match value(self, column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(other(column)),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match value(self, column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|_| other(column)),
            _ => Err(other(column)),
        }
    }

    fn uuid(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        Row::bytes(self, column)?.map(|bytes| Uuid::from_slice(bytes).map_err(|_| other(column))).transpose()
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match value(self, column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(other(column)),
        }
    }
}

fn value<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> Result<ValueRef<'a>, StoreError> {
    row.get_ref(column).map_err(explain_sweep)
}

fn other(column: usize) -> StoreError {
    StoreError::Corrupt(format!("column {column} of a row holds something of another type"))
}
