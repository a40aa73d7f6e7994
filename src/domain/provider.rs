//! Providers, the models they offer, and operators' own prices for them.

use serde::{Deserialize, Serialize};

use super::{Text, Timestamp, id::Id, money::MicroDollars};

/// An LLM vendor or endpoint, and the form that its credentials fill in.
///
/// The built-in ones come from a data file; a workspace adds its own. `slug` is what people and files write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// The canonical id that rules, nodes and files name: `openai`.
    pub slug: Text,
    /// The name for people: `OpenAI`.
    pub name: Text,
    /// Where requests go unless the credential says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Text>,
    /// What a credential consists of, in the order of a form.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Other ids of the same provider: `langgenius/openai/openai`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Text>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// One field of a provider's credential form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The field's name in files and in the sealed payload: `api_key`.
    pub name: Text,
    /// What a form calls it; the name if empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// Whether its value is sealed and never shown.
    #[serde(default)]
    pub secret: bool,
    /// Whether a credential is incomplete without it.
    #[serde(default)]
    pub required: bool,
    /// The environment variable that programs of this vendor read it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Text>,
}

/// Variables that decide what programs load, run, trust, or take for their home.
const STEERING: &[&str] = &[
    "BASH_ENV",
    "CDPATH",
    "CLASSPATH",
    "CURL_CA_BUNDLE",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "HOME",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LOCPATH",
    "NLSPATH",
    "PAGER",
    "PATH",
    "PROMPT_COMMAND",
    "PS4",
    "REQUESTS_CA_BUNDLE",
    "SECRET_KEY",
    "SHELL",
    "SHELLOPTS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "USER",
    "VISUAL",
];

/// The beginnings of those that come in families.
const STEERING_FAMILIES: &[&str] =
    &["DYLD_", "GIT_", "KEYDECK_", "LD_", "NODE_", "PERL", "PYTHON", "RUBY", "SSH_", "XDG_"];

/// Says whether a child process may be given a variable of this name: none that changes what it loads or where it
/// connects, and none of our own.
pub fn may_be_set(variable: &str) -> bool {
    let lawful = variable.starts_with(|c: char| c.is_ascii_uppercase())
        && variable.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let steers = STEERING.contains(&variable)
        || STEERING_FAMILIES.iter().any(|prefix| variable.starts_with(prefix))
        || variable.ends_with("_PROXY");
    lawful && !steers
}

/// What a model does. Dify calls some of them otherwise; [`ModelKind::from_foreign`] knows both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Writes text.
    #[default]
    Llm,
    /// Turns text into vectors.
    Embedding,
    /// Orders passages by relevance.
    Rerank,
    /// Turns speech into text.
    Speech,
    /// Judges whether text is allowed.
    Moderation,
    /// Turns text into speech.
    Tts,
}

impl ModelKind {
    /// Every kind, in the order of the design.
    pub const ALL: [Self; 6] = [Self::Llm, Self::Embedding, Self::Rerank, Self::Speech, Self::Moderation, Self::Tts];

    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Embedding => "embedding",
            Self::Rerank => "rerank",
            Self::Speech => "speech",
            Self::Moderation => "moderation",
            Self::Tts => "tts",
        }
    }

    /// Reads our word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Reads our word, Dify's (`text-embedding`, `speech2text`) or its legacy one (`text-generation`, `reranking`).
    pub fn from_foreign(word: &str) -> Option<Self> {
        match word {
            "text-generation" => Some(Self::Llm),
            "text-embedding" | "embeddings" => Some(Self::Embedding),
            "reranking" => Some(Self::Rerank),
            "speech2text" => Some(Self::Speech),
            _ => Self::from_word(word),
        }
    }
}

/// A model that the built-in table lacks, or about which somebody knows more than the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// The slug of its provider.
    pub provider: Text,
    /// The vendor's id of the model: `gpt-4o`.
    pub name: Text,
    /// What it does.
    #[serde(default)]
    pub kind: ModelKind,
    /// How many tokens fit into one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// A price for a model: an operator's own, which overrides the tables, or one of an imported table. Amounts are per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// The slug of the provider.
    pub provider: Text,
    /// The vendor's id of the model.
    pub model: Text,
    /// For a million tokens that go in.
    pub input: MicroDollars,
    /// For a million tokens that come out; unknown or not applicable if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<MicroDollars>,
    /// When it begins to hold; always, if absent. The latest that has begun wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The imported table that it stands in, with its date; such a price is asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}
