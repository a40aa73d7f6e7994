//! A Dify database through the real program: what comes in, what Dify's layers answer, what was spent, and what is told
//! of databases that can't be read. The schemas are in `tests/fixtures/dify-db`; `DIFY_SCHEMA` names a file with Dify's
//! own, with which the same is asked once more.

#[path = "dify_db/dify.rs"]
mod dify;

use std::{env, fs, path::Path};

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use dify::{AWS, CLAUDE, DRIFTED, FINANCE, OWN, SALES, Tenant, content, id, quoted};

use super::{
    home::Home,
    server::{self, Server},
};

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

    faults(&ground);
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

/// What is wrong in the database is told by the import and by the lint in the same words, until it is mended there.
fn faults(ground: &Ground) {
    let of = |answer: &Value| -> Vec<Value> {
        let all = answer["findings"].as_array().unwrap().iter();
        all.filter(|it| it["code"].as_str().is_some_and(|code| code.starts_with("dify_"))).cloned().collect()
    };
    let import = |more: &[&str]| {
        let options = [
            &["import", "dify-db", &ground.url, "--storage", "storage", "--tenant", "Acme"][..],
            &["--department-tags", "Legal,Finance"],
        ]
        .concat();
        of(&ground.home.json(&[&options[..], more].concat())["workspaces"][0])
    };
    let lint = || {
        let output = ground.home.run(&["lint", "--workspace", "Acme", "--json"], None);
        of(&serde_json::from_slice(&output.stdout).unwrap())
    };
    let told = lint();
    let codes: Vec<_> =
        told.iter().map(|it| (it["severity"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
    assert_eq!(
        codes,
        [
            ("error", "dify_inactive"),
            ("warning", "dify_dangling"),
            ("warning", "dify_drifted"),
            ("warning", "dify_model_type"),
            ("warning", "dify_model_type"),
        ]
    );
    assert!(told.iter().all(|it| it["suggestion"]["changes"] == json!([]) && it["sentence"].is_string()), "{told:?}");
    assert_eq!(import(&["--dry-run"]), told);
    assert_eq!(import(&[]), told);
    ground.sql(&format!("UPDATE providers SET credential_id = '{}' WHERE provider_name = 'anthropic'", id(103)));
    assert!(!import(&["--dry-run"]).iter().any(|it| it["code"] == "dify_inactive"));
    assert_eq!(lint(), told, "a dry run keeps nothing");
    import(&[]);
    assert!(!lint().iter().any(|it| it["code"] == "dify_inactive"));
    ground.sql("UPDATE providers SET credential_id = NULL WHERE provider_name = 'anthropic'");
    import(&[]);
    assert_eq!(lint(), told);
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

/// The console brings one of Dify's workspaces into the one that is open, after a look, and keeps in step as the
/// command does.
#[test]
fn the_console_brings_one_workspace_into_the_one_that_is_open() {
    let tenant = Tenant::new();
    let Some(ground) = Ground::new(&Ground::schema("new.sql"), &content(&tenant)) else { return };
    let import = format!("import dify-db {}\n. tab\n. tab\nAcme\nyes\nquit\n", ground.url);
    let console = || {
        let output = ground.home.run(&["--plain"], Some(import.as_bytes()));
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let said = console();
    assert!(said.contains("several workspaces of Dify's can't go into one"), "{said}");
    assert!(said.contains("What would come") && said.contains("Imported as revision"), "{said}");
    let apps = ground.home.json(&["list", "apps"]);
    assert!(apps["apps"].as_array().unwrap().iter().any(|row| row["name"] == "Invoices"), "{apps}");
    assert_eq!(ground.home.json(&["list", "workspaces"])["workspaces"].as_array().unwrap().len(), 1);
    // What it said is remembered: the command finds nothing new in it, and takes its usage again.
    let (again, code) = ground.import(&["--tenant", "Acme", "--workspace", "default"]);
    assert_eq!(code, Some(0), "{again}");
    assert!(again.contains("credentials: 7 as before") && !again.contains("Applied"), "{again}");
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
