//! From `SECRET_KEY` to keys: one slow derivation of a root, then one sub-key for each purpose.
//!
//! ```text
//! root    = PBKDF2-HMAC-SHA256(SECRET_KEY, salt, iterations)      32 bytes
//! sub-key = HMAC-SHA256(root, "keydeck/1/" + purpose)             32 bytes
//! ```

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::secret_key::SecretKey;

/// The bytes that make two vaults of one `SECRET_KEY` differ.
pub type Salt = [u8; 16];

/// A count of PBKDF2 iterations within the bounds that a vault accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Iterations(u32);

/// A count of iterations that is too small to protect or too large to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the vault asks for {0} iterations of PBKDF2, and only {min} to {max} are accepted; \
     if nobody chose that number, the database was edited: restore its row `vault` from a backup",
    min = Iterations::LEAST.0, max = Iterations::MOST.0
)]
pub struct IterationsError(pub u32);

impl Iterations {
    /// OWASP's figure for PBKDF2-HMAC-SHA256: less than this is refused.
    pub const LEAST: Self = Self(600_000);
    /// About ten seconds of work: a stored number above this is an attack on the operator's patience.
    pub const MOST: Self = Self(10_000_000);

    /// Checks `count` against [`Iterations::LEAST`] and [`Iterations::MOST`].
    pub fn new(count: u32) -> Result<Self, IterationsError> {
        let iterations = Self(count);
        if (Self::LEAST..=Self::MOST).contains(&iterations) { Ok(iterations) } else { Err(IterationsError(count)) }
    }

    /// Returns the count.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Iterations {
    fn default() -> Self {
        Self::LEAST
    }
}

/// Fills `out` with PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2), without any bound on `iterations`.
///
/// For reading the stores of other programs; our own vault goes through [`Iterations`].
pub fn pbkdf2_hmac_sha256(password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, out);
}

/// What a sub-key is for: one key, one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Fernet key of the credentials' tokens.
    Seal,
    /// MAC that tells a wrong `SECRET_KEY` from a right one.
    Check,
    /// MAC that recognises the same secret stored twice.
    Fingerprint,
    /// MAC of the audit chain's seals.
    Audit,
    /// Fernet key under which an older root is kept while a rekey runs.
    Wrap,
}

impl Purpose {
    /// The text that is hashed; part of the format.
    const fn label(self) -> &'static str {
        match self {
            Self::Seal => "keydeck/1/seal",
            Self::Check => "keydeck/1/check",
            Self::Fingerprint => "keydeck/1/fingerprint",
            Self::Audit => "keydeck/1/audit",
            Self::Wrap => "keydeck/1/wrap",
        }
    }
}

/// Thirty-two secret bytes that are zeroed on drop; boxed, so that moving them leaves no copy behind.
pub(super) struct Key(Box<Zeroizing<[u8; 32]>>);

impl Key {
    /// Makes a key whose bytes `fill` writes in place.
    fn filled(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        let mut key = Self(Box::new(Zeroizing::new([0; 32])));
        fill(&mut key.0);
        key
    }

    /// Derives the root of a vault; takes from a tenth of a second to ten seconds of one core.
    pub(super) fn root(secret_key: &SecretKey, salt: &Salt, iterations: Iterations) -> Self {
        Self::filled(|out| pbkdf2_hmac_sha256(secret_key.bytes(), salt, iterations.get(), out))
    }

    /// Copies a key from `bytes`; `None` unless there are thirty-two.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == 32).then(|| Self::filled(|out| out.copy_from_slice(bytes)))
    }

    /// Derives the sub-key of a root for `purpose`.
    pub(super) fn sub_key(&self, purpose: Purpose) -> Self {
        Self::filled(|out| {
            let mut tag = self.hmac(purpose.label().as_bytes()).finalize().into_bytes();
            out.copy_from_slice(&tag);
            tag.as_mut_slice().zeroize();
        })
    }

    /// Reads the key.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Computes HMAC-SHA256 over `bytes`.
    pub(super) fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        self.hmac(bytes).finalize().into_bytes().into()
    }

    /// Says in constant time whether `tag` is HMAC-SHA256 over `bytes`.
    pub(super) fn verifies(&self, bytes: &[u8], tag: &[u8]) -> bool {
        self.hmac(bytes).verify_slice(tag).is_ok()
    }

    fn hmac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0[..]);
        mac.expect("HMAC takes a key of any length").chain_update(bytes)
    }
}

/// Joins `parts` so that no two lists give the same bytes: each after its length in eight bytes, big end first.
pub(super) fn length_prefixed(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum()));
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_outside_the_bounds_are_refused() {
        for refused in [0, 1, 100_000, 599_999, 10_000_001, u32::MAX] {
            assert_eq!(Iterations::new(refused), Err(IterationsError(refused)));
        }
        for accepted in [600_000, 600_001, 10_000_000] {
            assert_eq!(Iterations::new(accepted).map(Iterations::get), Ok(accepted));
        }
        let text = IterationsError(1).to_string();
        assert!(text.contains("600000 to 10000000"), "{text}");
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let root = Key::from_bytes(&[7; 32]).unwrap();
        let purposes = [Purpose::Seal, Purpose::Check, Purpose::Fingerprint, Purpose::Audit, Purpose::Wrap];
        let keys: std::collections::HashSet<_> = purposes.iter().map(|&p| *root.sub_key(p).bytes()).collect();
        assert_eq!(keys.len(), purposes.len());
        assert!(!keys.contains(root.bytes()));
    }

    #[test]
    fn joined_parts_can_be_told_apart() {
        assert_ne!(*length_prefixed(&[b"ab", b"c"]), *length_prefixed(&[b"a", b"bc"]));
        assert_ne!(*length_prefixed(&[b"ab", b""]), *length_prefixed(&[b"ab"]));
    }
}
