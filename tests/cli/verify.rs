//! `verify` against a vendor on the loopback: what is asked, what is told and kept, and how it ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Stdio,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use super::home::Home;

const CANARY: &str = "sk-FAKE-CANARY-verify-0123456789-x9Kd";

/// A vendor that answers by the path that is asked for: `/200/models` with 200, `/silent/…` not at all.
struct Vendor {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let seen = Arc::clone(&seen);
                thread::spawn(move || {
                    let lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|it| !it.is_empty());
                    let request = lines.collect::<Vec<_>>().join("\n");
                    let status = request.split('/').nth(1).unwrap_or_default().to_owned();
                    seen.lock().unwrap().push(request);
                    if status == "silent" {
                        // Until whoever asks has gone.
                        let _ = stream.read(&mut [0; 64]);
                        return;
                    }
                    let body = format!("{{\"error\": \"Incorrect API key provided: {CANARY}\"}}");
                    let head =
                        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    let _ = stream.write_all(format!("{head}{body}").as_bytes());
                });
            }
        });
        Self { url, asked }
    }
}

/// A home with a key for each kind of answer.
fn house(vendor: &Vendor) -> Home {
    let home = Home::founded();
    for kind in ["200", "401", "429", "silent"] {
        let url = format!("base_url={}/{kind}/v1", vendor.url);
        let input = json!({ "api_key": CANARY }).to_string();
        let add = ["add", "credential", &format!("k{kind}"), "provider=openai", &url, "--stdin-json"];
        assert!(home.run(&add, Some(input.as_bytes())).status.success());
    }
    home.done(&["add", "credential", "named", "provider=openai"]);
    home
}

fn answer(home: &Home, key: &str) -> Value {
    home.json(&["show", &format!("key/{key}")])["last_verified"].clone()
}

#[test]
fn vendors_answers_are_told_kept_and_never_repeated() {
    let vendor = Vendor::open();
    let home = house(&vendor);
    let run = |words: &[&str]| home.run(&[&["verify"], words].concat(), None);
    let said = |output: &std::process::Output| {
        String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
    };
    let cases: [(&[&str], i32, &str); 8] = [
        (&["k200"], 0, "works"),
        (&["key/k200"], 0, "works"),
        (&["k401"], 7, "refused"),
        (&["k429", "k200"], 7, "works"),
        (&["ksilent", "--timeout", "1"], 7, "no answer within 1 s"),
        (&["named"], 7, "known by name only"),
        (&["k2000"], 2, "k200"),
        (&["k200", "--as", "root"], 2, "as somebody else"),
    ];
    for (words, code, says) in cases {
        let output = run(words);
        let text = said(&output);
        // A rate limit is no fault of the key.
        let code = if words == ["k429", "k200"] { 0 } else { code };
        assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
        assert!(text.contains(says) && !text.contains("CANARY"), "{words:?}: {text}");
    }
    assert_eq!(answer(&home, "k200")["answer"], "works");
    assert_eq!(answer(&home, "k401")["answer"], "refused");
    assert_eq!(answer(&home, "ksilent")["answer"], "unreachable");
    assert_eq!(answer(&home, "named"), Value::Null);
    let asked = vendor.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|it| it.contains(CANARY) && !it.lines().next().unwrap().contains("FAKE")), "in no URL");

    let many = run(&["key/k*", "--timeout", "1", "--json"]);
    let document: Value = serde_json::from_slice(&many.stdout).unwrap();
    assert_eq!((many.status.code(), &document["wanted"]), (Some(7), &json!(4)));
    let mut answers: Vec<String> = document["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["answer"].as_str().unwrap_or("none").to_owned())
        .collect();
    answers.sort();
    assert_eq!(answers, ["refused", "unreachable", "works", "works"]);
    let log = home.json(&["audit", "log", "--action", "verify", "--limit", "200"]).to_string();
    assert!(log.contains("\"answer\":\"refused\"") && !log.contains("CANARY"), "{log}");
    let rotated =
        home.run(&["edit", "key/k401", "--stdin-json"], Some(b"{\"api_key\": \"sk-FAKE-another-0123456789\"}"));
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_eq!(answer(&home, "k401"), Value::Null, "what was said of another secret is forgotten");
}

