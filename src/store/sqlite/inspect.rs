//! Looking for damage in a file: its pages, its references, and whether its tables and triggers are still ours.

use std::collections::BTreeSet;

use sqlx::{Connection, Sqlite, SqliteConnection, pool::PoolConnection};

use super::{MIGRATIONS, error, error::explain};
use crate::{domain::name::printable, store::error::StoreError};

/// How many faults of the pages are told one by one.
const TOLD: usize = 5;

const PAGES: &str = "PRAGMA integrity_check(6)";
const REFERENCES: &str = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY \"table\", parent";
const SCHEMA: &str = "SELECT type, name, coalesce(sql, '') FROM sqlite_master \
     WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'";

/// Returns a sentence for each thing that is wrong.
pub(super) async fn faults(connection: &mut PoolConnection<Sqlite>) -> Result<Vec<String>, StoreError> {
    let mut faults = differences(connection).await?;
    let pages: Vec<String> = sqlx::query_scalar(PAGES).fetch_all(&mut **connection).await.map_err(explain)?;
    let broken = pages.iter().flat_map(|said| said.lines()).filter(|said| *said != "ok");
    faults.extend(broken.take(TOLD).map(|said| printable(said).into_owned()));
    let dangling: Vec<(String, String, i64)> =
        sqlx::query_as(REFERENCES).fetch_all(&mut **connection).await.map_err(explain)?;
    faults.extend(dangling.into_iter().map(|(table, parent, rows)| {
        format!("{rows} rows of {} refer to rows of {} that are not there", printable(&table), printable(&parent))
    }));
    Ok(faults)
}

/// Compares tables, indexes and triggers with those that our migrations make.
async fn differences(connection: &mut PoolConnection<Sqlite>) -> Result<Vec<String>, StoreError> {
    let mut ideal = SqliteConnection::connect("sqlite::memory:").await.map_err(explain)?;
    MIGRATIONS.run_direct(None, &mut ideal, false).await.map_err(error::explain_migration)?;
    let ours = schema(&mut ideal).await?;
    let theirs = schema(connection).await?;
    ideal.close().await.map_err(explain)?;
    let names: BTreeSet<(&str, &str)> =
        ours.symmetric_difference(&theirs).map(|(kind, name, _)| (kind.as_str(), name.as_str())).collect();
    let is_in =
        |schema: &BTreeSet<Thing>, (kind, name): (&str, &str)| schema.iter().any(|it| it.0 == kind && it.1 == name);
    let sentence = |it: (&str, &str)| {
        let thing = format!("the {} {}", printable(it.0), printable(it.1));
        match (is_in(&ours, it), is_in(&theirs, it)) {
            (true, false) => format!("{thing} is missing"),
            (false, _) => format!("{thing} is none of keydeck's"),
            (true, true) => format!("{thing} is not as keydeck made it"),
        }
    };
    Ok(names.into_iter().take(TOLD).map(sentence).collect())
}

/// A table, index or trigger: its kind, its name, and how it was made.
type Thing = (String, String, String);

async fn schema(connection: &mut SqliteConnection) -> Result<BTreeSet<Thing>, StoreError> {
    let things: Vec<Thing> = sqlx::query_as(SCHEMA).fetch_all(connection).await.map_err(explain)?;
    Ok(things.into_iter().collect())
}
