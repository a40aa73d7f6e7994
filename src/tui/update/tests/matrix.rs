//! The matrix: cells, where they lead, and what is done from them.

use super::*;
use crate::tui::state::{
    matrix::Given,
    preview::{Preview, PreviewOf},
};

/// The admin on the matrix.
fn matrix() -> Rehearsal {
    let mut console = admin();
    console.keys("g x");
    assert_eq!(console.state.route().screen, Screen::Matrix);
    console
}

fn preview(console: &Rehearsal) -> &Preview {
    console.state.preview().unwrap_or_else(|| panic!("{}", console.text()))
}

#[test]
fn every_workflow_has_a_row_and_every_provider_that_is_called_a_column() {
    let console = matrix();
    let found = console.state.grid.found.clone().unwrap();
    assert_eq!((found.rows.len(), console.state.row_count()), (100, 100));
    assert!(found.columns.windows(2).all(|pair| pair[0].workflows >= pair[1].workflows), "the most called first");
    let view = console.state.view().unwrap();
    let nodes: usize = (0..found.rows.len()).flat_map(|row| found.cells(row)).map(|cell| usize::from(cell.nodes)).sum();
    assert_eq!(nodes, view.nodes().count(), "each node is counted once");
    let lacking: usize =
        (0..found.rows.len()).flat_map(|row| found.cells(row)).map(|cell| usize::from(cell.problems)).sum();
    let census = console.state.data.as_ref().unwrap().census.clone().unwrap();
    assert_eq!(
        u32::try_from(lacking).unwrap(),
        census
            .sums
            .iter()
            .zip(console.state.data.as_ref().unwrap().tree.entries())
            .filter(|(_, entry)| entry.depth == 0)
            .map(|(sum, _)| sum.problems)
            .sum::<u32>()
    );
}

#[test]
fn the_cursor_goes_both_ways_and_enter_shows_why() {
    let mut console = matrix();
    console.keys("j j l");
    let pair = console.state.pair().unwrap();
    assert_eq!((console.state.route().list.cursor, console.state.route().across.cursor), (2, 1));
    console.keys("enter");
    let view = console.state.view().unwrap();
    let preview = preview(&console);
    assert_eq!((preview.workflow(view), preview.provider(view)), (Some(pair.workflow), Some(pair.provider)));
    console.keys("[");
    assert_eq!(console.state.pair(), Some(pair), "the way back leads to the same cell");
    console.keys("left left left");
    assert_eq!(console.state.route().across.cursor, 0);
}

#[test]
fn problems_are_found_one_after_another_and_one_gets_a_key() {
    let mut console = matrix();
    console.keys("n");
    let pair = console.state.pair().unwrap();
    assert!(pair.cell.unwrap().problems > 0);
    console.keys("n");
    assert_ne!(console.state.pair(), Some(pair));
    console.keys("home /").types("is:problem").keys("enter n a");
    assert!(console.state.picker().is_some(), "{}", console.text());
    console.keys("tab enter");
    assert!(!console.state.staging.changes.is_empty(), "{}", console.text());
    assert!(console.text().contains("→ "), "what is staged is marked: {}", console.text());
}

#[test]
fn a_pair_that_no_node_calls_is_resolved_and_assigned_all_the_same() {
    let mut console = matrix();
    let found = console.state.grid.found.clone().unwrap();
    let column = (0..found.columns.len()).find(|column| found.cell(0, *column).is_none()).unwrap();
    for _ in 0..column {
        console.keys("l");
    }
    assert!(console.text().contains("no node calls it"), "{}", console.text());
    let pair = console.state.pair().unwrap();
    console.keys("enter");
    assert_eq!(preview(&console).of, PreviewOf::Pair(pair.workflow, pair.provider));
    assert!(console.text().contains("no node here calls it"), "{}", console.text());
    console.keys("[ a").types("deny").keys("enter");
    let change = console.state.staging.changes[0].1.clone();
    let Some(Record::Assignment(rule)) = change.after().cloned() else { panic!("{change:?}") };
    assert_eq!(rule.provider, *console.state.view().unwrap().provider_slug(pair.provider));
}

#[test]
fn a_filter_looks_into_keys_owners_and_problems() {
    let mut console = matrix();
    let all = console.state.row_count();
    console.keys("/").types("is:problem");
    let some = console.state.row_count();
    assert!(0 < some && some < all);
    let found = console.state.grid.found.clone().unwrap();
    for row in &console.state.grid.shown {
        assert!(found.cells(*row as usize).iter().any(|cell| cell.problems > 0));
    }
    console.keys("esc /").types("owner:private !is:problem").keys("enter");
    for row in &console.state.grid.shown {
        assert!(found.cells(*row as usize).iter().any(|cell| matches!(cell.given, Given::Key(_))));
    }
    assert!(console.text().contains(&format!("{}/100", console.state.row_count())), "{}", console.text());
}

#[test]
fn another_environment_asks_anew() {
    let mut console = matrix();
    let before = console.state.asked.matrix;
    console.keys("E");
    assert!(console.state.asked.matrix > before);
    let old = Done::Matrix { generation: before, matrix: std::sync::Arc::default() };
    console.hear(Event::Done(old));
    assert_eq!(console.state.row_count(), 100, "an old answer is dropped");
}

#[test]
fn a_click_chooses_a_cell_and_a_second_one_opens_it() {
    let mut console = matrix();
    let click =
        |column, row| Mouse { kind: MouseKind::Down(MouseButton::Left), column, row, modifiers: Modifiers::NONE };
    console.hear(Event::Mouse(click(60, 5)));
    let pair = console.state.pair().unwrap();
    assert_eq!((console.state.route().list.cursor, console.state.route().across.cursor), (2, 1));
    console.hear(Event::Mouse(click(60, 5)));
    assert_eq!(preview(&console).provider(console.state.view().unwrap()), Some(pair.provider));
}

#[test]
fn details_scroll_and_begin_anew_with_the_next_row() {
    let mut console = Rehearsal::new("ana.moreau", 80, 24);
    console.keys("g h J J");
    assert!(console.state.route().detail > 0);
    console.keys("K K K");
    assert_eq!(console.state.route().detail, 0);
    console.keys("J j");
    assert_eq!(console.state.route().detail, 0);
    console.keys("g w");
    assert!(!availability(&console.state, Action::ScrollDetails).is_yes());
}
