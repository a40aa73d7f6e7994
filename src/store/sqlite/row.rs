//! How a row of SQLite is read. The tables are `STRICT`, so that a column always holds its type or nothing.

use sqlx::{Row as _, Sqlite, sqlite::SqliteRow};
use uuid::Uuid;

use super::super::{engine::Row, error::StoreError};

impl Row for SqliteRow {
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        read(self, column)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        read(self, column)
    }

    fn uuid(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        read(self, column)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        read(self, column)
    }
}

fn read<'r, T: sqlx::Decode<'r, Sqlite>>(row: &'r SqliteRow, column: usize) -> Result<Option<T>, StoreError> {
    row.try_get_unchecked(column).map_err(|error| StoreError::Corrupt(error.to_string()))
}
