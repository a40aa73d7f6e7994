//! Which stored secrets open: all of them are tried, those that don't are marked, and each is told with its reason.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{
    door::{Door, derive},
    failure::Failure,
    health::Finding,
    identity::Identity,
    keys,
    session::Session,
    view::View,
};
use crate::{
    domain::{Text, id::Id, name::printable, people::Workspace},
    store::{Place, SecretRow},
    vault::{OpenError, Row, SealedToken, Vault},
};

/// How many secrets are read at once.
const BATCH: u32 = 500;

/// How many secrets are told one by one.
const TOLD: usize = 3;

/// A stored secret that does not open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The workspace.
    pub workspace: Text,
    /// The key; none, if whoever asks may not see it, or if it was removed.
    pub key: Option<Text>,
    /// Which of its secrets: `current`, `next`, `old`, `staged`.
    pub state: &'static str,
    /// Why, and what to do.
    pub reason: String,
}

impl Closed {
    /// Tells it in one sentence.
    pub fn sentence(&self) -> String {
        let key = self.key.as_deref().map_or("a key that was removed, or that you may not see".into(), printable);
        format!("{key} ({} secret): {}", self.state, self.reason)
    }
}

/// A row that does not open, and why.
pub(super) type Refused = (Place, SecretRow, String);

/// Returns the sealed token of a row; none, if it is destroyed.
pub(super) fn token(row: &SecretRow) -> Option<SealedToken> {
    row.token.as_ref().map(|token| SealedToken { key_id: row.key_id, token: token.to_string() })
}

/// What came of trying every stored secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// How many there are.
    pub all: usize,
    /// Those that do not open.
    pub closed: Vec<Closed>,
}

impl Door {
    /// Tries every stored secret of every workspace, and marks those that do not open; those that do lose their mark.
    ///
    /// Nothing of what is opened is kept. Fails if the vault is locked, or was moved to another key meanwhile.
    pub async fn try_secrets(self: &Arc<Self>, identity: &Identity) -> Result<Tried, Failure> {
        let vault = self.unlocked()?;
        if self.vault_row().await?.key_id != vault.key_id() {
            return Err(keys::moved());
        }
        let (mut all, mut refused): (usize, Vec<Refused>) = (0, Vec::new());
        let mut after: Option<Place> = None;
        loop {
            let rows = self.store.sealed(None, after, BATCH).await?;
            let Some((workspace, last)) = rows.last() else { break };
            after = Some((*workspace, last.version));
            all += rows.len();
            let own = Arc::clone(&vault);
            let (open, closed) = derive(move || Ok::<_, Failure>(sort(&own, rows))).await?;
            if !self.is_read_only() {
                let places: Vec<Place> = closed.iter().map(|(place, ..)| *place).collect();
                self.store.mark_secrets(&places, &open, self.now()).await?;
            }
            refused.extend(closed);
        }
        Ok(Tried { all, closed: self.told(refused, identity).await? })
    }

    /// Tells which keys secrets belong to, as far as somebody may know.
    pub(super) async fn told(
        self: &Arc<Self>,
        refused: Vec<Refused>,
        identity: &Identity,
    ) -> Result<Vec<Closed>, Failure> {
        let mut by_workspace: BTreeMap<Id<Workspace>, Vec<Refused>> = BTreeMap::new();
        for one in refused {
            by_workspace.entry(one.0.0).or_default().push(one);
        }
        let mut told = Vec::new();
        for workspace in self.workspaces().await? {
            let Some(refused) = by_workspace.remove(&workspace.id) else { continue };
            let session = self.session(&workspace, identity.clone(), true).await?;
            let own = refused.into_iter().map(|(_, row, reason)| session.closed(&row, reason));
            told.extend(own);
        }
        Ok(told)
    }
}

impl Session {
    fn closed(&self, row: &SecretRow, reason: String) -> Closed {
        let view = self.view();
        let ix = view.catalogue().credentials().find(row.credential);
        let key = ix.and_then(|ix| view.credential(ix)).map(|key| key.name.clone());
        Closed { workspace: view.workspace().name.clone(), key, state: row.state.word(), reason }
    }
}

/// Tries rows: the places of those that open, and those that don't with the reason.
fn sort(vault: &Vault, rows: Vec<(Id<Workspace>, SecretRow)>) -> (Vec<Place>, Vec<Refused>) {
    let (mut open, mut closed) = (Vec::with_capacity(rows.len()), Vec::new());
    for (workspace, row) in rows {
        let place = (workspace, row.version);
        match try_row(vault, workspace, &row) {
            Ok(()) => open.push(place),
            Err(error) => closed.push((place, row, error.to_string())),
        }
    }
    (open, closed)
}

/// Says whether what stands in a row opens; what it holds is forgotten.
fn try_row(vault: &Vault, workspace: Id<Workspace>, row: &SecretRow) -> Result<(), OpenError> {
    let place = Row { workspace, credential: row.credential, version: row.version };
    token(row).map_or(Ok(()), |sealed| vault.opens(place, &sealed))
}

impl Door {
    /// Destroys old secrets whose time has passed, and tries all others; says nothing while the vault is locked.
    pub async fn examine_secrets(self: &Arc<Self>, identity: &Identity) -> Option<Finding> {
        if !self.is_unlocked() {
            return None;
        }
        let mut entry = identity.entry(self.now(), "purge");
        entry.subject = "vault".into();
        let looked = async {
            let destroyed = self.purge(&entry).await?;
            Ok::<_, Failure>((destroyed, self.try_secrets(identity).await?))
        };
        Some(match looked.await {
            Err(failure) => Finding::error("secrets", &failure),
            Ok((destroyed, tried)) => found(destroyed, &tried),
        })
    }
}

fn found(destroyed: usize, tried: &Tried) -> Finding {
    let destroyed = match destroyed {
        0 => String::new(),
        some => format!("; destroyed {some} old ones whose time had passed"),
    };
    let (all, closed) = (tried.all, tried.closed.len());
    if closed == 0 {
        return Finding::ok("secrets", format!("all {all} open{destroyed}"));
    }
    let told: Vec<String> = tried.closed.iter().take(TOLD).map(Closed::sentence).collect();
    let message = format!("{closed} of {all} can't be opened: {}{destroyed}", told.join("; "));
    Finding::warning("secrets", message, "give each key a new secret: keydeck edit key/NAME --secret; or remove it")
}

impl View {
    /// Tells which keys that are seen hold the same secret. Keys of others that are not seen are no part of it.
    pub fn examine_duplicates(&self) -> Option<Finding> {
        let mut told: Vec<String> = Vec::new();
        for (ix, key) in self.credentials() {
            let twins = self.same_secret_as(ix);
            if twins.first().is_some_and(|first| ix < *first) {
                let names: Vec<_> =
                    twins.iter().map(|twin| printable(&self.credential_name(*twin)).into_owned()).collect();
                told.push(format!("{} and {}", printable(&key.name), names.join(", ")));
            }
        }
        if told.is_empty() {
            return None;
        }
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        // Nothing is broken: one key under two names is a matter of taste, and of knowing.
        Some(Finding::ok("duplicates", format!("the same secret is stored twice: {}{more}", told.join("; "))))
    }
}

#[cfg(test)]
mod tests;
