//! Telling how far a long write is: an engine around another one, whose transactions tell how many rows they wrote.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::{
    Store,
    engine::{Answer, EachRow, Engine, Listener, ServerState, Session, Value},
};

/// Hears how many rows were written just now.
pub type Tell = Arc<dyn Fn(u64) + Send + Sync>;

/// An engine whose writes are told.
struct Telling {
    engine: Arc<dyn Engine>,
    tell: Tell,
}

/// A transaction whose writes are told.
struct TellingSession {
    session: Box<dyn Session>,
    tell: Tell,
}

impl Store {
    /// Returns the same database, and has `tell` hear how many rows each statement wrote.
    #[must_use]
    pub fn telling(&self, tell: Tell) -> Self {
        Self { engine: Arc::new(Telling { engine: Arc::clone(&self.engine), tell }), database: self.database }
    }
}

impl Telling {
    fn around<'a>(&'a self, session: Answer<'a, Box<dyn Session>>) -> Answer<'a, Box<dyn Session>> {
        let tell = Arc::clone(&self.tell);
        Box::pin(async move { Ok(Box::new(TellingSession { session: session.await?, tell }) as Box<dyn Session>) })
    }
}

impl Engine for Telling {
    fn read(&self) -> Answer<'_, Box<dyn Session>> {
        self.engine.read()
    }

    fn sweep(&self) -> Answer<'_, Box<dyn Session>> {
        self.engine.sweep()
    }

    fn write(&self) -> Answer<'_, Box<dyn Session>> {
        self.around(self.engine.write())
    }

    fn listen(&self, every: Duration) -> Answer<'_, Box<dyn Listener>> {
        self.engine.listen(every)
    }

    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()> {
        self.engine.copy_to(file)
    }

    fn refill(&self) -> Answer<'_, Box<dyn Session>> {
        self.around(self.engine.refill())
    }

    fn inspect(&self) -> Answer<'_, Vec<String>> {
        self.engine.inspect()
    }

    fn server(&self) -> Answer<'_, Option<ServerState>> {
        self.engine.server()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.engine.close()
    }
}

impl Session for TellingSession {
    fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Answer<'_, u64> {
        Box::pin(async move {
            let rows = self.session.execute(sql, values).await?;
            (self.tell)(rows);
            Ok(rows)
        })
    }

    fn rows<'a>(&'a mut self, sql: &'static str, values: Vec<Value>, each: &'a mut EachRow<'_>) -> Answer<'a, ()> {
        self.session.rows(sql, values, each)
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        self.session.commit()
    }

    #[cfg(test)]
    fn prepare(&mut self, sql: &'static str) -> Answer<'_, ()> {
        self.session.prepare(sql)
    }
}
