//! The console as a person meets it: the real binary in a real pty, keys alone.
#![expect(clippy::unwrap_used, reason = "a test says more by failing at the line")]

#[path = "console/editor.rs"]
mod editor;
#[path = "console/newcomer.rs"]
mod newcomer;
#[path = "console/terminal.rs"]
mod terminal;

use std::{path::Path, process::Command};

use terminal::Terminal;

/// One workflow with one node, which has no key.
const EXPORT: &str = include_str!("fixtures/console/invoice-reader.yml");

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

/// Where the program keeps its database within a home.
const DATABASE: &str = ".local/share/keydeck/keydeck.db";

#[test]
fn a_database_that_goes_and_comes_back_leaves_the_console_on_what_it_knew() {
    let folder = home();
    let (file, aside) = (folder.path().join(DATABASE), folder.path().join("aside.db"));
    let mut terminal = Terminal::start(folder.path(), &[], 100, 30);
    terminal.sees("Invoice reader");
    std::fs::rename(&file, &aside).unwrap();
    terminal.sees("NO DATABASE SINCE");
    terminal.keys("gc");
    terminal.sees("openai-house");
    terminal.keys("x");
    terminal.sees("there is no database since");
    std::fs::rename(&aside, &file).unwrap();
    terminal.sees("The database is back");
    terminal.loses("NO DATABASE SINCE");
    terminal.keys("x");
    terminal.sees("1 STAGED");
    terminal.keys("qq");
    assert!(terminal.ends().success());
}

#[test]
fn what_was_staged_outlives_a_console_that_is_killed_and_a_conflict_is_decided_in_the_next() {
    let folder = home();
    let mut terminal = Terminal::start(folder.path(), &[], 100, 30);
    terminal.sees("Invoice reader");
    terminal.keys("gc");
    terminal.sees("openai-house");
    terminal.keys("x");
    terminal.sees("1 STAGED");
    terminal.signal("KILL");
    assert!(!terminal.ends().success());
    keydeck(folder.path(), &["edit", "key/openai-house", "note=theirs"]);

    let mut terminal = Terminal::start(folder.path(), &[], 80, 24);
    terminal.sees("1 STAGED");
    terminal.keys("gs");
    terminal.sees("1 touches your plan");
    terminal.keys("\u{13}"); // ctrl-s
    terminal.sees("changed one thing");
    terminal.keys("\t\t\r");
    terminal.sees("Apply 1 staged change?");
    terminal.keys("mine\r\r");
    terminal.sees("Applied 1 change");
    terminal.keys("qq");
    assert!(terminal.ends().success());
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
fn a_newcomer_finds_gives_applies_undoes_and_adds_by_what_the_screen_says() {
    for (columns, rows) in [(80, 24), (40, 12), (120, 40)] {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::start(folder.path(), &["demo"], columns, rows);
        newcomer::walk(&mut terminal, columns > 40);
    }
}

#[test]
fn a_terminal_that_can_only_type_on_is_served_line_by_line() {
    let folder = home();
    let mut terminal = Terminal::start_with(folder.path(), &[], &[("TERM", "dumb")], (80, 24));
    terminal.sees("Invoice reader");
    terminal.keys("goto-credentials\r");
    terminal.sees("openai-house");
    terminal.keys("quit\r");
    assert!(terminal.ends().success());
    assert!(!terminal.written.contains(&0x1b), "{}", String::from_utf8_lossy(&terminal.written));
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

const CANARY: &str = "sk-FAKE-CANARY-0123456789abcdefghij-in-the-console-x9Kd";

/// Adds a key whose secret is the canary.
fn with_secret(home: &Path) {
    use std::io::Write as _;
    let mut added = Command::new(env!("CARGO_BIN_EXE_keydeck"))
        .args(["add", "credential", "openai-sealed", "provider=openai", "--stdin-json"])
        .env_clear()
        .env("HOME", home)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    added.stdin.take().unwrap().write_all(format!("{{\"api_key\": \"{CANARY}\"}}").as_bytes()).unwrap();
    assert!(added.wait().unwrap().success());
}

/// Says how often the terminal was sent the canary so far.
fn times_written(terminal: &Terminal) -> usize {
    terminal.written.windows(CANARY.len()).filter(|window| *window == CANARY.as_bytes()).count()
}

#[test]
fn a_revealed_secret_is_on_the_terminal_while_it_is_shown_and_nowhere_else() {
    let folder = home();
    with_secret(folder.path());
    let mut terminal = Terminal::start(folder.path(), &["key/openai-sealed"], 120, 40);
    terminal.sees("openai-sealed");
    terminal.sees("vault locked");
    assert_eq!(times_written(&terminal), 0);

    // The key file is at hand, so that nobody is asked for it.
    terminal.keys("S");
    terminal.sees(CANARY);
    terminal.sees("hides in");
    // The window goes to the back.
    terminal.keys("\u{1b}[O");
    terminal.loses("CANARY");
    terminal.sees("openai-sealed");
    let written = times_written(&terminal);

    // Nothing that is drawn from now on has ever heard of it: not a whole new screen, not another size.
    terminal.keys("\u{c}"); // ctrl-l
    terminal.resize(80, 24);
    terminal.keys("gw");
    terminal.sees("Invoice");
    assert_eq!(times_written(&terminal), written);

    terminal.keys("gc");
    terminal.sees("provider");
    terminal.keys("G");
    terminal.keys("S");
    terminal.sees("CANARY");
    terminal.sees("hides in");
    terminal.keys("\u{1b}");
    terminal.loses("CANARY");

    // A copy goes to the terminal, and is asked to be forgotten at the latest when the program ends.
    terminal.keys("ys");
    terminal.sees("was sent");
    let sent = |terminal: &Terminal, sequence: &[u8]| {
        terminal.written.windows(sequence.len()).any(|window| window == sequence)
    };
    assert!(sent(&terminal, b"\x1b]52;c;c2stRkFLRS1D"));
    assert!(!sent(&terminal, b"\x1b]52;c;\x07"));
    terminal.keys("\u{3}");
    terminal.sees("Leave keydeck?");
    terminal.keys("\u{3}");
    assert!(terminal.ends().success());
    assert!(sent(&terminal, b"\x1b]52;c;\x07"));
    assert!(terminal.is_restored());

    // It is in no file of the home, and what was looked at is on record.
    let mut holders = Vec::new();
    holds_canary(folder.path(), &mut holders);
    assert!(holders.is_empty(), "{holders:?}");
}

/// Finds the files below a folder that hold the canary, or half of it.
fn holds_canary(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let half = &CANARY.as_bytes()[..24];
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            holds_canary(&entry.path(), found);
        } else if std::fs::read(entry.path()).unwrap().windows(half.len()).any(|window| window == half) {
            found.push(entry.path());
        }
    }
}
