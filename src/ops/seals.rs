//! Seals: keyed statements that the audit chain was whole up to a row, and verifying the chain by them.
//!
//! Any process that holds the key of the audit seals: when it unlocks, every `EVERY` rows, and before it lets go of the
//! key. Sealing verifies first, from the last seal of the same key, so that a seal never blesses a forgery. What was
//! written after the last seal is vouched for by nobody yet; verifying says where that begins.

use super::{
    door::Door,
    failure::{Failure, Kind},
};
use crate::{
    domain::name::printable,
    store::{AuditReport, AuditSeal, Fault, Hash, hex, unhex},
    vault::Vault,
};

/// After how many rows a process that holds the key seals in passing.
const EVERY: u64 = 64;

/// How many faults a refusal tells one by one.
const TOLD: usize = 3;

/// What verifying the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last row, and its hash: what to note elsewhere.
    pub head: (u64, Hash),
    /// The row with which the chain begins, if older ones were removed by retention.
    pub begins: Option<u64>,
    /// The last row that is sealed.
    pub sealed: Option<u64>,
    /// Whether the seals were compared with the key; else they only fit their rows.
    pub checked: bool,
    /// How many seals were made with an earlier key, and so vouch for nothing here.
    pub of_other_keys: usize,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The rows that claim an earlier time than the row before.
    pub clock_set_back: Vec<u64>,
}

impl Verified {
    fn of(report: AuditReport, vault: Option<&Vault>) -> Self {
        let AuditReport { head, begins, seals, mut faults, clock_set_back } = report;
        let ours = |seal: &&AuditSeal| vault.is_none_or(|vault| vault.key_id() == seal.key_id);
        let (of_ours, others): (Vec<&AuditSeal>, Vec<&AuditSeal>) = seals.iter().partition(ours);
        let forged = |seal: &&AuditSeal| vault.is_some_and(|vault| !is_genuine(vault, seal));
        let (forged, genuine): (Vec<&AuditSeal>, Vec<&AuditSeal>) = of_ours.into_iter().partition(forged);
        faults.extend(forged.into_iter().map(|seal| Fault::Forged(seal.sequence)));
        Self {
            head: (head.sequence, head.hash),
            begins,
            sealed: genuine.last().map(|seal| seal.sequence),
            checked: vault.is_some(),
            of_other_keys: others.len(),
            faults,
            clock_set_back,
        }
    }

    /// Returns the rows that no seal vouches for, from and to, if there are any.
    pub fn unsealed(&self) -> Option<(u64, u64)> {
        let first = self.sealed.map_or_else(|| self.begins.unwrap_or(1), |sealed| sealed + 1);
        (first <= self.head.0).then_some((first, self.head.0))
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> u64 {
        (self.head.0 + 1).saturating_sub(self.begins.unwrap_or(1))
    }

    /// Writes the head as people note it: `SEQ:HASH`.
    pub fn head_text(&self) -> String {
        format!("{}:{}", self.head.0, hex(&self.head.1))
    }
}

/// Reads a head as people note it.
pub fn read_head(text: &str) -> Result<(u64, Hash), Failure> {
    let wrong = || {
        Failure::usage(format!("\"{}\" is no head of a chain", printable(text)))
            .hint("write it as \"keydeck audit verify\" printed it: SEQ:HASH")
    };
    let (sequence, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
    sequence.parse().ok().zip(unhex(hash)).ok_or_else(wrong)
}

impl Door {
    /// Verifies the whole chain, and its seals if the key is at hand; `noted` is a head that somebody kept elsewhere.
    pub async fn verify_audit(&self, noted: Option<(u64, Hash)>) -> Result<Verified, Failure> {
        Ok(Verified::of(self.store.verify_audit(noted).await?, self.vault().as_deref()))
    }

    /// Seals the chain up to its end, after verifying it from the last seal on. Returns the last row that is sealed now;
    /// none if nothing was sealed, since the vault is locked or nothing may be written.
    ///
    /// Fails, and seals nothing, if the chain is not whole.
    pub async fn seal_audit(&self) -> Result<Option<u64>, Failure> {
        self.seal_after(1).await
    }

    /// Seals in passing, if enough rows were written since the last seal.
    pub(super) async fn seal_when_due(&self) -> Result<Option<u64>, Failure> {
        self.seal_after(EVERY).await
    }

    /// Verifies the whole chain with the key that `old` holds, and seals it under `new`: how a rekey hands it over.
    pub(super) async fn reseal_audit(&self, old: &Vault, new: &Vault) -> Result<u64, Failure> {
        let verified = Verified::of(self.store.verify_audit(None).await?, Some(old));
        whole(&verified.faults)?;
        self.seal_row(new, verified.head).await?;
        Ok(verified.head.0)
    }

    /// Seals up to the end if at least `least` rows came since the last seal.
    async fn seal_after(&self, least: u64) -> Result<Option<u64>, Failure> {
        let Some(vault) = self.vault().filter(|_| !self.is_read_only()) else { return Ok(None) };
        let last = self.store.last_audit_seal(vault.key_id()).await?;
        let end = self.store.audit_head().await?.sequence;
        if end < last.as_ref().map_or(0, |seal| seal.sequence) + least {
            return Ok(None);
        }
        let report = match &last {
            Some(seal) if !is_genuine(&vault, seal) => return whole(&[Fault::Forged(seal.sequence)]).map(|()| None),
            Some(seal) => self.store.verify_audit_from(seal).await?,
            None => self.store.verify_audit(None).await?,
        };
        let verified = Verified::of(report, Some(&vault));
        whole(&verified.faults)?;
        self.seal_row(&vault, verified.head).await?;
        Ok(Some(verified.head.0))
    }

    /// Seals one row that was verified.
    pub(super) async fn seal_row(&self, vault: &Vault, (sequence, hash): (u64, Hash)) -> Result<(), Failure> {
        let mac = vault.audit_key().mac(&AuditSeal::bytes(sequence, &hash)).to_vec();
        let seal = AuditSeal { sequence, hash, key_id: vault.key_id(), mac, at: self.now() };
        Ok(self.store.add_audit_seal(&seal).await?)
    }
}

fn is_genuine(vault: &Vault, seal: &AuditSeal) -> bool {
    vault.audit_key().verifies(&AuditSeal::bytes(seal.sequence, &seal.hash), &seal.mac)
}

/// Refuses a chain that is not whole, and says where.
pub(super) fn whole(faults: &[Fault]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = faults.iter().take(TOLD).map(ToString::to_string).collect();
    let more = faults.len().saturating_sub(TOLD);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let message = format!("the audit chain is broken: {}{more}", told.join("; "));
    Err(Failure::new(Kind::Unavailable, message)
        .hint("\"keydeck audit verify\" says where; somebody wrote to the database past keydeck")
        .hint("nothing was sealed: a seal would bless what was forged"))
}
