//! Keeping: how long a secret that was replaced can come back, and when it is destroyed.

use super::{
    door::Door,
    failure::Failure,
    session::{Session, operator},
};
use crate::{
    domain::{
        Timestamp,
        change::Change,
        credential::{Credential, SecretRef},
        record::Record,
    },
    store::{AuditEntry, Place, SecretRow},
};

/// How many days a secret that was replaced, or whose key was removed, is kept.
pub const USUAL_DAYS: i64 = 30;

/// How many hours a secret may be sealed before the staged change that refers to it is there.
const STAGING_HOURS: i64 = 24;

/// Returns when a secret that is replaced now is destroyed, if nobody says otherwise.
pub(super) fn usual_end(now: Timestamp) -> Timestamp {
    later(now, USUAL_DAYS)
}

/// Returns an instant so many days later.
pub(super) fn later(now: Timestamp, days: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

impl Door {
    /// Destroys what is due: secrets that were replaced and whose date has passed, and those that were sealed for a
    /// staged change which is there no longer. Returns how many there were; each workspace gets `entry`.
    pub(super) async fn purge(&self, entry: &AuditEntry) -> Result<usize, Failure> {
        if self.is_read_only() {
            return Ok(0);
        }
        let now = self.now();
        let forgotten = now.checked_sub(jiff::SignedDuration::from_hours(STAGING_HOURS)).unwrap_or(Timestamp::MIN);
        let due: Vec<Place> = self.store.due(now, forgotten).await?;
        if due.is_empty() {
            return Ok(0);
        }
        Ok(self.store.destroy(&due, now, entry).await?.len())
    }
}

impl Session {
    /// Destroys what is due, and returns how many secrets that were.
    pub async fn purge(&self) -> Result<usize, Failure> {
        let who = self.view().who();
        if who.read_only || who.operator.is_none() {
            return Ok(0);
        }
        let mut entry = self.identity().entry(self.door().now(), "purge");
        entry.operator = operator(&self.view());
        entry.subject = "vault".into();
        self.door().purge(&entry).await
    }

    /// Destroys what is due after changes of secrets. What was applied stands, whether or not that can be done now.
    pub(super) async fn purge_if_secrets_moved(&self, changes: &[Change]) {
        if changes.iter().any(|change| secret(change.before()) != secret(change.after())) {
            let _ = self.purge().await;
        }
    }

    /// Returns changes as they can be applied: where one would bring a secret back that is destroyed by now, the key
    /// comes back without. `new` are secrets that come with the changes.
    pub async fn without_destroyed(&self, changes: Vec<Change>, new: &[SecretRow]) -> Result<Vec<Change>, Failure> {
        let mut all = Vec::with_capacity(changes.len());
        for change in changes {
            match change.after() {
                Some(Record::Credential(key)) if self.brings_destroyed(&change, new).await? => {
                    let after = Record::from(Credential { secret: SecretRef::Absent, ..key.clone() });
                    all.extend(match change.before() {
                        Some(before) => Change::edit(before.clone(), after),
                        None => Some(Change::add(after)),
                    });
                }
                _ => all.push(change),
            }
        }
        Ok(all)
    }

    /// Says whether a change would bring a secret back that is destroyed by now.
    pub(super) async fn brings_destroyed(&self, change: &Change, new: &[SecretRow]) -> Result<bool, Failure> {
        let version = |record: Option<&Record>| record.and_then(Record::secret_version);
        let comes_back = |id: &_| version(change.before()) != Some(*id) && new.iter().all(|row| row.version != *id);
        let Some(id) = version(change.after()).filter(comes_back) else { return Ok(false) };
        let stored = self.door().store.secret_version(self.workspace(), id).await?;
        Ok(stored.is_none_or(|row| row.token.is_none()))
    }
}

fn secret(record: Option<&Record>) -> Option<&SecretRef> {
    match record {
        Some(Record::Credential(key)) => Some(&key.secret),
        _ => None,
    }
}
