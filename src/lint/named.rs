//! Keys that are out of use and still named: by rules, by nodes, by instances. Pools have a rule of their own.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Part, say},
    survey::Survey,
};
use crate::{
    domain::{
        assignment::{Assignment, Strength, Target},
        catalogue::Ix,
        change::Change,
        credential::Credential,
    },
    resolve::{self, answer::Reason},
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let (catalogue, links) = (survey.catalogue, survey.catalogue.links());
    for (ix, key) in catalogue.credentials().iter() {
        let (code, why) = match resolve::fault_of_itself(catalogue, ix, survey.now) {
            Some(Reason::Revoked) => (Code::RevokedKey, Part::from(", which is revoked.")),
            Some(Reason::Disabled) => (Code::DisabledKey, Part::from(", which is disabled.")),
            Some(Reason::Expired) => {
                let at = key.expires.map(|at| format!(" at {at}")).unwrap_or_default();
                (Code::ExpiredKey, Part::Of(ix, format!(", which expired{at}."), ", which expired."))
            }
            _ => continue,
        };
        let rules = links.rules_naming.of(ix).iter().filter(|&&rule| survey.rule(rule).may_matter());
        let rules = rules.map(|&rule| (Subject::Rule(rule), of_rule(survey, rule, code)));
        let nodes = links.nodes_fixing.of(ix).iter().map(|&node| (Subject::Node(node), assign_another()));
        let instances =
            links.instances_naming.of(ix).iter().map(|&instance| (Subject::Instance(instance), assign_another()));
        findings.extend(rules.chain(nodes).chain(instances).map(|(subject, suggestion)| Finding {
            code,
            severity: if code == Code::DisabledKey { Severity::Hint } else { Severity::Warning },
            subject,
            message: say![subject, " names ", ix, why.clone()],
            suggestion,
        }));
    }
}

/// A preferred rule that is always skipped can go. A required one stops the search: without it another key would be
/// used, which nobody asked for.
fn of_rule(survey: &Survey<'_>, rule: Ix<Assignment>, code: Code) -> Suggestion {
    match survey.catalogue.assignments().get(rule) {
        Some(it)
            if code != Code::DisabledKey
                && it.strength == Strength::Preferred
                && matches!(it.target, Target::Key(_)) =>
        {
            Suggestion::change(Some(Change::remove(it.clone())))
        }
        _ => assign_another(),
    }
}

fn assign_another() -> Suggestion {
    Suggestion::Advice(say!["Assign another key in its place; merely taking it away lets another rule decide."])
}

/// Writes why a key can be used nowhere, for a list of them.
pub(super) fn clause(survey: &Survey<'_>, key: Ix<Credential>, reason: Reason) -> Part {
    let expires = survey.catalogue.credentials().row(key).and_then(|row| row.expires);
    match (reason, expires) {
        (Reason::Expired, Some(at)) => Part::Of(key, format!(" expired at {at}"), " expired"),
        (Reason::Expired, None) => Part::from(" expired"),
        (Reason::Revoked, _) => Part::from(" is revoked"),
        (Reason::Disabled, _) => Part::from(" is disabled"),
        (Reason::NotYetValid, _) => Part::from(" is not valid yet"),
        (Reason::WrongProvider, _) => Part::from(" belongs to another provider"),
        (Reason::Unreadable, _) => Part::from(" can't be opened"),
        _ => Part::from(" is not there"),
    }
}
