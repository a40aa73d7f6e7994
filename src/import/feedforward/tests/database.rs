//! Databases of both shapes, made as FeedForward leaves them.

use std::path::Path;

use sqlx::{
    Connection, Executor, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::import::feedforward::keys::seal;

/// The `SECRET_KEY` of the databases.
pub const SECRET_KEY: &str = "fixture-secret-of-feedforward";

/// The shape of the table of models.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Fourteen columns, owners in an INTEGER one.
    Current,
    /// Eight columns, owners in a TEXT one.
    Legacy,
}

const OTHERS: &str = "
    CREATE TABLE users (email TEXT PRIMARY KEY, name TEXT, password TEXT, role TEXT, approved INTEGER, status TEXT);
    INSERT INTO users VALUES ('admin@example.com', 'Admin', 'x', 'admin', 1, NULL),
        ('ada@example.com', 'Ada', 'x', 'instructor', 1, 'active'), ('ben@example.com', 'Ben', 'x', 'instructor', 1, 'deleted'),
        ('eve@example.com', 'Eve', 'x', 'student', 1, 'active');
    CREATE TABLE courses (id INTEGER PRIMARY KEY, code TEXT, title TEXT, department TEXT, instructor_email TEXT);
    INSERT INTO courses VALUES (1, 'HIST1', 'History', 'Humanities', 'ada@example.com'), (2, NULL, 'Loose', NULL, NULL);
    CREATE TABLE assignments (id INTEGER PRIMARY KEY, course_id INTEGER, title TEXT, created_by TEXT);
    INSERT INTO assignments VALUES (1, 1, 'Essay', 'ada@example.com'), (2, 1, 'Essay', 'ada@example.com'), (3, 99, 'Lost', NULL);
    CREATE TABLE assignment_settings (id INTEGER PRIMARY KEY, assignment_id INTEGER, num_runs INTEGER);
    INSERT INTO assignment_settings VALUES (1, 1, 1), (2, '{\"id\": 2, \"title\": \"Essay\"}', 1), (3, 'Assignments(id=1)', 1);
    CREATE TABLE assignment_model_runs (id INTEGER PRIMARY KEY, assignment_setting_id INTEGER, ai_model_id INTEGER, num_runs INTEGER);
    INSERT INTO assignment_model_runs VALUES (1, 1, 1, 3), (2, 1, 4, 5), (3, 1, 1, NULL),
        (4, '{\"id\": 2, \"assignment_id\": \"{\\\"id\\\": 2}\"}', 5, 50), (5, 1, 77, 1), (6, 9, 1, 1), (7, 3, 1, 1), (8, 1, 1, -2);
    CREATE TABLE instructor_model_preferences (id INTEGER PRIMARY KEY, instructor_email TEXT, model_id INTEGER, is_active INTEGER);
    INSERT INTO instructor_model_preferences VALUES (1, 'ada@example.com', 2, 0), (2, 'ada@example.com', 1, 1);
    CREATE TABLE assessment_services (id INTEGER PRIMARY KEY, service_name TEXT, api_key TEXT);
    INSERT INTO assessment_services VALUES (1, 'lens', 'sk-FAKE-canary-of-a-service');
    CREATE TABLE system_config (key TEXT PRIMARY KEY, value TEXT);
    INSERT INTO system_config VALUES ('default_num_runs', '3');
    CREATE TABLE drafts (id INTEGER PRIMARY KEY, assignment_id INTEGER, student_email TEXT, content TEXT);
    INSERT INTO drafts VALUES (1, 1, 'eve@example.com', 'text'), (2, '{\"id\": 2}', 'eve@example.com', 'text');
    CREATE TABLE model_runs (id INTEGER PRIMARY KEY, draft_id INTEGER, model_id INTEGER, timestamp TEXT, prompt TEXT, status TEXT);
";

const MORE_OF_RUNS: &str = "
    ALTER TABLE model_runs ADD COLUMN input_tokens INTEGER;
    ALTER TABLE model_runs ADD COLUMN output_tokens INTEGER;
    ALTER TABLE model_runs ADD COLUMN cost_usd FLOAT;
    INSERT INTO model_runs VALUES (1, 1, 4, '2026-06-01T09:00:00', 'secret prose', 'complete', 1000, 200, 0.0125),
        (2, 1, 4, '2026-06-01T19:00:00', '', 'complete', 500, 100, 0.005), (3, 1, 4, '2026-06-02', '', 'error', NULL, NULL, NULL),
        (4, 2, 5, '2026-06-02T10:00:00', '', 'complete', 10, 5, NULL), (5, 1, -1, '2026-06-02', '', 'complete', 0, 0, 0),
        (6, 1, 0, '2026-06-02', '', 'complete', 0, 0, 0), (7, 99, 1, '2026-06-03', '', 'complete', 7, 7, 0.1),
        (8, 1, 55, '2026-06-03', '', 'complete', 7, 7, 0.1), (9, 1, 1, 'yesterday', '', 'complete', 7, 7, 0.1);
