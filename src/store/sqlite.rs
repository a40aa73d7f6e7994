//! SQLite: how a file is opened, locked, watched and copied.
//!
//! One connection writes, begun with `BEGIN IMMEDIATE`, so that writers queue instead of failing halfway; others read
//! snapshots beside it (WAL). Source of the pragmas: <https://www.sqlite.org/pragma.html>.

mod counter;
mod error;
mod inspect;
mod place;
mod places;
mod refill;
mod row;
mod sweep;

use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use futures_util::{TryStreamExt, future::BoxFuture};
use rustix::fs::FlockOperation;
use sqlx::{
    Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::{
    counter::Counter,
    error::{explain, explain_sweep},
    place::FilePlace,
    row::arguments,
    sweep::{Sweep, connect},
};
use super::{
    OpenMode,
    engine::{Answer, EachRow, Engine, Listener, ServerState, Session, Value},
    error::StoreError,
};

/// The schema, in steps that are never edited once released.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Stands in the header of our files, so that no other program's database is taken for one: "kydk".
const APPLICATION_ID: i64 = 0x6b79_646b;

/// How long a statement waits for another process's lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many may read at once in one process, at the most.
const READERS: usize = 4;

/// Pages kept in memory by a connection that reads, as SQLite writes it: 2 MiB. The system keeps the file's pages, too.
const READ_KIB: &str = "-2048";

/// And by one that writes: 64 MiB. Pages that a large change set touches again and again would otherwise be spilled and
/// read back each time.
const WRITE_KIB: &str = "-65536";

/// Rows that are read ahead while the former are decoded.
const ROWS_AHEAD: usize = 256;

/// An opened SQLite file.
pub(super) struct SqliteEngine {
    /// How a connection is opened that reads.
    reading: SqliteConnectOptions,
    readers: SqlitePool,
    /// Absent if the database was opened for reading.
    writer: Option<SqlitePool>,
    /// Where the file is that was opened; nowhere for one that nobody else knows of.
    place: Option<FilePlace>,
}

impl SqliteEngine {
    /// Makes sure that the file is still there: a connection would go on in one that was removed.
    fn is_there(&self) -> Result<(), StoreError> {
        self.place.as_ref().map_or(Ok(()), FilePlace::check)
    }
}

impl SqliteEngine {
    /// Opens a file, and makes it if the mode says so and it is not there.
    pub(super) async fn open(path: &Path, mode: OpenMode) -> Result<Self, StoreError> {
        let is_new = mode.create && make_file(path)?;
        if !is_new && !has_content(path) {
            return Err(StoreError::Missing { place: path.display().to_string() });
        }
        let options = options(path, mode.read_only);
        if is_new {
            make(path, &options).await?;
        }
        let looking = match check(path) {
            // Making it was interrupted.
            Err(StoreError::Older { .. }) if mode.create && is_unfinished(path)? => {
                make(path, &options).await?;
                None
            }
            checked => Some(checked?),
        };
        let reading = self::options(path, true);
        let readers = pool(readers()).connect_lazy_with(reading.clone());
        // Whoever opens a file that nobody else has open reads its whole log: so the first looks until the next is there.
        drop(readers.acquire().await.map_err(explain)?);
        drop(looking);
        let writer = (!mode.read_only).then(|| pool(1).connect_lazy_with(options));
        Ok(Self { reading, readers, writer, place: Some(FilePlace::of(path)?) })
    }

    /// Makes the tables in an empty file that nobody else knows of, and that is thrown away if anything goes wrong: so
    /// it needs no log.
    pub(super) async fn draft(path: &Path) -> Result<Self, StoreError> {
        let reading = self::options(path, true);
        let options = reading
            .clone()
            .read_only(false)
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .pragma("application_id", APPLICATION_ID.to_string());
        prepare(&options).await?;
        let readers = pool(1).connect_lazy_with(reading.clone());
        Ok(Self { reading, readers, writer: Some(pool(1).connect_lazy_with(options)), place: None })
    }

    /// Empties a file again that never became a database, because there was no space for what identifies it.
    pub(super) fn unmake(path: &Path) -> Result<(), StoreError> {
        let file = turn(path)?;
        if is_unfinished(path)? { clear(path, &file) } else { Ok(()) }
    }

    /// Brings the schema of a file up to this program's.
    pub(super) async fn migrate(path: &Path) -> Result<(), StoreError> {
        match check(path) {
            Err(StoreError::Older { .. }) => prepare(&options(path, false)).await,
            other => other.map(drop),
        }
    }
}

/// Makes an empty file that nobody else can read; says whether there was none.
fn make_file(path: &Path) -> Result<bool, StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(!has_content(path)),
        Err(error) => Err(unavailable(path, &error)),
    }
}

