//! The console as a person meets it: the real binary in a real pty, keys alone.
#![expect(clippy::unwrap_used, reason = "a test says more by failing at the line")]

#[path = "console/terminal.rs"]
mod terminal;

use std::{path::Path, process::Command};

use terminal::Terminal;

/// One workflow with one node, which has no key.
const EXPORT: &str = "\
version: 0.3.0
kind: app
app: {name: Invoice reader, mode: workflow}
workflow:
  environment_variables: []
  graph:
    edges: []
    nodes:
    - id: '1001'
      data: {type: start, title: Start}
    - id: '1002'
      data: {type: llm, title: Draft, model: {provider: openai, name: gpt-4o, mode: chat, completion_params: {}}}
";

/// Runs a command of the program, which has to go well.
#[track_caller]
fn keydeck(home: &Path, arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_keydeck"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home)
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A home with an imported workflow that lacks a key, and a key that nothing uses.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::write(home.join("reader.yml"), EXPORT).unwrap();
    keydeck(home, &["init", "--yes"]);
    keydeck(home, &["import", "dify-dsl", "reader.yml"]);
    keydeck(home, &["add", "credential", "openai-house", "provider=openai"]);
    folder
}

/// The story of the first form of the program, in a window of that size.
fn assign_apply_and_undo(columns: u16, rows: u16) {
    let folder = home();
    let mut terminal = Terminal::start(folder.path(), &["preview/Invoice reader"], columns, rows);
    terminal.sees("no rule");

    terminal.keys("a");
    terminal.sees("openai-house");
    // What the choice does is shown before anything is staged.
    terminal.sees("1 node starts to work");
    terminal.keys("\r");
    terminal.sees("1 STAGED");

    terminal.keys("\u{13}"); // ctrl-s
    terminal.sees("message");
    terminal.keys("give it a key\r\r");
    terminal.loses("STAGED");
    terminal.waits("the answer to change", |screen| screen.contains("openai-house") && screen.contains("decides"));

    terminal.keys("u");
    terminal.sees("No rule gives a key");

    terminal.keys("qq"); // out of the preview, then out of the program
    assert!(terminal.ends().success());
    assert!(terminal.is_restored(), "the terminal is left as it was found");
}

#[test]
fn a_key_is_assigned_applied_and_taken_back_with_the_keyboard_alone() {
    assign_apply_and_undo(120, 40);
}

#[test]
fn the_same_story_fits_a_window_of_80_by_24() {
    assign_apply_and_undo(80, 24);
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    let folder = home();
    for signal in ["TERM", "HUP", "INT"] {
        let mut terminal = Terminal::start(folder.path(), &[], 100, 30);
        terminal.sees("Invoice reader");
        terminal.signal(signal);
        assert!(!terminal.ends().success(), "{signal}");
        assert!(terminal.is_restored(), "{signal}");
    }
}

#[test]
fn somebody_without_a_database_is_welcomed_and_shown_around() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(folder.path(), &[], 80, 24);
    terminal.sees("Look around");
    terminal.keys("\r");
    terminal.sees("larkspur");
    terminal.sees("Corporate");
    terminal.keys("q");
    assert!(terminal.ends().success());
}

#[test]
fn windows_of_any_size_show_something_useful() {
    let folder = home();
    let mut terminal = Terminal::start(folder.path(), &[], 120, 40);
    terminal.sees("Invoice reader");
    for (columns, rows) in [(40, 12), (200, 60), (80, 24), (60, 18)] {
        terminal.resize(columns, rows);
        terminal.sees("Invoice read");
    }
    terminal.resize(18, 5);
    terminal.sees("20");
    terminal.resize(80, 24);
    terminal.sees("Invoice reader");
    terminal.keys("q");
    assert!(terminal.ends().success());
}
