//! Secrets: sealing, opening, and where `SECRET_KEY` comes from.
//!
//! A database has one vault: a salt, a count of iterations, a key id and a check value ([`VaultParams`], stored), and
//! the keys that come out of them and `SECRET_KEY` ([`Vault`], in memory while unlocked, zeroed when dropped).
//! `docs/vault.md` describes the format, with a recipe in Python.
//!
//! Deriving a root keeps one core busy from a tenth of a second (600,000 iterations, release) to seconds:
//! [`Vault::create`] and [`Vault::unlock`] belong into `tokio::task::spawn_blocking`, never on a thread that draws or
//! serves. Everything else takes microseconds.
//!
//! A rekey holds two vaults. Rows name the key that sealed them, the new vault seals, the old one, held by it, opens
//! what is left, and [`Vault::wrap`] keeps the old root under the new key, so that a rekey that was killed goes on with
//! the new `SECRET_KEY` alone.

mod fernet;
mod file;
mod harden;
mod kdf;
mod origin;
mod reference;
mod rekey;
mod seal;
mod secret;
mod secret_key;
mod source;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::{id::Id, people::Workspace};

pub use self::{
    fernet::{FernetKey, TokenError},
    file::FileError,
    harden::{Hardening, harden_process},
    kdf::{Iterations, IterationsError, Salt, pbkdf2_hmac_sha256},
    origin::{UrlOrigin, UrlOriginError},
    reference::{AllowedReference, AllowedReferenceError, OpenReferenceError, ReferencePolicy},
    rekey::{Resealed, WrappedError},
    seal::{BaseUrlError, Binding, Fields, OpenError, Opened, Place, Row, SealedToken},
    secret::{Secret, mask},
    secret_key::{KeyRefused, LEAST_BYTES, SecretKey},
    source::{KeySource, KeySources, Prompt, SourceError, VARIABLE, write_new_key_file},
};

use kdf::{Key, Purpose, length_prefixed};

/// What the database stores about its vault; nothing in it is secret, and nothing in it opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultParams {
    /// The database that the vault belongs to.
    pub database: Uuid,
    /// The id of the key, which every sealed row names; a rekey makes a new one.
    pub key_id: Uuid,
    /// The salt of the derivation.
    pub salt: Salt,
    /// The iterations of the derivation; judged when the vault is unlocked.
    pub iterations: u32,
    /// The MAC over database and key id by which a wrong `SECRET_KEY` is told from a right one.
    pub check: [u8; 32],
}

/// Why a vault was not made or does not open.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum UnlockError {
    /// `SECRET_KEY` is another than the vault's.
    #[error(
        "this SECRET_KEY is not the one of this database (key id {key_id}); \
         nothing was opened: give the SECRET_KEY with which the database was made or last rekeyed"
    )]
    WrongKey {
        /// The key id of the vault.
        key_id: Uuid,
    },
    /// The stored count of iterations is out of bounds.
    #[error(transparent)]
    Iterations(#[from] IterationsError),
    /// The operating system gave no random bytes for the salt.
    #[error("the operating system gives no random bytes, so no vault can be made; try again")]
    NoRandomness,
}

/// An unlocked vault: the keys of one database, zeroed when dropped.
pub struct Vault {
    database: Uuid,
    key_id: Uuid,
    root: Key,
    seal: FernetKey,
    /// The vault that a rekey moves away from: it opens what is left, and seals nothing.
    former: Option<Box<Self>>,
}

impl Vault {
    /// Makes the vault of `database` under `secret_key`, with a fresh salt and key id; blocks for the derivation.
    pub fn create(
        database: Uuid,
        secret_key: &SecretKey,
        iterations: Iterations,
    ) -> Result<(Self, VaultParams), UnlockError> {
        let mut salt = Salt::default();
        getrandom::fill(&mut salt).map_err(|_| UnlockError::NoRandomness)?;
        let vault = Self::new(database, Uuid::now_v7(), Key::root(secret_key, &salt, iterations));
        let check = vault.root.sub_key(Purpose::Check).mac(&vault.identity());
        let params = VaultParams { database, key_id: vault.key_id, salt, iterations: iterations.get(), check };
        Ok((vault, params))
    }

