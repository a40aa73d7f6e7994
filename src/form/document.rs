//! The declarative file as data: one workspace, everything by name, never a secret.
//!
//! [`describe`] writes a catalogue as a document, [`changes`] says what a document asks for. The text of the file is
//! read by `import` and written by `emit`. Decisions where the format is silent: the nodes of a workflow are part of
//! its description, so those that a mentioned workflow does not list are removed; an operator's grants in other
//! workspaces are kept; a price is known by provider, model and the time from which it holds.

mod entries;
mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::value::Datetime;

pub use self::{
    read::{DocumentError, Prune, changes, changes_by},
    write::describe,
};
use crate::domain::{
    credential::Parameter,
    money::{Budget, MicroDollars},
    people::Role,
    provider::{Field, ModelKind},
};

macro_rules! document {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident $(($word:literal))? : $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* $(#[serde(rename = $word)])? #[serde(skip_serializing_if = "is_default")] pub $field: $type,)* }
    )*};
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

document! {
    /// A whole file.
    Document {
        /// The workspace itself.
        workspace: Option<WorkspaceEntry>,
        /// The tree that pays.
        department: Vec<DepartmentEntry>,
        /// People.
        operator: Vec<OperatorEntry>,
        /// Providers that the built-in list lacks.
        provider: Vec<ProviderEntry>,
        /// Models that the built-in table lacks.
        model: Vec<ModelEntry>,
        /// Own prices.
        price: Vec<PriceEntry>,
        /// Keys.
        credential: Vec<CredentialEntry>,
        /// Pools.
        pool: Vec<PoolEntry>,
        /// Model instances.
        instance: Vec<InstanceEntry>,
        /// Apps.
        app: Vec<AppEntry>,
        /// Workflows with their nodes.
        workflow: Vec<WorkflowEntry>,
        /// Rules.
        assignment: Vec<AssignmentEntry>,
    }
    /// `[workspace]`
    WorkspaceEntry {
        /// Its name.
        name: String,
        /// Whether a caller may name a key for one run.
        allow_request_overrides: bool,
        /// `any`, `own-only` or `system-only`.
        owner_policy: Option<String>,
        /// Whether a second person approves.
        approval: bool,
        /// Free text.
        note: Option<String>,
    }
    /// `[[department]]`
    DepartmentEntry {
        /// Its name.
        name: String,
        /// The one above.
        parent: Option<String>,
        /// Where its costs are booked.
        cost_centre: Option<String>,
        /// `any`, `own-only` or `system-only`.
        owner_policy: Option<String>,
        /// A month's limit.
        budget: Option<Budget>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[operator]]`
    OperatorEntry {
        /// The login.
        login: String,
        /// Where to write to.
        email: Option<String>,
        /// What was granted.
        roles: Vec<RoleEntry>,
        /// Lines of `authorized_keys`.
        ssh_keys: Vec<String>,
        /// Whether it is a program.
        service: bool,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[provider]]`
    ProviderEntry {
        /// The canonical id.
        id: String,
        /// The name for people.
        name: Option<String>,
        /// Where requests go.
        base_url: Option<String>,
        /// The credential's form.
        fields: Vec<Field>,
        /// Other ids.
        aliases: Vec<String>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[model]]`
    ModelEntry {
        /// Its provider.
        provider: String,
        /// The vendor's id.
        name: String,
        /// What it does.
        kind: ModelKind,
        /// How many tokens fit.
        context: Option<u64>,
        /// Free text.
        note: Option<String>,
    }
    /// `[[price]]`
    PriceEntry {
        /// The provider.
        provider: String,
        /// The model.
        model: String,
        /// For a million tokens in.
        input: MicroDollars,
        /// For a million tokens out.
        output: Option<MicroDollars>,
        /// From when.
        from: Option<Datetime>,
        /// Free text.
        note: Option<String>,
        /// The imported table that it stands in.
        source: Option<String>,
    }
    /// `[[credential]]`
    CredentialEntry {
        /// Its name.
        name: String,
        /// Its provider.
        provider: String,
        /// `system`, `department/NAME` or `operator/LOGIN`.
        owner: Option<String>,
        /// The environment it is for.
        environment: Option<String>,
        /// The models it is for.
        models: Option<Vec<String>>,
        /// Whom it is lent to.
        usable_by: Vec<String>,
        /// Public fields.
        fields: BTreeMap<String, String>,
        /// Free text.
        note: Option<String>,
        /// `active`, `disabled` or `revoked`.
        state: Option<String>,
        /// When it begins.
        not_before: Option<Datetime>,
        /// When it ends.
        expires: Option<Datetime>,
        /// `env:NAME` or `file:PATH`.
        reference: Option<String>,
        /// A month's limit.
        budget: Option<Budget>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[pool]]`
    PoolEntry {
        /// Its name.
        name: String,
        /// Its provider.
        provider: String,
        /// The members in order.
        members: Vec<MemberEntry>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[instance]]`
    InstanceEntry {
        /// Its name.
        name: String,
        /// Its provider.
        provider: String,
        /// Its model.
        model: String,
        /// What the model does.
        kind: ModelKind,
        /// Its parameters.
        parameters: BTreeMap<String, Parameter>,
        /// Its key.
        key: Option<String>,
        /// Who may edit it.
        owner: Option<String>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[app]]`
    AppEntry {
        /// Its name.
        name: String,
        /// Who pays.
        department: Option<String>,
        /// Who it belongs to.
        owner: Option<String>,
        /// A month's limit.
        budget: Option<Budget>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[workflow]]`
    WorkflowEntry {
        /// Its name.
        name: String,
        /// Its app.
        app: Option<String>,
        /// Who pays.
        department: Option<String>,
        /// Who it belongs to; `none` for nobody.
        owner: Option<String>,
        /// Where it runs.
        environment: Option<String>,
        /// Whose keys it may use.
        owner_policy: Option<String>,
        /// `advisory` or `enforced`.
        force: Option<String>,
        /// Whether it is another's unpublished state.
        draft: bool,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
        /// A month's limit.
        budget: Option<Budget>,
        /// Its nodes.
        node: Vec<NodeEntry>,
    }
    /// `[[workflow.node]]`
    NodeEntry {
        /// Its name.
        name: String,
        /// What people read.
        title: Option<String>,
        /// What the source calls its type.
        node_type("type"): Option<String>,
        /// What kind of model it calls.
        kind: ModelKind,
        /// The provider, unless there is an instance.
        provider: Option<String>,
        /// The model, unless there is an instance.
        model: Option<String>,
        /// The instance.
        instance: Option<String>,
        /// The key fixed on it.
        key: Option<String>,
        /// The variable that names its key.
        variable: Option<String>,
        /// How often it runs; 1 if absent.
        runs: Option<u32>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
    /// `[[assignment]]`
    AssignmentEntry {
        /// Where it speaks.
        scope: String,
        /// The provider it is for.
        provider: String,
        /// The model it is for.
        model: Option<String>,
        /// The kind it is for.
        kind: Option<ModelKind>,
        /// The environment it is for.
        environment: Option<String>,
        /// What is used.
        target: String,
        /// What a variable's values stand for.
        values: BTreeMap<String, String>,
        /// Whether other values name a key.
        by_name: bool,
        /// `required` or `preferred`.
        strength: Option<String>,
        /// When it begins.
        from: Option<Datetime>,
        /// When it ends.
        until: Option<Datetime>,
        /// Free text.
        note: Option<String>,
        /// What the source calls it.
        foreign_id: Option<String>,
    }
}

/// A role of an operator, in the whole workspace or a department and below.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleEntry {
    /// The role.
    pub role: Role,
    /// Where, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
}

/// A member of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberEntry {
    /// The credential's name.
    pub key: String,
    /// Its part of the load.
    #[serde(default = "one")]
    pub weight: u32,
}

const fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests;
