//! One secret under several names: what one name may not, the other does.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, say},
    survey::Survey,
};
use crate::{
    domain::{
        catalogue::Ix,
        change::Change,
        credential::{Credential, State},
    },
    resolve::{self, answer::Reason, reverse},
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for group in survey.twins {
        let fault = |key: &&Ix<Credential>| resolve::fault_of_itself(survey.catalogue, **key, survey.now);
        let usable: Vec<_> = group.iter().filter(|key| fault(key).is_none()).copied().collect();
        if let Some(&revoked) = group.iter().find(|key| fault(key) == Some(Reason::Revoked)) {
            findings.extend(usable.iter().map(|&key| Finding {
                code: Code::RevokedSecret,
                severity: Severity::Error,
                subject: Subject::Key(key),
                message: say![key, " holds the secret of ", revoked, ", which is revoked."],
                suggestion: Suggestion::Advice(say!["Rotate it at the vendor and store the new secret."]),
            }));
        } else if let [first, rest @ ..] = &usable[..]
            && !rest.is_empty()
        {
            findings.push(Finding {
                code: Code::DuplicateKey,
                severity: Severity::Warning,
                subject: Subject::Key(*first),
                message: sentence(&usable),
                suggestion: suggestion(survey, &usable),
            });
        }
    }
}

fn sentence(keys: &[Ix<Credential>]) -> Message {
    let mut parts: Vec<Part> = Vec::new();
    for (number, &key) in keys.iter().enumerate() {
        let link = match number {
            0 => "",
            _ if number + 1 == keys.len() => " and ",
            _ => ", ",
        };
        parts.extend([link.into(), key.into()]);
    }
    parts.remove(0);
    parts.push(" hold the same secret.".into());
    Message::of(parts)
}

/// Those that nothing names can go out of use, if that leaves one.
fn suggestion(survey: &Survey<'_>, keys: &[Ix<Credential>]) -> Suggestion {
    let is_named = |key: &&Ix<Credential>| {
        reverse::mentions(survey.catalogue, **key).next().is_some() || survey.could_come_out(**key)
    };
    let named = keys.iter().filter(is_named).count();
    let idle: Vec<_> = keys.iter().filter(|key| !is_named(key)).collect();
    let spared = usize::from(named == 0);
    if named > 1 {
        return Suggestion::Advice(say!["Assign one of them wherever another is used, and remove the others."]);
    }
    let disable = |key: &Ix<Credential>| {
        let it = survey.catalogue.credentials().get(*key)?.clone();
        Change::edit(it.clone(), Credential { state: State::Disabled, ..it })
    };
    Suggestion::Changes(idle.into_iter().skip(spared).filter_map(disable).collect())
}
