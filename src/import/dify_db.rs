//! Dify's database: its workspaces with their credentials, apps and people, what it uses today, and what that cost.
//!
//! [`read()`] asks a PostgreSQL server in a transaction that only reads; [`take()`] makes changes of one tenant, and is
//! pure. Every schema from before 1.8 to today is read: what is where is looked up, never assumed.
//!
//! # What is taken
//! A credential of a provider or of a model becomes a credential, rows that share load become a pool, a tag that was
//! chosen becomes a department, an app with its published graph a workflow, a draft that calls other models one of its
//! own, an account an operator without rights, a default model an instance. With the tenant's private key, which Dify
//! keeps in its file storage, secrets are opened, to be sealed again here; else keys are known by name only.
//!
//! # What Dify uses
//! Its choice knows provider, kind and model alone (`choice`). It becomes rules of the workspace, so that Dify's layers
//! answer as Dify does. What it refuses becomes a rule that denies, with the reason as its note.
//!
//! # The second time
//! An import keeps in step ([`taking`](super::taking)): what was changed there comes in, what was changed here stays,
//! and what was changed on both sides is told. Rules that Dify no longer follows go; things that it has no more are told.

mod attribution;
mod choice;
mod config;
mod graph;
mod keys;
mod read;
mod spent;
mod take;

use thiserror::Error;

pub use self::{
    attribution::keep,
    keys::{Closed, KeyError, TenantKey},
    read::{Contents, Tenant, read},
    take::{Options, source, take},
};

/// Why a database is not taken at all. Nothing was written anywhere.
#[derive(Debug, Error)]
pub enum DifyDbError {
    /// It is another program's, or of a version that is not known.
    #[error("{place} is no database of Dify that keydeck knows: {problem}")]
    Foreign {
        /// Which database.
        place: String,
        /// What it lacks.
        problem: String,
    },
    /// The server answered with an error.
    #[error("Dify's database answered with an error: {problem}")]
    Engine {
        /// What the server said.
        problem: String,
    },
    /// It holds more than is taken.
    #[error("the table {table} of Dify's database has more than {most} rows in one workspace")]
    TooMany {
        /// The table.
        table: String,
        /// How many are taken.
        most: usize,
    },
}

#[cfg(test)]
mod tests;
