//! `emit` in every form: what another system reads, and that no secret is in it unless it was revealed.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use serde_json::{Value, json};

use super::home::Home;

const CANARY: &str = "sk-FAKE-CANARY-emit-'$x9Kd";
const EXPORT: &str = "app:\n  name: bot\n  mode: workflow\nkind: app\nversion: 0.6.0\nworkflow:\n  graph:\n    edges: []\n    nodes:\n    - id: ask\n      data:\n        type: llm\n        title: Ask\n        model:\n          provider: langgenius/openai/openai\n          name: gpt-4o\n          mode: chat\n          completion_params: {}\n";

/// A home into which an export was imported, with a key for its node.
fn house() -> Home {
    let home = Home::founded();
    fs::write(home.path().join("bot.yml"), EXPORT).unwrap();
    home.done(&["import", "dify-dsl", "bot.yml"]);
    let input = json!({ "api_key": CANARY }).to_string();
    assert!(
        home.run(&["add", "credential", "main", "provider=openai", "--stdin-json"], Some(input.as_bytes()))
            .status
            .success()
    );
    home.done(&["assign", "workspace", "key/main", "--provider", "openai"]);
    home
}

fn secret_file(home: &Home) {
    let file = home.path().join("ff.key");
    fs::write(&file, "a-FAKE-key-of-feedforward\n").unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn emit(home: &Home, words: &[&str]) -> (Option<i32>, String, String) {
    let output = home.run(&[&["emit"], words].concat(), None);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn secrets_are_written_where_they_are_revealed_and_that_is_on_record() {
    let home = house();
    secret_file(&home);
    let forms: [&[&str]; 6] = [
        &["--format", "json"],
        &["--format", "dotenv"],
        &["--format", "litellm"],
        &["--format", "dify-dsl", "--from", "bot.yml"],
        &["--format", "dify-overrides"],
        &["--format", "feedforward"],
    ];
    for form in forms {
        let (code, out, said) = emit(&home, &[&["bot"], form].concat());
        assert_eq!((code, &*said), (Some(0), ""), "{form:?}");
        assert!(!out.contains("FAKE") && !out.contains("sk-"), "{form:?}: {out}");
    }
    let rows = home.json(&["audit", "log", "--action", "emit"]);
    assert_eq!(rows["rows"], json!([]), "nothing was disclosed");
    let (_, json, _) = emit(&home, &["bot", "--format", "json", "--reveal"]);
    let read: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&read["revealed"], &read["keys"][0]["secrets"]["api_key"]), (&json!(true), &json!(CANARY)));
    let (_, dotenv, _) = emit(&home, &["bot", "--format", "dotenv", "--reveal"]);
    fs::write(home.path().join("keys.env"), dotenv).unwrap();
    let shell = Command::new("sh")
        .args(["-c", ". ./keys.env; printf %s \"$OPENAI_API_KEY\""])
        .current_dir(home.path())
        .output();
    assert_eq!(String::from_utf8(shell.unwrap().stdout).unwrap(), CANARY, "a shell reads the same");
    let (code, sql, _) =
        emit(&home, &["bot", "--format", "feedforward", "--reveal", "--target-secret-key-file", "ff.key"]);
    assert!(code == Some(0) && sql.contains("api_key_encrypted") && !sql.contains("FAKE"), "{sql}");
    let rows = home.json(&["audit", "log", "--action", "emit"]);
    let outcomes: Vec<&str> =
        rows["rows"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["done", "intent", "done", "intent", "done", "intent"]);
    assert!(!rows.to_string().contains("CANARY"));
}

