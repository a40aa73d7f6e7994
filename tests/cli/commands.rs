//! The lines of the console's command log: the program understands each of them.

use std::process::Command;

/// What the console's own test writes, and keeps true: the name of an action, and the line that does the same.
const LINES: &str = include_str!("../fixtures/console/commands.txt");

/// What a command ends with that could not be understood.
const USAGE: i32 = 2;

#[test]
fn every_line_of_the_command_log_is_understood() {
    let home = tempfile::tempdir().unwrap();
    for file in ["dify.yml", "keys.env", "map.csv", "users.db", "secret.txt"] {
        std::fs::write(home.path().join(file), "").unwrap();
    }
    assert!(LINES.lines().count() > 20);
    for line in LINES.lines() {
        let (action, command) = line.split_once(": ").unwrap();
        // The database is nowhere: what is understood finds that out, and nothing more.
        let script =
            format!("keydeck() {{ \"$KEYDECK\" --db sqlite:/nowhere/at/all.db --yes --plain \"$@\"; }}; {command}");
        let done = Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("KEYDECK", env!("CARGO_BIN_EXE_keydeck"))
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(home.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert_ne!(done.status.code(), Some(USAGE), "{action}: {command}\n{told}");
        assert!(told.contains("/nowhere/at/all.db"), "{action}: {command}\n{told}");
    }
}
