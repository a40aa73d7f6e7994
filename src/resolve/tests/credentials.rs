//! The table of reasons, in its order, and the rules about owners, policies, budgets and prices.

use crate::{
    domain::{
        assignment::Scope,
        catalogue::Ix,
        credential::{Credential, Owner, State, UsableBy},
        fact::Spent,
        money::{Budget, BudgetKind, MicroDollars},
        people::{Department, OwnerPolicy},
        workflow::{Node, Ownership, Uses, Workflow},
    },
    resolve::{
        answer::Reason,
        fixture::*,
        query::{Environment, Inputs},
    },
    rights::fixture::workspace,
};

/// A world in which the workspace requires `key`.
fn requiring(key: Credential) -> World {
    World::new().with(rule("r", Scope::Workspace, to("k"))).with(Credential { id: id("k"), ..key })
}

fn hard(dollars: i64) -> Budget {
    Budget { monthly: MicroDollars(dollars * 1_000_000), kind: BudgetKind::Hard }
}

fn spent(dollars: i64) -> Spent {
    Spent { amount: MicroDollars(dollars * 1_000_000), estimate: true }
}

fn unusable(reason: &str) -> String {
    format!("unusable {reason} by workspace")
}

const GOOD: &str = "resolved k by workspace";

#[test]
fn the_first_reason_of_the_table_is_reported() {
    let policy = Workflow { owner_policy: Some(OwnerPolicy::SystemOnly), ..invoice_bot() };
    let mut bad = Credential {
        provider: "anthropic".into(),
        state: State::Revoked,
        not_before: Some(at("2027-01-01T00:00:00Z")),
        expires: Some(at("2020-01-01T00:00:00Z")),
        models: Some(vec!["gpt-4o-mini".into()]),
        environment: Some("staging".into()),
        owner: Owner::Operator(id("bob")),
        budget: Some(hard(0)),
        secret: sealed("v1"),
        ..key("k")
    };
    let mut world = World::new().with(rule("r", Scope::Workspace, to("k"))).with(policy).knowing(|facts| {
        facts.unreadable.insert(id("v1"));
    });
    let mut expect = |bad: &Credential, reason: &str| {
        world = world.clone().with(bad.clone());
        assert_eq!(world.draft(), unusable(reason));
    };
    expect(&bad, "wrong_provider");
    bad.provider = "openai".into();
    expect(&bad, "revoked");
    bad.state = State::Disabled;
    expect(&bad, "disabled");
    bad.state = State::Active;
    expect(&bad, "not_yet_valid");
    bad.not_before = None;
    expect(&bad, "expired");
    bad.expires = None;
    expect(&bad, "model_not_allowed");
    bad.models = None;
    expect(&bad, "wrong_environment");
    bad.environment = None;
    expect(&bad, "not_owner");
    bad.owner = Owner::Operator(id("alice"));
    expect(&bad, "owner_policy");
    bad.owner = Owner::System;
    expect(&bad, "over_budget");
    bad.budget = None;
    expect(&bad, "unreadable");
    world = world.with(Credential { secret: sealed("v2"), ..bad });
    assert_eq!(world.draft(), GOOD);
}

#[test]
fn a_rule_may_name_a_key_that_does_not_exist() {
    let world = World::new().with(rule("r", Scope::Workspace, to("k")));
    assert_eq!(world.draft(), unusable("unknown_key"));
    assert_eq!(requiring(key("k")).without(key("k")).draft(), unusable("unknown_key"));
}

#[test]
fn a_key_is_valid_from_its_beginning_and_not_at_its_end() {
    let instant = Some(now());
    assert_eq!(requiring(Credential { not_before: instant, ..key("k") }).draft(), GOOD);
    assert_eq!(requiring(Credential { expires: instant, ..key("k") }).draft(), unusable("expired"));
}

#[test]
fn a_key_for_an_environment_serves_that_one_alone() {
    let world = requiring(Credential { environment: Some("production".into()), ..key("k") });
    assert_eq!(world.draft(), GOOD);
    let none = Inputs { environment: Environment::Is("".into()), ..Inputs::default() };
    assert_eq!(world.saying(none).draft(), unusable("wrong_environment"));
}

