//! Copying everything from one database to another, of whatever engine: what backups and restoring stand on.
//!
//! The copy knows tables and columns alone, not what they mean, so nothing that is stored can be lost on the way. It
//! reads in one transaction and writes in one, page by page.

mod tables;

use std::path::Path;

use self::tables::Copied;
pub(super) use self::tables::TABLES;
#[cfg(test)]
pub(super) use self::tables::Type;
use super::{
    engine::{Engine, Row, Session, Value},
    error::StoreError,
    query,
    sqlite::SqliteEngine,
};

/// Copies everything into an empty file, which becomes a SQLite database.
pub(super) async fn into_file(from: &mut dyn Session, file: &Path) -> Result<(), StoreError> {
    let engine = SqliteEngine::draft(file).await?;
    let copied = async {
        // What was lawful when it was written need not be so now: the checks of history rest.
        let mut to = engine.refill().await?;
        everything(from, &mut *to).await?;
        to.commit().await
    };
    let copied = copied.await;
    engine.close().await;
    copied
}

/// Takes every row of every table away.
pub(super) async fn empty(session: &mut dyn Session) -> Result<(), StoreError> {
    for table in TABLES.iter().rev() {
        session.execute(&table.empty, Vec::new()).await?;
    }
    Ok(())
}

/// Copies every row of every table into a database whose tables are empty, and makes sure that all are there.
pub(super) async fn everything(from: &mut dyn Session, to: &mut dyn Session) -> Result<(), StoreError> {
    for table in TABLES.iter() {
        let copied = rows(table, from, to).await?;
        let there: u64 = query::one(to, &table.count, Vec::new(), query::count).await?;
        if there != copied {
            let message = format!("{copied} rows of {} were copied, and {there} are there", table.name);
            return Err(StoreError::Corrupt(message));
        }
    }
    Ok(())
}

/// Copies the rows of one table, and returns how many there were.
async fn rows(table: &'static Copied, from: &mut dyn Session, to: &mut dyn Session) -> Result<u64, StoreError> {
    let mut copied = 0;
    let mut page = read(table, from, &table.first, Vec::new()).await?;
    while let Some(last) = page.last() {
        let after = last[..table.key].to_vec();
        copied += page.len() as u64;
        query::write_rows(to, &table.insert, page.into_iter()).await?;
        page = read(table, from, &table.next, after).await?;
    }
    Ok(copied)
}

async fn read(
    table: &'static Copied,
    from: &mut dyn Session,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let mut page = Vec::new();
    let mut each = |row: &dyn Row| {
        let values = table.columns.iter().enumerate().map(|(at, (_, holds))| holds.read(row, at));
        page.push(values.collect::<Result<Vec<Value>, StoreError>>()?);
        Ok(())
    };
    from.rows(sql, values, &mut each).await?;
    Ok(page)
}

/// Returns every statement about a table, for the test that prepares them.
#[cfg(test)]
pub(super) fn statements(table: &Copied) -> [&str; 6] {
    let insert = &table.insert;
    [&table.first, &table.next, &table.count, &table.empty, insert.of(1), insert.of(super::table::BATCH)]
}
