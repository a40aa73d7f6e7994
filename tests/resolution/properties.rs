//! The properties of resolution, on drawn worlds.

use std::collections::{BTreeMap, BTreeSet};

use keydeck::{
    domain::{
        assignment::{Assignment, Scope},
        catalogue::Catalogue,
        change::{self, Change},
        credential::{Credential, Owner},
        id::Id,
        people::OwnerPolicy,
        record::Record,
    },
    resolve::{
        answer::{self, Layer, Outcome, Resolution},
        query::{Environment, Layers},
        resolve,
    },
    rights,
};
use proptest::{prelude::*, test_runner::TestCaseResult};

use super::{
    config,
    questions::{asked_in, question, world_and_questions},
    reference,
    situation::Situation,
    usable,
    workspace::{a_rule, world},
    world::{Question, Verdict, World},
};

/// Asks the resolver under test.
pub fn fast(catalogue: &Catalogue, question: &Question) -> Option<Resolution> {
    question.put(catalogue, |query| resolve(catalogue, query))
}

/// Asks the reference, with the rights of the house: whether those are right is a property of its own.
fn slow(world: &World, catalogue: &Catalogue, question: &Question) -> Verdict {
    let operator = question.operator.and_then(|id| catalogue.operators().find(id));
    let may_use = |key: Id<Credential>| {
        catalogue.credentials().find(key).is_some_and(|key| rights::may_use(catalogue, operator, key))
    };
    reference::resolve(world, question, &may_use)
}

/// Asserts that a resolution says what the reference says.
pub fn agree(world: &World, catalogue: &Catalogue, question: &Question) -> TestCaseResult {
    let Some(resolution) = fast(catalogue, question) else { return Ok(()) };
    says(catalogue, question, &resolution, slow(world, catalogue, question))
}

fn says(catalogue: &Catalogue, question: &Question, resolution: &Resolution, mut expected: Verdict) -> TestCaseResult {
    let mut said = Verdict::read(catalogue, resolution);
    if expected.outcome == Outcome::Ambiguous && said.speakers.is_subset(&expected.speakers) {
        // Of equal rules the first is named; which of them is first is nobody's business.
        prop_assert_eq!(said.speakers.len(), 1);
        said.speakers.clone_from(&expected.speakers);
    }
    if expected.outcome == Outcome::Pooled {
        prop_assert_eq!(said.credential.is_some(), question.run_id.is_some(), "a run id chooses, and only that");
        let may_be = |key| expected.members.iter().any(|member| member.key == key && member.share > 0.0);
        prop_assert!(said.credential.is_none_or(may_be), "{:?} is no member that can be used", said.credential);
        expected.credential = said.credential;
    }
    for (ours, theirs) in said.members.iter_mut().zip(&expected.members) {
        if (ours.share - theirs.share).abs() < 1e-9 {
            ours.share = theirs.share;
        }
    }
    prop_assert_eq!(
        said,
        expected,
        "\nthe resolver is on the left, the reference on the right; trace: {:#?}",
        resolution.trace
    );
    let named = resolution.missing.as_ref().map_or(&[][..], |missing| &missing.could_be);
    prop_assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "possible keys are named once each");
    Ok(())
}

/// Takes everything out of a world that Dify knows nothing of: it has a workspace, keys and models.
fn as_dify_sees_it(mut world: World) -> World {
    world.rules.retain(|rule| rule.scope == Scope::Workspace && rule.environment.as_deref().is_none_or(str::is_empty));
    world.workspace.owner_policy = OwnerPolicy::Any;
    for node in &mut world.nodes {
        (node.key, node.variable) = (None, None);
    }
    for instance in &mut world.instances {
        instance.key = None;
    }
    for key in &mut world.credentials {
        (key.owner, key.environment, key.budget) = (Owner::System, None, None);
    }
    for department in &mut world.departments {
        (department.owner_policy, department.budget) = (None, None);
    }
    for app in &mut world.apps {
        app.budget = None;
    }
    for workflow in &mut world.workflows {
        (workflow.owner_policy, workflow.budget) = (None, None);
    }
    world
}

/// What a catalogue says, as far as any two of one world must say it alike.
fn said(catalogue: &Catalogue, question: &Question) -> Option<Verdict> {
    let mut verdict = Verdict::read(catalogue, &fast(catalogue, question)?);
    if verdict.outcome == Outcome::Ambiguous {
        verdict.speakers.clear();
    }
    Some(verdict)
}