#[test]
fn a_key_for_certain_models_needs_a_model() {
    let world = requiring(Credential { models: Some(vec!["gpt-4o".into()]), ..key("k") });
    assert_eq!(world.draft(), GOOD);
    let none = world.pair_at_app(None);
    assert_eq!(world.ask(none), unusable("model_not_allowed"));
}

#[test]
fn a_key_known_by_name_only_resolves() {
    assert_eq!(requiring(key("k")).draft(), GOOD);
}

#[test]
fn a_departments_key_is_for_workflows_in_it_or_below() {
    let of = |department: &str| requiring(credential("k", Owner::Department(id(department))));
    assert_eq!(of("Finance").draft(), GOOD);
    assert_eq!(of("Corporate").draft(), GOOD);
    assert_eq!(of("Payroll").draft(), unusable("not_owner"));
    assert_eq!(of("Sales").draft(), unusable("not_owner"));
}

#[test]
fn belonging_to_a_department_is_no_matter_of_owner() {
    let sales = Owner::Department(id("Sales"));
    let world = requiring(credential("k", sales)).with(Workflow { owner: Ownership::Named(sales), ..invoice_bot() });
    assert_eq!(world.draft(), unusable("not_owner"));
}

#[test]
fn a_private_key_is_for_its_owners_workflows() {
    let of = |login: &str| requiring(credential("k", Owner::Operator(id(login))));
    assert_eq!(of("alice").draft(), GOOD);
    assert_eq!(of("bob").draft(), unusable("not_owner"));
    assert_eq!(of("alice").with(Workflow { owner: Ownership::Nobody, ..invoice_bot() }).draft(), unusable("not_owner"));
}

#[test]
fn a_key_may_be_lent_to_a_workflow_its_app_or_a_department_on_its_path() {
    let lent =
        |by: UsableBy| requiring(Credential { usable_by: vec![by], ..credential("k", Owner::Operator(id("bob"))) });
    for by in
        [UsableBy::Workflow(id("invoice-bot")), UsableBy::App(id("billing")), UsableBy::Department(id("Corporate"))]
    {
        assert_eq!(lent(by).draft(), GOOD);
    }
    for by in [UsableBy::Workflow(id("other")), UsableBy::App(id("other")), UsableBy::Department(id("Payroll"))] {
        assert_eq!(lent(by).draft(), unusable("not_owner"));
    }
}

#[test]
fn lending_does_not_lift_the_owner_policy() {
    let lent =
        Credential { usable_by: vec![UsableBy::App(id("billing"))], ..credential("k", Owner::Operator(id("bob"))) };
    let world = requiring(lent).with(Workflow { owner_policy: Some(OwnerPolicy::OwnOnly), ..invoice_bot() });
    assert_eq!(world.draft(), unusable("owner_policy"));
}

#[test]
fn own_only_means_the_owners_and_the_departments_of_the_path() {
    let own_only = |owner| Workflow { owner, owner_policy: Some(OwnerPolicy::OwnOnly), ..invoice_bot() };
    let alice = Ownership::Named(Owner::Operator(id("alice")));
    let cases = [
        (Owner::Operator(id("alice")), alice, GOOD.to_owned()),
        (Owner::Department(id("Corporate")), alice, GOOD.to_owned()),
        (Owner::System, alice, unusable("owner_policy")),
        (Owner::System, Ownership::Named(Owner::System), GOOD.to_owned()),
        (Owner::System, Ownership::Nobody, unusable("owner_policy")),
    ];
    for (owner, of, expected) in cases {
        assert_eq!(requiring(credential("k", owner)).with(own_only(of)).draft(), expected);
    }
}

