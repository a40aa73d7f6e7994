//! Fernet as keydeck uses it: strict in form, and never refusing a stored token for its time.
//!
//! Source of the format: <https://github.com/fernet/spec/blob/master/Spec.md>. Its timestamp is not secret and is
//! authenticated; it says when a token was sealed and is read by nothing here.
//!
//! Memory: keys and plaintexts are zeroed, save one copy of each Fernet key that the `fernet` crate decodes and frees;
//! that is why a [`FernetKey`] is made once and kept.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE};
use fernet::Fernet;
use thiserror::Error;
use zeroize::Zeroizing;

/// Seconds by which the `fernet` crate lets a token be in the future, which it adds to the time it is given.
const SKEW: u64 = 60;

/// Why a token does not open; it says nothing about the plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// The text is no Fernet token: not base64url in its one canonical form, or too short.
    #[error("this is not a Fernet token")]
    Malformed,
    /// The token was changed, or sealed under another key.
    #[error("the token was changed, or sealed under another key")]
    NotAuthentic,
}

/// A key that encrypts and authenticates: half AES-128-CBC, half HMAC-SHA256.
pub struct FernetKey(Fernet);

impl FernetKey {
    /// Makes a key from its 32 bytes, the signing half first.
    #[expect(clippy::missing_panics_doc, reason = "it can't: every 32 bytes are a key")]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let text = Zeroizing::new(URL_SAFE.encode(bytes));
        Self(Fernet::new(&text).expect("32 bytes in base64url are a Fernet key"))
    }

    /// Encrypts `plaintext` under a fresh random IV, stamped with the present time.
    pub fn encrypt(&self, plaintext: &[u8]) -> String {
        // A clock before 1970 is wrong, but no reason to lose a secret: the stamp is never judged.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        self.0.encrypt_at_time(plaintext, now)
    }

    /// Decrypts `token` whatever its time says.
    pub fn decrypt(&self, token: &str) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        // The crate ignores missing padding and, without a time of our own, refuses tokens of a clock that runs ahead.
        let bytes = URL_SAFE.decode(token).map_err(|_| TokenError::Malformed)?;
        let stamp = bytes.get(1..9).and_then(|stamp| stamp.try_into().ok()).ok_or(TokenError::Malformed)?;
        let judged_at = u64::from_be_bytes(stamp).min(u64::MAX - SKEW);
        let plaintext = self.0.decrypt_at_time(token, None, judged_at).map_err(|_| TokenError::NotAuthentic)?;
        Ok(Zeroizing::new(plaintext))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_of_any_time_opens() {
        let key = FernetKey::new(&[3; 32]);
        for time in [0, 1, 4_000_000_000, u64::MAX - SKEW, u64::MAX - 1, u64::MAX] {
            let token = key.0.encrypt_at_time(b"hello", time);
            assert_eq!(key.decrypt(&token).unwrap().as_slice(), b"hello", "stamped {time}");
        }
    }

    #[test]
    fn two_encryptions_of_one_text_differ() {
        let key = FernetKey::new(&[3; 32]);
        assert_ne!(key.encrypt(b"hello"), key.encrypt(b"hello"));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = FernetKey::new(&[3; 32]);
        let token = key.encrypt(b"sk-FAKE-flip-me");
        let bytes = URL_SAFE.decode(&token).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.decrypt(&URL_SAFE.encode(changed)).is_err(), "bit {bit} of the bytes");
        }
        for bit in 0..token.len() * 8 {
            let mut changed = token.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = String::from_utf8(changed).is_ok_and(|changed| key.decrypt(&changed).is_ok());
            assert!(!opened, "bit {bit} of the text");
        }
    }

    #[test]
    fn a_token_has_one_form_only() {
        let key = FernetKey::new(&[3; 32]);
        let token = key.encrypt(b"");
        assert!(token.ends_with('='), "{token}");
        assert_eq!(key.decrypt(token.trim_end_matches('=')).err(), Some(TokenError::Malformed));
        assert_eq!(key.decrypt(&format!("{token}\n")).err(), Some(TokenError::Malformed));
        assert_eq!(key.decrypt("").err(), Some(TokenError::Malformed));
        assert_eq!(key.decrypt("gAAAAAA=").err(), Some(TokenError::Malformed));
    }

    proptest! {
        #[test]
        fn decryption_undoes_encryption(bytes: [u8; 32], plaintext: Vec<u8>) {
            let key = FernetKey::new(&bytes);
            let opened = key.decrypt(&key.encrypt(&plaintext)).unwrap();
            prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            prop_assert!(FernetKey::new(&[3; 32]).decrypt(&text).is_err());
        }
    }
}
