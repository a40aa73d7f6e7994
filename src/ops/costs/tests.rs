//! What each of an office's people reads of costs.

use jiff::civil::date;

use super::*;
use crate::{
    domain::{
        credential::{Credential, Owner},
        id::Id,
        people::{Grant, Role},
        usage::{Amounts, UsageDetail},
        workflow::Workflow,
    },
    rights::fixture::{id, on, organisation, whole},
};

/// Three lines: invoice-bot for Finance with bob's key, leads for Sales, and one that belongs to nothing.
fn sums(detail: UsageDetail) -> Vec<UsageSum> {
    let line = |flow: Option<&str>, department: Option<&str>, key: Option<&str>, micros: i64| UsageSum {
        day: date(2026, 11, 1),
        workflow: flow.map(id::<Workflow>),
        department: department.map(id),
        text: None,
        model: None,
        credential: key.map(id::<Credential>).filter(|_| detail == UsageDetail::Credential),
        amounts: Amounts {
            requests: 1,
            spend: Some(crate::domain::money::MicroDollars(micros)),
            counted: Some(crate::domain::money::MicroDollars(micros)),
            estimate: true,
            ..Amounts::default()
        },
    };
    vec![
        line(Some("invoice-bot"), Some("Finance"), Some("key-bob"), 1),
        line(Some("payslips"), Some("Payroll"), Some("key-system"), 10),
        line(Some("leads"), Some("Sales"), Some("key-sales"), 100),
        line(None, None, None, 1_000),
        // It has moved: Sales paid then, and it is Finance's now.
        line(Some("invoice-bot"), Some("Sales"), Some("key-sales"), 10_000),
        line(Some("gone"), Some("gone"), Some("gone"), 100_000),
    ]
}

fn read(grants: &[Grant], by: Dimension, within: Option<Within>) -> (i64, Vec<(String, Option<i64>, bool)>) {
    let view = View::rehearsed(organisation(grants), "alice", false);
    let question = CostQuestion { by, period: Period::Days(30), within };
    let now = "2026-11-10T12:00:00Z".parse().unwrap();
    let costs = view.costs(sums(by.detail()), &question, now);
    let rows = costs.rows.iter().map(|row| (row.name.clone(), row.figures.spend.map(|it| it.0), row.id.is_some()));
    (costs.total.figures.spend.map_or(0, |it| it.0), rows.collect())
}

fn row(name: &str, spend: i64, has_id: bool) -> (String, Option<i64>, bool) {
    (name.to_owned(), Some(spend), has_id)
}

#[test]
fn who_lists_the_whole_workspace_reads_all_of_it() {
    let (total, rows) = read(&[whole(Role::Viewer)], Dimension::Department, None);
    assert_eq!(total, 111_111);
    let expected = [
        row("(removed)", 100_000, true),
        row("Corporate", 10_111, true),
        row("Sales", 10_100, true),
        row("Finance", 11, true),
        row("Payroll", 10, true),
        row("(no department)", 1_000, false),
    ];
    assert_eq!(rows, expected, "departments stand below the one above them");
}

#[test]
fn a_department_reads_its_own_and_the_rest_has_no_name() {
    let (total, rows) = read(&[on(Role::Viewer, "Finance")], Dimension::Department, None);
    assert_eq!(total, 10_011);
    let expected = [
        // Corporate and Sales are nobody's to name here, and add up to one row.
        row("a department you may not see", 20_011, false),
        row("Finance", 11, true),
        row("Payroll", 10, true),
    ];
    assert_eq!(rows, expected);
    let (_, rows) = read(&[on(Role::Viewer, "Finance")], Dimension::Workflow, None);
    assert_eq!(rows, [row("invoice-bot", 10_001, true), row("payslips", 10, true)]);
}

