//! The schema on a server: whose it is, how old, and how it is made and brought up to date.
//!
//! The tables stand in the first schema of the role's search path, which is theirs alone. Migrations run one after
//! another, each in a transaction of its own, under an advisory lock that ends with the connection: after a kill the
//! next one goes on.

use std::sync::LazyLock;

use sqlx::{
    Executor, PgConnection,
    migrate::{Migrate, Migrator},
};

use super::{
    super::error::StoreError,
    error::{explain, explain_migration},
};

/// The schema, in steps that are never edited once released. Their table has a name of our own: it marks a schema as
/// keydeck's.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("migrations/postgres");
    migrations.dangerous_set_table_name("keydeck_migrations");
    migrations
});

/// What stands in the schema: whether there is one, whether it is ours, and how many other things are in it. What an
/// extension brought is nobody's.
const WHOSE: &str = "SELECT current_schema() IS NOT NULL, to_regclass('keydeck_migrations') IS NOT NULL, \
     (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
     AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid \
     AND d.deptype = 'e')), \
     current_setting('server_encoding')";

/// Says whether the database got its identity: one whose making was killed has none yet.
const FINISHED: &str = "SELECT count(*) FROM database";

/// The triggers that keep history and are not there, or don't stand.
const GUARDS: &str = "SELECT wanted FROM unnest(ARRAY['audit_keep', 'audit_stay', 'audit_remain', 'revisions_keep', \
     'revisions_stay', 'revisions_remain', 'revision_changes_keep', 'revision_changes_stay', \
     'revision_changes_remain', 'audit_seals_keep', 'audit_seals_stay', 'audit_seals_remain', \
     'audit_retention_begins', 'audit_retention_rises', 'audit_retention_stays']) AS wanted WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t \
     JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND t.tgname = wanted AND t.tgenabled IN ('O', 'A'))";

/// How long one waits for another's migration.
const TURN: &str = "SET lock_timeout = '10min'";

/// What a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing is in it.
    Empty,
    /// A database of ours that this program knows.
    Ours,
}

/// Looks at the schema; refuses those of other programs, and those that are not this program's age.
pub(super) async fn look(connection: &mut PgConnection, place: &str) -> Result<Found, StoreError> {
    let whose = sqlx::query_as(WHOSE).fetch_one(&mut *connection).await.map_err(explain)?;
    let (has_schema, is_ours, things, encoding): (bool, bool, i64, String) = whose;
    if !has_schema {
        let reason = format!("{place}: the role's search path names no schema that it may use");
        return Err(StoreError::Unavailable(reason));
    }
    if !is_ours {
        return match things {
            0 if encoding == "UTF8" => Ok(Found::Empty),
            0 => Err(StoreError::Unavailable(format!("{place}: its encoding is {encoding}, and keydeck needs UTF8"))),
            _ => Err(StoreError::Foreign { place: place.to_owned() }),
        };
    }
    let applied = connection.list_applied_migrations(&MIGRATIONS.table_name).await.map_err(explain_migration)?;
    let found = applied.iter().map(|step| step.version).max().unwrap_or(0);
    let known = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0);
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(StoreError::Older { found, known }),
        std::cmp::Ordering::Equal => Ok(Found::Ours),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

/// Says whether an older schema never became a database.
pub(super) async fn is_unfinished(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let identities: Result<i64, _> = sqlx::query_scalar(FINISHED).fetch_one(connection).await;
    match identities.map_err(explain) {
        Ok(identities) => Ok(identities == 0),
        // There is no such table yet.
        Err(StoreError::Corrupt(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Runs the migrations that the schema lacks. Others who do the same wait, and find it done.
pub(super) async fn prepare(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute(TURN).await.map_err(explain)?;
    MIGRATIONS.run_direct(None, connection, false).await.map_err(explain_migration)
}

/// Returns a sentence for each trigger that should keep history and does not. References and pages are the server's.
pub(super) async fn missing_guards(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let missing: Vec<String> = sqlx::query_scalar(GUARDS).fetch_all(connection).await.map_err(explain)?;
    Ok(missing.into_iter().map(|name| format!("the trigger {name} is missing or disabled")).collect())
}
