//! The fields of credentials and pools. A provider's public fields are written `fields.NAME`… as one list here.

use super::{
    Choice, Field, FormError, NAME, NOTE, free, label,
    lookup::Lookup,
    named, shown,
    words::{self, list, pair, word},
};
use crate::domain::{
    credential::{Credential, Member, Owner, Pool, SecretRef, State},
    id::Id,
};

const STATES: &[&str] = &["active", "disabled", "revoked"];

pub(super) const CREDENTIAL: &[Field] = &[
    NAME,
    Field::required("provider", "whose key it is", Choice::Provider),
    Field::optional("owner", "who it belongs to", Choice::Owner),
    Field::optional("environment", "the one environment it is for; empty: any", Choice::Environment),
    Field::optional("models", "the only models it is for; empty: any", Choice::List),
    Field::optional("usable_by", "department/ app/ workflow/ besides its owner's own", Choice::List),
    Field::optional("fields", "its public fields: NAME=VALUE", Choice::List),
    Field::optional("state", "whether it may be used", Choice::Words(STATES)),
    Field::optional("not_before", "when it begins to be valid", Choice::Time),
    Field::optional("expires", "when it ends to be valid", Choice::Time),
    Field::optional("reference", "env:NAME or file:PATH instead of a stored secret", Choice::Text),
    Field::optional("budget", "what it may cost in a month", Choice::Budget),
    NOTE,
];

pub(super) const POOL: &[Field] = &[
    NAME,
    Field::required("provider", "whose keys it holds", Choice::Provider),
    Field::optional("members", "KEY or KEY:WEIGHT, with commas between them", Choice::List),
    NOTE,
];

/// Makes a credential of the system without a secret, whose name and provider are still to be set.
pub fn blank_credential(id: Id<Credential>) -> Credential {
    Credential {
        id,
        name: "".into(),
        provider: "".into(),
        owner: Owner::System,
        environment: None,
        models: None,
        usable_by: Vec::new(),
        fields: std::collections::BTreeMap::new(),
        state: State::Active,
        not_before: None,
        expires: None,
        secret: SecretRef::Absent,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn blank_pool(id: Id<Pool>) -> Pool {
    Pool { id, name: "".into(), provider: "".into(), members: Vec::new(), note: None, foreign_id: None }
}

pub(super) fn get_credential(it: &Credential, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "name" => it.name.to_string(),
        "provider" => it.provider.to_string(),
        "owner" => words::owner_text(it.owner, lookup),
        "environment" => shown(it.environment.as_ref()),
        "models" => it.models.as_ref().map(|models| models.join(", ")).unwrap_or_default(),
        "usable_by" => it.usable_by.iter().map(|by| words::usable_by_text(*by, lookup)).collect::<Vec<_>>().join(", "),
        "fields" => it.fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", "),
        "state" => it.state.word().to_owned(),
        "not_before" => shown(it.not_before),
        "expires" => shown(it.expires),
        "reference" => match &it.secret {
            SecretRef::External(reference) => reference.to_string(),
            SecretRef::Absent | SecretRef::Sealed(_) => String::new(),
        },
        "budget" => words::budget_text(it.budget),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_credential(
    it: &mut Credential,
    field: &'static str,
    text: &str,
    lookup: &Lookup<'_>,
) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "provider" => it.provider = lookup.provider(text),
        "owner" => it.owner = if text.is_empty() { Owner::System } else { words::owner(field, text, lookup)? },
        "environment" => it.environment = label(text)?,
        "models" => {
            let models: Vec<_> = list(text).map(named).collect::<Result<_, _>>()?;
            it.models = (!models.is_empty()).then_some(models);
        }
        "usable_by" => it.usable_by = list(text).map(|by| words::usable_by(by, lookup)).collect::<Result<_, _>>()?,
        "fields" => it.fields = public_fields(it, text, lookup)?,
        "state" => it.state = word(field, text, STATES, State::from_word)?,
        "not_before" => it.not_before = words::time(field, text)?,
        "expires" => it.expires = words::time(field, text)?,
        "reference" => set_reference(it, text)?,
        "budget" => it.budget = words::budget(text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Reads `NAME=VALUE, …`.
fn public_fields(
    it: &Credential,
    text: &str,
    lookup: &Lookup<'_>,
) -> Result<std::collections::BTreeMap<crate::domain::Text, crate::domain::Text>, FormError> {
    list(text)
        .map(|part| {
            let (name, value) = pair("fields", part)?;
            refuse_secret_field(it, &name, lookup)?;
            Ok((name, value.into()))
        })
        .collect()
}

/// Refuses to take a value for what the provider's form calls secret: it would be stored in the clear.
pub(super) fn refuse_secret_field(it: &Credential, name: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    let vocabulary = lookup.catalogue().vocabulary();
    let provider = vocabulary.provider(&it.provider).and_then(|ix| vocabulary.provider_entry(ix)?.provider());
    if provider.is_some_and(|form| form.fields.iter().any(|field| field.secret && &*field.name == name)) {
        let message = format!("{name} is a secret field: it is asked for, or read with --stdin-json");
        return Err(FormError::value("fields", message));
    }
    Ok(())
}

fn set_reference(it: &mut Credential, text: &str) -> Result<(), FormError> {
    if text.is_empty() {
        if matches!(it.secret, SecretRef::External(_)) {
            it.secret = SecretRef::Absent;
        }
    } else {
        it.secret = SecretRef::External(text.parse().map_err(|error| FormError::value("reference", error))?);
    }
    Ok(())
}

pub(super) fn get_pool(it: &Pool, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "name" => it.name.to_string(),
        "provider" => it.provider.to_string(),
        "members" => {
            let credentials = lookup.catalogue().credentials();
            let text = |member: &Member| format!("{}:{}", lookup.name_of(credentials, member.key), member.weight);
            it.members.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_pool(it: &mut Pool, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "provider" => it.provider = lookup.provider(text),
        "members" => it.members = list(text).map(|member| read_member(member, lookup)).collect::<Result<_, _>>()?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Reads `KEY` (weight 1) or `KEY:WEIGHT`; a name may hold colons itself.
fn read_member(text: &str, lookup: &Lookup<'_>) -> Result<Member, FormError> {
    if let Some((name, weight)) = text.rsplit_once(':') {
        if let Ok(weight) = weight.parse() {
            return Ok(Member { key: lookup.credential(name)?, weight });
        }
        if weight.starts_with('-') {
            return Err(FormError::value("members", format!("\"{text}\": a weight can't be negative")));
        }
    }
    Ok(Member { key: lookup.credential(text)?, weight: 1 })
}
