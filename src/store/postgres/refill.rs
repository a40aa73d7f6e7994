//! The transaction that exchanges everything: the triggers that keep history rest in it, and stand again at its end.

use super::session::PostgresSession;
use crate::store::{
    engine::{Answer, EachRow, Session, Value},
    error::StoreError,
};

/// Lets the triggers of the tables of history rest; those of references go on.
const REST: [&str; 5] = [
    "ALTER TABLE audit DISABLE TRIGGER USER",
    "ALTER TABLE audit_seals DISABLE TRIGGER USER",
    "ALTER TABLE audit_retention DISABLE TRIGGER USER",
    "ALTER TABLE revisions DISABLE TRIGGER USER",
    "ALTER TABLE revision_changes DISABLE TRIGGER USER",
];

/// Looks at what references are still to be looked at, which a table can't be altered before; then lets the triggers
/// stand again.
const STAND: [&str; 6] = [
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE audit ENABLE TRIGGER USER",
    "ALTER TABLE audit_seals ENABLE TRIGGER USER",
    "ALTER TABLE audit_retention ENABLE TRIGGER USER",
    "ALTER TABLE revisions ENABLE TRIGGER USER",
    "ALTER TABLE revision_changes ENABLE TRIGGER USER",
];

/// A writing transaction in which history may be taken away. Dropped without a commit, it leaves everything as it is.
pub(super) struct Refill(PostgresSession);

impl Refill {
    pub(super) async fn begin(mut session: PostgresSession) -> Result<Self, StoreError> {
        for sql in REST {
            session.execute(sql, Vec::new()).await?;
        }
        Ok(Self(session))
    }
}

impl Session for Refill {
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64> {
        self.0.execute(sql, values)
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        self.0.rows(sql, values, each)
    }

    fn commit(mut self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            for sql in STAND {
                self.0.execute(sql, Vec::new()).await?;
            }
            Box::new(self.0).commit().await
        })
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        self.0.prepare(sql)
    }
}
