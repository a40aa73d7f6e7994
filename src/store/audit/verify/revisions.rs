//! The revisions as the chain must know them: the digest of each, as recorded and as its changes are now.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::{ChangesDigest, Hash, field, hex};
use crate::store::{
    engine::{Row, Session},
    error::StoreError,
    query,
};

const REVISIONS: &str = "SELECT workspace, number, digest FROM revisions ORDER BY workspace, number";
const CHANGES: &str = "SELECT workspace, revision, change FROM revision_changes ORDER BY workspace, revision, ordinal";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 2] = [REVISIONS, CHANGES];

/// Begins the bytes of the digest over old revisions; the number is the version of the format.
const OLD: &[u8] = b"keydeck old revisions/1";

/// A workspace and the number of one of its revisions.
pub(super) type Place = (Uuid, u64);

/// The digest of a revision's changes as it is recorded, and as they are now.
pub(super) struct Revision {
    pub(super) recorded: Hash,
    pub(super) computed: Hash,
}

/// Reads the digests of every revision.
pub(super) async fn all(session: &mut dyn Session) -> Result<BTreeMap<Place, Revision>, StoreError> {
    let mut digests: BTreeMap<Place, ChangesDigest> = BTreeMap::new();
    let mut each = |row: &dyn Row| {
        let place = (row.uuid(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default().unsigned_abs());
        digests.entry(place).or_default().add(row.text(2)?.unwrap_or_default());
        Ok(())
    };
    session.rows(CHANGES, Vec::new(), &mut each).await?;
    let recorded =
        query::all(session, REVISIONS, Vec::new(), |row| Ok(((row.id::<()>()?.uuid(), row.count()?), row.bytes()?)));
    let mut revisions = BTreeMap::new();
    for (place, recorded) in recorded.await? {
        let computed = digests.remove(&place).unwrap_or_default().finish();
        revisions.insert(place, Revision { recorded, computed });
    }
    Ok(revisions)
}

/// Computes a digest over the revisions of each workspace up to a number: what is left to say of them once their rows
/// are removed.
pub(super) fn digest_until(revisions: &BTreeMap<Place, Revision>, last: &BTreeMap<Uuid, u64>) -> String {
    let mut sha = Sha256::new();
    field(&mut sha, OLD);
    for ((workspace, number), revision) in revisions {
        if last.get(workspace).is_some_and(|last| number <= last) {
            field(&mut sha, workspace.as_bytes());
            field(&mut sha, &number.to_be_bytes());
            field(&mut sha, &revision.recorded);
        }
    }
    hex(&<Hash>::from(sha.finalize()))
}
