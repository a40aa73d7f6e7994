//! A lint tells each reader what they may read, and offers what they may do.

use std::sync::Arc;

use super::*;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        catalogue::Catalogue,
        credential::{Owner, State, UsableBy},
        fact::Facts,
    },
    rights::fixture::{self, id, organisation, rule, whole},
};

const NOW: &str = "2026-06-15T12:00:00Z";

/// The organisation with something wrong about everybody's key.
fn untidy() -> Catalogue {
    let preferred = |word: &str, scope, key: &str| Assignment {
        strength: Strength::Preferred,
        ..rule(word, scope, Target::Key(id(key)))
    };
    let lent = Credential {
        owner: Owner::Operator(id("bob")),
        usable_by: vec![UsableBy::Workflow(id("leads"))],
        ..fixture::credential("key-bob-lent", Owner::System)
    };
    let gone = Credential { state: State::Revoked, ..fixture::credential("key-bob", Owner::Operator(id("bob"))) };
    let pool = fixture::pool("mixed", &[("key-system", 1), ("key-bob", 1)]);
    let changes = [
        Change::add(lent),
        Change::remove(fixture::credential("key-bob", Owner::Operator(id("bob")))),
        Change::add(gone),
        Change::add(pool),
        Change::add(preferred("r1", Scope::Workflow(id("leads")), "key-bob-lent")),
        Change::add(preferred("r2", Scope::Department(id("Sales")), "key-bob")),
        Change::add(preferred("r3", Scope::Workspace, "key-payroll")),
        Change::add(rule("r4", Scope::System, Target::Pool(id("mixed")))),
    ];
    organisation(&[whole(crate::domain::people::Role::Viewer)]).with_changes(&changes, None)
}

fn lint(login: &str) -> Lint {
    let facts = Facts { same: vec![vec![id("key-bob-lent"), id("key-sales")]], ..Facts::default() };
    let view = View::rehearsed(untidy().with_facts(Arc::new(facts)), login, false);
    view.lint(WITHIN_DAYS, NOW.parse().unwrap())
}

fn codes(lint: &Lint) -> Vec<Code> {
    lint.findings.iter().map(|it| it.code).collect()
}

#[test]
fn nobody_reads_of_what_they_may_not_list() {
    for login in ["alice", "sam", "root", "bob", "stranger"] {
        let lint = lint(login);
        for finding in &lint.findings {
            let text = serde_json::to_string(&lint.row(finding)).unwrap();
            let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
            for (ix, key) in lint.view.catalogue().credentials().iter() {
                let seen = lint.view.sight(ix) == Sight::Full;
                assert!(seen || !words.contains(&*key.name), "{login}: {text}");
            }
        }
    }
    assert!(lint("stranger").findings.is_empty());
    assert!(lint("stranger").hidden.values().sum::<usize>() > 4);
}

#[test]
fn a_finding_about_a_private_key_is_its_owners_and_counted_for_others() {
    let (own, admins) = (lint("bob"), lint("root"));
    assert!(codes(&own).contains(&Code::LentKey), "{own:?}");
    assert!(!codes(&admins).contains(&Code::LentKey), "{admins:?}");
    assert!(admins.hidden[&Severity::Hint] > 0);
    // Twins are told among keys that are listed alone.
    assert!(!codes(&admins).contains(&Code::DuplicateKey), "{admins:?}");
}

#[test]
fn what_is_masked_is_told_by_its_reason_alone() {
    let lint = lint("root");
    let dead = lint.findings.iter().find(|it| it.code == Code::DeadMember).expect("the pool is seen");
    assert_eq!(lint.sentence(dead), "Pool mixed has a member that can never be chosen: a private key is revoked.");
    assert!(!lint.remedy(dead).contains("key-bob"), "{}", lint.remedy(dead));
}

#[test]
fn changes_are_offered_with_what_stands_in_their_way() {
    let (viewer, admin) = (lint("alice"), lint("root"));
    let rule = |lint: &Lint| lint.findings.iter().find(|it| it.code == Code::RevokedKey).cloned().expect("r2");
    assert!(viewer.obstacle(&rule(&viewer)).is_some());
    assert_eq!(admin.obstacle(&rule(&admin)), None);
    let (theirs, ours) = (viewer.fixes(&[]), admin.fixes(&[]));
    assert_eq!((theirs.mended, theirs.changes.len()), (0, 0));
    assert!(theirs.refused > 0 && ours.mended > 0 && ours.changes.len() >= ours.mended - ours.waiting);
    assert!(admin.view.obstacles(&ours.changes).is_empty(), "together, too");
}

#[test]
fn two_suggestions_for_one_thing_wait_for_each_other() {
    let mut lint = lint("root");
    let first = lint.findings.iter().find(|it| it.code == Code::RevokedKey).cloned().expect("r2");
    let Suggestion::Changes(changes) = &first.suggestion else { panic!("{first:?}") };
    let Some(crate::domain::record::Record::Assignment(rule)) = changes[0].before().cloned() else { panic!("a rule") };
    let note = Assignment { note: Some("another".into()), ..rule.clone() };
    let other = Suggestion::Changes(vec![Change::edit(rule, note).unwrap()]);
    lint.findings = vec![first.clone(), first.clone(), Finding { suggestion: other, ..first }];
    let fixes = lint.fixes(&[]);
    assert_eq!((fixes.changes.len(), fixes.mended, fixes.waiting, fixes.refused), (1, 2, 1, 0));
}
