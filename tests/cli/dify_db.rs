//! A Dify database through the real program: what comes in, what Dify's layers answer, what was spent, and what is told
//! of databases that can't be read. The schemas are in `tests/fixtures/dify-db`; `DIFY_SCHEMA` names a file with Dify's
//! own, with which the same is asked once more.

use std::{env, fs, path::Path};

use aes::Aes128;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use eax::{
    Eax,
    aead::{Aead, KeyInit, array::Array},
};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    home::Home,
    server::{self, Server},
};

const FINANCE: &str = "sk-FAKE-CANARY-finance-0123456789";
const SALES: &str = "sk-FAKE-CANARY-sales-0123456789";
const CLAUDE: &str = "sk-ant-FAKE-CANARY-schlüssel-0123456789";
const OWN: &str = "sk-FAKE-CANARY-own-model-0123456789";
const DRIFTED: &str = "sk-FAKE-CANARY-drifted-0123456789";
const AWS: &str = "AKIA-FAKE-CANARY-0123456789";

/// Dify's tenants, and everything in them, have ids of this form.
fn id(number: u32) -> String {
    format!("0190f000-0000-7000-8000-{number:012}")
}

/// Seals as Dify does.
struct Tenant {
    key: OaepPublicEncryptingKey,
    private: String,
    public: String,
}

impl Tenant {
    /// The pair of the vector.
    fn new() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dify-db/vector.json");
        let vector: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let public = text("public");
        let der: String = public.lines().filter(|line| !line.starts_with('-')).collect();
        let key = PublicEncryptingKey::from_der(&STANDARD.decode(der).unwrap()).unwrap();
        Self { key: OaepPublicEncryptingKey::new(key).unwrap(), private: text("private"), public }
    }

    fn wrap(&self, plain: &[u8]) -> Vec<u8> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        self.key.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut wrapped, None).unwrap().to_vec()
    }

    /// The form since 2023.
    fn hybrid(&self, plain: &str) -> String {
        let (key, nonce) = ([7u8; 16], [9u8; 16]);
        let cipher = Eax::<Aes128>::new_from_slice(&key).unwrap();
        let sealed = cipher.encrypt(&Array::from(nonce), plain.as_bytes()).unwrap();
        let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
        STANDARD.encode([b"HYBRID:", &self.wrap(&key)[..], &nonce, tag, ciphertext].concat())
    }

    /// The form before.
    fn legacy(&self, plain: &str) -> String {
        STANDARD.encode(self.wrap(plain.as_bytes()))
    }

    /// Writes the storage folder.
    fn store(&self, home: &Home, tenant: u32) {
        let folder = home.path().join("storage/privkeys").join(id(tenant));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("private.pem"), &self.private).unwrap();
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn graph(nodes: &[(&str, Value)]) -> String {
    let nodes: Vec<Value> = nodes.iter().map(|(id, data)| json!({"id": id, "data": data})).collect();
    quoted(&json!({"nodes": nodes, "edges": []}).to_string())
}

fn llm(title: &str, provider: &str, model: &str) -> Value {
    json!({"type": "llm", "title": title, "model": {"provider": provider, "name": model, "mode": "chat", "completion_params": {}}})
}

