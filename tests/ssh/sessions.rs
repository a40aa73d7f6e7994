//! Several sessions on one connection, what a client says of its surroundings, and what else it asks for.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use super::OPENSSH;
use crate::{
    ground::{Ground, Server, client, has},
    rough::wait,
};

/// A connection of somebody that others share: OpenSSH's `ControlMaster`.
struct Shared {
    master: Child,
    path: String,
}

impl Shared {
    fn open(ground: &Ground, server: &Server, key: &str) -> Self {
        let path = format!("ControlPath={}", ground.path("control").display());
        let mut command = Command::new("ssh");
        command.args(client(ground, &server.way, key, &["-M", "-N", "-o", &path], &[]));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", ground.home());
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let master = command.spawn().expect("ssh starts");
        wait("the connection", || ground.path("control").exists());
        Self { master, path }
    }

    /// What says to the client that it goes this way, and no other where this is closed.
    fn options(&self) -> [&str; 6] {
        ["-o", "ControlMaster=no", "-o", &self.path, "-o", "ProxyCommand=/bin/false"]
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = self.master.kill();
        let _ = self.master.wait();
    }
}

#[test]
fn sessions_on_one_connection_are_apart_and_only_so_many() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let shared = Shared::open(&ground, &server, "admin");
    let open = |words: &[&str]| server.way.open_with(&ground, "admin", &shared.options(), words, (100, 30));
    let run = |words: &[&str]| {
        let options = [&["-T"][..], &shared.options()].concat();
        server.way.exec_with(&ground, "admin", &options, words, b"")
    };
    let (mut first, mut second) = (open(&[]), open(&["key/openai-house"]));
    first.sees("Invoice reader");
    second.sees("openai-house");
    // Each has its own place, its own keys, and its own size.
    first.keys("/nothing");
    first.sees("nothing");
    second.resize(60, 20);
    second.keys("x");
    second.sees("1 STAGED");
    assert!(!second.text().contains("/nothing"), "{}", second.text());
    // Commands go on beside them, and end with codes of their own.
    let listed = run(&["list", "workflows"]);
    assert!(listed.code == Some(0) && listed.out.contains("Invoice reader"), "{listed:?}");
    assert_eq!(run(&["resolve", "'Invoice reader'"]).code, Some(7));
    // What one has unlocked is locked for the other.
    second.keys("S");
    second.sees("sk-FAKE-house-0123456789");
    first.keys("\u{1b}");
    first.sees("vault locked");
    assert!(!first.text().contains("sk-FAKE"));
    // One leaves, the others stay.
    second.keys("\u{3}\u{3}\u{3}");
    assert!(second.ends().success());
    first.sees("Invoice reader");
    // However many come one after the other, there is room for the next.
    for _ in 0..12 {
        assert_eq!(run(&["list", "workflows"]).code, Some(0));
    }
    // There are ten at most; the eleventh is refused, and nobody else suffers.
    let mut more: Vec<_> = (0..9).map(|_| open(&[])).collect();
    for person in &mut more {
        person.sees("Invoice reader");
    }
    let refused = run(&["list", "workflows"]);
    assert!(refused.code == Some(255) && refused.err.contains("Session open refused"), "{refused:?}");
    drop(more.pop());
    wait("a place", || run(&["list", "workflows"]).code == Some(0));
    // It was one login, and is one way out for all of them.
    let ways = |action: &str| ground.audit_of(action, "ssh").len();
    assert_eq!((ways("login"), ways("logout")), (1, 0));
    drop(shared);
    for mut person in more {
        person.ends();
    }
    wait("the end on record", || ways("logout") == 1);
}

#[test]
fn of_the_environment_little_is_taken_and_nothing_that_says_what_is_done() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let other = format!("KEYDECK_DATABASE=sqlite:{}", ground.path("other.db").display());
    let lib = format!("LD_PRELOAD={}", ground.path("evil.so").display());
    for set in [&*other, &*lib, "KEYDECK_READ_ONLY=true", "HOME=/nowhere", "PATH=/nowhere", "SHELL=/bin/sh"] {
        let options = ["-T", "-o", &format!("SetEnv={set}")];
        let told = server.way.exec_with(&ground, "admin", &options, &["list", "workflows"], b"");
        assert!(told.code == Some(0) && told.out.contains("Invoice reader"), "{set}: {told:?}");
    }
    assert!(!ground.path("other.db").exists());
    // What it says of its terminal is taken: colours, or none.
    let colours = |set: &str| {
        let options = ["-o", &format!("SetEnv={set}")];
        let mut terminal = server.way.open_with(&ground, "admin", &options, &[], (80, 24));
        terminal.sees("Invoice reader");
        terminal.keys("\u{3}\u{3}");
        assert!(terminal.ends().success());
        let text = String::from_utf8_lossy(&terminal.written).into_owned();
        (text.contains("38;2;"), text.contains("38;5;"))
    };
    assert_eq!(colours("NO_COLOR=1"), (false, false));
    assert!(colours("COLORTERM=truecolor").0);
    assert_eq!(colours("KEYDECK_COLOR=never"), colours("LANG=C.UTF-8"), "it is no setting of theirs");
}

