//! Small ways to ask a session: all rows, one row, many rows in.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    codec::{Reader, Texts},
    engine::{Session, Value},
    error::StoreError,
    table::{BATCH, BySize, Table},
};
use crate::domain::{Text, Timestamp, id::Id};

/// Reads every row of an answer.
pub(super) async fn all<T: Send>(
    session: &mut dyn Session,
    sql: &'static str,
    values: Vec<Value>,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, StoreError> + Send,
) -> Result<Vec<T>, StoreError> {
    let (mut found, mut texts) = (Vec::new(), Texts::default());
    let mut each = |row: &dyn super::engine::Row| {
        found.push(read(&mut Reader::new(row, &mut texts))?);
        Ok(())
    };
    session.rows(sql, values, &mut each).await?;
    Ok(found)
}

/// Reads the first row of an answer, if there is one.
pub(super) async fn maybe_one<T: Send>(
    session: &mut dyn Session,
    sql: &'static str,
    values: Vec<Value>,
    read: impl FnMut(&mut Reader<'_>) -> Result<T, StoreError> + Send,
) -> Result<Option<T>, StoreError> {
    Ok(all(session, sql, values, read).await?.into_iter().next())
}

/// Reads the one row that an answer has.
pub(super) async fn one<T: Send>(
    session: &mut dyn Session,
    sql: &'static str,
    values: Vec<Value>,
    read: impl FnMut(&mut Reader<'_>) -> Result<T, StoreError> + Send,
) -> Result<T, StoreError> {
    let absent = || StoreError::Corrupt("a row that every database has is missing".to_owned());
    maybe_one(session, sql, values, read).await?.ok_or_else(absent)
}

/// Writes rows, as many as fit into one statement at a time.
pub(super) async fn write_rows(
    session: &mut dyn Session,
    statement: &'static BySize,
    rows: impl Iterator<Item = Vec<Value>> + Send,
) -> Result<(), StoreError> {
    let mut batch: Vec<Vec<Value>> = Vec::with_capacity(BATCH);
    for row in rows {
        batch.push(row);
        if batch.len() == BATCH {
            session.execute(statement.of(BATCH), batch.drain(..).flatten().collect()).await?;
        }
    }
    for row in batch {
        session.execute(statement.of(1), row).await?;
    }
    Ok(())
}

/// Takes the rows with certain ids away.
pub(super) async fn delete_rows(
    session: &mut dyn Session,
    table: &Table,
    workspace: Uuid,
    ids: &[Uuid],
) -> Result<(), StoreError> {
    for chunk in ids.chunks(BATCH) {
        session.execute(table.statements().delete.of(chunk.len()), table.about(workspace, chunk)).await?;
    }
    Ok(())
}

/// Reads a row of one count.
pub(super) fn count<N: TryFrom<i64>>(row: &mut Reader<'_>) -> Result<N, StoreError> {
    row.count()
}

/// Reads a row of one whole number.
pub(super) fn int(row: &mut Reader<'_>) -> Result<i64, StoreError> {
    row.int()
}

/// Reads a row of one time.
pub(super) fn time(row: &mut Reader<'_>) -> Result<Timestamp, StoreError> {
    row.time()
}

/// Reads a row of one id.
pub(super) fn id<T>(row: &mut Reader<'_>) -> Result<Id<T>, StoreError> {
    row.id()
}

/// Reads a row of one JSON text.
pub(super) fn json<T: DeserializeOwned>(row: &mut Reader<'_>) -> Result<T, StoreError> {
    row.json()
}

/// Reads a row of one text.
pub(super) fn text(row: &mut Reader<'_>) -> Result<Text, StoreError> {
    row.text()
}

/// Reads a row of so many bytes.
pub(super) fn bytes<const N: usize>(row: &mut Reader<'_>) -> Result<[u8; N], StoreError> {
    row.bytes()
}