    /// Unlocks the vault that `params` describe, unless `secret_key` is not its own; blocks for the derivation.
    pub fn unlock(params: &VaultParams, secret_key: &SecretKey) -> Result<Self, UnlockError> {
        let iterations = Iterations::new(params.iterations)?;
        Self::checked(params, Key::root(secret_key, &params.salt, iterations))
    }

    fn new(database: Uuid, key_id: Uuid, root: Key) -> Self {
        let seal = FernetKey::new(root.sub_key(Purpose::Seal).bytes());
        Self { database, key_id, root, seal, former: None }
    }

    /// Makes a vault of `root` if the check value says that it is the right one.
    fn checked(params: &VaultParams, root: Key) -> Result<Self, UnlockError> {
        let vault = Self::new(params.database, params.key_id, root);
        if vault.root.sub_key(Purpose::Check).verifies(&vault.identity(), &params.check) {
            Ok(vault)
        } else {
            Err(UnlockError::WrongKey { key_id: params.key_id })
        }
    }

    /// What the check value covers, so that it vouches for no other database and no other key id.
    fn identity(&self) -> Zeroizing<Vec<u8>> {
        length_prefixed(&[self.database.as_bytes(), self.key_id.as_bytes()])
    }

    /// Returns the id that rows sealed by this vault name.
    pub const fn key_id(&self) -> Uuid {
        self.key_id
    }

    /// Returns the database whose vault this is.
    pub const fn database(&self) -> Uuid {
        self.database
    }

    /// Seals the secret `fields` of the credential at `place`, to be sent to `origin` alone.
    pub fn seal(&self, place: Place<'_>, origin: Option<&UrlOrigin>, fields: &Fields) -> SealedToken {
        SealedToken { key_id: self.key_id, token: seal::seal(&self.seal, self.database, place, origin, fields) }
    }

    /// Opens what was sealed for `place`, while a rekey runs under either key; never refused for the token's time.
    pub fn open(&self, place: Place<'_>, sealed: &SealedToken) -> Result<Opened, OpenError> {
        let vault = self.holder(sealed.key_id)?;
        seal::open(&vault.seal, vault.database, place, &sealed.token)
    }

    /// Says whether what stands in `row` opens, whatever its provider is by now; what it holds is forgotten at once.
    pub fn opens(&self, row: Row, sealed: &SealedToken) -> Result<(), OpenError> {
        let vault = self.holder(sealed.key_id)?;
        seal::opens(&vault.seal, vault.database, row, &sealed.token)
    }

    /// Returns the vault of a key: this one, or the one that a rekey moves away from.
    fn holder(&self, key_id: Uuid) -> Result<&Self, OpenError> {
        let held = [Some(self), self.former.as_deref()].into_iter().flatten();
        let other = OpenError::OtherKey { sealed_under: key_id, held: self.key_id };
        held.into_iter().find(|vault| vault.key_id == key_id).ok_or(other)
    }

    /// Computes the mark by which one `value` stored twice in a field of a workspace is recognised unopened.
    pub fn fingerprint(&self, workspace: Id<Workspace>, field: &str, value: &Secret) -> Fingerprint {
        let bytes = length_prefixed(&[workspace.uuid().as_bytes(), field.as_bytes(), value.expose().as_bytes()]);
        Fingerprint(self.root.sub_key(Purpose::Fingerprint).mac(&bytes))
    }

    /// Returns the key that seals the audit chain, which may be held while the vault itself is locked.
    pub fn audit_key(&self) -> AuditKey {
        AuditKey(self.root.sub_key(Purpose::Audit))
    }
}

/// The keyed mark of a secret value: equal for equal values, and of no use without the vault.
///
/// Stored to find duplicates; it appears in no output, so it can't be printed by accident either.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Takes a mark that was stored.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the mark, to be stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The key of the audit chain's seals: all that a process needs to seal and verify it. Zeroed on drop.
pub struct AuditKey(Key);

impl AuditKey {
    /// Computes the MAC over `bytes`, HMAC-SHA256.
    pub fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.mac(bytes)
    }

    /// Says in constant time whether `tag` is the MAC over `bytes`.
    pub fn verifies(&self, bytes: &[u8], tag: &[u8]) -> bool {
        self.0.verifies(bytes, tag)
    }
}

#[cfg(test)]
mod tests;
