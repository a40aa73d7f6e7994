//! How SQLite is given values, and how its rows are read. The tables are `STRICT`, so that a column always holds its
//! type or nothing.

use sqlx::{
    Sqlite,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::store::exchange::exchange;

exchange!(Sqlite, SqliteRow, SqliteArguments);
