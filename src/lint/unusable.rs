//! Rules whose key can be used nowhere that they speak: it is for other models, environments or owners.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, count, say},
    survey::{RuleTally, Survey},
};
use crate::{
    domain::{
        assignment::{Assignment, Strength},
        catalogue::{Ix, row::RuleRow, row::TargetIx},
        change::Change,
    },
    resolve::answer::{Reason, Source},
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, row, tally) in survey.rules() {
        let Some((reason, why)) = tally.reason.and_then(|reason| Some((reason, words(reason)?))) else { continue };
        let target: Part = match row.target {
            TargetIx::Key(key) => key.into(),
            TargetIx::Pool(pool) => pool.into(),
            TargetIx::Variable { .. } | TargetIx::Deny => continue,
        };
        if tally.fails + tally.outranked != tally.speaks {
            continue;
        }
        let fails = tally.fails as usize;
        let nodes =
            if fails == 1 { "at the one node".to_owned() } else { format!("at any of the {}", count(fails, "node")) };
        findings.push(Finding {
            code: Code::UnusableTarget,
            severity: Severity::Warning,
            subject: Subject::Rule(ix),
            message: say![ix, " gives ", target, format!(", which can't be used {nodes} where it is tried: {why}.")],
            suggestion: suggestion(survey, ix, row, tally, reason),
        });
    }
}

fn suggestion(survey: &Survey<'_>, ix: Ix<Assignment>, row: &RuleRow, tally: &RuleTally, reason: Reason) -> Suggestion {
    // A caller may name another environment, in which the key would do.
    let never = reason != Reason::WrongEnvironment && tally.later == 0 && tally.elsewhere == 0;
    match (survey.catalogue.assignments().get(ix), tally.failing) {
        (Some(it), _) if row.strength == Strength::Preferred && never => {
            Suggestion::change(Some(Change::remove(it.clone())))
        }
        (_, Some(node)) if survey.answer(node).is_some_and(|it| it.source == Some(Source::Rule(ix))) => {
            Suggestion::Advice(Message::of(vec![Part::Remedy(node)]))
        }
        _ => Suggestion::Advice(say!["Assign a key that may be used there."]),
    }
}

const fn words(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::ModelNotAllowed => Some("it is for other models"),
        Reason::WrongEnvironment => Some("it is for another environment"),
        Reason::NotOwner => Some("it belongs to somebody else"),
        Reason::OwnerPolicy => Some("their owner policy forbids it"),
        _ => None,
    }
}
