//! PostgreSQL: how a database on a server is opened, taken turns in, and listened to.
//!
//! Transactions that write take the row of the table `turn` first, so that they come one after another as SQLite's do:
//! whatever such a one reads, it reads after all that wrote before it (READ COMMITTED), and nobody writes until it ends.
//! Transactions that read see one state (REPEATABLE READ, READ ONLY) and wait for nobody.

pub(super) mod address;
mod error;
mod listener;
mod refill;
mod row;
mod schema;
mod session;

use std::{path::Path, time::Duration};

use futures_util::future::BoxFuture;
use sqlx::{
    Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use self::{
    error::explain,
    listener::{CHANNEL, PostgresListener},
    schema::Found,
    session::PostgresSession,
};
use super::{
    OpenMode, copy,
    engine::{Answer, Engine, Listener, ServerState, Session},
    error::StoreError,
};
use crate::domain::Timestamp;

/// How many connections one process has at most, besides the one that listens.
const CONNECTIONS: u32 = 8;

/// How long a connection may rest before it is asked whether it still stands: each question is a way there and back.
const RESTS: Duration = Duration::from_secs(1);

/// How long making a connection may take, or waiting for one that others use.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every connection begins with. Another's turn is waited for as long as on SQLite; a transaction whose process
/// can't be reached any more ends, and with it its turn.
const SETTINGS: &str = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s'";

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Takes the turn, and tells of it when the transaction commits.
const TURN_AND_TELL: &str = "WITH turn AS (UPDATE turn SET number = number + 1 WHERE one = 1 RETURNING number) \
     SELECT pg_notify($1, '') FROM turn";
/// Takes the turn, where the engine can't tell.
const TURN: &str = "UPDATE turn SET number = number + 1 WHERE one = 1";

/// Tries whether the engine can tell, on a channel that nobody hears.
const CAN_TELL: &str = "SELECT pg_notify('keydeck can tell', '')";

/// What the server calls itself, and its time in microseconds.
const VERSION: &str =
    "SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
const ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// An opened database of a server.
pub(super) struct PostgresEngine {
    address: PgConnectOptions,
    pool: PgPool,
    read_only: bool,
    tells: bool,
}

impl PostgresEngine {
    /// Opens a database, and makes its tables if the mode says so and nothing is in it.
    pub(super) async fn open(address: PgConnectOptions, mode: OpenMode) -> Result<Self, StoreError> {
        let place = address::shown(&address);
        let mut connection = connect(&address).await?;
        match schema::look(&mut connection, &place).await {
            Ok(Found::Ours) => {}
            Ok(Found::Empty) if mode.create => schema::prepare(&mut connection).await?,
            Ok(Found::Empty) => return Err(StoreError::Missing { place }),
            Err(StoreError::Older { .. }) if mode.create && schema::is_unfinished(&mut connection).await? => {
                schema::prepare(&mut connection).await?;
            }
            Err(error) => return Err(error),
        }
        let tells = connection.execute(CAN_TELL).await.is_ok();
        connection.close().await.map_err(explain)?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, rest| {
                Box::pin(async move { Ok(rest.idle_for < RESTS || connection.ping().await.is_ok()) })
            })
            .after_connect(|connection, _| Box::pin(async move { connection.execute(SETTINGS).await.map(drop) }))
            .connect_lazy_with(address.clone());
        Ok(Self { address, pool, read_only: mode.read_only, tells })
    }

    /// Brings the schema of a database up to this program's.
    pub(super) async fn migrate(address: &PgConnectOptions) -> Result<(), StoreError> {
        let mut connection = connect(address).await?;
        match schema::look(&mut connection, &address::shown(address)).await {
            Ok(Found::Empty) => return Err(StoreError::Missing { place: address::shown(address) }),
            Ok(Found::Ours) => {}
            Err(StoreError::Older { .. }) => schema::prepare(&mut connection).await?,
            Err(error) => return Err(error),
        }
        connection.close().await.map_err(explain)
    }

    /// Begins a transaction; a pool that hands out nothing says whether others use it or the server is silent.
    async fn begin(&self, how: &'static str) -> Result<PostgresSession, StoreError> {
        let mut others = CONNECTIONS;
        loop {
            let error = match self.pool.begin_with(how).await {
                Ok(transaction) => return Ok(PostgresSession::new(transaction)),
                Err(error) => error,
            };
            let waited = matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed);
            if waited && !self.pool.is_closed() && self.pool.size() == CONNECTIONS && self.pool.num_idle() == 0 {
                return Err(StoreError::Busy);
            }
            match explain(error) {
                // It broke while it rested: nothing was begun on it, so another is as good.
                StoreError::Unavailable(_) if !waited && others > 0 => others -= 1,
                error => return Err(error),
            }
        }
    }

    /// Begins a transaction that writes, when its turn has come.
    async fn begin_turn(&self) -> Result<PostgresSession, StoreError> {
        if self.read_only {
            return Err(StoreError::ReadOnly);
        }
        let mut session = self.begin(WRITE).await?;
        let taken = if self.tells {
            session.execute(TURN_AND_TELL, vec![CHANNEL.into()]).await
        } else {
            session.execute(TURN, Vec::new()).await
        };
        match taken {
            Ok(1) => Ok(session),
            Ok(_) => Err(StoreError::Corrupt("the row of the table turn is missing".to_owned())),
            // The role may not write here, whatever it is granted elsewhere.
            Err(StoreError::Denied(_)) => Err(StoreError::ReadOnly),
            Err(error) => Err(error),
        }
    }
}

