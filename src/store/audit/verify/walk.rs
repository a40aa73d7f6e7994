//! One walk along the chain, row by row, and what it has met so far.

use std::collections::BTreeMap;

use super::{
    super::{AuditHead, AuditRow, AuditSeal, Hash, hex, retention},
    AuditReport, Begin, CHANGES_DETAIL, Fault,
    revisions::{Place, Revision, digest_until},
};
use crate::domain::Timestamp;

/// Where a walk along the chain stands.
pub(super) struct Walk {
    sequence: u64,
    hash: Hash,
    /// The time of the row before; none before the first.
    at: Option<Timestamp>,
    /// The row at which the walk begins, until it was met.
    first: Option<(u64, Hash)>,
    noted: Option<(u64, Hash)>,
    seals: BTreeMap<u64, Vec<AuditSeal>>,
    sound: Vec<AuditSeal>,
    faults: Vec<Fault>,
    set_back: Vec<u64>,
    /// The audit rows that made revisions: their places, and the digests that they repeat.
    made: BTreeMap<Place, Vec<(u64, String)>>,
    /// The last row that told of a retention.
    retained: Option<retention::Told>,
}

impl Walk {
    pub(super) fn new(begin: Begin, noted: Option<(u64, Hash)>, all: Vec<AuditSeal>) -> Self {
        let (sequence, hash, first) = match begin {
            Begin::Genesis(hash) => (0, hash, None),
            Begin::Row(sequence, hash) => (sequence.saturating_sub(1), hash, Some((sequence, hash))),
        };
        let mut seals: BTreeMap<u64, Vec<AuditSeal>> = BTreeMap::new();
        for seal in all.into_iter().filter(|seal| seal.sequence > sequence) {
            seals.entry(seal.sequence).or_default().push(seal);
        }
        let mut faults = Vec::new();
        let noted = noted.filter(|(noted, _)| {
            let gone = *noted <= sequence;
            faults.extend(gone.then_some(Fault::NotedGone(*noted)));
            !gone
        });
        Self {
            sequence,
            hash,
            at: None,
            first,
            noted,
            seals,
            sound: Vec::new(),
            faults,
            set_back: Vec::new(),
            made: BTreeMap::new(),
            retained: None,
        }
    }

    /// Returns the place of the row that was met last.
    pub(super) const fn last(&self) -> u64 {
        self.sequence
    }

    pub(super) fn step(&mut self, row: &AuditRow) {
        let first = self.first.take();
        if row.sequence > self.sequence + 1 {
            self.faults.push(Fault::Missing { first: self.sequence + 1, last: row.sequence - 1 });
        } else if let Some((sequence, hash)) = first {
            self.faults.extend((row.hash != hash).then_some(Fault::Sealed(sequence)));
        } else if row.previous != self.hash {
            self.faults.push(Fault::Unlinked(row.sequence));
        }
        if row.computed_hash() != row.hash {
            self.faults.push(Fault::Edited(row.sequence));
        }
        if self.at.is_some_and(|before| row.entry.at < before) {
            self.set_back.push(row.sequence);
        }
        self.look_up(row.sequence, row.hash);
        if let (Some(workspace), Some(revision)) = (row.entry.workspace, row.entry.revision)
            && let Some(digest) = row.entry.details.get(CHANGES_DETAIL).and_then(|digest| digest.as_str())
        {
            let made = self.made.entry((workspace.uuid(), revision)).or_default();
            made.push((row.sequence, digest.to_owned()));
        }
        if let Some(told) = retention::told(row) {
            self.retained = Some(told);
        }
        (self.sequence, self.hash, self.at) = (row.sequence, row.hash, Some(row.entry.at));
    }

    /// Compares a row with what was sealed and noted about it.
    fn look_up(&mut self, sequence: u64, hash: Hash) {
        let (sound, other): (Vec<_>, Vec<_>) =
            self.seals.remove(&sequence).unwrap_or_default().into_iter().partition(|seal| seal.hash == hash);
        self.sound.extend(sound);
        if !other.is_empty() && !self.faults.contains(&Fault::Sealed(sequence)) {
            self.faults.push(Fault::Sealed(sequence));
        }
        if self.noted.is_some_and(|(noted, _)| noted == sequence) {
            let same = self.noted.take().is_some_and(|(_, noted)| noted == hash);
            self.faults.extend((!same).then_some(Fault::Noted(sequence)));
        }
    }

    pub(super) fn end(&mut self, head: &AuditHead) {
        if let Some((sequence, _)) = self.first {
            self.faults.push(Fault::Missing { first: sequence, last: sequence });
        } else if (head.sequence, head.hash) != (self.sequence, self.hash) {
            self.faults.push(Fault::End { found: self.sequence, recorded: head.sequence });
        }
        self.faults.extend(std::mem::take(&mut self.seals).into_keys().map(Fault::Cut));
        self.faults.extend(self.noted.take().map(|(sequence, _)| Fault::Noted(sequence)));
    }

    /// Matches revisions with the rows that made them, one to one; those below a retention with what its row says.
    pub(super) fn compare(&mut self, revisions: &BTreeMap<Place, Revision>, begins: Option<(u64, Hash)>) {
        let told = begins.and_then(|(sequence, hash)| {
            let told = self.retained.take().filter(|told| (told.below, told.hash) == (sequence, hash));
            self.faults.extend(told.is_none().then_some(Fault::Unretained(sequence)));
            told
        });
        let until = |workspace| told.as_ref().and_then(|told| told.revisions.get(&workspace).copied());
        if told.as_ref().is_some_and(|told| told.digest != digest_until(revisions, &told.revisions)) {
            self.faults.push(Fault::OldRevisions);
        }
        for (&(workspace, number), revision) in revisions {
            let rows = self.made.remove(&(workspace, number)).unwrap_or_default();
            let is_old = until(workspace).is_some_and(|last| number <= last);
            if rows.len() != 1 && !(is_old && rows.is_empty()) {
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

    pub(super) fn report(self, head: AuditHead, begins: Option<u64>) -> AuditReport {
        AuditReport { head, begins, seals: self.sound, faults: self.faults, clock_set_back: self.set_back }
    }
}