#[test]
fn what_is_asked_for_wrongly_is_refused() {
    let home = house();
    secret_file(&home);
    home.done(&["add", "workflow", "bare"]);
    home.done(&["add", "node", "bare/ask", "provider=cohere", "model=command-r"]);
    let cases: [(&[&str], i32, &str); 11] = [
        (&["bot"], 2, "--format"),
        (&["bto", "--format", "json"], 2, "did you mean bot?"),
        (&["bot", "--format", "dify-dsl"], 2, "none is given"),
        (&["bot", "--format", "json", "--from", "bot.yml"], 2, "dify-dsl alone"),
        (&["bot", "bare", "--format", "dify-dsl", "--from", "bot.yml"], 2, "one workflow"),
        (&["bot", "--format", "dify-overrides", "--reveal"], 2, "no secrets"),
        (&["bot", "--format", "feedforward", "--reveal"], 2, "SECRET_KEY"),
        (&["bot", "--format", "json", "--target-secret-key-file", "ff.key"], 2, "feedforward alone"),
        (&["bot", "--format", "json", "--reveal", "--read-only"], 4, "read-only"),
        (&["bot", "--format", "json", "--reveal", "--as", "root"], 2, "as somebody else"),
        (&["bare", "--format", "litellm"], 7, ""),
    ];
    for (words, code, says) in cases {
        let (found, out, said) = emit(&home, words);
        assert_eq!(found, Some(code), "{words:?}: {out}{said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
}

#[test]
fn difys_export_is_written_anew_and_read_again() {
    let home = house();
    let (_, dsl, _) = emit(&home, &["bot", "--format", "dify-dsl", "--from", "bot.yml"]);
    assert!(dsl.contains("name: \"gpt-4o@main\"") && dsl.contains("endpoint_url https://api.openai.com/v1"), "{dsl}");
    fs::write(home.path().join("anew.yml"), dsl).unwrap();
    let other = Home::founded();
    fs::copy(home.path().join("anew.yml"), other.path().join("anew.yml")).unwrap();
    other.done(&["import", "dify-dsl", "anew.yml"]);
    let nodes = other.json(&["list", "nodes"]);
    assert_eq!(
        (&nodes["nodes"][0]["provider"], &nodes["nodes"][0]["model"]),
        (&json!("openai-compatible"), &json!("gpt-4o@main"))
    );
}

/// Runs Python with a program, if it has the modules that the program takes.
fn python(modules: &str, program: &str, arguments: &[&str], home: &Home) -> Option<String> {
    let python = std::env::var("KEYDECK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let importable = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if !importable.is_ok_and(|it| it.status.success()) {
        println!("skipped: {python} can't import {modules}; KEYDECK_TEST_PYTHON names one that can");
        return None;
    }
    let output = Command::new(&python)
        .args(["-c", program])
        .args(arguments)
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env("OPENAI_API_KEY", CANARY)
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// LiteLLM's own loader of the proxy takes the configuration, and finds key and model in it.
#[test]
fn litellm_loads_what_is_written() {
    const PROGRAM: &str = "
import asyncio, sys
from litellm.proxy.proxy_server import ProxyConfig
async def main(path):
    router, models, settings = await ProxyConfig().load_config(router=None, config_file_path=path)
    for it in router.get_model_list():
        print('LOADED', it['model_name'], it['litellm_params']['model'], it['litellm_params'].get('api_key'))
for path in sys.argv[1:]:
    asyncio.run(main(path))
";
    let home = house();
    for (file, reveal) in [("masked.yaml", &[][..]), ("revealed.yaml", &["--reveal"])] {
        let (_, config, _) = emit(&home, &[&["bot", "--format", "litellm"], reveal].concat());
        fs::write(home.path().join(file), config).unwrap();
    }
    let files = ["masked.yaml", "revealed.yaml"];
    let Some(said) = python("litellm.proxy.proxy_server", PROGRAM, &files, &home) else { return };
    let loaded: Vec<&str> = said.lines().filter(|line| line.starts_with("LOADED")).collect();
    let wanted = format!("LOADED bot/Ask openai/gpt-4o {CANARY}");
    assert_eq!(loaded, [wanted.as_str(), &wanted], "{said}");
}

/// What FeedForward's own code does with a row opens ours.
#[test]
fn pythons_cryptography_opens_what_is_written_for_feedforward() {
    const PROGRAM: &str = "
import base64, json, sqlite3, sys
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
base = sqlite3.connect(':memory:')
base.execute('CREATE TABLE ai_models (id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, api_config TEXT, active INTEGER, owner_type TEXT, owner_id INTEGER)')
base.executescript(open(sys.argv[1]).read())
kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=b'feedforward_salt', iterations=100000)
fernet = Fernet(base64.urlsafe_b64encode(kdf.derive(b'a-FAKE-key-of-feedforward')))
for provider, model, config, owner in base.execute('SELECT provider, model_id, api_config, owner_type FROM ai_models'):
    token = base64.b64decode(json.loads(config)['api_key_encrypted'])
    print(provider, model, owner, fernet.decrypt(token).decode())
";
    let home = house();
    secret_file(&home);
    let (_, sql, _) =
        emit(&home, &["bot", "--format", "feedforward", "--reveal", "--target-secret-key-file", "ff.key"]);
    fs::write(home.path().join("rows.sql"), sql).unwrap();
    let Some(said) = python("cryptography", PROGRAM, &["rows.sql"], &home) else { return };
    assert_eq!(said, format!("openai gpt-4o system {CANARY}\n"));
}
