//! Where a database is: a file, or a server.

use std::{path::PathBuf, str::FromStr};

use sqlx::postgres::PgConnectOptions;

use super::{error::StoreError, postgres::address};

/// A location, read. It has no `Debug`: a server's may hold a password.
pub(super) enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A database of a PostgreSQL server.
    Server(Box<PgConnectOptions>),
}

impl FromStr for Location {
    type Err = StoreError;

    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH`, `sqlite://PATH` or a bare path.
    fn from_str(location: &str) -> Result<Self, StoreError> {
        let path = match location.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                return address::read(location).map(Box::new).map(Self::Server);
            }
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((_, rest)) if rest.starts_with("//") => {
                return Err(StoreError::Location { reason: "its scheme is unknown" });
            }
            _ => location,
        };
        if path.is_empty() {
            return Err(StoreError::Location { reason: "the path is empty" });
        }
        Ok(Self::File(PathBuf::from(path)))
    }
}
