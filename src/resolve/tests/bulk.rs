//! The reverse and the matrix.

use crate::{
    domain::{
        assignment::{Scope, Target},
        credential::{Credential, State},
        provider::ModelKind,
        workflow::{Node, Uses},
    },
    resolve::{
        answer::{Outcome, Source},
        fixture::*,
        matrix,
        query::{Inputs, Layers},
        reverse::{self, Mention, UsedBy},
    },
};

/// Another node of the workflow.
fn node(name: &str, provider: &str, model: &str) -> Node {
    let uses = Uses::Model { provider: provider.into(), model: model.into() };
    Node { id: id(name), name: name.into(), uses, ..draft() }
}

fn used(world: &World, key: &str) -> UsedBy {
    reverse::used_by(&world.catalogue, world.ix(key), world.now)
}

/// How many nodes use it, could use it, fail by it, and what names it in vain.
fn counts(world: &World, key: &str) -> [usize; 4] {
    let used = used(world, key);
    [used.nodes.len(), used.could.len(), used.failing.len(), used.shadowed.len()]
}

#[test]
fn a_key_is_used_by_the_nodes_that_resolve_to_it() {
    let world = World::new()
        .with_keys(["a", "b"])
        .with(node("other", "openai", "gpt-4o-mini"))
        .with(Node { key: Some(id("b")), ..draft() })
        .with(rule("r", Scope::Workspace, to("a")));
    assert_eq!(counts(&world, "a"), [1, 0, 0, 0]);
    assert_eq!(counts(&world, "b"), [1, 0, 0, 0]);
    assert_eq!(used(&world, "b").nodes[0].source, Source::Node(world.catalogue.nodes().find(draft().id).unwrap()));
    assert_eq!(reverse::uses(&world.catalogue, world.now), [1, 1]);
}

#[test]
fn a_rule_behind_another_is_shadowed() {
    let world =
        World::new().with_keys(["a", "b"]).with(rule("r", own(), to("a"))).with(rule("s", Scope::System, to("b")));
    assert_eq!(counts(&world, "b"), [0, 0, 0, 1]);
    assert_eq!(reverse::uses(&world.catalogue, world.now), [1, 0]);
}

#[test]
fn members_of_a_pool_are_in_use_unless_they_can_not_be_chosen() {
    let world = World::new()
        .with_keys(["a", "b", "zero"])
        .with(Credential { state: State::Disabled, ..key("off") })
        .with(pool("team", &[("a", 1), ("b", 2), ("zero", 0), ("off", 1)]))
        .with(rule("r", Scope::Workspace, Target::Pool(id("team"))));
    for (key, expected) in [("a", [1, 0, 0, 0]), ("b", [1, 0, 0, 0]), ("zero", [0, 0, 0, 1]), ("off", [0, 0, 0, 1])] {
        assert_eq!(counts(&world, key), expected, "{key}");
    }
    assert_eq!(reverse::uses(&world.catalogue, world.now), [1, 1, 0, 0]);
}

#[test]
fn a_pool_is_used_by_the_nodes_that_get_a_key_from_it() {
    let world = World::new()
        .with_keys(["a", "b"])
        .with(node("other", "openai", "gpt-4o-mini"))
        .with(Node { key: Some(id("b")), ..draft() })
        .with(pool("team", &[("a", 1)]))
        .with(pool("idle", &[("a", 1)]))
        .with(rule("r", Scope::Workspace, Target::Pool(id("team"))));
    let catalogue = &world.catalogue;
    let users = |name| reverse::users_of_pool(catalogue, catalogue.pools().find(id(name)).unwrap(), world.now);
    let other = catalogue.nodes().rows().map(|(ix, _)| ix).find(|ix| Some(*ix) != catalogue.nodes().find(draft().id));
    assert_eq!(users("team"), [other.unwrap()]);
    assert_eq!(users("idle"), []);
}

#[test]
fn a_node_that_requires_a_broken_key_fails_by_it() {
    let world =
        World::new().with(Credential { state: State::Revoked, ..key("k") }).with(rule("r", Scope::Workspace, to("k")));
    assert_eq!(counts(&world, "k"), [0, 0, 1, 0]);
}

#[test]
fn what_a_variable_could_bring_out_is_told_apart() {
    use crate::domain::assignment::ValueTarget;
    let values = [("x", ValueTarget::Key(id("a")))];
    let world = World::new().with_keys(["a", "b"]).with(rule("r", Scope::Workspace, variable("env.k", &values, false)));
    assert_eq!(counts(&world, "a"), [0, 1, 0, 0]);
    assert_eq!(counts(&world, "b"), [0, 0, 0, 0]);
}

#[test]
fn everything_that_names_a_key_is_mentioned() {
    let world = World::new()
        .with_keys(["a"])
        .with(pool("team", &[("a", 1)]))
        .with(Node { key: Some(id("a")), ..draft() })
        .with(rule("r", Scope::Workspace, to("a")));
    let mentions: Vec<Mention> = reverse::mentions(&world.catalogue, world.ix("a")).collect();
    assert!(matches!(mentions[..], [Mention::Node(_), Mention::Pool(_), Mention::Rule(_)]), "{mentions:?}");
}

#[test]
fn a_cell_holds_each_answer_once_and_the_worst_in_front() {
    let only = Credential { models: Some(vec!["gpt-4o".into()]), ..key("k") };
    let world = World::new()
        .with(only)
        .with(node("second", "openai", "gpt-4o"))
        .with(node("mini", "openai", "gpt-4o-mini"))
        .with(node("claude", "anthropic", "claude"))
        .with(rule("r", Scope::Workspace, to("k")));
    let workflow = world.catalogue.workflows().find(id("invoice-bot")).unwrap();
    let cells = matrix::row(&world.catalogue, workflow, &world.inputs, world.now);
    let shape: Vec<Vec<_>> = cells
        .iter()
        .map(|cell| cell.entries.iter().map(|entry| (entry.answer.outcome, entry.nodes.len())).collect())
        .collect();
    assert_eq!(shape, [vec![(Outcome::Unusable, 1), (Outcome::Resolved, 2)], vec![(Outcome::NoMatch, 1)]]);
    let all: Vec<_> = matrix::matrix(&world.catalogue, &world.inputs, world.now).collect();
    assert_eq!(all, [(workflow, cells)]);
}

#[test]
fn the_matrix_of_dify_is_made_by_the_same_hand() {
    let world =
        World::new().with_keys(["a", "b"]).with(rule("r", own(), to("a"))).with(rule("w", Scope::Workspace, to("b")));
    let workflow = world.catalogue.workflows().find(id("invoice-bot")).unwrap();
    let key = |layers| {
        let inputs = Inputs { layers, ..Inputs::default() };
        matrix::row(&world.catalogue, workflow, &inputs, world.now)[0].entries[0].answer.credential
    };
    assert_eq!(key(Layers::All), Some(world.ix("a")));
    assert_eq!(key(Layers::Dify), Some(world.ix("b")));
    assert_eq!(draft().kind, ModelKind::Llm);
}
