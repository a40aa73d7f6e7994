//! Dify's order once more, written for being read: no tables, no cleverness, one question at a time.

use super::*;
use crate::domain::provider::ModelKind;

/// What Dify uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uses {
    /// The key of this name.
    Key(String),
    /// Keys with weights, by name.
    Pool(Vec<(String, u32)>),
    /// It refuses.
    Error,
    /// It has nothing.
    Nothing,
}

fn bare(provider: &str) -> &str {
    provider.rsplit('/').next().unwrap()
}

fn kind_of(row: &Row) -> Option<ModelKind> {
    ModelKind::from_foreign(row.get("model_type"))
}

fn is_about(row: &Row, (provider, kind, model): (&str, ModelKind, &str)) -> bool {
    bare(row.get("provider_name")) == provider && kind_of(row) == Some(kind) && row.get("model_name") == model
}

/// What a look-up by id finds.
enum Found {
    Key(String),
    Wrong,
    Gone,
}

fn look_up(tenant: &Tenant, rows: &[Row], id: &str, provider: &str) -> Found {
    match rows.iter().find(|row| row.get("id") == id) {
        _ if id.is_empty() => Found::Gone,
        Some(row) if bare(row.get("provider_name")) == provider => Found::Key(row.get("credential_name").to_owned()),
        Some(_) => Found::Wrong,
        None if tenant.strangers.contains(id) => Found::Wrong,
        None => Found::Gone,
    }
}

/// Answers one question.
pub fn answer(tenant: &Tenant, place: (&str, ModelKind, &str)) -> Uses {
    let (provider, ..) = place;
    let settings = || tenant.settings.iter().filter(|row| is_about(row, place));
    if settings().any(|row| row.get("enabled") == "false") {
        return Uses::Error;
    }
    let own_row = tenant.models.iter().find(|row| row.is("is_valid") && is_about(row, place));
    let own = own_row.map(|row| look_up(tenant, &tenant.model_credentials, row.get("credential_id"), provider));
    let row = tenant.providers.iter().find(|row| {
        row.get("provider_type") != "system" && row.is("is_valid") && bare(row.get("provider_name")) == provider
    });
    let active = row.map(|row| look_up(tenant, &tenant.provider_credentials, row.get("credential_id"), provider));
    match &own {
        Some(Found::Wrong) => return Uses::Error,
        Some(Found::Gone) if tenant.model_credentials.iter().any(|row| is_about(row, place)) => return Uses::Error,
        None if matches!(active, None | Some(Found::Gone)) => return Uses::Nothing,
        _ => {}
    }
    let single = match (own, active) {
        (Some(Found::Key(key)), _) | (Some(Found::Gone) | None, Some(Found::Key(key))) => Uses::Key(key),
        (Some(Found::Gone) | None, Some(Found::Wrong)) => Uses::Error,
        _ => Uses::Nothing,
    };
    let rows: Vec<&Row> = tenant.balanced.iter().filter(|row| is_about(row, place)).collect();
    let usable = rows.iter().filter(|row| {
        row.is("enabled") && (row.get("name") == "__inherit__" || !row.get("encrypted_config").is_empty())
    });
    if settings().any(|row| row.is("load_balancing_enabled")) && usable.count() >= 2 {
        return Uses::Pool(pool(tenant, &rows, row.is_some(), &single));
    }
    single
}

fn pool(tenant: &Tenant, rows: &[&Row], provider_has_row: bool, single: &Uses) -> Vec<(String, u32)> {
    let mut members: Vec<(String, u32)> = Vec::new();
    for row in rows {
        let config = row.get("encrypted_config");
        let key = if row.get("name") == "__inherit__" {
            match single {
                Uses::Key(key) if provider_has_row => key.clone(),
                _ => continue,
            }
        } else if config.is_empty() {
            continue;
        } else {
            let all = tenant.provider_credentials.iter().chain(&tenant.model_credentials);
            let source = all.clone().find(|it| {
                it.get("id") == row.get("credential_id")
                    && bare(it.get("provider_name")) == bare(row.get("provider_name"))
            });
            let twin = rows.iter().find(|other| {
                let copied = all.clone().find(|it| {
                    it.get("id") == other.get("credential_id")
                        && bare(it.get("provider_name")) == bare(row.get("provider_name"))
                });
                other.get("name") != "__inherit__"
                    && other.get("encrypted_config") == config
                    && copied.is_none_or(|it| it.get("encrypted_config") != config)
            });
            match source.filter(|it| it.get("encrypted_config") == config) {
                Some(source) => source.get("credential_name").to_owned(),
                None => twin.map_or_else(|| row.get("name").to_owned(), |twin| twin.get("name").to_owned()),
            }
        };
        let weight = u32::from(row.is("enabled"));
        match members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum += weight,
            None => members.push((key, weight)),
        }
    }
    members
}
