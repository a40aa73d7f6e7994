//! Each rule speaks where it should, in these words, and keeps silent elsewhere.

use super::*;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Instance, Owner, Parameter, SecretRef, State, UsableBy},
        fact::{Answer, Verified},
        money::{Budget, BudgetKind, MicroDollars},
        people::Department,
        provider::ModelKind,
        workflow::{App, Force, Node, Ownership, Uses, Workflow},
    },
    resolve::fixture::*,
};

mod flaws;
mod keys;
mod places;
mod rules;

/// What a lint of a world says of one code: severity, sentence, and what would mend it. `+` stands for changes.
fn said(world: &World, code: Code) -> Vec<String> {
    said_of(world, code, &[])
}

fn said_of(world: &World, code: Code, twins: &[&[&str]]) -> Vec<String> {
    let twins: Vec<Vec<_>> = twins.iter().map(|group| group.iter().map(|name| world.ix(name)).collect()).collect();
    let ground = Ground { now: world.now, within_days: WITHIN_DAYS, twins: &twins };
    let findings = lint(&world.catalogue, ground);
    assert!(findings.is_sorted_by_key(|it| (it.severity, it.code)), "worst first");
    for finding in &findings {
        assert!(!matches!(&finding.suggestion, Suggestion::Changes(changes) if changes.is_empty()), "{finding:?}");
    }
    let of_code = findings.iter().filter(|it| it.code == code);
    of_code.map(|it| words(world, it)).collect()
}

fn words(world: &World, finding: &Finding) -> String {
    let sentence = finding.message.text(&world.catalogue, &world.catalogue, world.now);
    let remedy = match &finding.suggestion {
        Suggestion::Advice(message) => message.text(&world.catalogue, &world.catalogue, world.now),
        Suggestion::Changes(changes) => {
            let after = world.catalogue.with_changes(changes, None);
            let [was, will] = [&world.catalogue, &after].map(crate::form::lookup::Lookup::new);
            let words = crate::plan::Words::new(was, will);
            changes.iter().map(|change| format!("+{}", words.sentence(change))).collect::<Vec<_>>().join(" ")
        }
    };
    format!("{}: {sentence} → {remedy}", finding.severity.word())
}

/// The world of the fixture with a key for the node, by the workspace.
fn working() -> World {
    World::new().with_keys(["a"]).with(rule("r", Scope::Workspace, to("a")))
}

#[track_caller]
fn says(world: &World, code: Code, expected: &str) {
    assert_eq!(said(world, code), [expected]);
}

#[track_caller]
fn is_silent(world: &World, code: Code) {
    assert_eq!(said(world, code), <[String; 0]>::default(), "{}", code.word());
}

#[test]
fn a_world_in_order_has_no_error_and_words_are_read_back() {
    let ground = Ground { now: now(), within_days: WITHIN_DAYS, twins: &[] };
    let found: Vec<Code> = lint(&working().catalogue, ground).iter().map(|it| it.code).collect();
    assert_eq!(found, [Code::LooseKey]);
    for &code in Code::ALL {
        assert_eq!(Code::from_word(code.word()), Some(code));
        assert_eq!(serde_json::to_value(code).unwrap(), code.word());
        assert!(code.meaning().ends_with('.') && !code.meaning().starts_with(' '), "{}", code.meaning());
    }
    assert!(Severity::ALL.into_iter().all(|it| Severity::from_word(it.word()) == Some(it)));
}
