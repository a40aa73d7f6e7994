//! `json`: the answer as it is, for programs of one's own.

use super::{
    page::Page,
    sheet::{Key, Sheet, Spot},
};
use crate::vault::Secret;

/// Writes places and keys as one document. Secrets that are not revealed are `null`.
pub fn write(sheet: &Sheet) -> Page {
    let mut page = Page::default();
    page.push(if sheet.is_revealed { "{\n  \"revealed\": true,\n" } else { "{\n  \"revealed\": false,\n" });
    page.push("  \"nodes\": [");
    for (at, spot) in sheet.places.iter().enumerate() {
        page.push(if at == 0 { "\n    " } else { ",\n    " });
        place(&mut page, sheet, spot);
    }
    page.push("\n  ],\n  \"keys\": [");
    for (at, one) in sheet.keys.iter().enumerate() {
        page.push(if at == 0 { "\n    " } else { ",\n    " });
        key(&mut page, one);
    }
    page.push("\n  ]\n}\n");
    page
}

fn place(page: &mut Page, sheet: &Sheet, spot: &Spot) {
    let texts = [
        ("workflow", Some(spot.workflow.as_str())),
        ("node", spot.node.as_deref()),
        ("provider", Some(spot.provider.as_str())),
        ("model", spot.model.as_deref()),
        ("kind", Some(spot.kind.word())),
        ("environment", spot.environment.as_deref()),
        ("outcome", Some(spot.outcome)),
        ("reason", spot.reason),
    ];
    page.push("{");
    for (name, value) in texts {
        member(page, name, value);
        page.push(", ");
    }
    page.push("\"keys\": [");
    for (at, (key, weight)) in spot.keys.iter().enumerate() {
        page.push(if at == 0 { "{" } else { ", {" });
        member(page, "key", sheet.keys.get(*key).map(|it| it.name.as_str()));
        page.push(&format!(", \"weight\": {weight}}}"));
    }
    page.push("]}");
}

fn key(page: &mut Page, key: &Key) {
    page.push("{");
    for (name, value) in [
        ("id", Some(key.id.as_str())),
        ("name", Some(key.name.as_str())),
        ("provider", Some(key.provider.as_str())),
        ("base_url", key.base_url.as_deref()),
    ] {
        member(page, name, value);
        page.push(", ");
    }
    let public = key.fields.iter().map(|(name, value)| (&**name, Some(&**value)));
    object(page, "fields", public);
    let secrets = key.secret_fields.iter().map(|name| (name.as_str(), key.secret(name).map(Secret::expose)));
    page.push(", ");
    object(page, "secrets", secrets);
    page.push(", ");
    object(page, "variables", key.variables.iter().map(|(field, name)| (field.as_str(), Some(name.as_str()))));
    page.push("}");
}

fn object<'a>(page: &mut Page, name: &str, members: impl Iterator<Item = (&'a str, Option<&'a str>)>) {
    page.quote(name);
    page.push(": {");
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            page.push(", ");
        }
        member(page, name, value);
    }
    page.push("}");
}

fn member(page: &mut Page, name: &str, value: Option<&str>) {
    page.quote(name);
    page.push(": ");
    match value {
        Some(value) => page.quote(value),
        None => page.push("null"),
    }
}
