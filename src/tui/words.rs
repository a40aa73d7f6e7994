//! Words of screens: owners, times, money and reasons, each said in one way everywhere.

use crate::{
    domain::{
        Timestamp,
        catalogue::{ModelIx, row::OwnerIx},
        fact::{self, Spent},
        money::{BudgetKind, MicroDollars},
    },
    ops::view::View,
    resolve::answer::{Answer, Outcome, Reason},
    tui::theme::Role,
};

pub use crate::domain::money::grouped;

/// Says whose something is, with the role that colours it: `Finance`, `alice (private)`, `system`.
pub fn owner(view: &View, owner: Option<OwnerIx>) -> (String, Role) {
    match owner {
        None => ("nobody".to_owned(), Role::Muted),
        Some(OwnerIx::System) => ("system".to_owned(), Role::OwnerSystem),
        Some(OwnerIx::Department(ix)) => (view.department_name(ix).into_owned(), Role::OwnerDepartment),
        Some(OwnerIx::Operator(ix)) => (format!("{} (private)", view.operator_name(ix)), Role::OwnerPrivate),
    }
}

/// Writes an instant as the time of day, in hours and minutes.
pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

/// Says in minutes how long ago an instant was: `now`, `4 min ago`, `2 h ago`.
pub fn minutes_ago(at: Timestamp, now: Timestamp) -> String {
    match now.as_second().saturating_sub(at.as_second()) {
        ..60 => "now".to_owned(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

/// Says how far an instant is away, in its greatest unit: `in 12 days`, `3 h ago`, `now`.
pub fn from_now(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    let (number, unit) = match seconds.abs() {
        0..=59 => return if seconds.abs() < 10 { "now".to_owned() } else { said(seconds, seconds.abs(), "s") },
        60..=3_599 => (seconds.abs() / 60, "min"),
        3_600..=86_399 => (seconds.abs() / 3_600, "h"),
        86_400..=63_071_999 => (seconds.abs() / 86_400, "days"),
        _ => (seconds.abs() / 31_536_000, "years"),
    };
    let unit = match (number, unit) {
        (1, "days") => "day",
        (1, "years") => "year",
        _ => unit,
    };
    said(seconds, number, unit)
}

fn said(seconds: i64, number: i64, unit: &str) -> String {
    if seconds > 0 { format!("in {number} {unit}") } else { format!("{number} {unit} ago") }
}

/// Says what a vendor said of a key, and how long ago, with the role that fits.
pub fn verified(said: Option<&fact::Verified>, now: Timestamp) -> (String, Role) {
    let Some(said) = said else { return ("never".to_owned(), Role::Muted) };
    let role = match said.answer {
        fact::Answer::Works => Role::Ok,
        fact::Answer::Refused => Role::Danger,
        fact::Answer::OutOfQuota | fact::Answer::Unreachable => Role::Warn,
    };
    (format!("{} {}", said.answer.phrase(), from_now(said.at, now)), role)
}

/// Says when a key ends to be valid, with the role that fits.
pub fn expiry(expires: Option<Timestamp>, now: Timestamp, soon: u32) -> (String, Role) {
    match expires {
        None => ("never".to_owned(), Role::Muted),
        Some(at) if at <= now => (format!("expired {}", from_now(at, now)), Role::Danger),
        Some(at) if at.as_second() - now.as_second() <= i64::from(soon) * 86_400 => (from_now(at, now), Role::Warn),
        Some(at) => (from_now(at, now), Role::Text),
    }
}

/// Writes an amount with its sign: `$12.40`; tiny ones keep their digits.
pub fn money(amount: MicroDollars) -> String {
    amount.for_people()
}

/// Writes an amount for where there is little room: large ones without cents.
pub fn short_money(amount: MicroDollars) -> String {
    if amount.0.unsigned_abs() < 100_000_000 {
        return money(amount);
    }
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{sign}${}", grouped((amount.0.unsigned_abs() + 500_000) / 1_000_000))
}

/// Writes a large number in thousands or millions: `412k`, `1,037M`.
pub fn compact(number: u64) -> String {
    match number {
        0..10_000 => grouped(number),
        10_000..10_000_000 => format!("{}k", grouped(number / 1_000)),
        _ => format!("{}M", grouped(number / 1_000_000)),
    }
}

/// Says what was spent; an estimate says so.
pub fn spent(spent: Spent) -> String {
    let about = if spent.estimate { "~" } else { "" };
    format!("{about}{}", money(spent.amount))
}

/// Says what is left of a budget, with the role that fits.
pub fn budget_left(left: Option<(MicroDollars, BudgetKind)>) -> (String, Role) {
    match left {
        None => ("no budget".to_owned(), Role::Muted),
        Some((left, kind)) => {
            let spent = left <= MicroDollars::ZERO;
            let role = match (spent, kind) {
                (true, BudgetKind::Hard) => Role::Danger,
                (true, BudgetKind::Soft) => Role::Warn,
                (false, _) => Role::Money,
            };
            let word = if kind == BudgetKind::Hard { "hard" } else { "soft" };
            (format!("{} left ({word})", money(left)), role)
        }
    }
}

/// Writes what a million tokens cost, in and out: `2.50/10.00`; unknown is unknown, never zero.
pub fn price(view: &View, model: ModelIx, now: Timestamp) -> Option<String> {
    let price = view.price(model, now)?;
    Some(match price.output {
        Some(output) => format!("{}/{output}", price.input),
        None => price.input.to_string(),
    })
}

/// Says a reason in a few words.
pub fn reason(reason: Reason) -> String {
    match reason {
        Reason::NoRule => "no rule".to_owned(),
        Reason::Deny => "denied by rule".to_owned(),
        Reason::NotOwner => "somebody else's".to_owned(),
        Reason::ModelNotAllowed => "other models only".to_owned(),
        Reason::OverBudget => "budget spent".to_owned(),
        Reason::UnpricedModel => "price unknown".to_owned(),
        Reason::NotYetValid => "not valid yet".to_owned(),
        Reason::PoolEmpty => "pool has no usable key".to_owned(),
        Reason::MissingInput => "variable not given".to_owned(),
        other => other.word().replace('_', " "),
    }
}

/// Says what an answer gives, with the role that fits: the key's name, or why there is none.
pub fn answer(view: &View, answer: &Answer) -> (String, Role) {
    match (answer.outcome, answer.credential, answer.pool) {
        (Outcome::Resolved, Some(key), _) => {
            let (_, role) = owner(view, view.owner_of_key(key));
            (view.credential_name(key).into_owned(), role)
        }
        (Outcome::Pooled, Some(key), _) => (format!("{} (pool)", view.credential_name(key)), Role::Accent),
        (Outcome::Pooled, None, Some(pool)) => (format!("pool {}", view.pool_name(pool)), Role::Accent),
        _ => {
            let why = answer.reason.map_or_else(|| "no key".to_owned(), reason);
            let role = if answer.outcome == Outcome::MissingInput { Role::Warn } else { Role::Danger };
            (format!("✗ {why}"), role)
        }
    }
}

/// Says whose the answer's key is; empty if there is none.
pub fn answer_owner(view: &View, answer: &Answer) -> (String, Role) {
    match answer.credential {
        Some(key) if answer.outcome.gives_key() => owner(view, view.owner_of_key(key)),
        _ => (String::new(), Role::Muted),
    }
}

/// Says which layer decided.
pub fn layer(view: &View, answer: &Answer) -> String {
    match (answer.layer, answer.department) {
        (Some(_), Some(department)) => view.department_name(department).into_owned(),
        (Some(layer), None) => layer.word().to_owned(),
        (None, _) => "-".to_owned(),
    }
}

/// Counts things: `1 node`, `3 nodes`.
pub fn count(number: usize, one: &str) -> String {
    let number_words = grouped(number as u64);
    if number == 1 { format!("1 {one}") } else { format!("{number_words} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_said_in_their_greatest_unit() {
        let now = at("2026-06-15T12:00:00Z");
        for (time, words) in [
            ("2026-06-15T12:00:05Z", "now"),
            ("2026-06-15T11:59:20Z", "40 s ago"),
            ("2026-06-15T12:05:00Z", "in 5 min"),
            ("2026-06-15T09:00:00Z", "3 h ago"),
            ("2026-06-27T13:00:00Z", "in 12 days"),
            ("2026-06-14T11:00:00Z", "1 day ago"),
            ("2029-06-15T12:00:00Z", "in 3 years"),
        ] {
            assert_eq!(from_now(at(time), now), words);
        }
        assert_eq!(expiry(Some(at("2026-06-27T13:00:00Z")), now, 14), ("in 12 days".to_owned(), Role::Warn));
        assert_eq!(expiry(Some(at("2026-06-01T00:00:00Z")), now, 14).0, "expired 14 days ago");
    }

    #[test]
    fn money_has_cents_and_thousands() {
        assert_eq!(money(MicroDollars(12_400_000)), "$12.40");
        assert_eq!(money(MicroDollars(-1_234_567_890_000)), "-$1,234,567.89");
        assert_eq!(money(MicroDollars(15)), "$0.000015");
        assert_eq!(money(MicroDollars(0)), "$0.00");
        assert_eq!(short_money(MicroDollars(-1_234_567_890_000)), "-$1,234,568");
        assert_eq!(short_money(MicroDollars(99_990_000)), "$99.99");
        assert_eq!(
            (compact(9_999), compact(412_345), compact(1_036_558_000)),
            ("9,999".into(), "412k".into(), "1,036M".into())
        );
        assert_eq!(count(1, "node"), "1 node");
        assert_eq!(count(300_000, "node"), "300,000 nodes");
    }
}
