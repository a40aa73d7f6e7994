//! Assignments: the rule "at this scope, for this provider (and model, kind, environment), use this target".

use serde::{Deserialize, Serialize};

use super::{
    Text, Timestamp,
    credential::{Credential, Pool},
    id::Id,
    people::{Department, Operator},
    provider::ModelKind,
    workflow::{App, Selector, Workflow},
};

/// A rule. At most one active rule exists for (scope, provider, model, kind, environment) at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Where it speaks.
    pub scope: Scope,
    /// The slug of the provider that it is for.
    pub provider: Text,
    /// The one model that it is for; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Text>,
    /// The one kind of model that it is for; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ModelKind>,
    /// The one environment that it is for; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Text>,
    /// What is used.
    pub target: Target,
    /// Whether the search stops when the target can't be used.
    #[serde(default)]
    pub strength: Strength,
    /// When it begins to speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// When it ends to speak; at this instant it no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

impl Assignment {
    /// Says whether it speaks at `now`, its window being half open.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Says whether two rules answer the same question, whatever their windows.
    pub fn same_place(&self, other: &Self) -> bool {
        self.scope == other.scope
            && self.provider == other.provider
            && self.model == other.model
            && self.kind == other.kind
            && self.environment == other.environment
    }

    /// Says whether there is an instant at which both windows are open.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before =
            |end: Option<Timestamp>, start: Option<Timestamp>| matches!((end, start), (Some(e), Some(s)) if e <= s);
        !before(self.until, other.from) && !before(other.until, self.from)
    }
}

/// Where a rule speaks. A node's own key is written on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// For one workflow.
    Workflow(Id<Workflow>),
    /// For the workflows of an app.
    App(Id<App>),
    /// For the workflows that an operator owns.
    Owner(Id<Operator>),
    /// For the workflows of a department and of those below it.
    Department(Id<Department>),
    /// For every workflow of the workspace.
    Workspace,
    /// For every workflow of the workspace, as the last resort.
    System,
}

/// What a rule says to use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One credential.
    Key(Id<Credential>),
    /// A member of a pool.
    Pool(Id<Pool>),
    /// What a variable's value stands for.
    Variable {
        /// The variable.
        selector: Selector,
        /// What each value stands for, in the order written, each value once.
        values: Vec<(Text, ValueTarget)>,
        /// Whether any other value names a credential.
        by_name: bool,
    },
    /// Deliberately nothing.
    Deny,
}

/// What one value of a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueTarget {
    /// One credential.
    Key(Id<Credential>),
    /// A member of a pool.
    Pool(Id<Pool>),
    /// Deliberately nothing.
    Deny,
}

/// Whether the search stops at a rule whose target can't be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// It stops.
    #[default]
    Required,
    /// It goes on to the next rule.
    Preferred,
}

impl Strength {
    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Required, Self::Preferred].into_iter().find(|strength| strength.word() == word)
    }
}

/// Who wrote a rule, when, and in which revision. Stamped when a change set is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The login of the author.
    pub author: Text,
    /// When.
    pub at: Timestamp,
    /// The revision that brought the rule in its present form.
    pub revision: u64,
}
