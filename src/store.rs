//! The database: the only place that knows SQL on our tables.
//!
//! A [`Store`] is one opened database; several processes may hold it at once. Configuration is written by
//! [`Store::apply`] alone: one transaction that checks the base revision and what each change expects to find, writes
//! the rows, the revision and its audit rows, and raises the revision. Facts and the audit have writes of their own.
//!
//! Decisions:
//! - Statements are written once for all engines, against the small traits of `engine`; there is no copy per engine.
//! - Every table of a workspace has the key (workspace, id), and so has every reference: no row reaches into another
//!   workspace.
//! - References of structure (a node's workflow, a rule's place, an owner) are the database's business. What a rule or
//!   node names as its key is not: resolution has words for a key that is gone.
//! - Operators belong to the database and reach it through some workspace's change set; [`Numbers::people`] tells other
//!   workspaces that they changed.

mod apply;
mod attempt;
mod audit;
mod backup;
mod codec;
mod copy;
mod engine;
mod error;
mod exchange;
mod fact;
mod feed;
mod flaw;
mod heard;
mod intent;
mod load;
mod location;
mod people;
mod postgres;
mod presence;
mod query;
mod record;
mod rekey;
mod relay;
mod revision;
mod secret;
mod sqlite;
mod staged;
mod table;
mod telling;
mod token;
mod turn;
mod usage;
mod version;
mod write;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

pub use self::{
    apply::ApplyRequest,
    audit::{
        AuditEntry, AuditFilter, AuditHead, AuditReport, AuditRow, AuditSeal, AuditSize, Fault, Hash, RETAIN, hex,
        unhex,
    },
    backup::{Backup, Written},
    engine::ServerState,
    error::{ApplyError, Refusal, StoreError},
    feed::Feed,
    intent::{Intent, IntentRequest, Kept},
    load::{Loaded, Numbers},
    postgres::visit,
    presence::{Present, Seat},
    rekey::ResealedRow,
    revision::Revision,
    secret::{Mark, OldVault, SecretRow, VaultRow, VersionState},
    staged::{Approval, Staged, Whose},
    telling::Tell,
    token::{TokenDeed, TokenRow},
    turn::Turn,
    usage::UsageBatch,
    version::Place,
};
use self::{
    attempt::attempt,
    codec::Reader,
    engine::{Engine, Value},
    location::Location,
    postgres::PostgresEngine,
    sqlite::SqliteEngine,
};
use crate::domain::{Timestamp, people::Workspace};

const IDENTITY: &str = "SELECT id FROM database WHERE one = 1";
const MAKE_IDENTITY: &str = "INSERT INTO database (one, id, made_at) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING";
const MADE_AT: &str = "SELECT made_at FROM database WHERE one = 1";
const MAKE_HEAD: &str = "INSERT INTO audit_head (one, sequence, at, hash) VALUES (1, 0, $1, $2) \
     ON CONFLICT (one) DO NOTHING";
const MAKE_WORKSPACE: &str = "INSERT INTO workspaces (id, name, allow_request_overrides, owner_policy, approval, note) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// How a database is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenMode {
    /// Whether it is made if it is not there.
    pub create: bool,
    /// Whether nothing may be written.
    pub read_only: bool,
}

