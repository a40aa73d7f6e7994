//! Pools: which members can be used, what share of the load each bears, and which one a run gets.
//!
//! # The choice
//!
//! A run draws from *all* members by their written weights, and draws again while it meets one that can't be used. So
//! an unusable member's runs are shared out among the others in proportion to their weights, every other run keeps its
//! key, and two nodes of one run get the same key wherever that key is usable for both.
//!
//! Draw number `n` (from 0) is `(H * total) >> 64`, where `H` are the first eight bytes, big endian, of
//! SHA-256(`"keydeck/pool/1"` ‖ pool id, 16 bytes ‖ `n`, four bytes big endian ‖ run id in UTF-8): the same on every
//! platform and in every version. After [`DRAWS`] draws, which happens only where few of many can be used, the next
//! draw is among the usable ones alone.

use sha2::{Digest, Sha256};

use super::{answer::Share, case::Case};
use crate::domain::{
    catalogue::Ix,
    credential::{Credential, Pool},
};

/// How often a run draws among all members before it draws among the usable ones.
const DRAWS: u32 = 16;

impl Case<'_> {
    fn members(&self, pool: Ix<Pool>) -> &[(Ix<Credential>, u32)] {
        self.catalogue.pools().row(pool).map_or(&[], |row| &row.members)
    }

    /// Returns the members that can be chosen here, with their weights.
    pub fn choosable(&self, pool: Ix<Pool>) -> impl Iterator<Item = (Ix<Credential>, u32)> {
        let members = self.members(pool).iter().copied();
        members.filter(|&(key, weight)| weight > 0 && self.fault(key).is_none())
    }

    /// Says whether any member can be chosen.
    pub fn can_choose(&self, pool: Ix<Pool>) -> bool {
        self.choosable(pool).next().is_some()
    }

    /// Says whether this member could be chosen, were it usable.
    pub fn is_weighed(&self, pool: Ix<Pool>, key: Ix<Credential>) -> bool {
        self.members(pool).iter().any(|&(member, weight)| member == key && weight > 0)
    }

    /// Returns the member that a run uses; `None` if none can be chosen.
    pub fn choose(&self, pool: Ix<Pool>, run: &str) -> Option<Ix<Credential>> {
        let weighed = || self.members(pool).iter().copied();
        for round in 0..DRAWS {
            let key = draw(weighed, self.hash(pool, round, run))?;
            if self.fault(key).is_none() {
                return Some(key);
            }
        }
        draw(|| self.choosable(pool), self.hash(pool, DRAWS, run))
    }

    fn hash(&self, pool: Ix<Pool>, round: u32, run: &str) -> u64 {
        let digest = Sha256::new()
            .chain_update(b"keydeck/pool/1")
            .chain_update(self.catalogue.pools().id(pool).uuid().as_bytes())
            .chain_update(round.to_be_bytes())
            .chain_update(run.as_bytes())
            .finalize();
        digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// Returns every member in the order written. Shares add up to 1, unless no member can be chosen.
    #[expect(clippy::cast_precision_loss, reason = "a share is for people and load balancers, not for sums")]
    pub fn shares(&self, pool: Ix<Pool>) -> Vec<Share> {
        let members = self.members(pool).iter();
        let mut shares: Vec<Share> =
            members.map(|&(key, weight)| Share { key, weight, share: 0.0, reason: self.fault(key) }).collect();
        let usable = |share: &Share| share.reason.is_none();
        let total: u64 = shares.iter().filter(|share| usable(share)).map(|share| u64::from(share.weight)).sum();
        if total > 0 {
            for share in shares.iter_mut().filter(|share| usable(share)) {
                share.share = f64::from(share.weight) / total as f64;
            }
        }
        shares
    }
}

/// Returns the member at which `hash`, a fraction of 2⁶⁴, falls when the weights are laid end to end.
fn draw<I: Iterator<Item = (Ix<Credential>, u32)>>(members: impl Fn() -> I, hash: u64) -> Option<Ix<Credential>> {
    let total: u64 = members().map(|(_, weight)| u64::from(weight)).sum();
    let point = u64::try_from((u128::from(hash) * u128::from(total)) >> 64).unwrap_or(0);
    let mut end = 0;
    members().find_map(|(key, weight)| {
        end += u64::from(weight);
        (point < end).then_some(key)
    })
}
