//! Sealing: a credential's secret fields go into the vault, the record keeps only what may be told.

use std::sync::Arc;

use super::{
    door::Door,
    failure::{Failure, Kind},
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text,
        credential::{Credential, Sealed, SecretRef, SecretVersion},
        id::Id,
        people::Workspace,
        provider::Provider,
    },
    store::VersionState,
    vault::{Fields, Place, UrlOrigin, Vault, mask},
};

/// A sealed secret on its way into the database, with the change that refers to it. Faces only hand it on.
pub use crate::store::SecretRow;

impl Door {
    /// Seals the secret fields of a credential as a new version, and returns what its record says of it beside the row.
    ///
    /// The token is bound to the credential, its provider and the origin of its base URL: a change of any of them asks
    /// for the secret again. Fails if the vault is locked, or a secret is empty.
    pub fn seal(
        &self,
        workspace: Id<Workspace>,
        credential: &Credential,
        provider: Option<&Provider>,
        fields: &Fields,
    ) -> Result<(SecretRef, SecretRow), Failure> {
        let vault = self.unlocked()?;
        if let Some((name, _)) = fields.iter().find(|(_, secret)| secret.is_empty()) {
            return Err(Failure::usage(format!("{name} is empty")).hint("paste the key, or leave the field out"));
        }
        let own_url = credential.fields.get("base_url").map(|url| &**url);
        let origin = own_url
            .or_else(|| provider.and_then(|it| it.base_url.as_deref()))
            .map(UrlOrigin::of)
            .transpose()
            .map_err(|error| Failure::usage(format!("base_url: {error}")))?;
        let version = Id::new(self.new_id());
        let place = Place { workspace, credential: credential.id, provider: &credential.provider, version };
        let sealed = vault.seal(place, origin.as_ref(), fields);
        let mark = |(name, secret): (&String, _)| {
            (Text::from(name.as_str()), *vault.fingerprint(workspace, name, secret).as_bytes())
        };
        let row = SecretRow {
            version,
            credential: credential.id,
            state: VersionState::Staged,
            key_id: sealed.key_id,
            token: Some(sealed.token.into()),
            created_at: self.now(),
            valid_until: None,
            tested: None,
            marks: fields.iter().map(mark).collect(),
        };
        Ok((reference(version, provider, fields), row))
    }

    /// Returns the vault, if it is unlocked.
    pub(super) fn unlocked(&self) -> Result<Arc<Vault>, Failure> {
        self.vault().ok_or_else(locked)
    }
}

impl Session {
    /// Returns the vault, if it is unlocked in this session.
    pub(super) fn unlocked(&self) -> Result<Arc<Vault>, Failure> {
        self.vault().ok_or_else(locked)
    }
}

fn locked() -> Failure {
    Failure::new(Kind::NotAllowed, "the vault is locked").hint("give SECRET_KEY with --secret-key-file")
}

/// Returns what a record says of a sealed secret.
pub(super) fn reference(version: Id<SecretVersion>, provider: Option<&Provider>, fields: &Fields) -> SecretRef {
    let main = main_field(provider, fields);
    let last4 = main.and_then(|name| fields[name].last4()).map(|last| mask(Some(&last)).into());
    let names = fields.keys().map(|name| name.as_str().into()).collect();
    SecretRef::Sealed(Sealed { version, last4, fields: names })
}

impl View {
    /// Returns the provider of a key, as it is described here.
    pub(super) fn provider_of_record(&self, key: &Credential) -> Option<&Provider> {
        let vocabulary = self.vocabulary();
        vocabulary.provider(&key.provider).and_then(|ix| vocabulary.provider_entry(ix)?.provider())
    }
}

/// Returns the field whose end is shown: the form's first secret one that was given.
fn main_field<'a>(provider: Option<&Provider>, fields: &'a Fields) -> Option<&'a String> {
    let in_form = provider.into_iter().flat_map(|it| &it.fields).filter(|field| field.secret);
    in_form
        .filter_map(|field| fields.get_key_value(&*field.name))
        .map(|(name, _)| name)
        .next()
        .or_else(|| fields.keys().next())
}