/// A statement for each thing that the database of the tests holds.
fn content(tenant: &Tenant) -> Vec<String> {
    let (t, public) = (id(1), quoted(&tenant.public));
    let config = |field: &str, secret: &str, more: &str| quoted(&format!("{{\"{field}\": \"{secret}\"{more}}}"));
    let finance =
        config("openai_api_key", &tenant.hybrid(FINANCE), ", \"openai_api_base\": \"https://llm.example.com/v1\"");
    let sales = config("openai_api_key", &tenant.legacy(SALES), "");
    let credential = |at: u32, provider: &str, name: &str, config: &str| {
        format!(
            "INSERT INTO provider_credentials (id, tenant_id, provider_name, credential_name, encrypted_config) \
            VALUES ('{}', '{t}', '{provider}', '{name}', {config})",
            id(at)
        )
    };
    let provider = |name: &str, active: &str| {
        format!(
            "INSERT INTO providers (tenant_id, provider_name, provider_type, is_valid, credential_id) \
            VALUES ('{t}', '{name}', 'custom', true, {active})"
        )
    };
    let setting = |provider: &str, model: &str, kind: &str, enabled: bool, shared: bool| {
        format!(
            "INSERT INTO provider_model_settings (tenant_id, provider_name, model_name, model_type, enabled, \
            load_balancing_enabled) VALUES ('{t}', '{provider}', '{model}', '{kind}', {enabled}, {shared})"
        )
    };
    let balanced = |name: &str, config: &str, enabled: bool, of: &str| {
        format!(
            "INSERT INTO load_balancing_model_configs (tenant_id, provider_name, model_name, model_type, name, \
            encrypted_config, enabled, credential_id, credential_source_type) \
            VALUES ('{t}', 'openai', 'gpt-4o', 'text-generation', '{name}', {config}, {enabled}, {of}, 'provider')"
        )
    };
    let mut all = vec![
        format!("INSERT INTO tenants (id, name, encrypt_public_key) VALUES ('{t}', 'Acme', {public})"),
        format!("INSERT INTO tenants (id, name, encrypt_public_key) VALUES ('{}', 'Other', NULL)", id(2)),
        format!("INSERT INTO accounts (id, name, email) VALUES ('{}', 'Ada', 'ada@example.com')", id(11)),
        format!("INSERT INTO tenant_account_joins (tenant_id, account_id, role) VALUES ('{t}', '{}', 'owner')", id(11)),
        credential(101, "langgenius/openai/openai", "Finance", &finance),
        credential(102, "openai", "Sales", &sales),
        credential(103, "anthropic", "Claude", &config("anthropic_api_key", &tenant.hybrid(CLAUDE), "")),
        credential(
            104,
            "bedrock",
            "AWS",
            &config(
                "aws_access_key_id",
                &tenant.hybrid(AWS),
                &format!(", \"aws_secret_access_key\": \"{}\", \"aws_region\": \"eu-west-1\"", tenant.hybrid(OWN)),
            ),
        ),
        provider("langgenius/openai/openai", &format!("'{}'", id(101))),
        provider("anthropic", "NULL"),
        provider("bedrock", &format!("'{}'", id(104))),
        provider("cohere", &format!("'{}'", id(999))),
        format!(
            "INSERT INTO provider_model_credentials (id, tenant_id, provider_name, model_name, model_type, \
            credential_name, encrypted_config) VALUES ('{}', '{t}', 'openai', 'text-embedding-3-small', 'text-embedding', \
            'Embeddings', {})",
            id(201),
            config("openai_api_key", &tenant.hybrid(OWN), "")
        ),
        format!(
            "INSERT INTO provider_models (tenant_id, provider_name, model_name, model_type, is_valid, credential_id) \
            VALUES ('{t}', 'openai', 'text-embedding-3-small', 'embeddings', true, '{}')",
            id(201)
        ),
        setting("openai", "gpt-4", "llm", false, false),
        setting("openai", "gpt-4o", "llm", true, true),
        balanced("__inherit__", "NULL", true, "NULL"),
        balanced("Sales", &sales, true, &format!("'{}'", id(102))),
        balanced("Sales again", &sales, true, &format!("'{}'", id(102))),
        balanced("Off", &config("openai_api_key", &tenant.hybrid("sk-FAKE-CANARY-off-0123456789"), ""), false, "NULL"),
        balanced("Drifted", &config("openai_api_key", &tenant.hybrid(DRIFTED), ""), true, &format!("'{}'", id(101))),
        format!(
            "INSERT INTO tenant_default_models (tenant_id, provider_name, model_name, model_type) \
            VALUES ('{t}', 'openai', 'tts-1', 'tts')"
        ),
    ];
    all.extend(apps(&t));
    all.extend(usage(&t));
    all
}

