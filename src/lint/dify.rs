//! Workflows that Dify runs by its own rules, and for which it uses another key than keydeck answers.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Part, count, say},
    survey::Survey,
};
use crate::{
    domain::{catalogue::Ix, workflow::Node},
    resolve::{
        answer::{Answer, Outcome},
        everywhere::of_dify,
    },
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let catalogue = survey.catalogue;
    for (ix, _) in catalogue.workflows().iter().filter(|(_, it)| it.is_difys()) {
        let nodes = catalogue.links().nodes_of_workflow.of(ix);
        let mut differing = nodes.iter().filter_map(|&node| differs(survey, node));
        let Some((example, theirs)) = differing.next() else { continue };
        let number = 1 + differing.count();
        let what: Part = match (theirs.credential, theirs.pool) {
            (_, Some(pool)) => pool.into(),
            (Some(key), None) => key.into(),
            (None, None) => "no key".into(),
        };
        let at = format!(" another key than keydeck answers at {}, for instance ", count(number, "node"));
        findings.push(Finding {
            code: Code::DifyDiffers,
            severity: Severity::Warning,
            subject: Subject::Workflow(ix),
            message: say!["Dify uses for ", ix, at, what, " at ", example, "."],
            suggestion: Suggestion::Advice(say![
                "Assign what Dify uses, or hand the keys out by keydeck and set force=enforced."
            ]),
        });
    }
}

/// Returns what Dify uses, if that is known and another than ours.
fn differs(survey: &Survey<'_>, node: Ix<Node>) -> Option<(Ix<Node>, Answer)> {
    let (ours, theirs) = (survey.answer(node)?, of_dify(survey.catalogue, node, survey.now));
    let what = |answer: &Answer| (answer.outcome, answer.credential, answer.pool);
    // Without a rule of the workspace it is unknown, not none, what Dify uses.
    (theirs.outcome != Outcome::NoMatch && what(&ours) != what(&theirs)).then_some((node, theirs))
}
