//! Verifying the chain: what a forger must have left behind.
//!
//! This half needs no key. Whoever holds the audit key compares the MACs of the seals besides; a chain that was written
//! anew from the start passes here and fails there, or at a head that somebody noted elsewhere.

use std::collections::BTreeMap;

use thiserror::Error;
use uuid::Uuid;

use super::{AuditHead, AuditRow, AuditSeal, ChangesDigest, Hash, genesis, hex, log};
use crate::store::{
    Store,
    engine::{Row, Session},
    error::StoreError,
    query,
};

const REVISIONS: &str = "SELECT workspace, number, digest FROM revisions ORDER BY workspace, number";
const CHANGES: &str = "SELECT workspace, revision, change FROM revision_changes ORDER BY workspace, revision, ordinal";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 2] = [REVISIONS, CHANGES];

/// Rows that are read at once.
const PAGE: u64 = 1000;

/// The name under which the audit row of a revision repeats the digest of its changes.
pub(in crate::store) const CHANGES_DETAIL: &str = "changes";

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// The end of the chain as its head row records it.
    pub head: AuditHead,
    /// The seals whose row has the hash that was sealed; their MACs are for who holds the key.
    pub seals: Vec<AuditSeal>,
    /// What is wrong, in the order of the chain.
    pub faults: Vec<Fault>,
    /// The rows that claim an earlier time than the row before: a clock was set back, which is no fault of the chain.
    pub clock_set_back: Vec<u64>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Rows are gone.
    #[error("rows {first} to {last} are missing")]
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A row is not as it was written.
    #[error("row {0} was edited")]
    Edited(u64),
    /// A row does not follow from the one before it.
    #[error("row {0} does not follow from the row before it")]
    Unlinked(u64),
    /// The head row and the last row disagree: the chain was cut off, or added to by something else than keydeck.
    #[error("the chain ends at row {found}, and its head says {recorded}")]
    End {
        /// The last row.
        found: u64,
        /// What the head says.
        recorded: u64,
    },
    /// A sealed row has another hash now: the chain was written anew.
    #[error("row {0} is not the row that was sealed")]
    Sealed(u64),
    /// The row whose hash was noted elsewhere has another hash now.
    #[error("row {0} is not the row that was noted")]
    Noted(u64),
    /// A revision has no audit row, or more than one.
    #[error("revision {revision} of workspace {workspace} has {rows} audit rows instead of one")]
    Unaudited {
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
        /// How many rows there are.
        rows: usize,
    },
    /// An audit row speaks of a revision that does not exist.
    #[error("revision {revision} of workspace {workspace} is missing, and row {sequence} made it")]
    NoRevision {
        /// The row.
        sequence: u64,
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
    },
    /// The changes of a revision are not those that were applied.
    #[error("the changes of revision {revision} of workspace {workspace} were edited")]
    Changes {
        /// The workspace.
        workspace: Uuid,
        /// The revision.
        revision: u64,
    },
}

/// A workspace and the number of one of its revisions.
type Place = (Uuid, u64);

impl Store {
    /// Verifies the whole chain and the revisions against it, in one snapshot; `noted` is a row's place and hash that
    /// somebody kept elsewhere.
    pub async fn verify_audit(&self, noted: Option<(u64, Hash)>) -> Result<AuditReport, StoreError> {
        let mut session = self.engine.read().await?;
        let (head, seals) = (log::head(&mut *session).await?, log::seals(&mut *session).await?);
        let mut walk = Walk::new(AuditHead { sequence: 0, at: head.at, hash: genesis(self.database) }, noted, seals);
        loop {
            let values = vec![walk.last.sequence.into(), PAGE.into()];
            let rows = query::all(&mut *session, log::FROM, values, log::read_row).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                walk.step(row);
            }
        }
        walk.end(&head);
        let revisions = revisions(&mut *session).await?;
        walk.compare(&revisions);
        Ok(AuditReport { head, seals: walk.sound, faults: walk.faults, clock_set_back: walk.set_back })
    }
}

