//! The bench: one small world, keys and rules to put into it, and the plain question.

use keydeck::{
    domain::{
        Timestamp,
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Credential, Owner, SecretRef, State},
        people::{Department, Operator},
        provider::ModelKind,
        workflow::{App, Force, Node, Ownership, Uses, Workflow},
    },
    resolve::query::{Environment, Layers},
};

use super::world::{Asker, Question, World, id};

/// When the bench is asked: in the last hours of January.
pub const NOW: i64 = 1_769_900_400;

/// An instant by its second.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant of 2026")
}

/// Company (0) above Finance (1), Sales (2) beside them; Ada (0) and Bob (1); the app `desk` of Finance with one
/// workflow, and in it one node that calls `m0` of `alpha`. No key, no rule.
pub fn bench() -> World {
    let department = |n, name: &str, parent: Option<u128>| Department {
        id: id(n),
        name: name.into(),
        parent: parent.map(id),
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    };
    let operator = |n, login: &str| Operator {
        id: id(n),
        login: login.into(),
        email: None,
        grants: Vec::new(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    };
    let app = App {
        id: id(0),
        name: "desk".into(),
        department: Some(id(1)),
        owner: None,
        budget: None,
        note: None,
        foreign_id: None,
    };
    let workflow = Workflow {
        id: id(0),
        name: "invoice-bot".into(),
        app: Some(id(0)),
        department: None,
        owner: Ownership::Inherited,
        environment: None,
        owner_policy: None,
        force: Force::Advisory,
        draft: false,
        budget: None,
        note: None,
        foreign_id: None,
    };
    World {
        departments: vec![
            department(0, "Company", None),
            department(1, "Finance", Some(0)),
            department(2, "Sales", None),
        ],
        operators: vec![operator(0, "ada"), operator(1, "bob")],
        apps: vec![app],
        workflows: vec![workflow],
        nodes: vec![node(0)],
        ..World::default()
    }
}

/// The `n`th node of the workflow; it calls `m0` of `alpha`.
pub fn node(n: u128) -> Node {
    Node {
        id: id(n),
        workflow: id(0),
        name: format!("n{n}").into(),
        title: None,
        node_type: None,
        kind: ModelKind::Llm,
        uses: Uses::Model { provider: "alpha".into(), model: "m0".into() },
        key: None,
        variable: None,
        runs: 1,
        note: None,
        foreign_id: None,
    }
}

/// The system's key `k0`, `k1` … for `alpha`, without a limit.
pub fn key(n: u128) -> Credential {
    Credential {
        id: id(n),
        name: format!("k{n}").into(),
        provider: "alpha".into(),
        owner: Owner::System,
        environment: None,
        models: None,
        usable_by: Vec::new(),
        fields: [].into(),
        state: State::Active,
        not_before: None,
        expires: None,
        secret: SecretRef::Absent,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

/// A required rule for any model of `alpha`.
pub fn rule(n: u128, scope: Scope, target: Target) -> Assignment {
    Assignment {
        id: id(n),
        scope,
        provider: "alpha".into(),
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

/// A rule that lets the search go on.
pub fn preferred(n: u128, scope: Scope, target: Target) -> Assignment {
    Assignment { strength: Strength::Preferred, ..rule(n, scope, target) }
}

/// The target that is the `n`th key.
pub fn gives(n: u128) -> Target {
    Target::Key(id(n))
}

/// Asks at the first node, now, and brings nothing along.
pub fn ask() -> Question {
    Question {
        asker: Asker::Node(id(0)),
        now: at(NOW),
        environment: Environment::Workflow,
        variables: [].into(),
        overrides: [].into(),
        run_id: None,
        operator: None,
        layers: Layers::All,
    }
}
