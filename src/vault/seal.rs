//! The sealed payload: a credential's secret fields, bound to the row that they belong to.
//!
//! A Fernet token has no place for associated data, so everything that says what the secret *is* stands inside it and
//! is compared when the token is opened. The plaintext is JSON, so that any program with a Fernet library reads it:
//!
//! ```json
//! {"format": 1, "database": "UUID", "workspace": "UUID", "credential": "UUID", "provider": "openai",
//!  "version": "UUID", "origin": "https://api.openai.com", "fields": {"api_key": "BASE64"}}
//! ```
//!
//! The values are in base64 so that JSON never has to escape them: an escaped value would be unescaped into memory
//! that this program can't zero.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::{
    credential::{Credential, SecretVersion},
    id::Id,
    people::Workspace,
};

use super::{
    fernet::{FernetKey, TokenError},
    origin::{UrlOrigin, UrlOriginError},
    secret::Secret,
};

/// The version of the payload that this program writes.
const FORMAT: u32 = 1;

/// The secret fields of a credential, by their names.
pub type Fields = BTreeMap<String, Secret>;

/// The row that a secret belongs to; the database is the vault's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The workspace of the credential.
    pub workspace: Id<Workspace>,
    /// The credential.
    pub credential: Id<Credential>,
    /// The canonical id of its provider.
    pub provider: &'a str,
    /// The version of its secret.
    pub version: Id<SecretVersion>,
}

/// What a stored version of a secret says of itself; its provider and origin stand in the token alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The workspace of the credential.
    pub workspace: Id<Workspace>,
    /// The credential.
    pub credential: Id<Credential>,
    /// The version.
    pub version: Id<SecretVersion>,
}

/// A sealed secret as it is stored: a Fernet token, and which key opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken {
    /// The key id of the vault that sealed it.
    pub key_id: Uuid,
    /// The Fernet token, base64url with padding.
    pub token: String,
}

/// What a token held.
pub struct Opened {
    /// Where the fields may be sent; `None` if the credential had no base URL when it was sealed.
    pub origin: Option<UrlOrigin>,
    /// The secret fields.
    pub fields: Fields,
}

/// Why a sealed secret is unreadable; it says nothing about the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The row names another key than the vault's.
    #[error(
        "this secret was sealed under key {sealed_under}, and the vault holds key {held}; \
         finish a rekey that was interrupted, or enter the secret again"
    )]
    OtherKey {
        /// The key id that the row names.
        sealed_under: Uuid,
        /// The key id of the vault that was asked.
        held: Uuid,
    },
    /// The token is damaged or was edited.
    #[error("this secret does not open: {0}; enter the secret again or restore a backup")]
    Token(#[from] TokenError),
    /// A later keydeck sealed it.
    #[error("this secret was sealed in format {0}, and this keydeck knows format {FORMAT}; use a newer keydeck")]
    Format(u32),
    /// The token is authentic, but what it holds is no payload.
    #[error("this secret opens to something that keydeck did not seal; enter the secret again")]
    Payload,
    /// The token belongs to another row.
    #[error("this secret was sealed for another {0}: its row was moved or edited; enter the secret again")]
    Moved(Binding),
}

/// A part of the place to which a secret is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The database.
    Database,
    /// The workspace.
    Workspace,
    /// The credential.
    Credential,
    /// The provider.
    Provider,
    /// The version of the secret.
    Version,
}

impl std::fmt::Display for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database => "database",
            Self::Workspace => "workspace",
            Self::Credential => "credential",
            Self::Provider => "provider",
            Self::Version => "version of this credential",
        })
    }
}

/// A base URL to which a secret may not be sent.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum BaseUrlError {
    /// Its origin is another than the sealed one.
    #[error(
        "the secret may go to {allowed} only, and the base URL now names {asked}; \
         enter the secret again to allow the new one",
        allowed = shown(.allowed.as_ref()), asked = shown(.asked.as_ref())
    )]
    OtherOrigin {
        /// The sealed origin.
        allowed: Option<UrlOrigin>,
        /// The origin of the base URL in question.
        asked: Option<UrlOrigin>,
    },
    /// It has no origin.
    #[error(transparent)]
    Unclear(#[from] UrlOriginError),
}

fn shown(origin: Option<&UrlOrigin>) -> &str {
    origin.map_or("the provider's default", UrlOrigin::as_str)
}

impl Opened {
    /// Refuses `base_url` unless the fields were sealed for its origin; asked before they are sent anywhere.
    ///
    /// `None` (the provider's default) matches only a secret that was sealed without a base URL.
    pub fn check_base_url(&self, base_url: Option<&str>) -> Result<(), BaseUrlError> {
        let asked = base_url.map(UrlOrigin::of).transpose()?;
        if asked == self.origin {
            Ok(())
        } else {
            Err(BaseUrlError::OtherOrigin { allowed: self.origin.clone(), asked })
        }
    }
}

