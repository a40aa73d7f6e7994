//! Keys in use that expire soon.

use jiff::SignedDuration;

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
    unreadable::used_by,
};
use crate::domain::credential::State;

/// The seconds of a day.
const DAY: i64 = 86_400;

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let within = SignedDuration::from_secs(i64::from(survey.within_days) * DAY);
    let horizon = survey.now.checked_add(within).unwrap_or(jiff::Timestamp::MAX);
    for (ix, key) in survey.catalogue.credentials().iter() {
        let uses = survey.key(ix).uses as usize;
        let Some(at) = key.expires.filter(|&at| survey.now < at && at <= horizon) else { continue };
        if key.state != State::Active || uses == 0 {
            continue;
        }
        let days = usize::try_from((at.as_second() - survey.now.as_second()) / DAY).unwrap_or_default();
        let when = if days == 0 { "within a day".to_owned() } else { format!("in {}", count(days, "day")) };
        findings.push(Finding {
            code: Code::ExpiringKey,
            severity: Severity::Warning,
            subject: Subject::Key(ix),
            message: say![ix, format!(" expires {when}, at {at}, and {} it.", used_by(uses))],
            suggestion: Suggestion::Advice(say!["Rotate it, or let it expire later."]),
        });
    }
}
