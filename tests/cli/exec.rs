//! `exec` with real programs: what they are given, what they print, how they end, and what stays behind.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::home::Home;

const CANARY: &str = "sk-FAKE-CANARY/0123+456\"789\\abc-x9Kd";

/// A home with a workflow of two nodes that use one key.
fn house() -> Home {
    let home = Home::founded();
    let json = serde_json::json!({ "api_key": CANARY }).to_string();
    let add = ["add", "credential", "main", "provider=openai", "base_url=https://llm.example.com/v1", "--stdin-json"];
    assert!(home.run(&add, Some(json.as_bytes())).status.success());
    home.done(&["add", "workflow", "bot"]);
    for node in ["bot/ask", "bot/check"] {
        home.done(&["add", "node", node, "provider=openai", "model=gpt-4o"]);
    }
    home.done(&["assign", "workspace", "key/main", "--provider", "openai"]);
    home
}

/// The program, with what shells need and with variables that nobody is to inherit.
fn exec(home: &Home, options: &[&str], script: &str) -> Command {
    let mut command = home.command();
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("SECRET_KEY", "somebody's").env("KEYDECK_COLOR", "never").env("OPENAI_ORG_ID", "another's");
    command.env("OPENAI_BASE_URL", "https://elsewhere.example.com").env("KEPT", "kept");
    command.args(["exec", "bot"]).args(options).args(["--", "sh", "-c", script]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(home: &Home, script: &str) -> Output {
    exec(home, &[], script).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_program_has_the_key_and_nothing_of_ours() {
    let home = house();
    let length = format!("test ${{#OPENAI_API_KEY}} = {} && echo whole", CANARY.len());
    assert_eq!(text(&run(&home, &length).stdout), "whole\n");
    let out = text(&run(&home, "env").stdout);
    for line in ["OPENAI_API_KEY=[redacted]", "OPENAI_BASE_URL=https://llm.example.com/v1", "KEPT=kept"] {
        assert!(out.lines().any(|it| it == line), "{line} in {out}");
    }
    for name in ["KEYDECK", "SECRET_KEY", "OPENAI_ORG"] {
        assert!(!out.lines().any(|line| line.starts_with(name)), "{name} in {out}");
    }
    let mut command = exec(&home, &[], "cat");
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"through\n").unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap().stdout), "through\n", "standard input is the program's");
}

#[test]
fn what_a_program_prints_holds_no_key() {
    let home = house();
    let halves = format!(
        "printf %s \"$(printf %s \"$OPENAI_API_KEY\" | head -c 9)\"; printf '%s\\n' \"$(printf %s \
                          \"$OPENAI_API_KEY\" | tail -c {})\"",
        CANARY.len() - 9
    );
    let scripts = [
        "printf '[%s]\\n' \"$OPENAI_API_KEY\"; printf '[%s]\\n' \"$OPENAI_API_KEY\" >&2",
        &halves,
        "printf %s \"$OPENAI_API_KEY\" | base64",
        "printf %s \"x$OPENAI_API_KEY\" | base64 -w 10",
        "printf %s \"xy$OPENAI_API_KEY\" | base64 >&2",
        "printf %s \"$OPENAI_API_KEY\" | od -An -tx1 | tr -d ' \\n'",
        "printf %s \"$OPENAI_API_KEY\" | sed 's/[\\\\\"]/\\\\&/g; s,/,\\\\/,g'",
        "printf %s \"$OPENAI_API_KEY\" | sed 's,/,%2F,g; s,+,%2b,g'",
    ];
    for script in scripts {
        let output = run(&home, script);
        let said = text(&[output.stdout, output.stderr].concat());
        assert!(output.status.success() && said.contains("[redacted]"), "{script}: {said}");
        let flat: String = said.split_whitespace().collect();
        for part in [&CANARY[3..14], &STANDARD.encode(CANARY)[4..20], &STANDARD.encode(&CANARY[1..])[4..20], "46414b45"]
        {
            assert!(!flat.contains(part), "{script}: {said}");
        }
    }
    let open = exec(&home, &["--no-redact"], "printf '%s\\n' \"$OPENAI_API_KEY\"").output().unwrap();
    assert_eq!(text(&open.stdout), format!("{CANARY}\n"), "who may use it may see it, if they ask for that");
}

