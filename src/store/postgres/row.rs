//! How PostgreSQL is given values, and how its rows are read.

use sqlx::{
    Postgres,
    postgres::{PgArguments, PgRow},
};

use crate::store::exchange::exchange;

exchange!(Postgres, PgRow, PgArguments);
