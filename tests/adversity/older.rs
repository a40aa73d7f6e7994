//! Databases that an older program made, and migrations that are killed.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    ground::{Ground, grounds},
    house::House,
    killed::point,
    rounds,
};

/// The newest step of each schema.
const NEWEST: (&str, &str) = (
    include_str!("../../migrations/sqlite/0003_vault_and_facts.sql"),
    include_str!("../../migrations/postgres/0003_vault_and_facts.sql"),
);
const VERSION: u32 = 3;

/// Takes away what a step makes of one kind, the newest first.
fn drops(step: &str, what: &str, more: &str) -> String {
    let lines = step.lines().filter_map(|line| line.strip_prefix(&format!("CREATE {what} ")));
    let names: Vec<&str> = lines.filter_map(|line| line.split([' ', '(']).next()).collect();
    names.iter().rev().map(|name| format!("DROP {what} {name}{more};")).collect::<Vec<_>>().join(" ")
}

/// Makes a founded database one of the program before the newest step.
fn make_older(ground: Ground, house: &House) {
    match ground {
        Ground::File => {
            let drops = drops(NEWEST.0, "TABLE", "");
            let sql = format!("{drops} DELETE FROM _sqlx_migrations WHERE version = {VERSION}");
            let options = SqliteConnectOptions::new().filename(house.database());
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
                raw.execute(AssertSqlSafe(sql)).await.unwrap();
                raw.close().await.unwrap();
            });
        }
        Ground::Server(server) => {
            let (tables, functions) = (drops(NEWEST.1, "TABLE", " CASCADE"), drops(NEWEST.1, "FUNCTION", ""));
            let forget = format!("DELETE FROM keydeck_migrations WHERE version = {VERSION}");
            let url = house.url();
            let (_, database) = url.rsplit_once('/').unwrap();
            server.run(database, &format!("{tables} {functions} {forget}"));
        }
    }
}

#[test]
fn an_older_database_is_migrated_when_somebody_says_so_and_a_killed_migration_goes_on() {
    let words = ["list", "apps", "--yes"];
    for ground in grounds() {
        let older = || {
            let house = ground.founded();
            make_older(ground, &house);
            house
        };
        let undisturbed = older();
        // Nobody is there to be asked.
        let asks = undisturbed.run(&["list", "apps"]);
        assert_eq!(asks.code, Some(6), "{asks:#?}");
        assert!(asks.err.contains("scripts pass --yes"), "{asks:#?}");
        let begun = Instant::now();
        undisturbed.run(&words).ends_with(0);
        let whole = begun.elapsed();
        for round in 0..rounds(6) {
            let house = older();
            let at = point(whole, round, rounds(6));
            house.kill(&words, at);
            let again = house.run(&words);
            assert_eq!(again.code, Some(0), "killed after {at:?} of {whole:?}: {again:#?}");
            house.run(&["add", "app", "after"]).ends_with(0);
            let verified = house.run(&["doctor", "--json"]).json();
            let audit = verified["checks"].as_array().unwrap().iter().find(|it| it["check"] == "audit").unwrap();
            assert_eq!(audit["status"], "ok", "killed after {at:?} of {whole:?}: {audit}");
        }
    }
}