#[test]
fn ctrl_c_stops_and_is_on_record() {
    let vendor = Vendor::open();
    let home = house(&vendor);
    let mut command = home.command();
    command.args(["verify", "ksilent", "--timeout", "600", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    while vendor.asked.lock().unwrap().is_empty() {
        thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["keys"], &document["wanted"]), (&json!([]), &json!(1)));
    assert_eq!(answer(&home, "ksilent"), Value::Null);
    let log = home.json(&["audit", "log", "--action", "verify"]);
    let outcomes: Vec<&str> =
        log["rows"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["failed", "intent"]);
}

#[test]
fn a_key_goes_to_a_server_that_nobody_trusts_in_no_case() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .current_dir(folder.path())
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: there is no openssl to make a certificate with");
        return;
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut server = std::process::Command::new("openssl")
        .args(["s_server", "-accept", &port, "-key", "key.pem", "-cert", "cert.pem", "-www"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It says so when it listens.
    let mut line = String::new();
    let mut out = BufReader::new(server.stdout.take().unwrap());
    while !line.contains("ACCEPT") && out.read_line(&mut line).unwrap() > 0 {}
    let home = Home::founded();
    let url = format!("base_url=https://localhost:{port}/v1");
    let input = json!({ "api_key": CANARY }).to_string();
    assert!(
        home.run(&["add", "credential", "k", "provider=openai", &url, "--stdin-json"], Some(input.as_bytes()))
            .status
            .success()
    );
    let output = home.run(&["verify", "k", "--timeout", "20"], None);
    server.kill().unwrap();
    server.wait().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(7), "{text}");
    assert!(text.contains("unreachable") && text.contains("certificate"), "{text}");
}

/// What would be put in use is asked about first, and what is in use is not touched by the answer.
#[test]
fn a_secret_that_is_not_in_use_yet_is_tried_at_its_vendor() {
    const NEXT: &str = "sk-FAKE-CANARY-next-0123456789-q7Rs";
    let vendor = Vendor::open();
    let home = house(&vendor);
    let none = home.run(&["verify", "k200", "--next"], None);
    assert_eq!(none.status.code(), Some(2));
    let said = String::from_utf8([none.stdout, none.stderr].concat()).unwrap();
    assert!(said.contains("no next secret"), "{said}");
    for key in ["k200", "k401"] {
        let input = json!({ "api_key": NEXT }).to_string();
        assert!(home.run(&["rotate", key, "--stdin-json"], Some(input.as_bytes())).status.success());
    }
    let refused = home.run(&["rotate", "k200", "--promote"], None);
    assert_eq!(refused.status.code(), Some(4), "nobody tried it");
    let asked = home.run(&["verify", "k200", "k401", "--next", "--json"], None);
    assert_eq!(asked.status.code(), Some(7), "one is refused");
    let rows: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let told = |row: &Value| (row["key"].clone(), row["next"].clone(), row["answer"].clone());
    assert_eq!(
        rows["keys"].as_array().unwrap().iter().map(told).collect::<Vec<_>>(),
        [(json!("k200"), json!(true), json!("works")), (json!("k401"), json!(true), json!("refused"))]
    );
    assert!(vendor.asked.lock().unwrap().iter().all(|request| request.contains(NEXT) && !request.contains(CANARY)));
    let keys = home.json(&["list", "credentials"]);
    assert!(keys["credentials"].as_array().unwrap().iter().all(|key| key["last_verified"].is_null()), "{keys}");
    assert_eq!(home.run(&["rotate", "k401", "--promote"], None).status.code(), Some(4));
    home.done(&["rotate", "k200", "--promote"]);
    assert_eq!(home.done(&["reveal", "k200"]).trim_end(), NEXT);
    let log = home.json(&["audit", "log"]).to_string();
    assert!(log.contains("\"asked\":\"vendor\"") && !log.contains("CANARY"), "{log}");
}
