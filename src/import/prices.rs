//! Prices: `LiteLLM`'s table of all models, and lists of one's own in TOML.
//!
//! A price of one's own list overrides every table, as one that an operator wrote here does. `LiteLLM`'s are asked last,
//! after the table that the program carries, and say whose they are and of when. A model without a price, or with one of
//! zero, is left out: unknown is no zero, and a model that costs nothing is written as such by hand.
//!
//! ```toml
//! source = "Contract 2026"        # optional
//! [[price]]
//! provider = "openai"
//! model = "gpt-4o"
//! input = "2.00"                  # USD per million tokens
//! output = "8.00"                 # optional
//! from = 2026-01-01T00:00:00Z     # optional
//! note = "until renewed"          # optional
//! ```

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use toml::Spanned;
use uuid::Uuid;

use super::report::Report;
use crate::domain::{
    Text, Timestamp,
    catalogue::{Catalogue, ProviderEntry},
    change::Change,
    id::Id,
    money::MicroDollars,
    name,
    provider::Price,
    record::Kind,
};

/// The largest file, in bytes.
pub const LARGEST: usize = 32 << 20;

/// What `LiteLLM` calls providers in its table, where the canonical id is another.
const ALIASES: [(&str, &str); 12] = [
    ("bedrock_converse", "bedrock"),
    ("text-completion-openai", "openai"),
    ("cohere_chat", "cohere"),
    ("vertex_ai", "vertex-ai"),
    ("azure", "azure-openai"),
    ("azure_text", "azure-openai"),
    ("azure_ai", "azure-ai"),
    ("fireworks_ai", "fireworks"),
    ("together_ai", "together"),
    ("mistral", "mistral"),
    ("codestral", "mistral"),
    ("gemini", "gemini"),
];

/// Why a file holds no prices.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PricesError {
    /// It is larger than [`LARGEST`].
    #[error("it is larger than 32 MiB; check that it is the right file")]
    TooLarge,
    /// It is neither of the two forms.
    #[error(
        "line {line}: it is no list of prices: {problem}; give LiteLLM's model_prices_and_context_window.json, or TOML \
         with [[price]] entries"
    )]
    Form {
        /// The line.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A price can't be one.
    #[error("line {line}: {problem}; write dollars for a million tokens, as \"2.50\"")]
    Price {
        /// The line of the entry.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// It holds no price.
    #[error("it holds no price; check that it is the right file")]
    Empty,
}

/// What prices are taken for.
pub struct PriceGround<'a> {
    /// The newest state.
    pub catalogue: &'a Catalogue,
    /// What the file is called, with its version.
    pub source: Option<&'a str>,
    /// Who imports, for the note of an override.
    pub login: &'a str,
    /// When.
    pub now: Timestamp,
    /// Makes ids that are nowhere else.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
}

/// A price on its way.
struct Coming {
    provider: Text,
    model: Text,
    input: MicroDollars,
    output: Option<MicroDollars>,
    from: Option<Timestamp>,
    note: Option<Text>,
    source: Option<Text>,
}