/// Where a walk along the chain stands.
struct Walk {
    last: AuditHead,
    begun: bool,
    noted: Option<(u64, Hash)>,
    seals: BTreeMap<u64, AuditSeal>,
    sound: Vec<AuditSeal>,
    faults: Vec<Fault>,
    set_back: Vec<u64>,
    /// The audit rows that made revisions: their places, and the digests that they repeat.
    made: BTreeMap<Place, Vec<(u64, String)>>,
}

impl Walk {
    fn new(start: AuditHead, noted: Option<(u64, Hash)>, seals: Vec<AuditSeal>) -> Self {
        let seals = seals.into_iter().map(|seal| (seal.sequence, seal)).collect();
        Self {
            last: start,
            begun: false,
            noted,
            seals,
            sound: Vec::new(),
            faults: Vec::new(),
            set_back: Vec::new(),
            made: BTreeMap::new(),
        }
    }

    fn step(&mut self, row: &AuditRow) {
        if row.sequence > self.last.sequence + 1 {
            self.faults.push(Fault::Missing { first: self.last.sequence + 1, last: row.sequence - 1 });
        } else if row.previous != self.last.hash {
            self.faults.push(Fault::Unlinked(row.sequence));
        }
        if row.computed_hash() != row.hash {
            self.faults.push(Fault::Edited(row.sequence));
        }
        if self.begun && row.entry.at < self.last.at {
            self.set_back.push(row.sequence);
        }
        self.look_up(row.sequence, row.hash);
        if let (Some(workspace), Some(revision)) = (row.entry.workspace, row.entry.revision)
            && let Some(digest) = row.entry.details.get(CHANGES_DETAIL).and_then(|digest| digest.as_str())
        {
            let made = self.made.entry((workspace.uuid(), revision)).or_default();
            made.push((row.sequence, digest.to_owned()));
        }
        self.begun = true;
        self.last = AuditHead { sequence: row.sequence, at: row.entry.at, hash: row.hash };
    }

    /// Compares a row with what was sealed and noted about it.
    fn look_up(&mut self, sequence: u64, hash: Hash) {
        match self.seals.remove(&sequence) {
            Some(seal) if seal.hash == hash => self.sound.push(seal),
            Some(_) => self.faults.push(Fault::Sealed(sequence)),
            None => {}
        }
        if self.noted.is_some_and(|(noted, _)| noted == sequence) {
            let same = self.noted.take().is_some_and(|(_, noted)| noted == hash);
            if !same {
                self.faults.push(Fault::Noted(sequence));
            }
        }
    }

    fn end(&mut self, head: &AuditHead) {
        if (head.sequence, head.hash) != (self.last.sequence, self.last.hash) {
            self.faults.push(Fault::End { found: self.last.sequence, recorded: head.sequence });
        }
        self.faults.extend(std::mem::take(&mut self.seals).into_keys().map(Fault::Sealed));
        self.faults.extend(self.noted.take().map(|(sequence, _)| Fault::Noted(sequence)));
    }

    /// Matches revisions with the rows that made them, one to one.
    fn compare(&mut self, revisions: &BTreeMap<Place, Revision>) {
        for (&(workspace, number), revision) in revisions {
            let rows = self.made.remove(&(workspace, number)).unwrap_or_default();
            if rows.len() != 1 {
                self.faults.push(Fault::Unaudited { workspace, revision: number, rows: rows.len() });
            }
            let audited = rows.iter().all(|(_, digest)| *digest == hex(&revision.recorded));
            if !audited || revision.computed != revision.recorded {
                self.faults.push(Fault::Changes { workspace, revision: number });
            }
        }
        for ((workspace, revision), rows) in std::mem::take(&mut self.made) {
            let missing = |(sequence, _)| Fault::NoRevision { sequence, workspace, revision };
            self.faults.extend(rows.into_iter().map(missing));
        }
    }
}

/// The digest of a revision's changes as it is recorded, and as they are now.
struct Revision {
    recorded: Hash,
    computed: Hash,
}

async fn revisions(session: &mut dyn Session) -> Result<BTreeMap<Place, Revision>, StoreError> {
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
