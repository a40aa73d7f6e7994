//! Moving to another key: the old root wrapped under the new one, and secrets sealed anew, one at a time.

use thiserror::Error;

use super::{
    Fingerprint, Vault, VaultParams,
    fernet::{FernetKey, TokenError},
    kdf::{Key, Purpose, length_prefixed},
    seal::{self, Fields, OpenError, Row, SealedToken},
};

/// A secret that was sealed anew.
pub struct Resealed {
    /// The token under the new key.
    pub token: SealedToken,
    /// The marks of its fields under the new key.
    pub marks: Vec<(String, Fingerprint)>,
}

impl Vault {
    /// Holds the vault that a rekey moves away from, to open what it sealed.
    #[must_use]
    pub fn with_former(self, old: Self) -> Self {
        Self { former: Some(Box::new(old)), ..self }
    }

    /// Returns the vault that a rekey moves away from, if this holds it.
    pub fn former(&self) -> Option<&Self> {
        self.former.as_deref()
    }

    /// Seals the root of `old` under this vault, to be stored while a rekey from `old` to this vault runs.
    pub fn wrap(&self, old: &Self) -> String {
        let bound = length_prefixed(&[self.database.as_bytes(), old.key_id.as_bytes(), old.root.bytes()]);
        FernetKey::new(self.root.sub_key(Purpose::Wrap).bytes()).encrypt(&bound)
    }

    /// Opens the vault that `old` describes from what [`Vault::wrap`] returned, without its `SECRET_KEY`.
    pub fn open_wrapped(&self, old: &VaultParams, wrapped: &str) -> Result<Self, WrappedError> {
        let bound = FernetKey::new(self.root.sub_key(Purpose::Wrap).bytes()).decrypt(wrapped)?;
        let split = bound.len().checked_sub(32).ok_or(WrappedError::Other)?;
        let root = Key::from_bytes(&bound[split..]).ok_or(WrappedError::Other)?;
        if *bound != *length_prefixed(&[self.database.as_bytes(), old.key_id.as_bytes(), root.bytes()]) {
            return Err(WrappedError::Other);
        }
        Self::checked(old, root).map_err(|_| WrappedError::Other)
    }

    /// Seals anew what stands in `row`, under whichever key it opens: the label of its key may be wrong, and the label
    /// is no part of the secret.
    ///
    /// Everything that the token binds stays as it is. Fails, with the answer of the key that the row names, if it opens
    /// under neither.
    pub fn reseal(&self, row: Row, sealed: &SealedToken) -> Result<Resealed, OpenError> {
        let named = self.holder(sealed.key_id);
        let held = [Some(self), self.former.as_deref()].into_iter().flatten();
        let others = held.filter(|vault| vault.key_id != sealed.key_id);
        let mut answer = named.err();
        for vault in named.into_iter().chain(others) {
            match seal::reseal(&vault.seal, &self.seal, self.database, row, &sealed.token) {
                Ok((token, fields)) => return Ok(self.resealed(row, token, &fields)),
                Err(error) => _ = answer.get_or_insert(error),
            }
        }
        Err(answer.unwrap_or(OpenError::Payload))
    }

    fn resealed(&self, row: Row, token: String, fields: &Fields) -> Resealed {
        let mark = |(name, value): (&String, _)| (name.clone(), self.fingerprint(row.workspace, name, value));
        Resealed { token: SealedToken { key_id: self.key_id, token }, marks: fields.iter().map(mark).collect() }
    }
}

/// Why the key of an interrupted rekey does not open.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum WrappedError {
    /// The token is damaged or was edited.
    #[error("the old key of the rekey does not open: {0}; unlock with the old SECRET_KEY instead")]
    Token(#[from] TokenError),
    /// It holds the key of another vault.
    #[error("the old key of the rekey belongs to another vault; unlock with the old SECRET_KEY instead")]
    Other,
}