/// One opened database. Copies share it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    database: Uuid,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("database", &self.database).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database at `location`: a path, `sqlite:PATH`, or `postgres://USER@HOST/NAME`.
    ///
    /// A file that is made is readable by its owner alone; on a server, tables are made where there are none. One that a
    /// newer program made is refused, and one that an older program made, too: [`Store::migrate`] is for after somebody
    /// was asked.
    pub async fn open(location: &str, mode: OpenMode) -> Result<Self, StoreError> {
        let (engine, file): (Arc<dyn Engine>, _) = match location.parse()? {
            Location::File(path) => (Arc::new(SqliteEngine::open(&path, mode).await?), Some(path)),
            Location::Server(address) => (Arc::new(PostgresEngine::open(*address, mode).await?), None),
        };
        match (identity(&*engine, mode).await, file) {
            (Ok(database), _) => Ok(Self { engine, database }),
            // A file that was being made is empty again: it must not keep the last of the disk from others.
            (Err(StoreError::Full), Some(path)) => {
                engine.close().await;
                SqliteEngine::unmake(&path)?;
                Err(StoreError::Full)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Brings a database that an older program made up to this one; one that is up to date stays as it is.
    pub async fn migrate(location: &str) -> Result<(), StoreError> {
        match location.parse()? {
            Location::File(path) => SqliteEngine::migrate(&path).await,
            Location::Server(address) => PostgresEngine::migrate(&address).await,
        }
    }

    /// Returns the id of the database, to which its secrets and its audit chain are bound.
    pub const fn database(&self) -> Uuid {
        self.database
    }

    /// Returns when the database was made.
    pub async fn made_at(&self) -> Result<Timestamp, StoreError> {
        query::one(&mut *self.engine.read().await?, MADE_AT, Vec::new(), query::time).await
    }

    /// Asks the server how it stands; nothing of a file.
    pub async fn server(&self) -> Result<Option<ServerState>, StoreError> {
        self.engine.server().await
    }

    /// Makes an empty workspace at revision 0, and the audit rows that say so.
    pub async fn create_workspace(&self, workspace: &Workspace, entries: &[AuditEntry]) -> Result<(), ApplyError> {
        if entries.is_empty() {
            return Err(ApplyError::Unaudited);
        }
        attempt(|| self.create_workspace_once(workspace, entries)).await
    }

    async fn create_workspace_once(&self, workspace: &Workspace, entries: &[AuditEntry]) -> Result<(), ApplyError> {
        let mut session = self.engine.write().await?;
        session.execute(MAKE_WORKSPACE, write::workspace_row(workspace)).await.map_err(|error| match error {
            StoreError::Constraint(Refusal::Twice(_)) => {
                ApplyError::Taken { kind: crate::domain::record::Kind::Workspace, name: workspace.name.to_string() }
            }
            other => other.into(),
        })?;
        audit::append(&mut *session, entries).await?;
        Ok(session.commit().await?)
    }

    /// Waits for what runs and closes the database, for every copy of this store.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

/// Does what may keep a thread busy, such as reading everything, on one where it blocks nobody.
async fn aside<T: Send + 'static>(work: BoxFuture<'static, Result<T, StoreError>>) -> Result<T, StoreError> {
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || runtime.block_on(work)).await;
    done.map_err(|_| StoreError::Engine("reading was interrupted".to_owned()))?
}

/// Reads the id of a database; gives it one, and its chain a beginning, if it is new.
async fn identity(engine: &dyn Engine, mode: OpenMode) -> Result<Uuid, StoreError> {
    let read = |row: &mut Reader<'_>| Ok(row.id::<()>()?.uuid());
    if let Some(id) = query::maybe_one(&mut *engine.read().await?, IDENTITY, Vec::new(), read).await? {
        return Ok(id);
    }
    if mode.read_only {
        return Err(StoreError::Corrupt("it has no id, as if making it had been interrupted".to_owned()));
    }
    let now: Value = Timestamp::now().into();
    let mut session = engine.write().await?;
    session.execute(MAKE_IDENTITY, vec![Uuid::now_v7().into(), now]).await?;
    let id = query::one(&mut *session, IDENTITY, Vec::new(), read).await?;
    let genesis = audit::genesis(id);
    session.execute(MAKE_HEAD, vec![Timestamp::UNIX_EPOCH.into(), genesis.as_slice().into()]).await?;
    session.commit().await?;
    Ok(id)
}

/// Writes to a file past the program, as an intruder would.
#[cfg(test)]
pub(crate) async fn tamper(file: &std::path::Path, sql: &'static str) -> Result<(), sqlx::Error> {
    use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
    let mut raw = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await?;
    sqlx::query(sql).execute(&mut raw).await?;
    raw.close().await
}

#[cfg(test)]
mod tests;
