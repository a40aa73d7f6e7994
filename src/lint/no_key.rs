//! Nodes without a key: whatever the reason, in the words of the resolution.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, say},
    survey::Survey,
};
use crate::resolve::answer::Outcome;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (node, answer) in survey.answers().filter(|(_, answer)| !answer.outcome.gives_key()) {
        let workflow = survey.workflow_of(node).and_then(|ix| survey.catalogue.workflows().get(ix));
        let severity = match answer.outcome {
            // Somebody meant it, or the run brings the value along.
            Outcome::Denied | Outcome::MissingInput => Severity::Hint,
            _ if workflow.is_some_and(|it| it.draft) => Severity::Warning,
            _ => Severity::Error,
        };
        findings.push(Finding {
            code: Code::NoKey,
            severity,
            subject: Subject::Node(node),
            message: Message::of(vec![Part::Answer(node)]),
            suggestion: Suggestion::Advice(match answer.outcome {
                Outcome::Denied => say!["Nothing, if that is meant; else assign a key nearer to the node."],
                Outcome::NoMatch => say!["Assign a key to the workflow, or to something above it."],
                _ => Message::of(vec![Part::Remedy(node)]),
            }),
        });
    }
}
