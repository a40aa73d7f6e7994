//! How a row of PostgreSQL is read.

use sqlx::{Postgres, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::super::{engine::Row, error::StoreError};

impl Row for PgRow {
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

fn read<'r, T: sqlx::Decode<'r, Postgres>>(row: &'r PgRow, column: usize) -> Result<Option<T>, StoreError> {
    row.try_get_unchecked(column).map_err(|error| StoreError::Corrupt(error.to_string()))
}
