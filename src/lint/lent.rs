//! Private keys that the workflows of others use. It may be meant; their owners should know.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
};
use crate::domain::catalogue::row::OwnerIx;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, row) in survey.catalogue.credentials().rows() {
        let (tally, OwnerIx::Operator(owner)) = (survey.key(ix), row.owner) else { continue };
        let Some(example) = tally.borrower else { continue };
        let nodes = count(tally.of_others as usize, "node");
        let told = format!(", and {nodes} of others' workflows use it, for instance ");
        findings.push(Finding {
            code: Code::LentKey,
            severity: Severity::Hint,
            subject: Subject::Key(ix),
            message: say![ix, " is private to ", owner, told, example, "."],
            suggestion: Suggestion::Advice(say!["If that is not meant, take it out of the key's usable_by."]),
        });
    }
}
