//! Names of variables: which vendor's field each one gives, by the vendors' own list and by what other tools call them.

use std::collections::BTreeMap;

use crate::domain::{Text, catalogue::Catalogue};

/// What other tools call some fields: `LiteLLM`, `LangChain`, the vendors' older libraries.
const OTHERS: &[(&str, &str, &str)] = &[
    ("OPENAI_API_BASE", "openai", "base_url"),
    ("OPENAI_ORGANIZATION", "openai", "organization"),
    ("ANTHROPIC_API_BASE", "anthropic", "base_url"),
    ("AZURE_API_KEY", "azure-openai", "api_key"),
    ("AZURE_API_BASE", "azure-openai", "base_url"),
    ("AZURE_API_VERSION", "azure-openai", "api_version"),
    ("AZURE_OPENAI_API_VERSION", "azure-openai", "api_version"),
    ("AWS_DEFAULT_REGION", "bedrock", "region"),
    ("AWS_REGION_NAME", "bedrock", "region"),
    ("GOOGLE_API_KEY", "gemini", "api_key"),
    ("GEMINI_API_KEY", "gemini", "api_key"),
    ("CO_API_KEY", "cohere", "api_key"),
    ("HF_TOKEN", "huggingface", "api_key"),
    ("HUGGINGFACE_API_KEY", "huggingface", "api_key"),
    ("HUGGING_FACE_HUB_TOKEN", "huggingface", "api_key"),
    ("OLLAMA_API_BASE", "ollama", "base_url"),
    ("CUSTOM_LLM_API_KEY", "openai-compatible", "api_key"),
    ("CUSTOM_LLM_BASE_URL", "openai-compatible", "base_url"),
    ("VOYAGEAI_API_KEY", "voyage", "api_key"),
    ("PERPLEXITYAI_API_KEY", "perplexity", "api_key"),
    ("TOGETHERAI_API_KEY", "together", "api_key"),
];

/// Who is meant where several vendors' programs read one variable.
const PREFERRED: [&str; 4] = ["openai", "bedrock", "volcengine-maas", "hunyuan"];

/// What a variable gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub provider: Text,
    pub field: Text,
    pub is_secret: bool,
    /// What stands behind the usual name, as a part of a name; empty if nothing does.
    pub ending: String,
}

/// The variables that are known.
pub(super) struct Names(BTreeMap<String, Meaning>);

impl Names {
    /// Gathers what the vendors of a catalogue, and those of the workspace's own, read.
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut names: BTreeMap<String, Meaning> = BTreeMap::new();
        let vocabulary = catalogue.vocabulary();
        let mut providers: Vec<_> = vocabulary.providers().filter_map(|(_, entry)| entry.provider()).collect();
        let rank = |slug: &str| PREFERRED.iter().position(|it| *it == slug).unwrap_or(PREFERRED.len());
        providers.sort_by(|a, b| rank(&a.slug).cmp(&rank(&b.slug)).then(a.slug.cmp(&b.slug)));
        for provider in &providers {
            for field in &provider.fields {
                let Some(variable) = &field.env else { continue };
                names.entry(variable.to_string()).or_insert_with(|| Meaning {
                    provider: provider.slug.clone(),
                    field: field.name.clone(),
                    is_secret: field.secret,
                    ending: String::new(),
                });
            }
        }
        for (variable, slug, name) in OTHERS {
            let provider = providers.iter().find(|it| &*it.slug == *slug);
            let Some(field) = provider.and_then(|it| it.fields.iter().find(|field| &*field.name == *name)) else {
                continue;
            };
            names.entry((*variable).to_owned()).or_insert_with(|| Meaning {
                provider: (*slug).into(),
                field: field.name.clone(),
                is_secret: field.secret,
                ending: String::new(),
            });
        }
        Self(names)
    }

    /// Says what a variable gives: one that is known, or a known one with an ending, the longest first.
    pub fn meaning(&self, variable: &str) -> Option<Meaning> {
        let upper = variable.to_ascii_uppercase();
        if let Some(meaning) = self.0.get(&upper) {
            return Some(meaning.clone());
        }
        let begins = |known: &&String| {
            upper.strip_prefix(known.as_str()).is_some_and(|rest| {
                rest.strip_prefix('_').is_some_and(|ending| !ending.is_empty())
                    || rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        let known = self.0.keys().filter(begins).max_by_key(|known| known.len())?;
        let ending = upper[known.len()..].trim_matches('_').to_ascii_lowercase().replace('_', "-");
        (!ending.is_empty()).then(|| Meaning { ending, ..self.0[known].clone() })
    }
}
