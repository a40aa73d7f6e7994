//! `SECRET_KEY` itself: which bytes count, and which are too weak to be taken.
//!
//! What counts is the raw bytes less one final line end (`\n` or `\r\n`): never trimmed, never normalised, so that the
//! same file gives the same key in every program. At least sixteen bytes must be left.

use thiserror::Error;
use zeroize::Zeroizing;

/// The fewest bytes a `SECRET_KEY` has.
pub const LEAST_BYTES: usize = 16;

/// The fewest different bytes: less is a key leaned on, not chosen.
const LEAST_DIFFERENT: usize = 6;

/// The fewest bytes that must be left when the words of placeholders are taken away.
const LEAST_UNCOMMON: usize = 8;

/// Whole keys that are printed in public: the defaults of Dify and `FeedForward`, and what keyboards suggest.
const PUBLISHED: [&str; 8] = [
    "sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U",
    "development-key-please-change-in-production",
    "your-production-secret-key-here",
    "change-me-in-production",
    "CHANGE_THIS_TO_A_STRONG_RANDOM_STRING",
    "your-secret-key-here",
    "correct horse battery staple",
    "correcthorsebatterystaple",
];

/// Words that placeholders are made of. A key of these and little else is one, however they are joined.
const PLACEHOLDER_WORDS: [&str; 54] = [
    "admin",
    "and",
    "api",
    "bar",
    "before",
    "change",
    "credential",
    "default",
    "demo",
    "dev",
    "development",
    "django",
    "dummy",
    "example",
    "fake",
    "feedforward",
    "fill",
    "fixme",
    "foo",
    "generate",
    "here",
    "in",
    "insecure",
    "insert",
    "it",
    "key",
    "keydeck",
    "letmein",
    "me",
    "must",
    "my",
    "not",
    "password",
    "placeholder",
    "please",
    "production",
    "put",
    "qwerty",
    "random",
    "replace",
    "sample",
    "secret",
    "secure",
    "string",
    "strong",
    "super",
    "test",
    "this",
    "to",
    "todo",
    "value",
    "with",
    "xxx",
    "your",
];

/// Why some bytes are no `SECRET_KEY`; it never repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRefused {
    /// Nothing was given.
    #[error("SECRET_KEY is empty; {ADVICE}")]
    Empty,
    /// There are fewer than [`LEAST_BYTES`] bytes.
    #[error("SECRET_KEY is shorter than {LEAST_BYTES} bytes; {ADVICE}")]
    Short,
    /// It is a published default, or made of the words of placeholders.
    #[error("SECRET_KEY is a default or a placeholder that others know; {ADVICE}")]
    Placeholder,
    /// It repeats a few characters or counts through an alphabet.
    #[error("SECRET_KEY is one character or a short pattern over and over, or a sequence; {ADVICE}")]
    Pattern,
    /// The operating system gave no random bytes to make one.
    #[error("the operating system gives no random bytes, so no SECRET_KEY can be made; try again")]
    NoRandomness,
}

/// What to do next, in every refusal.
const ADVICE: &str = "make a random one, for example with `openssl rand -base64 32`";

/// The bytes that open a vault. Zeroed on drop; readable inside the vault alone.
pub struct SecretKey(Zeroizing<Vec<u8>>);

impl SecretKey {
    /// Takes `bytes` over, less one final line end, unless they are too weak.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, KeyRefused> {
        let length = without_line_end(&bytes).len();
        bytes.truncate(length);
        judge(&bytes)?;
        Ok(Self(bytes))
    }

    /// Takes over what a person typed into a masked field or at a prompt.
    pub fn typed(text: String) -> Result<Self, KeyRefused> {
        Self::new(Zeroizing::new(text.into_bytes()))
    }

    /// Makes a key of 256 random bits, written as 43 characters of base64url.
    pub fn random() -> Result<Self, KeyRefused> {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut bits = Zeroizing::new([0; 32]);
        getrandom::fill(&mut bits[..]).map_err(|_| KeyRefused::NoRandomness)?;
        Self::typed(URL_SAFE_NO_PAD.encode(&bits[..]))
    }

    /// Says whether two keys that one person holds are the same; nothing is learned from how long that takes.
    pub fn is_same(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }

    /// Reads the key.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Returns `bytes` less one final `\n` or `\r\n`.
pub(super) fn without_line_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").map_or(bytes, |rest| rest.strip_suffix(b"\r").unwrap_or(rest))
}

fn judge(key: &[u8]) -> Result<(), KeyRefused> {
    if key.is_empty() {
        Err(KeyRefused::Empty)
    } else if key.len() < LEAST_BYTES {
        Err(KeyRefused::Short)
    } else if PUBLISHED.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(key.trim_ascii())) {
        Err(KeyRefused::Placeholder)
    } else if different(key) < LEAST_DIFFERENT || repeats(key) || counts(key) {
        Err(KeyRefused::Pattern)
    } else if uncommon(key) < LEAST_UNCOMMON {
        Err(KeyRefused::Placeholder)
    } else {
        Ok(())
    }
}

fn different(key: &[u8]) -> usize {
    (0..=u8::MAX).filter(|byte| key.contains(byte)).count()
}

/// Says whether `key` is a shorter text over and over, the last time perhaps cut off.
fn repeats(key: &[u8]) -> bool {
    (1..=key.len() / 2).any(|period| key[period..] == key[..key.len() - period])
}

/// Says whether nearly all steps from byte to byte are one up, one down or none: `0123456789abcdef`.
fn counts(key: &[u8]) -> bool {
    let small = key.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    small * 5 >= (key.len() - 1) * 4
}

