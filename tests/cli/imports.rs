//! Imports of foreign databases through the real program: what comes in, what is told, and what is left nowhere.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use keydeck::vault::{FernetKey, pbkdf2_hmac_sha256};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::home::Home;

const SECRET_KEY: &str = "a-throwaway-secret-of-feedforward";
const SHARED: &str = "sk-FAKE-CANARY-shared-0123456789-aaaa";
const ADAS: &str = "sk-FAKE-CANARY-private-0123456789-bbbb";

fn seal(key: &str) -> String {
    let mut bytes = [0; 32];
    pbkdf2_hmac_sha256(SECRET_KEY.as_bytes(), b"feedforward_salt", 100_000, &mut bytes);
    STANDARD.encode(FernetKey::new(&bytes).encrypt(key.as_bytes()))
}

/// Makes a database of FeedForward's: three models, two of one key, one assignment with two of them, one run.
fn database(path: &Path) {
    let sql = format!(
        r#"CREATE TABLE ai_models (id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, api_config TEXT,
            active INTEGER, owner_type TEXT, owner_id TEXT);
        INSERT INTO ai_models VALUES
            (1, 'GPT-4o', 'OpenAI', 'gpt-4o', '{{"api_key": "{}"}}', 1, 'system', '0'),
            (2, 'GPT mini', 'openai', 'gpt-4o-mini', '{{"api_key_encrypted": "{}"}}', 1, 'system', '0'),
            (3, 'Ada''s', 'anthropic', 'claude-3-haiku-20240307', '{{"api_key_encrypted": "{}"}}', 1, 'instructor', 'ada@example.com');
        CREATE TABLE users (email TEXT PRIMARY KEY, role TEXT, status TEXT);
        INSERT INTO users VALUES ('ada@example.com', 'instructor', 'active');
        CREATE TABLE courses (id INTEGER PRIMARY KEY, code TEXT, title TEXT, department TEXT, instructor_email TEXT);
        INSERT INTO courses VALUES (1, 'HIST1', 'History', 'Humanities', 'ada@example.com');
        CREATE TABLE assignments (id INTEGER PRIMARY KEY, course_id INTEGER, title TEXT, created_by TEXT);
        INSERT INTO assignments VALUES (1, 1, 'Essay', 'ada@example.com');
        CREATE TABLE assignment_settings (id INTEGER PRIMARY KEY, assignment_id INTEGER, num_runs INTEGER);
        INSERT INTO assignment_settings VALUES (1, '{{"id": 1, "title": "Essay"}}', 1);
        CREATE TABLE assignment_model_runs (id INTEGER PRIMARY KEY, assignment_setting_id INTEGER, ai_model_id INTEGER, num_runs INTEGER);
        INSERT INTO assignment_model_runs VALUES (1, 1, 1, 3), (2, 1, 3, 2);
        CREATE TABLE drafts (id INTEGER PRIMARY KEY, assignment_id INTEGER);
        INSERT INTO drafts VALUES (1, 1);
        CREATE TABLE model_runs (id INTEGER PRIMARY KEY, draft_id INTEGER, model_id INTEGER, timestamp TEXT, status TEXT,
            input_tokens INTEGER, output_tokens INTEGER, cost_usd FLOAT);
        INSERT INTO model_runs VALUES (1, 1, 1, '2026-11-01T10:00:00', 'complete', 1000, 100, 0.01);"#,
        seal(SHARED),
        seal(SHARED),
        seal(ADAS),
    );
    let made = async {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(made);
}

fn prepared() -> Home {
    let home = Home::founded();
    database(&home.path().join("users.db"));
    fs::write(home.path().join("ff.key"), format!("{SECRET_KEY}\n")).unwrap();
    fs::create_dir(home.path().join("tmp")).unwrap();
    home
}

