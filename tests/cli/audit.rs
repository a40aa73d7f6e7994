//! The audit log on the command line: what it tells, and that a chain which was tampered with ends with 6.

use serde_json::Value;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::home::Home;

/// A house in which a key was made, revoked, and somebody was granted something.
fn house() -> Home {
    let home = Home::founded();
    home.done(&["add", "department", "Finance"]);
    home.done(&["add", "credential", "main", "provider=openai", "--no-secret"]);
    home.done(&["add", "operator", "bob", "roles=member@Finance"]);
    home.done(&["edit", "operator/bob", "roles=assigner@Finance, viewer"]);
    home.done(&["revoke", "main", "--now"]);
    home
}

fn rows(home: &Home, filters: &[&str]) -> Vec<Value> {
    home.json(&[&["audit", "log"], filters].concat())["rows"].as_array().unwrap().clone()
}

fn subjects(home: &Home, filters: &[&str]) -> Vec<String> {
    rows(home, filters).iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_log_has_stable_keys_and_tells_what_was_granted_and_what_became_of_keys() {
    let home = house();
    let all = rows(&home, &[]);
    let keys: Vec<&String> = all[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "action",
            "at",
            "details",
            "hash",
            "masked",
            "operator",
            "operator_id",
            "outcome",
            "previous",
            "proof",
            "revision",
            "sequence",
            "source",
            "subject"
        ]
    );
    let numbers: Vec<u64> = all.iter().map(|row| row["sequence"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|newer, older| newer > older), "{numbers:?}");
    let revoked = rows(&home, &["--action", "revoke"]);
    assert_eq!(revoked[0]["details"]["deeds"][0]["name"], "main");
    assert_eq!(subjects(&home, &["--subject", "key/main"]), ["revision/6", "revision/3"]);
    let granted = rows(&home, &["--subject", "operator/bob"]);
    assert_eq!(granted[0]["details"]["deeds"][0]["given"], serde_json::json!(["assigner@Finance", "viewer"]));
    assert_eq!(granted[0]["details"]["deeds"][0]["taken"], serde_json::json!(["member@Finance"]));
}

#[test]
fn the_log_is_filtered_and_paged() {
    let home = house();
    assert_eq!(subjects(&home, &["--action", "apply", "--limit", "2"]), ["revision/6", "revision/5"]);
    let page = home.json(&["audit", "log", "--action", "apply", "--limit", "2"]);
    let next = page["next"].to_string();
    assert_eq!(subjects(&home, &["--action", "apply", "--before", &next]), ["revision/4", "revision/3", "revision/2"]);
    assert!(rows(&home, &["--operator", "bob"]).is_empty());
    assert!(rows(&home, &["--outcome", "denied"]).is_empty());
    assert!(rows(&home, &["--until", "2020-01-01T00:00:00Z"]).is_empty());
    assert_eq!(rows(&home, &["--since", "2020-01-01T00:00:00Z", "--outcome", "done"]).len(), 8);
}

#[test]
fn reading_the_log_is_on_record_and_does_not_flood_it() {
    let home = house();
    for _ in 0..5 {
        home.done(&["audit", "log"]);
    }
    assert_eq!(rows(&home, &["--action", "audit-log"]).len(), 1);
}

#[test]
fn a_noted_head_and_the_key_are_compared() {
    let home = house();
    let found = home.json(&["audit", "verify"]);
    assert_eq!((&found["whole"], &found["seals_checked"]), (&Value::Bool(true), &Value::Bool(true)));
    let head = found["head"].as_str().unwrap();
    home.done(&["audit", "verify", "--head", head]);
    let (row, _) = head.split_once(':').unwrap();
    let other = format!("{row}:{}", "0".repeat(64));
    let output = home.run(&["audit", "verify", "--head", &other], None);
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stdout).contains("is not the row that was noted"));
    assert_eq!(home.run(&["audit", "verify", "--head", "nonsense"], None).status.code(), Some(2));
    std::fs::remove_file(home.path().join(".config/keydeck/secret.key")).unwrap();
    let text = home.done(&["audit", "verify"]);
    assert!(text.contains("were not compared with the key"), "{text}");
}

/// Writes to the database past keydeck.
fn tamper(home: &Home, statements: &[&'static str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = home.path().join(".local/share/keydeck/keydeck.db");
    runtime.block_on(async {
        let mut raw = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
        for sql in statements {
            sqlx::query(*sql).execute(&mut raw).await.unwrap();
        }
        raw.close().await.unwrap();
    });
}

#[test]
fn a_chain_that_was_tampered_with_ends_with_6_and_is_not_sealed() {
    let home = house();
    tamper(&home, &["DROP TRIGGER audit_keep", "UPDATE audit SET login = 'mallory' WHERE sequence = 4"]);
    let output = home.run(&["audit", "verify"], None);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("row 4 was edited"), "{text}");
    let sealed = home.json(&["audit", "verify"])["sealed_to"].clone();
    let now = jiff::Timestamp::now().to_string();
    let retained = home.run(&["audit", "retain", "--before", &now, "--yes"], None);
    assert_eq!(retained.status.code(), Some(6), "what is left would look whole: {retained:?}");
    let add = ["add", "credential", "later", "provider=openai", "--stdin-json"];
    assert!(home.run(&add, Some(br#"{"api_key": "sk-FAKE-later-0123456789"}"#)).status.success());
    assert!(!rows(&home, &["--action", "unlock"]).is_empty(), "the key was at hand to seal with");
    assert_eq!(home.json(&["audit", "verify"])["sealed_to"], sealed, "a forgery is not blessed");
}

#[test]
fn a_seal_that_the_key_did_not_make_is_found() {
    let home = house();
    tamper(&home, &["DROP TRIGGER audit_seals_keep", "UPDATE audit_seals SET mac = x'00'"]);
    let output = home.run(&["audit", "verify"], None);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("was not made with this database's key"), "{text}");
}

#[test]
fn a_keeper_removes_old_rows_and_the_chain_verifies_from_there() {
    let home = house();
    let now = jiff::Timestamp::now().to_string();
    assert_eq!(home.run(&["audit", "retain", "--before", &now], None).status.code(), Some(2), "it asks");
    let gone = home.json(&["audit", "retain", "--before", &now, "--yes"]);
    assert!(gone["removed"].as_u64() > Some(4), "{gone}");
    let found = home.json(&["audit", "verify"]);
    assert_eq!((&found["whole"], &found["begins"]), (&Value::Bool(true), &gone["begins"]));
    assert_eq!(rows(&home, &["--action", "audit-retain"])[0]["details"]["rows"], gone["removed"]);
    assert_eq!(home.json(&["audit", "retain", "--keep-days", "3", "--yes"])["removed"], 0);
    assert_eq!(home.run(&["audit", "retain"], None).status.code(), Some(2));
}

#[test]
fn nobody_but_a_keeper_removes_old_rows_and_the_try_is_on_record() {
    let home = house();
    let now = jiff::Timestamp::now().to_string();
    let refused = home.run(&["audit", "retain", "--before", &now, "--yes", "--as", "bob"], None);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert!(home.json(&["audit", "verify"])["begins"].is_null(), "all rows are there");
    let denied = rows(&home, &["--action", "audit-retain"]);
    assert_eq!((denied.len(), &denied[0]["outcome"]), (1, &Value::from("denied")));
}