/// Counts the bytes that are left when the words of placeholders, blanks and ASCII punctuation are taken away.
fn uncommon(key: &[u8]) -> usize {
    let letters: Zeroizing<Vec<u8>> =
        Zeroizing::new(key.iter().filter(|b| !b.is_ascii() || b.is_ascii_alphanumeric()).copied().collect());
    let mut rest = letters.as_slice();
    let mut left = 0;
    let mut before = None;
    while let Some(first) = rest.first() {
        let word = PLACEHOLDER_WORDS
            .iter()
            .map(|word| word.len())
            .filter(|&length| {
                rest.get(..length)
                    .is_some_and(|start| PLACEHOLDER_WORDS.iter().any(|w| w.as_bytes().eq_ignore_ascii_case(start)))
            })
            .max();
        // `123456` is what people add to a placeholder to please a rule: of such a run only the first digit counts.
        let goes_on = first.is_ascii_digit() && before.is_some_and(|b: u8| b.abs_diff(*first) <= 1);
        left += usize::from(word.is_none() && !goes_on);
        before = word.is_none().then_some(*first);
        rest = &rest[word.unwrap_or(1)..];
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(key: &str) -> Option<KeyRefused> {
        SecretKey::typed(key.to_owned()).err()
    }

    #[test]
    fn one_line_end_is_taken_away_and_nothing_else() {
        let kept = |text: &str| SecretKey::typed(text.to_owned()).unwrap().bytes().to_vec();
        for (given, counted) in [
            ("Zq7 kd-f83 Lm2x-pW", "Zq7 kd-f83 Lm2x-pW"),
            ("Zq7 kd-f83 Lm2x-pW\n", "Zq7 kd-f83 Lm2x-pW"),
            ("Zq7 kd-f83 Lm2x-pW\r\n", "Zq7 kd-f83 Lm2x-pW"),
            ("Zq7 kd-f83 Lm2x-pW\n\n", "Zq7 kd-f83 Lm2x-pW\n"),
            ("Zq7 kd-f83 Lm2x-pW\r", "Zq7 kd-f83 Lm2x-pW\r"),
            (" Zq7 kd-f83 Lm2x-pW ", " Zq7 kd-f83 Lm2x-pW "),
            ("u\u{308}Zq7kd-f83Lm2x-pW", "u\u{308}Zq7kd-f83Lm2x-pW"),
        ] {
            assert_eq!(kept(given), counted.as_bytes(), "{given:?}");
        }
    }

    #[test]
    fn short_keys_are_refused() {
        assert_eq!(refusal(""), Some(KeyRefused::Empty));
        assert_eq!(refusal("\r\n"), Some(KeyRefused::Empty));
        assert_eq!(refusal("Zq7kdf83Lm2xpW0"), Some(KeyRefused::Short));
        assert_eq!(refusal("Zq7kdf83Lm2xpW0\n"), Some(KeyRefused::Short), "the line end does not count");
        assert_eq!(refusal("Zq7kdf83Lm2xpW0v"), None);
        assert_eq!(refusal("Zq7kdf83Lm2éé"), Some(KeyRefused::Short));
        assert_eq!(refusal("Zq7kdf83Lm2éééW"), None, "bytes are counted");
    }

    #[test]
    fn defaults_and_placeholders_are_refused() {
        for known in PUBLISHED {
            assert_eq!(refusal(known), Some(KeyRefused::Placeholder), "{known}");
            assert_eq!(refusal(&format!("{known}\r\n")), Some(KeyRefused::Placeholder), "{known}");
            assert_eq!(refusal(&known.to_uppercase()), Some(KeyRefused::Placeholder), "{known}");
        }
        for made in [
            "please-change-this-secret-key",
            "ChangeMe_ChangeIt_2024!!",
            "YOUR_SECRET_KEY_GOES_HERE",
            "<insert your secret key here>",
            "my-super-secret-password-123456",
            "django-insecure-key-123",
            "keydeck-test-secret-key",
            "replace with a strong random value",
        ] {
            assert_eq!(refusal(made), Some(KeyRefused::Placeholder), "{made}");
        }
    }

    #[test]
    fn patterns_are_refused() {
        for pattern in [
            "aaaaaaaaaaaaaaaa",
            "0000000000000000000000000000000000000000000=",
            "abababababababab",
            "Zq7kdf83Zq7kdf83",
            "Zq7kdf83Zq7kdf83Zq7",
            "0123456789abcdef",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "98765432109876543210",
            "1234567890123456",
            "aZ7qaqZ7Z7qqaZaq7ZqaZ7",
        ] {
            assert_eq!(refusal(pattern), Some(KeyRefused::Pattern), "{pattern}");
        }
    }

    #[test]
    fn good_keys_are_taken() {
        for good in [
            "throwaway-ff-secret-2f9c1e7a-do-not-use",
            "3S6Zd4YqWrC-c3bHvmT5kl0x9UIaPYK3G_wYp5zkMlQ=",
            "6f1a0c9be27d4835a1c2",
            "83920174650193847561",
            "seven grey owls ate my marmalade",
            "七只灰色的猫头鹰吃了我的果酱",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
    }

    #[test]
    fn no_refusal_repeats_the_key() {
        let text = refusal("my-super-secret-password-123456").unwrap().to_string();
        assert!(!text.contains("123456") && text.contains("openssl rand"), "{text}");
    }

    #[test]
    fn random_keys_are_taken_and_differ() {
        let (one, two) = (SecretKey::random().unwrap(), SecretKey::random().unwrap());
        assert_eq!(one.bytes().len(), 43);
        assert!(one.bytes() != two.bytes());
    }

    proptest! {
        #[test]
        fn thirty_two_random_bytes_are_always_taken(bytes: [u8; 32]) {
            prop_assume!(different(&bytes) > 16);
            prop_assert!(SecretKey::new(Zeroizing::new(bytes.to_vec())).is_ok());
        }
    }
}
