//! The text that a program shows: the token's id in clear, and 256 random bits of which only a hash is kept.
//!
//! The bits are random, so one round of SHA-256 is enough: there is nothing to guess. The hash is compared in constant
//! time; what is looked up by comparison, the id, is no secret.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    domain::{id::Id, token::Token},
    store::Hash,
    vault::Secret,
};

/// What every token begins with, so that people and scanners of leaked secrets know it.
pub const PREFIX: &str = "kdt_";

/// Begins the bytes that are hashed; the number is the version of the form.
const HASHED: &[u8] = b"keydeck token/1";

/// How many bytes the secret part has: 256 bits.
const BYTES: usize = 32;

/// A token as a program showed it. It is not known yet whether it is genuine.
pub struct Shown {
    /// Which token it claims to be.
    pub(in crate::ops) id: Id<Token>,
    secret: Zeroizing<[u8; BYTES]>,
}

impl Shown {
    /// Reads what a program showed; `None` if it has not the form of a token.
    pub fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('.')?;
        let id: [u8; 16] = decoded(id)?;
        Some(Self { id: Id::new(Uuid::from_bytes(id)), secret: Zeroizing::new(decoded(secret)?) })
    }

    /// Draws the secret part of a new token.
    pub(super) fn draw(id: Id<Token>) -> Result<Self, getrandom::Error> {
        let mut secret = Zeroizing::new([0; BYTES]);
        getrandom::fill(&mut *secret)?;
        Ok(Self { id, secret })
    }

    /// Returns what is kept of it.
    pub(super) fn hash(&self) -> Hash {
        let mut sha = Sha256::new();
        sha.update(HASHED);
        sha.update(self.id.uuid().as_bytes());
        sha.update(*self.secret);
        sha.finalize().into()
    }

    /// Says whether it is the token of which `kept` is the hash. How long that takes says nothing.
    pub(in crate::ops) fn is(&self, kept: &Hash) -> bool {
        self.hash().ct_eq(kept).into()
    }

    /// Writes it as a program shows it.
    pub(super) fn text(&self) -> Secret {
        let mut text = String::with_capacity(PREFIX.len() + 22 + 1 + 43);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.id.uuid().as_bytes(), &mut text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(*self.secret, &mut text);
        Secret::new(text)
    }
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // A longer text does not fit, and a shorter one leaves room.
    (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(N)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_no_other_is_taken_for_it() {
        let id = Id::new(Uuid::from_u128(7));
        let (one, other) = (Shown::draw(id).unwrap(), Shown::draw(id).unwrap());
        let text = one.text();
        let read = Shown::read(text.expose()).unwrap();
        assert!(read.id == id && read.is(&one.hash()) && !read.is(&other.hash()));
        assert_eq!(text.expose().len(), 70);
        // The same bits under another id are another token.
        let moved = Shown { id: Id::new(Uuid::from_u128(8)), secret: one.secret.clone() };
        assert!(!moved.is(&one.hash()));
    }

    #[test]
    fn what_has_not_the_form_is_no_token() {
        let text = Shown::draw(Id::new(Uuid::from_u128(7))).unwrap().text();
        let text = text.expose();
        let longer = format!("{text}A");
        let other_prefix = text.replace(PREFIX, "kdx_");
        for wrong in ["", "kdt_", "kdt_.", &text[4..], &text[..69], &longer, &other_prefix, &text.replace('.', "_")] {
            assert!(Shown::read(wrong).is_none(), "{wrong}");
        }
    }
}
