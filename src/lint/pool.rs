//! Pools: members that can never be chosen, and pools with no usable member, or with one.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, count, say},
    named,
    survey::Survey,
};
use crate::{
    domain::{
        catalogue::{Ix, row::PoolRow},
        change::Change,
        credential::{Credential, Pool},
    },
    resolve::{self, answer::Reason},
};

/// How many members a sentence names.
const NAMED: usize = 3;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, row) in survey.catalogue.pools().rows() {
        let faults: Vec<(Ix<Credential>, Reason)> =
            row.members.iter().filter_map(|&(key, _)| Some((key, fault(survey, row, key)?))).collect();
        let dead: Vec<_> = faults.iter().copied().filter(|(_, reason)| is_dead(*reason)).collect();
        if !dead.is_empty() {
            findings.push(dead_members(survey, ix, row, &dead));
        }
        let usable = row.members.iter().filter(|(key, weight)| *weight > 0 && faults.iter().all(|it| it.0 != *key));
        match usable.count() {
            0 => findings.push(Finding {
                code: Code::EmptyPool,
                severity: Severity::Warning,
                subject: Subject::Pool(ix),
                message: say![ix, " has no member that can be used."],
                suggestion: Suggestion::Advice(say!["Add a usable key to it, or give one of its members a weight."]),
            }),
            1 => findings.push(Finding {
                code: Code::ThinPool,
                severity: if row.members.len() > 1 { Severity::Warning } else { Severity::Hint },
                subject: Subject::Pool(ix),
                message: say![ix, " has one member that can be used: there is nothing to share the load with."],
                suggestion: Suggestion::Advice(say!["Add a usable key to it, or assign its one key without a pool."]),
            }),
            _ => {}
        }
    }
}

fn fault(survey: &Survey<'_>, row: &PoolRow, key: Ix<Credential>) -> Option<Reason> {
    match survey.catalogue.credentials().row(key) {
        Some(member) if member.provider != row.provider => Some(Reason::WrongProvider),
        _ => resolve::fault_of_itself(survey.catalogue, key, survey.now),
    }
}

/// Says whether a member will not come back by itself.
const fn is_dead(reason: Reason) -> bool {
    matches!(reason, Reason::Revoked | Reason::Expired | Reason::UnknownKey | Reason::WrongProvider)
}

fn dead_members(survey: &Survey<'_>, ix: Ix<Pool>, row: &PoolRow, dead: &[(Ix<Credential>, Reason)]) -> Finding {
    let mut parts = vec![Part::from(ix)];
    let members = if dead.len() == 1 { "a member".to_owned() } else { count(dead.len(), "member") };
    parts.push(format!(" has {members} that can never be chosen: ").into());
    for (number, &(key, reason)) in dead.iter().take(NAMED).enumerate() {
        if number > 0 {
            parts.push(", ".into());
        }
        parts.extend([Part::from(key), named::clause(survey, key, reason)]);
    }
    let more = dead.len().saturating_sub(NAMED);
    parts.push(if more > 0 { format!(", and {more} more.").into() } else { ".".into() });
    // A key of another provider is refused when it is written. Where it came in all the same, a rule may have come with
    // it that uses the pool for just that provider, so nobody takes it away without a look.
    let is_lawful = dead.iter().all(|(_, reason)| *reason != Reason::WrongProvider);
    let suggestion = match survey.catalogue.pools().get(ix) {
        Some(pool) if is_lawful && dead.len() < row.members.len() => Suggestion::change(without(survey, pool, dead)),
        _ => Suggestion::Advice(say!["Put other keys into it, or remove it."]),
    };
    let (code, severity) = (Code::DeadMember, Severity::Warning);
    Finding { code, severity, subject: Subject::Pool(ix), message: Message::of(parts), suggestion }
}

fn without(survey: &Survey<'_>, pool: &Pool, dead: &[(Ix<Credential>, Reason)]) -> Option<Change> {
    let credentials = survey.catalogue.credentials();
    let mut after = pool.clone();
    after.members.retain(|member| dead.iter().all(|&(key, _)| credentials.id(key) != member.key));
    Change::edit(pool.clone(), after)
}
