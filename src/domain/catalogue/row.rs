//! Rows: the dense form of each noun. Small integers instead of ids and texts, for resolution and its reverse.

use uuid::Uuid;

use super::{
    table::{Ix, Noun},
    vocabulary::{ModelIx, ProviderIx, Symbol},
};
use crate::domain::{
    Text, Timestamp,
    assignment::{Assignment, Strength},
    credential::{Credential, Instance, Pool, State},
    money::Budget,
    people::{Department, Operator, OwnerPolicy},
    provider::ModelKind,
    workflow::{App, Node, Workflow},
};

/// Who something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerIx {
    /// The organisation.
    System,
    /// A department.
    Department(Ix<Department>),
    /// A person.
    Operator(Ix<Operator>),
}

/// Whom a key is lent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsableByIx {
    /// A department and those below.
    Department(Ix<Department>),
    /// An app.
    App(Ix<App>),
    /// One workflow.
    Workflow(Ix<Workflow>),
}

/// A department, dense.
#[derive(Clone, Debug)]
pub struct DepartmentRow {
    /// The one above.
    pub parent: Option<Ix<Department>>,
    /// Its owner policy.
    pub policy: Option<OwnerPolicy>,
    /// Its budget.
    pub budget: Option<Budget>,
}

/// An operator has no dense form: resolution only compares the index.
#[derive(Clone, Copy, Debug)]
pub struct OperatorRow;

/// A credential, dense.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    /// Its provider.
    pub provider: ProviderIx,
    /// Its owner.
    pub owner: OwnerIx,
    /// The environment that it is for.
    pub environment: Option<Symbol>,
    /// The models that it is for.
    pub models: Option<Box<[ModelIx]>>,
    /// Whom it is lent to.
    pub usable_by: Box<[UsableByIx]>,
    /// Its state.
    pub state: State,
    /// When it begins to be valid.
    pub not_before: Option<Timestamp>,
    /// When it ends to be valid.
    pub expires: Option<Timestamp>,
    /// Its budget.
    pub budget: Option<Budget>,
}

/// A pool, dense.
#[derive(Clone, Debug)]
pub struct PoolRow {
    /// The provider of its members.
    pub provider: ProviderIx,
    /// The members and their weights, in the order written.
    pub members: Box<[(Ix<Credential>, u32)]>,
}

/// A model instance, dense.
#[derive(Clone, Debug)]
pub struct InstanceRow {
    /// Its provider.
    pub provider: ProviderIx,
    /// Its model.
    pub model: ModelIx,
    /// Its credential.
    pub key: Option<Ix<Credential>>,
}

/// An app, dense.
#[derive(Clone, Debug)]
pub struct AppRow {
    /// Who pays.
    pub department: Option<Ix<Department>>,
    /// Who owns it.
    pub owner: Option<OwnerIx>,
    /// Its budget.
    pub budget: Option<Budget>,
}

/// A workflow, dense. Department and owner are its own ones; [`super::Catalogue`] knows those that count.
#[derive(Clone, Debug)]
pub struct WorkflowRow {
    /// Its app.
    pub app: Option<Ix<App>>,
    /// Its own department.
    pub department: Option<Ix<Department>>,
    /// Its own owner; the outer `None` means its app's.
    pub owner: Option<Option<OwnerIx>>,
    /// Its environment.
    pub environment: Option<Symbol>,
    /// Its own owner policy.
    pub policy: Option<OwnerPolicy>,
    /// Its budget.
    pub budget: Option<Budget>,
}

/// A node, dense.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// Its workflow.
    pub workflow: Ix<Workflow>,
    /// The model that it calls.
    pub uses: UsesIx,
    /// What kind of model it calls.
    pub kind: ModelKind,
    /// The credential fixed on it.
    pub key: Option<Ix<Credential>>,
    /// The variable that names its credential.
    pub variable: Option<Symbol>,
}

/// Which model a node calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsesIx {
    /// This one.
    Model(ProviderIx, ModelIx),
    /// An instance's.
    Instance(Ix<Instance>),
}

/// A rule, dense.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// Where it speaks.
    pub scope: ScopeIx,
    /// The provider that it is for.
    pub provider: ProviderIx,
    /// The model that it is for.
    pub model: Option<ModelIx>,
    /// The kind of model that it is for.
    pub kind: Option<ModelKind>,
    /// The environment that it is for.
    pub environment: Option<Symbol>,
    /// What is used.
    pub target: TargetIx,
    /// Whether the search stops here.
    pub strength: Strength,
    /// When it begins to speak.
    pub from: Option<Timestamp>,
    /// When it ends to speak.
    pub until: Option<Timestamp>,
}

/// Where a rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeIx {
    /// For one workflow.
    Workflow(Ix<Workflow>),
    /// For an app.
    App(Ix<App>),
    /// For an owner.
    Owner(Ix<Operator>),
    /// For a department and those below.
    Department(Ix<Department>),
    /// For the workspace.
    Workspace,
    /// As the last resort.
    System,
}

/// What a rule says to use.
#[derive(Clone, Debug)]
pub enum TargetIx {
    /// One credential.
    Key(Ix<Credential>),
    /// A pool's member.
    Pool(Ix<Pool>),
    /// What a variable's value stands for.
    Variable {
        /// The variable.
        selector: Symbol,
        /// What each value stands for.
        values: Box<[(Text, ValueIx)]>,
        /// Whether any other value names a credential.
        by_name: bool,
    },
    /// Nothing.
    Deny,
}

/// What one value of a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueIx {
    /// One credential.
    Key(Ix<Credential>),
    /// A pool's member.
    Pool(Ix<Pool>),
    /// Nothing.
    Deny,
}

macro_rules! noun {
    ($($record:ident $row:ident, |$it:ident| $key:expr;)*) => {$(
        impl Noun for $record {
            type Row = $row;

            fn uuid(&self) -> Uuid {
                self.id.uuid()
            }

            fn key(&self) -> Option<&Text> {
                let $it = self;
                $key
            }
        }
    )*};
}

noun! {
    Department DepartmentRow, |it| Some(&it.name);
    Operator OperatorRow, |it| Some(&it.login);
    Credential CredentialRow, |it| Some(&it.name);
    Pool PoolRow, |it| Some(&it.name);
    Instance InstanceRow, |it| Some(&it.name);
    App AppRow, |it| Some(&it.name);
    Workflow WorkflowRow, |it| Some(&it.name);
    Node NodeRow, |_it| None;
    Assignment RuleRow, |_it| None;
}
