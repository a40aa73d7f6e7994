//! What ends soon: keys in use, rules that give keys, and the tokens of programs.

use jiff::SignedDuration;

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
    unreadable::used_by,
};
use crate::domain::{Timestamp, credential::State, name::printable};

/// The seconds of a day.
const DAY: i64 = 86_400;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    keys(survey, findings);
    rules(survey, findings);
    tokens(survey, findings);
}

fn keys(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, key) in survey.catalogue.credentials().iter() {
        let uses = survey.key(ix).uses as usize;
        let Some((at, when)) = key.expires.and_then(|at| soon(survey, at)) else { continue };
        if key.state != State::Active || uses == 0 {
            continue;
        }
        findings.push(Finding {
            code: Code::ExpiringKey,
            severity: Severity::Warning,
            subject: Subject::Key(ix),
            message: say![ix, format!(" expires {when}, at {at}, and {} it.", used_by(uses))],
            suggestion: Suggestion::Advice(say!["Rotate it, or let it expire later."]),
        });
    }
}

fn rules(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, row, tally) in survey.rules() {
        let Some((at, when)) = row.until.and_then(|at| soon(survey, at)).filter(|_| tally.works > 0) else { continue };
        let advice = format!("See with \"keydeck resolve --at {at}\" what comes after it, or let it end later.");
        findings.push(Finding {
            code: Code::EndingRule,
            severity: Severity::Warning,
            subject: Subject::Rule(ix),
            message: say![
                ix,
                format!(" ends {when}, at {at}, and decides for {}.", count(tally.works as usize, "node"))
            ],
            suggestion: Suggestion::Advice(say![advice]),
        });
    }
}

fn tokens(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for token in &survey.catalogue.facts().tokens {
        let Some((at, when)) = soon(survey, token.expires) else { continue };
        let Some(operator) = survey.catalogue.operators().find(token.operator) else { continue };
        let token = format!("The token {} of ", printable(&token.name));
        findings.push(Finding {
            code: Code::ExpiringToken,
            severity: Severity::Warning,
            subject: Subject::Operator(operator),
            message: say![token, operator, format!(" expires {when}, at {at}; its program is refused from then on.")],
            suggestion: Suggestion::Advice(say![
                "Make another with \"keydeck token add\", hand it to the program, and revoke this one."
            ]),
        });
    }
}

/// Returns when something ends, with how long that is, if it ends soon and has not yet.
fn soon(survey: &Survey<'_>, at: Timestamp) -> Option<(Timestamp, String)> {
    let within = SignedDuration::from_secs(i64::from(survey.within_days) * DAY);
    let horizon = survey.now.checked_add(within).unwrap_or(Timestamp::MAX);
    let days = usize::try_from((at.as_second() - survey.now.as_second()) / DAY).unwrap_or_default();
    let when = if days == 0 { "within a day".to_owned() } else { format!("in {}", count(days, "day")) };
    (survey.now < at && at <= horizon).then_some((at, when))
}
