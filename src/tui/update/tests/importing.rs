//! Imports: the question, the look, the yes; Esc at each step; and nothing from afar.

use super::*;
use crate::tui::state::importing::Step;

fn step(console: &Rehearsal) -> &Step {
    match console.state.overlays.last() {
        Some(Overlay::Import(importing)) => &importing.step,
        _ => panic!("{}", console.text()),
    }
}

#[test]
fn what_would_come_is_looked_at_before_anything_is_written() {
    let mut console = admin();
    console.keys("I");
    assert!(matches!(step(&console), Step::Asking));
    assert!(console.text().contains("Import") && console.text().contains("dify-dsl"), "{}", console.text());
    console.keys("enter");
    assert!(console.text().contains("a file has to be named"), "{}", console.text());
    console.types("dify.yml");
    console.keys("enter");
    assert!(matches!(step(&console), Step::Looking(_, true)), "{}", console.text());
    let text = console.text();
    for told in ["What would come", "apps: 1 added", "1 secret", "keydeck keeps no tools"] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    // The vault is unlocked first, since there is a secret to seal.
    console.keys("enter");
    if matches!(console.state.overlays.last(), Some(Overlay::Unlock(_))) {
        console.types("a key that is long enough");
        console.keys("enter");
    }
    assert!(console.state.overlays.is_empty(), "{}", console.text());
    assert!(console.text().contains("Imported as revision 9"), "{}", console.text());
}

#[test]
fn esc_goes_one_step_back_and_then_leaves() {
    let mut console = admin();
    console.keys(":");
    console.types("import litellm config.yaml");
    console.keys("enter");
    assert!(matches!(step(&console), Step::Looking(..)), "a kind and a path are read at once: {}", console.text());
    console.keys("esc");
    assert!(matches!(step(&console), Step::Asking));
    assert!(console.text().contains("config.yaml"), "what was typed is still there");
    console.keys("esc");
    assert!(console.state.overlays.is_empty());
}

#[test]
fn kinds_are_stepped_through_and_a_path_is_completed() {
    let mut console = admin();
    console.keys("I");
    console.types("di");
    console.keys("ctrl-n");
    assert!(console.text().contains("dify"), "{}", console.text());
    console.keys("shift-tab");
    console.keys("ctrl-n");
    let text = console.text();
    assert!(text.contains("database *") && text.contains("its storage") && text.contains("tags"), "{text}");
    assert!(!text.contains("file *") && !text.contains("│ source"), "{text}");
    console.keys("ctrl-n");
    let text = console.text();
    assert!(text.contains("feedforward") && text.contains("its secret key"), "{text}");
    console.keys("ctrl-p");
    assert!(!console.text().contains("its secret key"), "{}", console.text());
}

#[test]
fn a_database_is_named_without_its_password() {
    let mut console = admin();
    console.keys(":").types("import dify-db postgres://dify:hunter2@db.example/dify").keys("enter");
    assert!(console.state.overlays.is_empty() && console.text().contains("PGPASSWORD"), "{}", console.text());
    let told = format!("{:?} {:?}", console.state.journal, console.state.commands);
    assert!(!told.contains("hunter2"), "{told}");
    console.keys("esc :").types("import dify-db").keys("enter").types("postgres://dify:hunter2@db.example/dify");
    console.keys("enter");
    assert!(console.text().contains("leave the password out"), "{}", console.text());
    assert!(!format!("{:?}", console.state.journal).contains("hunter2"));
}

#[test]
fn the_map_and_what_dify_is_told_reach_the_wish() {
    let mut console = admin();
    console.keys(":").types("import dify-db postgres://dify@db.example/dify").keys("enter esc tab");
    console.types("keys").keys("tab").types("Acme").keys("tab").types("team-a, team-b").keys("tab tab tab tab");
    console.types("map.csv");
    let Some(Overlay::Import(it)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    let wish = it.wish().unwrap();
    assert_eq!(wish.path.to_str(), Some("postgres://dify@db.example/dify"));
    assert_eq!(wish.map_file.as_deref().and_then(std::path::Path::to_str), Some("map.csv"));
    assert_eq!(wish.dify.tenant.as_deref(), Some("Acme"));
    assert_eq!(wish.dify.tags.as_deref(), Some(&["team-a".to_owned(), "team-b".to_owned()][..]));
    assert!(wish.belonging.source.is_none(), "several databases of Dify's are told apart by their workspaces");
}

#[test]
fn nothing_is_read_from_afar_and_the_reason_is_told() {
    let mut console = admin();
    console.state.afar = true;
    console.keys("I");
    assert!(console.state.overlays.is_empty());
    assert!(console.text().contains("files of the server"), "{}", console.text());
}