#[test]
fn the_nearest_owner_policy_counts() {
    let policy = |name: &str, parent, policy| Department { owner_policy: policy, ..department(name, parent) };
    let strict = crate::domain::people::Workspace { owner_policy: OwnerPolicy::OwnOnly, ..workspace() };
    let world = requiring(key("k")).with(strict);
    assert_eq!(world.draft(), unusable("owner_policy"));
    let world = world.with(policy("Corporate", None, Some(OwnerPolicy::Any)));
    assert_eq!(world.draft(), GOOD);
    let world = world.with(policy("Finance", Some("Corporate"), Some(OwnerPolicy::OwnOnly)));
    assert_eq!(world.draft(), unusable("owner_policy"));
    let app = world.pair_at_app(Some("gpt-4o"));
    assert_eq!(world.ask(app), unusable("owner_policy"));
    let world = world.with(Workflow { owner_policy: Some(OwnerPolicy::Any), ..invoice_bot() });
    assert_eq!(world.draft(), GOOD);
}

#[test]
fn hard_budgets_of_key_workflow_app_and_departments_count_when_reached() {
    let key_budget = requiring(Credential { budget: Some(hard(10)), ..key("k") });
    let of_workflow = requiring(key("k")).with(Workflow { budget: Some(hard(10)), ..invoice_bot() });
    let of_app = requiring(key("k")).with(crate::domain::workflow::App { budget: Some(hard(10)), ..billing() });
    let of_department =
        requiring(key("k")).with(Department { budget: Some(hard(10)), ..department("Corporate", None) });
    for (world, at) in [(key_budget, 0), (of_workflow, 1), (of_app, 2), (of_department, 3)] {
        let spending = |amount| {
            world.clone().spending(|spend| match at {
                0 => spend.credentials.add(id("k"), spent(amount)),
                1 => spend.workflows.add(id("invoice-bot"), spent(amount)),
                2 => spend.apps.add(id("billing"), spent(amount)),
                _ => spend.departments.add(id("Corporate"), spent(amount)),
            })
        };
        assert_eq!(world.draft(), GOOD);
        assert_eq!(spending(9).draft(), GOOD);
        assert_eq!(spending(10).draft(), unusable("over_budget"));
        assert_eq!(spending(10).asked_at("2026-07-01T00:00:00Z").draft(), GOOD, "the month is over");
        assert_eq!(spending(10).asked_at("2026-06-30T23:59:59Z").draft(), unusable("over_budget"));
    }
}

#[test]
fn a_soft_budget_stops_nothing_and_a_hard_one_of_nothing_means_never() {
    let soft = Budget { monthly: MicroDollars::ZERO, kind: BudgetKind::Soft };
    assert_eq!(requiring(Credential { budget: Some(soft), ..key("k") }).draft(), GOOD);
    assert_eq!(requiring(Credential { budget: Some(hard(0)), ..key("k") }).draft(), unusable("over_budget"));
}

#[test]
fn a_hard_budget_needs_a_price() {
    let mystery = Node { uses: Uses::Model { provider: "openai".into(), model: "mystery".into() }, ..draft() };
    let world = requiring(Credential { budget: Some(hard(10)), ..key("k") }).with(mystery);
    assert_eq!(world.draft(), unusable("unpriced_model"));
    let none = world.pair_at_app(None);
    assert_eq!(world.ask(none), unusable("unpriced_model"));
    assert_eq!(requiring(key("k")).with(Node { ..draft() }).draft(), GOOD);
}

#[test]
fn a_price_from_the_table_counts_for_a_model_that_nothing_mentions() {
    let world = requiring(Credential { budget: Some(hard(10)), ..key("k") }).without(draft());
    let fresh = world.pair_at_app(Some("gpt-4o"));
    assert_eq!(world.ask(fresh), GOOD);
}

#[test]
fn pickers_ask_for_one_key() {
    let world = requiring(Credential { state: State::Disabled, ..key("k") });
    let place = world.pair_at_app(None);
    let query = crate::resolve::query::Query { place, now: now(), inputs: &world.inputs };
    let key: Ix<Credential> = world.ix("k");
    assert_eq!(crate::resolve::fault(&world.catalogue, &query, key).map(Reason::word), Some("disabled"));
}
