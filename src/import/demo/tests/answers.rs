//! The demo as resolution sees it: most nodes have a key, and whatever can go wrong goes wrong where it should.

use std::sync::Arc;

use super::*;
use crate::{
    config::vendors::Vendors,
    cost::price::BundledPrices,
    domain::{
        catalogue::Catalogue,
        fact::{Facts, Month, Spend, Spent},
    },
    resolve::{
        answer,
        answer::{Answer, Outcome, Reason},
        query::{Inputs, Place, Query},
    },
};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The demo as it looks once it is written and its usage is counted.
fn catalogue(demo: &Demo) -> Catalogue {
    let vendors = Vendors::built_in();
    let prices = BundledPrices::new(vendors.price_ids());
    let mut spend = Spend::default();
    let month = usage::day_of(now()).first_of_month();
    for line in demo.usage(&prices).filter(|line| line.day >= month) {
        let (Some(key), Some(department), Some(amount)) = (line.credential, line.department, line.spend) else {
            continue;
        };
        let spent = Spent { amount, estimate: false };
        spend.credentials.add(key, spent);
        // Its own alone: no department with others below has a hard budget.
        spend.departments.add(department, spent);
    }
    let facts = Facts { spend: [(Month::of(now()), spend)].into(), ..Facts::default() };
    let empty = Catalogue::new(demo.workspace().clone(), &vendors.providers(), Arc::new(prices));
    empty.with_records(demo.records().map(|record| (record, None)), 1, Arc::new(facts))
}

/// The answer for each node, by workflow and node.
fn answers(catalogue: &Catalogue) -> BTreeMap<(Text, Text), Answer> {
    let inputs = Inputs::default();
    let ask = |(ix, node): (_, &Node)| {
        let workflow = catalogue.workflows().by_id(node.workflow).unwrap();
        let query = Query { place: Place::Node(ix), now: now(), inputs: &inputs };
        ((workflow.name.clone(), node.name.clone()), answer(catalogue, &query))
    };
    catalogue.nodes().iter().map(ask).collect()
}

#[test]
fn most_nodes_have_a_key_and_every_outcome_occurs() {
    for seed in 0..3 {
        let demo = Demo::generate(&Options { workflows: 100, seed, now: now() });
        let answers = answers(&catalogue(&demo));
        let count = |outcome| answers.values().filter(|answer| answer.outcome == outcome).count();
        let working = answers.values().filter(|answer| answer.outcome.gives_key()).count();
        assert!(working * 4 >= answers.len() * 3, "{working} of {}", answers.len());
        for outcome in Outcome::ALL.iter().copied().filter(|outcome| *outcome != Outcome::Ambiguous) {
            assert!(count(outcome) > 0, "{outcome:?}");
        }
        assert_eq!(count(Outcome::Ambiguous), 0);
    }
}

#[test]
fn every_workflow_with_something_to_tell_tells_it() {
    let answers = answers(&catalogue(&demo(100)));
    for (workflow, node, outcome, reason) in [
        ("refund-approver", "decide", Outcome::Unusable, Some(Reason::WrongEnvironment)),
        ("clause-library", "embed", Outcome::Denied, Some(Reason::Deny)),
        ("nda-check", "compare", Outcome::Unusable, Some(Reason::OwnerPolicy)),
        ("legacy-faq", "answer", Outcome::Unusable, Some(Reason::Revoked)),
        ("press-digest", "digest", Outcome::Unusable, Some(Reason::NotOwner)),
        ("launch-translator", "translate", Outcome::Unusable, Some(Reason::NotYetValid)),
        ("slide-maker", "outline", Outcome::Unusable, Some(Reason::ModelNotAllowed)),
        ("partner-answers", "answer", Outcome::MissingInput, Some(Reason::MissingInput)),
        ("log-explainer", "explain", Outcome::Unusable, Some(Reason::Disabled)),
        ("notebook-helper", "suggest", Outcome::Denied, Some(Reason::Deny)),
        ("sandbox-agent", "think", Outcome::MissingInput, Some(Reason::MissingInput)),
        ("eval-harness", "grade", Outcome::Unusable, Some(Reason::OverBudget)),
        ("qa-regression", "replay", Outcome::Unusable, Some(Reason::UnpricedModel)),
        ("churn-notes", "notes", Outcome::Unusable, Some(Reason::PoolEmpty)),
        ("patent-scout", "scout", Outcome::NoMatch, Some(Reason::NoRule)),
        ("vendor-risk-check", "assess", Outcome::Unusable, Some(Reason::Expired)),
        ("invoice-bot", "extract", Outcome::Resolved, None),
        ("payslip-explainer", "explain", Outcome::Resolved, None),
        ("contract-review", "read", Outcome::Resolved, None),
        ("ticket-triage", "rank", Outcome::Resolved, None),
        ("call-transcripts", "listen", Outcome::Resolved, None),
        ("call-transcripts", "summary", Outcome::Pooled, None),
        ("partner-onboarding", "guide", Outcome::Resolved, None),
        ("sandbox-playground", "try", Outcome::Resolved, None),
        ("qa-regression", "compare", Outcome::Resolved, None),
        ("thesis-miner", "reason", Outcome::Resolved, None),
        ("board-pack", "collect", Outcome::Resolved, None),
        ("campaign-writer", "draft", Outcome::Resolved, None),
        ("shift-handover", "translate", Outcome::Resolved, None),
        ("data-residency-check", "judge", Outcome::Resolved, None),
    ] {
        let found = answers[&(workflow.into(), node.into())];
        assert_eq!((found.outcome, found.reason), (outcome, reason), "{workflow}/{node}");
    }
}

#[test]
fn a_rule_that_is_said_to_be_shadowed_decides_nowhere() {
    let demo = demo(100);
    let catalogue = catalogue(&demo);
    let key = catalogue.credentials().named("openai-tier1").unwrap();
    assert!(answers(&catalogue).values().all(|answer| answer.credential != Some(key)));
    assert_eq!(catalogue.links().rules_naming.of(key).len(), 1);
}

#[test]
fn everyday_workflows_work() {
    for seed in 0..2 {
        let demo = Demo::generate(&Options { workflows: 100, seed, now: now() });
        let everyday: HashSet<String> = everyday::workflows(seed).into_iter().map(|it| it.name).collect();
        let broken: Vec<_> = answers(&catalogue(&demo))
            .into_iter()
            .filter(|((workflow, _), answer)| everyday.contains(&**workflow) && !answer.outcome.gives_key())
            .map(|(place, answer)| (place, answer.outcome, answer.reason))
            .collect();
        assert!(broken.is_empty(), "{seed}: {broken:#?}");
    }
}

#[test]
fn a_large_demo_mostly_works_too() {
    let answers = answers(&catalogue(&demo(1_000)));
    let working = answers.values().filter(|answer| answer.outcome.gives_key()).count();
    assert!(working * 4 >= answers.len() * 3, "{working} of {}", answers.len());
}
