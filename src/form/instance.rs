//! The fields of model instances.

use super::{
    Choice, Field, FormError, KINDS, NAME, NOTE, free,
    lookup::Lookup,
    named, shown,
    words::{self, list, pair},
};
use crate::domain::{
    credential::{Instance, Owner, Parameter},
    id::Id,
    provider::ModelKind,
    record::Kind,
};

pub(super) const INSTANCE: &[Field] = &[
    NAME,
    Field::required("provider", "whose model it is", Choice::Provider),
    Field::required("model", "the vendor's id of the model", Choice::Model),
    Field::optional("kind", "what the model does", KINDS),
    Field::optional("parameters", "NAME=VALUE, with commas between them", Choice::List),
    Field::optional("key", "the key that its nodes use", Choice::Name(Kind::Credential)),
    Field::optional("owner", "who may edit it", Choice::Owner),
    NOTE,
];

pub(super) fn blank(id: Id<Instance>) -> Instance {
    Instance {
        id,
        name: "".into(),
        provider: "".into(),
        model: "".into(),
        kind: ModelKind::Llm,
        parameters: std::collections::BTreeMap::new(),
        key: None,
        owner: Owner::System,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn get(it: &Instance, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "name" => it.name.to_string(),
        "provider" => it.provider.to_string(),
        "model" => it.model.to_string(),
        "kind" => it.kind.word().to_owned(),
        "parameters" => {
            let text = |(name, value): (&crate::domain::Text, &Parameter)| format!("{name}={}", parameter_text(value));
            it.parameters.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        "key" => shown(it.key.map(|id| lookup.name_of(lookup.catalogue().credentials(), id))),
        "owner" => words::owner_text(it.owner, lookup),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set(it: &mut Instance, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "provider" => it.provider = lookup.provider(text),
        "model" => it.model = named(text)?,
        "kind" => it.kind = words::kind(text)?.unwrap_or_default(),
        "parameters" => {
            let one = |part| pair("parameters", part).map(|(name, value)| (name, read_parameter(value)));
            it.parameters = list(text).map(one).collect::<Result<_, FormError>>()?;
        }
        "key" => it.key = if text.is_empty() { None } else { Some(lookup.credential(text)?) },
        "owner" => it.owner = if text.is_empty() { Owner::System } else { words::owner(field, text, lookup)? },
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

fn parameter_text(value: &Parameter) -> String {
    match value {
        Parameter::Flag(flag) => flag.to_string(),
        Parameter::Whole(number) => number.to_string(),
        // Debug keeps the point of 1.0, so that it reads back as the number that it was.
        Parameter::Number(number) => format!("{number:?}"),
        Parameter::Text(text) => text.to_string(),
    }
}

fn read_parameter(text: &str) -> Parameter {
    if let Ok(flag) = text.parse::<bool>() {
        Parameter::Flag(flag)
    } else if let Ok(number) = text.parse::<i64>() {
        Parameter::Whole(number)
    } else if let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        Parameter::Number(number)
    } else {
        Parameter::Text(text.into())
    }
}
