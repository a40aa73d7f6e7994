//! `feedforward`: rows of `ai_models` that FeedForward's own code reads, as a script for its SQLite database.
//!
//! A key is sealed as FeedForward seals: Fernet under a key that PBKDF2 makes of its `SECRET_KEY` and a fixed salt, in
//! base64 once more. Running the script twice changes nothing twice.

use std::collections::BTreeSet;

use super::{
    page::Page,
    sheet::{Key, Owner, Sheet, Spot},
};
use crate::domain::provider::ModelKind;
pub use crate::import::feedforward::Seal;

/// What FeedForward calls providers, where that is not our name.
const NAMES: &[(&str, &str)] = &[("openai-compatible", "custom")];

/// Writes the rows: one for each key and model. Without `seal`, or where secrets are not revealed, they hold no key.
pub fn write(sheet: &Sheet, seal: Option<&Seal>) -> Page {
    let mut page = Page::default();
    page.line("-- For FeedForward's database: stop it, then sqlite3 users.db < this file.");
    page.line("BEGIN;");
    let mut met = BTreeSet::new();
    for spot in &sheet.places {
        if spot.keys.is_empty() {
            remark(&mut page, &format!("{} gets no key: {}", spot.workflow, spot.sentence));
        }
        for (at, _) in &spot.keys {
            let Some(key) = sheet.keys.get(*at) else { continue };
            let Some(model) = spot.model.as_deref().filter(|_| spot.kind == ModelKind::Llm) else {
                remark(&mut page, &format!("{} is left out: FeedForward asks language models alone", key.name));
                continue;
            };
            if met.insert((*at, model.to_owned())) {
                row(&mut page, key, model, spot, seal);
            }
        }
    }
    page.line("COMMIT;");
    page
}

fn row(page: &mut Page, key: &Key, model: &str, spot: &Spot, seal: Option<&Seal>) {
    let (owner_type, owner_id) = match &key.owner {
        Owner::System => ("system", "0".to_owned()),
        Owner::Operator(Some(email)) => ("instructor", text(email)),
        Owner::Operator(None) => {
            return remark(
                page,
                &format!("{} is left out: its owner has no e-mail here, by which FeedForward knows people", key.name),
            );
        }
        Owner::Department => {
            return remark(
                page,
                &format!("{} is left out: FeedForward knows no departments, and would give it to everybody", key.name),
            );
        }
    };
    let provider = NAMES.iter().find(|(ours, _)| *ours == key.provider).map_or(key.provider.as_str(), |(_, it)| it);
    let name = text(&format!("{model} ({})", key.name));
    let config = text(config(key, seal).as_str());
    let has_key = key.secret("api_key").is_some() && seal.is_some();
    if !has_key {
        let why = "without its key; --reveal and FeedForward's SECRET_KEY write it";
        remark(page, &format!("{} of {}: {why}", key.name, spot.workflow));
    }
    let (provider, model) = (text(provider), text(model));
    // Without a key a row is left off, or FeedForward would take the institution's; and a key that is there stays.
    let active = u8::from(has_key);
    let changed = if has_key { format!(", api_config = {config}, active = 1") } else { String::new() };
    page.line(&format!(
        "UPDATE ai_models SET provider = {provider}, model_id = {model}, owner_type = '{owner_type}', owner_id = \
         {owner_id}{changed} WHERE name = {name};"
    ));
    page.line(&format!(
        "INSERT INTO ai_models (name, provider, model_id, api_config, active, owner_type, owner_id) SELECT {name}, \
         {provider}, {model}, {config}, {active}, '{owner_type}', {owner_id} WHERE NOT EXISTS (SELECT 1 FROM ai_models \
         WHERE name = {name});"
    ));
}

/// Writes what stands in `api_config`. FeedForward reads `api_base`, and its forms write `base_url`.
fn config(key: &Key, seal: Option<&Seal>) -> Page {
    let mut page = Page::default();
    page.push("{");
    let mut members = Vec::new();
    if let (Some(secret), Some(seal)) = (key.secret("api_key"), seal) {
        members.push(("api_key_encrypted", seal.seal(secret)));
    }
    if let Some(url) = key.fields.get("base_url") {
        members.extend([("api_base", url.to_string()), ("base_url", url.to_string())]);
    }
    for (at, (name, value)) in members.iter().enumerate() {
        page.push(if at == 0 { "" } else { ", " });
        page.quote(name);
        page.push(": ");
        page.quote(value);
    }
    page.push("}");
    page
}

/// Writes a text as SQL does. SQLite ends a text at a zero, which no text here is given.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\0', "").replace('\'', "''"))
}

fn remark(page: &mut Page, text: &str) {
    page.line(&format!("-- {}", crate::domain::name::printable(text)));
}