fn apps(t: &str) -> Vec<String> {
    let app = |at: u32, name: &str, mode: &str, workflow: &str, config: &str| {
        format!(
            "INSERT INTO apps (id, tenant_id, name, mode, enable_site, enable_api, workflow_id, app_model_config_id, \
            created_by) VALUES ('{}', '{t}', {}, '{mode}', true, true, {workflow}, {config}, '{}')",
            id(at),
            quoted(name),
            id(11)
        )
    };
    let workflow = |at: u32, app: u32, version: &str, graph: &str, variables: &str| {
        format!(
            "INSERT INTO workflows (id, tenant_id, app_id, type, version, graph, features, created_by, updated_at, \
            environment_variables) VALUES ('{}', '{t}', '{}', 'workflow', '{version}', {graph}, '{{}}', '{}', now(), {})",
            id(at),
            id(app),
            id(11),
            quoted(variables)
        )
    };
    let invoices = graph(&[
        ("1742957980001", llm("Draft", "langgenius/openai/openai", "gpt-4o")),
        ("1742957980002", llm("Check", "anthropic", "claude-3-haiku")),
        ("1742957980003", json!({"type": "tool", "title": "Sub", "provider_type": "workflow", "provider_id": "x"})),
    ]);
    let draft = graph(&[("1742957980001", llm("Draft", "openai", "gpt-4"))]);
    let variables =
        json!({"llm_key": {"name": "llm_key", "value_type": "secret", "value": "sk-FAKE-CANARY-env-0123456789"}});
    let mut all = vec![
        app(301, "Invoices", "workflow", &format!("'{}'", id(401)), "NULL"),
        app(302, "Support", "advanced-chat", &format!("'{}'", id(403)), "NULL"),
        app(303, "Chat", "chat", "NULL", &format!("'{}'", id(501))),
        workflow(401, 301, "2026-06-01", &invoices, &variables.to_string()),
        workflow(402, 301, "draft", &draft, "{}"),
        workflow(403, 302, "2026-06-01", &graph(&[("1742957980009", llm("Answer", "openai", "gpt-4o-mini"))]), "{}"),
        format!(
            "INSERT INTO app_model_configs (id, app_id, model) VALUES ('{}', '{}', {})",
            id(501),
            id(303),
            quoted(
                &json!({"provider": "openai", "name": "gpt-4o-mini", "mode": "chat", "completion_params": {}})
                    .to_string()
            )
        ),
    ];
    for (at, tag) in [(601, "Finance"), (602, "Legal")] {
        all.push(format!(
            "INSERT INTO tags (id, tenant_id, type, name, created_by) VALUES ('{}', '{t}', 'app', '{tag}', '{}')",
            id(at),
            id(11)
        ));
    }
    for (tag, app) in [(601, 301), (602, 301), (601, 303)] {
        all.push(format!(
            "INSERT INTO tag_bindings (tenant_id, tag_id, target_id, created_by) VALUES ('{t}', '{}', '{}', '{}')",
            id(tag),
            id(app),
            id(11)
        ));
    }
    all
}