#[test]
fn private_keys_of_others_are_masked_and_keys_are_estimates() {
    let (_, rows) = read(&[on(Role::Viewer, "Finance")], Dimension::Credential, None);
    let expected =
        [row("a key you may not see", 10_000, false), row("key-system", 10, true), row("a private key", 1, false)];
    assert_eq!(rows, expected);
    let view = View::rehearsed(organisation(&[whole(Role::Viewer)]), "alice", false);
    let now = "2026-11-10T12:00:00Z".parse().unwrap();
    for by in [Dimension::Credential, Dimension::Workflow] {
        let question = CostQuestion { by, period: Period::Days(30), within: None };
        let costs = view.costs(sums(by.detail()), &question, now);
        let estimates = costs.rows.iter().filter(|row| row.figures.estimate).count();
        assert_eq!(estimates, if by == Dimension::Credential { 4 } else { 0 }, "the line without a key is exact");
        assert!(!costs.total.figures.estimate);
    }
}

#[test]
fn a_closer_look_leaves_the_rest_out() {
    let all = [whole(Role::Viewer)];
    let of = |within| read(&all, Dimension::Workflow, Some(within)).0;
    assert_eq!(of(Within::Department(id("Finance"))), 11, "with those below");
    assert_eq!(of(Within::Department(id("gone"))), 100_000);
    assert_eq!(of(Within::App(id("billing"))), 10_011);
    assert_eq!(of(Within::Workflow(id("leads"))), 100);
    assert_eq!(of(Within::Owner(Owner::Operator(id::<crate::domain::people::Operator>("bob")))), 10_001);
    let strangers: Id<crate::domain::people::Operator> = id("nobody");
    assert_eq!(of(Within::Owner(Owner::Operator(strangers))), 0);
}

#[test]
fn a_closer_look_is_written_as_it_is_read() {
    let view = View::rehearsed(organisation(&[whole(Role::Admin)]), "alice", false);
    let person: Id<crate::domain::people::Operator> = id("bob");
    for within in [
        Within::Department(id("Finance")),
        Within::App(id("billing")),
        Within::Workflow(id("leads")),
        Within::Node(id("leads"), "draft".into()),
        Within::Owner(Owner::System),
        Within::Owner(Owner::Operator(person)),
        Within::CostCentre("41/00".into()),
        Within::Customer("a / b".into()),
        Within::Provider("openai".into()),
        Within::Model("openai".into(), "gpt-4o".into()),
        Within::Credential(id("key-sales")),
    ] {
        let text = within.text(&view).unwrap();
        assert_eq!(Within::read(&text, &view), Ok(within), "{text}");
    }
    assert_eq!(Within::Department(id("gone")).text(&view), None);
    let outsider = View::rehearsed(organisation(&[on(Role::Viewer, "Finance")]), "alice", false);
    assert_eq!(Within::Workflow(id("leads")).text(&outsider), None, "what may not be seen is not named");
}

#[test]
fn who_has_no_grant_reads_nothing() {
    let (total, rows) = read(&[], Dimension::Workflow, None);
    // Their own workflow would be theirs to read; there is no usage of it.
    assert_eq!((total, rows), (0, Vec::new()));
}

#[test]
fn a_sheet_adds_up_by_what_is_booked_itself() {
    let view = View::rehearsed(organisation(&[whole(Role::Viewer)]), "alice", false);
    let now = "2026-11-10T12:00:00Z".parse().unwrap();
    let month = Period::Month("2026-11".parse().unwrap());
    let question = CostQuestion { by: Dimension::Department, period: month, within: None };
    let costs = view.costs(sums(UsageDetail::Place), &question, now);
    let text = sheet(&costs);
    let rows = crate::import::csv::read(text.as_bytes(), 1 << 20).unwrap();
    let at = rows[0].cells.iter().position(|cell| cell == "own_spend").unwrap();
    let own: crate::domain::money::MicroDollars =
        rows[1..].iter().filter(|row| !row.cells[at].is_empty()).map(|row| row.cells[at].parse().unwrap()).sum();
    assert_eq!(Some(own), costs.total.figures.spend);
    assert_eq!((rows[1].cells[0].as_str(), rows[1].cells[1].as_str()), ("2026-11-01", "2026-11-30"));
}
