//! What sources said of the things that are kept in step with them, for the next import to compare with.
//!
//! It is no configuration: no revision holds it, and nothing is decided by it but whether a difference was made here.

use std::{collections::HashMap, sync::LazyLock};

use super::{Store, attempt::attempt, codec::Writer, error::StoreError, query, table::BySize};
use crate::domain::{Text, id::Id, people::Workspace};

pub(super) const HEARD: &str = "SELECT thing, said FROM heard WHERE workspace = $1 AND source = $2";
pub(super) const HEARING: &str = "SELECT DISTINCT workspace, source FROM heard ORDER BY workspace, source";
pub(super) const FORGET: &str = "DELETE FROM heard WHERE workspace = $1 AND source = $2";

impl Store {
    /// Returns what a source said the last time: JSON, by thing.
    pub async fn heard(&self, workspace: Id<Workspace>, source: &str) -> Result<HashMap<Text, Text>, StoreError> {
        let mut session = self.engine.read().await?;
        let values = vec![workspace.into(), source.into()];
        let said = query::all(&mut *session, HEARD, values, |row| Ok((row.text()?, row.text()?))).await?;
        Ok(said.into_iter().collect())
    }

    /// Returns which workspace heard of which source.
    pub async fn hearing(&self) -> Result<Vec<(Id<Workspace>, Text)>, StoreError> {
        let mut session = self.engine.read().await?;
        query::all(&mut *session, HEARING, Vec::new(), |row| Ok((row.id()?, row.text()?))).await
    }

    /// Remembers what a source says, in place of what it said before.
    pub async fn set_heard(
        &self,
        workspace: Id<Workspace>,
        source: &str,
        said: &HashMap<Text, Text>,
    ) -> Result<(), StoreError> {
        static INSERT: LazyLock<BySize> =
            LazyLock::new(|| BySize::insertion("heard", true, &["source", "thing", "said"]));

        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(FORGET, vec![workspace.into(), source.into()]).await?;
            let rows = said.iter().map(|(thing, said)| {
                let mut row = Writer::default();
                row.id(workspace).put(source.into()).text(thing).text(said);
                row.0
            });
            query::write_rows(&mut *session, &INSERT, rows).await?;
            session.commit().await
        })
        .await
    }
}