fn usage(t: &str) -> Vec<String> {
    let run = |app: u32, workflow: u32, node: &str, kind: &str, metadata: &str, process: &str, from: &str| {
        format!(
            "INSERT INTO workflow_node_executions (tenant_id, app_id, workflow_id, triggered_from, \"index\", node_id, \
            node_type, title, status, execution_metadata, process_data, created_at, created_by_role, created_by) \
            VALUES ('{t}', '{}', '{}', '{from}', 1, '{node}', '{kind}', 'x', 'succeeded', {metadata}, {process}, \
            '2026-11-02 23:59:59', 'end_user', '{}')",
            id(app),
            id(workflow),
            id(701)
        )
    };
    let cost = |tokens: u32, price: &str| {
        quoted(&json!({"total_tokens": tokens, "total_price": price, "currency": "USD"}).to_string())
    };
    let called = |model: &str, input: u32, output: u32| {
        quoted(&json!({"model_provider": "langgenius/openai/openai", "model_name": model, "prompts": [{"text": "\u{0}hello"}],
            "usage": {"prompt_tokens": input, "completion_tokens": output}}).to_string())
    };
    let message = |app: u32, price: &str, day: &str| {
        format!(
            "INSERT INTO messages (app_id, model_provider, model_id, conversation_id, inputs, query, message, \
            message_tokens, message_unit_price, answer, answer_tokens, answer_unit_price, total_price, currency, from_source, \
            created_at) VALUES ('{}', 'openai', 'gpt-4o-mini', '{}', '{{}}', 'q', '{{}}', 100, 0, 'a', 10, 0, {price}, 'USD', \
            'api', '{day}')",
            id(app),
            id(702)
        )
    };
    vec![
        format!(
            "INSERT INTO end_users (id, tenant_id, type, session_id, is_anonymous) \
            VALUES ('{}', '{t}', 'service_api', 'customer-7', false)",
            id(701)
        ),
        run(301, 401, "1742957980001", "llm", &cost(1100, "0.0123456"), &called("gpt-4o", 1000, 100), "workflow-run"),
        run(301, 401, "1742957980001", "llm", &cost(11, "1E-7"), &called("gpt-4o", 10, 1), "single-step"),
        // What is offloaded names no model: the graph does.
        run(301, 401, "1742957980002", "llm", &cost(500, "0.0025"), "NULL", "workflow-run"),
        // These repeat what others cost.
        run(301, 401, "loop", "iteration", &cost(1100, "0.0123456"), "NULL", "workflow-run"),
        run(301, 401, "1742957980003", "tool", &cost(900, "0.9"), "NULL", "workflow-run"),
        run(301, 401, "1742957980001", "llm", "NULL", "NULL", "workflow-run"),
        run(302, 403, "1742957980009", "llm", &cost(120, "0.0000042"), &called("gpt-4o-mini", 100, 20), "workflow-run"),
        run(302, 403, "1742957980009", "llm", "'{\"total_tokens\": '", "NULL", "workflow-run"),
        // No bill can hold these.
        run(302, 403, "1742957980009", "llm", &cost(7, "-5"), "NULL", "workflow-run"),
        run(
            302,
            403,
            "absurd",
            "llm",
            "'{\"total_tokens\": 9000000000000, \"total_price\": \"1e11\"}'",
            "NULL",
            "workflow-run",
        ),
        message(303, "0.0012345", "2026-11-03 10:00:00"),
        message(303, "0.0000005", "2026-11-03 11:00:00"),
        message(302, "0.0000042", "2026-11-03 11:00:00"),
    ]
}

/// What the same database says of its spend, asked in another way.
const SPENT: &str = "SELECT round(1000000 * ( \
    (SELECT sum((execution_metadata::jsonb->>'total_price')::numeric) FROM workflow_node_executions \
     WHERE node_type NOT IN ('iteration', 'loop', 'tool') AND execution_metadata LIKE '{%}' \
     AND (execution_metadata::jsonb->>'total_price')::numeric BETWEEN 0 AND 1000) \
    + (SELECT sum(total_price) FROM messages m JOIN apps a ON a.id = m.app_id WHERE a.mode = 'chat')))::bigint";

/// A database of Dify's on the server, and a home beside it.
struct Ground {
    server: &'static Server,
    database: String,
    url: String,
    home: Home,
}

