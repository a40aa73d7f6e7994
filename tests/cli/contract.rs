//! The shapes that scripts rely on, key by key.

use std::collections::BTreeSet;

use serde_json::Value;

use super::home::Home;

/// A small house with something of everything.
fn house() -> Home {
    let home = Home::founded();
    let file = home.path().join("house.toml");
    std::fs::write(&file, HOUSE).unwrap();
    home.done(&["apply", "-f", "house.toml", "-m", "the house"]);
    home
}

const HOUSE: &str = r#"
[[department]]
name = "Finance"
budget = { monthly = "10.00", kind = "soft" }
[[credential]]
name = "main"
provider = "openai"
owner = "department/Finance"
[[credential]]
name = "spare"
provider = "openai"
[[pool]]
name = "both"
provider = "openai"
members = [{ key = "main", weight = 3 }, { key = "spare" }]
[[instance]]
name = "grader"
provider = "openai"
model = "gpt-4o"
[[app]]
name = "billing"
department = "Finance"
[[workflow]]
name = "bot"
app = "billing"
[[workflow.node]]
name = "ask"
provider = "openai"
model = "gpt-4o"
[[workflow.node]]
name = "rank"
kind = "rerank"
provider = "cohere"
model = "rerank-v3.5"
[[assignment]]
scope = "workspace"
provider = "openai"
target = "key/main"
[[assignment]]
scope = "workflow/bot"
provider = "cohere"
target = "variable/env.llm_key"
[[assignment]]
scope = "system"
provider = "mistral"
target = "deny"
"#;

