//! `litellm`: a configuration of LiteLLM's proxy, in which each node is a model of its own name.
//!
//! Whatever runs the workflow asks the proxy for `WORKFLOW/NODE`, and the proxy asks the vendor with the node's key: so
//! the answer is enforced. The members of a pool are deployments of one name, with their weights.

use super::{
    page::Page,
    sheet::{Key, Sheet, Spot},
};
use crate::domain::provider::ModelKind;

/// What LiteLLM calls providers, where that is not our name with `_` for `-`. Source: its `provider_list`.
const PREFIXES: &[(&str, &str)] = &[
    ("azure-openai", "azure"),
    ("chatglm", "openai"),
    ("cloudflare-workers-ai", "cloudflare"),
    ("fireworks", "fireworks_ai"),
    ("friendli", "friendliai"),
    ("github-models", "github"),
    ("jina", "jina_ai"),
    ("litellm", "litellm_proxy"),
    ("llama-api", "meta_llama"),
    ("lmstudio", "lm_studio"),
    ("mimo", "xiaomi_mimo"),
    ("nvidia", "nvidia_nim"),
    ("together", "together_ai"),
    ("tongyi", "dashscope"),
    ("vllm", "hosted_vllm"),
    ("volcengine-maas", "volcengine"),
    ("zhipuai", "zai"),
];

/// Those of its names that are ours, with `_` for `-`.
const SAME: &[&str] = &[
    "ai21",
    "anthropic",
    "assemblyai",
    "azure_ai",
    "baseten",
    "bedrock",
    "cerebras",
    "cohere",
    "cometapi",
    "databricks",
    "deepgram",
    "deepinfra",
    "deepseek",
    "elevenlabs",
    "gemini",
    "groq",
    "huggingface",
    "hyperbolic",
    "lemonade",
    "minimax",
    "mistral",
    "modelscope",
    "moonshot",
    "nebius",
    "novita",
    "oci",
    "ollama",
    "openai",
    "openrouter",
    "ovhcloud",
    "perplexity",
    "replicate",
    "sagemaker",
    "sambanova",
    "scaleway",
    "snowflake",
    "triton",
    "vercel_ai_gateway",
    "vertex_ai",
    "voyage",
    "watsonx",
    "xai",
    "xinference",
    "zai",
];

/// What it calls our fields, where that is not our name.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("", "base_url", "api_base"),
    ("bedrock", "access_key_id", "aws_access_key_id"),
    ("bedrock", "secret_access_key", "aws_secret_access_key"),
    ("bedrock", "session_token", "aws_session_token"),
    ("bedrock", "region", "aws_region_name"),
    ("sagemaker", "access_key_id", "aws_access_key_id"),
    ("sagemaker", "secret_access_key", "aws_secret_access_key"),
    ("sagemaker", "session_token", "aws_session_token"),
    ("sagemaker", "region", "aws_region_name"),
    ("vertex-ai", "project_id", "vertex_project"),
    ("vertex-ai", "location", "vertex_location"),
    ("vertex-ai", "service_account_key", "vertex_credentials"),
];

/// Fields of ours that it takes under our name.
const KNOWN: &[&str] =
    &["api_key", "api_version", "organization", "tenant_id", "client_id", "client_secret", "project_id", "region_name"];

/// Writes the configuration. A secret that is not revealed is taken from the environment of the proxy, by the names
/// that `dotenv` writes.
pub fn write(sheet: &Sheet) -> Page {
    let variables = sheet.variables();
    let mut page = Page::default();
    let without: Vec<&Spot> = sheet.places.iter().filter(|spot| spot.keys.is_empty()).collect();
    for spot in &without {
        page.remark(&format!("{} gets no key, and is left out: {}", name(spot), spot.sentence));
    }
    if sheet.places.len() == without.len() {
        page.line("model_list: []");
        return page;
    }
    page.line("model_list:");
    for spot in &sheet.places {
        for (key, weight) in &spot.keys {
            if let (Some(key), Some(variables)) = (sheet.keys.get(*key), variables.get(*key)) {
                deployment(&mut page, spot, key, *weight, variables);
            }
        }
    }
    page
}

fn deployment(
    page: &mut Page,
    spot: &Spot,
    key: &Key,
    weight: u32,
    variables: &std::collections::BTreeMap<String, String>,
) {
    let prefix = prefix(&key.provider);
    member(page, "  - ", "model_name", &name(spot));
    page.line("    litellm_params:");
    member(page, "      ", "model", &format!("{prefix}/{}", spot.model.as_deref().unwrap_or("*")));
    for field in &key.secret_fields {
        let Some(parameter) = parameter(&key.provider, field) else { continue };
        match (key.secret(field), variables.get(field)) {
            (Some(secret), _) => member(page, "      ", parameter, secret.expose()),
            (None, Some(variable)) => member(page, "      ", parameter, &format!("os.environ/{variable}")),
            (None, None) => {}
        }
    }
    let own_url = key.fields.get("base_url").map(|it| &**it);
    let url = own_url.or(key.base_url.as_deref().filter(|_| prefix == "openai" && key.provider != "openai"));
    if let Some(url) = url {
        member(page, "      ", "api_base", url);
    }
    for (field, value) in key.fields.iter().filter(|(field, _)| &***field != "base_url") {
        if let Some(parameter) = parameter(&key.provider, field) {
            member(page, "      ", parameter, value);
        }
    }
    if spot.keys.len() > 1 {
        page.line(&format!("      weight: {weight}"));
    }
    page.line("    model_info:");
    member(page, "      ", "mode", mode(spot.kind));
    member(page, "      ", "keydeck_key", &key.name);
}

/// Returns what a place is called in the configuration.
fn name(spot: &Spot) -> String {
    format!("{}/{}", spot.workflow, spot.node.as_deref().unwrap_or(&spot.provider))
}

fn member(page: &mut Page, indent: &str, name: &str, value: &str) {
    page.push(indent);
    page.push(name);
    page.push(": ");
    page.quote(value);
    page.push("\n");
}

/// Returns what LiteLLM calls a provider. One that it does not know is asked as OpenAI's API is.
fn prefix(provider: &str) -> &str {
    let other = PREFIXES.iter().find(|(ours, _)| *ours == provider).map(|(_, theirs)| *theirs);
    let same = || SAME.iter().find(|theirs| theirs.replace('_', "-") == provider).copied();
    other.or_else(same).unwrap_or("openai")
}

fn parameter<'a>(provider: &str, field: &'a str) -> Option<&'a str> {
    let named = PARAMETERS.iter().find(|(of, ours, _)| (of.is_empty() || *of == provider) && *ours == field);
    named.map(|(_, _, theirs)| *theirs).or_else(|| KNOWN.contains(&field).then_some(field))
}

/// Returns what LiteLLM calls a kind of model.
const fn mode(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Llm => "chat",
        ModelKind::Embedding => "embedding",
        ModelKind::Rerank => "rerank",
        ModelKind::Speech => "audio_transcription",
        ModelKind::Moderation => "moderation",
        ModelKind::Tts => "audio_speech",
    }
}
