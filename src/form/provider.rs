//! The fields of providers, models and prices.

use super::{
    Choice, Field, FormError, KINDS, NOTE, free, label,
    lookup::Lookup,
    named, shown,
    words::{self, list},
};
use crate::domain::{
    id::Id,
    money::MicroDollars,
    provider::{self, Model, ModelKind, Price, Provider},
};

pub(super) const PROVIDER: &[Field] = &[
    Field::required("id", "the id that rules and nodes name", Choice::Text),
    Field::optional("name", "the name for people", Choice::Text),
    Field::optional("base_url", "where requests go", Choice::Text),
    Field::optional(
        "fields",
        "the credential's fields: NAME:secret:ENV_VARIABLE, with commas between them",
        Choice::List,
    ),
    Field::optional("aliases", "other ids, with commas between them", Choice::List),
    NOTE,
];

pub(super) const MODEL: &[Field] = &[
    Field::required("provider", "whose model it is", Choice::Provider),
    Field::required("name", "the vendor's id of the model", Choice::Text),
    Field::optional("kind", "what it does", KINDS),
    Field::optional("context", "how many tokens fit into a request", Choice::Number),
    NOTE,
];

pub(super) const PRICE: &[Field] = &[
    Field::required("provider", "whose model it is for", Choice::Provider),
    Field::required("model", "the vendor's id of the model", Choice::Model),
    Field::required("input", "dollars for a million tokens in", Choice::Text),
    Field::optional("output", "dollars for a million tokens out", Choice::Text),
    Field::optional("from", "when it begins to hold", Choice::Time),
    NOTE,
];

pub(super) fn blank_provider(id: Id<Provider>) -> Provider {
    Provider {
        id,
        slug: "".into(),
        name: "".into(),
        base_url: None,
        fields: Vec::new(),
        aliases: Vec::new(),
        note: None,
        foreign_id: None,
    }
}

pub(super) fn blank_model(id: Id<Model>) -> Model {
    Model { id, provider: "".into(), name: "".into(), kind: ModelKind::Llm, context: None, note: None }
}

pub(super) fn blank_price(id: Id<Price>) -> Price {
    Price {
        id,
        provider: "".into(),
        model: "".into(),
        input: MicroDollars(-1),
        output: None,
        from: None,
        note: None,
        source: None,
    }
}

pub(super) fn get_provider(it: &Provider, field: &str) -> String {
    match field {
        "id" => it.slug.to_string(),
        "name" => it.name.to_string(),
        "base_url" => shown(it.base_url.as_ref()),
        "fields" => it.fields.iter().map(field_text).collect::<Vec<_>>().join(", "),
        "aliases" => it.aliases.join(", "),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_provider(it: &mut Provider, field: &'static str, text: &str) -> Result<(), FormError> {
    match field {
        "id" => {
            let lawful = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
            if !lawful {
                return Err(FormError::value("id", "may hold a-z, 0-9, -, _ and . alone"));
            }
            it.slug = text.into();
            if it.name.is_empty() {
                it.name = text.into();
            }
        }
        "name" => it.name = if text.is_empty() { it.slug.clone() } else { named(text)? },
        "base_url" => it.base_url = url("base_url", text)?,
        "fields" => it.fields = list(text).map(read_field).collect::<Result<_, _>>()?,
        "aliases" => it.aliases = list(text).map(Into::into).collect(),
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Reads the address of an endpoint; the empty text is none.
pub(super) fn url(field: &'static str, text: &str) -> Result<Option<crate::domain::Text>, FormError> {
    let lawful = ["https://", "http://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if !text.is_empty() && (!lawful || text.chars().any(|c| c.is_whitespace() || c.is_control())) {
        return Err(FormError::value(field, format!("\"{text}\" is no address: write https://host/path")));
    }
    label(text)
}

fn field_text(field: &provider::Field) -> String {
    let secret = if field.secret { ":secret" } else { "" };
    let env = field.env.as_ref().map(|env| format!(":{env}")).unwrap_or_default();
    format!("{}{secret}{env}", field.name)
}

fn read_field(text: &str) -> Result<provider::Field, FormError> {
    let mut parts = text.split(':');
    let name = named(parts.next().unwrap_or_default())?;
    let mut field = provider::Field { name, label: None, secret: false, required: false, env: None };
    for part in parts {
        if part == "secret" {
            field.secret = true;
        } else if provider::may_be_set(part) {
            field.env = Some(part.into());
        } else {
            return Err(FormError::value(
                "fields",
                format!("\"{text}\": write NAME, NAME:secret or NAME:secret:ENV_VARIABLE"),
            ));
        }
    }
    Ok(field)
}

pub(super) fn get_model(it: &Model, field: &str) -> String {
    match field {
        "provider" => it.provider.to_string(),
        "name" => it.name.to_string(),
        "kind" => it.kind.word().to_owned(),
        "context" => shown(it.context),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_model(it: &mut Model, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    match field {
        "provider" => it.provider = lookup.provider(text),
        "name" => it.name = named(text)?,
        "kind" => it.kind = words::kind(text)?.unwrap_or_default(),
        "context" => it.context = number(field, text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Reads a whole number; the empty text is none.
pub(super) fn number<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<Option<T>, FormError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| FormError::value(field, format!("\"{text}\" is no whole number that fits")))
}

pub(super) fn get_price(it: &Price, field: &str) -> String {
    match field {
        "provider" => it.provider.to_string(),
        "model" => it.model.to_string(),
        "input" if it.input < MicroDollars::ZERO => String::new(),
        "input" => it.input.to_string(),
        "output" => shown(it.output),
        "from" => shown(it.from),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_price(it: &mut Price, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    let amount = || text.parse::<MicroDollars>().map_err(|error| FormError::value(field, error));
    match field {
        "provider" => it.provider = lookup.provider(text),
        "model" => it.model = named(text)?,
        "input" => it.input = amount()?,
        "output" => it.output = if text.is_empty() { None } else { Some(amount()?) },
        "from" => it.from = words::time(field, text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}
