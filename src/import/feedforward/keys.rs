//! Keys: opening what `FeedForward` sealed, with its own `SECRET_KEY` or with one of those that everybody knows.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::vault::{FernetKey, Secret, pbkdf2_hmac_sha256};

/// The salt and the iterations of `FeedForward`'s derivation. Source: its `app/utils/crypto.py`.
const SALT: &[u8] = b"feedforward_salt";
const ITERATIONS: u32 = 100_000;

/// How every stored token begins: base64 of `gAAAAA`, with which a Fernet token begins.
const SEALED: &str = "Z0FBQUFB";

/// How a token begins that was not put into base64 a second time.
const BARE: &str = "gAAAAA";

/// The `SECRET_KEY`s that stand in `FeedForward`'s source, its compose file, its examples and its documentation.
const PUBLIC: [&str; 6] = [
    "development-key-please-change-in-production",
    "change-me-in-production",
    "CHANGE_THIS_TO_A_STRONG_RANDOM_STRING",
    "your-secret-key-here",
    "your-production-secret-key-here",
    "",
];

/// What opens the keys of one database.
pub struct Keyring {
    own: Option<FernetKey>,
    own_is_public: bool,
}

/// The keys of the public secrets: derived once, when one is needed.
static PUBLIC_KEYS: LazyLock<Vec<FernetKey>> = LazyLock::new(|| PUBLIC.iter().map(|secret| derive(secret)).collect());

/// What stands where a key is kept.
pub enum Stored {
    /// Nothing.
    Absent,
    /// A key that opened.
    Sealed {
        /// The key.
        secret: Secret,
        /// Whether everybody can open it: it lies under a `SECRET_KEY` that is printed in public.
        public: bool,
    },
    /// A key in the clear.
    Plain(Secret),
    /// A key that none of the `SECRET_KEY`s opens.
    Closed,
}

impl Keyring {
    /// Makes a ring of `FeedForward`'s `SECRET_KEY`, if it is known, and the public ones. Blocks for the derivation.
    pub fn new(secret_key: Option<&Secret>) -> Self {
        Self {
            own: secret_key.map(|it| derive(it.expose())),
            own_is_public: secret_key.is_some_and(|it| PUBLIC.contains(&it.expose())),
        }
    }

    /// Says whether a `SECRET_KEY` was given.
    pub const fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Opens what is stored. Never refused for its time, and never falling back to anything.
    pub fn open(&self, stored: &str) -> Stored {
        let stored = stored.trim();
        let token = if stored.is_empty() {
            return Stored::Absent;
        } else if stored.starts_with(SEALED) {
            STANDARD.decode(stored).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        } else if stored.starts_with(BARE) {
            Some(stored.to_owned())
        } else {
            return Stored::Plain(Secret::new(stored.to_owned()));
        };
        let Some(token) = token else { return Stored::Closed };
        if let Some(secret) = self.own.as_ref().and_then(|key| decrypt(key, &token)) {
            return Stored::Sealed { secret, public: self.own_is_public };
        }
        match PUBLIC_KEYS.iter().find_map(|key| decrypt(key, &token)) {
            Some(secret) => Stored::Sealed { secret, public: true },
            None => Stored::Closed,
        }
    }
}

fn derive(secret_key: &str) -> FernetKey {
    let mut bytes = Zeroizing::new([0; 32]);
    pbkdf2_hmac_sha256(secret_key.as_bytes(), SALT, ITERATIONS, &mut *bytes);
    FernetKey::new(&bytes)
}

fn decrypt(key: &FernetKey, token: &str) -> Option<Secret> {
    key.decrypt(token).ok().and_then(Secret::from_utf8).filter(|secret| !secret.expose().trim().is_empty())
}

/// `FeedForward`'s own key, for what is written to be read by it.
pub struct Seal(FernetKey);

impl Seal {
    /// Derives it from `FeedForward`'s `SECRET_KEY`. Blocks for the derivation.
    pub fn new(secret_key: &Secret) -> Self {
        Self(derive(secret_key.expose()))
    }

    /// Seals a key as `FeedForward` stores it: a token, in base64 once more.
    pub fn seal(&self, key: &Secret) -> String {
        STANDARD.encode(self.0.encrypt(key.expose().as_bytes()))
    }
}

/// Seals a key as `FeedForward` does, for a test.
#[cfg(test)]
pub fn seal(secret_key: &str, key: &str) -> String {
    Seal(derive(secret_key)).seal(&Secret::new(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::placeholder::is_placeholder;

    /// The worked example of the public description of the format, made with Python's `cryptography`.
    const STORED: &str = "Z0FBQUFBQm5kSVdBQUFFQ0F3UUZCZ2NJQ1FvTERBME9EM0toRUVsWHVRZF9ldE9LM0M1dGRsWlB0TXloSGk2LUx5aFczQzBUbzdLek96SzVmRUNpN2xkc0xrdVI1LXphTlNkZWNKSjJCb3RtM1pUamlsb0thdFE9";
    const SECRET_KEY: &str = "throwaway-ff-secret-2f9c1e7a-do-not-use";

    fn ring(key: Option<&str>) -> Keyring {
        Keyring::new(key.map(|it| Secret::new(it.to_owned())).as_ref())
    }

    fn opened(stored: Stored) -> Option<(String, bool)> {
        if let Stored::Sealed { secret, public } = stored { Some((secret.expose().to_owned(), public)) } else { None }
    }

    #[test]
    fn a_stored_key_opens_under_its_own_secret_and_no_other() {
        let right = ring(Some(SECRET_KEY)).open(STORED);
        assert_eq!(opened(right), Some(("sk-FAKE-worked-example-0001".to_owned(), false)));
        for wrong in [None, Some("not-the-right-secret"), Some("throwaway-ff-secret-2f9c1e7a-do-not-use ")] {
            assert!(matches!(ring(wrong).open(STORED), Stored::Closed), "{wrong:?}");
        }
        let mut damaged = STORED.to_owned();
        damaged.truncate(60);
        assert!(matches!(ring(Some(SECRET_KEY)).open(&damaged), Stored::Closed));
    }

    #[test]
    fn the_public_secrets_are_tried_and_told() {
        for secret_key in PUBLIC {
            let stored = seal(secret_key, "sk-FAKE-public");
            assert_eq!(opened(ring(None).open(&stored)), Some(("sk-FAKE-public".to_owned(), true)), "{secret_key}");
            assert_eq!(opened(ring(Some(secret_key)).open(&stored)).map(|it| it.1), Some(true), "{secret_key}");
        }
    }

    #[test]
    fn what_is_no_token_is_a_key_in_the_clear_or_a_placeholder() {
        let plain = |text: &str| match ring(None).open(text) {
            Stored::Plain(secret) => is_placeholder(&secret),
            _ => panic!("{text} is plain"),
        };
        assert!(!plain("sk-FAKE-in-the-clear"));
        assert!(plain("PLACEHOLDER-SYSTEM-KEY-GPT4") && plain("YOUR_GOOGLE_API_KEY_HERE"));
        assert!(matches!(ring(None).open("  "), Stored::Absent));
    }
}