";

/// Makes a database of a shape at `path`: the models are
/// 1 and 2 of the institution with one key, 3 a placeholder, 4 ada's own key, 5 ben's in the clear, 6 without a key,
/// 7 with a key under a public `SECRET_KEY`, 8 under one that nobody knows, 9 with ada's use of the institution's key.
pub async fn make(path: &Path, shape: Shape) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", "0");
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let (columns, owner) = match shape {
        Shape::Current => (
            "id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, model_version TEXT, description TEXT, \
             api_config TEXT, owner_type TEXT, owner_id INTEGER, capabilities TEXT, max_context INTEGER, active INTEGER",
            "0",
        ),
        Shape::Legacy => (
            "id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, api_config TEXT, active INTEGER, \
             owner_type TEXT, owner_id TEXT",
            "'0'",
        ),
    };
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE TABLE ai_models ({columns}); {OTHERS} {MORE_OF_RUNS}")))
        .await
        .unwrap();
    for model in models() {
        add(&mut connection, &model, owner).await;
    }
    // As a process that goes without closing: what it wrote stands in the log alone.
    std::mem::forget(connection);
}

/// One model: number, name, provider, the vendor's id, configuration, whether it is active, and whose.
type Model = (i32, &'static str, &'static str, &'static str, String, i32, Option<&'static str>);

fn models() -> [Model; 9] {
    let key = |text: &str| seal(SECRET_KEY, text);
    let system = key("sk-FAKE-canary-system-key");
    [
        (
            1,
            "GPT-4o",
            "OpenAI",
            "gpt-4o",
            format!(r#"{{"api_key": "{system}", "temperature": 0.2, "max_tokens": 4000}}"#),
            1,
            None,
        ),
        (
            2,
            "GPT mini",
            "openai",
            "gpt-4o-mini",
            format!(r#"{{"api_key_encrypted": "{}"}}"#, key("sk-FAKE-canary-system-key")),
            0,
            None,
        ),
        (
            3,
            "Gemini",
            "Google",
            "gemini-1.5-pro",
            format!(r#"{{"api_key": "{}"}}"#, key("YOUR_GOOGLE_API_KEY_HERE")),
            1,
            None,
        ),
        (
            4,
            "Ada's",
            "anthropic",
            "claude-3-haiku",
            format!(r#"{{"api_key_encrypted": "{}", "base_url": "https://eu.example/v1"}}"#, key("sk-FAKE-canary-ada")),
            1,
            Some("ada@example.com"),
        ),
        (
            5,
            "Ben's",
            "openai",
            "gpt-4o",
            r#"{"api_key": "sk-FAKE-canary-plain", "strange": "sk-FAKE-canary-odd"}"#.to_owned(),
            1,
            Some("ben@example.com"),
        ),
        (6, "Keyless", "Ollama", "llama3", "{}".to_owned(), 1, None),
        (
            7,
            "Public",
            "cohere",
            "command-r",
            format!(r#"{{"api_key_encrypted": "{}"}}"#, seal("change-me-in-production", "sk-FAKE-canary-public")),
            1,
            None,
        ),
        (
            8,
            "Lost",
            "deepseek",
            "deepseek-chat",
            format!(r#"{{"api_key_encrypted": "{}"}}"#, seal("nobody-knows-this", "sk-FAKE-canary-lost")),
            1,
            None,
        ),
        (
            9,
            "Ada's copy",
            "OPENAI",
            "gpt-4o",
            format!(r#"{{"api_key_encrypted": "{}"}}"#, key("sk-FAKE-canary-system-key")),
            1,
            Some("ada@example.com"),
        ),
    ]
}

async fn add(connection: &mut SqliteConnection, model: &Model, owner: &str) {
    let (id, name, provider, vendor_id, config, active, owner_of) = model;
    let owner_type = if owner_of.is_some() { "instructor" } else { "system" };
    let owner = owner_of.map_or_else(|| owner.to_owned(), |email| format!("'{email}'"));
    let sql = format!(
        "INSERT INTO ai_models (id, name, provider, model_id, api_config, active, owner_type, owner_id) \
         VALUES ({id}, $1, '{provider}', '{vendor_id}', $2, {active}, '{owner_type}', {owner})"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(*name).bind(config).execute(connection).await.unwrap();
}
