//! Backups: a copy of the whole database in one file, whatever the engine; and bringing one back.
//!
//! A backup is a SQLite file of our own schema. It appears under its name when it was written, looked through and on
//! disk, never before. Bringing it back is one step, too: a new file gets its name, or one transaction exchanges
//! everything that a database holds.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    OpenMode, Store,
    audit::{self, AuditEntry, AuditHead, Fault},
    copy,
    engine::Session,
    error::StoreError,
    query,
};
use crate::disk::Draft;

pub(super) const PEOPLE: &str = "SELECT people FROM database WHERE one = 1";
pub(super) const SET_PEOPLE: &str = "UPDATE database SET people = $1 WHERE one = 1";

/// What SQLite leaves beside a file while it is open, or after a kill.
const BESIDE: [&str; 3] = ["-wal", "-journal", "-shm"];

const READ: OpenMode = OpenMode { create: false, read_only: true };
const WRITE: OpenMode = OpenMode { create: false, read_only: false };

/// How the copy of a database turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The end of its audit chain: which state it is.
    pub head: AuditHead,
    /// What is wrong with that chain, as it is in the database itself.
    pub faults: Vec<Fault>,
}

impl Store {
    /// Writes a consistent copy into a new file that its owner alone can read, while others go on working.
    ///
    /// The file appears when the copy was looked through; one that is there is never overwritten.
    pub async fn backup_to(&self, file: &Path) -> Result<Written, StoreError> {
        let part = Part::begin(Draft::begin, file)?;
        self.engine.copy_to(&part.path).await?;
        let copy = Self::open(&location(&part.path)?, READ).await?;
        let looked = copy.look_through().await;
        copy.close().await;
        let written = looked?;
        // A fault of the original is copied, and told; one that is the copy's alone must not be.
        if !written.faults.is_empty() && self.verify_audit(None).await?.faults.is_empty() {
            return Err(StoreError::Corrupt(
                "the copy's audit chain is broken, and the original's is whole".to_owned(),
            ));
        }
        part.finish()?;
        Ok(written)
    }

    /// Looks for damage in the file, in references, tables and triggers: a sentence for each.
    pub async fn inspect(&self) -> Result<Vec<String>, StoreError> {
        self.engine.inspect().await
    }

    /// Fails if anything is damaged, and tells what is wrong with the audit chain.
    async fn look_through(&self) -> Result<Written, StoreError> {
        let damage = self.inspect().await?;
        if !damage.is_empty() {
            return Err(StoreError::Corrupt(damage.join("; ")));
        }
        let report = self.verify_audit(None).await?;
        Ok(Written { head: report.head, faults: report.faults })
    }

    /// Says whether nothing was ever written into it.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let is_untouched = self.audit_head().await?.sequence == 0;
        Ok(is_untouched && self.workspaces().await?.is_empty())
    }
}

/// A backup that was looked through: a private copy of its file, brought up to date.
#[derive(Debug)]
pub struct Backup {
    // Closed before the part is: closing any handle of a file gives up the locks that SQLite holds on it.
    store: Store,
    part: Part,
    written: Written,
}

/// The draft of a database, with what SQLite leaves beside it. Dropped unfinished, all of it is gone.
#[derive(Debug)]
struct Part {
    draft: Option<Draft>,
    place: PathBuf,
    path: PathBuf,
}

impl Part {
    /// Begins a draft, without what SQLite may have left beside an earlier one.
    fn begin(begin: impl Fn(&Path) -> io::Result<Draft>, place: &Path) -> Result<Self, StoreError> {
        let draft = begin(place).map_err(|error| of_file(place, &error))?;
        let (place, path) = (place.to_owned(), draft.path().to_owned());
        clear_beside(&path).map_err(|error| of_file(&path, &error))?;
        Ok(Self { draft: Some(draft), place, path })
    }

