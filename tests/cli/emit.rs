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

/// Runs Python with a program, if it has the modules that the program takes: one that was named has to have them.
fn python(modules: &str, program: &str, arguments: &[&str], home: &Home) -> Option<String> {
    let named = std::env::var("KEYDECK_TEST_PYTHON");
    let python = named.clone().unwrap_or_else(|_| "python3".to_owned());
    // Asked in the same breath: loading some of them takes a while.
    let first = format!("import sys\ntry:\n    import {modules}\nexcept Exception:\n    sys.exit({LACKING})\n");
    let mut command = Command::new(&python);
    command.args(["-c", &format!("{first}{program}")]).args(arguments).env(LOCAL.0, LOCAL.1);
    let output = command.env("OPENAI_API_KEY", CANARY).current_dir(home.path()).output();
    let Some(output) = output.ok().filter(|it| it.status.code() != Some(LACKING)) else {
        assert!(named.is_err(), "{python}, which KEYDECK_TEST_PYTHON names, can't import {modules}");
        println!("skipped: {python} can't import {modules}; KEYDECK_TEST_PYTHON names one that can");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What Python ends with where a module is not there.
const LACKING: i32 = 93;

/// Keeps LiteLLM from asking the network for its prices.
const LOCAL: (&str, &str) = ("LITELLM_LOCAL_MODEL_COST_MAP", "True");

/// LiteLLM's own loader of the proxy, which tells of each file: name, provider, model, weight, address, key.
const LOADER: &str = "
import asyncio, sys, litellm
from litellm.litellm_core_utils.credential_accessor import CredentialAccessor
from litellm.proxy.proxy_server import ProxyConfig
async def main(path):
    router, models, settings = await ProxyConfig().load_config(router=None, config_file_path=path)
    for it in router.get_model_list():
        told = it['litellm_params']
        held = CredentialAccessor.get_credential_values(told.get('litellm_credential_name') or '')
        model, provider, _, _ = litellm.get_llm_provider(model=told['model'])
        values = [it['model_name'], provider, model, told.get('weight'), told.get('api_base'), {**held, **told}.get('api_key')]
        print('LOADED', path, *values, sep='|')
for path in sys.argv[1:]:
    asyncio.run(main(path))
";

/// Returns what LiteLLM finds in files, by file.
fn loaded<const N: usize>(home: &Home, files: [&str; N]) -> Option<[Vec<String>; N]> {
    let said = python("litellm.proxy.proxy_server", LOADER, &files, home)?;
    let of = |file: &str| {
        let begin = format!("LOADED|{file}|");
        let mut lines: Vec<String> =
            said.lines().filter_map(|line| line.strip_prefix(&begin)).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    Some(files.map(of))
}

/// LiteLLM's own loader of the proxy takes the configuration, and finds provider, model, address, weight and key in it.
#[test]
fn litellm_loads_what_is_written() {
    let home = house();
    home.done(&["add", "workflow", "pair"]);
    home.done(&["add", "node", "pair/Ask", "provider=azure-openai", "model=gpt-4-eu"]);
    home.done(&["add", "node", "pair/Rank", "provider=together", "model=llama"]);
    for (name, provider, url) in [
        ("eu", "azure-openai", Some("base_url=https://eu.openai.azure.com")),
        ("us", "azure-openai", Some("base_url=https://us.openai.azure.com")),
        ("cheap", "together", None),
    ] {
        let provider = format!("provider={provider}");
        let words = ["add", "credential", name, &provider, "--stdin-json"];
        let input = json!({ "api_key": format!("FAKE-{name}-0123456789") }).to_string();
        let output = home.run(&[&words[..], url.as_slice()].concat(), Some(input.as_bytes()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    home.done(&["add", "pool", "both", "provider=azure-openai", "members=eu:3,us:1"]);
    home.done(&["assign", "workspace", "pool/both", "--provider", "azure-openai"]);
    home.done(&["assign", "workspace", "key/cheap", "--provider", "together"]);
    for (file, words) in
        [("masked.yaml", &["bot"][..]), ("revealed.yaml", &["bot", "--reveal"]), ("pair.yaml", &["pair", "--reveal"])]
    {
        let (code, config, said) = emit(&home, &[words, &["--format", "litellm"]].concat());
        assert_eq!(code, Some(0), "{said}");
        fs::write(home.path().join(file), config).unwrap();
    }
    let Some([masked, revealed, pair]) = loaded(&home, ["masked.yaml", "revealed.yaml", "pair.yaml"]) else { return };
    let wanted = format!("bot/Ask|openai|gpt-4o|None|None|{CANARY}");
    assert_eq!((masked, revealed), (vec![wanted.clone()], vec![wanted]));
    assert_eq!(
        pair,
        [
            "pair/Ask|azure|gpt-4-eu|1|https://us.openai.azure.com|FAKE-us-0123456789",
            "pair/Ask|azure|gpt-4-eu|3|https://eu.openai.azure.com|FAKE-eu-0123456789",
            "pair/Rank|together_ai|llama|None|None|FAKE-cheap-0123456789",
        ]
    );
}

/// What LiteLLM finds in a configuration of its own, it finds again in what was imported of it and emitted.
#[test]
fn litellm_finds_again_what_was_imported_of_its_configuration() {
    const CONFIG: &str = "model_list:
  - model_name: fast
    litellm_params: {model: openai/gpt-4o, api_key: sk-FAKE-first-0123456789, weight: 3}
  - model_name: fast
    litellm_params: {model: gpt-4o, api_key: sk-FAKE-second-0123456789, weight: 1}
  - model_name: safe
    litellm_params: {model: anthropic/claude-3-5-haiku-20241022, litellm_credential_name: claude}
credential_list:
  - credential_name: claude
    credential_values: {api_key: sk-ant-FAKE-0123456789, api_base: https://llm.example.com}
    credential_info: {}
";
    let home = Home::founded();
    fs::write(home.path().join("theirs.yaml"), CONFIG).unwrap();
    home.done(&["import", "litellm", "theirs.yaml"]);
    home.done(&["add", "workflow", "bot"]);
    home.done(&["add", "node", "bot/fast", "instance=fast"]);
    home.done(&["add", "node", "bot/safe", "instance=safe"]);
    let (code, config, said) = emit(&home, &["bot", "--format", "litellm", "--reveal"]);
    assert_eq!(code, Some(0), "{said}");
    fs::write(home.path().join("ours.yaml"), config).unwrap();
    let Some([theirs, ours]) = loaded(&home, ["theirs.yaml", "ours.yaml"]) else { return };
    let bare = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.trim_start_matches("bot/").replace("https://llm.example.com", "None")).collect()
    };
    assert_eq!((theirs.len(), bare(theirs)), (3, bare(ours)));
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
