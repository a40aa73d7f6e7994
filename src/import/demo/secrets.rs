//! Fake secrets: of the shape that each vendor's have, and marked so that nobody takes them for real.

use std::collections::BTreeMap;

use super::random::Random;
use crate::{
    domain::{
        Text,
        credential::{Credential, SecretRef},
        id::Id,
    },
    vault::Secret,
};

/// What every fake secret contains.
pub const MARK: &str = "FAKE-DEMO";

/// The secret fields of one of the demo's credentials.
pub struct DemoSecret {
    /// Whose they are.
    pub credential: Id<Credential>,
    /// The fields by name.
    pub fields: BTreeMap<Text, Secret>,
}

/// Credentials that hold the same secret as another: one key, stored twice.
const TWINS: [(&str, &str); 2] = [("openai-tier1", "openai-care-b"), ("openai-data-copy", "openai-data-embeddings")];

/// Credentials that are known by name only.
const ABSENT: [&str; 2] = ["anthropic-partner-site", "gemini-trial"];

/// Makes the secret of a credential; `None` if it has none of its own in the vault.
pub(super) fn of(seed: u64, credential: &Credential) -> Option<DemoSecret> {
    let stored = credential.secret == SecretRef::Absent && !ABSENT.contains(&&*credential.name);
    let name = TWINS.iter().find(|(twin, _)| *twin == &*credential.name).map_or(&*credential.name, |(_, first)| first);
    let path: Vec<u64> = name.bytes().map(u64::from).collect();
    let mut random = Random::new(seed, &path);
    let fields = forms(&credential.provider).iter();
    let fields = fields.map(|(field, prefix)| (Text::from(*field), secret(prefix, &mut random))).collect();
    stored.then_some(DemoSecret { credential: credential.id, fields })
}

fn secret(prefix: &str, random: &mut Random) -> Secret {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let body: String = (0..32).map(|_| char::from(*random.pick(LETTERS))).collect();
    Secret::new(format!("{prefix}{MARK}-{body}"))
}

/// Returns the secret fields of a provider, and how its values begin.
fn forms(provider: &str) -> &'static [(&'static str, &'static str)] {
    match provider {
        "bedrock" => &[("access_key_id", "AKIA-"), ("secret_access_key", "")],
        "openai" => &[("api_key", "sk-proj-")],
        "anthropic" => &[("api_key", "sk-ant-")],
        "gemini" => &[("api_key", "AIza-")],
        "groq" => &[("api_key", "gsk_")],
        "openrouter" => &[("api_key", "sk-or-")],
        "voyage" => &[("api_key", "pa-")],
        "jina" => &[("api_key", "jina_")],
        "deepseek" => &[("api_key", "sk-")],
        _ => &[("api_key", "")],
    }
}
