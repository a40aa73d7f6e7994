//! `dify-overrides`: what goes with a request to Dify's API so that a run uses other credentials than the workspace's.
//!
//! It is the shape of Dify's pull request #37078 (`credential_overrides`, Dify's own ids by provider), which is not
//! merged: Dify as it is ignores it. It holds no secrets.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    page::Page,
    sheet::{Key, Sheet, Spot},
};

/// What Dify needs for this to mean anything.
const NEEDS: &str = "Dify with pull request #37078 (credential_overrides); without it Dify ignores this";

/// Writes one body for each workflow, with what could not be said in it.
pub fn write(sheet: &Sheet) -> Page {
    let mut workflows: Vec<Value> = Vec::new();
    let mut names: Vec<&str> = sheet.places.iter().map(|it| it.workflow.as_str()).collect();
    names.dedup();
    for name in names {
        let places: Vec<&Spot> = sheet.places.iter().filter(|it| it.workflow == name).collect();
        let (overrides, left_out) = body(sheet, &places);
        workflows
            .push(json!({ "workflow": name, "body": { "credential_overrides": overrides }, "left_out": left_out }));
    }
    let document = json!({ "needs": NEEDS, "workflows": workflows });
    let mut page = Page::default();
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let unprintable = |c: char| c != '\n' && crate::domain::name::is_unprintable(c);
    page.line(
        &text
            .chars()
            .map(|c| if unprintable(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
            .collect::<String>(),
    );
    page
}

/// Returns the overrides of one workflow, and what is left out with the reason.
fn body(sheet: &Sheet, places: &[&Spot]) -> (Map<String, Value>, Vec<Value>) {
    let mut wanted: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut leave =
        |spot: &Spot, why: String| left_out.push(json!({ "node": spot.node, "provider": spot.provider, "why": why }));
    for spot in places {
        match &spot.keys[..] {
            [] => leave(spot, spot.sentence.clone()),
            [(at, _)] => match sheet.keys.get(*at) {
                Some(key) if dify_id(key).is_some() => {
                    let of_provider = wanted.entry(&key.dify_provider).or_default();
                    if of_provider.iter().all(|other| other.id != key.id) {
                        of_provider.push(key);
                    }
                }
                _ => leave(spot, "its key is not one of Dify's: add it there, and import Dify's database".to_owned()),
            },
            _ => leave(spot, "it gets a pool: --run-id chooses one of its keys".to_owned()),
        }
    }
    let mut overrides = Map::new();
    for (provider, keys) in wanted {
        if let [key] = keys[..] {
            overrides.insert(provider.to_owned(), dify_id(key).unwrap_or_default().into());
            continue;
        }
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let why = format!("its nodes use {}, and one request names one credential of a provider", names.join(" and "));
        left_out.push(json!({ "node": null, "provider": provider, "why": why }));
    }
    (overrides, left_out)
}

/// Returns Dify's own id of a key that came from there.
fn dify_id(key: &Key) -> Option<&str> {
    let foreign = key.foreign_id.as_deref().filter(|id| id.starts_with("dify"))?;
    foreign.rsplit([':', '/', '#']).find(|part| uuid::Uuid::parse_str(part).is_ok())
}
