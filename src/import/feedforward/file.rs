//! The file: a private copy of it with its write-ahead log, opened as a stranger's and gone from the disk at once.
//!
//! `SQLite` writes an index beside a database with a log even to read it, and a live file must not be touched. So the
//! files are copied, the copy is opened with its locks and index in memory, and its folder is removed while it is open.

use std::{
    fs::{self, DirBuilder, File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteLockingMode},
};
use uuid::Uuid;

use super::{FeedForwardError, shown};
use crate::domain::name::printable;

/// The largest file that is copied, in bytes.
const LARGEST: u64 = 4 << 30;

/// How often copying is tried while somebody writes.
const TRIES: usize = 5;

/// How every database of `SQLite` begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What stands beside a database: the write-ahead log, and the journal of a transaction that was cut short.
const BESIDE: [&str; 2] = ["-wal", "-journal"];

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed here could not be removed by anybody else either.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("keydeck-{}", Uuid::now_v7().simple()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

/// Opens a copy of the database at `path`, as it stands together with its log.
pub(super) async fn open(path: &Path) -> Result<SqliteConnection, FeedForwardError> {
    let (folder, copy) = copied(path)?;
    let options = SqliteConnectOptions::new()
        .filename(copy)
        .create_if_missing(false)
        .foreign_keys(false)
        .locking_mode(SqliteLockingMode::Exclusive)
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON");
    let damaged = |error: &sqlx::Error| damaged(path, error);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(|error| damaged(&error))?;
    // The first question reads the log; then nothing is left to be found by its name.
    let looked = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await;
    drop(folder);
    looked.map_err(|error| damaged(&error))?;
    let found: Result<String, _> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
    match found {
        Ok(found) if found == "ok" => Ok(connection),
        Ok(problem) => {
            Err(FeedForwardError::Damaged { file: shown(path), problem: printable(problem.trim()).into_owned() })
        }
        Err(error) => Err(damaged(&error)),
    }
}

/// Says what `SQLite` found wrong.
pub(super) fn damaged(path: &Path, error: &sqlx::Error) -> FeedForwardError {
    let problem = match error {
        sqlx::Error::Database(error) => printable(error.message()).into_owned(),
        other => printable(&other.to_string()).into_owned(),
    };
    FeedForwardError::Damaged { file: shown(path), problem }
}

/// Copies the database and what stands beside it while nobody changes either.
fn copied(path: &Path) -> Result<(Folder, PathBuf), FeedForwardError> {
    let unread = |error| FeedForwardError::Read { file: shown(path), error };
    for _ in 0..TRIES {
        let before = state(path).map_err(unread)?;
        if before.iter().flatten().map(|(length, ..)| length).sum::<u64>() > LARGEST {
            return Err(FeedForwardError::TooLarge { file: shown(path) });
        }
        let folder = Folder::new().map_err(unread)?;
        let copy = folder.0.join("copy.db");
        let begins = copy_file(path, &copy).map_err(unread)?;
        if begins != *MAGIC {
            return Err(FeedForwardError::NotSqlite { file: shown(path) });
        }
        for end in BESIDE {
            match copy_file(&beside(path, end), &beside(&copy, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unread(error)),
                _ => {}
            }
        }
        if state(path).map_err(unread)? == before {
            return Ok((folder, copy));
        }
    }
    Err(FeedForwardError::Busy { file: shown(path) })
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Copies a regular file to a new one of ours, and returns how it begins.
fn copy_file(from: &Path, to: &Path) -> io::Result<[u8; 16]> {
    if !fs::metadata(from)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut source = File::open(from)?.take(LARGEST + 1);
    let mut target = File::options().write(true).create_new(true).mode(0o600).open(to)?;
    let mut begins = Vec::new();
    source.by_ref().take(16).read_to_end(&mut begins)?;
    target.write_all(&begins)?;
    io::copy(&mut source, &mut target)?;
    Ok(begins.try_into().unwrap_or_default())
}

/// What tells that a file was written: its length, its number and its times. `None` for one that is not there.
type State = Option<(u64, u64, i64, i64)>;

fn state(path: &Path) -> io::Result<[State; 3]> {
    let of = |it: Metadata| (it.len(), it.ino(), it.mtime(), it.mtime_nsec());
    let beside = |end| fs::metadata(beside(path, end)).ok().map(of);
    Ok([Some(of(fs::metadata(path)?)), beside(BESIDE[0]), beside(BESIDE[1])])
}
