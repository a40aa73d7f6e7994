//! How a pool spreads runs: the same run gets the same key, and many runs fit the shares.

use std::collections::BTreeMap;

use keydeck::{
    domain::{
        assignment::{Scope, Target},
        credential::{Credential, Member, Pool, State},
        id::Id,
    },
    resolve::resolve,
};

use super::{
    bench::{ask, bench, key, node, rule},
    world::{Asker, Question, World, id},
};

/// A pool of four: weights 3, 1 and 0, and one of weight 4 that is revoked.
fn pooled() -> World {
    let mut world = bench();
    world.credentials = (0..4).map(key).collect();
    world.credentials[3].state = State::Revoked;
    let members = [3, 1, 0, 4].into_iter().zip(0..).map(|(weight, n)| Member { key: id(n), weight }).collect();
    let provider = "alpha".into();
    world.pools = vec![Pool { id: id(0), name: "shared".into(), provider, members, note: None, foreign_id: None }];
    world.rules = vec![rule(0, Scope::Workspace, Target::Pool(id(0)))];
    world.nodes.push(node(1));
    world
}

fn chosen(world: &World, asker: u128, run: &str) -> Id<Credential> {
    let catalogue = world.catalogue();
    let question = Question { asker: Asker::Node(id(asker)), run_id: Some(run.to_owned()), ..ask() };
    let resolution = question.put(&catalogue, |query| resolve(&catalogue, query)).expect("the node is there");
    catalogue.credentials().id(resolution.answer.credential.expect("a run id chooses"))
}

#[test]
fn many_runs_fit_the_shares() {
    const RUNS: u32 = 8000;
    let world = pooled();
    let catalogue = world.catalogue();
    let mut counts = BTreeMap::new();
    for run in 0..RUNS {
        let question = Question { run_id: Some(format!("run-{run}")), ..ask() };
        let resolution = question.put(&catalogue, |query| resolve(&catalogue, query)).expect("the node is there");
        *counts.entry(resolution.answer.credential.map(|ix| catalogue.credentials().id(ix))).or_insert(0u32) += 1;
    }
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [Some(id(0)), Some(id(1))], "no other can be chosen");
    // The deviation of a fair choice is below 39 of 8000 in 68 of 100 tries; the runs are fixed, so it never varies.
    let first = i64::from(counts[&Some(id(0))]);
    assert!((first - 6000).abs() < 200, "{first} of {RUNS} runs took the key with three quarters of the load");
}

#[test]
fn a_run_that_asks_again_gets_the_same_key_at_every_node() {
    let world = pooled();
    let mut renamed = pooled();
    renamed.pools[0].name = "renamed".into();
    renamed.credentials.reverse();
    for run in ["", "a", "b", "run-17", "🦀"] {
        let first = chosen(&world, 0, run);
        assert_eq!(chosen(&world, 0, run), first);
        assert_eq!(chosen(&world, 1, run), first, "two nodes of one run that use one pool use one key");
        assert_eq!(chosen(&renamed, 0, run), first, "neither names nor the order of loading choose");
    }
}

#[test]
fn a_member_that_drops_out_moves_no_share_outside_the_pool() {
    let mut world = pooled();
    world.credentials[0].state = State::Disabled;
    for run in 0..50 {
        assert_eq!(chosen(&world, 0, &run.to_string()), id(1));
    }
}
