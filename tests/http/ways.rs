//! The ways in: a port, a socket in the file system, TLS; how the server starts, is refused, and ends.

use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    client::{Answer, Serving},
    home::Home,
    office::{CANARY, books, office, serve, token},
};

/// The page that holds the client.
const PAGE: &str = include_str!("../../docs/http.md");

fn python_is_there() -> bool {
    let can = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !can {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI needs python3");
        println!("skipped: python3 is not installed");
    }
    can
}

/// Cuts the client out of the page.
fn recipe() -> &'static str {
    let (_, marked) = PAGE.split_once("<!-- tests/http.rs runs this block -->").unwrap();
    let (_, code) = marked.split_once("```python\n").unwrap();
    code.split_once("```").unwrap().0
}

/// Runs the client of the page as written, in an environment of its own.
fn python(home: &Home, url: &str, token: &str, more: &[(&str, &Path)]) -> String {
    let script = home.path().join("client.py");
    std::fs::write(&script, recipe()).unwrap();
    let mut command = Command::new("python3");
    command.arg(&script).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("KEYS_URL", url).env("KEYS_TOKEN", token).envs(more.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_client_of_the_page_fits_in_ten_lines_and_is_answered() {
    assert!(recipe().lines().count() <= 10);
    if !python_is_there() {
        return;
    }
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let serving = serve(&home);
    let printed = python(&home, &serving.url, &token, &[]);
    assert_eq!(printed.trim(), format!("draft fin-key {}", CANARY.len()));
}

#[test]
fn a_socket_is_open_to_its_mode_and_goes_away_with_the_server() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let path = home.path().join("http.sock");
    let place = format!("unix:{}", path.display());
    let mut command = home.command();
    command.env("KEYDECK_HTTP__SOCKET_MODE", "0660");
    let serving = Serving::of(command, &["--http", &place]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o660);
    assert_eq!(serving.ask(&token, &books()).status, 200);
    assert_eq!(serving.ask(&token, &serde_json::json!({ "workflow": "x" })).status, 403);
    let second = home.run(&["serve", "--http", &place], None);
    assert_eq!(second.status.code(), Some(3), "one server at one socket");
    let log = home.json(&["audit", "log", "--outcome", "denied"]);
    let uid = rustix::process::getuid().as_raw();
    assert_eq!(log["rows"][0]["source"], format!("unix uid {uid}"));
    let (status, _) = serving.end();
    assert!(status.success() && !path.exists());
}

/// Makes an authority and a certificate for this machine; `None` where openssl is not installed.
fn certificate(folder: &Path) -> Option<(PathBuf, PathBuf, PathBuf)> {
    let openssl = |words: &str| {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !openssl("version") {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI needs openssl");
        println!("skipped: openssl is not installed");
        return None;
    }
    std::fs::write(folder.join("leaf.ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    for words in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=tests -days 2",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=keydeck",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.ext",
    ] {
        assert!(openssl(words), "openssl {words}");
    }
    let key = folder.join("leaf.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    Some((folder.join("ca.pem"), folder.join("leaf.pem"), key))
}

#[test]
fn connections_are_encrypted_and_what_is_not_is_hung_up_on() {
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let Some((authority, chain, key)) = certificate(home.path()) else { return };
    let files = ["--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let serving = Serving::start(&home, &[&["--http", "127.0.0.1:0"], &files[..]].concat());
    assert!(serving.url.starts_with("https://"));
    if python_is_there() {
        let printed = python(&home, &serving.url, &token, &[("SSL_CERT_FILE", &authority)]);
        assert_eq!(printed.trim(), format!("draft fin-key {}", CANARY.len()));
    }
    assert_eq!(serving.ask(&token, &books()).status, 0, "nothing in clear");
    let (status, _) = serving.end();
    assert!(status.success());

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = home.run(&[&["serve", "--http", "127.0.0.1:0"], &files[..]].concat(), None);
    assert_eq!(open.status.code(), Some(3), "a key that everybody can read");
    let swapped = ["--tls-cert", files[3], "--tls-key", files[1]];
    let wrong = home.run(&[&["serve", "--http", "127.0.0.1:0"], &swapped[..]].concat(), None);
    assert_eq!(wrong.status.code(), Some(3));
}

#[test]
fn nothing_is_served_in_clear_beyond_this_machine_and_nothing_unless_asked() {
    let home = Home::founded();
    for (arguments, code) in [
        (&["serve", "--http", "0.0.0.0:0"][..], 3),
        (&["serve", "--http", "[::]:0"][..], 3),
        (&["serve", "--http", "somewhere"][..], 2),
        (&["serve", "--http", "127.0.0.1:0", "--tls-cert", "x.pem"][..], 2),
        (&["serve", "--http", "127.0.0.1:0", "--tls-cert", "x.pem", "--tls-key", "y.pem"][..], 3),
    ] {
        let output = home.run(arguments, None);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn who_is_inside_is_answered_when_the_server_ends_and_start_and_end_are_on_record() {
    let home = office();
    let token = token(&home, "ledger", &[]);
    let serving = serve(&home);
    let mut wire = serving.connect();
    let body = books().to_string();
    let head = format!(
        "POST /v1/resolve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    wire.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: it is inside.
    let mut go_on = [0; 25];
    wire.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{go_on:?}");
    let ending = std::thread::spawn(move || serving.end());
    wire.write_all(body.as_bytes()).unwrap();
    let answer = Answer::read(&mut *wire);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (status, _) = ending.join().unwrap();
    assert!(status.success());
    let log = home.json(&["audit", "log", "--subject", "http"]);
    let deeds: Vec<&str> = log["rows"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(deeds, ["serve-end", "serve"]);
    home.done(&["audit", "verify"]);
}
