//! A small organisation for the tests of this floor.
//!
//! ```text
//! Corporate                     system: key-system
//! ├─ Finance                    app billing: invoice-bot (bob's), payslips (Payroll)
//! │  └─ Payroll                 key-payroll
//! └─ Sales                      key-sales, key-lent (lent to Finance); app crm: leads, pitch (alice's)
//! alice: key-alice              bob: key-bob; nowhere: drifter
//! ```
//! Every workflow has one node, `draft`, that calls openai's gpt-4o. The workspace gives key-system.

use std::sync::Arc;

use uuid::Uuid;

use super::Who;
use crate::domain::{
    Timestamp,
    assignment::{Assignment, Scope, Strength, Target},
    catalogue::{Catalogue, Ix, row::ScopeIx},
    change::Change,
    credential::{Credential, Member, Owner, Pool, SecretRef, State, UsableBy},
    fact::{ListedPrice, PriceTable},
    id::Id,
    people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role, Workspace},
    provider::ModelKind,
    record::Record,
    workflow::{App, Force, Node, Ownership, Uses, Workflow},
};

/// A table that knows no price.
struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

/// Returns a stable id made from a word.
pub(crate) fn id<T>(word: &str) -> Id<T> {
    let number = word.bytes().fold(7u128, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    Id::new(Uuid::from_u128(number))
}

pub(crate) fn department(name: &str, parent: Option<&str>) -> Department {
    Department {
        id: id(name),
        name: name.into(),
        parent: parent.map(id),
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(crate) fn operator(login: &str, grants: &[Grant]) -> Operator {
    Operator {
        id: id(login),
        login: login.into(),
        email: None,
        grants: grants.to_vec(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    }
}

pub(crate) fn credential(name: &str, owner: Owner) -> Credential {
    Credential {
        id: id(name),
        name: name.into(),
        provider: "openai".into(),
        owner,
        environment: None,
        models: None,
        usable_by: Vec::new(),
        fields: std::collections::BTreeMap::new(),
        state: State::Active,
        not_before: None,
        expires: None,
        secret: SecretRef::Absent,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(crate) fn pool(name: &str, members: &[(&str, u32)]) -> Pool {
    let members = members.iter().map(|&(key, weight)| Member { key: id(key), weight }).collect();
    Pool { id: id(name), name: name.into(), provider: "openai".into(), members, note: None, foreign_id: None }
}

pub(crate) fn app(name: &str, department: Option<&str>) -> App {
    App {
        id: id(name),
        name: name.into(),
        department: department.map(id),
        owner: None,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(crate) fn workflow(name: &str, app: Option<&str>, department: Option<&str>, owner: Ownership) -> Workflow {
    Workflow {
        id: id(name),
        name: name.into(),
        app: app.map(id),
        department: department.map(id),
        owner,
        environment: None,
        owner_policy: None,
        force: Force::Advisory,
        draft: false,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

/// The node `draft` of a workflow.
pub(crate) fn node(workflow: &str) -> Node {
    Node {
        id: id(&format!("{workflow}/draft")),
        workflow: id(workflow),
        name: "draft".into(),
        title: None,
        node_type: None,
        kind: ModelKind::Llm,
        uses: Uses::Model { provider: "openai".into(), model: "gpt-4o".into() },
        key: None,
        variable: None,
        runs: 1,
        note: None,
        foreign_id: None,
    }
}

/// A rule for openai. Its id is made from `word`.
pub(crate) fn rule(word: &str, scope: Scope, target: Target) -> Assignment {
    Assignment {
        id: id(word),
        scope,
        provider: "openai".into(),
        model: None,
        kind: None,
        environment: None,
        target,
        strength: Strength::Required,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    }
}

pub(crate) fn workspace() -> Workspace {
    Workspace {
        id: id("acme"),
        name: "acme".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    }
}

/// Grants a role on the whole workspace.
pub(crate) fn whole(role: Role) -> Grant {
    Grant { role, on: GrantScope::Workspace(id("acme")) }
}

/// Grants a role on a department.
pub(crate) fn on(role: Role, department: &str) -> Grant {
    Grant { role, on: GrantScope::Department(id(department)) }
}

pub(crate) const KEEPER: Grant = Grant { role: Role::Keeper, on: GrantScope::Database };

/// The organisation, at revision 1. alice holds `grants`; root is admin and keeper.
pub(crate) fn organisation(grants: &[Grant]) -> Catalogue {
    let owner = |login: &str| Ownership::Named(Owner::Operator(id(login)));
    let sales = Owner::Department(id("Sales"));
    let lent = Credential { usable_by: vec![UsableBy::Department(id("Finance"))], ..credential("key-lent", sales) };
    let records: Vec<Record> = vec![
        department("Corporate", None).into(),
        department("Finance", Some("Corporate")).into(),
        department("Payroll", Some("Finance")).into(),
        department("Sales", Some("Corporate")).into(),
        operator("alice", grants).into(),
        operator("bob", &[on(Role::Member, "Payroll")]).into(),
        operator("sam", &[on(Role::Member, "Sales")]).into(),
        operator("root", &[whole(Role::Admin), KEEPER]).into(),
        credential("key-system", Owner::System).into(),
        credential("key-payroll", Owner::Department(id("Payroll"))).into(),
        credential("key-sales", sales).into(),
        lent.into(),
        credential("key-alice", Owner::Operator(id("alice"))).into(),
        credential("key-bob", Owner::Operator(id("bob"))).into(),
        app("billing", Some("Finance")).into(),
        app("crm", Some("Sales")).into(),
        workflow("invoice-bot", Some("billing"), None, owner("bob")).into(),
        workflow("payslips", Some("billing"), Some("Payroll"), Ownership::Inherited).into(),
        workflow("leads", Some("crm"), None, Ownership::Inherited).into(),
        workflow("pitch", Some("crm"), None, owner("alice")).into(),
        workflow("drifter", None, None, Ownership::Nobody).into(),
        node("invoice-bot").into(),
        node("payslips").into(),
        node("leads").into(),
        node("pitch").into(),
        node("drifter").into(),
        rule("everybody", Scope::Workspace, Target::Key(id("key-system"))).into(),
    ];
    let records = records.into_iter().map(|record| (record, None));
    Catalogue::new(workspace(), &[], Arc::new(NoPrices)).with_records(records, 1, Arc::default())
}

/// Returns the catalogue after one change.
pub(crate) fn after(catalogue: &Catalogue, change: &Change) -> Catalogue {
    catalogue.with_changes([change], None)
}

/// alice, at the console.
pub(crate) fn alice(catalogue: &Catalogue) -> Who {
    who(catalogue, "alice")
}

/// An operator, at the console.
pub(crate) fn who(catalogue: &Catalogue, login: &str) -> Who {
    Who { operator: catalogue.operators().named(login), ..Who::default() }
}

/// The dense index of a credential.
pub(crate) fn key(catalogue: &Catalogue, name: &str) -> Ix<Credential> {
    catalogue.credentials().named(name).expect("a key of the organisation")
}

/// The dense scope of the rules of a workflow.
pub(crate) fn at_workflow(catalogue: &Catalogue, name: &str) -> ScopeIx {
    ScopeIx::Workflow(catalogue.workflows().named(name).expect("a workflow of the organisation"))
}
