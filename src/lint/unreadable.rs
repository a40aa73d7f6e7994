//! Keys whose secret does not open, and keys that their vendor refuses.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
};
use crate::{
    domain::{credential::SecretRef, credential::State, fact::Answer},
    resolve,
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let (catalogue, facts) = (survey.catalogue, survey.catalogue.facts());
    for (ix, key) in catalogue.credentials().iter() {
        let uses = survey.key(ix).uses as usize;
        let unreadable = matches!(&key.secret, SecretRef::Sealed(sealed) if facts.unreadable.contains(&sealed.version));
        if unreadable && key.state != State::Revoked {
            findings.push(Finding {
                code: Code::UnreadableKey,
                severity: Severity::Error,
                subject: Subject::Key(ix),
                message: say![ix, " can't be opened: its secret was stored under another SECRET_KEY, or is damaged."],
                suggestion: Suggestion::Advice(say!["Store its secret again, or find the SECRET_KEY of then."]),
            });
        }
        let verified = facts.verified.get(&key.id).filter(|_| uses > 0);
        let said = verified.and_then(|it| match it.answer {
            Answer::Refused => Some((it.at, "was refused by its vendor")),
            Answer::OutOfQuota => Some((it.at, "had used up its quota, said its vendor")),
            Answer::Works | Answer::Unreachable => None,
        });
        if let Some((at, said)) = said.filter(|_| resolve::fault_of_itself(catalogue, ix, survey.now).is_none()) {
            let told = format!("{said} at {at}, and {} it.", used_by(uses));
            findings.push(Finding {
                code: Code::RefusedKey,
                severity: Severity::Warning,
                subject: Subject::Key(ix),
                message: say![ix, " ", told],
                suggestion: Suggestion::Advice(say!["Ask the vendor, then rotate the key or assign another."]),
            });
        }
    }
}

/// Writes `1 node uses`, `3 nodes use`.
pub(super) fn used_by(uses: usize) -> String {
    format!("{} {}", count(uses, "node"), if uses == 1 { "uses" } else { "use" })
}