/// Runs the program with a folder for temporary files of its own; returns what it printed, and its code.
fn run(home: &Home, arguments: &[&str]) -> (String, Option<i32>) {
    let tmp = home.path().join("tmp");
    let output = home.command().env("TMPDIR", &tmp).args(arguments).output().unwrap();
    let left: Vec<_> = fs::read_dir(&tmp).unwrap().collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?}");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (said, output.status.code())
}

const IMPORT: [&str; 5] = ["import", "feedforward", "users.db", "--source-secret-key-file", "ff.key"];

#[test]
fn keys_come_in_whole_and_appear_nowhere_else() {
    let home = prepared();
    let (said, code) = run(&home, &IMPORT);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("credentials: 2 added") && said.contains("usage: 1 line"), "{said}");
    assert!(!said.contains("CANARY"), "{said}");
    assert_eq!(run(&home, &["reveal", "openai-system"]).0.lines().next(), Some(SHARED));
    assert_eq!(run(&home, &["reveal", "anthropic-ada"]).0.lines().next(), Some(ADAS));
    let essay = home.json(&["resolve", "Essay"]);
    let names: Vec<_> = essay["nodes"].as_array().unwrap().iter().map(|it| it["credential"]["name"].clone()).collect();
    assert!(names.contains(&"openai-system".into()), "{essay}");
    let (again, code) = run(&home, &IMPORT);
    assert!(code == Some(0) && again.contains("credentials: 2 as before"), "{again}");
    for arguments in
        [&["log"][..], &["show", "revision/2"], &["list", "credentials"], &["export"], &["list", "instances"]]
    {
        let (said, _) = run(&home, arguments);
        assert!(!said.contains("CANARY"), "{arguments:?}: {said}");
    }
    let mut held = Vec::new();
    holders(&home.path().join(".local"), &mut held);
    assert_eq!(held, Vec::<String>::new());
}

fn holders(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            holders(&entry.path(), found);
        } else if fs::read(entry.path()).unwrap().windows(6).any(|window| window == b"CANARY") {
            found.push(entry.path().display().to_string());
        }
    }
}

