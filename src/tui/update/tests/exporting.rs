//! Exports of the screens that are no plain lists: what is read there is what is written.

use super::*;

/// Goes somewhere, and returns what is exported from there.
fn exported(keys: &str) -> (Rehearsal, String) {
    let mut console = admin();
    console.keys(keys).keys(":").types("export csv").keys("enter");
    let text = console.copied.pop().unwrap_or_else(|| panic!("{}", console.text()));
    (console, text)
}

#[test]
fn the_overview_is_written_finding_by_finding() {
    let (console, text) = exported("g h");
    let all = console.state.attention.found.as_ref().unwrap().lint.findings.len();
    assert!(text.starts_with("severity,code,finding,what is wrong,can be mended\r\n"), "{text}");
    assert_eq!(text.lines().count(), all + 1, "those of closed groups, too");
    let (console, text) = exported("g h / c o d e : u n u s e d _ k e y enter");
    let shown = console.state.row_count();
    assert!(text.lines().skip(1).all(|line| line.contains("unused_key")), "{text}");
    assert_eq!(text.lines().count(), shown, "a line for the heads instead of one for the group");
}

#[test]
fn the_matrix_is_written_with_every_provider() {
    let (console, text) = exported("g x");
    let matrix = console.state.grid.found.clone().unwrap();
    assert_eq!(text.lines().next().unwrap().split(',').count(), matrix.columns.len() + 1, "{text}");
    assert_eq!(text.lines().count(), matrix.rows.len() + 1);
    assert!(text.contains("no key: ") && !text.contains('✗'), "words say what signs say on the screen: {text}");
}

#[test]
fn costs_are_written_whole() {
    let (console, text) = exported("g b");
    assert!(text.starts_with("what,spend,recorded,tokens,requests,"), "{text}");
    assert_eq!(text.lines().count(), console.state.row_count() + 1);
    assert!(!text.contains('$'), "amounts are for programs: {text}");
}

#[test]
fn the_cascade_is_written_in_its_order() {
    let (console, text) = exported("n j p");
    assert!(text.starts_with("node,layer,target,what became of it,why\r\n"), "{text}");
    assert_eq!(text.lines().count(), console.state.row_count() + 1);
    assert!(text.lines().nth(1).unwrap().contains("decides"), "what decided stands first: {text}");
}

#[test]
fn what_is_not_read_yet_is_not_written() {
    let mut console = admin();
    console.keys("g h");
    console.state.attention.found = None;
    assert!(availability(&console.state, Action::Export).reason().is_some());
}
