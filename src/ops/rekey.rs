//! Rekeying: every secret is sealed anew under another `SECRET_KEY`, or under the same with other iterations.
//!
//! It is begun in one transaction: from then on the new key seals and both open, and the old root is kept wrapped under
//! the new one. Then secrets are sealed anew in batches, in every workspace and state. Whatever opens under neither key
//! is marked as unreadable, keeps its token and its key id, and does not keep the rekey from ending. At the end the
//! audit chain is verified with the old key and sealed with the new one, and the old root is deleted. A rekey that was
//! stopped goes on with the new `SECRET_KEY` alone.

use std::sync::Arc;

use serde::Serialize;

use super::{
    door::{Door, derive},
    failure::{Failure, Kind},
    identity::Identity,
    keys,
    readable::{Closed, Refused, token},
};
use crate::{
    domain::{
        id::Id,
        people::{Operator, Workspace},
    },
    rights::Deed,
    store::{AuditEntry, OldVault, Place, ResealedRow, SecretRow, VaultRow},
    vault::{Iterations, Row, SecretKey, Vault},
};

/// How many secrets a transaction seals anew.
const BATCH: u32 = 500;

/// How often a rekey looks for what others wrote meanwhile, before it gives up ending.
const TRIES: usize = 8;

/// A rekey that was begun and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Running {
    /// The iterations to which it leads.
    pub iterations: u32,
}

/// The key to which the vault is to be moved.
#[derive(Default)]
pub struct Wanted {
    /// The new `SECRET_KEY`; the present one, if absent.
    pub secret_key: Option<SecretKey>,
    /// The new count of iterations; the present one, if absent.
    pub iterations: Option<u32>,
}

/// What a rekey did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rekeyed {
    /// How many secrets were sealed anew.
    pub resealed: usize,
    /// Those that open under neither key.
    pub unreadable: Vec<Closed>,
    /// The iterations of the derivation now.
    pub iterations: u32,
    /// The audit row up to which the chain is sealed under the new key; none, if it was left unsealed.
    pub sealed_to: Option<u64>,
    /// How many secrets whose time had passed were destroyed.
    pub destroyed: usize,
}

/// Whoever rekeys, as the audit names them.
#[derive(Clone, Debug)]
pub struct Keeper {
    identity: Identity,
    operator: Option<Id<Operator>>,
}

impl Keeper {
    fn entry(&self, door: &Door, outcome: &str) -> AuditEntry {
        let mut entry = self.identity.entry(door.now(), "rekey");
        entry.operator = self.operator;
        entry.subject = "vault".into();
        entry.outcome = outcome.into();
        entry
    }
}

impl Door {
    /// Says who rekeys, if they may: keepers alone.
    pub async fn may_rekey(self: &Arc<Self>, identity: &Identity, read_only: bool) -> Result<Keeper, Failure> {
        let operator = self.keeper(Deed::Rekey, &self.workspaces().await?, identity, read_only).await?;
        Ok(Keeper { identity: identity.clone(), operator })
    }

    /// Returns the rekey that was begun and has not ended, if there is one.
    pub async fn running_rekey(&self) -> Result<Option<Running>, Failure> {
        let row = self.vault_row().await?;
        let iterations = keys::read(&row.parameters)?.iterations;
        Ok(row.old.map(|_| Running { iterations }))
    }

    /// Begins a rekey: from now on the new key seals, and both open. Deriving both keys takes a while.
    pub async fn start_rekey(&self, keeper: &Keeper, present: SecretKey, wanted: Wanted) -> Result<(), Failure> {
        let row = self.vault_row().await?;
        if row.old.is_some() {
            return Err(under_way());
        }
        let (vault, next) = derive(move || prepare(&row, &present, &wanted)).await?;
        let mut entry = keeper.entry(self, "intent");
        if let Some(old) = &next.old {
            entry.details.insert("from".to_owned(), old.key_id.to_string().into());
        }
        entry.details.insert("to".to_owned(), next.key_id.to_string().into());
        self.store.begin_rekey(&next, &entry).await?;
        self.keep(vault);
        Ok(())
    }