/// Returns the changes that bring the prices of a file, and what there is to tell.
pub fn take(file: &str, bytes: &[u8], mut ground: PriceGround<'_>) -> Result<(Vec<Change>, Report), PricesError> {
    if bytes.len() > LARGEST {
        return Err(PricesError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut report = Report::default();
    let coming = if bytes.trim_ascii_start().starts_with(b"{") {
        table(file, bytes, &ground, &mut report)?
    } else {
        own(bytes, &ground)?
    };
    if coming.is_empty() {
        return Err(PricesError::Empty);
    }
    let changes = merge(coming, &mut ground, &mut report);
    Ok((changes, report))
}

/// Makes changes of prices: one that is known at its place is brought up to date, and kept when it is the same.
fn merge(coming: Vec<Coming>, ground: &mut PriceGround<'_>, report: &mut Report) -> Vec<Change> {
    type Place = (Text, Text, Option<Timestamp>, bool);
    let place = |it: &Price| (it.provider.clone(), it.model.clone(), it.from, it.source.is_some());
    let known: HashMap<Place, &Price> =
        ground.catalogue.vocabulary().own_prices().map(|price| (place(price), price)).collect();
    let mut changes = Vec::new();
    for it in coming {
        let at = (it.provider.clone(), it.model.clone(), it.from, it.source.is_some());
        let change = match known.get(&at) {
            Some(known) if (known.input, known.output) == (it.input, it.output) => {
                report.count_unchanged(Kind::Price);
                continue;
            }
            Some(&known) => {
                let after =
                    Price { input: it.input, output: it.output, source: it.source, note: it.note, ..known.clone() };
                Change::edit(known.clone(), after)
            }
            None => Some(Change::add(Price {
                id: Id::new((ground.new_id)()),
                provider: it.provider,
                model: it.model,
                input: it.input,
                output: it.output,
                from: it.from,
                note: it.note,
                source: it.source,
            })),
        };
        changes.extend(change.inspect(|change| report.count(change)));
    }
    changes
}

/// Reads `LiteLLM`'s table.
fn table(file: &str, bytes: &[u8], ground: &PriceGround<'_>, report: &mut Report) -> Result<Vec<Coming>, PricesError> {
    let models: BTreeMap<String, Value> = serde_json::from_slice(bytes).map_err(|error| PricesError::Form {
        line: error.line(),
        problem: "it is no JSON object of models".to_owned(),
    })?;
    let date = ground.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let source = ground.source.map_or_else(|| format!("LiteLLM, {date}"), |source| format!("{source}, {date}"));
    let (mut found, mut seen, mut left) = (Vec::new(), HashMap::new(), BTreeMap::<String, usize>::new());
    for (name, entry) in models.iter().filter(|(name, _)| *name != "sample_spec") {
        match listed(name, entry, ground.catalogue) {
            Ok((provider, model, input, output)) => {
                let turn = (provider.clone(), model.clone());
                let price = (input, output);
                // The same model stands there with and without its provider; the first counts.
                if let Some(other) = seen.insert(turn, price).filter(|other| *other != price) {
                    seen.insert((provider.clone(), model.clone()), other);
                    report.warn(file, format!("{provider}/{model} stands there with two prices; the first was taken"));
                    continue;
                }
                found.push(Coming {
                    provider,
                    model,
                    input,
                    output,
                    from: None,
                    note: None,
                    source: Some(source.as_str().into()),
                });
            }
            Err(reason) => *left.entry(reason).or_default() += 1,
        }
    }
    for (reason, count) in left {
        report.skip(file, format!("{count} models"), reason);
    }
    found.dedup_by(|a, b| (&a.provider, &a.model) == (&b.provider, &b.model));
    Ok(unique(found))
}

/// Keeps the first price of each model.
fn unique(found: Vec<Coming>) -> Vec<Coming> {
    let mut seen = std::collections::HashSet::new();
    found.into_iter().filter(|it| seen.insert((it.provider.clone(), it.model.clone()))).collect()
}

/// Reads one model of the table; a reason if it has no price for tokens.
fn listed(
    key: &str,
    entry: &Value,
    catalogue: &Catalogue,
) -> Result<(Text, Text, MicroDollars, Option<MicroDollars>), String> {
    let raw = entry.get("litellm_provider").and_then(Value::as_str).ok_or("they name no provider")?;
    // vertex_ai-language-models and the like are families of one provider.
    let family = if raw.starts_with("vertex_ai") { "vertex_ai" } else { raw };
    let known = ALIASES.iter().find(|(theirs, _)| *theirs == family).map_or(family, |(_, ours)| ours);
    let vocabulary = catalogue.vocabulary();
    let provider = vocabulary.canonical(known);
    let described = vocabulary.provider(&provider).and_then(|ix| vocabulary.provider_entry(ix));
    if described.and_then(ProviderEntry::provider).is_none() {
        return Err("their providers are unknown to keydeck".to_owned());
    }
    let model = key.strip_prefix(raw).and_then(|rest| rest.strip_prefix('/')).unwrap_or(key);
    let price = |name: &str| {
        let dollars = entry.get(name).and_then(Value::as_f64).filter(|it| *it > 0.0 && it.is_finite());
        dollars.and_then(|it| MicroDollars::from_dollars(it * 1e6)).filter(|it| *it > MicroDollars::ZERO)
    };
    let input = price("input_cost_per_token").ok_or("they have no price for tokens that go in")?;
    Ok((provider, Text::from(name::clean(model, "model")), input, price("output_cost_per_token")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    source: Option<String>,
    #[serde(default)]
    price: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    provider: String,
    model: String,
    input: MicroDollars,
    output: Option<MicroDollars>,
    from: Option<Timestamp>,
    note: Option<String>,
}

/// Reads a list of one's own.
fn own(bytes: &[u8], ground: &PriceGround<'_>) -> Result<Vec<Coming>, PricesError> {
    let line_at = |offset: usize| bytes[..offset.min(bytes.len())].split(|&byte| byte == b'\n').count();
    let text = std::str::from_utf8(bytes).map_err(|error| PricesError::Form {
        line: line_at(error.valid_up_to()),
        problem: "it is not UTF-8 text".to_owned(),
    })?;
    let document: Document = toml::from_str(text).map_err(|error| PricesError::Form {
        line: line_at(error.span().map_or(0, |span| span.start)),
        problem: name::printable(error.message()).into_owned(),
    })?;
    let date = ground.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let source = ground.source.or(document.source.as_deref()).unwrap_or("a list of prices");
    let vocabulary = ground.catalogue.vocabulary();
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for entry in document.price {
        let line = line_at(entry.span().start);
        let entry = entry.into_inner();
        let provider = Text::from(name::clean(&vocabulary.canonical(&entry.provider), ""));
        let model = Text::from(name::clean(&entry.model, ""));
        if provider.is_empty() || model.is_empty() {
            return Err(PricesError::Price { line, problem: "a price needs a provider and a model".to_owned() });
        }
        if !seen.insert((provider.clone(), model.clone(), entry.from)) {
            let problem = format!("{provider}/{model} stands there twice with the same beginning");
            return Err(PricesError::Price { line, problem });
        }
        let origin = format!("{source}; {} on {date}", ground.login);
        let note = entry.note.map_or_else(|| origin.clone(), |note| format!("{note} ({origin})"));
        found.push(Coming {
            provider,
            model,
            input: entry.input,
            output: entry.output,
            from: entry.from,
            note: Some(name::clean(&note, "").into()),
            source: None,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
