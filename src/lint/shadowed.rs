//! Rules that can never decide: wherever they speak, something before them always does.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, count, say},
    survey::{RuleTally, Survey},
};
use crate::{
    domain::{
        assignment::Assignment,
        catalogue::{Ix, row::ScopeIx},
        change::Change,
    },
    resolve::answer::Source,
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, row, tally) in survey.rules().filter(|(_, _, tally)| tally.is_shadowed()) {
        let severity = match row.scope {
            ScopeIx::Workflow(_) | ScopeIx::App(_) | ScopeIx::Owner(_) => Severity::Warning,
            // The wider ones are also for workflows that are still to come.
            ScopeIx::Department(_) | ScopeIx::Workspace | ScopeIx::System => Severity::Hint,
        };
        findings.push(Finding {
            code: Code::ShadowedRule,
            severity,
            subject: Subject::Rule(ix),
            message: sentence(ix, tally),
            suggestion: Suggestion::change(survey.catalogue.assignments().get(ix).cloned().map(Change::remove)),
        });
    }
}

fn sentence(ix: Ix<Assignment>, tally: &RuleTally) -> Message {
    let speaks = tally.speaks as usize;
    match tally.outranker {
        Some(Source::Rule(other)) => say![ix, " can never decide: ", other, " always decides first."],
        Some(Source::Node(node)) => say![ix, " can never decide: ", node, " names its own key."],
        Some(Source::Instance(instance)) => say![ix, " can never decide: ", instance, " names its own key."],
        Some(Source::Override) | None => {
            let at = count(speaks, "node");
            say![ix, format!(" can never decide: something nearer always does, at all {at} where it speaks.")]
        }
    }
}
