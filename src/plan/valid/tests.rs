use proptest::prelude::*;

use super::*;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Target, ValueTarget},
        credential::{Credential, Member, Owner, Pool, UsableBy},
        id::Id,
        money::{Budget, BudgetKind, MicroDollars},
        people::{Department, Grant, GrantScope, Role},
        provider::{Price, Provider},
        workflow::{Node, Uses},
    },
    rights::fixture::*,
};

fn faults(changes: &[Change]) -> Vec<Fault> {
    faults_on(&organisation(&[]), changes)
}

fn faults_on(before: &Catalogue, changes: &[Change]) -> Vec<Fault> {
    let after = before.with_changes(changes, None);
    check(before, &after, changes).into_iter().map(|refusal| refusal.fault).collect()
}

fn sentences(changes: &[Change]) -> String {
    let before = organisation(&[]);
    let after = before.with_changes(changes, None);
    check(&before, &after, changes).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn anthropic(name: &str) -> Credential {
    Credential { provider: "anthropic".into(), ..credential(name, Owner::System) }
}

fn day(day: i8) -> crate::domain::Timestamp {
    format!("2026-11-{day:02}T00:00:00Z").parse().unwrap()
}

#[test]
fn a_lawful_set_is_written_in_whatever_order() {
    let mut changes = vec![
        Change::add(rule("new", Scope::Workflow(id("bot")), Target::Pool(id("shared")))),
        Change::add(pool("shared", &[("key-new", 1)])),
        Change::add(credential("key-new", Owner::Department(id("Lab")))),
        Change::add(node("bot")),
        Change::add(workflow("bot", None, Some("Lab"), crate::domain::workflow::Ownership::Inherited)),
        Change::add(department("Lab", Some("Corporate"))),
    ];
    assert_eq!(faults(&changes), []);
    changes.reverse();
    assert_eq!(faults(&changes), []);
    let undo = crate::domain::change::invert_all(changes.clone());
    assert_eq!(faults_on(&organisation(&[]).with_changes(&changes, None), &undo), []);
}

#[test]
fn windows_may_touch_but_not_overlap() {
    let scope = Scope::Workflow(id("leads"));
    let between = |word: &str, from: Option<i8>, until: Option<i8>| {
        let target = Target::Key(id("key-system"));
        Assignment { from: from.map(day), until: until.map(day), ..rule(word, scope, target) }
    };
    let add = |rules: &[Assignment]| faults(&rules.iter().cloned().map(Change::add).collect::<Vec<_>>());
    assert_eq!(add(&[between("a", None, Some(5)), between("b", Some(5), None)]), []);
    assert_eq!(add(&[between("a", None, Some(6)), between("b", Some(5), None)]), [Fault::Overlap, Fault::Overlap]);
    assert_eq!(add(&[between("a", None, None), between("b", Some(5), Some(6))]), [Fault::Overlap, Fault::Overlap]);
    assert_eq!(add(&[between("a", Some(5), Some(5))]), [Fault::Window]);
    let other = Assignment { environment: Some("production".into()), ..between("b", None, None) };
    assert_eq!(add(&[between("a", None, None), other]), []);
    let replaced = [
        Change::remove(rule("everybody", Scope::Workspace, Target::Key(id("key-system")))),
        Change::add(rule("instead", Scope::Workspace, Target::Deny)),
    ];
    assert_eq!(faults(&replaced), []);
    assert_eq!(faults(&replaced[1..]), [Fault::Overlap]);
}

proptest! {
    #[test]
    fn overlaps_are_those_that_every_pair_of_rules_shows(
        windows in prop::collection::vec((1..28i8, 1..6i8, 0..2usize, any::<bool>()), 1..8),
    ) {
        let rules: Vec<Assignment> = windows.iter().enumerate().map(|(number, &(from, days, scope, open))| Assignment {
            from: Some(day(from)),
            until: (!open).then(|| day((from + days).min(30))),
            ..rule(&format!("r{number}"), [Scope::Workspace, Scope::System][scope], Target::Deny)
        }).collect();
        let slow = rules.iter().enumerate().any(|(at, a)| {
            rules[at + 1..].iter().any(|b| a.same_place(b) && a.overlaps(b))
        });
        let before = organisation(&[]).with_changes(
            &[Change::remove(rule("everybody", Scope::Workspace, Target::Key(id("key-system"))))], None);
        let changes: Vec<_> = rules.into_iter().map(Change::add).collect();
        prop_assert_eq!(faults_on(&before, &changes).contains(&Fault::Overlap), slow);
    }
}

#[test]
fn names_are_lawful_and_free() {
    let rename = |name: &str| {
        let after = Credential { name: name.into(), ..credential("key-payroll", Owner::Department(id("Payroll"))) };
        Change::edit(credential("key-payroll", Owner::Department(id("Payroll"))), after).unwrap()
    };
    assert_eq!(faults(&[rename("key-system")]), [Fault::Taken]);
    assert_eq!(faults(&[rename(" x")]), [Fault::Name]);
    let twins = [Change::add(credential("twin", Owner::System)), {
        let twin = Credential { id: id("other"), ..credential("twin", Owner::System) };
        Change::add(twin)
    }];
    assert_eq!(faults(&twins), [Fault::Taken]);
    let moved = Credential { name: "moved".into(), ..credential("key-system", Owner::System) };
    let away = Change::edit(credential("key-system", Owner::System), moved).unwrap();
    assert_eq!(faults(&[rename("key-system"), away.clone()]), []);
    assert_eq!(faults(&[away, rename("key-system")]), []);
    let node_twin = Node { id: id("second"), ..node("leads") };
    assert_eq!(faults(&[Change::add(node_twin)]), [Fault::Taken]);
}

#[test]
fn references_lead_somewhere_and_keys_belong_to_the_provider() {
    let scope = Scope::Workflow(id("leads"));
    let nowhere = Target::Key(id("nowhere"));
    assert_eq!(faults(&[Change::add(rule("new", scope, nowhere))]), [Fault::Dangling]);
    assert_eq!(faults(&[Change::add(rule("new", Scope::App(id("nowhere")), Target::Deny))]), [Fault::Dangling]);
    let other = [Change::add(anthropic("claude")), Change::add(rule("new", scope, Target::Key(id("claude"))))];
    assert_eq!(faults(&other), [Fault::OtherProvider]);
    let table = Target::Variable {
        selector: "env.key".parse().unwrap(),
        values: vec![("a".into(), ValueTarget::Key(id("claude"))), ("a".into(), ValueTarget::Deny)],
        by_name: false,
    };
    let other = [Change::add(anthropic("claude")), Change::add(rule("new", scope, table))];
    assert_eq!(faults(&other), [Fault::List, Fault::OtherProvider]);
    let moved = Credential { provider: "anthropic".into(), ..credential("key-system", Owner::System) };
    let moved = Change::edit(credential("key-system", Owner::System), moved).unwrap();
    assert_eq!(faults(&[moved]), [Fault::OtherProvider]);
    let fixed = Node { key: Some(id("claude")), ..node("leads") };
    let fixed = Change::edit(node("leads"), fixed).unwrap();
    assert_eq!(faults(&[Change::add(anthropic("claude")), fixed]), [Fault::OtherProvider]);
    let lost = Node { uses: Uses::Instance(id("nowhere")), ..node("leads") };
    assert_eq!(faults(&[Change::edit(node("leads"), lost).unwrap()]), [Fault::Dangling]);
}

#[test]
fn departments_make_a_tree() {
    let under = |name: &str, was: Option<&str>, parent: &str| {
        Change::edit(department(name, was), department(name, Some(parent))).unwrap()
    };
    assert_eq!(faults(&[under("Corporate", None, "Payroll")]), [Fault::Cycle]);
    assert_eq!(faults(&[under("Finance", Some("Corporate"), "Finance")]), [Fault::Cycle]);
    assert_eq!(faults(&[under("Payroll", Some("Finance"), "Sales")]), []);
}

#[test]
fn lists_amounts_times_and_grants_make_sense() {
    let key = || credential("new", Owner::System);
    let add = |key: Credential| faults(&[Change::add(key)]);
    assert_eq!(add(Credential { models: Some(Vec::new()), ..key() }), [Fault::List]);
    assert_eq!(add(Credential { models: Some(vec!["a".into(), "a".into()]), ..key() }), [Fault::List]);
    assert_eq!(add(Credential { not_before: Some(day(2)), expires: Some(day(1)), ..key() }), [Fault::Window]);
    let below = Budget { monthly: MicroDollars(-1), kind: BudgetKind::Soft };
    assert_eq!(add(Credential { budget: Some(below), ..key() }), [Fault::Range]);
    assert_eq!(add(Credential { usable_by: vec![UsableBy::App(id("nowhere"))], ..key() }), [Fault::Dangling]);
    let member = Member { key: id("key-system"), weight: 1 };
    let twice = Pool { members: vec![member; 2], ..pool("new", &[]) };
    assert_eq!(faults(&[Change::add(twice)]), [Fault::List]);
    let grant = |role, on| faults(&[Change::add(operator("new", &[Grant { role, on }]))]);
    assert_eq!(grant(Role::Admin, GrantScope::Database), [Fault::Grant]);
    assert_eq!(grant(Role::Keeper, GrantScope::Department(id("Sales"))), [Fault::Grant]);
}

#[test]
fn providers_are_known_by_their_own_ids() {
    let provider = |word: &str, slug: &str| Provider {
        id: id(word),
        slug: slug.into(),
        name: "Ours".into(),
        base_url: None,
        fields: Vec::new(),
        aliases: vec!["langgenius/ours".into()],
        note: None,
        foreign_id: None,
    };
    let ours = Change::add(provider("ours", "ours"));
    let before = after(&organisation(&[]), &ours);
    let foreign = Credential { provider: "langgenius/ours".into(), ..credential("new", Owner::System) };
    assert_eq!(faults_on(&before, &[Change::add(foreign)]), [Fault::Alias]);
    assert_eq!(faults_on(&before, &[Change::add(provider("theirs", "ours"))]), [Fault::Taken]);
    let renamed = Change::edit(provider("ours", "ours"), provider("ours", "mine")).unwrap();
    assert!(faults_on(&before, &[renamed]).contains(&Fault::Identity));
    let used = Credential { provider: "ours".into(), ..credential("new", Owner::System) };
    let before = after(&before, &Change::add(used));
    assert_eq!(faults_on(&before, &[ours.invert()]), [Fault::InUse]);
    let price = |word: &str| Price {
        id: id(word),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        input: MicroDollars(1),
        output: None,
        from: None,
        note: None,
        source: None,
    };
    let before = after(&before, &Change::add(price("one")));
    assert_eq!(faults_on(&before, &[Change::add(price("two"))]), [Fault::Taken]);
}

#[test]
fn the_ground_must_not_have_moved() {
    let gone = Change::remove(credential("gone", Owner::System));
    assert_eq!(faults(&[gone]), [Fault::Conflict]);
    let twice = Change::add(department("Sales", Some("Corporate")));
    assert_eq!(faults(&[twice]), [Fault::Conflict]);
    let stale = Department { cost_centre: Some("1".into()), ..department("Sales", Some("Corporate")) };
    let change = Change::edit(stale.clone(), Department { cost_centre: None, ..stale }).unwrap();
    assert_eq!(faults(&[change]), [Fault::Conflict]);
}

#[test]
fn refusals_say_what_is_wrong_and_what_to_do() {
    let twin = Credential { id: Id::new(Uuid::from_u128(1)), ..credential("key-system", Owner::System) };
    let second = rule("second", Scope::Workspace, Target::Deny);
    insta::assert_snapshot!(sentences(&[
        Change::add(twin),
        Change::add(second),
        Change::add(rule("lost", Scope::System, Target::Key(id("nowhere")))),
        Change::remove(credential("key-bob", Owner::Operator(id("bob")))),
        Change::remove(department("Finance", Some("Corporate"))),
        Change::remove(operator("bob", &[on(Role::Member, "Payroll")])),
        Change::remove(workflow("drifter", None, None, crate::domain::workflow::Ownership::Nobody)),
    ]), @r#"
    credential key-system: another one has this name; take another, for instance "key-system (2)"
    assignment: another rule of the same scope, provider, model, kind and environment speaks always; edit that rule, or let one end where the other begins
    assignment: its key is not there; name one that is, or add it as well
    department Finance: 1 department, 1 app and 1 lent key still refer to it; remove or change those first, or in the same change set
    operator bob: 1 workflow still refers to it; remove or change those first, or in the same change set
    workflow drifter: 1 node still refers to it; remove or change those first, or in the same change set
    "#);
}

#[test]
fn a_budget_that_can_never_be_reached_is_refused() {
    let budget = |monthly: i64, kind| Some(Budget { monthly: MicroDollars(monthly * 1_000_000), kind });
    let finance =
        |monthly, kind| Department { budget: budget(monthly, kind), ..department("Finance", Some("Corporate")) };
    let before = organisation(&[]);
    let was =
        |name: &str| before.departments().named(name).and_then(|ix| before.departments().get(ix)).cloned().unwrap();
    let limit = Change::edit(was("Finance"), finance(100, BudgetKind::Hard)).unwrap();
    let limited = before.with_changes([&limit], None);
    let app = before.apps().named("billing").and_then(|ix| before.apps().get(ix)).cloned().unwrap();
    let with = |monthly: i64, kind| {
        Change::edit(app.clone(), crate::domain::workflow::App { budget: budget(monthly, kind), ..app.clone() })
            .unwrap()
    };
    for kind in [BudgetKind::Soft, BudgetKind::Hard] {
        assert_eq!(faults_on(&limited, &[with(101, kind)]), [Fault::Unreachable]);
        assert_eq!(faults_on(&limited, &[with(100, kind)]), [], "both are reached at once");
    }
    let payroll = was("Payroll");
    let below = Department { budget: budget(500, BudgetKind::Soft), ..payroll.clone() };
    assert_eq!(faults_on(&limited, &[Change::edit(payroll, below).unwrap()]), [Fault::Unreachable]);
    let invoices = before.workflows().named("invoice-bot").and_then(|ix| before.workflows().get(ix)).cloned().unwrap();
    let dear = crate::domain::workflow::Workflow { budget: budget(500, BudgetKind::Soft), ..invoices.clone() };
    let of_workflow = Change::edit(invoices, dear).unwrap();
    assert_eq!(faults_on(&limited, std::slice::from_ref(&of_workflow)), [Fault::Unreachable]);
    // A soft budget above stops nothing, and the order inside a set does not matter.
    let soft = before.with_changes([&Change::edit(was("Finance"), finance(100, BudgetKind::Soft)).unwrap()], None);
    assert_eq!(faults_on(&soft, &[with(101, BudgetKind::Soft)]), []);
    assert_eq!(faults(&[of_workflow, limit.clone()]), [Fault::Unreachable]);
    // What was there before the limit came stays, and is the lint's business; raising the limit and the budget at once is lawful.
    let there = before.with_changes([&with(101, BudgetKind::Soft)], None);
    assert_eq!(faults_on(&there, std::slice::from_ref(&limit)), []);
    let raised = Change::edit(finance(100, BudgetKind::Hard), finance(200, BudgetKind::Hard)).unwrap();
    assert_eq!(faults_on(&limited, &[with(150, BudgetKind::Soft), raised]), []);
}

#[test]
fn a_revoked_key_takes_no_budget() {
    let budget = Some(Budget { monthly: MicroDollars(5), kind: BudgetKind::Soft });
    let key = Credential {
        budget,
        state: crate::domain::credential::State::Revoked,
        ..credential("key-gone", Owner::System)
    };
    assert_eq!(faults(&[Change::add(key.clone())]), [Fault::Unreachable]);
    let there = organisation(&[]).with_changes([&Change::add(key.clone())], None);
    let noted = Credential { note: Some("gone".into()), ..key.clone() };
    assert_eq!(faults_on(&there, &[Change::edit(key, noted).unwrap()]), [], "the budget stood there before");
}
