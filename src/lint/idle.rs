//! Rules that speak for no node, and rules whose time is over.

use super::{
    dangling,
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, say},
    survey::Survey,
};
use crate::domain::{assignment::Assignment, catalogue::Ix, change::Change};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    if survey.catalogue.nodes().is_empty() {
        return;
    }
    for (ix, row, tally) in survey.rules() {
        let over = row.until.filter(|until| *until <= survey.now);
        if let Some(until) = over {
            findings.push(tidy(survey, Code::PastRule, ix, say![ix, format!(" ended at {until}.")]));
        } else if !tally.is_heard() && !dangling::is_nowhere(survey.catalogue, row) {
            findings.push(tidy(survey, Code::IdleRule, ix, say![ix, " speaks for no node: nothing there calls it."]));
        }
    }
}

fn tidy(survey: &Survey<'_>, code: Code, ix: Ix<Assignment>, message: Message) -> Finding {
    Finding {
        code,
        severity: Severity::Hint,
        subject: Subject::Rule(ix),
        message,
        suggestion: Suggestion::change(survey.catalogue.assignments().get(ix).cloned().map(Change::remove)),
    }
}
