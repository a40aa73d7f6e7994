//! Retention: old rows go, below a sealed one, and a row of the chain tells of it in the same transaction.
//!
//! The database's triggers let rows go below the marker alone, and the marker stands on sealed rows alone. Revisions are
//! never removed: the row that tells of a retention keeps a digest over those whose rows went.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{AuditEntry, AuditRow, Hash, hex, log, verify};
use crate::{
    domain::{Text, Timestamp},
    store::{Store, attempt::attempt, codec::Reader, engine::Session, error::StoreError, query},
};

const MARKER: &str = "SELECT sequence, hash FROM audit_retention WHERE one = 1";
const MARK: &str = "INSERT INTO audit_retention (one, sequence, hash) VALUES (1, $1, $2) \
     ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash";
const FIRST_SINCE: &str = "SELECT MIN(sequence) FROM audit WHERE at >= $1";
const ROW: &str = "SELECT hash FROM audit WHERE sequence = $1";
const REMOVE: &str = "DELETE FROM audit WHERE sequence < $1";
const LAST_TOLD: &str = "SELECT details FROM audit WHERE action = $1 ORDER BY sequence DESC LIMIT 1";
const LAST_REVISIONS: &str = "SELECT workspace, MAX(revision) FROM audit \
     WHERE sequence < $1 AND revision IS NOT NULL AND workspace IS NOT NULL GROUP BY workspace";
const SIZE: &str = "SELECT COUNT(*), MIN(at), CAST(COALESCE(SUM(length(login) + length(proof) + \
     length(source) + length(action) + length(subject) + length(outcome) + length(details)), 0) AS BIGINT) FROM audit";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 8] =
    [MARKER, MARK, FIRST_SINCE, ROW, REMOVE, LAST_TOLD, LAST_REVISIONS, SIZE];

/// What the deed is called.
pub const RETAIN: &str = "audit-retain";

/// What a row takes besides its texts: numbers, ids, hashes, and its place in two indexes.
const FIXED: u64 = 160;

/// How large the audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSize {
    /// How many rows there are.
    pub rows: u64,
    /// When the oldest was written.
    pub oldest: Option<Timestamp>,
    /// About how many bytes they take.
    pub bytes: u64,
}

/// What the row of a retention says.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The row with which the chain begins since.
    pub(super) below: u64,
    /// Its hash.
    pub(super) hash: Hash,
    /// For each workspace, the last revision whose row went.
    pub(super) revisions: BTreeMap<Uuid, u64>,
    /// The digest over those revisions and all before.
    pub(super) digest: String,
}

impl Store {
    /// Returns the first row that was written at `since` or later, with its hash; else the last one.
    pub async fn audit_row_at(&self, since: Timestamp) -> Result<Option<(u64, Hash)>, StoreError> {
        let mut session = self.engine.read().await?;
        let read = |row: &mut Reader<'_>| row.maybe_count::<u64>();
        let first = query::one(&mut *session, FIRST_SINCE, vec![since.into()], read).await?;
        let sequence = match first {
            Some(first) => first,
            None => log::head(&mut *session).await?.sequence,
        };
        let hash = query::maybe_one(&mut *session, ROW, vec![sequence.into()], query::bytes).await?;
        Ok(hash.map(|hash| (sequence, hash)))
    }

    /// Removes the rows below a sealed one, and appends the row that tells of it, in one transaction. Returns how many
    /// rows went.
    pub async fn retain_audit(&self, below: u64, hash: Hash, entry: &AuditEntry) -> Result<u64, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            log::lock(&mut *session).await?;
            let revisions = last_revisions(&mut *session, below).await?;
            let digest = verify::digest_until(&mut *session, &revisions).await?;
            session.execute(MARK, vec![below.into(), hash.as_slice().into()]).await?;
            let gone = session.execute(REMOVE, vec![below.into()]).await?;
            let mut entry = entry.clone();
            entry.action = RETAIN.into();
            let numbers: Map<String, Json> =
                revisions.into_iter().map(|(workspace, last)| (workspace.to_string(), last.into())).collect();
            entry.details.extend([
                ("rows".to_owned(), gone.into()),
                ("below".to_owned(), below.into()),
                ("hash".to_owned(), hex(&hash).into()),
                ("revisions".to_owned(), numbers.into()),
                ("digest".to_owned(), digest.into()),
            ]);
            log::append(&mut *session, &[entry]).await?;
            session.commit().await?;
            Ok(gone)
        })
        .await
    }

    /// Says how large the audit is. Costs a look at every row.
    pub async fn audit_size(&self) -> Result<AuditSize, StoreError> {
        let mut session = self.engine.read().await?;
        let read = |row: &mut Reader<'_>| {
            let (rows, oldest, bytes): (u64, _, u64) = (row.count()?, row.maybe_time()?, row.count()?);
            Ok(AuditSize { rows, oldest, bytes: bytes + rows * FIXED })
        };
        query::one(&mut *session, SIZE, Vec::new(), read).await
    }
}

/// Returns the row with which the chain begins since the last retention.
pub(super) async fn marker(session: &mut dyn Session) -> Result<Option<(u64, Hash)>, StoreError> {
    query::maybe_one(session, MARKER, Vec::new(), |row| Ok((row.count()?, row.bytes()?))).await
}

/// Reads what a row says of a retention, if it is the row of one.
pub(super) fn told(row: &AuditRow) -> Option<Told> {
    (&*row.entry.action == RETAIN).then(|| read(&row.entry.details)).flatten()
}

fn read(details: &Map<String, Json>) -> Option<Told> {
    let numbers = details.get("revisions")?.as_object()?;
    let revisions = numbers.iter().map(|(id, last)| Some((id.parse().ok()?, last.as_u64()?))).collect::<Option<_>>()?;
    Some(Told {
        below: details.get("below")?.as_u64()?,
        hash: super::unhex(details.get("hash")?.as_str()?)?,
        revisions,
        digest: details.get("digest")?.as_str()?.to_owned(),
    })
}

/// Returns for each workspace the last revision whose row is to go, or went before.
async fn last_revisions(session: &mut dyn Session, below: u64) -> Result<BTreeMap<Uuid, u64>, StoreError> {
    let before = query::maybe_one(session, LAST_TOLD, vec![RETAIN.into()], query::text).await?;
    let before = before.and_then(|text: Text| read(&serde_json::from_str(&text).ok()?));
    let mut revisions = before.map(|told| told.revisions).unwrap_or_default();
    let read = |row: &mut Reader<'_>| Ok((row.id::<()>()?.uuid(), row.count::<u64>()?));
    for (workspace, last) in query::all(session, LAST_REVISIONS, vec![below.into()], read).await? {
        let known = revisions.entry(workspace).or_default();
        *known = last.max(*known);
    }
    Ok(revisions)
}
