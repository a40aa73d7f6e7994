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

#[test]
fn a_secret_is_revealed_to_standard_output_and_to_nothing_else() {
    let home = Home::founded();
    let json = format!("{{\"api_key\": \"{CANARY}\"}}");
    let added = home.run(&["add", "credential", "main", "provider=openai", "--stdin-json"], Some(json.as_bytes()));
    assert!(added.status.success());
    let reveal = |arguments: &[&str]| home.run(&[&["reveal"], arguments].concat(), None);
    for arguments in [&["main"][..], &["key/main"], &["main", "--field", "api_key"]] {
        let output = reveal(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{CANARY}\n"), "{arguments:?}");
        assert!(output.stderr.is_empty(), "there is no terminal to warn about");
    }
    let expected = serde_json::json!({ "key": "main", "fields": { "api_key": CANARY } });
    assert_eq!(home.json(&["reveal", "main"]), expected);

    fs::write(home.path().join("other.key"), "another-FAKE-key-of-32-characters!\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(home.path().join("other.key"), mode).unwrap();
    let refused: [(&[&str], i32); 7] = [
        (&["main", "--read-only"], 4),
        (&["main", "--secret-key-file", "other.key"], 4),
        (&["man"], 2),
        (&["main", "--field", "api_kee"], 2),
        (&["main", "--at", "2026-01-01T00:00:00Z"], 2),
        (&["main", "--as", "root"], 2),
        (&["main", "--layers", "dify"], 2),
    ];
    for (arguments, code) in refused {
        let output = reveal(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("CANARY"), "{arguments:?}");
    }
    let mut found = Vec::new();
    holders(home.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_reference_is_opened_when_it_is_revealed_and_where_this_machine_allows_it() {
    let home = Home::founded();
    let home_path = home.path().canonicalize().unwrap();
    let file = home_path.join("vendor.key");
    fs::write(&file, format!("{CANARY}\n")).unwrap();
    let reference = |name: &str, to: &str| {
        let reference = format!("reference={to}");
        home.done(&["add", "credential", name, "provider=openai", &reference]);
    };
    reference("outside", &format!("file:{}", file.display()));
    reference("variable", "env:VENDOR_KEY");
    reference("own", &format!("file:{}", home_path.join(".config/keydeck/secret.key").display()));
    reference("base", &format!("file:{}", home_path.join(".local/share/keydeck/keydeck.db").display()));
    let reveal = |name: &str| {
        let output = home.command().args(["reveal", name]).env("VENDOR_KEY", CANARY).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), said)
    };
    let given = (Some(0), format!("{CANARY}\n"), String::new());
    assert_eq!((reveal("outside"), reveal("variable")), (given.clone(), given.clone()));
    for own in ["own", "base"] {
        let (code, out, said) = reveal(own);
        assert_eq!((code, &*out), (Some(7), ""), "{said}");
        assert!(said.contains("keydeck's key file or database"), "{said}");
    }
    fs::write(home.path().join(".config/keydeck/config.toml"), "[external]\nenv = [\"VENDOR_*\"]\n").unwrap();
    assert_eq!(reveal("variable"), given);
    let (code, out, said) = reveal("outside");
    assert_eq!((code, &*out), (Some(7), ""), "{said}");
    assert!(said.contains("does not allow"), "{said}");
}
