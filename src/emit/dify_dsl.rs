//! `dify-dsl`: an export of Dify's, written anew so that each key is a custom model of its own.
//!
//! Dify chooses a credential by workspace, provider and model alone, so a model's name is the one thing by which a node
//! can say which key it wants. Each pair of model and key becomes a model `MODEL@KEY` of the provider for endpoints that
//! speak OpenAI's API, to be made in Dify once. Everything else in the file stays, byte for byte.

use std::collections::BTreeMap;

use super::{
    page::Page,
    sheet::{Key, Sheet, Spot},
};
use crate::{
    domain::provider::ModelKind,
    import::dify_dsl::{At, Located, Problem, locate},
};

/// Dify's provider for endpoints that speak OpenAI's API.
const PROVIDER: &str = "langgenius/openai_api_compatible/openai_api_compatible";

/// A custom model that has to be made in Dify.
struct Custom<'a> {
    key: &'a Key,
    model: &'a str,
    kind: ModelKind,
}

/// Writes the export anew. What can't be said so is left as it is, and told at the head.
pub fn write(sheet: &Sheet, source: &[u8]) -> Result<Page, Problem> {
    let located = locate(source)?;
    let text = std::str::from_utf8(source).unwrap_or_default();
    let mut customs: BTreeMap<String, Custom<'_>> = BTreeMap::new();
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let mut left = Vec::new();
    // Where nothing is chosen, nothing is left.
    for it in located.iter().filter(|it| !it.provider.is_empty() && !it.model.is_empty()) {
        let spot = sheet.places.iter().find(|spot| spot.foreign_id.as_deref() == Some(&*it.foreign_id));
        let chosen = spot.map_or(Err("the workflow has no such node: import the export first".to_owned()), |spot| {
            chosen(sheet, spot)
        });
        match chosen.and_then(|key| Ok((key, place(it)?))) {
            Err(why) => left.push(format!("{} ({}/{}) is as it was: {why}", it.label, it.provider, it.model)),
            Ok((key, at)) => {
                let name = format!("{}@{}", model_of(it), key.name);
                edits.push((at.provider.clone(), PROVIDER.to_owned()));
                edits.push((at.model.clone(), name.clone()));
                customs.insert(name, Custom { key, model: model_of(it), kind: it.kind });
            }
        }
    }
    edits.sort_by_key(|(at, _)| at.start);
    let mut page = Page::default();
    head(&mut page, &customs, &left);
    // A mark of the order of bytes has a meaning at the very beginning alone, and the head stands there now.
    let mut from = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    for (at, new) in edits {
        page.push(text.get(from..at.start).unwrap_or_default());
        page.quote(&new);
        from = at.end;
    }
    page.push(text.get(from..).unwrap_or_default());
    Ok(page)
}

/// Returns where a model is named, if it can be named otherwise there.
fn place(it: &Located) -> Result<&At, String> {
    it.at.as_ref().ok_or_else(|| {
        "the export names it by an alias, in a block of lines, or not by a provider beside a model".to_owned()
    })
}

/// Returns the model's own name: of an export that was written so before, the part that the vendor knows.
fn model_of(it: &Located) -> &str {
    let is_ours = &*it.provider == PROVIDER;
    it.model.split_once('@').filter(|_| is_ours).map_or(&*it.model, |(model, _)| model)
}

fn chosen<'a>(sheet: &'a Sheet, spot: &Spot) -> Result<&'a Key, String> {
    let key = match &spot.keys[..] {
        [] => return Err(spot.sentence.clone()),
        [(at, _)] => sheet.keys.get(*at),
        _ => return Err("it gets a pool; in Dify that is load balancing, or name a run with --run-id".to_owned()),
    };
    let key = key.ok_or_else(|| spot.sentence.clone())?;
    if !key.speaks_openai || key.base_url.is_none() {
        return Err(format!("{} does not speak OpenAI's API, so its key can't be a custom model", key.provider));
    }
    Ok(key)
}

fn head(page: &mut Page, customs: &BTreeMap<String, Custom<'_>>, left: &[String]) {
    page.remark("Written by keydeck: each key is a custom model of its own, which Dify honours as it is.");
    if !customs.is_empty() {
        page.remark("It needs the plugin langgenius/openai_api_compatible. Make these models there, once:");
    }
    for (name, custom) in customs {
        page.remark(&format!("  {name} ({}):", custom.kind.word()));
        page.remark(&format!("    endpoint_url {}", endpoint(custom.key)));
        page.remark(&format!("    endpoint_model_name {}", custom.model));
        match custom.key.secret("api_key") {
            Some(secret) => {
                page.push("#     api_key ");
                page.quote(secret.expose());
                page.push("\n");
            }
            None => page.remark(&format!("    api_key of {}: keydeck reveal shows it", custom.key.name)),
        }
    }
    for line in left {
        page.remark(line);
    }
}

/// Returns where the plugin sends requests: it puts `/chat/completions` behind it.
fn endpoint(key: &Key) -> String {
    let url = key.base_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let bare = url.split_once("://").is_some_and(|(_, rest)| !rest.contains('/'));
    if bare { format!("{url}/v1") } else { url.to_owned() }
}
