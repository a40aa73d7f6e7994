//! Limits, met by clients: who may come, how long logging in may take, how long anybody may be silent.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::OPENSSH;
use crate::{
    ground::{Ground, Server, has},
    rough::wait,
};

/// Longer than anything here takes: who waits as long waits in vain.
const PATIENCE: Duration = Duration::from_mins(1);

/// Knocks, says something, and does nothing more.
fn knock(server: &Server, word: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.way.port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("is set");
    stream.write_all(word).expect("it listens");
    stream
}

/// Reads to the end of a connection.
fn hear(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    // A connection that is cut is over as well as one that ends; one that stays is not.
    if let Err(error) = stream.read_to_end(&mut heard) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "nobody hung up");
    }
    String::from_utf8_lossy(&heard).into_owned()
}

#[test]
fn logging_in_may_take_so_long_and_whoever_never_does_is_dropped() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with("[ssh]\nlogin_seconds = 1\n");
    let server = Server::start(&ground, &[]);
    // One says nothing at all, one is polite and no more, and one opens a packet that never ends.
    for word in [&b""[..], b"SSH-2.0-nobody\r\n", b"SSH-2.0-nobody\r\n\0\0\x05\xdc\x0a\x14"] {
        let heard = hear(knock(&server, word));
        assert!(heard.starts_with("SSH-2.0-keydeck"), "{heard:?}");
    }
    // OpenSSH's client has offered a key, and its user thinks about the passphrase for too long.
    ground.make_key("guarded", &["-t", "ed25519", "-N", "a long one"]);
    ground.keydeck(&["operator", "add-key", "viv", "guarded.pub"]);
    let mut thinking = server.way.open(&ground, "guarded", &[], 80, 24);
    thinking.sees("Enter passphrase");
    // Nobody but the client itself knows when it hears of it: it has to type, and finds nobody there.
    wait("the login to be given up", || ground.audit("login").iter().any(|row| row[3] == "denied"));
    thinking.keys("a long one\r");
    assert!(!thinking.ends().success());
    assert!(!thinking.text().contains("Invoice reader"), "{}", thinking.text());
}

#[test]
fn so_many_may_come_in_all_from_one_address_and_before_they_have_logged_in() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with(
        "[ssh]\nconnections = 4\nconnections_per_address = 2\nconnections_unauthenticated = 4\nlogin_seconds = 600\n",
    );
    let server = Server::start(&ground, &[]);
    let from = |address| ["-T", "-v", "-b", address];
    let run = |address| server.way.exec_with(&ground, "viv", &from(address), &["list", "workflows"], b"");
    let (first, second) = (knock(&server, b""), knock(&server, b""));
    assert_eq!(hear(knock(&server, b"")), "keydeck: there are too many connections from this address\r\n");
    // OpenSSH's client tells its user so, if asked for details.
    let told = run("127.0.0.1");
    assert!(told.code == Some(255) && told.err.contains("too many connections from this address"), "{told:?}");
    // Other addresses have room, until the server is full.
    let mut inside: Vec<_> =
        ["127.0.0.2", "127.0.0.3"].map(|it| server.way.open_with(&ground, "viv", &["-b", it], &[], (80, 24))).into();
    for person in &mut inside {
        person.sees("Invoice reader");
    }
    let told = run("127.0.0.4");
    assert!(told.code == Some(255) && told.err.contains("as many connections as it takes"), "{told:?}");
    inside.pop();
    wait("a place", || run("127.0.0.4").code == Some(0));
    drop((first, second));
    wait("the places of those who left", || run("127.0.0.1").code == Some(0));
}

#[test]
fn strangers_may_not_knock_as_often_as_they_like() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with("[ssh]\nconnections_unauthenticated = 1\nfailures = 2\npenalty_seconds = 3\n");
    let server = Server::start(&ground, &[]);
    let list = |key| server.way.exec_with(&ground, key, &["-T", "-v"], &["list", "workflows"], b"");
    let refused = || {
        let told = list("admin");
        told.code == Some(255) && told.err.contains("too many logins from this address were refused")
    };
    // One at a time thinks about who they are.
    let thinking = knock(&server, b"");
    assert!(list("admin").err.contains("too many are logging in just now"));
    drop(thinking);
    wait("the place", || list("admin").code == Some(0));
    while !refused() {
        let told = list("stranger");
        assert_eq!(told.code, Some(255), "{told:?}");
    }
    // It passes, for everybody who comes from there.
    wait("the penalty to pass", || list("admin").code == Some(0));
    let denied = ground.audit("login").iter().filter(|row| row[0] == "unknown" && row[3] == "denied").count();
    assert!(denied >= 1, "what was refused is on record, once for many");
}

#[test]
fn a_client_that_is_gone_without_a_word_is_found_out() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with("[ssh]\nkeepalive_seconds = 1\n");
    let server = Server::start(&ground, &[]);
    let mut frozen = server.way.open(&ground, "viv", &[], 80, 24);
    let mut awake = server.way.open(&ground, "admin", &[], 80, 24);
    frozen.sees("Invoice reader");
    awake.sees("Invoice reader");
    let left = |who: &str| ground.audit("logout").iter().any(|row| row[0] == who);
    frozen.signal("STOP");
    wait("the silent one to be taken for gone", || left("viv"));
    frozen.signal("KILL");
    // Whoever answers stays, however long they type nothing.
    assert!(!left("admin"));
    awake.keys("gc");
    awake.sees("openai-house");
    awake.keys("\u{3}\u{3}");
    assert!(awake.ends().success());
}

#[test]
fn an_idle_console_is_warned_and_closed_with_a_word_and_so_is_a_connection_without_a_session() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with("[ssh]\nidle_seconds = 4\n");
    let server = Server::start(&ground, &[]);
    let mut terminal = server.way.open(&ground, "viv", &[], 80, 24);
    terminal.sees("No key was pressed for long");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(terminal.is_restored());
    assert!(terminal.text().contains("no key was pressed for 4 seconds"), "{}", terminal.text());
    let leave = || ground.audit("logout").iter().filter(|row| row[0] == "viv").count();
    // The console and its connection leave one after the other.
    wait("the end on record", || leave() == 2);
    let unused = server.way.exec_with(&ground, "viv", &["-N"], &[], b"");
    assert_eq!(unused.code, Some(255), "{unused:?}");
    wait("the end on record", || leave() == 3);
}

#[test]
fn an_unlocked_console_locks_itself_and_forgets_what_it_showed() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with("[console]\nidle_lock_seconds = 3\n");
    let server = Server::start(&ground, &[]);
    let mut terminal = server.way.open(&ground, "admin", &["key/openai-house"], 100, 30);
    terminal.sees("vault locked");
    terminal.keys("S");
    terminal.sees("sk-FAKE-house-0123456789");
    // Nobody presses a key: nobody is there who should see it.
    terminal.sees("vault locked");
    terminal.loses("sk-FAKE-house");
    terminal.keys("\u{3}\u{3}\u{3}");
    assert!(terminal.ends().success());
    let unlocks = ground.audit("unlock");
    assert_eq!(unlocks.iter().filter(|row| row[0] == "admin").count(), 1, "{unlocks:?}");
}