#[track_caller]
fn has(value: &Value, keys: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let missing: Vec<&str> = keys.split_whitespace().filter(|key| !object.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in {value:#}");
    let odd = object.keys().find(|key| !key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    assert_eq!(odd, None, "keys are snake_case");
}

#[track_caller]
fn has_exactly(value: &Value, keys: &str) {
    has(value, keys);
    let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, keys.split_whitespace().collect());
}

const NODE: &str = "workflow node provider model environment outcome credential pool layer rule reason sentence \
    cost_hint revision trace";

#[test]
fn an_answer_has_the_shape_of_the_contract() {
    let home = house();
    for command in ["resolve", "why"] {
        let answers = home.json(&[command, "bot"]);
        has_exactly(&answers, "workflow nodes");
        assert_eq!(answers["workflow"], "bot");
        let [ask, rank] = [&answers["nodes"][0], &answers["nodes"][1]];
        has_exactly(ask, NODE);
        has(&ask["credential"], "id name owner environment last4 expires_at secret");
        assert_eq!(ask["credential"]["owner"], serde_json::json!({ "kind": "department", "name": "Finance" }));
        assert_eq!(ask["credential"]["secret"], "absent");
        // The department has a budget: what is left of it stands beside what the contract lists.
        let hint = "input_per_million output_per_million currency source spent_30d estimate budgets";
        has_exactly(&ask["cost_hint"], hint);
        assert_eq!(
            (&ask["cost_hint"]["input_per_million"], &ask["cost_hint"]["currency"]),
            (&"2.50".into(), &"USD".into())
        );
        assert_eq!(
            (&ask["outcome"], &ask["layer"], &ask["pool"]),
            (&"resolved".into(), &"workspace".into(), &Value::Null)
        );
        for step in ask["trace"].as_array().unwrap() {
            has(step, "layer verdict reason rule target sentence");
        }
        assert_eq!(rank["outcome"], "missing_input");
        assert_eq!(rank["missing"], serde_json::json!([{ "variable": "env.llm_key", "could_be": [] }]));
        assert_eq!(rank["credential"], Value::Null);
    }
}

#[test]
fn a_pool_tells_its_members_and_their_shares() {
    let home = house();
    home.done(&["assign", "app/billing", "pool/both", "--provider", "openai"]);
    let answer = home.json(&["resolve", "bot", "--node", "ask"]);
    let node = &answer["nodes"][0];
    assert_eq!((&node["outcome"], &node["credential"]), (&"pooled".into(), &Value::Null));
    has_exactly(&node["pool"], "id name members");
    let expected = serde_json::json!([
        { "key": "main", "weight": 3, "share": 0.75, "usable": true, "reason": null },
        { "key": "spare", "weight": 1, "share": 0.25, "usable": true, "reason": null },
    ]);
    assert_eq!(node["pool"]["members"], expected);
    let of_run = home.json(&["resolve", "bot", "--node", "ask", "--run-id", "7"]);
    assert!(of_run["nodes"][0]["credential"]["name"].is_string());
}

#[test]
fn the_environment_is_the_callers_the_workflows_or_none() {
    let home = house();
    home.done(&["edit", "workflow/bot", "environment=production"]);
    let environment = |more: &[&str]| {
        let arguments = [&["resolve", "bot", "--node", "ask"], more].concat();
        home.json(&arguments)["nodes"][0]["environment"].clone()
    };
    assert_eq!(environment(&[]), "production");
    assert_eq!(environment(&["--environment", "staging"]), "staging");
    assert_eq!(environment(&["--environment", ""]), Value::Null);
}

#[test]
fn asking_for_a_workflow_without_nodes_still_has_the_shape() {
    let home = house();
    home.done(&["add", "workflow", "idle"]);
    assert_eq!(home.json(&["resolve", "idle"]), serde_json::json!({ "workflow": "idle", "nodes": [] }));
    assert_eq!(home.json(&["resolve", "idle", "--provider", "openai"])["nodes"].as_array().unwrap().len(), 1);
    let of_app = home.json(&["resolve", "app/billing", "--provider", "openai"]);
    assert_eq!((&of_app["app"], &of_app["workflow"]), (&"billing".into(), &Value::Null));
}

#[test]
fn lists_have_the_keys_of_the_contract() {
    let home = house();
    home.done(&["import", "dify-dsl", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/dify/workflow.yml")]);
    for (kind, keys) in [
        ("providers", ""),
        ("models", ""),
        (
            "credentials",
            "provider models owner usable_by environment state secret last4 fields secret_fields not_before \
             expires_at created_at secret_since last_verified uses",
        ),
        ("pools", "provider members"),
        ("instances", ""),
        ("apps", ""),
        ("workflows", "app department owner environment draft"),
        ("nodes", "workflow workflow_id title type provider model kind runs"),
        ("departments", "parent cost_centre budget"),
        ("operators", "login email roles"),
        ("assignments", "scope provider model environment target strength from until note revision"),
        ("budgets", ""),
    ] {
        let list = home.json(&["list", kind]);
        has_exactly(&list, kind);
        let rows = list[kind].as_array().unwrap();
        assert!(!rows.is_empty(), "{kind}");
        for row in rows {
            has(row, &format!("id name {keys}"));
        }
    }
    let workflows = home.json(&["list", "workflows"]);
    let imported = workflows["workflows"].as_array().unwrap().iter().find(|row| row["foreign_id"].is_string());
    assert!(imported.is_some(), "what came from elsewhere says so");
}

#[test]
fn a_failure_is_an_object_too() {
    let home = house();
    for (arguments, code, kind) in [
        (&["resolve", "bat", "--json"][..], 2, "usage"),
        (&["list", "nothing", "--json"], 2, "usage"),
        (&["--json", "frobnicate"], 2, "usage"),
        (&["list", "apps", "--json", "--config", "none.toml"], 3, "configuration"),
        (&["add", "app", "x", "--json", "--read-only"], 4, "not_allowed"),
        (&["assign", "workspace", "key/main", "--provider", "openai", "--from", "2030-01-01", "--json"], 5, "conflict"),
        (&["list", "apps", "--json", "--db", "sqlite:none.db"], 6, "unavailable"),
    ] {
        let output = home.run(arguments, None);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        has_exactly(&error, "error");
        has_exactly(&error["error"], "kind message hints");
        assert_eq!(error["error"]["kind"], kind, "{arguments:?}");
    }
    assert_eq!(home.run(&["resolve", "bot"], None).status.code(), Some(7));
}

#[test]
fn an_exported_house_applies_to_nothing_and_makes_itself_anew() {
    let home = house();
    let file = home.done(&["export"]);
    std::fs::write(home.path().join("again.toml"), &file).unwrap();
    assert_eq!(home.run(&["plan", "-f", "again.toml", "--detailed-exitcode"], None).status.code(), Some(0));
    let other = Home::founded();
    std::fs::write(other.path().join("again.toml"), &file).unwrap();
    assert_eq!(other.run(&["plan", "-f", "again.toml", "--detailed-exitcode"], None).status.code(), Some(2));
    other.done(&["apply", "-f", "again.toml", "-m", "copied"]);
    assert_eq!(other.done(&["export"]), file);
}

#[test]
fn the_demo_is_made_once_and_answers() {
    let home = Home::empty();
    let arguments = ["demo", "--no-ui", "--db", "sqlite:demo.db", "--json"];
    let made: Value = serde_json::from_str(&home.done(&arguments)).unwrap();
    assert_eq!((&made["new"], &made["workflows"]), (&true.into(), &100.into()));
    let again: Value = serde_json::from_str(&home.done(&arguments)).unwrap();
    assert_eq!(again["new"], false);
    let open = ["--db", "sqlite:demo.db"];
    let nodes = home.json(&[&open[..], &["list", "nodes"]].concat());
    assert!(nodes["nodes"].as_array().unwrap().len() > 200);
    let doctor = home.json(&[&open[..], &["doctor"]].concat());
    let vault = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "vault").unwrap();
    assert_eq!(vault["status"], "ok", "the throwaway key beside the file opens it: {vault}");
    let file = home.done(&[&open[..], &["export"]].concat());
    std::fs::write(home.path().join("demo.toml"), file).unwrap();
    assert_eq!(
        home.run(&[&open[..], &["plan", "-f", "demo.toml", "--detailed-exitcode"]].concat(), None).status.code(),
        Some(0)
    );

    let founded = Home::founded();
    let refused = founded.run(&["demo", "--no-ui", "--db", "sqlite:.local/share/keydeck/keydeck.db"], None);
    assert_eq!(refused.status.code(), Some(5), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let home = Home::founded();
    let check = |report: &Value, name: &str| {
        let found = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == name);
        found.unwrap_or_else(|| panic!("{name} is missing in {report:#}")).clone()
    };
    let output = home.run(&["doctor", "--json"], None);
    assert_eq!(output.status.code(), Some(0), "warnings alone don't fail");
    let well: Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["settings", "file", "database", "workspaces", "clock", "audit", "vault", "memory", "terminal"] {
        has_exactly(&check(&well, name), "check status message hint");
    }
    assert_eq!(check(&well, "vault")["message"], "SECRET_KEY opens it");

    let database = home.path().join(".local/share/keydeck/keydeck.db");
    std::fs::set_permissions(&database, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let open = home.json(&["doctor"]);
    assert_eq!(check(&open, "file")["status"], "warning");
    assert!(check(&open, "file")["hint"].as_str().unwrap().contains("chmod 600"));

    assert_eq!(home.run(&["doctor", "--db", "sqlite:nowhere.db"], None).status.code(), Some(6));
    std::fs::write(home.path().join("other.key"), "another-FAKE-key-of-32-characters!\n").unwrap();
    let loose = home.run(&["doctor", "--secret-key-file", "other.key"], None);
    assert!(matches!(loose.status.code(), Some(3 | 4)), "a key that others may read, or of another database");
}

#[test]
fn completions_and_manual_name_every_command() {
    let home = Home::empty();
    let (fish, man) = (home.done(&["completions", "fish"]), home.done(&["man"]));
    for command in ["init", "import", "who-uses", "staged", "doctor", "completions"] {
        assert!(fish.contains(command) && man.replace('\\', "").contains(command), "{command}");
    }
    assert!(home.done(&["--help"]).contains("Exit codes"));
}

#[test]
fn a_closed_pipe_is_silent() {
    let home = house();
    let mut child = home
        .command()
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}
