//! The four targets: keys, pools, variables and denial.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target, ValueTarget},
        credential::{Credential, State},
        workflow::Node,
    },
    resolve::{answer::Reason, fixture::*, query::Inputs},
};

fn preferred(rule: Assignment) -> Assignment {
    Assignment { strength: Strength::Preferred, ..rule }
}

fn run(id: &str) -> Inputs {
    Inputs { run_id: Some(id.to_owned()), ..Inputs::default() }
}

/// A world whose workspace gives a pool of `a`, `b` and `c`.
fn pooled(weights: [u32; 3]) -> World {
    let [a, b, c] = weights;
    World::new().with_keys(["a", "b", "c"]).with(pool("team", &[("a", a), ("b", b), ("c", c)])).with(rule(
        "r",
        Scope::Workspace,
        Target::Pool(id("team")),
    ))
}

fn off(name: &str) -> Credential {
    Credential { state: State::Disabled, ..key(name) }
}

/// The shares of the node's pool, in the order written.
fn shares(world: &World) -> Vec<(f64, Option<&'static str>)> {
    world.resolve().pool.iter().map(|share| (share.share, share.reason.map(Reason::word))).collect()
}

#[test]
fn deny_stops_the_search_whatever_its_strength_and_nearer_layers_pass_it() {
    let world = World::new().with_keys(["k"]).with(rule("s", Scope::System, to("k")));
    let denied = world.with(preferred(rule("w", Scope::Workspace, Target::Deny)));
    assert_eq!(denied.draft(), "denied deny by workspace");
    assert_eq!(denied.with(rule("n", own(), to("k"))).draft(), "resolved k by workflow");
}

#[test]
fn a_pool_lists_every_member_in_the_order_written() {
    let world = pooled([3, 0, 1]);
    assert_eq!(world.draft(), "pooled team by workspace");
    assert_eq!(shares(&world), [(0.75, None), (0.0, None), (0.25, None)]);
}

#[test]
fn unusable_members_drop_out_and_the_others_bear_their_share() {
    let world = pooled([2, 1, 1]).with(off("a"));
    assert_eq!(shares(&world), [(0.0, Some("disabled")), (0.5, None), (0.5, None)]);
}

#[test]
fn a_pool_where_nobody_can_be_chosen_is_empty() {
    assert_eq!(pooled([1, 0, 0]).with(off("a")).draft(), "unusable team pool_empty by workspace");
    assert_eq!(pooled([0, 0, 0]).draft(), "unusable team pool_empty by workspace");
    assert_eq!(pooled([1, 1, 1]).with(pool("team", &[])).draft(), "unusable team pool_empty by workspace");
    assert_eq!(pooled([1, 1, 1]).without(pool("team", &[])).draft(), "unusable pool_empty by workspace");
    let preferred = pooled([0, 0, 0]).with(preferred(rule("n", own(), Target::Pool(id("team")))));
    assert_eq!(preferred.with(rule("r", Scope::Workspace, to("a"))).draft(), "resolved a by workspace");
}

