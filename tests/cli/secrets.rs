//! A canary: a secret that is given to the program appears in nothing that it prints or writes.

use std::{fs, path::Path};

use super::home::Home;

const CANARY: &str = "sk-FAKE-CANARY-0123456789abcdefghij-x9Kd";

/// Says which files under a folder hold the canary, or half of it.
fn holders(folder: &Path, found: &mut Vec<String>) {
    let half = &CANARY.as_bytes()[..24];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            holders(&entry.path(), found);
        } else if fs::read(entry.path()).unwrap().windows(half.len()).any(|window| window == half) {
            found.push(entry.path().display().to_string());
        }
    }
}

#[test]
fn a_secret_appears_nowhere() {
    let home = Home::founded();
    let json = format!("{{\"api_key\": \"{CANARY}\"}}");
    let wrong_name = format!("{{\"api_kee\": \"{CANARY}\"}}");
    let broken = format!("{{\"api_key\": \"{CANARY}");
    let number = format!("{{\"api_key\": [\"{CANARY}\"]}}");
    let mut said = Vec::new();
    let mut say = |arguments: &[&str], input: Option<&str>, code: i32| {
        let output = home.run(arguments, input.map(str::as_bytes));
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        said.push([output.stdout, output.stderr].concat());
    };
    let add = ["add", "credential", "main", "provider=openai", "--stdin-json"];
    say(&add, Some(&wrong_name), 2);
    say(&add, Some(&broken), 2);
    say(&add, Some(&number), 2);
    say(&add, Some(&json), 0);
    say(&["edit", "key/main", "base_url=https://elsewhere.example.com/v1"], None, 4);
    say(&["edit", "key/main", "base_url=https://elsewhere.example.com/v1", "--stdin-json", "--json"], Some(&json), 0);
    say(&["add", "credential", "second", "provider=openai", "--stdin-json", "--stage"], Some(&json), 0);
    let visible = format!("api_key={CANARY}");
    say(&["add", "credential", "third", "provider=openai", &visible], None, 2);
    say(&["add", "credential", "third", "provider=openai", &format!("fields={visible}")], None, 2);
    say(&["edit", "key/main", &visible], None, 2);
    say(&["staged", "apply"], None, 0);
    say(&["assign", "workspace", "key/main", "--provider", "openai"], None, 0);
    say(&["add", "workflow", "bot"], None, 0);
    say(&["add", "node", "bot/ask", "provider=openai", "model=gpt-4o"], None, 0);
    for arguments in [
        &["list", "credentials"][..],
        &["show", "key/main"],
        &["resolve", "bot"],
        &["why", "bot"],
        &["who-uses", "main"],
        &["export"],
        &["log"],
        &["show", "revision/2"],
    ] {
        say(arguments, None, 0);
        say(&[arguments, &["--json"]].concat(), None, 0);
    }
    say(&["revert", "2"], None, 5);

    let half = &CANARY[..24];
    for text in said {
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(half), "{text}");
    }
    let mut found = Vec::new();
    holders(home.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
    let row = &home.json(&["list", "credentials"])["credentials"][0];
    assert_eq!((&row["last4"], &row["secret"]), (&"…x9Kd".into(), &"sealed".into()));
    assert_eq!(row["secret_fields"], serde_json::json!(["api_key"]));
}

#[test]
fn another_secret_key_seals_nothing() {
    let home = Home::founded();
    let key = home.path().join("other.key");
    fs::write(&key, "another-FAKE-key-of-32-characters!\n").unwrap();
    let open = |mode| fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    let add = |input: &str| {
        let arguments = ["add", "key", "k", "provider=openai", "--stdin-json", "--secret-key-file", "other.key"];
        home.run(&arguments, Some(input.as_bytes()))
    };
    open(0o644);
    let refused = add("{\"api_key\": \"sk-FAKE-1\"}");
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    open(0o600);
    let refused = add("{\"api_key\": \"sk-FAKE-1\"}");
    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(home.json(&["list", "credentials"])["credentials"], serde_json::json!([]));
}
