//! What can be reached from afar: the command line and the console, within somebody's rights; no shell, no file, no
//! other program, no other's key.

use std::process::Command;

use super::OPENSSH;
use crate::ground::{Ground, Server, client, feed, find, has};

/// What the passwd file of any machine begins with.
const FOREIGN: &str = "root:x:0:0";

/// Returns every command that the program has, with those inside another.
fn commands(ground: &Ground) -> Vec<Vec<String>> {
    let inside = |words: &[String]| -> Vec<String> {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = ground.keydeck(&arguments);
        let list = help.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = list.lines().take_while(|line| line.starts_with("  "));
        let named = lines.filter(|line| !line.starts_with("   "));
        named.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    };
    let mut found = Vec::new();
    for first in inside(&[]) {
        let words = vec![first];
        for second in inside(&words) {
            found.push(vec![words[0].clone(), second]);
        }
        found.push(words);
    }
    found
}

#[test]
fn no_command_gives_a_viewer_a_shell_a_file_or_anothers_key() {
    if !has(OPENSSH) {
        return;
    }
    let ground = Ground::with_a_private_key();
    let server = Server::start(&ground, &[]);
    let commands = commands(&ground);
    assert!(commands.len() > 40, "{commands:?}");
    let harmless = |words: &[&str]| {
        let told = server.way.exec(&ground, "viv", words);
        let all = format!("{}{}", told.out, told.err);
        assert!(
            !all.contains(FOREIGN) && !all.contains("sk-FAKE") && !all.contains("private-of-admin"),
            "{words:?}: {all}"
        );
        assert!(matches!(told.code, Some(0 | 2 | 3 | 4 | 5 | 7)), "{words:?}: {told:?}");
        told
    };
    for words in &commands {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        harmless(&words);
        for more in [
            &["/etc/passwd"][..],
            &["openai-house"],
            &["-"],
            &["--db", "sqlite:/etc/passwd"],
            &["--config", "/etc/passwd"],
        ] {
            harmless(&[&words, more].concat());
        }
    }
    for words in [
        &["apply", "-f", "/etc/passwd"][..],
        &["plan", "-f", "/etc/passwd"],
        &["test", "/etc/passwd"],
        &["import", "dotenv", "/etc/passwd"],
        &["import", "dify-dsl", "/etc"],
        &["export", "-o", "/tmp/keydeck-was-here"],
        &["operator", "add-key", "viv", "/etc/passwd"],
        &["--secret-key-file", "/etc/passwd", "list", "workflows"],
        &["--as", "admin", "list", "credentials"],
        &["serve"],
        &["--ssh"],
        &["doctor"],
        &["backup", "/tmp/keydeck-was-here"],
        &["init"],
        &["rekey"],
        &["reveal", "openai-house"],
    ] {
        assert_eq!(harmless(words).code, Some(4), "{words:?}");
    }
    assert!(!std::path::Path::new("/tmp/keydeck-was-here").exists());
    // What a shell would obey is a word like any other.
    for line in ["sh", "/bin/sh -c id", "!sh", "list workflows; id", "list $(id)", "list workflows | sh", "scp -t /tmp"]
    {
        let told = harmless(&[line]);
        assert!(told.code == Some(2) && !told.out.contains("uid="), "{line}: {told:?}");
    }
    assert!(!server.way.exec(&ground, "viv", &["list", "credentials"]).out.contains("private-of-admin"));
}

#[test]
fn only_sessions_are_opened() {
    if !has(OPENSSH) || !has(&["sftp", "scp"]) {
        return;
    }
    let ground = Ground::new();
    let server = Server::start(&ground, &[]);
    let port = server.way.port;
    let forward = server.way.exec_with(&ground, "admin", &["-W", &format!("127.0.0.1:{port}")], &[], b"");
    assert!(forward.code != Some(0) && forward.err.contains("administratively prohibited"), "{forward:?}");
    let back = ["-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:22"];
    let back = server.way.exec_with(&ground, "admin", &back, &[], b"");
    assert!(back.code == Some(255) && back.err.contains("remote port forwarding failed"), "{back:?}");
    // An agent and X11 are offered, and not taken; the command goes on without.
    let agent = ["-A", "-X", "-o", "ForwardX11Trusted=yes", "-T"];
    let without = server.way.exec_with(&ground, "admin", &agent, &["list", "workflows"], b"");
    assert_eq!(without.code, Some(0), "{without:?}");
    for (program, more) in [("sftp", vec![]), ("scp", vec!["/etc/hostname".to_owned()])] {
        let mut line = client(&ground, &server.way, "admin", &[], &[]);
        let place = line.pop().expect("a place");
        line.retain(|word| word != "-p");
        let port = line.iter().position(|word| *word == server.way.port.to_string()).expect("a port");
        line.insert(port, "-P".to_owned());
        line.extend(more);
        line.push(format!("{place}{}", if program == "scp" { ":/tmp/keydeck-was-here" } else { "" }));
        let mut command = Command::new(find(program).expect("is there"));
        command.args(&line).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", ground.home());
        let done = feed(&mut command, b"ls\n");
        assert!(!done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stdout));
    }
    assert!(!std::path::Path::new("/tmp/keydeck-was-here").exists());
}
