//! What keydeck writes for FeedForward is what FeedForward's rows are: both shapes take it, and it is read back.

use std::collections::BTreeMap;

use sqlx::{Connection, Executor, Row, SqliteConnection};

use super::ring;
use crate::{
    domain::provider::ModelKind,
    emit::{
        feedforward,
        sheet::{Key, Owner, Sheet, Spot},
    },
    import::feedforward::{Seal, keys::Stored},
    vault::Secret,
};

const SECRET_KEY: &str = "a-FAKE-key-of-feedforward";
const PLAIN: &str = "sk-FAKE-o'clock";

fn key(name: &str, owner: Owner) -> Key {
    Key {
        id: name.to_owned(),
        name: name.to_owned(),
        provider: "openai".to_owned(),
        dify_provider: "openai".to_owned(),
        owner,
        foreign_id: None,
        base_url: None,
        speaks_openai: true,
        fields: BTreeMap::new(),
        secret_fields: vec!["api_key".to_owned()],
        variables: BTreeMap::new(),
        secrets: vec![("api_key".to_owned(), Secret::new(PLAIN.to_owned()))],
    }
}

fn sheet() -> Sheet {
    let owners = [Owner::System, Owner::Operator(Some("o'hara@example.com".to_owned())), Owner::Department];
    let keys: Vec<Key> =
        ["main", "private 'x'", "dept"].into_iter().zip(owners).map(|(name, owner)| key(name, owner)).collect();
    let spot = |at: usize| Spot {
        workflow: "essays".to_owned(),
        node: Some(format!("n{at}")),
        foreign_id: None,
        provider: "openai".to_owned(),
        model: Some("gpt-4o".to_owned()),
        kind: ModelKind::Llm,
        environment: None,
        outcome: "resolved",
        reason: None,
        sentence: String::new(),
        keys: vec![(at, 1)],
    };
    Sheet { places: (0..3).map(spot).collect(), keys, is_revealed: true }
}

#[tokio::test]
async fn rows_are_taken_by_both_shapes_and_running_twice_changes_nothing() {
    let page = feedforward::write(&sheet(), Some(&Seal::new(&Secret::new(SECRET_KEY.to_owned()))));
    let bare = feedforward::write(&sheet(), None);
    assert!(page.as_str().contains("-- dept is left out") && !page.as_str().contains("clock"), "{}", page.as_str());
    for columns in ["owner_id INTEGER, max_context INTEGER", "owner_id TEXT"] {
        let mut base = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let table = format!(
            "CREATE TABLE ai_models (id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, api_config TEXT, \
             active INTEGER, owner_type TEXT, {columns})"
        );
        base.execute(sqlx::AssertSqlSafe(table)).await.unwrap();
        // Without the key what is there stays.
        for text in [page.as_str(), page.as_str(), bare.as_str()] {
            base.execute(sqlx::AssertSqlSafe(text.to_owned())).await.unwrap();
        }
        let rows = base
            .fetch_all("SELECT api_config, owner_type, CAST(owner_id AS TEXT) FROM ai_models ORDER BY id")
            .await
            .unwrap();
        let owners: Vec<(String, String)> = rows.iter().map(|row| (row.get(1), row.get(2))).collect();
        let wanted = [("system", "0"), ("instructor", "o'hara@example.com")];
        assert_eq!(owners, wanted.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
        for row in &rows {
            let config: serde_json::Value = serde_json::from_str(row.get(0)).unwrap();
            let stored = config["api_key_encrypted"].as_str().unwrap();
            match ring(Some(SECRET_KEY)).open(stored) {
                Stored::Sealed { secret, public } => assert_eq!((secret.expose(), public), (PLAIN, false)),
                _ => panic!("it does not open"),
            }
        }
    }
}
