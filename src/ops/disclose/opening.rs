//! Opening: what was granted comes out of the vault, or from where a reference leads. The intent stands by then.

use std::collections::BTreeMap;

use super::{
    granted::{Granted, Source},
    locked,
};
use crate::{
    domain::{
        credential::{Reference, SecretVersion},
        id::Id,
    },
    ops::{
        door::Door,
        failure::{Failure, Kind},
        keys, readable,
        session::Session,
    },
    store::Kept,
    vault::{Fields, OpenError, Place, ReferencePolicy, Secret, Vault},
};

impl Session {
    /// Opens what was granted.
    pub(super) async fn open(&self, granted: &Granted, vault: Option<&Vault>, kept: &Kept) -> Result<Fields, Failure> {
        match (&granted.secret, vault) {
            (Source::Vault(version), Some(vault)) => self.unseal(granted, *version, vault, kept).await,
            (Source::Vault(_), None) => Err(locked()),
            (Source::Elsewhere(reference), _) => {
                let policy = self.door().references(self.identity().is_afar());
                let secret = open_reference(policy, reference.clone()).await?;
                let name = granted.fields.first().map(ToString::to_string).unwrap_or_default();
                Ok(BTreeMap::from([(name, secret)]))
            }
        }
    }

    async fn unseal(
        &self,
        granted: &Granted,
        version: Id<SecretVersion>,
        vault: &Vault,
        kept: &Kept,
    ) -> Result<Fields, Failure> {
        let workspace = self.workspace();
        let gone = || Failure::new(Kind::NoKey, "the secret of this key was destroyed").hint("enter it again");
        let sealed = kept.sealed.iter().find(|row| row.version == version);
        let token = sealed.and_then(readable::token).ok_or_else(gone)?;
        let place = Place { workspace, credential: granted.key.id, provider: &granted.key.provider, version };
        let opened = match vault.open(place, &token) {
            Ok(opened) => opened,
            // Nothing is wrong with the secret: this process holds the keys of before.
            Err(OpenError::OtherKey { .. }) if kept.vault.as_ref().is_none_or(|row| row.key_id != vault.key_id()) => {
                return Err(keys::moved());
            }
            Err(error) => return Err(self.unreadable(version, &error).await),
        };
        opened.check_base_url(granted.base_url.as_deref()).map_err(|error| Failure::new(Kind::NotAllowed, error))?;
        let wanted = |name: &String| granted.fields.iter().any(|field| **field == **name);
        Ok(opened.fields.into_iter().filter(|(name, _)| wanted(name)).collect())
    }

    /// Marks a version that does not open, so that it is shown nowhere as if it did.
    async fn unreadable(&self, version: Id<SecretVersion>, error: &OpenError) -> Failure {
        let workspace = self.workspace();
        let marked = self.door().store.mark_unreadable(workspace, version, self.door().now()).await;
        let failure = Failure::new(Kind::NoKey, error);
        match marked {
            Ok(_) => failure.hint("the key is marked as unreadable, and resolves no more until its secret is replaced"),
            Err(_) => failure,
        }
    }
}

impl Door {
    /// Returns what references may be opened. For those from afar that is only what the machine's settings list.
    fn references(&self, afar: bool) -> ReferencePolicy {
        let policy = self.reference_policy();
        if afar { policy.listed_only() } else { policy }
    }
}

/// Opens a reference on a thread that may wait for a disk.
async fn open_reference(policy: ReferencePolicy, reference: Reference) -> Result<Secret, Failure> {
    let opened = tokio::task::spawn_blocking(move || policy.open(&reference, |name| std::env::var_os(name))).await;
    match opened {
        Ok(opened) => opened.map_err(|error| Failure::new(Kind::NoKey, error)),
        Err(_) => Err(Failure::new(Kind::Internal, "opening the reference was interrupted")),
    }
}
