//! The transaction that exchanges everything: the triggers that keep history are down in it, and back at its end.

use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::{SqliteSession, error::explain};
use crate::store::{
    engine::{Answer, EachRow, Session, Value},
    error::StoreError,
};

const TRIGGERS: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";

/// A writing transaction without triggers. Dropped without a commit, it leaves them where they are.
pub(super) struct Refill {
    session: SqliteSession,
    /// The statements that make the triggers, as the file keeps them.
    triggers: Vec<String>,
}

impl Refill {
    pub(super) async fn begin(mut transaction: Transaction<'static, Sqlite>) -> Result<Self, StoreError> {
        let triggers: Vec<(String, String)> =
            sqlx::query_as(TRIGGERS).fetch_all(&mut *transaction).await.map_err(explain)?;
        for (name, _) in &triggers {
            let drop = format!("DROP TRIGGER \"{}\"", name.replace('"', "\"\""));
            sqlx::query(AssertSqlSafe(drop)).execute(&mut *transaction).await.map_err(explain)?;
        }
        let triggers = triggers.into_iter().map(|(_, sql)| sql).collect();
        Ok(Self { session: SqliteSession(transaction), triggers })
    }
}

impl Session for Refill {
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64> {
        self.session.execute(sql, values)
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        self.session.rows(sql, values, each)
    }

    fn commit(mut self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            for sql in std::mem::take(&mut self.triggers) {
                sqlx::query(AssertSqlSafe(sql)).execute(&mut *self.session.0).await.map_err(explain)?;
            }
            Box::new(self.session).commit().await
        })
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        self.session.prepare(sql)
    }
}
