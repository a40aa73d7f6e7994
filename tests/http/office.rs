//! A home with two departments, a workflow in each, keys for them, and a program's operator who sees one of them.

use serde_json::{Value, json};

use super::{client::Serving, home::Home};

/// The secret of Finance's key; it must turn up nowhere but where it is handed out.
pub const CANARY: &str = "sk-FAKE-CANARY-over-http-0123456789-x9Kd";

/// What must never turn up in metrics or refusals.
pub const NAMES: [&str; 8] = ["books", "leads", "Finance", "Sales", "fin-key", "sal-key", "ledger", "bot"];

/// A home with everything that a program needs but its token.
pub fn office() -> Home {
    let home = Home::founded();
    for words in [
        "add department Finance",
        "add department Sales",
        "add workflow books department=Finance environment=production",
        "add workflow leads department=Sales",
        "add node workflow=books name=draft provider=openai model=gpt-4o",
        "add node workflow=leads name=draft provider=openai model=gpt-4o",
        "operator add bot --service --role assigner@Finance",
        "operator add watcher --service --role viewer@Finance",
    ] {
        home.done(&words.split(' ').collect::<Vec<_>>());
    }
    for (name, department, secret) in [("fin-key", "Finance", CANARY), ("sal-key", "Sales", "sk-FAKE-sales-0123456789")]
    {
        let owner = format!("owner=department/{department}");
        let body = json!({ "api_key": secret }).to_string();
        let added =
            home.run(&["add", "credential", name, "provider=openai", &owner, "--stdin-json"], Some(body.as_bytes()));
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let scope = format!("department/{department}");
        home.done(&["assign", &scope, &format!("key/{name}"), "--provider", "openai"]);
    }
    home
}

/// Makes a token and returns it.
pub fn token(home: &Home, name: &str, more: &[&str]) -> String {
    let words = [&["token", "add", name, "--operator", "bot", "--workflow", "books", "--quiet"], more].concat();
    home.done(&words).trim().to_owned()
}

/// Starts the server at a free port of this machine.
pub fn serve(home: &Home) -> Serving {
    Serving::start(home, &["--http", "127.0.0.1:0"])
}

/// Asks about the workflow `books`.
pub fn books() -> Value {
    json!({ "workflow": "books" })
}
