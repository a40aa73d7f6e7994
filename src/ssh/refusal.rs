//! Refusal: what somebody is told whose key opens nothing: the fingerprint to give to an admin, and which keys work.

use std::fmt::Write;

use russh::keys::{Algorithm, HashAlg, PublicKey};

use crate::domain::name::printable;

/// How many keys are named; an agent may offer more.
const NAMED: usize = 6;

/// Says whether a signature of this kind shows that somebody holds a key: of RSA those of today, and where it is built in.
pub fn shows(algorithm: &Algorithm) -> bool {
    // Without a hash of its own it is `ssh-rsa`, which signs with SHA-1: that can be forged.
    if let Algorithm::Rsa { hash } = algorithm { cfg!(feature = "ssh-rsa") && hash.is_some() } else { true }
}

/// The keys that were offered on one connection, and refused.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    keys: Vec<(String, &'static str)>,
    rsa: bool,
    outdated: bool,
}

impl Refused {
    /// Notes a key, and how it was to be shown.
    pub fn note(&mut self, key: &PublicKey, algorithm: &Algorithm) {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        self.rsa |= matches!(key.algorithm(), Algorithm::Rsa { .. });
        self.outdated |= *algorithm == Algorithm::Rsa { hash: None };
        if self.keys.len() < NAMED && self.keys.iter().all(|(known, _)| *known != fingerprint) {
            self.keys.push((fingerprint, kind(&key.algorithm())));
        }
    }

    /// Returns the fingerprint of the first.
    pub fn first(&self) -> Option<&str> {
        self.keys.first().map(|(fingerprint, _)| &**fingerprint)
    }

    /// Says what is wrong, and what to do.
    pub fn told(&self) -> String {
        let mut text = String::from("\n");
        let taken = if cfg!(feature = "ssh-rsa") { "ed25519, ecdsa and rsa" } else { "ed25519 and ecdsa" };
        if self.keys.is_empty() {
            text.push_str("keydeck lets people in by their SSH key, and yours did not come here.\n");
            let _ = writeln!(text, "It takes keys of the kinds {taken}. Offer one with: ssh -i FILE");
            text.push_str("Make one with: ssh-keygen -t ed25519\n");
            return text;
        }
        text.push_str("keydeck knows nobody by the key that you offered:\n");
        for (fingerprint, kind) in &self.keys {
            let _ = writeln!(text, "  {} ({kind})", printable(fingerprint));
        }
        if self.rsa && !cfg!(feature = "ssh-rsa") {
            let _ = writeln!(text, "RSA keys are not taken here, whoever holds them: only {taken}.");
            text.push_str("Make one with: ssh-keygen -t ed25519\n");
        } else if self.outdated {
            text.push_str(
                "Your client signs with SHA-1 (ssh-rsa), which shows nothing any more, whoever holds the key.\n",
            );
            text.push_str("Let it sign with rsa-sha2-512, or make another key with: ssh-keygen -t ed25519\n");
        }
        text.push_str("Give the fingerprint and your .pub file to an admin, who lets you in with:\n");
        text.push_str("  keydeck operator add-key LOGIN FILE.pub\n");
        text
    }
}

fn kind(algorithm: &Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rsa { .. } => "rsa",
        Algorithm::Ed25519 => "ed25519",
        Algorithm::Ecdsa { .. } => "ecdsa",
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => "security key",
        _ => "of another kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwaubNf8I9LmiEY+AoEIUltNQ2VDYaWXCpn/GHViEbc alice@desk";

    #[test]
    fn a_stranger_is_told_the_fingerprint_and_whom_to_ask() {
        let mut refused = Refused::default();
        assert!(refused.told().contains("ssh-keygen -t ed25519") && refused.first().is_none());
        let key = PublicKey::from_openssh(ED25519).unwrap();
        refused.note(&key, &Algorithm::Ed25519);
        refused.note(&key, &Algorithm::Ed25519);
        assert_eq!(refused.first(), Some("SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU"));
        let told = refused.told();
        assert_eq!(told.matches("SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU (ed25519)").count(), 1, "{told}");
        assert!(told.contains("keydeck operator add-key") && !told.contains("RSA"), "{told}");
    }

    #[test]
    fn a_signature_with_sha_1_shows_nothing_and_one_of_rsa_only_where_it_is_built_in() {
        let built_in = cfg!(feature = "ssh-rsa");
        let rsa = |hash| Algorithm::Rsa { hash };
        assert!(shows(&Algorithm::Ed25519) && !shows(&rsa(None)));
        assert_eq!([HashAlg::Sha256, HashAlg::Sha512].map(|hash| shows(&rsa(Some(hash)))), [built_in; 2]);
        let mut refused = Refused::default();
        let line: Vec<&str> = include_str!("../../fuzz/seeds/ssh-key/rsa.pub").split_whitespace().take(2).collect();
        refused.note(&PublicKey::from_openssh(&line.join(" ")).unwrap(), &rsa(None));
        assert_eq!(refused.told().contains("signs with SHA-1"), built_in, "{}", refused.told());
        assert_eq!(refused.told().contains("RSA keys are not taken here"), !built_in, "{}", refused.told());
    }
}