#[test]
fn what_was_imported_by_name_is_filled_in_later_and_a_rotated_key_stays() {
    let home = prepared();
    let (said, _) = run(&home, &["import", "feedforward", "users.db"]);
    assert!(said.contains("came in by name only; give FeedForward's SECRET_KEY"), "{said}");
    let secrets = |home: &Home| -> Vec<String> {
        let listed = home.json(&["list", "credentials"]);
        listed["credentials"].as_array().unwrap().iter().map(|it| it["secret"].as_str().unwrap().to_owned()).collect()
    };
    assert!(secrets(&home).iter().all(|it| it == "absent"));
    assert_eq!(run(&home, &IMPORT).1, Some(0));
    assert_eq!(run(&home, &["reveal", "anthropic-ada"]).0.lines().next(), Some(ADAS));
    let rotated =
        home.run(&["edit", "key/anthropic-ada", "--stdin-json"], Some(br#"{"api_key": "sk-FAKE-rotated-here-0123"}"#));
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    let (said, _) = run(&home, &IMPORT);
    assert!(said.contains("was rotated here since"), "{said}");
    assert_eq!(run(&home, &["reveal", "anthropic-ada"]).0.lines().next(), Some("sk-FAKE-rotated-here-0123"));
}

#[test]
fn a_bad_file_leaves_the_database_as_it_was() {
    let home = prepared();
    let revision = |home: &Home| home.done(&["log", "--json"]);
    let before = revision(&home);
    let whole = fs::read(home.path().join("users.db")).unwrap();
    fs::write(home.path().join("cut.db"), &whole[..whole.len() / 2]).unwrap();
    fs::write(home.path().join("text.db"), "hello").unwrap();
    for file in ["cut.db", "text.db", "nowhere.db", ".local/share/keydeck/keydeck.db"] {
        let (said, code) = run(&home, &["import", "feedforward", file]);
        assert_eq!(code, Some(2), "{file}: {said}");
        assert!(said.contains(file), "{said}");
    }
    assert_eq!(revision(&home), before);
}

/// Cut, foreign, damaged: each importer says what is wrong with which file, and nothing is written.
#[test]
fn a_bad_file_of_any_kind_leaves_the_database_as_it_was() {
    let home = Home::founded();
    fs::create_dir(home.path().join("tmp")).unwrap();
    let state = |home: &Home| (home.done(&["log", "--json"]), home.done(&["costs", "--month", "2026-11", "--json"]));
    let before = state(&home);
    let bad: [(&str, &str, &[u8], &str); 20] = [
        ("dify-dsl", "cut.yml", b"kind: app\napp: {name: x, mode: workflow\n", "not valid YAML at line"),
        ("dify-dsl", "foreign.yml", b"services: {web: {image: x}}\n", "not a Dify export"),
        ("dify-dsl", "bytes.yml", b"\0\x01\xff", "not"),
        ("dify-dsl", "empty.yml", b"", "it is empty"),
        ("litellm", "cut.yaml", b"model_list: [\n", "not valid YAML at line 1"),
        ("litellm", "foreign.yaml", b"services: {}\n", "no LiteLLM configuration"),
        ("litellm", "bytes.yaml", b"\0\x01\xff", "bytes.yaml"),
        ("litellm", "empty.yaml", b"", "it is empty"),
        ("dotenv", "cut.env", b"A=\"unclosed\n", "line 1: a quote is opened and never closed"),
        ("dotenv", "foreign.env", b"services: {}\n", "line 1: it is no NAME=value"),
        ("dotenv", "bytes.env", b"\xff\xfe\0", "not UTF-8"),
        ("usage", "cut.json", b"[{\"request_id\": ", "line 1: it is no JSON"),
        ("usage", "foreign.csv", b"hello\n", "its first line must name the columns"),
        ("usage", "wrong.csv", b"day,provider,model\n2026-11-01,openai,gpt-4o\n2026-13-45,openai,gpt-4o\n", "line 3"),
        ("usage", "empty.csv", b"", "it holds no row"),
        ("prices", "cut.json", b"{\"gpt-4o\": {", "no list of prices"),
        ("prices", "foreign.json", b"{\"a\": 1}", "it holds no price"),
        ("prices", "wrong.toml", b"[[price]]\nmodle = 1\n", "line 2"),
        ("prices", "bytes.toml", b"\0\x01\xff", "bytes.toml"),
        ("feedforward", "text.db", b"hello", "no SQLite database"),
    ];
    for (kind, name, bytes, says) in bad {
        fs::write(home.path().join(name), bytes).unwrap();
        let (said, code) = run(&home, &["import", kind, name]);
        assert_eq!(code, Some(2), "{kind} {name}: {said}");
        assert!(said.contains(name) && said.contains(says), "{kind} {name}: {said}");
        assert_eq!(state(&home), before, "{kind} {name}");
    }
}

#[test]
fn usage_that_was_lost_on_the_way_comes_with_the_next_import_and_never_twice() {
    let home = prepared();
    assert_eq!(run(&home, &IMPORT).1, Some(0));
    let costs = |home: &Home| home.json(&["costs", "--month", "2026-11", "--by", "credential"]);
    let whole = costs(&home);
    assert_eq!((&whole["total"]["requests"], &whole["total"]["recorded"]), (&1.into(), &"0.01".into()), "{whole}");
    assert!(whole["rows"][0]["estimate"] == true, "nobody knows which key FeedForward used: {whole}");
    assert_eq!(run(&home, &IMPORT).1, Some(0));
    assert_eq!(costs(&home), whole, "a second import counts nothing twice");
    // As it is when the program is killed after its changes and before its usage.
    let lost = async {
        let file = home.path().join(".local/share/keydeck/keydeck.db");
        let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
        connection.execute("DELETE FROM usage").await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(lost);
    assert_ne!(costs(&home), whole);
    assert_eq!(run(&home, &IMPORT).1, Some(0));
    assert_eq!(costs(&home), whole, "nothing to change, and the usage is there");
}
