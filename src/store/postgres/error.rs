//! What PostgreSQL's errors mean. Source of the codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use sqlx::{
    migrate::MigrateError,
    postgres::{PgDatabaseError, PgSeverity},
};

use super::super::error::{Refusal, StoreError};

/// Says what an error means for the operator.
pub(super) fn explain(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => of_code(error),
            None => StoreError::Engine(database.message().to_owned()),
        },
        // A handshake that fails comes as an error of the stream that it would have made.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => StoreError::Tls(error.to_string()),
        sqlx::Error::Io(error) => StoreError::Unavailable(error.to_string()),
        sqlx::Error::Tls(error) => StoreError::Tls(error.to_string()),
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("it does not answer".to_owned()),
        sqlx::Error::PoolClosed => StoreError::Unavailable("it was closed".to_owned()),
        sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            StoreError::Unavailable("the connection broke".to_owned())
        }
        // A certificate that can't be read, and its like.
        sqlx::Error::Configuration(error) => StoreError::Unavailable(error.to_string()),
        other => StoreError::Engine(other.to_string()),
    }
}

fn of_code(error: &PgDatabaseError) -> StoreError {
    let message = error.message().to_owned();
    match error.code() {
        "23505" => StoreError::Constraint(Refusal::Twice(place(error))),
        "23503" => StoreError::Constraint(Refusal::Dangling),
        // What our triggers raise; no key of ours says RESTRICT.
        "23001" => StoreError::Constraint(Refusal::AppendOnly(message)),
        "25006" => StoreError::ReadOnly,
        "40001" | "40P01" => StoreError::Contended,
        "42501" => StoreError::Denied(message),
        "53100" => StoreError::Full,
        "55P03" => StoreError::Busy,
        "3D000" => StoreError::NoDatabase(message),
        // What should be there is not: no statement of ours is wrong.
        "42P01" | "42703" => StoreError::Corrupt(message),
        code => match &code[..2] {
            // A value that breaks a rule, or that no column can hold: out of range, or a text with a zero byte.
            "22" | "23" => StoreError::Constraint(Refusal::Value(message)),
            "28" => StoreError::Login(message),
            "08" | "53" | "57" => StoreError::Unavailable(message),
            "XX" => StoreError::Corrupt(message),
            _ => StoreError::Engine(message),
        },
    }
}

/// Says which columns would hold something twice: `credentials.workspace, credentials.name`.
fn place(error: &PgDatabaseError) -> String {
    let table = error.table().unwrap_or("a table");
    let columns =
        error.detail().and_then(|detail| detail.split_once("Key (")).and_then(|(_, rest)| rest.split_once(")="));
    match columns {
        Some((columns, _)) => {
            columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        }
        None => table.to_owned(),
    }
}

/// Says what an error of COMMIT means. A plain error of the server took everything back; after anything else, a server
/// that shuts down or a line that breaks, nobody knows.
pub(super) fn explain_commit(error: sqlx::Error) -> StoreError {
    let said_no = match &error {
        sqlx::Error::Database(database) => database
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| matches!(error.severity(), PgSeverity::Error) && error.code() != "40003"),
        _ => false,
    };
    if said_no { explain(error) } else { StoreError::UnknownOutcome }
}

/// Says what an error of the migrations means for the operator.
pub(super) fn explain_migration(error: MigrateError) -> StoreError {
    StoreError::of_migration(error, explain)
}
