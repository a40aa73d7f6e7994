//! Departments with a budget that no cost centre is known for, of themselves or of those above.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::say,
};
use crate::domain::catalogue::Catalogue;

pub(super) fn look(catalogue: &Catalogue, findings: &mut Vec<Finding>) {
    let departments = catalogue.departments();
    for (ix, _) in departments.iter().filter(|(_, it)| it.budget.is_some()) {
        let mut path = catalogue.path(Some(ix)).filter_map(|ix| departments.get(ix));
        if path.all(|it| it.cost_centre.is_none()) {
            findings.push(Finding {
                code: Code::NoCostCentre,
                severity: Severity::Hint,
                subject: Subject::Department(ix),
                message: say![ix, " has a budget and no cost centre, nor has any department above it."],
                suggestion: Suggestion::Advice(say!["Name the cost centre on which it is booked."]),
            });
        }
    }
}
