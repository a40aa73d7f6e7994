//! What SQLite's errors mean. Source of the codes: <https://www.sqlite.org/rescode.html>.

use sqlx::migrate::MigrateError;

use super::super::error::{Refusal, StoreError};

const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_CANTOPEN: i32 = 14;
const SQLITE_CONSTRAINT: i32 = 19;
const SQLITE_NOTADB: i32 = 26;
/// The index of the write-ahead log can't grow, as on a full disk.
const IOERR_SHMSIZE: i32 = 4874;
const CONSTRAINT_FOREIGN_KEY: i32 = 787;
const CONSTRAINT_PRIMARY_KEY: i32 = 1555;
const CONSTRAINT_TRIGGER: i32 = 1811;
const CONSTRAINT_UNIQUE: i32 = 2067;

/// Says what an error means for the operator.
pub(super) fn explain(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse().ok()).unwrap_or(0);
            of_code(code, database.message())
        }
        sqlx::Error::Io(error) => StoreError::Unavailable(error.to_string()),
        sqlx::Error::PoolTimedOut => StoreError::Busy,
        sqlx::Error::PoolClosed => StoreError::Unavailable("it was closed".to_owned()),
        other => StoreError::Engine(other.to_string()),
    }
}

/// Says the same of an error that came while everything was read.
pub(super) fn explain_sweep(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            of_code(code.extended_code, message.as_deref().unwrap_or("the engine does not say what is wrong"))
        }
        other => StoreError::Engine(other.to_string()),
    }
}

fn of_code(code: i32, message: &str) -> StoreError {
    match (code & 0xff, code) {
        (SQLITE_BUSY | SQLITE_LOCKED, _) => StoreError::Busy,
        (SQLITE_READONLY, _) => StoreError::ReadOnly,
        (SQLITE_CORRUPT | SQLITE_NOTADB, _) => StoreError::Corrupt(message.to_owned()),
        (SQLITE_FULL, _) | (SQLITE_IOERR, IOERR_SHMSIZE) => StoreError::Full,
        (SQLITE_IOERR | SQLITE_CANTOPEN, _) => StoreError::Unavailable(message.to_owned()),
        (SQLITE_CONSTRAINT, CONSTRAINT_FOREIGN_KEY) => StoreError::Constraint(Refusal::Dangling),
        (SQLITE_CONSTRAINT, CONSTRAINT_TRIGGER) => StoreError::Constraint(Refusal::AppendOnly(message.to_owned())),
        (SQLITE_CONSTRAINT, CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARY_KEY) => {
            let place = message.rsplit(": ").next().unwrap_or(message);
            StoreError::Constraint(Refusal::Twice(place.to_owned()))
        }
        (SQLITE_CONSTRAINT, _) => StoreError::Constraint(Refusal::Value(message.to_owned())),
        _ => StoreError::Engine(message.to_owned()),
    }
}

/// Says what an error of the migrations means for the operator.
pub(super) fn explain_migration(error: MigrateError) -> StoreError {
    StoreError::of_migration(error, explain)
}
