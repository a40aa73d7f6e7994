//! Refusal: what somebody is told whose key opens nothing: the fingerprint to give to an admin, and which keys work.

use std::fmt::Write;

use russh::keys::{Algorithm, HashAlg, PublicKey};

use crate::domain::name::printable;

/// How many keys are named; an agent may offer more.
const NAMED: usize = 6;

/// The keys that were offered on one connection, and refused.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    keys: Vec<(String, &'static str)>,
    rsa: bool,
}

impl Refused {
    /// Notes a key.
    pub fn note(&mut self, key: &PublicKey) {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        self.rsa |= matches!(key.algorithm(), Algorithm::Rsa { .. });
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
        refused.note(&key);
        refused.note(&key);
        assert_eq!(refused.first(), Some("SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU"));
        let told = refused.told();
        assert_eq!(told.matches("SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU (ed25519)").count(), 1, "{told}");
        assert!(told.contains("keydeck operator add-key") && !told.contains("RSA"), "{told}");
    }
}
