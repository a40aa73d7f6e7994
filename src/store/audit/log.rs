//! Appending to the chain, and reading it.

use std::sync::LazyLock;

use super::{AuditEntry, AuditHead, AuditRow, AuditSeal};
use crate::domain::{
    Text, Timestamp,
    id::Id,
    people::{Operator, Workspace},
};
use crate::store::{
    Store,
    attempt::attempt,
    codec::{Reader, Writer},
    engine::{Session, Value},
    error::StoreError,
    query,
    table::BySize,
};

/// Locks the head until the transaction ends: on PostgreSQL by the update, on SQLite the writer is alone anyway.
const LOCK: &str = "UPDATE audit_head SET sequence = sequence WHERE one = 1 RETURNING sequence, at, hash";
const HEAD: &str = "SELECT sequence, at, hash FROM audit_head WHERE one = 1";
const MOVE: &str = "UPDATE audit_head SET sequence = $1, at = $2, hash = $3 WHERE one = 1";
const LIST: &str = "SELECT sequence, at, workspace, operator, login, proof, source, action, subject, outcome, \
     revision, details, previous, hash FROM audit \
     WHERE (workspace = $1 OR $1 IS NULL OR workspace IS NULL) \
     AND (operator = $2 OR login = $3 OR ($2 IS NULL AND $3 IS NULL)) AND (action = $4 OR $4 IS NULL) \
     AND (subject = $5 OR $5 IS NULL) AND (outcome = $6 OR $6 IS NULL) AND (at >= $7 OR $7 IS NULL) \
     AND (at < $8 OR $8 IS NULL) AND sequence < $9 ORDER BY sequence DESC LIMIT $10";
pub(super) const FROM: &str = "SELECT sequence, at, workspace, operator, login, proof, source, action, subject, \
     outcome, revision, details, previous, hash FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";
const OF_REVISIONS: &str = "SELECT sequence, at, workspace, operator, login, proof, source, action, subject, outcome, \
     revision, details, previous, hash FROM audit WHERE workspace = $1 AND revision >= $2 AND revision <= $3 \
     ORDER BY sequence";
const SEAL: &str = "INSERT INTO audit_seals (sequence, hash, key_id, mac, at) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (sequence, key_id) DO NOTHING";
const SEALS: &str = "SELECT sequence, hash, key_id, mac, at FROM audit_seals ORDER BY sequence, key_id";
const LAST_SEAL: &str = "SELECT sequence, hash, key_id, mac, at FROM audit_seals WHERE key_id = $1 \
     ORDER BY sequence DESC LIMIT 1";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 9] = [LOCK, HEAD, MOVE, LIST, FROM, OF_REVISIONS, SEAL, SEALS, LAST_SEAL];

/// How many seconds a deed may be older than the newest row because it waited for its turn to write. Both engines give up
/// waiting after five.
const WAITED: i64 = 10;

/// The detail of a row that was written under a clock behind that of a row before: by how many seconds.
const CLOCK_BEHIND: &str = "clock_behind";

const COLUMNS: &[&str] = &[
    "sequence",
    "at",
    "workspace",
    "operator",
    "login",
    "proof",
    "source",
    "action",
    "subject",
    "outcome",
    "revision",
    "details",
    "previous",
    "hash",
];

/// Which rows of the audit to read, newest first. What is absent does not restrict.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those of one workspace, and those of the database as a whole.
    pub workspace: Option<Id<Workspace>>,
    /// Those of one operator.
    pub operator: Option<Id<Operator>>,
    /// Those of one login; with an operator, too, those of either.
    pub login: Option<Text>,
    /// Those of one action.
    pub action: Option<Text>,
    /// Those about one thing.
    pub subject: Option<Text>,
    /// Those that went one way.
    pub outcome: Option<Text>,
    /// Those from this instant on.
    pub from: Option<Timestamp>,
    /// Those before this instant.
    pub until: Option<Timestamp>,
    /// Those before this row: how the next page is asked for.
    pub before: Option<u64>,
}

impl Store {
    /// Appends deeds that change no configuration, in a transaction of their own, and returns the new end of the chain.
    ///
    /// An effect outside the database writes its intent first and its outcome afterwards.
    pub async fn append_audit(&self, entries: &[AuditEntry]) -> Result<AuditHead, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let head = append(&mut *session, entries).await?;
            session.commit().await?;
            Ok(head)
        })
        .await
    }

    /// Returns the end of the chain.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        query::one(&mut *self.engine.read().await?, HEAD, Vec::new(), read_head).await
    }

    /// Reads at most `limit` rows, newest first.
    pub async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let mut values = Writer::default();
        values.maybe_id(filter.workspace).maybe_id(filter.operator).maybe_text(filter.login.as_ref());
        values.maybe_text(filter.action.as_ref()).maybe_text(filter.subject.as_ref());
        values.maybe_text(filter.outcome.as_ref()).maybe_time(filter.from).maybe_time(filter.until);
        values.count(filter.before.unwrap_or(u64::MAX)).count(limit);
        query::all(&mut *self.engine.read().await?, LIST, values.0, read_row).await
    }

    /// Reads the rows that made some revisions of a workspace, oldest first.
    pub async fn audit_of_revisions(
        &self,
        workspace: Id<Workspace>,
        first: u64,
        last: u64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let values = vec![workspace.into(), first.into(), last.into()];
        query::all(&mut *self.engine.read().await?, OF_REVISIONS, values, read_row).await
    }

    /// Keeps a seal; one that the same key made of the same row already is enough. Sealing is the business of whoever holds the key, after verifying from the last seal.
    pub async fn add_audit_seal(&self, seal: &AuditSeal) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let values: Vec<Value> = vec![
                seal.sequence.into(),
                seal.hash.as_slice().into(),
                seal.key_id.into(),
                seal.mac.as_slice().into(),
                seal.at.into(),
            ];
            session.execute(SEAL, values).await?;
            session.commit().await
        })
        .await
    }

    /// Returns the last seal that a key made.
    pub async fn last_audit_seal(&self, key_id: uuid::Uuid) -> Result<Option<AuditSeal>, StoreError> {
        query::maybe_one(&mut *self.engine.read().await?, LAST_SEAL, vec![key_id.into()], read_seal).await
    }

    /// Returns every seal, oldest first.
    pub async fn audit_seals(&self) -> Result<Vec<AuditSeal>, StoreError> {
        seals(&mut *self.engine.read().await?).await
    }
}

