//! The lint on drawn worlds: it finds what the reference finds, and what it suggests mends without harm.

use std::collections::BTreeSet;

use keydeck::{
    domain::catalogue::Catalogue,
    lint::{self, Code, Finding, Ground, Severity, Subject, WITHIN_DAYS},
    resolve::{
        answer::Answer,
        query::{Inputs, Place, Query},
    },
};
use proptest::prelude::*;

use super::{
    config,
    workspace::{instant, world},
};

fn look(catalogue: &Catalogue, now: keydeck::domain::Timestamp) -> Vec<Finding> {
    // Which secrets are the same is not drawn: each key and the next but one are.
    let all: Vec<_> = catalogue.credentials().rows().map(|(ix, _)| ix).collect();
    let twins: Vec<Vec<_>> = all.chunks(3).map(<[_]>::to_vec).collect();
    lint::lint(catalogue, Ground { now, within_days: WITHIN_DAYS, twins: &twins })
}

fn answers(catalogue: &Catalogue, now: keydeck::domain::Timestamp) -> Vec<Answer> {
    let inputs = Inputs::default();
    let nodes = catalogue.nodes().rows().map(|(ix, _)| ix);
    nodes
        .map(|ix| keydeck::resolve::answer(catalogue, &Query { place: Place::Node(ix), now, inputs: &inputs }))
        .collect()
}

fn errors(findings: &[Finding]) -> BTreeSet<(Code, Subject)> {
    findings.iter().filter(|it| it.severity == Severity::Error).map(|it| (it.code, it.subject)).collect()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn what_is_suggested_mends_and_makes_no_new_error(world in world(), now in instant()) {
        let catalogue = world.catalogue();
        let found = look(&catalogue, now);
        let before = errors(&found);
        for finding in found.iter().filter(|it| !it.suggestion.changes().is_empty()) {
            let after = catalogue.with_changes(finding.suggestion.changes(), None);
            let again = look(&after, now);
            let gone = again.iter().all(|it| (it.code, it.subject) != (finding.code, finding.subject));
            prop_assert!(gone, "{finding:?} is still there");
            let new: Vec<_> = errors(&again).difference(&before).copied().collect();
            prop_assert!(new.is_empty(), "{finding:?} makes {new:?}");
        }
    }

    #[test]
    fn a_rule_that_can_go_changes_no_answer(world in world(), now in instant()) {
        let catalogue = world.catalogue();
        let idle = [Code::ShadowedRule, Code::IdleRule, Code::PastRule];
        for finding in look(&catalogue, now).iter().filter(|it| idle.contains(&it.code)) {
            let after = catalogue.with_changes(finding.suggestion.changes(), None);
            prop_assert_eq!(answers(&catalogue, now), answers(&after, now), "{:?}", finding);
        }
    }

    #[test]
    fn every_node_without_a_key_is_told_once(world in world(), now in instant()) {
        let catalogue = world.catalogue();
        let told: Vec<_> = look(&catalogue, now).iter().filter(|it| it.code == Code::NoKey).map(|it| it.subject).collect();
        let nodes = catalogue.nodes().rows().map(|(ix, _)| Subject::Node(ix));
        let without = nodes.zip(answers(&catalogue, now)).filter(|(_, answer)| !answer.outcome.gives_key());
        let without: BTreeSet<_> = without.map(|(subject, _)| subject).collect();
        prop_assert_eq!(told.len(), without.len());
        prop_assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), without);
    }
}
