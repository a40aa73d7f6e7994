//! Subjects: what a right is about, and where each belongs.

use crate::domain::{
    catalogue::{
        Catalogue, Ix,
        row::{OwnerIx, ScopeIx},
    },
    credential::{Credential, Instance, Owner, Pool},
    people::{Department, Operator},
    record::Record,
    workflow::{App, Node, Workflow},
};

/// What a right is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The workspace as a whole, with its providers, models and prices.
    Workspace,
    /// A department.
    Department(Ix<Department>),
    /// An operator.
    Operator(Ix<Operator>),
    /// A credential.
    Credential(Ix<Credential>),
    /// A pool.
    Pool(Ix<Pool>),
    /// A model instance.
    Instance(Ix<Instance>),
    /// An app.
    App(Ix<App>),
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// A node.
    Node(Ix<Node>),
    /// The rules at a scope.
    Rule(ScopeIx),
    /// What an operator did, in the audit log; or the change set of an operator, to be approved.
    DeedOf(Ix<Operator>),
    /// The database.
    Database,
}

/// Where a thing belongs: what decides whether it is in the scope of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// To everybody.
    Organisation,
    /// To a department.
    Department(Ix<Department>),
    /// To a person.
    Person(Ix<Operator>),
    /// To nobody: only grants on the whole workspace cover it.
    Nobody,
}

impl From<OwnerIx> for Home {
    fn from(owner: OwnerIx) -> Self {
        match owner {
            OwnerIx::System => Self::Organisation,
            OwnerIx::Department(ix) => Self::Department(ix),
            OwnerIx::Operator(ix) => Self::Person(ix),
        }
    }
}

impl Subject {
    /// Returns the subject that a record is, if it is there; a provider, model or price belongs to the workspace.
    pub fn of(catalogue: &Catalogue, record: &Record) -> Option<Self> {
        Some(match record {
            Record::Workspace(_) | Record::Provider(_) | Record::Model(_) | Record::Price(_) => Self::Workspace,
            Record::Department(it) => Self::Department(catalogue.departments().find(it.id)?),
            Record::Operator(it) => Self::Operator(catalogue.operators().find(it.id)?),
            Record::Credential(it) => Self::Credential(catalogue.credentials().find(it.id)?),
            Record::Pool(it) => Self::Pool(catalogue.pools().find(it.id)?),
            Record::Instance(it) => Self::Instance(catalogue.instances().find(it.id)?),
            Record::App(it) => Self::App(catalogue.apps().find(it.id)?),
            Record::Workflow(it) => Self::Workflow(catalogue.workflows().find(it.id)?),
            Record::Node(it) => Self::Node(catalogue.nodes().find(it.id)?),
            Record::Assignment(it) => {
                let ix = catalogue.assignments().find(it.id)?;
                Self::Rule(catalogue.assignments().row(ix)?.scope)
            }
        })
    }
}

impl Home {
    fn of_department(department: Option<Ix<Department>>) -> Self {
        department.map_or(Self::Nobody, Self::Department)
    }

    /// Returns where a subject belongs; `None` if it is not there. Pools belong where their members do.
    ///
    /// Rules and nodes of something that is not there, as data from outside may have them, belong to nobody.
    pub fn of(catalogue: &Catalogue, subject: Subject) -> Option<Self> {
        Some(match subject {
            Subject::Workspace | Subject::Database => Self::Organisation,
            Subject::Department(ix) => {
                catalogue.departments().row(ix)?;
                Self::Department(ix)
            }
            Subject::Operator(ix) | Subject::DeedOf(ix) => {
                catalogue.operators().row(ix)?;
                Self::Person(ix)
            }
            Subject::Credential(ix) => catalogue.credentials().row(ix)?.owner.into(),
            Subject::Pool(ix) => {
                catalogue.pools().row(ix)?;
                Self::Organisation
            }
            Subject::Instance(ix) => match catalogue.instances().get(ix)?.owner {
                Owner::System => Self::Organisation,
                Owner::Department(id) => Self::of_department(catalogue.departments().find(id)),
                Owner::Operator(id) => catalogue.operators().find(id).map_or(Self::Nobody, Self::Person),
            },
            Subject::App(ix) => Self::of_department(catalogue.apps().row(ix)?.department),
            Subject::Workflow(ix) => {
                catalogue.workflows().row(ix)?;
                Self::of_department(catalogue.department_of(ix))
            }
            Subject::Node(ix) => {
                let workflow = catalogue.nodes().row(ix)?.workflow;
                Self::of(catalogue, Subject::Workflow(workflow)).unwrap_or(Self::Nobody)
            }
            Subject::Rule(scope) => Self::of(catalogue, spoken_of(scope)).unwrap_or(Self::Nobody),
        })
    }
}

/// Returns what the rules at a scope speak of.
const fn spoken_of(scope: ScopeIx) -> Subject {
    match scope {
        ScopeIx::Workflow(ix) => Subject::Workflow(ix),
        ScopeIx::App(ix) => Subject::App(ix),
        ScopeIx::Owner(ix) => Subject::Operator(ix),
        ScopeIx::Department(ix) => Subject::Department(ix),
        ScopeIx::Workspace | ScopeIx::System => Subject::Workspace,
    }
}

/// Returns the operator whose own the subject is: the owner of a key, instance, app or workflow, or the person
/// themselves.
pub(super) fn owned_by(catalogue: &Catalogue, subject: Subject) -> Option<Ix<Operator>> {
    let owner = match subject {
        Subject::App(ix) | Subject::Rule(ScopeIx::App(ix)) => catalogue.apps().row(ix)?.owner?,
        Subject::Workflow(ix) | Subject::Rule(ScopeIx::Workflow(ix)) => catalogue.owner_of(ix)?,
        Subject::Node(ix) => catalogue.owner_of(catalogue.nodes().row(ix)?.workflow)?,
        other => {
            return match Home::of(catalogue, other)? {
                Home::Person(ix) => Some(ix),
                _ => None,
            };
        }
    };
    match owner {
        OwnerIx::Operator(ix) => Some(ix),
        _ => None,
    }
}
