use std::{collections::HashSet, fmt};

use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Owner, Sealed},
        id::Id,
        people::Role,
        provider::{ModelKind, Price},
        workflow::{Ownership, Workflow},
    },
    form::lookup::Mask,
    rights::fixture::*,
};

/// Hides some ids.
struct Hiding(HashSet<Uuid>);

impl fmt::Debug for Hiding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hiding")
    }
}

impl Mask for Hiding {
    fn hides(&self, id: Uuid) -> bool {
        self.0.contains(&id)
    }
}

fn edit<R: Into<Record> + Clone>(record: R, edit: impl FnOnce(&mut R)) -> Change {
    let mut after = record.clone();
    edit(&mut after);
    Change::edit(record, after).expect("a difference")
}

fn told(changes: &[Change], mask: &dyn Mask) -> String {
    let before = organisation(&[]);
    let after = before.with_changes(changes, None);
    let words = Words::new(Lookup::masked(&before, mask), Lookup::masked(&after, mask));
    changes.iter().map(|change| words.sentence(change)).collect::<Vec<_>>().join("\n")
}

fn key(name: &str) -> Target {
    Target::Key(id(name))
}

fn sealed(number: u128) -> SecretRef {
    SecretRef::Sealed(Sealed {
        version: Id::new(Uuid::from_u128(number)),
        last4: Some("…x9Kd".into()),
        fields: vec!["api_key".into()],
    })
}

fn changes() -> Vec<Change> {
    let payroll = || credential("key-payroll", Owner::Department(id("Payroll")));
    let everybody = || rule("everybody", Scope::Workspace, key("key-system"));
    let exact = Assignment {
        model: Some("gpt-4o".into()),
        kind: Some(ModelKind::Llm),
        environment: Some("production".into()),
        until: "2027-01-01T00:00:00Z".parse().ok(),
        strength: Strength::Preferred,
        ..rule("exact", Scope::Workflow(id("leads")), Target::Pool(id("shared")))
    };
    let variable = Target::Variable { selector: "env.llm_key".parse().unwrap(), values: Vec::new(), by_name: true };
    let payslips = || workflow("payslips", Some("billing"), Some("Payroll"), Ownership::Inherited);
    let price = Price {
        id: id("price"),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        input: crate::domain::money::MicroDollars(2_500_000),
        output: None,
        from: None,
        note: None,
        source: None,
    };
    vec![
        Change::add(rule("one", Scope::Workflow(id("invoice-bot")), key("key-payroll"))),
        Change::add(pool("shared", &[("key-system", 1)])),
        Change::add(exact.clone()),
        Change::add(rule("two", Scope::Owner(id("bob")), variable)),
        Change::add(rule("three", Scope::Department(id("Sales")), Target::Deny)),
        Change::add(rule("four", Scope::System, key("key-system"))),
        Change::remove(everybody()),
        edit(everybody(), |it| it.target = key("key-lent")),
        edit(everybody(), |it| it.strength = Strength::Preferred),
        edit(payroll(), |it| it.state = State::Disabled),
        edit(payroll(), |it| it.state = State::Revoked),
        edit(payroll(), |it| it.secret = sealed(1)),
        edit(payroll(), |it| it.secret = SecretRef::External("env:PAYROLL".parse().unwrap())),
        edit(payroll(), |it| it.name = "payroll-2".into()),
        edit(payroll(), |it| it.owner = Owner::System),
        edit(node("leads"), |it| it.key = Some(id("key-sales"))),
        edit(payslips(), |it| it.department = Some(id("Sales"))),
        edit(payslips(), |it: &mut Workflow| {
            it.department = None;
            it.environment = Some("staging".into());
            it.draft = true;
            it.note = Some("x".repeat(99).into());
        }),
        Change::remove(payslips()),
        Change::add(price),
        edit(operator("bob", &[on(Role::Member, "Payroll")]), |it| it.grants.push(whole(Role::Viewer))),
    ]
}

#[test]
fn changes_read_as_people_would_say_them() {
    insta::assert_snapshot!(told(&changes(), &Hiding(HashSet::new())), @r"
    Assign key-payroll to workflow invoice-bot for openai
    Add pool shared
    Assign pool shared to workflow leads for openai gpt-4o llm in production until 2027-01-01T00:00:00Z, preferred
    Assign what env.llm_key says to everything of bob for openai
    Deny openai to department Sales
    Assign key-system to everybody, as the last resort, for openai
    Unassign key-system from the workspace for openai
    Assign key-lent instead of key-system to the workspace for openai
    Edit the rule of the workspace for openai: strength required → preferred
    Disable key key-payroll
    Revoke key key-payroll
    Store a new secret of key key-payroll
    Let key key-payroll be read from env:PAYROLL
    Rename key key-payroll to payroll-2
    Edit key key-payroll: owner department/Payroll → system
    Fix key key-sales on node draft of workflow leads
    Edit workflow payslips: department Payroll → Sales
    Edit workflow payslips: department Payroll → none, environment none → staging, draft false → true and 1 more
    Remove workflow payslips
    Add price of openai gpt-4o
    Edit operator bob: roles member@Payroll → member@Payroll, viewer
    ");
}

#[test]
fn names_that_a_reader_may_not_see_are_hidden_everywhere() {
    let hidden = ["key-payroll", "key-sales", "payslips", "invoice-bot", "bob", "Sales", "Payroll"];
    let told = told(&changes(), &Hiding(hidden.map(|name| id::<()>(name).uuid()).into()));
    for name in hidden {
        assert!(!told.contains(name), "{name} is told:\n{told}");
    }
    assert!(told.contains("Assign (hidden) to workflow (hidden) for openai"), "{told}");
}

#[test]
fn differences_name_each_field_and_never_a_secret() {
    let before = organisation(&[]);
    let old = Credential { secret: sealed(1), ..credential("key-payroll", Owner::Department(id("Payroll"))) };
    let new =
        Credential { secret: sealed(2), environment: Some("production".into()), owner: Owner::System, ..old.clone() };
    let change = Change::edit(old, new).unwrap();
    let words = Words::new(Lookup::new(&before), Lookup::new(&before));
    let told = words.differences(&change).into_iter().map(|it| format!("{}: {} -> {}", it.field, it.before, it.after));
    let told = told.collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told, @r"
    owner: department/Payroll -> system
    environment:  -> production
    secret: stored -> replaced
    ");
    assert!(!told.contains("x9Kd"));
}