    /// Gives the file its name. Nobody has it open.
    fn finish(mut self) -> Result<(), StoreError> {
        if let Some(left) = beside(&self.path) {
            return Err(StoreError::Unavailable(format!("{} is still in use", left.display())));
        }
        // What a database that is gone left behind must not be taken for this one's.
        clear_beside(&self.place).map_err(|error| of_file(&self.place, &error))?;
        let finished = self.draft.take().map_or(Ok(()), Draft::finish);
        finished.map_err(|error| of_file(&self.place, &error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.draft.is_some() {
            let _ = clear_beside(&self.path);
        }
    }
}

impl Backup {
    /// Looks through the backup `file`, on a copy beside `place`; the file itself stays as it is.
    ///
    /// One of a newer program is refused, like whatever is no backup, or damaged; one of an older program is migrated on
    /// the copy.
    pub async fn open(file: &Path, place: &Path) -> Result<Self, StoreError> {
        let mut part = Part::begin(Draft::beside, place)?;
        take_over(file, &mut part)?;
        let location = location(&part.path)?;
        let opened = match Store::open(&location, READ).await {
            Err(StoreError::Older { .. }) => {
                Store::migrate(&location).await?;
                Store::open(&location, READ).await
            }
            opened => opened,
        };
        // What is wrong is wrong with the file, not with the copy that nobody knows of.
        let store = opened.map_err(|error| match error {
            StoreError::Foreign { .. } => StoreError::Foreign { place: file.display().to_string() },
            other => other,
        })?;
        match store.look_through().await {
            Ok(written) => Ok(Self { store, part, written }),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Returns which state it holds.
    pub const fn written(&self) -> &Written {
        &self.written
    }

    /// Returns the database that it is a copy of.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Makes it the database at the place beside which it was opened, where none is yet; `entry` tells of it there.
    pub async fn restore_as_new(self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.store.close().await;
        let store = Store::open(&location(&self.part.path)?, WRITE).await?;
        let mut session = store.engine.write().await?;
        let people = people(&mut *session).await?;
        finish(session, people, entry).await?;
        store.close().await;
        self.part.finish()
    }

    /// Puts it in the place of everything that another database holds, in one transaction; `entry` tells of it there.
    ///
    /// The other is to be opened anew afterwards: it has another identity.
    pub async fn replace(self, target: &Store, entry: &AuditEntry) -> Result<(), StoreError> {
        let done = self.exchange(target, entry).await;
        self.store.close().await;
        done
    }

    async fn exchange(&self, target: &Store, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut from = self.store.engine.read().await?;
        let mut to = target.engine.refill().await?;
        let before = people(&mut *to).await?;
        copy::empty(&mut *to).await?;
        copy::everything(&mut *from, &mut *to).await?;
        let people = people(&mut *to).await?.max(before);
        finish(to, people, entry).await
    }
}

async fn people(session: &mut dyn Session) -> Result<u64, StoreError> {
    query::one(session, PEOPLE, Vec::new(), query::count).await
}

/// Writes the last row of a restored database and commits.
///
/// The number of the operators is one that no snapshot of before has, so that whoever looks on loads everything anew:
/// revisions may have gone back.
async fn finish(mut session: Box<dyn Session>, people: u64, entry: &AuditEntry) -> Result<(), StoreError> {
    session.execute(SET_PEOPLE, vec![(people + 1).into()]).await?;
    audit::append(&mut *session, std::slice::from_ref(entry)).await?;
    session.commit().await
}

/// Copies a file into the draft as it is; one that a program has open is refused, since its log is a part of it.
fn take_over(file: &Path, part: &mut Part) -> Result<(), StoreError> {
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::NoBackup { place: file.display().to_string() },
        _ => of_file(file, error),
    };
    let mut opened = File::open(file).map_err(|error| failed(&error))?;
    if !opened.metadata().map_err(|error| failed(&error))?.is_file() {
        return Err(StoreError::Foreign { place: file.display().to_string() });
    }
    if beside(file).is_some() {
        return Err(StoreError::InUse { place: file.display().to_string() });
    }
    let draft = part.draft.as_mut().map_or(Ok(0), |draft| io::copy(&mut opened, draft.file()));
    draft.map(drop).map_err(|error| of_file(&part.path, &error))
}

fn named(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Returns a log beside a file that something is written in.
fn beside(file: &Path) -> Option<PathBuf> {
    let logs = BESIDE.into_iter().take(2).map(|end| named(file, end));
    logs.into_iter().find(|log| log.metadata().is_ok_and(|log| log.len() > 0))
}

fn clear_beside(file: &Path) -> io::Result<()> {
    BESIDE.into_iter().try_for_each(|end| match fs::remove_file(named(file, end)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    })
}

fn location(path: &Path) -> Result<String, StoreError> {
    let path = path.to_str().ok_or(StoreError::Location { reason: "the path is not UTF-8" })?;
    Ok(format!("sqlite:{path}"))
}

/// Says what an error of a file means for the operator.
fn of_file(file: &Path, error: &io::Error) -> StoreError {
    let place = file.display().to_string();
    match error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { place },
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => StoreError::Full,
        io::ErrorKind::ResourceBusy => StoreError::File { place, reason: "somebody else is writing it".to_owned() },
        _ => StoreError::File { place, reason: error.to_string() },
    }
}
