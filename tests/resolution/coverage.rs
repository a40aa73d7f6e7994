//! The drawn worlds reach every outcome, every reason and every layer: a strategy that never makes the case proves nothing.

use std::{collections::BTreeMap, fmt::Debug};

use keydeck::resolve::answer::{self, Layer, Outcome, Reason};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    properties::fast,
    questions::world_and_questions,
    reference, usable,
    world::{Question, Verdict, World},
};

/// How many worlds are drawn; always the same.
const WORLDS: usize = 700;

/// Reasons that only a trace may give.
const TRACE_ONLY: [Reason; 5] =
    [Reason::OverriddenBy, Reason::NotApplicable, Reason::OutsideWindow, Reason::OtherModel, Reason::OtherEnvironment];

/// Every question that is asked of the drawn worlds, with its world.
fn drawn() -> Vec<(World, Vec<Question>)> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..WORLDS).map(|_| world_and_questions().new_tree(&mut runner).expect("a world").current()).collect()
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
    let answer = |(world, questions): &(World, Vec<Question>)| -> Vec<Verdict> {
        let may_use = |operator| move |key| usable::may_use(world, operator, key);
        questions.iter().map(|question| reference::resolve(world, question, &may_use(question.operator))).collect()
    };
    let verdicts: Vec<Verdict> = drawn().iter().flat_map(answer).collect();
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

#[test]
fn the_traces_use_every_reason_and_verdict() {
    let mut steps = Vec::new();
    for (world, questions) in drawn().iter().take(WORLDS / 2) {
        let catalogue = world.catalogue();
        let resolutions = questions.iter().filter_map(|question| fast(&catalogue, question));
        steps.extend(resolutions.flat_map(|resolution| resolution.trace));
    }
    assert_each_occurs(answer::Verdict::ALL.iter().copied(), steps.iter().map(|step| step.verdict));
    assert_each_occurs(Reason::ALL.iter().copied(), steps.iter().filter_map(|step| step.reason));
}
