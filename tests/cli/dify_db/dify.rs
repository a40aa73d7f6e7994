//! What a Dify database of the tests holds, sealed as Dify seals: tenants, keys, apps and what they used.

use std::{fs, path::Path};

use aes::Aes128;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use eax::{
    Eax,
    aead::{Aead, KeyInit, array::Array},
};
use serde_json::{Value, json};

use super::super::home::Home;

pub const FINANCE: &str = "sk-FAKE-CANARY-finance-0123456789";
pub const SALES: &str = "sk-FAKE-CANARY-sales-0123456789";
pub const CLAUDE: &str = "sk-ant-FAKE-CANARY-schlüssel-0123456789";
pub const OWN: &str = "sk-FAKE-CANARY-own-model-0123456789";
pub const DRIFTED: &str = "sk-FAKE-CANARY-drifted-0123456789";
pub const AWS: &str = "AKIA-FAKE-CANARY-0123456789";

/// Dify's tenants, and everything in them, have ids of this form.
pub fn id(number: u32) -> String {
    format!("0190f000-0000-7000-8000-{number:012}")
}

/// Seals as Dify does.
pub struct Tenant {
    key: OaepPublicEncryptingKey,
    private: String,
    pub public: String,
}

impl Tenant {
    /// The pair of the vector.
    pub fn new() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dify-db/vector.json");
        let vector: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let public = text("public");
        let der: String = public.lines().filter(|line| !line.starts_with('-')).collect();
        let key = PublicEncryptingKey::from_der(&STANDARD.decode(der).unwrap()).unwrap();
        Self { key: OaepPublicEncryptingKey::new(key).unwrap(), private: text("private"), public }
    }

    pub fn wrap(&self, plain: &[u8]) -> Vec<u8> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        self.key.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut wrapped, None).unwrap().to_vec()
    }

    /// The form since 2023.
    pub fn hybrid(&self, plain: &str) -> String {
        let (key, nonce) = ([7u8; 16], [9u8; 16]);
        let cipher = Eax::<Aes128>::new_from_slice(&key).unwrap();
        let sealed = cipher.encrypt(&Array::from(nonce), plain.as_bytes()).unwrap();
        let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
        STANDARD.encode([b"HYBRID:", &self.wrap(&key)[..], &nonce, tag, ciphertext].concat())
    }

    /// The form before.
    pub fn legacy(&self, plain: &str) -> String {
        STANDARD.encode(self.wrap(plain.as_bytes()))
    }

    /// Writes the storage folder.
    pub fn store(&self, home: &Home, tenant: u32) {
        let folder = home.path().join("storage/privkeys").join(id(tenant));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("private.pem"), &self.private).unwrap();
    }
}

pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub fn graph(nodes: &[(&str, Value)]) -> String {
    let nodes: Vec<Value> = nodes.iter().map(|(id, data)| json!({"id": id, "data": data})).collect();
    quoted(&json!({"nodes": nodes, "edges": []}).to_string())
}

pub fn llm(title: &str, provider: &str, model: &str) -> Value {
    json!({"type": "llm", "title": title, "model": {"provider": provider, "name": model, "mode": "chat", "completion_params": {}}})
}

/// A statement for each thing that the database of the tests holds.
pub fn content(tenant: &Tenant) -> Vec<String> {
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

pub fn apps(t: &str) -> Vec<String> {
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

pub fn usage(t: &str) -> Vec<String> {
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