impl Ground {
    fn new(schema: &str, content: &[String]) -> Option<Self> {
        let server = server::server()?;
        let database = server.database();
        server.run(&database, schema);
        if !content.is_empty() {
            server.run(&database, &content.join(";\n"));
        }
        let url = server.url(&database);
        Some(Self { server, database, url, home: Home::founded() })
    }

    fn schema(name: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dify-db").join(name)).unwrap()
    }

    /// Runs the import with more options; returns what it said, and its code.
    fn import(&self, more: &[&str]) -> (String, Option<i32>) {
        let arguments = [&["import", "dify-db", &self.url], more].concat();
        let output = self.home.run(&arguments, None);
        (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
    }

    fn in_acme(&self, arguments: &[&str]) -> Value {
        self.home.json(&[arguments, &["--workspace", "Acme"]].concat())
    }

    fn sql(&self, sql: &str) -> String {
        self.server.run(&self.database, sql)
    }
}

fn ask(ground: &Ground, provider: &str, kind: &str, model: &str) -> (String, Value) {
    let answer = ground.in_acme(&[
        "resolve",
        "Invoices",
        "--layers",
        "dify",
        "--provider",
        provider,
        "--kind",
        kind,
        "--model",
        model,
    ]);
    let node = &answer["nodes"][0];
    let members = node["pool"]["members"].as_array();
    let named = match members {
        Some(members) => {
            // Rows that were made at one instant stand in any order.
            let mut members: Vec<_> = members.iter().map(|it| json!([it["key"], it["weight"]])).collect();
            members.sort_by_key(ToString::to_string);
            members.into()
        }
        None => node["credential"]["name"].clone(),
    };
    (node["outcome"].as_str().unwrap().to_owned(), named)
}

fn recorded(ground: &Ground) -> i64 {
    let file = ground.home.path().join(".local/share/keydeck/keydeck.db");
    let sum = async {
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar("SELECT sum(recorded) FROM usage").fetch_one(&mut connection).await.unwrap()
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(sum)
}

fn whole(schema: &str) {
    let tenant = Tenant::new();
    let Some(ground) = Ground::new(schema, &content(&tenant)) else { return };
    tenant.store(&ground.home, 1);
    let (said, code) = ground.import(&["--storage", "storage", "--department-tags", "Legal,Finance"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("CANARY"), "{said}");
    for part in [
        "Made workspace Acme.",
        "Made workspace Other.",
        "of cohere is not there any more",
        "holds the secret env.llm_key",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    for (key, field, plain) in [
        ("Finance", "api_key", FINANCE),
        ("Sales", "api_key", SALES),
        ("Claude", "api_key", CLAUDE),
        ("AWS", "access_key_id", AWS),
        ("AWS", "secret_access_key", OWN),
        ("Embeddings", "api_key", OWN),
        ("Drifted", "api_key", DRIFTED),
    ] {
        let shown = ground.home.done(&["reveal", key, "--field", field, "--workspace", "Acme"]);
        assert_eq!(shown.trim_end(), plain, "{key}");
    }
    let pool = json!([["Drifted", 1], ["Finance", 1], ["Off", 0], ["Sales", 2]]);
    for (place, outcome, key) in [
        (("openai", "llm", "gpt-4o"), "pooled", pool),
        (("openai", "llm", "gpt-4o-mini"), "resolved", json!("Finance")),
        (("openai", "embedding", "gpt-4o"), "resolved", json!("Finance")),
        (("openai", "llm", "gpt-4"), "denied", Value::Null),
        (("openai", "embedding", "gpt-4"), "resolved", json!("Finance")),
        (("openai", "embedding", "text-embedding-3-small"), "resolved", json!("Embeddings")),
        (("langgenius/openai/openai", "llm", "text-embedding-3-small"), "resolved", json!("Finance")),
        (("anthropic", "llm", "claude-3-haiku"), "no_match", Value::Null),
        (("bedrock", "llm", "any"), "resolved", json!("AWS")),
        (("cohere", "rerank", "any"), "no_match", Value::Null),
    ] {
        assert_eq!(ask(&ground, place.0, place.1, place.2), (outcome.to_owned(), key), "{place:?}");
    }
    let wanted: i64 = ground.sql(SPENT).parse().unwrap();
    assert!(wanted > 0);
    assert_eq!(recorded(&ground), wanted);

    let apps = ground.in_acme(&["list", "apps"]);
    let department = |name: &str| {
        let rows = apps["apps"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap()["department"].clone()
    };
    assert_eq!((department("Invoices"), department("Chat")), (json!("Legal"), json!("Finance")));
    let (again, code) = ground.import(&["--storage", "storage", "--department-tags", "Legal,Finance"]);
    assert_eq!(code, Some(0), "{again}");
    assert!(!again.contains("added") && !again.contains("changed") && !again.contains("Applied"), "{again}");
    assert_eq!(recorded(&ground), wanted, "a day is replaced, not added");
}

#[test]
fn a_whole_database_comes_in() {
    whole(&Ground::schema("new.sql"));
}

#[test]
fn a_database_of_difys_own_schema_comes_in() {
    match env::var_os("DIFY_SCHEMA") {
        Some(file) => whole(&fs::read_to_string(file).unwrap()),
        None => eprintln!("skipped with Dify's own schema: DIFY_SCHEMA names no file of it"),
    }
}

#[test]
fn a_second_import_keeps_in_step() {
    let tenant = Tenant::new();
    let Some(ground) = Ground::new(&Ground::schema("new.sql"), &content(&tenant)) else { return };
    tenant.store(&ground.home, 1);
    let options = ["--storage", "storage", "--tenant", "Acme"];
    assert_eq!(ground.import(&options).1, Some(0));
    // There: another key is active, one has another secret, and one another name. Here: one is renamed, a rule is ours.
    let config = quoted(&format!("{{\"openai_api_key\": \"{}\"}}", tenant.hybrid("sk-FAKE-CANARY-newer-0123456789")));
    ground.sql(&format!("UPDATE providers SET credential_id = '{}' WHERE provider_name LIKE '%openai'", id(102)));
    ground.sql(&format!("UPDATE provider_credentials SET encrypted_config = {config} WHERE credential_name = 'Sales'"));
    ground.sql("UPDATE provider_credentials SET credential_name = 'Finance there' WHERE credential_name = 'Finance'");
    ground.home.done(&["edit", "key/Finance", "name=Finance here", "--workspace", "Acme"]);
    let (said, code) = ground.import(&options);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("name is Finance here here, and Finance there there"), "{said}");
    assert!(!said.contains("CANARY"), "{said}");
    assert_eq!(ask(&ground, "openai", "llm", "gpt-4o-mini"), ("resolved".to_owned(), json!("Sales")));
    let shown = ground.home.done(&["reveal", "Sales", "--workspace", "Acme"]);
    assert_eq!(shown.trim_end(), "sk-FAKE-CANARY-newer-0123456789");
    let (said, _) = ground.import(&options);
    assert!(said.contains("Nothing to do") || !said.contains("Applied"), "{said}");
}

#[test]
fn an_old_schema_is_read_and_without_its_key_only_secrets_are_missing() {
    let tenant = Tenant::new();
    let t = id(1);
    let content = [
        format!("INSERT INTO tenants VALUES ('{t}', 'Acme', {})", quoted(&tenant.public)),
        format!(
            "INSERT INTO providers (tenant_id, provider_name, is_valid, encrypted_config) VALUES ('{t}', 'openai', true, {})",
            quoted(&tenant.legacy(FINANCE))
        ),
        format!(
            "INSERT INTO provider_models (tenant_id, provider_name, model_name, model_type, is_valid, encrypted_config) \
            VALUES ('{t}', 'openai', 'gpt-4o', 'text-generation', true, '{{\"openai_api_key\": \"{}\"}}')",
            tenant.hybrid(OWN)
        ),
        format!("INSERT INTO apps (id, tenant_id, name, mode) VALUES ('{}', '{t}', 'Invoices', 'workflow')", id(301)),
    ];
    let Some(ground) = Ground::new(&Ground::schema("old.sql"), &content) else { return };
    // A storage folder without a key, and one with another's.
    fs::create_dir(ground.home.path().join("empty")).unwrap();
    let (said, code) = ground.import(&["--storage", "empty"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("there is no private key") && said.contains("came in by name only"), "{said}");
    let keys = ground.in_acme(&["list", "credentials"]);
    let secrets: Vec<&Value> = keys["credentials"].as_array().unwrap().iter().map(|key| &key["secret"]).collect();
    assert_eq!(secrets, ["absent", "absent"]);
    tenant.store(&ground.home, 1);
    let (said, code) = ground.import(&["--storage", "storage"]);
    assert_eq!(code, Some(0), "{said}");
    for (key, plain) in [("openai", FINANCE), ("openai-gpt-4o", OWN)] {
        let shown = ground.home.done(&["reveal", key, "--workspace", "Acme"]);
        assert_eq!(shown.trim_end(), plain);
    }
}

#[test]
fn a_role_that_may_only_read_suffices_and_its_password_is_told_nowhere() {
    let tenant = Tenant::new();
    let Some(ground) = Ground::new(&Ground::schema("new.sql"), &content(&tenant)) else { return };
    ground.sql(
        "DO $$ BEGIN CREATE ROLE asked LOGIN PASSWORD 'hunter2-CANARY'; EXCEPTION WHEN duplicate_object THEN \
         ALTER ROLE asked PASSWORD 'hunter2-CANARY'; END $$; GRANT SELECT ON ALL TABLES IN SCHEMA public TO asked",
    );
    let url = ground.url.replace("postgres@", "asked@");
    let arguments = ["import", "dify-db", &url, "--dry-run", "--tenant", "Acme"];
    let output = ground.home.command().env("PGPASSWORD", "hunter2-CANARY").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let before = ground.home.json(&["log"]);
    for (url, code) in [
        (ground.url.replace("postgres@", "asked:wrong-CANARY@"), 6),
        (ground.url.replace("postgres@", "asked:wrong-CANARY@") + "?sslmode=CANARY", 2),
        ("postgres://u:wrong-CANARY@127.0.0.1:1/dify".to_owned(), 6),
        ("mysql://u:wrong-CANARY@127.0.0.1/dify".to_owned(), 2),
        (ground.server.url("no_such_database"), 6),
    ] {
        let output = ground.home.run(&["import", "dify-db", &url], None);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains("CANARY"), "{said}");
        assert_eq!(output.status.code(), Some(code), "{url}: {said}");
        assert!(said.contains("Dify"), "{said}");
    }
    assert_eq!(ground.home.json(&["log"]), before);
}

#[test]
fn a_database_that_is_not_difys_is_refused_and_changes_nothing() {
    let foreign = "CREATE TABLE tenants (id uuid, name text); CREATE TABLE apps (id uuid)";
    let Some(ground) = Ground::new(foreign, &[]) else { return };
    let before = ground.home.json(&["log"]);
    let (said, code) = ground.import(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no database of Dify that keydeck knows: its table apps has no column tenant_id"), "{said}");
    ground.sql("DROP TABLE apps, tenants");
    ground.sql(&Ground::schema("new.sql").replace(
        "credential_id uuid);\nCREATE TABLE provider_credentials",
        "later uuid);\nCREATE TABLE provider_credentials",
    ));
    let (said, code) = ground.import(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("neither credential_id nor encrypted_config"), "{said}");
    assert_eq!(ground.home.json(&["log"]), before);
    assert!(ground.home.json(&["list", "credentials"])["credentials"].as_array().unwrap().is_empty());
}
