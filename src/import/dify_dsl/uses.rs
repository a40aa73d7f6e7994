//! Model uses: where in a node, a feature or a configuration a model is named.
//!
//! The tree is walked whole, since tools and agents may hold a model anywhere. A map names a model if it has one of
//! the pairs of keys that Dify uses.

use crate::{
    domain::{Text, provider::ModelKind},
    import::yaml::Value,
};

/// One place that names a model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelUse {
    /// Dify's id of the node; `model_config` or `features` for what stands in no node.
    pub node: Text,
    /// The place inside the node: `model`, `reranking_model`, a parameter of a tool. Unique in the node.
    pub place: Text,
    /// Dify's type of the node, or the mode of an app without a graph.
    pub node_type: Text,
    /// The title of the node, if it has one.
    pub title: Text,
    /// What kind of model.
    pub kind: ModelKind,
    /// The provider's id as Dify writes it: `openai`, `langgenius/openai/openai`.
    pub provider: Text,
    /// The vendor's id of the model.
    pub model: Text,
    /// Whether the file itself says that it is switched off.
    pub dormant: bool,
}

/// A model found in a tree. Provider and model may be empty: a choice that nobody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The keys and list positions that lead to it.
    pub path: Vec<String>,
    /// The key of its name, beside `provider`; nothing for those that have keys of their own.
    pub key: Option<&'static str>,
    pub kind: ModelKind,
    pub provider: String,
    pub model: String,
}

impl Found {
    /// Returns the place for people and foreign ids: the path without the keys that every such path has.
    pub fn place(&self) -> String {
        let telling: Vec<&str> = self.path.iter().map(String::as_str).filter(|key| !SILENT.contains(key)).collect();
        if telling.is_empty() { "model".to_owned() } else { telling.join(".") }
    }
}

/// Keys that say nothing about a place.
const SILENT: [&str; 6] = [
    "agent_parameters",
    "tool_parameters",
    "tool_configurations",
    "multiple_retrieval_config",
    "dataset_configs",
    "value",
];

/// Pairs of keys beside each other that name a model, and its kind.
const PAIRS: [(&str, &str, ModelKind); 3] = [
    ("reranking_provider_name", "reranking_model_name", ModelKind::Rerank),
    ("embedding_provider_name", "embedding_model_name", ModelKind::Embedding),
    ("embedding_model_provider", "embedding_model", ModelKind::Embedding),
];

/// Finds every model under `value`, in the order of the file.
pub(super) fn find(value: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk(value, &mut Vec::new(), &mut found);
    found
}

fn walk(value: &Value, path: &mut Vec<String>, found: &mut Vec<Found>) {
    if let Some(model) = selected(value, path) {
        found.push(model);
        return;
    }
    found.extend(PAIRS.iter().filter_map(|pair| paired(value, path, pair)));
    for (key, below) in value.entries() {
        path.push(key.to_string());
        walk(below, path, found);
        path.pop();
    }
    for (at, below) in value.items().iter().enumerate() {
        path.push(at.to_string());
        walk(below, path, found);
        path.pop();
    }
}

/// Reads a map that selects a model: `provider` beside `model`, or beside `name` where it is clear that a model is meant.
fn selected(value: &Value, path: &[String]) -> Option<Found> {
    let provider = chosen(value, "provider");
    let selector = value.word_at("type") == "model-selector";
    let model = chosen(value, "model").map(|model| ("model", model)).or_else(|| {
        let clear = path.last().is_some_and(|key| key.contains("model"))
            || ["completion_params", "model_type"].iter().any(|key| value.get(key).is_some());
        chosen(value, "name").filter(|_| clear).map(|name| ("name", name))
    });
    let (provider, (key, model)) = match (provider, model) {
        (Some(provider), Some(model)) => (provider, model),
        (provider, model) if selector => (provider.unwrap_or_default(), model.unwrap_or_default()),
        _ => return None,
    };
    let kind = ModelKind::from_foreign(value.word_at("model_type")).unwrap_or_else(|| kind_by_place(path));
    Some(Found { path: path.to_vec(), key: Some(key), kind, provider, model })
}

fn paired(value: &Value, path: &[String], &(provider, model, kind): &(&str, &str, ModelKind)) -> Option<Found> {
    let (provider, chosen_model) = (chosen(value, provider)?, chosen(value, model)?);
    let mut path = path.to_vec();
    if path.last().is_none_or(|key| SILENT.contains(&key.as_str())) {
        path.push(model.to_owned());
    }
    Some(Found { path, key: None, kind, provider, model: chosen_model })
}

/// Returns the word under `key`, trimmed; empty if the key is there without a value.
fn chosen(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Null => Some(String::new()),
        Value::Word(word) => Some(word.trim().to_owned()),
        Value::List(_) | Value::Map(_) => None,
    }
}

fn kind_by_place(path: &[String]) -> ModelKind {
    const SIGNS: [(&str, ModelKind); 5] = [
        ("rerank", ModelKind::Rerank),
        ("embedding", ModelKind::Embedding),
        ("text_to_speech", ModelKind::Tts),
        ("speech_to_text", ModelKind::Speech),
        ("moderation", ModelKind::Moderation),
    ];
    let sign = SIGNS.into_iter().find(|(sign, _)| path.iter().any(|key| key.contains(sign)));
    sign.map_or(ModelKind::Llm, |(_, kind)| kind)
}
