//! What runs: apps, workflows, and the nodes that call a model.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Text,
    credential::{Credential, Instance, Owner},
    id::Id,
    money::Budget,
    people::{Department, OwnerPolicy},
    provider::ModelKind,
};

/// A group of workflows as a user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique among the apps of the workspace.
    pub name: Text,
    /// Who pays for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Id<Department>>,
    /// Who it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// What its workflows may cost in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique among the workflows of the workspace.
    pub name: Text,
    /// The app that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<Id<App>>,
    /// Who pays for it; its app's department, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Id<Department>>,
    /// Who it belongs to.
    #[serde(default)]
    pub owner: Ownership,
    /// Where it runs; none, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Text>,
    /// Whose keys it may use; its departments' or workspace's policy, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_policy: Option<OwnerPolicy>,
    /// Whether our answer is what it really uses.
    #[serde(default)]
    pub force: Force,
    /// Whether it is the unpublished state of another.
    #[serde(default)]
    pub draft: bool,
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

impl Workflow {
    /// Says whether Dify runs it by rules of its own.
    pub fn is_difys(&self) -> bool {
        let from_dify = self.foreign_id.as_ref().is_some_and(|id| id.starts_with("dify"));
        from_dify && self.force == Force::Advisory
    }
}

/// Who a workflow belongs to: its app's owner, nobody, or somebody named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Whoever owns its app.
    #[default]
    Inherited,
    /// Nobody, whoever owns its app.
    Nobody,
    /// This owner.
    Named(Owner),
}

/// Whether keydeck's answer binds what a workflow does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Force {
    /// The platform that runs it decides by rules of its own.
    #[default]
    Advisory,
    /// Its keys come through keydeck.
    Enforced,
}

impl Force {
    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Enforced => "enforced",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Advisory, Self::Enforced].into_iter().find(|force| force.word() == word)
    }
}

/// One place in a workflow that calls a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// The workflow that it is part of.
    pub workflow: Id<Workflow>,
    /// Its name, unique in the workflow.
    pub name: Text,
    /// What people read; the name, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What the source calls its type: `llm`, `question-classifier`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub node_type: Option<Text>,
    /// What kind of model it calls.
    #[serde(default)]
    pub kind: ModelKind,
    /// Which model it calls.
    pub uses: Uses,
    /// The credential fixed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Id<Credential>>,
    /// The variable whose value names its credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<Selector>,
    /// How many times it runs for one request.
    #[serde(default = "once")]
    pub runs: u32,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

const fn once() -> u32 {
    1
}

impl Node {
    /// What people read: the title, or else the name.
    pub fn label(&self) -> &Text {
        self.title.as_ref().unwrap_or(&self.name)
    }
}

/// Which model a node calls: one of a provider, or whatever an instance says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uses {
    /// This model of this provider.
    Model {
        /// The slug of the provider.
        provider: Text,
        /// The vendor's id of the model.
        model: Text,
    },
    /// The model of an instance.
    Instance(Id<Instance>),
}

/// The name of a workflow's variable: `env.llm_key`, `start.customer`. Written bare; `{{#env.llm_key#}}` is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Selector(Text);

/// Why a text is no [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{0}\" is no variable: write env.NAME, start.NAME or NODE.NAME, without blanks")]
pub struct SelectorError(String);

impl Selector {
    /// Returns the bare form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the bare form, shared.
    pub const fn text(&self) -> &Text {
        &self.0
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix("{{#").and_then(|rest| rest.strip_suffix("#}}")).unwrap_or(text);
        let lawful = bare.split('.').count() >= 2
            && bare.split('.').all(|part| !part.is_empty())
            && !bare.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '#' | '{' | '}' | '='));
        if lawful { Ok(Self(bare.into())) } else { Err(SelectorError(text.to_owned())) }
    }
}

impl TryFrom<String> for Selector {
    type Error = SelectorError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.0.as_str().to_owned()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn selectors_are_read_bare_and_in_braces() {
        for text in ["env.llm_key", "{{#env.llm_key#}}"] {
            assert_eq!(text.parse::<Selector>().map(|s| s.to_string()), Ok("env.llm_key".to_owned()));
        }
        for text in ["", "env", "env.", ".x", "a b.c", "{{#env.x"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}