/// Says whether there is a file with something in it; an empty one is what a kill between making and filling it leaves.
fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

/// Connections to a file don't go stale, so nobody asks them how they are.
fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None).test_before_acquire(false)
}

/// Returns how many may read at once: one for each thread that could do something with the rows, as each connection has
/// a thread of its own.
fn readers() -> u32 {
    let threads = tokio::runtime::Handle::current().metrics().num_workers();
    u32::try_from(threads.clamp(1, READERS)).unwrap_or(1)
}

fn options(path: &Path, read_only: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(read_only)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .row_buffer_size(ROWS_AHEAD)
        .statement_cache_capacity(256)
        .pragma("cache_size", if read_only { READ_KIB } else { WRITE_KIB })
        .pragma("secure_delete", "1")
        .pragma("trusted_schema", "0");
    if read_only {
        options
    } else {
        // FULL: a revision that was reported as applied survives a power cut.
        options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
    }
}

/// Makes the database in an empty file, or goes on where a kill interrupted that; others wait for their turn, and find
/// it made.
///
/// The turn ends with the process at the latest. It is given back when no connection is open any more: closing any
/// handle of a file gives up the locks that SQLite holds on it.
async fn make(path: &Path, options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let file = turn(path)?;
    let is_empty = file.metadata().map_err(|error| unavailable(path, &error))?.len() == 0;
    let found = if is_empty { 0 } else { schema(path, &connect(path, PATIENCE)?)? };
    let made = async {
        if found == 0 {
            mark(path).await?;
        }
        prepare(options).await
    };
    let made = made.await;
    if is_empty && matches!(made, Err(StoreError::Full)) {
        clear(path, &file)?;
    }
    made
}

/// Waits for the turn to make a file; it ends when the file is closed.
fn turn(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| unavailable(path, &error))?;
    rustix::fs::flock(&file, FlockOperation::LockExclusive).map_err(|error| unavailable(path, &error.into()))?;
    Ok(file)
}

