//! The fields of assignments.

use super::{
    Choice, FLAGS, Field, FormError, KINDS, NOTE, free, label,
    lookup::Lookup,
    named, shown,
    words::{self, flag, list, pair, word},
};
use crate::domain::{
    assignment::{Assignment, Scope, Strength, Target},
    id::Id,
    provider::ModelKind,
};

pub(super) const ASSIGNMENT: &[Field] = &[
    Field::required("scope", "workflow/ app/ owner/ department/ NAME, workspace or system", Choice::Text),
    Field::required("provider", "the provider it is for", Choice::Provider),
    Field::optional("model", "the one model it is for; empty: any", Choice::Model),
    Field::optional("kind", "the one kind of model it is for; empty: any", KINDS),
    Field::optional("environment", "the one environment it is for; empty: any", Choice::Environment),
    Field::required("target", "key/NAME, pool/NAME, variable/SELECTOR or deny", Choice::Text),
    Field::optional("values", "of a variable: VALUE=TARGET, with commas between them", Choice::List),
    Field::optional("by_name", "of a variable: whether other values name a key", FLAGS),
    Field::optional(
        "strength",
        "whether the search stops if the target can't be used",
        Choice::Words(&["required", "preferred"]),
    ),
    Field::optional("from", "when it begins to speak", Choice::Time),
    Field::optional("until", "when it ends to speak", Choice::Time),
    NOTE,
];

pub(super) fn blank(id: Id<Assignment>) -> Assignment {
    Assignment {
        id,
        scope: Scope::Workspace,
        provider: "".into(),
        model: None,
        kind: None,
        environment: None,
        target: Target::Deny,
        strength: Strength::Required,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn get(it: &Assignment, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "scope" => words::scope_text(it.scope, lookup),
        "provider" => it.provider.to_string(),
        "model" => shown(it.model.as_ref()),
        "kind" => shown(it.kind.map(ModelKind::word)),
        "environment" => shown(it.environment.as_ref()),
        "target" => words::target_text(&it.target, lookup),
        "values" => match &it.target {
            Target::Variable { values, .. } => values
                .iter()
                .map(|(value, target)| format!("{value}={}", words::value_target_text(*target, lookup)))
                .collect::<Vec<_>>()
                .join(", "),
            _ => String::new(),
        },
        "by_name" => matches!(it.target, Target::Variable { by_name: true, .. }).to_string(),
        "strength" => it.strength.word().to_owned(),
        "from" => shown(it.from),
        "until" => shown(it.until),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set(it: &mut Assignment, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    match field {
        "scope" => it.scope = words::scope(text, lookup)?,
        "provider" => it.provider = lookup.provider(text),
        "model" => it.model = if text.is_empty() { None } else { Some(named(text)?) },
        "kind" => it.kind = words::kind(text)?,
        "environment" => it.environment = label(text)?,
        "target" => it.target = words::target(text, lookup)?,
        "values" => set_values(it, text, lookup)?,
        "by_name" => set_by_name(it, flag(field, text)?)?,
        "strength" => it.strength = word(field, text, &["required", "preferred"], Strength::from_word)?,
        "from" => it.from = words::time(field, text)?,
        "until" => it.until = words::time(field, text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

fn set_values(it: &mut Assignment, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    let mut read = Vec::new();
    for part in list(text) {
        let (value, target) = pair("values", part)?;
        if read.iter().any(|(known, _)| *known == value) {
            return Err(FormError::value("values", format!("\"{value}\" stands there twice")));
        }
        read.push((value, words::value_target(target, lookup)?));
    }
    match &mut it.target {
        Target::Variable { values, .. } => *values = read,
        _ if read.is_empty() => {}
        _ => return Err(FormError::value("values", "goes with the target variable/SELECTOR alone")),
    }
    Ok(())
}

fn set_by_name(it: &mut Assignment, wanted: bool) -> Result<(), FormError> {
    match &mut it.target {
        Target::Variable { by_name, .. } => *by_name = wanted,
        _ if !wanted => {}
        _ => return Err(FormError::value("by_name", "goes with the target variable/SELECTOR alone")),
    }
    Ok(())
}
