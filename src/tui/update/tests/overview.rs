//! The overview: what needs attention, and what is done about it from there.

use super::*;
use crate::{
    ops::lint::{Code, Severity},
    tui::state::overview::Line,
};

/// The admin on the overview.
fn overview() -> Rehearsal {
    let mut console = admin();
    console.keys("g h");
    assert_eq!(console.state.route().screen, Screen::Overview);
    console
}

/// Puts the cursor on the group of a code.
fn go_to(console: &mut Rehearsal, code: Code) {
    let found = console.state.attention.found.clone().unwrap();
    let group = found.groups.iter().position(|group| group.code == code).unwrap();
    let line = console.state.attention.lines.iter().position(|line| *line == Line::Group(group)).unwrap();
    console.keys("home");
    for _ in 0..line {
        console.keys("j");
    }
    assert_eq!(console.state.finding_group().unwrap().code, code);
}

#[test]
fn groups_stand_worst_first_and_count_everything() {
    let console = overview();
    let found = console.state.attention.found.clone().unwrap();
    assert!(found.groups.windows(2).all(|pair| pair[0].severity <= pair[1].severity));
    assert_eq!(found.groups.iter().map(|group| group.count).sum::<usize>(), found.lint.findings.len());
    assert_eq!(console.state.attention.lines.len(), found.groups.len(), "closed, so that all kinds are seen at once");
    assert!(found.groups.iter().any(|group| group.severity == Severity::Error));
    let text = console.text();
    assert!(text.contains("✗ error") && text.contains("! warning") && text.contains("~ hint"), "{text}");
    assert!(text.contains("100 workflows"), "{text}");
}

#[test]
fn a_group_opens_and_enter_goes_to_the_thing() {
    let mut console = overview();
    go_to(&mut console, Code::NoKey);
    console.keys("enter j");
    let thing = console.state.thing().unwrap();
    console.keys("left");
    assert!(console.state.finding().is_none() && console.state.finding_group().is_some(), "first to its group");
    console.keys("left right right");
    assert_eq!(console.state.thing(), Some(thing));
    console.keys("enter");
    assert_eq!((console.state.route().screen.clone(), console.state.thing()), (Screen::Workflows, Some(thing)));
    console.keys("[");
    assert_eq!(console.state.thing(), Some(thing), "the way back leads to the same finding");
}

#[test]
fn a_node_without_a_key_gets_one_from_there_and_is_found_no_more() {
    let mut console = overview();
    let lacking = console.state.attention.found.clone().unwrap().tally.lacking;
    go_to(&mut console, Code::NoKey);
    console.keys("l l a");
    assert!(console.state.picker().is_some(), "{}", console.text());
    console.keys("enter");
    assert_eq!(console.state.staging.changes.len(), 1);
    assert_eq!(console.state.attention.found.clone().unwrap().tally.lacking, lacking - 1);
    assert!(console.text().contains("with what is staged"));
    console.keys("u");
    assert_eq!(console.state.attention.found.clone().unwrap().tally.lacking, lacking, "and again when it is undone");
}

#[test]
fn what_is_suggested_is_seen_before_it_is_staged() {
    let mut console = overview();
    console.keys("/").types("code:unused_key").keys("enter j");
    let (before, mended) = (console.state.attention.found.clone().unwrap(), console.state.thing().unwrap());
    console.keys("m");
    let Some(Overlay::Proposal(proposal)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    assert!(proposal.plan.is_some() && !proposal.told.is_empty());
    assert!(console.state.staging.changes.is_empty(), "looking stages nothing");
    console.keys("esc");
    assert!(console.state.staging.changes.is_empty());
    console.keys("m enter");
    assert!(!console.state.staging.changes.is_empty(), "{}", console.text());
    let after = console.state.attention.found.clone().unwrap();
    assert!(after.lint.findings.len() < before.lint.findings.len());
    assert_ne!(console.state.thing(), Some(mended));
}

#[test]
fn a_whole_group_is_mended_at_once() {
    let mut console = overview();
    go_to(&mut console, Code::UnusedKey);
    let count = console.state.finding_group().unwrap().count;
    console.keys("m enter");
    assert!(console.state.staging.changes.len() <= count && console.state.staging.changes.len() > 1);
    console.keys("u");
    assert!(console.state.staging.changes.is_empty(), "staged together, taken back together");
}

#[test]
fn a_filter_opens_what_it_finds_and_counts() {
    let mut console = overview();
    console.keys("/").types("severity:error openai");
    let lines = &console.state.attention.lines;
    assert!(lines.iter().any(|line| matches!(line, Line::Finding(_))));
    let found = console.state.attention.found.clone().unwrap();
    assert!(lines.iter().all(|line| found.mark(*line).unwrap().0 == Severity::Error));
    console.keys("enter esc");
    assert!(console.state.attention.lines.iter().all(|line| matches!(line, Line::Group(_))));
    assert!(availability(&console.state, Action::Sort).reason().unwrap().contains("worst first"));
}

#[test]
fn an_old_answer_is_dropped() {
    let mut console = overview();
    let asked = console.state.asked.overview;
    let empty = crate::domain::catalogue::Catalogue::new(
        console.state.view().unwrap().workspace().clone(),
        &[],
        std::sync::Arc::new(crate::cost::price::BundledPrices::new([])),
    );
    let none = crate::tui::state::overview::Overview::of(&View::rehearsed(empty, "root", false), 14, console.state.now);
    let answer = |generation, overview: &crate::tui::state::overview::Overview| Done::Overview {
        generation,
        overview: std::sync::Arc::new(overview.clone()),
    };
    console.hear(Event::Done(answer(asked - 1, &none)));
    assert!(!console.state.attention.lines.is_empty());
    console.hear(Event::Done(answer(asked, &none)));
    assert!(console.text().contains("There is nothing here yet"), "{}", console.text());
}

#[test]
fn who_may_not_write_may_look_and_is_told_why() {
    let mut console = Rehearsal::over(View::rehearsed(Rehearsal::organisation(), "ana.moreau", true), "mono", 120, 40);
    console.keys("g h");
    assert_eq!(availability(&console.state, Action::Mend).reason(), Some("this session is read-only"));
}