#[test]
fn what_is_no_session_is_refused_and_the_connection_lives_on() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
    let forward = format!("127.0.0.1:{free}:127.0.0.1:{}", server.way.port);
    let mut command = Command::new("ssh");
    command.args(client(&ground, &server.way, "admin", &["-N", "-L", &forward], &[]));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", ground.home()).stdin(Stdio::null());
    let log = ground.path("forward.log");
    command.stderr(fs::File::create(&log).expect("is made"));
    let mut forwarding = command.spawn().expect("ssh starts");
    let knock = || std::net::TcpStream::connect(("127.0.0.1", free));
    wait("the client to listen", || knock().is_ok());
    wait("the refusal", || {
        let _ = knock();
        fs::read_to_string(&log).expect("is there").contains("administratively prohibited")
    });
    assert!(forwarding.try_wait().expect("is ours").is_none(), "refusing ends nothing else");
    forwarding.kill().expect("it runs");
    forwarding.wait().expect("it ends");
    let socket = format!("{}:{}", ground.path("socket").display(), ground.path("other").display());
    let back = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", &socket];
    let told = server.way.exec_with(&ground, "admin", &back, &[], b"");
    assert!(told.code == Some(255) && told.err.contains("remote port forwarding failed"), "{told:?}");
    // A subsystem by any name says what there is instead.
    for name in ["sftp", "netconf", "keydeck"] {
        let told = server.way.exec_with(&ground, "admin", &["-T", "-s"], &[name], b"");
        assert!(told.code == Some(2) && told.out.is_empty(), "{told:?}");
        assert!(told.err.contains("there are no subsystems here") && told.err.contains("export >"), "{told:?}");
    }
    // X11 and an agent are not taken, and OpenSSH's client says so where its user asked for them.
    let told = server.way.exec_with(&ground, "admin", &["-T", "-v", "-A", "-X"], &["list", "workflows"], b"");
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[test]
fn no_key_of_a_viewer_reaches_this_machine_from_the_console() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with_a_private_key();
    let server = Server::start(&ground, &[]);
    let edited = ground.path("edited");
    let mut terminal = server.way.open(&ground, "viv", &[], 100, 30);
    terminal.sees("Invoice reader");
    // Whatever the palette is asked for, it says why not.
    for (line, why) in [
        (":import dotenv /etc/passwd\r", "it would read files of the server"),
        (":export csv /tmp/keydeck-was-here\r", "Nothing is written into files of the server"),
        (":edit-outside", "No action is called so"),
    ] {
        terminal.keys(line);
        terminal.sees(why);
        if terminal.text().contains("╭ Run") {
            // One step takes back what was typed, the next one leaves.
            terminal.keys("\u{1b}");
            terminal.sees("a command, then its argument");
            terminal.keys("\u{1b}");
            terminal.loses("╭ Run");
        }
    }
    terminal.keys("gc");
    terminal.sees("openai-house");
    assert!(!terminal.text().contains("private-of-admin"), "{}", terminal.text());
    for keys in ["S", "ys", "R", "e", "L"] {
        terminal.keys(keys);
        terminal.keys("\u{5}"); // ctrl-e
        terminal.keys("\u{1b}\u{1b}");
    }
    // An admin may write notes, though with no editor of the server.
    let mut admin = server.way.open(&ground, "admin", &["key/openai-house"], 100, 30);
    admin.sees("openai-house");
    admin.keys("e");
    admin.sees("note");
    for _ in 0..30 {
        admin.keys("\u{5}\t");
    }
    admin.sees("Edit key");
    drop(admin);
    terminal.keys("?");
    terminal.sees("move-up");
    terminal.keys("\u{3}\u{3}\u{3}");
    assert!(terminal.ends().success());
    assert!(!edited.exists() && !std::path::Path::new("/tmp/keydeck-was-here").exists());
    let written = String::from_utf8_lossy(&terminal.written).into_owned();
    assert!(!written.contains("sk-FAKE") && !written.contains("private-of-admin") && !written.contains("root:x:"));
}
