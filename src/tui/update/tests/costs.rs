//! Costs: by what, over which days, closer and back.

use super::*;
use crate::{
    domain::fact::Month,
    ops::costs::{Dimension, Period},
    tui::{effect::Effect, state::costs::CostPlace},
};

fn costs() -> Rehearsal {
    let mut console = admin();
    console.keys("g b");
    console
}

fn place(console: &Rehearsal) -> &CostPlace {
    console.state.cost_place().expect("the screen of costs")
}

#[test]
fn a_key_goes_through_what_costs_are_summed_up_by() {
    let mut console = costs();
    assert_eq!(place(&console).question.by, Dimension::Department);
    for by in Dimension::ALL.iter().cycle().skip(1).take(Dimension::ALL.len()) {
        console.keys("b");
        assert_eq!(place(&console).question.by, *by);
        assert!(!console.state.table.rows.is_empty() || *by == Dimension::Customer, "{by:?}");
    }
    console.keys(":").types("costs-by customer").keys("enter");
    assert_eq!(place(&console).question.by, Dimension::Customer);
    assert!(console.text().contains("globex"), "{}", console.text());
    console.keys(":").types("costs-by moon").keys("enter");
    assert_eq!(place(&console).question.by, Dimension::Customer, "nothing is taken that is none");
}

#[test]
fn a_key_goes_through_periods_and_a_word_names_one() {
    let mut console = costs();
    let this = Month::of(console.state.now);
    for period in
        [Period::Days(90), Period::Month(this), Period::Month(this.before()), Period::Days(7), Period::Days(30)]
    {
        console.keys("t");
        assert_eq!(place(&console).question.period, period);
    }
    console.keys(":").types("costs-period 2026-10").keys("enter");
    assert_eq!(place(&console).question.period, Period::Month("2026-10".parse().unwrap()));
    assert!(console.text().contains("Costs by department, 2026-10"), "{}", console.text());
}

#[test]
fn enter_looks_closer_and_the_way_back_is_as_it_was() {
    let mut console = costs();
    console.keys("j j");
    let total = |console: &Rehearsal| console.state.cost_answer().unwrap().costs.total.figures.spend.unwrap();
    let row = console.state.cost_row().unwrap().clone();
    console.keys("enter");
    assert_eq!(place(&console).question.by, Dimension::Workflow);
    assert_eq!(place(&console).of.as_deref(), Some(row.name.as_str()));
    assert_eq!(Some(total(&console)), row.figures.spend, "what is inside adds up to the row");
    console.keys("enter");
    assert_eq!(place(&console).question.by, Dimension::Node);
    console.keys("enter");
    assert!(console.state.preview().is_some(), "a node leads to the key that it uses");
    console.keys("[ [ [");
    assert_eq!(place(&console).question.by, Dimension::Department);
    assert_eq!(console.state.cost_row().map(|row| row.name.clone()), Some(row.name));
}

#[test]
fn the_command_that_shows_the_same_is_copied() {
    let mut console = costs();
    console.keys("y c");
    assert_eq!(console.copied.last().map(String::as_str), Some("keydeck costs --by department --days 30"));
    console.keys(":").types("costs-period 2026-10").keys("enter enter y c");
    let copied = console.copied.last().unwrap();
    assert!(copied.starts_with("keydeck costs --by workflow --month 2026-10 --of department/"), "{copied}");
}

#[test]
fn a_late_answer_to_another_question_is_dropped() {
    let mut console = costs();
    let question = place(&console).question.clone();
    let effects = update(&mut console.state, Event::Key('b'.into()));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Costs { generation, question } => Some((*generation, question.clone())),
        _ => None,
    });
    let (generation, asked) = asked.expect("a question");
    assert_ne!(asked, question);
    assert!(console.text().contains("Costs are being summed up"), "{}", console.text());
    let failure = crate::ops::failure::Failure::new(crate::ops::failure::Kind::Unavailable, "gone");
    console.hear(Event::Done(Done::Costs { generation: generation - 1, answer: Err(failure.clone()) }));
    assert!(console.text().contains("Costs are being summed up"), "{}", console.text());
    console.hear(Event::Done(Done::Costs { generation, answer: Err(failure) }));
    assert!(console.text().contains("gone"), "{}", console.text());
}

#[test]
fn pictures_take_turns_and_rows_are_filtered_and_sorted() {
    let mut console = costs();
    let first = |console: &Rehearsal| console.text().lines().nth(2).unwrap_or_default().to_owned();
    let before = first(&console);
    console.keys("tab");
    assert_ne!(first(&console), before);
    console.keys("shift-tab");
    assert_eq!(first(&console), before);
    let all = console.state.table.order.len();
    console.keys("/").types("finance").keys("enter");
    assert!(console.state.table.order.len() < all);
    console.keys("esc s").types("tokens desc").keys("enter");
    let tokens: Vec<_> =
        (0..console.state.table.order.len()).map(|line| console.state.table.cells(line).unwrap()[3].rank).collect();
    assert!(tokens.is_sorted_by(|a, b| a >= b), "{tokens:?}");
}
