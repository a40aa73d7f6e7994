//! The mouse in boxes: what is seen is what is hit, and beside it nothing is.

use super::{
    habits::{click, click_on},
    *,
};
use crate::tui::state::importing::Step;

/// Clicks on what stands two columns behind the beginning of a text, where that stands last on the screen.
#[track_caller]
fn click_behind(console: &mut Rehearsal, text: &str) {
    let frame = console.text();
    let place = |(row, line): (usize, &str)| Some((row, line[..line.rfind(text)?].chars().count()));
    let Some((row, column)) = frame.lines().enumerate().filter_map(place).last() else {
        panic!("no {text:?}\n{frame}")
    };
    click(console, u16::try_from(column + 2).unwrap(), u16::try_from(row).unwrap());
}

fn wheel(console: &mut Rehearsal, kind: MouseKind) {
    console.hear(Event::Mouse(Mouse { kind, column: 60, row: 12, modifiers: Modifiers::NONE }));
}

#[test]
fn a_key_is_chosen_by_one_click_and_staged_by_two() {
    let mut console = at_a_problem();
    console.keys("a");
    let names: Vec<String> = {
        let picker = console.state.picker().unwrap();
        picker.shown.iter().take(2).map(|&at| picker.offers[at].name().to_owned()).collect()
    };
    assert_eq!(names.len(), 2, "{}", console.text());
    click_on(&mut console, &format!("  {}", names[1]));
    assert_eq!(console.state.picker().unwrap().list.cursor, 1);
    assert!(console.state.staging.changes.is_empty(), "what it would do is looked at first");
    console.keys("tab");
    assert!(!console.state.picker().unwrap().is_on_nodes());
    click_on(&mut console, "required");
    assert!(console.state.picker().unwrap().preferred);
    click_on(&mut console, "any environment");
    assert!(console.state.picker().unwrap().environment.is_some());
    let reach = console.state.picker().unwrap().reaches.len() - 1;
    click_on(&mut console, "system ");
    assert_eq!(console.state.picker().unwrap().reach, reach, "{}", console.text());
    wheel(&mut console, MouseKind::ScrollDown);
    let cursor = console.state.picker().unwrap().list.cursor;
    assert_eq!(cursor, 2);
    wheel(&mut console, MouseKind::ScrollUp);
    let row = console.text().lines().position(|line| line.contains("│ › ")).unwrap();
    for _ in 0..2 {
        click(&mut console, 40, u16::try_from(row).unwrap());
    }
    assert_eq!(console.state.staging.changes.len(), 1, "{}", console.text());
}

fn form_at(console: &Rehearsal) -> (String, String) {
    let Some(Overlay::Form(form)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    let line = &form.lines[form.at];
    (line.label(), line.text().into_owned())
}

#[test]
fn a_field_is_gone_to_and_a_value_put_in_by_clicks() {
    let mut console = Rehearsal::new("ana.moreau", 90, 30);
    console.keys("g c a").types("openai-new");
    click_behind(&mut console, "│ environment  ");
    assert_eq!(form_at(&console).0, "environment");
    click_behind(&mut console, "· staging");
    assert_eq!(form_at(&console), ("environment".to_owned(), "staging".to_owned()));
    wheel(&mut console, MouseKind::ScrollUp);
    assert_ne!(form_at(&console).0, "environment");
    click(&mut console, 0, 3);
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Form(_))), "beside the box nothing is lost");
    click_behind(&mut console, "│ provider *");
    console.types("openai");
    click_behind(&mut console, "│ api key *");
    console.pastes("sk-proj-never-to-be-seen");
    click_on(&mut console, "enter stage");
    assert_eq!(console.state.staging.changes.len(), 1, "{}", console.text());
}

#[test]
fn the_question_before_applying_is_answered_by_clicks() {
    let mut console = at_a_problem();
    console.keys("a enter ctrl-s tab tab");
    click_on(&mut console, "message");
    console.types("because");
    click_on(&mut console, "Cancel");
    assert!(console.state.overlays.is_empty() && console.state.staging.changes.len() == 1);
    console.keys("ctrl-s").types("because");
    click_on(&mut console, "  Apply  ");
    assert!(console.state.staging.changes.is_empty(), "{}", console.text());
    assert_eq!(&*console.state.log[0].message, "because");
}

#[test]
fn a_name_that_has_to_be_typed_is_not_clicked_away() {
    let mut console = admin();
    console.keys("g c D");
    click_on(&mut console, "Stage it");
    assert!(
        matches!(console.state.overlays.last(), Some(Overlay::Confirm(_))) && console.state.staging.changes.is_empty()
    );
}

#[test]
fn columns_proposals_and_imports_hear_it_too() {
    let mut console = admin();
    console.keys("g c C");
    click_on(&mut console, "[x] provider");
    console.keys("esc");
    assert!(!console.text().lines().nth(2).unwrap().contains("provider"), "{}", console.text());
    console.keys("g h /").types("code:unused_key").keys("enter m");
    click_on(&mut console, "Stage it");
    assert!(!console.state.staging.changes.is_empty(), "{}", console.text());
    console.keys("u g c I");
    click_behind(&mut console, "│ what *");
    click_on(&mut console, "dotenv");
    click_on(&mut console, "file *");
    click_on(&mut console, "dify.yml");
    let Some(Overlay::Import(it)) = console.state.overlays.last() else { panic!() };
    assert_eq!(it.wish().unwrap().path.to_str(), Some("dify.yml"));
    console.keys("enter");
    click_on(&mut console, "Cancel");
    let Some(Overlay::Import(it)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    assert!(matches!(it.step, Step::Asking));
}

#[test]
fn a_mouse_that_is_switched_off_is_not_heard_in_boxes_either() {
    let mut console = at_a_problem();
    console.keys("M a");
    let before = console.text();
    for row in 3..30 {
        click(&mut console, 40, row);
    }
    wheel(&mut console, MouseKind::ScrollDown);
    assert_eq!(console.text(), before);
}