/// Locks the end of the chain until the transaction ends, and returns it.
pub(in crate::store) async fn lock(session: &mut dyn Session) -> Result<AuditHead, StoreError> {
    query::one(session, LOCK, Vec::new(), read_head).await.map_err(StoreError::unaudited)
}

/// Appends deeds within a transaction that does more, and returns the new end of the chain.
pub(in crate::store) async fn append(
    session: &mut dyn Session,
    entries: &[AuditEntry],
) -> Result<AuditHead, StoreError> {
    static INSERT: LazyLock<BySize> = LazyLock::new(|| BySize::insertion("audit", false, COLUMNS));
    // Whoever writes has the turn, so nobody else appends until the transaction ends.
    let mut head = head(session).await?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let row = AuditRow::new(head.sequence + 1, with_clock(entry, head.at), head.hash);
        head = AuditHead { sequence: row.sequence, at: head.at.max(row.entry.at), hash: row.hash };
        rows.push(write_row(&row));
    }
    query::write_rows(session, &INSERT, rows.into_iter()).await.map_err(StoreError::unaudited)?;
    let values = vec![head.sequence.into(), head.at.into(), head.hash.as_slice().into()];
    session.execute(MOVE, values).await.map_err(StoreError::unaudited)?;
    Ok(head)
}

/// Returns a deed as it is written: of the newest row's time if it only waited for its turn, else with a note of how far
/// the clock is behind that.
fn with_clock(entry: &AuditEntry, newest: Timestamp) -> AuditEntry {
    let mut entry = entry.clone();
    let behind = newest.as_second() - entry.at.as_second();
    if behind > WAITED {
        entry.details.insert(CLOCK_BEHIND.to_owned(), behind.into());
    } else {
        entry.at = entry.at.max(newest);
    }
    entry
}

/// Reads every seal, oldest first.
pub(super) async fn seals(session: &mut dyn Session) -> Result<Vec<AuditSeal>, StoreError> {
    query::all(session, SEALS, Vec::new(), read_seal).await
}

fn read_seal(row: &mut Reader<'_>) -> Result<AuditSeal, StoreError> {
    Ok(AuditSeal {
        sequence: row.count()?,
        hash: row.bytes()?,
        key_id: row.id::<()>()?.uuid(),
        mac: row.blob()?,
        at: row.time()?,
    })
}

/// Reads the end of the chain.
pub(super) async fn head(session: &mut dyn Session) -> Result<AuditHead, StoreError> {
    query::one(session, HEAD, Vec::new(), read_head).await
}

fn read_head(row: &mut Reader<'_>) -> Result<AuditHead, StoreError> {
    Ok(AuditHead { sequence: row.count()?, at: row.time()?, hash: row.bytes()? })
}

fn write_row(row: &AuditRow) -> Vec<Value> {
    let entry = &row.entry;
    let mut values = Writer::default();
    values.count(row.sequence).put(entry.at.into()).maybe_id(entry.workspace).maybe_id(entry.operator);
    values.text(&entry.login).text(&entry.proof).text(&entry.source);
    values.text(&entry.action).text(&entry.subject).text(&entry.outcome).maybe_count(entry.revision);
    values.put(row.details.as_str().into()).put(row.previous.as_slice().into()).put(row.hash.as_slice().into());
    values.0
}

/// Reads a row as it stands, whether or not its hash is right. Details that are no JSON object read as none; their
/// stored bytes are what the hash is compared with.
pub(super) fn read_row(row: &mut Reader<'_>) -> Result<AuditRow, StoreError> {
    let sequence = row.count()?;
    let mut entry = AuditEntry {
        at: row.time()?,
        workspace: row.maybe_id()?,
        operator: row.maybe_id()?,
        login: row.shared()?,
        proof: row.shared()?,
        source: row.shared()?,
        action: row.shared()?,
        subject: row.shared()?,
        outcome: row.shared()?,
        revision: row.maybe_count()?,
        details: serde_json::Map::new(),
    };
    let details = row.text()?.to_string();
    entry.details = serde_json::from_str(&details).unwrap_or_default();
    Ok(AuditRow { sequence, entry, details, previous: row.bytes()?, hash: row.bytes()? })
}
