//! Keys: opening what Dify sealed, with the private key that it keeps in its file storage.
//!
//! A stored value is base64 of `HYBRID:`, an AES-128 key under RSA-OAEP (SHA-1), a nonce, a tag and the ciphertext in
//! EAX mode; before that form, of the plaintext under RSA-OAEP alone. Source: Dify, `api/libs/rsa.py`.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use aes::Aes128;
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use eax::{
    Eax,
    aead::{Aead, KeyInit, array::Array},
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::{domain::name::printable, vault::Secret};

/// How a value of the newer form begins.
const HYBRID: &[u8] = b"HYBRID:";
/// How its base64 begins, whatever follows.
const HYBRID_TEXT: &str = "SFlCUklEO";
/// The bytes of nonce and tag.
const BLOCK: usize = 16;
/// The sizes of RSA keys, in bytes, of which the older form has been seen.
const MODULI: [usize; 4] = [128, 256, 384, 512];
/// The largest file that is read as a private key.
const LARGEST: u64 = 64 << 10;

/// What stands before a PKCS#1 key in a PKCS#8 one: version 0, and the algorithm `rsaEncryption` without parameters.
/// Source: RFC 5208, RFC 8017.
const RSA: [u8; 18] = [2, 1, 0, 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// The private key of a tenant.
pub struct TenantKey {
    key: OaepPrivateDecryptingKey,
    /// The public half, as it stands in the database.
    public: Vec<u8>,
}

/// Why there is no private key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// It is nowhere under the folder.
    #[error("there is no private key: {file} can't be read: {error}")]
    Read {
        /// Where it should be.
        file: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// The file is something else.
    #[error("{file} holds no RSA private key in PEM form, without a passphrase")]
    NoKey {
        /// The file.
        file: String,
    },
    /// It is another tenant's, or an earlier one.
    #[error("{file} is not the key of this workspace: its public half is another than the one in the database")]
    Other {
        /// The file.
        file: String,
    },
}

/// Why a stored value did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is no sealed value.
    NotSealed,
    /// It is damaged, or lies under another key.
    Damaged,
}

impl TenantKey {
    /// Reads the key of a tenant from Dify's storage folder, and compares it with the public half in the database.
    pub fn find(storage: &Path, tenant: &str, public_pem: &str) -> Result<Self, KeyError> {
        let place = places(storage, tenant);
        let file = place.iter().find(|path| path.exists()).unwrap_or(&place[0]);
        let shown = || printable(&file.to_string_lossy()).into_owned();
        let bytes = read(file).map_err(|error| KeyError::Read { file: shown(), error })?;
        let key = Self::parse(&bytes).ok_or_else(|| KeyError::NoKey { file: shown() })?;
        match der(public_pem.as_bytes()) {
            Some((_, public)) if *public != key.public => Err(KeyError::Other { file: shown() }),
            _ => Ok(key),
        }
    }

    /// Reads a key in PEM form: PKCS#1 as Dify writes it, or PKCS#8.
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let (label, der) = der(pem)?;
        let der = match label.as_str() {
            "RSA PRIVATE KEY" => wrapped(&der),
            "PRIVATE KEY" => der,
            _ => return None,
        };
        let key = PrivateDecryptingKey::from_pkcs8(&der).ok()?;
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().ok()?;
        let public = public.as_ref().to_vec();
        Some(Self { key: OaepPrivateDecryptingKey::new(key).ok()?, public })
    }

    /// Opens a stored value. Never panics on what foreign bytes hold.
    pub fn open(&self, stored: &str) -> Result<Secret, Closed> {
        if !is_sealed(stored) {
            return Err(Closed::NotSealed);
        }
        let bytes = STANDARD.decode(stored.trim()).map_err(|_| Closed::Damaged)?;
        let plain = match bytes.strip_prefix(HYBRID) {
            Some(rest) => self.open_hybrid(rest),
            None => self.unwrap_key(&bytes),
        };
        plain.and_then(Secret::from_utf8).ok_or(Closed::Damaged)
    }

    fn open_hybrid(&self, rest: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (wrapped, rest) = rest.split_at_checked(self.key.key_size_bytes())?;
        let (nonce, rest) = rest.split_at_checked(BLOCK)?;
        let (tag, ciphertext) = rest.split_at_checked(BLOCK)?;
        let key = self.unwrap_key(wrapped)?;
        let cipher = Eax::<Aes128>::new_from_slice(&key).ok()?;
        // Dify puts the tag first.
        let message = [ciphertext, tag].concat();
        cipher.decrypt(&Array::try_from(nonce).ok()?, message.as_slice()).ok().map(Zeroizing::new)
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let length = self.key.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

/// Says whether a value has the form of a sealed one.
pub fn is_sealed(stored: &str) -> bool {
    let stored = stored.trim();
    stored.starts_with(HYBRID_TEXT)
        || STANDARD.decode(stored).is_ok_and(|mut bytes| {
            let length = bytes.len();
            bytes.zeroize();
            MODULI.contains(&length)
        })
}

/// Returns where the key of a tenant may be: under the storage folder, beside other keys, or in the volume of the app.
fn places(storage: &Path, tenant: &str) -> [PathBuf; 3] {
    let end = Path::new(tenant).join("private.pem");
    [storage.join("privkeys").join(&end), storage.join("storage").join("privkeys").join(&end), storage.join(&end)]
}

fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LARGEST).unwrap_or_default()));
    fs::File::open(file)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads the first block of a PEM text: its label and its bytes.
fn der(pem: &[u8]) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
    Some((label.to_owned(), Zeroizing::new(STANDARD.decode(body.as_bytes()).ok()?)))
}

/// Puts a PKCS#1 key into a PKCS#8 envelope.
fn wrapped(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let inner = tagged(4, pkcs1);
    tagged(0x30, &[&RSA[..], &inner].concat())
}

/// Writes a value of DER with its tag and length.
fn tagged(tag: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = content.len();
    let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let mut written = Zeroizing::new(Vec::with_capacity(length + 10));
    written.push(tag);
    if length >= 0x80 {
        written.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
    }
    if bytes.is_empty() {
        written.push(0);
    } else {
        written.extend(bytes);
    }
    written.extend_from_slice(content);
    written
}
