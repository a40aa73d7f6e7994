//! The configuration's parts: deployments, and the words in them.

use std::collections::BTreeMap;

use crate::{
    domain::{Text, credential::Parameter, provider::ModelKind},
    import::yaml::Value,
};

/// Fields of credentials: what `LiteLLM` calls them, and what we do.
const FIELDS: [(&str, &str); 18] = [
    ("api_key", "api_key"),
    ("api_base", "base_url"),
    ("base_url", "base_url"),
    ("api_version", "api_version"),
    ("organization", "organization"),
    ("aws_access_key_id", "access_key_id"),
    ("aws_secret_access_key", "secret_access_key"),
    ("aws_session_token", "session_token"),
    ("aws_region_name", "region"),
    ("aws_bedrock_runtime_endpoint", "base_url"),
    ("vertex_project", "project_id"),
    ("vertex_location", "location"),
    ("vertex_credentials", "service_account_key"),
    ("tenant_id", "tenant_id"),
    ("client_id", "client_id"),
    ("client_secret", "client_secret"),
    ("project_id", "project_id"),
    ("space_id", "space_id"),
];

/// What of a deployment is about routing or the proxy, and no parameter of a request.
const ROUTING: [&str; 12] = [
    "model",
    "custom_llm_provider",
    "litellm_credential_name",
    "weight",
    "rpm",
    "tpm",
    "tags",
    "order",
    "input_cost_per_token",
    "output_cost_per_token",
    "max_budget",
    "budget_duration",
];

/// How models without a provider before them begin, and whose they are.
const BEGINNINGS: [(&str, &str); 12] = [
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("whisper-", "openai"),
    ("tts-", "openai"),
    ("omni-moderation", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gemini"),
    ("command-", "cohere"),
];

/// One entry of `model_list`.
pub(super) struct Deployment<'a> {
    /// The name by which the proxy's callers know it.
    pub name: &'a str,
    /// The provider as it stands there.
    pub provider: &'a str,
    /// The vendor's id of the model; `*` for any.
    pub model: &'a str,
    pub kind: ModelKind,
    pub params: &'a Value,
}

impl<'a> Deployment<'a> {
    /// Reads an entry; a reason if it is none that can be taken.
    pub fn read(entry: &'a Value) -> Result<Self, &'static str> {
        let params = entry.get("litellm_params").ok_or("it has no litellm_params")?;
        let model = params.word_at("model").trim();
        if model.is_empty() {
            return Err("its litellm_params name no model");
        }
        let given = params.word_at("custom_llm_provider").trim();
        let (provider, model) = match model.split_once('/') {
            _ if !given.is_empty() => {
                (given, model.strip_prefix(given).and_then(|it| it.strip_prefix('/')).unwrap_or(model))
            }
            Some((provider, model)) => (provider, model),
            None => {
                let known = BEGINNINGS.iter().find(|(begin, _)| model.starts_with(begin));
                (known.ok_or("its model names no provider; write provider/model")?.1, model)
            }
        };
        if model.is_empty() || provider.is_empty() {
            return Err("its model names no provider; write provider/model");
        }
        let name = Some(entry.word_at("model_name").trim()).filter(|name| !name.is_empty()).unwrap_or(model);
        let mode = entry.get("model_info").map_or("", |info| info.word_at("mode"));
        Ok(Self { name, provider, model, kind: kind(mode), params })
    }

    /// Returns the fields of its credential by our names.
    pub fn fields(&self) -> Vec<(&'static str, &'a Text)> {
        fields(self.params)
    }

    /// Returns what goes with each request: numbers and yes or no. A text might be a secret.
    pub fn parameters(&self) -> (BTreeMap<Text, Parameter>, Vec<&'a Text>) {
        let (mut parameters, mut left_out) = (BTreeMap::new(), Vec::new());
        for (name, value) in self.params.entries() {
            if ROUTING.contains(&&**name) || FIELDS.iter().any(|(theirs, _)| *theirs == &**name) {
                continue;
            }
            match value.word().and_then(|word| parameter(word, value)) {
                Some(parameter) => drop(parameters.insert(name.clone(), parameter)),
                None if *value == Value::Null => {}
                None => left_out.push(name),
            }
        }
        (parameters, left_out)
    }

    /// Returns its part of the load, in hundredths where it is a fraction: a weight, else requests or tokens a minute.
    pub fn weight(&self, by: &str) -> u32 {
        let number = self.params.word_at(by).parse::<f64>().ok().filter(|it| it.is_finite() && *it >= 0.0);
        number.map_or(1, scaled)
    }

    /// Says whether it tells a weight of a kind.
    pub fn tells(&self, by: &str) -> bool {
        self.params.word_at(by).parse::<f64>().is_ok()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is bounded first")]
fn scaled(weight: f64) -> u32 {
    (weight * 100.0).clamp(0.0, 4e9) as u32
}

/// Returns the fields of a credential in a map, by our names.
pub(super) fn fields(map: &Value) -> Vec<(&'static str, &Text)> {
    map.entries()
        .iter()
        .filter_map(|(name, value)| {
            let ours = FIELDS.iter().find(|(theirs, _)| *theirs == &**name)?.1;
            Some((ours, value.word().filter(|word| !word.trim().is_empty())?))
        })
        .collect()
}

fn parameter(word: &str, value: &Value) -> Option<Parameter> {
    if let Ok(whole) = word.parse() {
        return Some(Parameter::Whole(whole));
    }
    match word.parse::<f64>() {
        Ok(number) if number.is_finite() => Some(Parameter::Number(number)),
        _ => value.truth().map(Parameter::Flag),
    }
}

fn kind(mode: &str) -> ModelKind {
    match mode {
        "audio_transcription" => ModelKind::Speech,
        "audio_speech" => ModelKind::Tts,
        other => ModelKind::from_foreign(other).unwrap_or_default(),
    }
}
