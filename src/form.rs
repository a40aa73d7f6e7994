//! Forms: the fields of each kind of thing as people write them, read and written by one table.
//!
//! The command line (`edit key/x environment=production`), the console's forms and the declarative file all read
//! owners, scopes, targets, budgets and times here, so that one thing has one spelling and one error everywhere.
//! The empty text clears an optional field.

pub mod document;
pub mod lookup;
pub mod ssh_key;
pub mod words;

mod assignment;
mod credential;
mod instance;
pub mod people;
mod provider;
mod workflow;

use thiserror::Error;
use uuid::Uuid;

pub use self::credential::blank_credential;
use self::lookup::{Lookup, UnknownName};
use crate::domain::{
    Text, guess,
    id::Id,
    name::{self, NameError},
    record::{Kind, Record},
};

/// One field of a kind of thing.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name in the command line and in files.
    pub name: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// Whether a thing can't be without it.
    pub required: bool,
    /// What its value may be, for completion and pickers.
    pub choice: Choice,
}

impl Field {
    const fn required(name: &'static str, help: &'static str, choice: Choice) -> Self {
        Self { name, help, required: true, choice }
    }

    const fn optional(name: &'static str, help: &'static str, choice: Choice) -> Self {
        Self { name, help, required: false, choice }
    }
}

/// The name of most things.
const NAME: Field = Field::required("name", "its name", Choice::Text);

/// Goes with everything.
const NOTE: Field = Field::optional("note", "free text", Choice::Text);

/// Yes and no.
const FLAGS: Choice = Choice::Words(&["true", "false"]);

/// The kinds of models.
const KINDS: Choice = Choice::Words(&["llm", "embedding", "rerank", "speech", "moderation", "tts"]);

/// Whose keys may be used.
const POLICIES: &[&str] = &["any", "own-only", "system-only"];

/// What the value of a field may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Any text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a thing of this kind.
    Name(Kind),
    /// `system`, `department/NAME` or `operator/LOGIN`.
    Owner,
    /// The slug of a provider.
    Provider,
    /// A model of the thing's provider.
    Model,
    /// A label of an environment.
    Environment,
    /// An instant with an offset, or a day.
    Time,
    /// `200.00 soft` or `200.00 hard`.
    Budget,
    /// A whole number.
    Number,
    /// Several values with commas between them.
    List,
}

/// Why a field can't take a value. The sentence says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormError {
    /// The kind has no such field.
    #[error("a {kind} has no field \"{field}\"{}; its fields are {known}", guess.map(|g| format!("; did you mean {g}?")).unwrap_or_default())]
    Field {
        /// What kind of thing.
        kind: &'static str,
        /// What was written.
        field: String,
        /// What may have been meant.
        guess: Option<&'static str>,
        /// The fields that there are.
        known: String,
    },
    /// A name leads nowhere.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The text is no lawful name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The text is no value of the field.
    #[error("{field}: {message}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong and what to write.
        message: String,
    },
}

impl FormError {
    pub(crate) fn value(field: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Value { field, message: message.to_string() }
    }
}

/// Returns the fields of a kind, in the order of a form. A name that identifies the thing comes first.
pub const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Workspace => people::WORKSPACE,
        Kind::Department => people::DEPARTMENT,
        Kind::Operator => people::OPERATOR,
        Kind::Provider => provider::PROVIDER,
        Kind::Model => provider::MODEL,
        Kind::Price => provider::PRICE,
        Kind::Credential => credential::CREDENTIAL,
        Kind::Pool => credential::POOL,
        Kind::Instance => instance::INSTANCE,
        Kind::App => workflow::APP,
        Kind::Workflow => workflow::WORKFLOW,
        Kind::Node => workflow::NODE,
        Kind::Assignment => assignment::ASSIGNMENT,
    }
}

