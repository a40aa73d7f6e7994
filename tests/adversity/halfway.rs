//! Killed with SIGKILL between an import's change set and its usage, and in the middle of its usage: nothing is lost or
//! counted twice by importing again.
//!
//! A trigger keeps the usage of some days from coming in until the program is killed, so that it is met there each time.

use std::process::Stdio;

use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    ground::{Ground, grounds},
    house::{House, end},
};

/// A database of FeedForward's with runs on two days, a day without any, and two days more.
const FEEDFORWARD: &str = "
    CREATE TABLE ai_models (id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model_id TEXT, api_config TEXT, active INTEGER,
        owner_type TEXT, owner_id TEXT);
    INSERT INTO ai_models VALUES (1, 'GPT-4o', 'OpenAI', 'gpt-4o', '{\"temperature\": 0.2}', 1, 'system', '0');
    CREATE TABLE users (email TEXT PRIMARY KEY, name TEXT, password TEXT, role TEXT, approved INTEGER, status TEXT);
    INSERT INTO users VALUES ('ada@example.com', 'Ada', 'x', 'instructor', 1, 'active');
    CREATE TABLE courses (id INTEGER PRIMARY KEY, code TEXT, title TEXT, department TEXT, instructor_email TEXT);
    INSERT INTO courses VALUES (1, 'HIST1', 'History', 'Humanities', 'ada@example.com');
    CREATE TABLE assignments (id INTEGER PRIMARY KEY, course_id INTEGER, title TEXT, created_by TEXT);
    INSERT INTO assignments VALUES (1, 1, 'Essay', 'ada@example.com');
    CREATE TABLE assignment_settings (id INTEGER PRIMARY KEY, assignment_id INTEGER, num_runs INTEGER);
    INSERT INTO assignment_settings VALUES (1, 1, 1);
    CREATE TABLE assignment_model_runs (id INTEGER PRIMARY KEY, assignment_setting_id INTEGER, ai_model_id INTEGER,
        num_runs INTEGER);
    INSERT INTO assignment_model_runs VALUES (1, 1, 1, 3);
    CREATE TABLE drafts (id INTEGER PRIMARY KEY, assignment_id INTEGER, student_email TEXT, content TEXT);
    INSERT INTO drafts VALUES (1, 1, 'eve@example.com', 'text');
    CREATE TABLE model_runs (id INTEGER PRIMARY KEY, draft_id INTEGER, model_id INTEGER, timestamp TEXT, prompt TEXT,
        status TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd FLOAT);
    INSERT INTO model_runs VALUES (1, 1, 1, '2026-06-01T09:00:00', '', 'complete', 1000, 200, 0.5),
        (2, 1, 1, '2026-06-02T09:00:00', '', 'complete', 1000, 200, 0.5),
        (3, 1, 1, '2026-06-04T09:00:00', '', 'complete', 1000, 200, 0.5),
        (4, 1, 1, '2026-06-05T09:00:00', '', 'complete', 1000, 200, 0.5);
";

/// The first of June 2026, in days since 1970.
const JUNE: u32 = 20_605;

fn block_on<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

fn sqlite(file: &std::path::Path, sql: &'static str, create: bool) {
    block_on(async {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(create);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Keeps usage of the second or the fourth of June and later from coming in.
fn hold(ground: Ground, house: &House, from: u32) {
    match ground {
        Ground::File => {
            // So many rows crossed with themselves that nobody counts them to the end.
            let many = "CREATE TABLE many (x); INSERT INTO many SELECT value FROM json_each('[' || substr(replace( \
                 hex(zeroblob(500)), '00', ',0'), 2) || ']');";
            let slow = if from == JUNE {
                "CREATE TRIGGER slow BEFORE INSERT ON usage WHEN NEW.day >= 20605 BEGIN SELECT count(*) FROM many a, many b, \
                 many c, many d, many e WHERE a.x + b.x + c.x + d.x + e.x = 1; END"
            } else {
                "CREATE TRIGGER slow BEFORE INSERT ON usage WHEN NEW.day >= 20608 BEGIN SELECT count(*) FROM many a, many b, \
                 many c, many d, many e WHERE a.x + b.x + c.x + d.x + e.x = 1; END"
            };
            sqlite(&house.database(), many, false);
            sqlite(&house.database(), slow, false);
        }
        Ground::Server(server) => {
            let sql = format!(
                "CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$ LANGUAGE \
                 plpgsql; CREATE TRIGGER slow BEFORE INSERT ON usage FOR EACH ROW WHEN (NEW.day >= {from}) EXECUTE \
                 FUNCTION slow()"
            );
            server.run(&database(house), &sql);
        }
    }
}

fn release(ground: Ground, house: &House) {
    match ground {
        Ground::File => sqlite(&house.database(), "DROP TRIGGER slow; DROP TABLE many", false),
        Ground::Server(server) => {
            // The server sleeps on for a client that is gone.
            let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event = 'PgSleep'";
            server.run(&database(house), end);
            server.run(&database(house), "DROP TRIGGER slow ON usage; DROP FUNCTION slow()");
        }
    }
}

fn database(house: &House) -> String {
    let url = house.url();
    url.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default().to_owned()
}

const IMPORT: [&str; 3] = ["import", "feedforward", "users.db"];

fn costs(house: &House) -> Value {
    house.run(&["costs", "--month", "2026-06", "--by", "day", "--json"]).ends_with(0).json()["total"].clone()
}

#[test]
fn an_import_that_is_killed_before_its_usage_is_in_is_completed_by_the_next() {
    for ground in grounds() {
        let house = || {
            let house = ground.founded();
            sqlite(&house.path("users.db"), FEEDFORWARD, true);
            house
        };
        let undisturbed = house();
        undisturbed.run(&IMPORT).ends_with(0);
        let (whole, all) = (undisturbed.export(), costs(&undisturbed));
        assert_eq!((&all["requests"], &all["recorded"]), (&4.into(), &"2.00".into()), "{all}");
        // Before the first of its days, and with half of them in.
        for (from, before) in [(JUNE, 0), (JUNE + 3, 2)] {
            let house = house();
            hold(ground, &house, from);
            let mut command = house.command(&IMPORT);
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            while house.revisions().len() < 2 || costs(&house)["requests"] != before {
                assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            }
            end(&mut child);
            release(ground, &house);
            house.is_whole("killed between changes and usage");
            assert_eq!(
                (house.export(), &costs(&house)["requests"]),
                (whole.clone(), &before.into()),
                "half of it is in"
            );
            for _ in 0..2 {
                house.run(&IMPORT).ends_with(0);
                assert_eq!((house.export(), costs(&house)), (whole.clone(), all.clone()), "and now all of it, once");
            }
        }
    }
}
