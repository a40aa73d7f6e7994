//! Workspaces, the departments that pay, the operators who work, and what they were granted.

use serde::{Deserialize, Serialize};

use super::{Text, id::Id, money::Budget};

/// A tenant: everything but operators, the vault and the audit chain belongs to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique in the database.
    pub name: Text,
    /// Whether a caller may name a key for one run.
    #[serde(default)]
    pub allow_request_overrides: bool,
    /// Whose keys its workflows may use, where nothing nearer says.
    #[serde(default)]
    pub owner_policy: OwnerPolicy,
    /// Whether a second person approves every change set.
    #[serde(default)]
    pub approval: bool,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Whose keys a workflow may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerPolicy {
    /// Anybody's that the other rules allow.
    #[default]
    Any,
    /// Those of the workflow's owner and of the departments on its path.
    OwnOnly,
    /// Those of the system.
    SystemOnly,
}

impl OwnerPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Any, Self::OwnOnly, Self::SystemOnly];

    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::OwnOnly => "own-only",
            Self::SystemOnly => "system-only",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.word() == word)
    }
}

/// A node of the tree that pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// Its name, unique in the workspace.
    pub name: Text,
    /// The department above it. The tree has no cycles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id<Self>>,
    /// Where its costs are booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_centre: Option<Text>,
    /// Whose keys its workflows may use, unless they say themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_policy: Option<OwnerPolicy>,
    /// What it and the departments below may spend in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// A person, or a service account, known to the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// The stable id of the record.
    pub id: Id<Self>,
    /// The name to log in with, unique in the database.
    pub login: Text,
    /// Where to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// What the operator was granted. Nothing is granted by default.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Public keys in the format of `authorized_keys`, one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<Text>,
    /// Whether it is a program rather than a person.
    #[serde(default)]
    pub service: bool,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_id: Option<Text>,
}

/// A role, and where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// Where.
    pub on: GrantScope,
}

/// What a grant covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantScope {
    /// The database as a whole; for [`Role::Keeper`] alone.
    Database,
    /// One workspace, whole.
    Workspace(Id<Workspace>),
    /// One department and everything below it.
    Department(Id<Department>),
}

/// The roles of the design's table, and the keeper of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Lists what is in scope.
    Viewer,
    /// Lists, and reads the audit log.
    Auditor,
    /// Works with their own keys and workflows.
    Member,
    /// Assigns keys in a subtree.
    Assigner,
    /// Everything in scope.
    Admin,
    /// Backup, restore, rekey, retention, new workspaces.
    Keeper,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 6] = [Self::Viewer, Self::Auditor, Self::Member, Self::Assigner, Self::Admin, Self::Keeper];

    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Member => "member",
            Self::Assigner => "assigner",
            Self::Admin => "admin",
            Self::Keeper => "keeper",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}
