//! Keys known by name only that enforced workflows get: nothing can be handed out for them.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
};
use crate::domain::credential::SecretRef;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, _) in survey.catalogue.credentials().iter().filter(|(_, it)| it.secret == SecretRef::Absent) {
        let enforced = survey.key(ix).enforced as usize;
        if enforced > 0 {
            let nodes = count(enforced, "node");
            findings.push(Finding {
                code: Code::AbsentSecret,
                severity: Severity::Warning,
                subject: Subject::Key(ix),
                message: say![ix, format!(" is known by name only, and {nodes} of enforced workflows should get it.")],
                suggestion: Suggestion::Advice(say!["Store its secret, or say where it is kept."]),
            });
        }
    }
}
