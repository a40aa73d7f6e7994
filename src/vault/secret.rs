//! The text that must not be seen: a type that zeroes itself and can't be printed, copied or compared by chance.

use zeroize::{Zeroize, Zeroizing};

/// The fewest characters a secret has before any of them may be shown.
const MASKABLE: usize = 12;

/// A secret text: an API key, a password, a service account's file.
///
/// Invariant: it implements none of `Debug`, `Display`, `Clone`, `Serialize` and `PartialEq`, its memory is zeroed on
/// drop, and [`Secret::expose`] is the only way to read it, so that a search for that word finds every reader.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` over without copying it, so that no other copy is left to zero.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes `bytes` over without copying them; `None` if they are not UTF-8 (they are zeroed all the same).
    pub fn from_utf8(mut bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Some(Self::new(text)),
            Err(refused) => {
                refused.into_bytes().zeroize();
                None
            }
        }
    }

    /// Reads the secret; the caller copies it nowhere that outlives its use.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether there is nothing to keep secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the last four characters, to be stored beside the sealed secret as a help to recognise it.
    ///
    /// `None` for a secret of fewer than twelve characters, where four would give too much away, and where one of the
    /// four is a blank or can't be printed.
    pub fn last4(&self) -> Option<String> {
        let text = self.expose();
        let start = text.char_indices().rev().nth(3)?.0;
        let long = text.chars().nth(MASKABLE - 1).is_some();
        let plain = text[start..].chars().all(|c| !c.is_whitespace() && !crate::domain::name::is_unprintable(c));
        (long && plain).then(|| text[start..].to_owned())
    }
}

/// Draws a secret as a screen may show it: `…x9Kd`, or `…` where no characters may be shown; never its length.
pub fn mask(last4: Option<&str>) -> String {
    format!("…{}", last4.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails to compile if `$type` implements one of the traits: the call would then be ambiguous.
    macro_rules! lacks {
        ($type:ty: $($trait:path),+) => {$({
            trait Ambiguous<A> { fn witness() {} }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Implemented;
            impl<T: ?Sized + $trait> Ambiguous<Implemented> for T {}
            let _ = <$type as Ambiguous<_>>::witness;
        })+};
    }

    #[test]
    fn a_secret_can_be_neither_printed_nor_copied_nor_compared_nor_stored() {
        lacks!(Secret: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, PartialEq);
        lacks!(crate::vault::SecretKey: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, PartialEq);
        lacks!(crate::vault::Vault: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, PartialEq);
        lacks!(crate::vault::Opened: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, PartialEq);
        lacks!(crate::vault::AuditKey: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, PartialEq);
    }

    #[test]
    fn the_text_is_taken_over_and_not_copied() {
        let text = String::from("sk-FAKE-taken-over");
        let place = text.as_ptr();
        let secret = Secret::new(text);
        assert_eq!(secret.expose().as_ptr(), place);

        let bytes = Zeroizing::new(b"sk-FAKE-taken-over".to_vec());
        let place = bytes.as_ptr();
        assert_eq!(Secret::from_utf8(bytes).unwrap().expose().as_ptr(), place);
        assert!(Secret::from_utf8(Zeroizing::new(vec![0xff])).is_none());
    }

    #[test]
    fn a_mask_shows_four_characters_at_most_and_never_the_length() {
        let masked = |text: &str| mask(Secret::new(text.to_owned()).last4().as_deref());
        assert_eq!(masked("sk-FAKE-abcx9Kd"), "…x9Kd");
        assert_eq!(masked("sk-FAKE-abc-and-a-much-longer-one-x9Kd"), "…x9Kd");
        assert_eq!(masked("elevenchars"), "…");
        assert_eq!(masked("twelve-chars"), "…hars");
        assert_eq!(masked("éééééééééééé"), "…éééé", "characters are counted, not bytes");
        assert_eq!(masked("éééééé"), "…");
        assert_eq!(masked(""), "…");
        assert_eq!(masked("abc"), "…");
        assert_eq!(masked("{\"type\": \"service_account\"\n}\n"), "…", "a blank among the four");
        assert_eq!(masked("sk-FAKE-abcdef\u{1b}[2J"), "…", "an escape among the four");
    }
}
