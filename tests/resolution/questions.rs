//! Strategies for what is asked of a drawn world.

use std::collections::BTreeMap;

use keydeck::{
    domain::Text,
    resolve::query::{Environment, Layers},
};
use proptest::{collection::btree_map, option, prelude::*};

use super::{
    workspace::{app, environment, instant, kind, model, node, operator, provider, selector, value, workflow},
    world::{Asker, Pair, Question, World},
};

fn pair() -> impl Strategy<Value = Pair> {
    (provider(), option::weighted(0.7, model()), kind()).prop_map(|(provider, model, kind)| Pair {
        provider,
        model,
        kind,
    })
}

fn asker() -> impl Strategy<Value = Asker> {
    prop_oneof![
        6 => node().prop_map(Asker::Node),
        2 => (workflow(), pair()).prop_map(|(workflow, pair)| Asker::Workflow(workflow, pair)),
        1 => (app(), pair()).prop_map(|(app, pair)| Asker::App(app, pair)),
    ]
}

fn variables() -> impl Strategy<Value = BTreeMap<Text, String>> {
    btree_map(selector().prop_map(|selector| selector.text().clone()), value(), 0..2)
}

fn overrides() -> impl Strategy<Value = BTreeMap<Text, String>> {
    prop_oneof![8 => Just(BTreeMap::new()), 1 => btree_map(provider(), value(), 1..3)]
}

/// Draws a question; its node may not be in the world.
pub fn question() -> impl Strategy<Value = Question> {
    let environment = prop_oneof![1 => Just(Environment::Workflow), 1 => environment().prop_map(Environment::Is)];
    let run_id = option::of("[a-c]{1,2}");
    let caller = (variables(), overrides(), run_id, option::weighted(0.9, operator()));
    (asker(), instant(), environment, caller).prop_map(
        |(asker, now, environment, (variables, overrides, run_id, operator))| Question {
            asker,
            now,
            environment,
            variables,
            overrides,
            run_id,
            operator,
            layers: Layers::All,
        },
    )
}

/// Keeps the questions whose node is in the world.
pub fn asked_in(world: &World, mut questions: Vec<Question>) -> Vec<Question> {
    questions.retain(|question| match &question.asker {
        Asker::Node(id) => world.nodes.iter().any(|node| node.id == *id),
        Asker::Workflow(..) | Asker::App(..) => true,
    });
    questions
}

/// Draws a world and what is asked of it.
pub fn world_and_questions() -> impl Strategy<Value = (World, Vec<Question>)> {
    (super::workspace::world(), prop::collection::vec(question(), 12)).prop_map(|(world, questions)| {
        let questions = asked_in(&world, questions);
        (world, questions)
    })
}
