//! The user's own editor: it has the terminal as it was found, its keyboard, and the note; and gives all of it back.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{home, keydeck, terminal::Terminal};

/// An editor that says whether lines are edited at its terminal, shows the note, and adds a line to it.
const EDITOR: &str = r#"#!/bin/sh
trap 'echo interrupted' INT
stty -a | grep -q ' icanon' && echo 'as it was found'
printf 'the note is: '; cat "$1"
printf 'and more: '
until read -r line; do :; done
printf '%s\n' "$line" >>"$1"
"#;

fn write_editor(home: &Path, text: &str) -> String {
    let file = home.join("editor.sh");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

/// Opens the form of the key, with the cursor on the note.
fn on_note(home: &Path, editor: &str) -> Terminal {
    let variables = [("VISUAL", ""), ("EDITOR", editor), ("TMPDIR", home.to_str().unwrap())];
    let mut terminal = Terminal::start_with(home, &["key/openai-house"], &variables, (100, 30));
    terminal.sees("openai-house");
    terminal.keys("e");
    terminal.sees("Edit key openai-house");
    terminal.keys(&"\t".repeat(15));
    terminal.sees("your editor");
    terminal
}

fn drafts(home: &Path) -> usize {
    let names = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains("note")).count()
}

#[test]
fn a_note_is_written_in_the_users_own_editor() {
    let folder = home();
    keydeck(folder.path(), &["edit", "key/openai-house", "note=for the house"]);
    let editor = write_editor(folder.path(), EDITOR);
    let mut terminal = on_note(folder.path(), &editor);
    terminal.keys("\u{5}"); // ctrl-e
    terminal.sees("and more: ");
    assert!(terminal.text().contains("as it was found"), "{}", terminal.text());
    assert!(terminal.text().contains("the note is: for the house"), "{}", terminal.text());
    assert!(terminal.is_restored(), "the editor finds the terminal as it was");
    assert_eq!(drafts(folder.path()), 1);
    // What is typed is the editor's: a key that would leave, and one that interrupts.
    terminal.keys("\u{3}");
    terminal.sees("interrupted");
    terminal.keys("q and the garden\r");
    terminal.sees("Edit key openai-house");
    terminal.sees("q and the garden");
    assert_eq!(drafts(folder.path()), 0, "no file is left");
    terminal.keys("\u{13}"); // ctrl-s
    terminal.sees("1 STAGED");
    terminal.keys("\u{13}");
    terminal.sees("message");
    terminal.keys("a note\r\r");
    terminal.loses("STAGED");
    terminal.keys("qq");
    assert!(terminal.ends().success());
    assert!(terminal.is_restored());
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_keydeck"))
        .args(["show", "key/openai-house", "--json"])
        .env_clear()
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown.to_string().contains("for the house\\nq and the garden"), "{shown}");
}

#[test]
fn an_editor_that_fails_takes_nothing_away() {
    let folder = home();
    let mut terminal = on_note(folder.path(), "false");
    terminal.keys("typed here");
    terminal.keys("\u{5}");
    terminal.sees("the note was not edited");
    terminal.sees("typed here");
    terminal.keys("\u{3}");
    terminal.sees("Leave the form?");
    terminal.keys("\t\r");
    terminal.loses("Edit key");
    terminal.keys("qq");
    assert!(terminal.ends().success());
    assert!(terminal.is_restored());
    assert_eq!(drafts(folder.path()), 0);
}
