//! One type over all kinds of configuration, for changes, the store and the audit.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Text,
    assignment::Assignment,
    credential::{Credential, Instance, Pool, SecretRef, SecretVersion},
    id::Id,
    money::Budget,
    people::{Department, Operator, Workspace},
    provider::{Model, Price, Provider},
    workflow::{App, Node, Workflow},
};

macro_rules! records {
    ($($(#[$doc:meta])* $kind:ident $word:literal,)*) => {
        /// The kinds of configuration. The order is the one in which they can be written: a kind refers only to
        /// earlier ones, but for a department's parent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind, in the order in which they can be written.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The singular word for messages, links and the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// Reads the word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.word() == word)
            }
        }

        /// A thing of any kind, whole.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Record { $($(#[$doc])* $kind($kind),)* }

        impl Record {
            /// Returns what kind of thing it is.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// Returns its stable id, whatever the kind.
            pub const fn uuid(&self) -> Uuid {
                match self { $(Self::$kind(record) => record.id.uuid(),)* }
            }
        }

        $(impl From<$kind> for Record {
            fn from(record: $kind) -> Self {
                Self::$kind(record)
            }
        })*
    };
}

records! {
    /// The workspace itself: its name and policies.
    Workspace "workspace",
    /// A node of the tree that pays.
    Department "department",
    /// A person or a service account.
    Operator "operator",
    /// A provider that the built-in list lacks, or describes otherwise.
    Provider "provider",
    /// A model that the built-in table lacks.
    Model "model",
    /// A price of one's own.
    Price "price",
    /// A key for a provider.
    Credential "credential",
    /// Several credentials behind one name.
    Pool "pool",
    /// Provider, model and parameters under one name.
    Instance "instance",
    /// A group of workflows.
    App "app",
    /// What runs.
    Workflow "workflow",
    /// A place in a workflow that calls a model.
    Node "node",
    /// A rule.
    Assignment "assignment",
}

impl Record {
    /// Returns the version of the sealed secret that it refers to, if it is a key that has one.
    pub const fn secret_version(&self) -> Option<Id<SecretVersion>> {
        match self {
            Self::Credential(key) => match &key.secret {
                SecretRef::Sealed(sealed) => Some(sealed.version),
                SecretRef::Absent | SecretRef::External(_) => None,
            },
            _ => None,
        }
    }

    /// Returns what may be spent on it in a month, if it can have a budget and has one.
    pub const fn budget(&self) -> Option<Budget> {
        match self {
            Self::Credential(it) => it.budget,
            Self::Workflow(it) => it.budget,
            Self::App(it) => it.budget,
            Self::Department(it) => it.budget,
            _ => None,
        }
    }

    /// Returns the name by which people know it; rules, models' prices and the like have none of their own.
    pub const fn name(&self) -> Option<&Text> {
        match self {
            Self::Workspace(it) => Some(&it.name),
            Self::Department(it) => Some(&it.name),
            Self::Operator(it) => Some(&it.login),
            Self::Provider(it) => Some(&it.slug),
            Self::Model(it) => Some(&it.name),
            Self::Credential(it) => Some(&it.name),
            Self::Pool(it) => Some(&it.name),
            Self::Instance(it) => Some(&it.name),
            Self::App(it) => Some(&it.name),
            Self::Workflow(it) => Some(&it.name),
            Self::Node(it) => Some(&it.name),
            Self::Price(_) | Self::Assignment(_) => None,
        }
    }

    /// Returns what the source that brought it calls it.
    pub const fn foreign_id(&self) -> Option<&Text> {
        match self {
            Self::Department(it) => it.foreign_id.as_ref(),
            Self::Operator(it) => it.foreign_id.as_ref(),
            Self::Provider(it) => it.foreign_id.as_ref(),
            Self::Credential(it) => it.foreign_id.as_ref(),
            Self::Pool(it) => it.foreign_id.as_ref(),
            Self::Instance(it) => it.foreign_id.as_ref(),
            Self::App(it) => it.foreign_id.as_ref(),
            Self::Workflow(it) => it.foreign_id.as_ref(),
            Self::Node(it) => it.foreign_id.as_ref(),
            Self::Assignment(it) => it.foreign_id.as_ref(),
            Self::Workspace(_) | Self::Model(_) | Self::Price(_) => None,
        }
    }
}
