//! Every action that changes something is told in the command log with the command that does the same.
//!
//! The lines stand in a file of their own, so that a test of the real program can see that it understands each of them.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    every::{Before, at_the_note, somebody_changed_the_same, somebody_waits},
    *,
};
use crate::tui::action::Section;

/// The action, what its command begins with, what comes before, and keys: after `=` text is typed, after `^` it is pasted; `@` types the name that is
/// asked for.
const DEEDS: &[(Action, &str, Before, &str)] = &[
    (Action::Assign, "edit node/", |_| {}, "n j a enter"),
    (Action::Unassign, "edit node/", |_| {}, "n j a enter A"),
    (Action::Mend, "disable key/", |_| {}, "g h /|=code:unused_key|enter m enter"),
    (Action::Add, "add credential ", |_| {}, "g c a|=openai-new|tab|=openai|tab|^sk-proj-never-to-be-seen|enter"),
    (Action::Import, "import ", |_| {}, "I|=dify.yml|tab|=Legal|enter enter"),
    (Action::Import, "import ", |_| {}, ": |=import feedforward users.db|enter esc tab|=secret.txt|enter enter"),
    (
        Action::Import,
        "--workspace larkspur import dify-db ",
        |_| {},
        ": |=import dify-db postgres://dify@db.example/dify|enter esc tab|=keys|tab|=Acme|enter enter",
    ),
    (Action::Import, "import ", |_| {}, ": |=import dotenv keys.env|enter esc tab tab tab tab|=map.csv|enter enter"),
    (Action::Edit, "edit key/", |_| {}, "g c right e ctrl-u|=new name|enter"),
    (Action::Edit, "edit key/", at_the_note, "=it's due|ctrl-s"),
    (Action::Disable, "disable key/", |_| {}, "g c x"),
    (Action::Revoke, "revoke key/", |_| {}, "g c X tab enter"),
    (Action::RevokeNow, "revoke key/", |_| {}, "g c j j !|@|enter enter"),
    (Action::Rotate, "rotate key/", |_| {}, "g c j j R|^sk-proj-never-to-be-seen|enter"),
    (Action::Reveal, "reveal key/", |_| {}, "g c j j S esc"),
    (Action::CopySecret, "reveal key/", |_| {}, "g c j j y s"),
    (Action::Verify, "verify key/", |_| {}, "g c j j V"),
    (Action::Verify, "verify key/", |_| {}, "g c j j space space V"),
    (Action::Remove, "remove key/", |_| {}, "g c /|=openai-data-copy|enter D|@|enter enter"),
    (Action::Apply, "staged apply ", |_| {}, "n j a enter ctrl-s|=it's over|enter enter"),
    (Action::Discard, "staged discard ", |_| {}, "n j a enter g s d"),
    (Action::DiscardAll, "staged discard", |_| {}, "n j a enter g s ctrl-d tab enter"),
    (Action::Others, "staged keep ", somebody_changed_the_same, "g s m tab enter"),
    (Action::Approve, "staged approve ", somebody_waits, "g s a tab enter"),
    (Action::Revert, "revert ", |_| {}, "n j a enter ctrl-s enter enter g s r tab enter"),
    (Action::Undo, "staged discard ", |_| {}, "n j a enter u"),
    (Action::Redo, "edit node/", |_| {}, "n j a enter u U"),
    (Action::Settings, "edit workspace ", |_| {}, "g , tab ctrl-n enter"),
    (Action::SetPrice, "add price ", |_| {}, "g l $ tab tab|=2.50|enter"),
    (Action::RemovePrice, "remove price/", |_| {}, "g l $ tab tab|=2.50|enter %"),
    (
        Action::RemovePrice,
        "remove price/",
        |_| {},
        "g l $ tab tab|=2.50|enter a|=price|enter tab tab|=3.00|tab tab|=2026-01-01|enter %",
    ),
    (Action::Workspace, "--workspace zeta", |console| console.with_workspaces(&["zeta"]), ": |=workspace zeta|enter"),
];

/// The steps of a rotation, as the list of them offers them.
const STEPS: [&str; 6] =
    ["ask its vendor", "it works", "it was refused", "put it in use", "put it in use untested", "destroy it"];

fn play(console: &mut Rehearsal, script: &str) {
    for part in script.split('|') {
        match (part.strip_prefix('='), part.strip_prefix('^'), part) {
            (Some(text), ..) => drop(console.types(text)),
            (_, Some(text), _) => drop(console.pastes(text)),
            (.., "@") => {
                let Some(Overlay::Confirm(confirm)) = console.state.overlays.last() else {
                    panic!("{}", console.text())
                };
                let name = confirm.dialog.name.clone().unwrap();
                console.types(&name);
            }
            (.., keys) => drop(console.keys(keys)),
        }
    }
}

/// Returns what the last deed with a command was told as.
fn told(console: &Rehearsal) -> Option<Vec<String>> {
    let deed = console.state.journal.newest().find(|deed| !deed.commands.is_empty())?;
    assert!(!deed.what.is_empty());
    Some(deed.commands.clone())
}

/// Returns every line, behind the name of its action.
fn lines() -> String {
    let mut page = String::new();
    for (action, beginning, before, script) in DEEDS {
        let mut console = Rehearsal::with_secrets("ana.moreau", 150, 40);
        before(&mut console);
        play(&mut console, script);
        let told = told(&console).unwrap_or_default();
        let is_it = told.first().is_some_and(|line| line.starts_with(&format!("keydeck {beginning}")));
        assert!(is_it, "{} by {script:?} is told as {told:?}:\n{}", action.row().name, console.text());
        for line in told {
            assert!(!line.contains("never-to-be-seen"));
            writeln!(page, "{}: {line}", action.row().name).unwrap();
        }
    }
    for step in STEPS {
        let mut console = Rehearsal::with_secrets("ana.moreau", 150, 40);
        console.keys("g c j j");
        let Some(crate::ops::find::Thing::Credential(key)) = console.state.thing() else { panic!() };
        let source = crate::tui::state::finder::Source::Rotation {
            key,
            name: "it".to_owned(),
            told: String::new(),
            works: true,
        };
        let finder = crate::tui::state::finder::Finder::new(source, step, &console.state);
        console.state.overlays.push(Overlay::Finder(finder));
        console.keys("enter");
        if matches!(console.state.overlays.last(), Some(Overlay::Confirm(_))) {
            console.keys("tab enter");
        }
        writeln!(page, "rotate: {}", told(&console).unwrap_or_else(|| panic!("{step}")).join("; ")).unwrap();
    }
    page
}

#[test]
fn what_changes_something_is_told_with_the_command_that_does_the_same() {
    let done: BTreeSet<Action> = DEEDS.iter().map(|(action, ..)| *action).collect();
    let changes = |section: Section| matches!(section, Section::Change | Section::Stage);
    let missing: Vec<&str> =
        ROWS.iter().filter(|row| changes(row.section) && !done.contains(&row.action)).map(|row| row.name).collect();
    assert!(missing.is_empty(), "no deed of DEEDS does {missing:?}: write one, and the command that does the same");

    let (path, lines) = (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/console/commands.txt"), lines());
    if std::env::var_os("KEYDECK_BLESS").is_some() {
        std::fs::write(path, &lines).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), lines, "KEYDECK_BLESS=1 writes {path} anew");
}
