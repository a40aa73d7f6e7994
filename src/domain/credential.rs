//! Credentials, the pools that share load between them, and model instances that may name one.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Text, Timestamp,
    id::Id,
    money::Budget,
    people::{Department, Operator},
    provider::ModelKind,
    workflow::{App, Workflow},
};

/// Who something belongs to. No owner at all is `None` around it, and is not the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The organisation as a whole.
    #[default]
    System,
    /// A department.
    Department(Id<Department>),
    /// A person: the key is private.
    Operator(Id<Operator>),
}

/// One key, or set of fields, for one provider. The secret itself is sealed elsewhere and only referred to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The stable id of the record: it survives renames and rotations.
    pub id: Id<Self>,
    /// Its name, unique in the workspace.
    pub name: Text,
    /// The slug of its provider.
    pub provider: Text,
    /// Who it belongs to.
    #[serde(default)]
    pub owner: Owner,
    /// The one environment that it is for; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Text>,
    /// The only models that it is for; any, if absent. Never an empty list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<Text>>,
    /// Who may use it besides its owner's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usable_by: Vec<UsableBy>,
    /// The public fields, never secret ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<Text, Text>,
    /// Whether it may be used.
    #[serde(default)]
    pub state: State,
    /// When it begins to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// When it ends to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Where its secret is kept.
    #[serde(default)]
    pub secret: SecretRef,
    /// What it may cost in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// Whether a credential may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It may.
    #[default]
    Active,
    /// Not for now.
    Disabled,
    /// Never again, unless an administrator reinstates it.
    Revoked,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Revoked];

    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Whom a key is lent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsableBy {
    /// The workflows of a department and of those below it.
    Department(Id<Department>),
    /// The workflows of an app.
    App(Id<App>),
    /// One workflow.
    Workflow(Id<Workflow>),
}

/// Stands for one stored version of a secret; the vault's rows carry it.
#[derive(Clone, Copy, Debug)]
pub enum SecretVersion {}

/// Where a credential's secret is kept. It never holds the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// Nowhere: the credential is known by name only.
    #[default]
    Absent,
    /// In the vault.
    Sealed(Sealed),
    /// In a place that is opened at use.
    External(Reference),
}

impl SecretRef {
    /// Returns since when the secret is stored, if it is in the vault and its version tells.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Sealed(sealed) => sealed.version.made_at(),
            Self::Absent | Self::External(_) => None,
        }
    }
}

/// A secret in the vault, as far as it may be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The version in use.
    pub version: Id<SecretVersion>,
    /// The last four characters of its main field, with the mark of omission; absent for short secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last4: Option<Text>,
    /// The names of the secret fields.
    pub fields: Vec<Text>,
}

/// A reference to a secret outside the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Reference {
    /// `env:NAME`: an environment variable of the process that opens it.
    Env(Text),
    /// `file:PATH`: a regular file, absolute.
    File(Text),
}

/// Why a text is no [`Reference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// Neither `env:` nor `file:`.
    #[error("\"{0}\" is no reference: write env:NAME or file:/absolute/path")]
    Unknown(String),
    /// The variable's name is not of the form that programs use.
    #[error("\"{0}\" is no name of an environment variable: it must match [A-Z][A-Z0-9_]*")]
    Variable(String),
    /// keydeck's own variables are never handed out.
    #[error("\"{0}\" is one of keydeck's own variables and can't be referred to")]
    Own(String),
    /// The path is relative or leaves its folder.
    #[error("\"{0}\" must be an absolute path without \"..\"")]
    Path(String),
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("env:") {
            let mut bytes = name.bytes();
            let lawful = bytes.next().is_some_and(|b| b.is_ascii_uppercase())
                && bytes.all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            if !lawful {
                Err(ReferenceError::Variable(name.to_owned()))
            } else if name.starts_with("KEYDECK_") {
                Err(ReferenceError::Own(name.to_owned()))
            } else {
                Ok(Self::Env(name.into()))
            }
        } else if let Some(path) = text.strip_prefix("file:") {
            let lawful = path.starts_with('/') && !path.split('/').any(|part| part == "..") && !path.contains('\0');
            if lawful { Ok(Self::File(path.into())) } else { Err(ReferenceError::Path(path.to_owned())) }
        } else {
            Err(ReferenceError::Unknown(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

/// Several credentials of one provider behind one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique among the pools of the workspace.
    pub name: Text,
    /// The slug of the provider of all members.
    pub provider: Text,
    /// The members in the order written, each once.
    pub members: Vec<Member>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// One credential of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The credential.
    pub key: Id<Credential>,
    /// Its part of the load relative to the others; 0 is never chosen.
    pub weight: u32,
}

/// Provider, model and parameters under one name, reusable by many nodes; optionally with a credential of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique among the instances of the workspace.
    pub name: Text,
    /// The slug of the provider.
    pub provider: Text,
    /// The vendor's id of the model.
    pub model: Text,
    /// What the model does.
    #[serde(default)]
    pub kind: ModelKind,
    /// What goes with each request: temperature, token limits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<Text, Parameter>,
    /// The credential that its nodes use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Id<Credential>>,
    /// Who may edit it; who may use it is another matter.
    #[serde(default)]
    pub owner: Owner,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// The value of one parameter of an instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(Text),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_unsafe_ones_refused() {
        assert_eq!("env:OPENAI_FINANCE".parse(), Ok(Reference::Env("OPENAI_FINANCE".into())));
        assert_eq!("file:/run/key".parse::<Reference>().map(|r| r.to_string()), Ok("file:/run/key".to_owned()));
        for text in ["OPENAI", "env:", "env:path", "env:KEYDECK_SECRET_KEY", "file:key", "file:/a/../etc/shadow"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
