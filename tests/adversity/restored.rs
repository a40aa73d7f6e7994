//! Backups and restoring: a drill from the first key to the opened secret, and kills in the middle.

use std::{collections::BTreeMap, fs, path::Path, process::Child};

use super::{
    chance,
    house::{self, House},
    killed::point,
    rounds, written,
};

/// Adds a key with a secret of its own.
pub fn add_key(house: &House, name: &str) -> String {
    let secret = format!("sk-drill-{name}-{:x}", chance().to_bits());
    let words =
        ["add", "credential", name, "provider=openai", "--stdin-json", "--secret-key-file", &house.key(), "--quiet"];
    house.run_with(&words, serde_json::json!({ "api_key": secret }).to_string()).ends_with(0);
    secret
}

/// Opens a secret.
fn opened(house: &House, name: &str) -> String {
    house.run(&["reveal", name, "--secret-key-file", &house.key()]).ends_with(0).out.trim_end().to_owned()
}

/// Starts a process that writes one change set after the other, until it is stopped.
fn busy(house: &House) -> Child {
    let program = env!("CARGO_BIN_EXE_keydeck");
    let mut shell = std::process::Command::new("sh");
    let edit = format!("{program} edit app/app-0 note=$number -m busy --yes --quiet || exit 1");
    let line = format!("number=0; while :; do number=$((number + 1)); {edit}; done");
    shell.args(["-c", &line]).env_clear().env("HOME", house.home()).env("PATH", "/usr/bin:/bin");
    shell.current_dir(house.home()).spawn().unwrap()
}

#[test]
fn a_drill_from_the_first_key_to_the_opened_secret() {
    let house = House::founded();
    house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(20)).ends_with(0);
    let names = ["one", "two", "three"];
    let secrets: BTreeMap<String, String> = names.map(|name| (name.to_owned(), add_key(&house, name))).into();
    let before = house.revisions().len();
    let mut writer = busy(&house);
    while house.revisions().len() == before {}
    house.run(&["backup", "saved.db", "--quiet"]).ends_with(0);
    assert!(writer.try_wait().unwrap().is_none(), "the other process was disturbed");
    house::end(&mut writer);
    // Life goes on, and then the house burns down.
    add_key(&house, "later");
    house.run(&["remove", "key/one", "--yes", "--quiet"]).ends_with(0);
    let elsewhere = House::empty();
    fs::copy(house.path("saved.db"), elsewhere.path("saved.db")).unwrap();
    fs::copy(house.key(), elsewhere.key()).unwrap();
    drop(house);

    elsewhere.run(&["restore", "saved.db"]).ends_with(0);
    elsewhere.is_whole("after the drill");
    let doctor = elsewhere.run(&["doctor", "--json", "--secret-key-file", &elsewhere.key()]).ends_with(0).json();
    let vault = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "vault").unwrap();
    assert_eq!(vault["status"], "ok", "{vault}");
    for (name, secret) in &secrets {
        assert_eq!(&opened(&elsewhere, name), secret);
    }
    // It works on: a key can be sealed, and a wrong SECRET_KEY opens nothing.
    add_key(&elsewhere, "new");
    let wrong = elsewhere.write("wrong.key", "another key, long enough as well\n", 0o600);
    elsewhere.run(&["doctor", "--secret-key-file", &wrong]).ends_with(4);
}

#[test]
fn a_backup_that_is_killed_leaves_no_file_or_a_whole_one() {
    let house = House::founded();
    house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(300)).ends_with(0);
    let whole = house.time(&["backup", "undisturbed.db", "--quiet"]);
    let export = house.export();
    let tries = rounds(6);
    for round in 0..tries {
        let name = format!("{round}.db");
        let at = point(whole, round, tries);
        house.kill(&["backup", &name, "--quiet"], at);
        let when = format!("killed after {at:?} of {whole:?}");
        house.is_whole(&when);
        if !house.path(&name).exists() {
            house.run(&["backup", &name, "--quiet"]).ends_with(0);
        }
        let elsewhere = House::empty();
        elsewhere.run(&["restore", house.path(&name).to_str().unwrap(), "--quiet"]).ends_with(0);
        assert!(elsewhere.export() == export, "{when}");
        assert_eq!(parts(house.home()), Vec::<String>::new(), "{when}: something is left");
    }
}

/// Returns the names of unfinished files in a folder.
fn parts(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains(".part")).collect()
}

#[test]
fn a_restore_that_is_killed_has_done_all_or_nothing() {
    let origin = House::founded();
    origin.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(150)).ends_with(0);
    origin.run(&["backup", "saved.db", "--quiet"]).ends_with(0);
    let (saved, after) = (origin.path("saved.db"), origin.export());
    let saved = saved.to_str().unwrap();

    // Where there was nothing.
    let words = ["restore", saved, "--quiet"];
    let whole = House::empty().time(&words);
    for round in 0..rounds(3) {
        let house = House::empty();
        let at = point(whole, round, rounds(3));
        house.kill(&words, at);
        if !house.database().exists() {
            house.run(&words).ends_with(0);
        }
        let when = format!("new, killed after {at:?} of {whole:?}");
        house.is_whole(&when);
        assert!(house.export() == after, "{when}");
        assert_eq!(parts(house.database().parent().unwrap()), Vec::<String>::new(), "{when}: something is left");
    }

    // In place of something else.
    let words = ["restore", saved, "--replace", "--yes", "--quiet"];
    let other = || {
        let house = House::founded();
        house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(100)).ends_with(0);
        house
    };
    let undisturbed = other();
    let before = undisturbed.export();
    let whole = undisturbed.time(&words);
    for round in 0..rounds(4) {
        let house = other();
        let at = point(whole, round, rounds(4));
        house.kill(&words, at);
        let when = format!("replacing, killed after {at:?} of {whole:?}");
        house.is_whole(&when);
        let state = house.export();
        assert!(state == before || state == after, "{when}: neither all nor nothing");
        house.run(&words).ends_with(0);
        assert!(house.export() == after, "{when}: doing it again leads elsewhere");
    }
}