    /// Goes on with a rekey that was begun, to its end. The vault is unlocked with the new key.
    ///
    /// A chain of the audit that is broken is sealed by nobody: the rekey does not end then, unless `unsealed` says that
    /// the chain shall be left so.
    pub async fn finish_rekey(self: &Arc<Self>, keeper: &Keeper, unsealed: bool) -> Result<Rekeyed, Failure> {
        let vault = self.unlocked()?;
        let row = self.vault_row().await?;
        if row.key_id != vault.key_id() || row.old.is_none() {
            return Err(Failure::new(Kind::Conflict, "no rekey to this key is under way")
                .hint("somebody else ended it; lock and unlock the vault"));
        }
        let former = vault.former().ok_or_else(lost)?;
        let iterations = keys::read(&row.parameters)?.iterations;
        let mut resealed = 0;
        for _ in 0..TRIES {
            let pass = self.pass(&vault).await?;
            resealed += pass.resealed;
            let sealed_to = match self.reseal_audit(former, &vault).await {
                Ok(sealed_to) => Some(sealed_to),
                Err(_) if unsealed => None,
                Err(failure) => {
                    return Err(failure
                        .hint("every secret is under the new key; both keys open until the rekey is ended")
                        .hint("\"keydeck rekey --leave-audit-unsealed\" ends it all the same"));
                }
            };
            let mut entry = keeper.entry(self, "done");
            entry.details.insert("resealed".to_owned(), resealed.into());
            entry.details.insert("unreadable".to_owned(), pass.closed.len().into());
            entry.details.insert("audit".to_owned(), sealed_to.map_or("unsealed".into(), Into::into));
            if self.store.end_rekey(vault.key_id(), &entry).await? {
                let destroyed =
                    self.purge(&AuditEntry { action: "purge".into(), ..keeper.entry(self, "done") }).await?;
                let unreadable = self.told(pass.closed, &keeper.identity).await?;
                return Ok(Rekeyed { resealed, unreadable, iterations, sealed_to, destroyed });
            }
        }
        Err(Failure::new(Kind::Conflict, "others write secrets faster than they could be sealed anew")
            .hint("run \"keydeck rekey\" again: it goes on where it stopped"))
    }

    /// Seals anew everything that is not under the new key.
    async fn pass(&self, vault: &Arc<Vault>) -> Result<Pass, Failure> {
        let mut all = Pass::default();
        let mut after: Option<Place> = None;
        loop {
            let rows = self.store.sealed(Some(vault.key_id()), after, BATCH).await?;
            let Some((workspace, last)) = rows.last() else { return Ok(all) };
            after = Some((*workspace, last.version));
            let own = Arc::clone(vault);
            let (done, closed) = derive(move || Ok::<_, Failure>(reseal(&own, rows))).await?;
            let places: Vec<Place> = closed.iter().map(|(place, ..)| *place).collect();
            self.store.reseal(vault.key_id(), &done, &places, self.now()).await?;
            all.resealed += done.len();
            all.closed.extend(closed);
        }
    }
}

/// What one pass over the secrets did.
#[derive(Default)]
struct Pass {
    resealed: usize,
    closed: Vec<Refused>,
}

/// Seals rows anew, and returns those that open under neither key with the reason.
fn reseal(vault: &Vault, rows: Vec<(Id<Workspace>, SecretRow)>) -> (Vec<ResealedRow>, Vec<Refused>) {
    let (mut done, mut closed) = (Vec::with_capacity(rows.len()), Vec::new());
    for (workspace, row) in rows {
        let place = (workspace, row.version);
        let Some(sealed) = token(&row) else { continue };
        match vault.reseal(Row { workspace, credential: row.credential, version: row.version }, &sealed) {
            Ok(resealed) => done.push(ResealedRow {
                place,
                opened: sealed.token.into(),
                token: resealed.token.token.into(),
                marks: resealed.marks.into_iter().map(|(name, mark)| (name.into(), *mark.as_bytes())).collect(),
            }),
            Err(error) => closed.push((place, row, error.to_string())),
        }
    }
    (done, closed)
}

/// Unlocks the present vault and makes the next one, which holds it. Blocks for the derivations.
fn prepare(row: &VaultRow, present: &SecretKey, wanted: &Wanted) -> Result<(Vault, VaultRow), Failure> {
    let params = keys::read(&row.parameters)?;
    let iterations = Iterations::new(wanted.iterations.unwrap_or(params.iterations))
        .map_err(|_| out_of_bounds(wanted.iterations.unwrap_or(params.iterations)))?;
    let same_key = wanted.secret_key.as_ref().is_none_or(|key| key.is_same(present));
    if same_key && iterations.get() == params.iterations {
        return Err(Failure::usage("the vault has this SECRET_KEY and these iterations already; nothing was changed")
            .hint("give another SECRET_KEY with --new-secret-key-file, or more iterations with --iterations"));
    }
    let old = Vault::unlock(&params, present)?;
    let (new, new_params) = Vault::create(params.database, wanted.secret_key.as_ref().unwrap_or(present), iterations)?;
    let old_row = OldVault { key_id: old.key_id(), parameters: row.parameters.clone(), root: new.wrap(&old) };
    let next = VaultRow { key_id: new.key_id(), parameters: keys::written(&new_params)?, old: Some(old_row) };
    Ok((new.with_former(old), next))
}

fn out_of_bounds(iterations: u32) -> Failure {
    let (least, most) = (Iterations::LEAST.get(), Iterations::MOST.get());
    Failure::usage(format!("{iterations} iterations are not accepted"))
        .hint(format!("choose from {least} to {most}: fewer protect too little, more take too long"))
}

fn under_way() -> Failure {
    Failure::new(Kind::Conflict, "a rekey is under way already, and has not ended")
        .hint("end it first: \"keydeck rekey\" with its new SECRET_KEY goes on where it stopped")
}

fn lost() -> Failure {
    Failure::new(Kind::Unavailable, "the old key of the rekey, kept in the database, is damaged")
        .hint("what is under the new key opens; restore a backup from before the rekey for the rest")
}

#[cfg(test)]
mod tests;
