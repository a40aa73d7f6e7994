//! Rough weather: clients that are killed, that never read, that flood, and fifty at once; by our own server here, and
//! by OpenSSH's in `sshd`.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::OPENSSH;
use crate::ground::{Ground, Server, Way, client, has};

/// How long to wait for what has to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// How much memory one client that behaves badly may cost, in KiB.
const MOST: u64 = 64 << 10;

/// Waits until something holds.
#[track_caller]
pub fn wait(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Starts a client with a terminal whose output nobody reads, and whose keys are written by the caller.
fn deaf(ground: &Ground, way: &Way) -> std::process::Child {
    let mut command = Command::new("ssh");
    command.args(client(ground, way, "viv", &["-tt"], &[])).env_clear().env("PATH", "/usr/bin:/bin");
    command.env("HOME", ground.home()).env("TERM", "xterm-256color");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("ssh starts")
}

#[test]
fn a_client_that_never_reads_and_floods_holds_nobody_up_and_costs_little() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    never_reads_and_floods(&ground, &server.way, || server.memory());
}

/// Lets a client flood that never reads, while another works.
pub fn never_reads_and_floods(ground: &Ground, way: &Way, memory: impl Fn() -> u64) {
    let mut other = way.open(ground, "admin", &[], 80, 24);
    other.sees("Invoice reader");
    assert_eq!(way.exec(ground, "viv", &["list", "workflows"]).code, Some(0));
    let before = memory();
    let mut client = deaf(ground, way);
    let mut keys = client.stdin.take().expect("is piped");
    // Each key makes a frame, if there were somebody to take it: help opens and closes again and again.
    let flood = std::thread::spawn(move || {
        for _ in 0..2000 {
            if keys.write_all(b"?\x03jkjkjkjkjk/a\x03").is_err() {
                break;
            }
        }
        keys
    });
    let keys = flood.join().expect("the keys are taken");
    for _ in 0..3 {
        assert_eq!(way.exec(ground, "viv", &["list", "workflows"]).code, Some(0));
    }
    other.keys("gc");
    other.sees("openai-house");
    let grown = memory().saturating_sub(before);
    assert!(grown < MOST, "the server grew by {grown} KiB");
    client.kill().expect("it runs");
    client.wait().expect("it ends");
    drop(keys);
    // Three commands and a console came, and went.
    let (came, went) = (|| count(ground, "login", "viv"), || count(ground, "logout", "viv"));
    wait("the end on record", || went() == came());
    other.keys("qq");
    assert!(other.ends().success());
}

#[test]
fn a_flood_of_keys_and_a_huge_paste_leave_the_session_alive() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    floods(&ground, &server.way, || server.memory());
}

/// Types more than anybody can, and pastes more than is taken.
pub fn floods(ground: &Ground, way: &Way, memory: impl Fn() -> u64) {
    let mut terminal = way.open(ground, "viv", &[], 80, 24);
    terminal.sees("Invoice reader");
    let before = memory();
    terminal.keys(&"jk".repeat(10_000));
    terminal.keys("/\u{1b}[200~");
    for _ in 0..64 {
        terminal.keys(&"paste ".repeat(8 << 10));
    }
    terminal.keys("\u{1b}[201~");
    terminal.sees("too many");
    let grown = memory().saturating_sub(before);
    assert!(grown < MOST, "the server grew by {grown} KiB");
    terminal.keys("\u{3}?");
    terminal.sees("move-up");
    terminal.keys("\u{3}\u{3}\u{3}");
    assert!(terminal.ends().success());
}

#[test]
fn a_client_that_is_killed_while_it_applies_leaves_all_of_it_or_nothing() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    killed_while_applying(&ground, &server.way);
}

/// Kills a client at several moments after it asked for a change set to be applied.
pub fn killed_while_applying(ground: &Ground, way: &Way) {
    for (round, pause) in [0, 3, 9, 30, 100].into_iter().enumerate() {
        let mut terminal = way.open(ground, "admin", &[], 100, 30);
        terminal.sees("Invoice reader");
        terminal.keys("gc");
        terminal.sees("openai-house");
        terminal.keys("x"); // disabled, or enabled again
        terminal.sees("1 STAGED");
        terminal.keys("\u{13}"); // ctrl-s
        terminal.sees("message");
        let before = revision(ground);
        terminal.keys(&format!("round {round}\r\r"));
        std::thread::sleep(Duration::from_millis(pause));
        terminal.signal("KILL");
        terminal.ends();
        // Whole, or not at all; what is left is staged, and the chain of the audit is whole.
        let is_applied = || revision(ground) == before + 1;
        let is_staged = || way.exec(ground, "admin", &["staged", "--json"]).out.contains("openai-house");
        wait("the change set to be whole", || is_applied() != is_staged());
        if !is_applied() {
            assert_eq!(way.exec(ground, "admin", &["staged", "discard", "--yes"]).code, Some(0));
        }
    }
    let chain = ground.command(&["audit", "verify"]).output().expect("it runs");
    assert!(chain.status.success(), "{}", String::from_utf8_lossy(&chain.stdout));
}

/// Counts the rows of the audit log about what somebody did.
fn count(ground: &Ground, action: &str, who: &str) -> usize {
    ground.audit(action).iter().filter(|row| row[0] == who && row[3] == "done").count()
}

/// Returns the number of the newest revision.
fn revision(ground: &Ground) -> u64 {
    let log: serde_json::Value = serde_json::from_str(&ground.keydeck(&["log", "--json"])).expect("is JSON");
    log["revisions"][0]["revision"].as_u64().or_else(|| log["revisions"][0]["number"].as_u64()).expect("a number")
}

#[test]
fn fifty_work_at_once_and_each_sees_what_another_applied() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    fifty(&ground, &server.way);
}

/// Lets fifty look at a key while somebody disables it.
pub fn fifty(ground: &Ground, way: &Way) {
    let mut people: Vec<_> = (0..50).map(|_| way.open(ground, "viv", &["key/openai-house"], 80, 24)).collect();
    for person in &mut people {
        person.sees("openai-house");
    }
    let told = way.exec(ground, "admin", &["disable", "openai-house"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    for person in &mut people {
        person.sees("disabled");
    }
    for person in &mut people {
        person.keys("\u{3}\u{3}");
    }
    for person in &mut people {
        assert!(person.ends().success(), "{}", person.text());
        assert!(person.is_restored());
    }
}
