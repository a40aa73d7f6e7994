//! Secrets over HTTP: to whom they go, to whom not, what stands on record, and that they are nowhere else.

use serde_json::{Value, json};

use super::{
    client::Serving,
    home::Home,
    office::{CANARY, books, office, serve, token},
};

fn secrets() -> Value {
    json!({ "workflow": "books", "secret": true })
}

/// Returns what the audit log says of keys that were handed out, oldest first.
fn log(home: &Home) -> Vec<(String, String)> {
    let log = home.json(&["audit", "log", "--action", "http"]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = log["rows"].as_array().unwrap().iter().rev();
    rows.map(|row| (text(row, "subject"), text(row, "outcome"))).collect()
}

fn told(subject: &str, outcome: &str) -> (String, String) {
    (subject.to_owned(), outcome.to_owned())
}

#[test]
fn a_token_made_for_secrets_gets_them_on_record_and_they_are_nowhere_else() {
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let serving = serve(&home);
    let answer = serving.ask(&token, &secrets());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut document = answer.json();
    let node = document["nodes"][0].as_object_mut().unwrap();
    let secret = node.remove("secret").unwrap();
    assert_eq!(
        secret,
        json!({ "fields": { "api_key": CANARY }, "settings": {}, "base_url": "https://api.openai.com/v1" })
    );
    assert_eq!(document, home.json(&["resolve", "books"]), "the rest is the answer as always");
    assert_eq!(answer.body.matches(CANARY).count(), 1);
    assert_eq!(log(&home), [told("key/fin-key", "intent"), told("key/fin-key", "done")]);

    let rows = home.json(&["audit", "log", "--action", "http"]);
    let intent = &rows["rows"][1];
    assert_eq!((&intent["operator"], &intent["proof"]), (&json!("bot"), &json!("token ledger")));
    assert_eq!((&intent["source"], &intent["details"]["for"]), (&json!("127.0.0.1"), &json!("books")));
    assert_eq!(intent["details"]["nodes"], json!(["draft"]));

    let metrics = serving.get("/metrics").body;
    let (status, printed) = serving.end();
    assert!(status.success());
    let log = home.json(&["audit", "log", "--limit", "1000"]).to_string();
    for (what, text) in [("metrics", &metrics), ("what the server printed", &printed), ("the log", &log)] {
        assert!(!text.contains(CANARY), "{what}");
        assert!(!text.contains(&token), "{what}");
    }
    for entry in std::fs::read_dir(home.path().join(".local/share/keydeck")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for needle in [CANARY, &token] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "the database holds it");
        }
    }
}

#[test]
fn a_token_for_answers_gets_no_secret_and_neither_does_an_operator_who_may_not_use_the_key() {
    let home = office();
    let answers = token(&home, "answers", &[]);
    let words = "token add watching --operator watcher --workflow books --secrets";
    let output = home.run(&words.split(' ').collect::<Vec<_>>(), None);
    let remark = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(remark.contains("watcher may not use the keys of 1 of the 1 nodes"), "{remark}");
    let watching = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let serving = serve(&home);
    for (token, subject) in [(&answers, "token/answers"), (&watching, "key/fin-key")] {
        let refused = serving.ask(token, &secrets());
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(!refused.body.contains(CANARY));
        assert_eq!(serving.ask(token, &books()).status, 200);
        assert!(log(&home).contains(&told(subject, "denied")), "{:?}", log(&home));
    }
    assert!(!log(&home).iter().any(|(_, outcome)| outcome == "done" || outcome == "intent"));
}

#[test]
fn all_keys_come_or_none() {
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let serving = serve(&home);
    home.done(&["add", "node", "workflow=books", "name=check", "provider=anthropic", "model=claude-3-5-haiku-latest"]);
    let refused = serving.ask(&token, &secrets());
    assert_eq!((refused.status, &refused.json()["error"]["kind"]), (422, &json!("no_key")), "{refused:?}");
    assert!(!refused.body.contains(CANARY) && log(&home).is_empty(), "nothing was opened");
    let one = serving.ask(&token, &json!({ "workflow": "books", "node": "draft", "secret": true }));
    assert_eq!(one.json()["nodes"][0]["secret"]["fields"]["api_key"], CANARY);

    // Two nodes with one key: it is handed out once, and stands in both.
    home.done(&["edit", "node/books/check", "provider=openai", "model=gpt-4o-mini"]);
    let both = serving.ask(&token, &secrets());
    assert_eq!(both.body.matches(CANARY).count(), 2, "{both:?}");
    assert_eq!(log(&home).len(), 4);
    home.done(&["disable", "fin-key", "--yes"]);
    assert_eq!(serving.ask(&token, &secrets()).status, 422);
}

#[test]
fn a_pool_gives_a_run_one_of_its_keys() {
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let body = json!({ "api_key": "sk-FAKE-second-0123456789" }).to_string();
    let words = ["add", "credential", "second", "provider=openai", "owner=department/Finance", "--stdin-json"];
    assert!(home.run(&words, Some(body.as_bytes())).status.success());
    home.done(&["add", "pool", "both", "provider=openai", "members=fin-key:1,second:1"]);
    home.done(&["assign", "workflow/books", "pool/both", "--provider", "openai"]);
    let serving = serve(&home);
    let without = serving.ask(&token, &secrets());
    assert_eq!(without.status, 400, "{without:?}");
    let with = json!({ "workflow": "books", "secret": true, "run_id": "r1" });
    let (one, other) = (serving.ask(&token, &with), serving.ask(&token, &with));
    assert_eq!(one.status, 200, "{one:?}");
    assert_eq!(one.body, other.body, "one run, one key");
}

#[test]
fn without_secret_key_answers_come_and_secrets_do_not() {
    let home = office();
    let token = token(&home, "ledger", &["--secrets"]);
    let key = home.path().join(".config/keydeck/secret.key");
    std::fs::rename(&key, home.path().join("away.key")).unwrap();
    let serving = Serving::start(&home, &["--http", "127.0.0.1:0"]);
    assert_eq!(serving.get("/healthz").json()["vault"], "locked");
    assert_eq!(serving.ask(&token, &books()).status, 200);
    let refused = serving.ask(&token, &secrets());
    assert_eq!((refused.status, &*refused.message()), (403, "the vault is locked"));
}
