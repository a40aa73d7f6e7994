//! The drawn worlds reach every outcome, every reason and every layer: a strategy that never makes the case proves nothing.

use std::{collections::BTreeMap, fmt::Debug};

use keydeck::resolve::answer::{Layer, Outcome, Reason};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};

use super::{questions::world_and_questions, reference, usable, world::Verdict};

/// Draws always the same worlds.
const WORLDS: usize = 700;

/// Reasons that only a trace may give.
const TRACE_ONLY: [Reason; 5] =
    [Reason::OverriddenBy, Reason::NotApplicable, Reason::OutsideWindow, Reason::OtherModel, Reason::OtherEnvironment];

fn drawn_verdicts() -> Vec<Verdict> {
    let rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut verdicts = Vec::new();
    for _ in 0..WORLDS {
        let (world, questions) = world_and_questions().new_tree(&mut runner).expect("a world").current();
        for question in questions {
            let may_use = |key| usable::may_use(&world, question.operator, key);
            verdicts.push(reference::resolve(&world, &question, &may_use));
        }
    }
    verdicts
}

/// Asserts that each of `all` occurs, and prints how often.
fn assert_each_occurs<T: Ord + Copy + Debug>(all: impl IntoIterator<Item = T>, seen: impl IntoIterator<Item = T>) {
    let mut counts = BTreeMap::new();
    seen.into_iter().for_each(|one| *counts.entry(one).or_insert(0) += 1);
    println!("{counts:?}");
    let never: Vec<_> = all.into_iter().filter(|one| !counts.contains_key(one)).collect();
    assert!(never.is_empty(), "no drawn world leads to {never:?}: widen the strategies in workspace.rs");
}

#[test]
fn the_drawn_worlds_reach_everything() {
    let verdicts = drawn_verdicts();
    let outcome_reasons = || Reason::ALL.iter().copied().filter(|reason| !TRACE_ONLY.contains(reason));
    assert_each_occurs(Outcome::ALL.iter().copied(), verdicts.iter().map(|it| it.outcome));
    assert_each_occurs(outcome_reasons(), verdicts.iter().filter_map(|it| it.reason));
    assert_each_occurs(Layer::ALL.iter().copied(), verdicts.iter().filter_map(|it| it.layer));
    let giving = verdicts.iter().filter(|it| it.outcome.gives_key());
    assert_each_occurs(Layer::ALL.iter().copied(), giving.filter_map(|it| it.layer));
    let of_keys = || Reason::ALL.iter().copied().take_while(|reason| *reason != Reason::Deny);
    let members = verdicts.iter().flat_map(|it| &it.members);
    assert_each_occurs(of_keys(), members.filter_map(|member| member.reason));
    let passed = verdicts.iter().flat_map(|it| &it.passed);
    assert_each_occurs(of_keys(), passed.map(|(_, reason)| *reason));
}
