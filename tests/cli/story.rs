//! A day on a server, from the empty database to the undone change, with two people at it.

use serde_json::Value;

use super::{home::Home, server::server};

/// Runs a command that is refused, and returns the error as an object.
fn refused(home: &Home, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = home.run(&[arguments, &["--json"]].concat(), None);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    (output.status.code(), error["error"].clone())
}

#[test]
fn a_database_on_a_server_is_founded_worked_on_and_kept_apart() {
    let Some(server) = server() else { return };
    let database = server.database();
    let home = Home::empty_on(server.url(&database));

    // Nothing is there yet, and looking makes nothing.
    let (code, error) = refused(&home, &["list", "apps"]);
    assert_eq!((code, error["kind"].as_str()), (Some(6), Some("unavailable")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("there is no keydeck database at postgres://"), "{error}");
    home.done(&["init", "--yes"]);
    assert!(home.done(&["init", "--yes"]).contains("is there already"));

    home.done(&["add", "credential", "main", "provider=openai", "--no-secret"]);
    home.done(&["add", "workflow", "bot"]);
    home.done(&["add", "node", "bot/ask", "provider=openai", "model=gpt-4o"]);
    assert_eq!(home.json(&["resolve", "bot"])["nodes"][0]["outcome"], "no_match");
    home.done(&["assign", "workflow/bot", "key/main", "--provider", "openai", "--stage"]);
    assert_eq!(home.json(&["staged"])["changes"].as_array().unwrap().len(), 1);
    home.done(&["staged", "apply", "-m", "give the bot its key"]);
    assert_eq!(home.json(&["resolve", "bot"])["nodes"][0]["credential"]["name"], "main");

    // A name is taken once, and what is undone is a revision of its own.
    let (code, error) = refused(&home, &["add", "workflow", "bot"]);
    assert_eq!((code, error["kind"].as_str()), (Some(5), Some("conflict")), "{error}");
    home.done(&["revert", "5", "--yes"]);
    assert_eq!(home.json(&["resolve", "bot"])["nodes"][0]["outcome"], "no_match");
    let log = home.json(&["log"]);
    assert_eq!(log["revisions"][0]["number"], 6);
    assert_eq!(log["revisions"][0]["reverts"], 5);

    let doctor = home.json(&["doctor"]);
    let bad: Vec<&Value> = doctor["checks"].as_array().unwrap().iter().filter(|it| it["status"] == "error").collect();
    assert!(bad.is_empty(), "{bad:?}");
    let only_read = home.run(&["add", "app", "a", "--read-only"], None);
    assert_eq!(only_read.status.code(), Some(4));
}

#[test]
fn a_demo_lives_in_an_empty_database_of_a_server_and_in_no_other() {
    let Some(server) = server() else { return };
    let (home, database) = (Home::empty(), server.database());
    let url = server.url(&database);
    let demo = |url| ["demo", "--no-ui", "--workflows", "12", "--seed", "7", "--db", url];
    let made = home.json(&demo(&url));
    assert_eq!((made["new"].as_bool(), made["workspace"].as_str()), (Some(true), Some("larkspur")), "{made}");
    assert_eq!(home.json(&demo(&url))["new"], false);
    // The throwaway key is found again.
    let doctor = home.json(&["doctor", "--db", &url]);
    let vault = doctor["checks"].as_array().unwrap().iter().find(|it| it["check"] == "vault").unwrap();
    assert_eq!(vault["message"], "SECRET_KEY opens it", "{vault}");

    let founded = Home::founded_on(server);
    let (code, error) = refused(&founded, &demo(founded.url()));
    assert_eq!((code, error["kind"].as_str()), (Some(5), Some("conflict")), "{error}");
    let foreign = server.database();
    server.run(&foreign, "CREATE TABLE notes (text TEXT)");
    let (code, error) = refused(&home, &demo(&server.url(&foreign)));
    assert_eq!(code, Some(6), "{error}");
    assert!(error["message"].as_str().unwrap().contains("is not a keydeck database"), "{error}");
}

/// Makes a demo and returns what can be told of it, besides when its secrets were sealed; and the day that it is for.
fn demo_as_told(url: &str) -> (Vec<Value>, Value) {
    let home = Home::empty();
    let at = |words: &[&str]| home.json(&[words, &["--db", url]].concat());
    at(&["demo", "--no-ui", "--workflows", "160", "--seed", "11"]);
    let kinds =
        ["departments", "credentials", "pools", "instances", "apps", "workflows", "nodes", "assignments", "prices"];
    let mut told: Vec<Value> = kinds.iter().map(|kind| at(&["list", kind])).collect();
    for key in told[1]["credentials"].as_array_mut().unwrap() {
        key["secret_since"] = Value::Null;
    }
    let costs = at(&["costs"]);
    let day = costs["last"].clone();
    told.push(costs);
    (told, day)
}

#[test]
fn a_seed_makes_one_demo_on_either_engine() {
    let Some(server) = server() else { return };
    let (database, folder) = (server.database(), tempfile::tempdir().unwrap());
    let file = format!("sqlite:{}", folder.path().join("demo.db").display());
    let ((there, day), (here, next)) = (demo_as_told(&server.url(&database)), demo_as_told(&file));
    // What is made around midnight is made for two days.
    if day == next {
        there.iter().zip(&here).for_each(|(there, here)| assert_eq!(there, here));
    }
}

#[test]
fn a_password_stands_in_no_error() {
    let Some(server) = server() else { return };
    let database = server.database();
    let url = format!("postgres://asked:hunter2@127.0.0.1:{}/{database}", server.port());
    let home = Home::empty();
    for arguments in [&["list", "apps"][..], &["init", "--yes"], &["doctor"], &["demo", "--no-ui"]] {
        for more in [&[][..], &["--json"]] {
            let output = home.run(&[arguments, more, &["--db", &url]].concat(), None);
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(6), "{arguments:?}: {said}");
            assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn the_console_works_line_by_line_without_a_terminal() {
    let home = Home::founded();
    home.done(&["add", "credential", "main", "provider=openai", "--no-secret"]);
    home.done(&["add", "workflow", "bot"]);
    home.done(&["add", "node", "bot/ask", "provider=openai", "model=gpt-4o"]);
    let lines = b"next-problem\nassign\n\napply\nthe bot needs one\nyes\nquit\n";
    let output = home.run(&["--plain"], Some(lines));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains('\u{1b}'), "{told}");
    assert!(told.contains("done: Applied 1 change as revision 5"), "{told}");
    assert_eq!(home.json(&["resolve", "bot"])["nodes"][0]["credential"]["name"], "main");
}