#[test]
fn a_program_ends_as_it_ends_and_that_is_on_record() {
    let home = house();
    for (script, code) in [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        assert_eq!(run(&home, script).status.code(), Some(code), "{script}");
    }
    let rows = home.json(&["audit", "log", "--action", "exec"]);
    let rows = rows["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 8);
    let told: Vec<_> = rows.iter().rev().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(told[..4], ["intent", "done", "intent", "done"]);
    assert_eq!((&rows[0]["details"]["code"], &rows[0]["subject"]), (&137.into(), &"key/main".into()));
    assert_eq!(rows[1]["details"]["program"], "sh");
    assert_eq!(rows[1]["details"]["for"], "workflow/bot");
    assert!(!text(serde_json::to_vec(rows).unwrap().as_slice()).contains("TERM"), "no argument is on record");
}

#[test]
fn signals_are_passed_on_and_output_comes_at_once() {
    let home = house();
    let script = "trap 'echo bye; exit 9' TERM INT HUP; echo ready; while :; do sleep 0.05; done";
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT, rustix::process::Signal::HUP] {
        // Without a terminal in front of it.
        let mut command = exec(&home, &[], script);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let of_parent = std::fs::read(format!("/proc/{}/environ", child.id())).unwrap_or_default();
        assert!(!text(&of_parent).contains("FAKE"), "the key is in no environment but the program's");
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        line.clear();
        out.read_to_string(&mut line).unwrap();
        assert_eq!((&*line, child.wait().unwrap().code()), ("bye\n", Some(9)), "{signal:?}");
    }
}

#[test]
fn who_stops_reading_stops_the_program() {
    let home = house();
    let mut child = exec(&home, &[], "while :; do echo more; done").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    drop(out);
    assert_eq!((&*line, child.wait().unwrap().code()), ("more\n", Some(128 + 13)));
}

#[test]
fn what_is_refused_runs_nothing() {
    let home = house();
    home.done(&["add", "workflow", "other"]);
    home.done(&["add", "credential", "spare", "provider=openai"]);
    home.done(&["add", "node", "other/ask", "provider=anthropic", "model=claude-sonnet-4-5"]);
    let touch = ["--", "/bin/sh", "-c", "touch ran"];
    let refused: [(&[&str], i32, &str); 11] = [
        (&["exec", "bot", "--at", "2026-01-01T00:00:00Z"], 2, "--at"),
        (&["exec", "bot", "--layers", "dify"], 2, "--layers"),
        (&["exec", "bot", "--as", "root"], 2, "as somebody else"),
        (&["exec", "bot", "--read-only"], 4, "read-only"),
        (&["exec", "bto"], 2, "did you mean bot?"),
        (&["exec", "bot", "--node", "aks"], 2, "did you mean ask?"),
        (&["exec", "other"], 7, "gets no key"),
        (&["exec", "bot", "--environment", "production", "--provider", "cohere"], 7, "gets no key"),
        (&["exec", "bot", "--override", "openai=main"], 7, "overrides"),
        (&["exec", "bot", "--var", "nonsense=1"], 2, "--var"),
        (&["exec", "bot", "--secret-key-file", "no-such.key"], 3, "no-such.key"),
    ];
    for (words, code, says) in refused {
        let output = home.run(&[words, &touch].concat(), None);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
    let none = home.run(&["exec", "bot", "--", "/no/such/program"], None);
    assert_eq!((none.status.code(), text(&none.stderr).contains("there is no program")), (Some(2), true));
    let nothing = home.run(&["exec", "bot"], None);
    assert_eq!(nothing.status.code(), Some(2), "{}", text(&nothing.stderr));
    home.done(&["assign", "node/bot/ask", "key/spare"]);
    let absent = home.run(&[&["exec", "bot", "--node", "ask"][..], &touch].concat(), None);
    assert_eq!(absent.status.code(), Some(7), "{}", text(&absent.stderr));
    let several = home.run(&[&["exec", "bot"][..], &touch].concat(), None);
    assert!(text(&several.stderr).contains("choose with --node"), "{}", text(&several.stderr));
    assert!(!home.path().join("ran").exists());
    let rows = home.json(&["audit", "log", "--action", "exec", "--outcome", "intent"]);
    assert_eq!(rows["rows"].as_array().unwrap().len(), 0);
}
