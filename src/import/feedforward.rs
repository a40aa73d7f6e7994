//! `FeedForward`'s database: its models, the keys inside them, courses, assignments, and what was used.
//!
//! [`read()`] opens a copy of the file, so that nothing is written beside it, and takes rows by the names of columns;
//! [`take()`] makes changes of them. Both shapes of `ai_models` are read, and old files that lack tables.
//!
//! # What is taken
//! A model becomes an instance, a key a credential: equal keys of one provider and address are one, as `FeedForward`'s
//! ADR 009 wants it. People who own something become operators without rights, a course an app, an assignment a
//! workflow, and each model chosen for it a node with its runs. Finished runs are usage. Texts of students are not read.
//!
//! # Keys
//! A key stands in `api_config`, as `api_key_encrypted` or in an older form as `api_key`: a Fernet token in base64 once
//! more, under PBKDF2 of `FeedForward`'s own `SECRET_KEY` and a constant salt. The secrets that are printed in its source
//! are tried as well, and warned of. A key that does not open is known by name only.

mod file;
mod keys;
mod parts;
mod read;
mod take;
mod usage;

use std::path::Path;

use thiserror::Error;

pub use self::{
    keys::{Keyring, Seal},
    read::{Contents, read},
    take::take,
};
use crate::domain::name::printable;

/// Why a file is not taken at all. Nothing was written anywhere.
#[derive(Debug, Error)]
pub enum FeedForwardError {
    /// The operating system refused.
    #[error("{file} can't be read: {error}; check the path and its permissions")]
    Read {
        /// The file.
        file: String,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// It is something else.
    #[error("{file} is no SQLite database; name FeedForward's users.db, as DATABASE_PATH of its environment does")]
    NotSqlite {
        /// The file.
        file: String,
    },
    /// It is too large to copy.
    #[error("{file} is larger than 4 GiB, more than any FeedForward database; check that it is the right file")]
    TooLarge {
        /// The file.
        file: String,
    },
    /// It does not hold still.
    #[error("{file} is being written all the time; stop FeedForward for a moment, or import a backup of it")]
    Busy {
        /// The file.
        file: String,
    },
    /// `SQLite` finds it damaged.
    #[error("{file} is damaged: {problem}; restore it from a backup, or let sqlite3's .recover make a new file of it")]
    Damaged {
        /// The file.
        file: String,
        /// What `SQLite` says.
        problem: String,
    },
    /// It is another program's, or of a version that is not known.
    #[error("{file} is no FeedForward database that keydeck knows: {problem}; name FeedForward's users.db")]
    Foreign {
        /// The file.
        file: String,
        /// What it lacks.
        problem: String,
    },
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests;