/// Connects to a database that is another program's, and says where it is.
pub async fn visit(url: &str) -> Result<(PgConnection, String), StoreError> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(StoreError::Location { reason: "it is written postgres://USER@HOST/NAME" });
    }
    let address = address::read(url)?;
    Ok((connect(&address).await?, address::shown(&address)))
}

/// Makes one connection, which tells what is wrong at once: a pool would try again and again.
async fn connect(address: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let unreachable = |reason: &str| StoreError::Unavailable(format!("{}: {reason}", address::shown(address)));
    match timeout(PATIENCE, PgConnection::connect_with(address)).await {
        Err(_) => Err(unreachable("it does not answer")),
        Ok(Err(error)) => Err(match explain(error) {
            StoreError::Unavailable(reason) => unreachable(&reason),
            other => other,
        }),
        Ok(Ok(connection)) => Ok(connection),
    }
}

impl Engine for PostgresEngine {
    fn read(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move { Ok(Box::new(self.begin(READ).await?) as Box<dyn Session>) })
    }

    fn write(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move { Ok(Box::new(self.begin_turn().await?) as Box<dyn Session>) })
    }

    fn listen(&self, every: Duration) -> Answer<'_, Box<dyn Listener>> {
        Box::pin(async move {
            let listener = PostgresListener::begin(self.address.clone(), every).await?;
            Ok(Box::new(listener) as Box<dyn Listener>)
        })
    }

    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move { copy::into_file(&mut self.begin(READ).await?, file).await })
    }

    fn refill(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move {
            let session = self.begin_turn().await?;
            Ok(Box::new(refill::Refill::begin(session).await?) as Box<dyn Session>)
        })
    }

    fn inspect(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let mut connection = self.pool.acquire().await.map_err(explain)?;
            schema::missing_guards(&mut connection).await
        })
    }

    fn server(&self) -> Answer<'_, Option<ServerState>> {
        Box::pin(async move {
            let mut connection = self.pool.acquire().await.map_err(explain)?;
            let (version, now): (String, i64) =
                sqlx::query_as(VERSION).fetch_one(&mut *connection).await.map_err(explain)?;
            // Engines that speak the protocol need not have this view.
            let encrypted: Option<Option<bool>> =
                sqlx::query_scalar(ENCRYPTED).fetch_optional(&mut *connection).await.unwrap_or_default();
            let now = Timestamp::from_microsecond(now).map_err(|error| StoreError::Engine(error.to_string()))?;
            let is_remote = !address::is_here(&self.address);
            Ok(Some(ServerState { version, encrypted: encrypted.flatten(), is_remote, tells: self.tells, now }))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }
}
