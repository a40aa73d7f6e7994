//! Files that are broken, foreign or mean harm.

use proptest::prelude::*;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    database::{Shape, make},
    *,
};
use crate::{domain::name, import::feedforward::read::Row};

async fn database(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

fn refused(sql: &'static str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.db");
    wait(database(&path, sql));
    wait(read(&path)).err().expect(sql).to_string()
}

#[test]
fn what_is_no_database_of_feedforwards_is_refused_with_the_reason() {
    assert!(refused("CREATE TABLE t (a)").contains("has no table ai_models"));
    assert!(refused("CREATE VIEW ai_models AS SELECT 1 AS id").contains("has no table ai_models"));
    assert!(refused("CREATE TABLE ai_models (id INTEGER, name TEXT)").contains("has no column provider"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    for bytes in [&b""[..], b"hello", b"SQLite format 3", &[0; 4096]] {
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(wait(read(&path)), Err(FeedForwardError::NotSqlite { .. })));
    }
    assert!(matches!(wait(read(&path.with_file_name("none"))), Err(FeedForwardError::Read { .. })));
    assert!(matches!(wait(read(folder.path())), Err(FeedForwardError::Read { .. })));
}

#[test]
fn a_cut_or_changed_file_is_read_or_refused_and_leaves_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    wait(make(&whole, Shape::Current));
    let (main, log) = (std::fs::read(&whole).unwrap(), std::fs::read(folder.path().join("whole.db-wal")).unwrap());
    let (path, beside) = (folder.path().join("cut.db"), folder.path().join("cut.db-wal"));
    for part in 0..16 {
        std::fs::write(&path, &main).unwrap();
        std::fs::write(&beside, &log[..log.len() * part / 16]).unwrap();
        let _ = wait(read(&path));
        let mut changed = log.clone();
        changed[log.len() * part / 16] ^= 0xff;
        std::fs::write(&beside, &changed).unwrap();
        let _ = wait(read(&path));
    }
}

#[test]
fn hostile_names_are_made_lawful() {
    let evil = "\u{1b}[2J\u{202e}evil\n".repeat(60);
    let contents = Contents {
        file: "users.db".to_owned(),
        models: vec![Row::of(
            read::MODELS,
            &["1", &evil, &evil, &evil, "{\"a\u{7}\": \"b\"}", "1", "instructor", &format!("{evil}@x")],
        )],
        courses: vec![Row::of(read::COURSES, &["1", &evil, &evil, &evil, &evil])],
        assignments: vec![Row::of(read::ASSIGNMENTS, &["1", "1", &evil, &evil])],
        settings: vec![Row::of(read::SETTINGS, &["1", "1", "1"])],
        runs: vec![Row::of(read::RUNS, &["1", "1", "1", "1"])],
        ..Contents::default()
    };
    let catalogue = sample::catalogue();
    let taken = of(&catalogue, &contents);
    let mut named = 0;
    for record in taken.changes.iter().filter_map(|change| change.after()) {
        if let Some(lawful) = record.name() {
            assert_eq!(name::check(lawful), Ok(()), "{lawful:?}");
            named += 1;
        }
    }
    assert!(named >= 6, "{named}");
    assert!(!serde_json::to_string(&taken.report).unwrap().contains("\\u001b"));
}

fn of(catalogue: &Catalogue, contents: &Contents) -> Taken {
    let ground =
        Ground { catalogue, placements: &Placements::default(), source: None, new_id: &mut sample::ids(1_000) };
    take(contents, &ring(None), ground)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_rows_are_taken_without_a_panic_and_only_once(
        cells in prop::collection::vec(prop::collection::vec(prop_oneof![
            Just("1".to_owned()), Just("2".to_owned()), Just("-1".to_owned()), Just("a@b".to_owned()), Just("instructor".to_owned()),
            Just("{\"id\": 1}".to_owned()), Just("{\"api_key\": \"k\"}".to_owned()), Just("2026-01-01".to_owned()), ".{0,6}",
        ], 12), 9),
    ) {
        let rows = |columns: &'static [&'static str], at: usize| {
            let texts = |shift: usize| -> Vec<&str> { columns.iter().enumerate().map(|(i, _)| &*cells[(at + shift) % 9][i % 12]).collect() };
            vec![Row::of(columns, &texts(0)), Row::of(columns, &texts(1))]
        };
        let contents = Contents {
            file: "f".to_owned(),
            models: rows(read::MODELS, 0),
            users: rows(read::USERS, 1),
            courses: rows(read::COURSES, 2),
            assignments: rows(read::ASSIGNMENTS, 3),
            settings: rows(read::SETTINGS, 4),
            runs: rows(read::RUNS, 5),
            preferences: rows(read::PREFERENCES, 6),
            services: rows(read::SERVICES, 7),
            configuration: rows(read::CONFIGURATION, 8),
            history: rows(read::HISTORY, 0),
        };
        let catalogue = sample::catalogue();
        let taken = of(&catalogue, &contents);
        let after = catalogue.with_changes(&taken.changes, None);
        prop_assert!(of(&after, &contents).changes.is_empty());
    }
}
