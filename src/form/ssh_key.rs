//! SSH public keys: one line as `ssh-keygen` writes it, checked for what it says of itself, and its fingerprint.
//!
//! Source of the format: RFC 4253, section 6.6, RFC 8709, and `sshd(8)`, the part about `authorized_keys`. Options before
//! the key are refused: what an operator may do is said by roles.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::domain::name;

/// The kinds of keys that a server takes.
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
];

/// The least bytes of an RSA modulus: 2048 bits.
const LEAST_RSA: usize = 256;

/// The most bytes of one line.
const LONGEST: usize = 16 << 10;

/// A public key, as somebody gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: &'static str,
    blob: Vec<u8>,
    comment: String,
}

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicKeyError {
    /// It is a private key.
    #[error("this is a private key, which must never leave its owner: give the line of the .pub file beside it")]
    Private,
    /// It is empty, or more than a line.
    #[error("a public key is one line, as in a .pub file")]
    NoLine,
    /// Options stand before the key, or its kind is unknown.
    #[error("a public key begins with its kind ({}), without options before it", KINDS.join(", "))]
    Kind,
    /// What follows is damaged.
    #[error("the key is damaged: copy the whole line of the .pub file")]
    Damaged,
    /// It is too short to be safe.
    #[error("an RSA key of less than 2048 bits is not taken: make another, with ssh-keygen -t ed25519")]
    Weak,
    /// The comment would command a terminal.
    #[error("the comment holds control characters: write another, or none")]
    Comment,
}

impl PublicKey {
    /// Reads one line.
    pub fn parse(text: &str) -> Result<Self, PublicKeyError> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") || text.starts_with("PuTTY-User-Key-File") {
            return Err(PublicKeyError::Private);
        }
        if text.is_empty() || text.len() > LONGEST || text.lines().count() > 1 {
            return Err(PublicKeyError::NoLine);
        }
        let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let kind = KINDS.into_iter().find(|kind| *kind == word).ok_or(PublicKeyError::Kind)?;
        let rest = rest.trim_start();
        let (code, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let comment = comment.trim().to_owned();
        if comment.chars().any(name::is_unprintable) {
            return Err(PublicKeyError::Comment);
        }
        let blob = STANDARD.decode(code).map_err(|_| PublicKeyError::Damaged)?;
        check(kind, &blob)?;
        Ok(Self { kind, blob, comment })
    }

    /// Returns the fingerprint as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }

    /// Returns the kind of key.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns what its owner calls it.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Says whether two lines hold one key, whatever their comments.
    pub fn is_same(&self, other: &Self) -> bool {
        self.blob == other.blob
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, STANDARD.encode(&self.blob))?;
        if self.comment.is_empty() { Ok(()) } else { write!(f, " {}", self.comment) }
    }
}

/// Reads the fields of a key: each is its length (4 bytes, big endian) and its bytes.
fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        fields.push(field);
        blob = rest;
    }
    Some(fields)
}

/// Checks that the inside of a key is what its first word says.
fn check(kind: &str, blob: &[u8]) -> Result<(), PublicKeyError> {
    let fields = fields(blob).ok_or(PublicKeyError::Damaged)?;
    let lengths: Vec<usize> = fields.iter().map(|field| field.len()).collect();
    let sound = fields.first().is_some_and(|first| *first == kind.as_bytes())
        && match kind {
            "ssh-ed25519" => lengths[1..] == [32],
            "sk-ssh-ed25519@openssh.com" => lengths.len() == 3 && lengths[1] == 32,
            "ecdsa-sha2-nistp256" => lengths[1..] == [8, 65],
            "ecdsa-sha2-nistp384" => lengths[1..] == [8, 97],
            "ecdsa-sha2-nistp521" => lengths[1..] == [8, 133],
            "sk-ecdsa-sha2-nistp256@openssh.com" => lengths.len() == 4 && lengths[1..3] == [8, 65],
            _ => lengths.len() == 3,
        };
    if !sound {
        return Err(PublicKeyError::Damaged);
    }
    // A modulus whose first bit is set has a zero byte before it.
    let modulus = || fields[2].iter().skip_while(|byte| **byte == 0).count();
    if kind == "ssh-rsa" && modulus() < LEAST_RSA { Err(PublicKeyError::Weak) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `ssh-keygen -t ed25519`, its fingerprint printed by `ssh-keygen -l`.
    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwaubNf8I9LmiEY+AoEIUltNQ2VDYaWXCpn/GHViEbc alice@desk";

    #[test]
    fn a_key_is_read_written_and_recognised() {
        let key = PublicKey::parse(&format!("  {ED25519}\n")).unwrap();
        assert_eq!((key.kind(), key.comment(), key.to_string()), ("ssh-ed25519", "alice@desk", ED25519.to_owned()));
        let bare = PublicKey::parse(ED25519.rsplit_once(' ').unwrap().0).unwrap();
        assert!(bare.is_same(&key) && bare != key);
        assert_eq!(key.fingerprint(), "SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU");
        assert_eq!(bare.fingerprint(), key.fingerprint());
    }

    #[test]
    fn what_is_no_public_key_is_refused_for_its_own_reason() {
        let (kind, code) = ("ssh-ed25519", ED25519.split(' ').nth(1).unwrap());
        for (text, why) in [
            ("", PublicKeyError::NoLine),
            (&format!("{ED25519}\n{ED25519}"), PublicKeyError::NoLine),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", PublicKeyError::Private),
            (&format!("command=\"/bin/sh\" {ED25519}"), PublicKeyError::Kind),
            (&format!("no-pty {ED25519}"), PublicKeyError::Kind),
            ("ssh-dss AAAA", PublicKeyError::Kind),
            (kind, PublicKeyError::Damaged),
            (&format!("{kind} {}", &code[..40]), PublicKeyError::Damaged),
            (&format!("ssh-rsa {code}"), PublicKeyError::Damaged),
            (&format!("{kind} not!base64"), PublicKeyError::Damaged),
            (&format!("{kind} {code} a\u{1b}[31m"), PublicKeyError::Comment),
        ] {
            assert_eq!(PublicKey::parse(text), Err(why), "{text:?}");
        }
        let mut weak = Vec::new();
        for field in [&b"ssh-rsa"[..], &[1, 0, 1], &[0x80; 128]] {
            weak.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            weak.extend(field);
        }
        assert_eq!(PublicKey::parse(&format!("ssh-rsa {}", STANDARD.encode(weak))), Err(PublicKeyError::Weak));
    }
}
