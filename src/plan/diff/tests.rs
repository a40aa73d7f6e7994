mod everything;

use std::sync::Arc;

use super::*;
use crate::{
    domain::{
        assignment::{Scope, Strength, Target},
        credential::{Credential as Key, Instance, Owner, State},
        fact::{Facts, Spent},
        money::{Budget, BudgetKind},
        people::OwnerPolicy,
        provider::{ModelKind, Price},
        workflow::{App, Ownership, Uses, Workflow},
    },
    plan::effect::Group,
    rights::{Visibility, fixture::*},
};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn run(before: &Catalogue, changes: &[Change]) -> Effects {
    diff(before, &before.with_changes(changes, None), changes, now(), &Inputs::default())
}

fn instance(name: &str, key: Option<&str>) -> Instance {
    Instance {
        id: id(name),
        name: name.into(),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        kind: ModelKind::Llm,
        parameters: std::collections::BTreeMap::new(),
        key: key.map(id),
        owner: Owner::System,
        note: None,
        foreign_id: None,
    }
}

fn price() -> Price {
    Price {
        id: id("price"),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        input: MicroDollars(1),
        output: None,
        from: None,
        note: None,
        source: None,
    }
}

fn key(name: &str) -> Target {
    Target::Key(id(name))
}

/// Writes groups for people: what, from, to, workflows, money.
fn told(catalogue: &Catalogue, groups: &[Group]) -> String {
    let used = |used: Option<Used>| match used {
        None => "-".to_owned(),
        Some(Used::Key(ix)) => catalogue.credentials().get(ix).map_or("?".to_owned(), |key| key.name.to_string()),
        Some(Used::Pool(ix)) => catalogue.pools().get(ix).map_or("?".to_owned(), |pool| format!("pool {}", pool.name)),
    };
    let workflow = |node: &Ix<Node>| {
        let row = catalogue.nodes().row(*node)?;
        Some(catalogue.workflows().get(row.workflow)?.name.to_string())
    };
    let line = |group: &Group| {
        let mut nodes: Vec<_> = group.nodes.iter().filter_map(workflow).collect();
        nodes.sort();
        let (from, to) = (used(group.from), used(group.to));
        let money = format!("{} and {} unknown", group.money.amount, group.money.unknown);
        format!("{}: {from} > {to}: {} ({money})", group.what.words(), nodes.join(" "))
    };
    groups.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn effects_are_grouped_as_people_think_of_them() {
    let before = organisation(&[]);
    let disabled = Key { state: State::Disabled, ..credential("key-sales", Owner::Department(id("Sales"))) };
    let changes = [
        Change::edit(credential("key-sales", Owner::Department(id("Sales"))), disabled).unwrap(),
        Change::add(rule("a", Scope::App(id("crm")), key("key-sales"))),
        Change::add(rule("b", Scope::Department(id("Payroll")), key("key-payroll"))),
        Change::add(rule("c", Scope::Workflow(id("invoice-bot")), key("key-system"))),
        Change::add(workflow("new", None, None, Ownership::Nobody)),
        Change::add(node("new")),
        Change::remove(node("drifter")),
        Change::remove(workflow("drifter", None, None, Ownership::Nobody)),
    ];
    let after = before.with_changes(&changes, None);
    let effects = diff(&before, &after, &changes, now(), &Inputs::default());
    insta::assert_snapshot!(told(&after, &effects.groups()), @r"
    starts to fail: key-system > -: leads pitch (0.00 and 2 unknown)
    moves to another key: key-system > key-payroll: payslips (0.00 and 1 unknown)
    starts to work: - > key-system: new (0.00 and 1 unknown)
    same key, another rule: key-system > key-system: invoice-bot (0.00 and 1 unknown)
    is removed: key-system > -:  (0.00 and 1 unknown)
    ");
}

#[test]
fn money_is_shared_by_the_nodes_of_a_workflow_and_unknown_is_not_zero() {
    let second = Node { id: id("second"), name: "second".into(), ..node("leads") };
    let recent = [(id::<Workflow>("leads"), Spent { amount: MicroDollars(7), estimate: false })].into_iter().collect();
    let facts = Facts { recent, ..Facts::default() };
    let before = after(&organisation(&[]), &Change::add(second)).with_facts(Arc::new(facts));
    let effects = run(&before, &[Change::add(rule("a", Scope::App(id("crm")), key("key-sales")))]);
    let money: Vec<_> = effects.iter().map(|effect| effect.money).collect();
    assert_eq!(money.iter().flatten().copied().sum::<MicroDollars>(), MicroDollars(7));
    assert_eq!(money.iter().filter(|money| money.is_none()).count(), 1, "pitch has no usage");
}

#[test]
fn a_pool_that_shares_otherwise_is_an_effect() {
    let shared = |weight| pool("shared", &[("key-system", 1), ("key-sales", weight)]);
    let first = [Change::add(shared(1)), Change::add(rule("a", Scope::App(id("crm")), Target::Pool(id("shared"))))];
    let before = organisation(&[]).with_changes(&first, None);
    let heavier = run(&before, &[Change::edit(shared(1), shared(3)).unwrap()]);
    assert_eq!(heavier.count(What::OtherShares), 2);
    assert_eq!(heavier.len(), 2);
    let note = run(
        &before,
        &[Change::edit(shared(1), crate::domain::credential::Pool { note: Some("x".into()), ..shared(1) }).unwrap()],
    );
    assert!(note.is_empty());
}

#[test]
fn what_somebody_may_not_see_is_counted_and_not_named() {
    let before = organisation(&[on(crate::domain::people::Role::Viewer, "Sales")]);
    let change = Change::remove(rule("everybody", Scope::Workspace, key("key-system")));
    let effects = run(&before, std::slice::from_ref(&change));
    let after = after(&before, &change);
    let me = alice(&before);
    let seen = effects.seen_by(&Visibility::of(&before, me), &Visibility::of(&after, me));
    assert_eq!(told(&after, &seen.groups), "starts to fail: key-system > -: leads pitch (0.00 and 2 unknown)");
    assert_eq!(seen.hidden.into_iter().collect::<Vec<_>>(), [(What::StartsToFail, 3)]);
}

#[test]
fn only_the_nodes_in_question_are_asked_and_one_may_stop() {
    let before = organisation(&[]);
    let change = Change::add(rule("a", Scope::Workflow(id("leads")), key("key-sales")));
    assert_eq!(run(&before, std::slice::from_ref(&change)).examined(), 1);
    let other = crate::domain::assignment::Assignment {
        provider: "anthropic".into(),
        ..rule("a", Scope::Workspace, Target::Deny)
    };
    assert_eq!(run(&before, &[Change::add(other)]).examined(), 0);
    let all = Change::remove(rule("everybody", Scope::Workspace, key("key-system")));
    let after = before.with_changes([&all], None);
    let changes = [all];
    let inputs = Inputs::default();
    let mut portion = Diff::new(&before, &after, &changes, now(), &inputs);
    assert!(portion.advance(2));
    assert_eq!((portion.examined(), portion.into_effects().len()), (2, 2));
}

/// What happens if `change` follows `earlier`: how many nodes, and what to the first.
fn happens(earlier: &[Change], change: Option<Change>) -> (usize, Option<What>) {
    let before = organisation(&[]).with_changes(earlier, None);
    let effects = run(&before, &[change.expect("a difference")]);
    (effects.len(), effects.iter().next().map(|effect| effect.what))
}

#[test]
fn a_key_is_followed_to_wherever_it_is_named() {
    let lost = || {
        let key = credential("key-system", Owner::System);
        Change::edit(key.clone(), Key { state: State::Disabled, ..key })
    };
    let nobody = Change::remove(rule("everybody", Scope::Workspace, key("key-system")));
    let fixed = Change::add(Node { key: Some(id("key-system")), ..node("leads") });
    assert_eq!(happens(&[nobody.clone(), fixed], lost()), (1, Some(What::StartsToFail)));

    let grader = Change::add(instance("grader", Some("key-system")));
    let calling = Change::add(Node { uses: Uses::Instance(id("grader")), ..node("leads") });
    assert_eq!(happens(&[nobody.clone(), grader.clone(), calling.clone()], lost()), (1, Some(What::StartsToFail)));

    let both = Change::add(pool("shared", &[("key-system", 1), ("key-sales", 1)]));
    let pooled = Change::add(rule("pooled", Scope::App(id("crm")), Target::Pool(id("shared"))));
    assert_eq!(happens(&[nobody.clone(), both, pooled], lost()), (2, Some(What::OtherShares)));

    let other = Change::edit(instance("grader", Some("key-system")), instance("grader", Some("key-lent")));
    assert_eq!(happens(&[nobody, grader, calling], other), (1, Some(What::Moves)));
}

#[test]
fn a_price_makes_keys_with_a_hard_budget_work() {
    let monthly = MicroDollars(9);
    let limited =
        Key { budget: Some(Budget { monthly, kind: BudgetKind::Hard }), ..credential("key-system", Owner::System) };
    assert_eq!(happens(&[Change::add(limited)], Some(Change::add(price()))), (5, Some(What::StartsToWork)));
}

#[test]
fn a_rule_for_an_owner_reaches_workflows_that_inherit_them() {
    let owned = Change::add(App { owner: Some(Owner::Operator(id("bob"))), ..app("crm", Some("Sales")) });
    let change = Change::add(rule("bobs", Scope::Owner(id("bob")), key("key-bob")));
    assert_eq!(happens(&[owned], Some(change)), (2, Some(What::Moves)), "invoice-bot and leads");
}
