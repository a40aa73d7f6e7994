//! One transaction on a server.

use std::{future::Future, time::Duration};

use futures_util::TryStreamExt;
use sqlx::{Postgres, Transaction};
use tokio::time::timeout;

use super::{
    super::{
        engine::{Answer, EachRow, Session, Value},
        error::StoreError,
    },
    error::{explain, explain_commit},
    row::arguments,
};

/// How long an answer, or its next row, may take. A line that was cut without a word would be waited for for hours.
const PATIENCE: Duration = Duration::from_mins(1);

/// A transaction, and whether a statement of it failed: PostgreSQL answers the COMMIT of such a one without an error.
pub(super) struct PostgresSession {
    transaction: Transaction<'static, Postgres>,
    failed: bool,
}

impl PostgresSession {
    pub(super) const fn new(transaction: Transaction<'static, Postgres>) -> Self {
        Self { transaction, failed: false }
    }
}

impl Session for PostgresSession {
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64> {
        Box::pin(async move {
            let query = sqlx::query_with(sql, arguments(values)?);
            let done = patiently(query.execute(&mut *self.transaction)).await;
            self.failed |= done.is_err();
            Ok(done?.rows_affected())
        })
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut rows = sqlx::query_with(sql, arguments(values)?).fetch(&mut *self.transaction);
            loop {
                match patiently(rows.try_next()).await {
                    Ok(Some(row)) => each(&row)?,
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        self.failed = true;
                        return Err(error);
                    }
                }
            }
        })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            if self.failed {
                return Err(StoreError::Engine("a statement failed, so nothing was written".to_owned()));
            }
            match timeout(PATIENCE, self.transaction.commit()).await {
                Ok(done) => done.map_err(explain_commit),
                Err(_) => Err(StoreError::UnknownOutcome),
            }
        })
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        Box::pin(async move {
            use sqlx::{Executor, SqlSafeStr};
            (&mut *self.transaction).prepare(sql.into_sql_str()).await.map(drop).map_err(explain)
        })
    }
}

/// Waits for an answer, but not for ever.
async fn patiently<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(explain),
        Err(_) => Err(StoreError::Unavailable("it has not answered for a minute".to_owned())),
    }
}