/// Empties a file that never became a database, and removes its log, which may have taken the last of the disk.
fn clear(path: &Path, file: &File) -> Result<(), StoreError> {
    file.set_len(0).map_err(|error| unavailable(path, &error))?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        let beside = Path::new(&beside);
        match std::fs::remove_file(beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unavailable(beside, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn unavailable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// Says whether a file with an older schema never became a database: one that did has an identity.
fn is_unfinished(path: &Path) -> Result<bool, StoreError> {
    match ask(&connect(path, PATIENCE)?, "SELECT count(*) FROM database") {
        Ok(identities) => Ok(identities == 0),
        // There is no such table yet.
        Err(StoreError::Engine(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Reads one number.
fn ask(connection: &rusqlite::Connection, sql: &str) -> Result<i64, StoreError> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(explain_sweep)
}

/// Marks a file as ours and makes its log a write-ahead log, in two writes of one page.
///
/// There is no journal, which the next to open it for reading could not roll back: a kill leaves the file empty, or
/// ours. Nothing is in it that could be lost.
async fn mark(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(PATIENCE)
        .journal_mode(SqliteJournalMode::Off)
        .pragma("application_id", APPLICATION_ID.to_string());
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(explain)?;
    let switched = sqlx::query("PRAGMA journal_mode = WAL").execute(&mut connection).await.map_err(explain);
    connection.close().await.map_err(explain)?;
    switched.map(drop)
}

/// Runs the migrations that a file lacks, each in a transaction of its own.
async fn prepare(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = SqliteConnection::connect_with(options).await.map_err(explain)?;
    let outcome = MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(error::explain_migration);
    connection.close().await.map_err(explain)?;
    outcome
}

/// Refuses files of other programs, and schemas that are not this program's; returns the connection that looked.
fn check(path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let connection = connect(path, PATIENCE)?;
    let found = schema(path, &connection)?;
    let known = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0);
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(StoreError::Older { found, known }),
        std::cmp::Ordering::Equal => Ok(connection),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

/// Returns the schema of a file of ours, and refuses those of other programs.
///
/// Reads only: a file that turns out to be another program's must not even change its journal mode.
fn schema(path: &Path, connection: &rusqlite::Connection) -> Result<i64, StoreError> {
    match ask(connection, "PRAGMA application_id") {
        Ok(APPLICATION_ID) => {}
        Ok(_) | Err(StoreError::Corrupt(_)) => return Err(StoreError::Foreign { place: path.display().to_string() }),
        // Nothing was to be written yet: what can't be made is the index of the log, which reading needs as well.
        Err(StoreError::ReadOnly) => {
            let folder = path.parent().unwrap_or(path).display();
            let reason = format!("its log needs a place beside it, and the folder {folder} can't be written");
            return Err(StoreError::Unavailable(reason));
        }
        Err(error) => return Err(error),
    }
    match ask(connection, "SELECT coalesce(max(version), 0) FROM _sqlx_migrations") {
        // Killed before the first migration: there is no table of them yet.
        Err(StoreError::Engine(_)) => Ok(0),
        found => found,
    }
}

impl Engine for SqliteEngine {
    fn read(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move {
            self.is_there()?;
            let transaction = self.readers.begin().await.map_err(explain)?;
            Ok(Box::new(SqliteSession(transaction)) as Box<dyn Session>)
        })
    }

    fn sweep(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move {
            self.is_there()?;
            Ok(Box::new(Sweep::begin(self.reading.get_filename())?) as Box<dyn Session>)
        })
    }

    fn write(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move {
            let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
            self.is_there()?;
            let transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(explain)?;
            Ok(Box::new(SqliteSession(transaction)) as Box<dyn Session>)
        })
    }

    fn listen(&self, every: Duration) -> Answer<'_, Box<dyn Listener>> {
        Box::pin(async move {
            let listener = Counter::begin(self.reading.get_filename(), self.place.clone(), every)?;
            Ok(Box::new(listener) as Box<dyn Listener>)
        })
    }

    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let target = file.to_str().ok_or(StoreError::Location { reason: "the path is not UTF-8" })?;
            let mut connection = self.readers.acquire().await.map_err(explain)?;
            sqlx::query("VACUUM INTO $1").bind(target).execute(&mut *connection).await.map_err(explain)?;
            Ok(())
        })
    }

    fn refill(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async move {
            let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
            let transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(explain)?;
            Ok(Box::new(refill::Refill::begin(transaction).await?) as Box<dyn Session>)
        })
    }

    fn inspect(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move { inspect::faults(&mut self.readers.acquire().await.map_err(explain)?).await })
    }

    fn server(&self) -> Answer<'_, Option<ServerState>> {
        Box::pin(async { Ok(None) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.readers.close().await;
            if let Some(writer) = &self.writer {
                writer.close().await;
            }
        })
    }
}

struct SqliteSession(Transaction<'static, Sqlite>);

impl Session for SqliteSession {
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64> {
        Box::pin(async move {
            let sql = places::unnumbered(sql, values.len());
            let query = sqlx::query_with(sql, arguments(values)?);
            Ok(query.execute(&mut *self.0).await.map_err(explain)?.rows_affected())
        })
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut rows = sqlx::query_with(sql, arguments(values)?).fetch(&mut *self.0);
            while let Some(row) = rows.try_next().await.map_err(explain)? {
                each(&row)?;
            }
            Ok(())
        })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move { self.0.commit().await.map_err(explain) })
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        Box::pin(async move {
            use sqlx::{Executor, SqlSafeStr};
            (&mut *self.0).prepare(sql.into_sql_str()).await.map(drop).map_err(explain)
        })
    }
}