#[test]
fn the_member_of_a_run_is_fixed_for_ever() {
    let chosen =
        ["run-1", "run-2", "run-3", "run-4", "run-5", "run-6"].map(|id| pooled([3, 2, 1]).saying(run(id)).draft());
    insta::assert_debug_snapshot!(chosen, @r#"
[
    "pooled team b by workspace",
    "pooled team a by workspace",
    "pooled team c by workspace",
    "pooled team b by workspace",
    "pooled team b by workspace",
    "pooled team a by workspace",
]
"#);
}

#[test]
fn a_member_that_drops_out_moves_its_own_runs_alone() {
    let (all, less) = (pooled([3, 2, 1]), pooled([3, 2, 1]).with(off("b")));
    for number in 0..200 {
        let run = run(&format!("run-{number}"));
        let (before, after) = (all.clone().saying(run.clone()).draft(), less.clone().saying(run).draft());
        assert!(before == after || before == "pooled team b by workspace", "{before} became {after}");
        assert_ne!(after, "pooled team b by workspace");
    }
}

#[test]
fn runs_fall_on_members_by_weight() {
    let mut counts = BTreeMap::new();
    let world = pooled([4, 3, 3]).with(off("b"));
    for number in 0..700 {
        *counts.entry(world.clone().saying(run(&number.to_string())).draft()).or_insert(0) += 1;
    }
    let a = counts["pooled team a by workspace"];
    assert!((350..=450).contains(&a), "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_run_gets_a_usable_member_with_a_weight(weights in prop::array::uniform3(0u32..5), dead in 0usize..8, id in ".*") {
        let mut world = pooled(weights).saying(run(&id));
        for (at, name) in ["a", "b", "c"].iter().enumerate().filter(|(at, _)| dead & (1 << at) != 0) {
            world = world.with(off(name));
            prop_assert!(at < 3);
        }
        let resolution = world.resolve();
        let usable: Vec<_> = resolution.pool.iter().filter(|share| share.share > 0.0).map(|share| share.key).collect();
        match resolution.answer.credential {
            Some(key) => prop_assert!(usable.contains(&key)),
            None => prop_assert!(usable.is_empty()),
        }
        let total: f64 = resolution.pool.iter().map(|share| share.share).sum();
        prop_assert!(usable.is_empty() || (total - 1.0).abs() < 1e-9);
    }
}

/// A world whose workspace asks a variable: `acme` is a, `team` the pool, `none` denied.
fn by_value(by_name: bool) -> World {
    let values = [
        ("acme", ValueTarget::Key(id("a"))),
        ("team", ValueTarget::Pool(id("team"))),
        ("none", ValueTarget::Deny),
        ("", ValueTarget::Key(id("b"))),
    ];
    pooled([1, 1, 0]).with(rule("r", Scope::Workspace, variable("start.customer", &values, by_name)))
}

fn customer(value: &str) -> Inputs {
    with_values(&[("start.customer", value)])
}

#[test]
fn a_variables_value_stands_for_a_key_a_pool_or_denial() {
    let world = |value| by_value(true).saying(customer(value)).draft();
    assert_eq!(world("acme"), "resolved a by workspace");
    assert_eq!(world("team"), "pooled team by workspace");
    assert_eq!(world("none"), "denied deny by workspace");
    assert_eq!(world(""), "resolved b by workspace", "the empty text is a value");
}

#[test]
fn another_value_names_a_key_where_the_rule_says_so() {
    assert_eq!(by_value(true).saying(customer("c")).draft(), "resolved c by workspace");
    assert_eq!(by_value(true).saying(customer("C")).draft(), "unusable unknown_key by workspace");
    assert_eq!(by_value(false).saying(customer("c")).draft(), "unusable unknown_value by workspace");
}

#[test]
fn a_variable_without_value_lists_every_key_that_could_come_out() {
    let could = |world: &World| {
        let missing = world.resolve().missing.expect("a value is missing");
        assert_eq!(&*missing.variable, "start.customer");
        let name = |ix| world.catalogue.credentials().get(ix).map(|key: &Credential| key.name.to_string());
        missing.could_be.into_iter().filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(by_value(false).draft(), "missing_input missing_input by workspace");
    assert_eq!(could(&by_value(false)), ["a", "b"]);
    assert_eq!(could(&by_value(true)), ["a", "b", "c"]);
    assert_eq!(could(&by_value(false).with(off("a"))), ["b"]);
}

#[test]
fn a_preferred_variable_without_value_or_with_an_unknown_one_lets_the_search_go_on() {
    let asks = preferred(rule("n", own(), variable("start.customer", &[], false)));
    let world = World::new().with_keys(["k"]).with(asks).with(rule("r", Scope::Workspace, to("k")));
    assert_eq!(world.draft(), "resolved k by workspace");
    assert_eq!(world.clone().saying(customer("x")).draft(), "resolved k by workspace");
}

/// A world in which the node names a key by a variable, and perhaps one besides.
fn node(fixed: Option<&str>) -> World {
    let node = Node { variable: Some("env.k".parse().expect("a selector")), key: fixed.map(id), ..draft() };
    World::new().with_keys(["a", "b"]).with(node).with(rule("r", Scope::Workspace, to("b")))
}

#[test]
fn a_nodes_variable_comes_before_its_fixed_key_if_it_has_a_value() {
    let value = with_values(&[("env.k", "b")]);
    assert_eq!(node(Some("a")).saying(value).draft(), "resolved b by node");
    assert_eq!(node(Some("a")).draft(), "resolved a by node");
    assert_eq!(node(Some("a")).saying(with_values(&[("env.k", "")])).draft(), "unusable unknown_key by node");
    assert_eq!(node(None).draft(), "missing_input missing_input by node");
}

#[test]
fn a_nodes_rules_are_always_required() {
    assert_eq!(node(Some("a")).with(off("a")).draft(), "unusable disabled by node");
}