/// The plaintext; its values borrow from memory that is zeroed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    format: u32,
    database: Uuid,
    workspace: Id<Workspace>,
    credential: Id<Credential>,
    provider: String,
    version: Id<SecretVersion>,
    origin: Option<String>,
    #[serde(borrow)]
    fields: BTreeMap<String, &'a str>,
}

/// The one member that every format has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// Seals `fields` for `place`.
pub(super) fn seal(
    key: &FernetKey,
    database: Uuid,
    place: Place<'_>,
    origin: Option<&UrlOrigin>,
    fields: &Fields,
) -> String {
    let values: Vec<_> = fields.values().map(|secret| Zeroizing::new(STANDARD.encode(secret.expose()))).collect();
    let payload = Payload {
        format: FORMAT,
        database,
        workspace: place.workspace,
        credential: place.credential,
        provider: place.provider.to_owned(),
        version: place.version,
        origin: origin.map(|origin| origin.as_str().to_owned()),
        fields: fields.keys().cloned().zip(values.iter().map(|value| value.as_str())).collect(),
    };
    // Large enough never to move: a buffer that grows leaves copies behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(size(&payload)));
    let reserved = plaintext.capacity();
    serde_json::to_writer(&mut *plaintext, &payload).expect("text and numbers are always written");
    debug_assert_eq!(plaintext.capacity(), reserved, "the buffer moved");
    key.encrypt(&plaintext)
}

/// Bounds the length of `payload` in JSON: escapes make six bytes of one at most, and values need none.
fn size(payload: &Payload<'_>) -> usize {
    let labels = payload.provider.len() + payload.origin.as_ref().map_or(0, String::len);
    let fields: usize = payload.fields.iter().map(|(name, value)| 6 * name.len() + value.len() + 6).sum();
    512 + 6 * labels + fields
}

/// Opens `token` if it was sealed for `place` in `database`.
pub(super) fn open(key: &FernetKey, database: Uuid, place: Place<'_>, token: &str) -> Result<Opened, OpenError> {
    let plaintext = key.decrypt(token)?;
    let payload = read(&plaintext)?;
    let row = Row { workspace: place.workspace, credential: place.credential, version: place.version };
    payload.belongs_to(database, row)?;
    if payload.provider != place.provider {
        return Err(OpenError::Moved(Binding::Provider));
    }
    let origin = payload.origin.as_deref().map(UrlOrigin::of).transpose().map_err(|_| OpenError::Payload)?;
    Ok(Opened { origin, fields: payload.fields()? })
}

/// Says whether `token` opens and was sealed for `row` in `database`.
pub(super) fn opens(key: &FernetKey, database: Uuid, row: Row, token: &str) -> Result<(), OpenError> {
    let plaintext = key.decrypt(token)?;
    let payload = read(&plaintext)?;
    payload.belongs_to(database, row)?;
    payload.fields().map(drop)
}

/// Seals what `token` holds under another key, as it is, if it was sealed for `row` in `database`.
pub(super) fn reseal(
    old: &FernetKey,
    new: &FernetKey,
    database: Uuid,
    row: Row,
    token: &str,
) -> Result<(String, Fields), OpenError> {
    let plaintext = old.decrypt(token)?;
    let payload = read(&plaintext)?;
    payload.belongs_to(database, row)?;
    let fields = payload.fields()?;
    Ok((new.encrypt(&plaintext), fields))
}

fn read(plaintext: &[u8]) -> Result<Payload<'_>, OpenError> {
    let head: Head = serde_json::from_slice(plaintext).map_err(|_| OpenError::Payload)?;
    if head.format != FORMAT {
        return Err(OpenError::Format(head.format));
    }
    serde_json::from_slice(plaintext).map_err(|_| OpenError::Payload)
}

impl Payload<'_> {
    /// Refuses a payload that was sealed for another row.
    fn belongs_to(&self, database: Uuid, row: Row) -> Result<(), OpenError> {
        for (same, binding) in [
            (self.database == database, Binding::Database),
            (self.workspace == row.workspace, Binding::Workspace),
            (self.credential == row.credential, Binding::Credential),
            (self.version == row.version, Binding::Version),
        ] {
            if !same {
                return Err(OpenError::Moved(binding));
            }
        }
        Ok(())
    }

    fn fields(&self) -> Result<Fields, OpenError> {
        let mut fields = Fields::new();
        for (name, value) in &self.fields {
            let bytes = Zeroizing::new(STANDARD.decode(value).map_err(|_| OpenError::Payload)?);
            fields.insert(name.clone(), Secret::from_utf8(bytes).ok_or(OpenError::Payload)?);
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests;