/// Returns the text of a field; empty for one that is not set or does not exist.
pub fn get(record: &Record, field: &str, lookup: &Lookup<'_>) -> String {
    match record {
        Record::Workspace(it) => people::get_workspace(it, field),
        Record::Department(it) => people::get_department(it, field, lookup),
        Record::Operator(it) => people::get_operator(it, field, lookup),
        Record::Provider(it) => provider::get_provider(it, field),
        Record::Model(it) => provider::get_model(it, field),
        Record::Price(it) => provider::get_price(it, field),
        Record::Credential(it) => credential::get_credential(it, field, lookup),
        Record::Pool(it) => credential::get_pool(it, field, lookup),
        Record::Instance(it) => instance::get(it, field, lookup),
        Record::App(it) => workflow::get_app(it, field, lookup),
        Record::Workflow(it) => workflow::get_workflow(it, field, lookup),
        Record::Node(it) => workflow::get_node(it, field, lookup),
        Record::Assignment(it) => assignment::get(it, field, lookup),
    }
}

/// Sets a field from its text. The record is untouched if that fails.
pub fn set(record: &mut Record, field: &str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    let kind = record.kind();
    let known = fields(kind).iter().find(|known| known.name == field).ok_or_else(|| FormError::Field {
        kind: kind.word(),
        field: field.to_owned(),
        guess: guess::nearest(field, fields(kind).iter().map(|known| known.name)),
        known: fields(kind).iter().map(|known| known.name).collect::<Vec<_>>().join(", "),
    })?;
    if known.required && text.is_empty() {
        return Err(FormError::value(known.name, "can't be empty"));
    }
    match record {
        Record::Workspace(it) => people::set_workspace(it, known.name, text),
        Record::Department(it) => people::set_department(it, known.name, text, lookup),
        Record::Operator(it) => people::set_operator(it, known.name, text, lookup),
        Record::Provider(it) => provider::set_provider(it, known.name, text),
        Record::Model(it) => provider::set_model(it, known.name, text, lookup),
        Record::Price(it) => provider::set_price(it, known.name, text, lookup),
        Record::Credential(it) => credential::set_credential(it, known.name, text, lookup),
        Record::Pool(it) => credential::set_pool(it, known.name, text, lookup),
        Record::Instance(it) => instance::set(it, known.name, text, lookup),
        Record::App(it) => workflow::set_app(it, known.name, text, lookup),
        Record::Workflow(it) => workflow::set_workflow(it, known.name, text, lookup),
        Record::Node(it) => workflow::set_node(it, known.name, text, lookup),
        Record::Assignment(it) => assignment::set(it, known.name, text, lookup),
    }
}

/// Returns a thing of `kind` with nothing set but its id. [`missing`] says what it still needs.
pub fn blank(kind: Kind, id: Uuid) -> Record {
    match kind {
        Kind::Workspace => people::blank_workspace(Id::new(id)).into(),
        Kind::Department => people::blank_department(Id::new(id)).into(),
        Kind::Operator => people::blank_operator(Id::new(id)).into(),
        Kind::Provider => provider::blank_provider(Id::new(id)).into(),
        Kind::Model => provider::blank_model(Id::new(id)).into(),
        Kind::Price => provider::blank_price(Id::new(id)).into(),
        Kind::Credential => credential::blank_credential(Id::new(id)).into(),
        Kind::Pool => credential::blank_pool(Id::new(id)).into(),
        Kind::Instance => instance::blank(Id::new(id)).into(),
        Kind::App => workflow::blank_app(Id::new(id)).into(),
        Kind::Workflow => workflow::blank_workflow(Id::new(id)).into(),
        Kind::Node => workflow::blank_node(Id::new(id)).into(),
        Kind::Assignment => assignment::blank(Id::new(id)).into(),
    }
}

/// Returns the required fields of a record that are still empty.
pub fn missing<'a>(record: &'a Record, lookup: &'a Lookup<'_>) -> impl Iterator<Item = &'static Field> + 'a {
    fields(record.kind()).iter().filter(|field| field.required && get(record, field.name, lookup).is_empty())
}

fn named(text: &str) -> Result<Text, FormError> {
    name::check(text)?;
    Ok(text.into())
}

/// Reads an optional free text; the empty text clears it. Line ends are allowed, other control characters are not.
fn free(field: &'static str, text: &str) -> Result<Option<Text>, FormError> {
    if text.chars().any(|c| c != '\n' && c != '\t' && name::is_unprintable(c)) {
        return Err(FormError::value(field, "can't hold control characters or invisible direction marks"));
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

/// Reads an optional label: a name, or the empty text to clear it.
fn label(text: &str) -> Result<Option<Text>, FormError> {
    if text.is_empty() { Ok(None) } else { named(text).map(Some) }
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
