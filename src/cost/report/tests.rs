//! Reports beside a slow sum that anybody can check.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::rights::fixture::{id, organisation, whole};

/// Departments with those above them, as the organisation has them; one is gone.
const PATHS: [&[&str]; 5] = [
    &["Corporate"],
    &["Finance", "Corporate"],
    &["Payroll", "Finance", "Corporate"],
    &["Sales", "Corporate"],
    &["gone"],
];

/// Workflows with their app and owner; one is gone.
const FLOWS: [(&str, Option<&str>, Option<&str>); 5] = [
    ("invoice-bot", Some("billing"), Some("bob")),
    ("payslips", Some("billing"), None),
    ("pitch", Some("crm"), Some("alice")),
    ("drifter", None, None),
    ("lost", None, None),
];

/// A drawn line: department, workflow, day, text, key, spend, recorded, tokens, estimate.
type Line = (Option<usize>, Option<usize>, i8, Option<u8>, Option<u8>, Option<i64>, Option<i64>, u64, bool);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let money = || prop::option::weighted(0.7, 0_i64..1_000_000);
    let line = (
        prop::option::weighted(0.8, 0..PATHS.len()),
        prop::option::weighted(0.8, 0..FLOWS.len()),
        1_i8..=5,
        prop::option::weighted(0.7, 0_u8..3),
        prop::option::weighted(0.7, 0_u8..3),
        money(),
        money(),
        0_u64..1_000,
        any::<bool>(),
    );
    prop::collection::vec(line, 0..40)
}

fn sum(line: &Line, by: Dimension) -> UsageSum {
    let &(department, workflow, day, text, key, spend, recorded, tokens, estimate) = line;
    let detail = by.detail();
    let keeps_text = !matches!(detail, UsageDetail::Place | UsageDetail::Credential);
    UsageSum {
        day: date(2026, 11, day),
        workflow: workflow.map(|at| id(FLOWS[at].0)),
        department: department.map(|at| id(PATHS[at][0])),
        text: text.filter(|_| keeps_text).map(|at| format!("text {at}").into()),
        model: text.filter(|_| detail == UsageDetail::Model).map(|at| format!("model {at}").into()),
        credential: key.filter(|_| detail == UsageDetail::Credential).map(|at| id(&format!("key {at}"))),
        amounts: Amounts {
            input_tokens: tokens,
            output_tokens: tokens / 2,
            requests: 1,
            unpriced: u64::from(spend.is_none()),
            spend: spend.map(MicroDollars),
            recorded: recorded.map(MicroDollars),
            counted: spend.or(recorded).map(MicroDollars),
            estimate,
            late: 0,
        },
    }
}

/// Whether a line counts for a group, said as slowly as possible.
fn counts(line: &Line, by: Dimension, key: &Key) -> bool {
    let sum = sum(line, by);
    let flow = line.1.map(|at| FLOWS[at]);
    match (by, key) {
        (Dimension::Department, Key::Department(wanted)) => {
            line.0.is_some_and(|at| PATHS[at].iter().any(|name| id::<Department>(name) == *wanted))
        }
        (Dimension::Department, Key::Nothing) => line.0.is_none(),
        (Dimension::App, Key::App(wanted)) => flow.and_then(|it| it.1).is_some_and(|name| id::<App>(name) == *wanted),
        (Dimension::App, Key::Nothing) => flow.and_then(|it| it.1).is_none(),
        (Dimension::Owner, Key::Operator(wanted)) => {
            flow.and_then(|it| it.2).is_some_and(|login| id::<Operator>(login) == *wanted)
        }
        (Dimension::Owner, Key::Nothing) => flow.and_then(|it| it.2).is_none(),
        (Dimension::Workflow, Key::Workflow(wanted)) => sum.workflow == Some(*wanted),
        (Dimension::Workflow, Key::Nothing) => sum.workflow.is_none(),
        (Dimension::Node, Key::Node(flow, name)) => sum.workflow == *flow && sum.text.as_ref() == Some(name),
        (Dimension::CostCentre | Dimension::Customer | Dimension::Provider, Key::Text(text)) => {
            sum.text.as_ref() == Some(text)
        }
        (Dimension::Model, Key::Model(provider, model)) => {
            sum.text.as_ref() == Some(provider) && sum.model.as_ref() == Some(model)
        }
        (Dimension::Credential, Key::Credential(key)) => sum.credential == Some(*key),
        (Dimension::Credential, Key::Nothing) => sum.credential.is_none(),
        (Dimension::Day, Key::Day(day)) => sum.day == *day,
        (_, Key::Nothing) => sum.text.is_none(),
        _ => false,
    }
}

fn slow<'a>(
    lines: &(impl Iterator<Item = &'a Line> + Clone),
) -> (u64, u64, u64, Option<i64>, Option<i64>, Option<i64>) {
    let money = |of: fn(&Line) -> Option<i64>| {
        let known: Vec<i64> = lines.clone().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    };
    (
        lines.clone().map(|line| line.7 + line.7 / 2).sum(),
        lines.clone().count() as u64,
        lines.clone().filter(|line| line.5.is_none()).count() as u64,
        money(|line| line.5),
        money(|line| line.6),
        money(|line| line.5.or(line.6)),
    )
}

fn told(amounts: &Amounts) -> (u64, u64, u64, Option<i64>, Option<i64>, Option<i64>) {
    let money = |amount: Option<MicroDollars>| amount.map(|it| it.0);
    let Amounts { requests, unpriced, spend, recorded, counted, .. } = *amounts;
    (amounts.tokens(), requests, unpriced, money(spend), money(recorded), money(counted))
}

proptest! {
    #[test]
    fn every_group_is_what_a_slow_sum_says(lines in lines()) {
        let catalogue = organisation(&[whole(crate::domain::people::Role::Viewer)]);
        for by in Dimension::ALL {
            let found = report(&catalogue, by, lines.iter().map(|line| sum(line, by)));
            prop_assert_eq!(told(&found.total.amounts), slow(&lines.iter()), "{:?}", by);
            for (key, group) in &found.groups {
                let here = || lines.iter().filter(|line| counts(line, by, key));
                prop_assert_eq!(told(&group.amounts), slow(&here()), "{:?} {:?}", by, key);
                for (day, money) in &group.days {
                    let on_day = here().filter(|line| date(2026, 11, line.2) == *day);
                    prop_assert_eq!(money.counted.map(|it| it.0), slow(&on_day).5);
                }
                let estimated = by == Dimension::Credential && here().any(|line| line.4.is_some() && line.8);
                prop_assert_eq!(group.amounts.estimate, estimated);
            }
            // Nothing is left out and nothing counts twice: what is booked on each group itself adds up to the total.
            let mut whole = Amounts::default();
            found.groups.values().for_each(|group| whole.add(&group.own));
            prop_assert_eq!(told(&whole), told(&found.total.amounts), "{:?}", by);
        }
    }
}

#[test]
fn every_word_is_read_back() {
    for by in Dimension::ALL {
        assert_eq!(Dimension::from_word(by.word()), Some(by));
    }
    assert_eq!(Dimension::from_word("moon"), None);
}