/// The records of a catalogue in an order of their own.
fn sorted(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let mut records: Vec<_> = records.into_iter().collect();
    records.sort_by_key(|record| (record.kind(), record.uuid()));
    records
}

/// Returns the changes that lead from one world to another.
fn way(from: &World, to: &World) -> Vec<Change> {
    let (from, to) = (from.records(), to.records());
    let same = |record: &Record| {
        let key = (record.kind(), record.uuid());
        move |other: &&Record| (other.kind(), other.uuid()) == key
    };
    let gone = from.iter().filter(|record| !to.iter().any(|other| same(record)(&other)));
    let stays = to.iter().filter_map(|record| match from.iter().find(same(record)) {
        Some(before) => Change::edit(before.clone(), record.clone()),
        None => Some(Change::add(record.clone())),
    });
    gone.cloned().map(Change::remove).chain(stays).collect()
}

/// Draws the way from one world to another, in any order.
fn worlds_and_way() -> impl Strategy<Value = (World, World, Vec<Change>)> {
    (world(), world()).prop_flat_map(|(from, to)| {
        let changes = way(&from, &to);
        (Just(from), Just(to), Just(changes).prop_shuffle())
    })
}

fn layer_of(rule: &Assignment) -> Layer {
    match rule.scope {
        Scope::Workflow(_) => Layer::Workflow,
        Scope::App(_) => Layer::App,
        Scope::Owner(_) => Layer::Owner,
        Scope::Department(_) => Layer::Department,
        Scope::Workspace => Layer::Workspace,
        Scope::System => Layer::System,
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_resolver_says_what_the_reference_says((world, questions) in world_and_questions()) {
        let catalogue = world.catalogue();
        for question in &questions {
            agree(&world, &catalogue, question)?;
        }
    }

    #[test]
    fn as_dify_only_the_rules_of_the_workspace_speak((world, questions) in world_and_questions()) {
        let catalogue = world.catalogue();
        let theirs = as_dify_sees_it(world);
        for question in questions {
            let asked = Question { layers: Layers::Dify, ..question.clone() };
            let bare = Question {
                environment: Environment::Is("".into()),
                overrides: BTreeMap::new(),
                layers: Layers::All,
                ..question
            };
            if let Some(resolution) = fast(&catalogue, &asked) {
                says(&catalogue, &asked, &resolution, slow(&theirs, &catalogue, &bare))?;
            }
        }
    }

    #[test]
    fn rights_to_use_a_key_are_those_of_the_design(mut world in world()) {
        // Lending is told apart, in sentences.rs.
        world.credentials.iter_mut().for_each(|key| key.usable_by.clear());
        let catalogue = world.catalogue();
        for (key, record) in catalogue.credentials().iter() {
            let nobody = rights::may_use(&catalogue, None, key);
            prop_assert!(!nobody, "nobody may use no key, yet may use {}", record.id);
            for (operator, person) in catalogue.operators().iter() {
                let said = rights::may_use(&catalogue, Some(operator), key);
                let expected = usable::may_use(&world, Some(person.id), record.id);
                prop_assert_eq!(said, expected, "{:#?} and {:#?}", person, record);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn the_short_answer_is_that_of_the_whole_one_and_both_are_always_the_same(
        (world, questions) in world_and_questions(),
    ) {
        let catalogue = world.catalogue();
        for question in &questions {
            question.put(&catalogue, |query| {
                let resolution = resolve(&catalogue, query);
                prop_assert_eq!(keydeck::resolve::answer(&catalogue, query), resolution.answer);
                prop_assert_eq!(resolve(&catalogue.clone(), query), resolution.clone());
                prop_assert_eq!(resolution.revision, catalogue.revision());
                prop_assert_eq!(resolution.facts, catalogue.facts().number);
                Ok(())
            }).transpose()?;
        }
    }

    #[test]
    fn a_key_is_given_only_if_every_check_passes((world, questions) in world_and_questions()) {
        let catalogue = world.catalogue();
        for question in &questions {
            let Some(resolution) = fast(&catalogue, question) else { continue };
            let verdict = Verdict::read(&catalogue, &resolution);
            let here = Situation::of(&world, question);
            let pooled = verdict.members.iter().filter(|member| member.share > 0.0).map(|member| member.key);
            for key in verdict.credential.into_iter().chain(pooled) {
                let record = world.credentials.iter().find(|it| it.id == key).expect("a given key exists");
                prop_assert_eq!(usable::unusable(&world, question.now, &here, key), None);
                prop_assert_eq!(Some(&record.provider), here.provider.as_ref());
            }
            let chosen = verdict.outcome == Outcome::Resolved
                || verdict.outcome == Outcome::Pooled && question.run_id.is_some();
            prop_assert_eq!(verdict.credential.is_some(), chosen);
            prop_assert_eq!(verdict.reason.is_none(), verdict.outcome.gives_key());
        }
    }

    #[test]
    fn the_trace_names_every_layer_in_order_and_one_step_decides((world, questions) in world_and_questions()) {
        let catalogue = world.catalogue();
        for question in &questions {
            let Some(Resolution { answer, trace, .. }) = fast(&catalogue, question) else { continue };
            let mut layers: Vec<_> = trace.iter().map(|step| step.layer).collect();
            prop_assert!(layers.is_sorted(), "{:?}", layers);
            layers.dedup();
            prop_assert_eq!(&layers, Layer::ALL);
            let decided: Vec<_> = trace.iter().filter(|step| step.verdict == answer::Verdict::Decided).collect();
            match answer.outcome {
                Outcome::NoMatch => prop_assert_eq!(decided.len(), 0),
                Outcome::Ambiguous => prop_assert!(!decided.is_empty()),
                _ => prop_assert_eq!(decided.len(), 1),
            }
            if let Some(step) = decided.first() {
                let said = (Some(step.layer), step.department, step.source, step.reason);
                prop_assert_eq!(said, (answer.layer, answer.department, answer.source, answer.reason));
            }
            let silent = trace.iter().find(|step| step.source.is_none() && step.verdict != answer::Verdict::NotApplicable);
            prop_assert!(silent.is_none(), "only a layer without a rule has no source: {:?}", silent);
        }
    }

    #[test]
    fn a_rule_of_a_farther_layer_changes_nothing(
        (world, questions) in world_and_questions(),
        rule in a_rule(99),
    ) {
        let before = world.catalogue();
        let after = before.with_changes(&[Change::add(rule.clone())], None);
        for question in &questions {
            let Some(first) = fast(&before, question) else { continue };
            if first.answer.layer.is_some_and(|layer| layer < layer_of(&rule)) {
                let second = fast(&after, question).expect("who asks is still there");
                prop_assert_eq!(Verdict::read(&before, &first), Verdict::read(&after, &second));
            }
        }
    }

    #[test]
    fn changes_in_any_order_lead_where_the_records_lead(
        (from, to, changes) in worlds_and_way(),
        questions in prop::collection::vec(question(), 4),
    ) {
        let questions = asked_in(&to, questions);
        let changed = from.catalogue().with_facts(to.facts.clone().into()).with_changes(&changes, None);
        let loaded = to.catalogue();
        prop_assert_eq!(sorted(changed.records()), sorted(to.records()));
        prop_assert_eq!(sorted(loaded.records()), sorted(to.records()));
        for question in &questions {
            // A place that is only referred to is known to the catalogue that once met the reference.
            if let (Some(one), Some(other)) = (said(&changed, question), said(&loaded, question)) {
                prop_assert_eq!(one, other, "{:?}", question);
            }
            agree(&to, &changed, question)?;
        }
    }

    #[test]
    fn undoing_restores_records_and_answers(
        (from, _, changes) in worlds_and_way(),
        questions in prop::collection::vec(question(), 4),
    ) {
        let questions = asked_in(&from, questions);
        let before = from.catalogue();
        let undone = before.with_changes(&changes, None).with_changes(&change::invert_all(changes), None);
        prop_assert_eq!(sorted(undone.records()), sorted(before.records()));
        for question in &questions {
            if let Some(first) = said(&before, question) {
                prop_assert_eq!(said(&undone, question), Some(first), "{:?}", question);
            }
        }
    }

    #[test]
    fn folding_changes_comes_to_the_same(first in world(), second in world(), third in world()) {
        let start = first.catalogue();
        let all: Vec<_> = way(&first, &second).into_iter().chain(way(&second, &third)).collect();
        let folded = change::fold(all.clone());
        let by_hand = sorted(start.with_changes(&all, None).records());
        prop_assert_eq!(sorted(start.with_changes(&folded, None).records()), by_hand.clone());
        prop_assert_eq!(by_hand, sorted(third.records()));
        prop_assert!(folded.iter().all(|change| change.before() != change.after()), "a change that changes nothing");
        prop_assert_eq!(folded.len(), way(&first, &third).len());
    }
}
