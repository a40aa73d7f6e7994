//! What is wrong in sources, as their last imports found it.

use std::sync::LazyLock;

use super::{
    Store,
    attempt::attempt,
    codec::{Reader, Writer},
    engine::Session,
    error::StoreError,
    fact, query,
    table::BySize,
};
use crate::domain::{
    flaw::{Flaw, KnownFlaw, Wrong},
    id::Id,
    people::Workspace,
    provider::ModelKind,
};

pub(super) const ALL: &str = "SELECT source, seen, wrong, provider, model, kind, credential, detail FROM flaws \
     WHERE workspace = $1 ORDER BY source, number";
pub(super) const FORGET: &str = "DELETE FROM flaws WHERE workspace = $1 AND source = $2";

const COLUMNS: &[&str] = &["source", "number", "seen", "wrong", "provider", "model", "kind", "credential", "detail"];

impl Store {
    /// Notes what is wrong in a source, in place of what was, and returns the new number of facts.
    pub async fn set_flaws(
        &self,
        workspace: Id<Workspace>,
        source: &str,
        flaws: &[KnownFlaw],
    ) -> Result<u64, StoreError> {
        static INSERT: LazyLock<BySize> = LazyLock::new(|| BySize::insertion("flaws", true, COLUMNS));

        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(FORGET, vec![workspace.into(), source.into()]).await?;
            let rows = (0_u64..).zip(flaws).map(|(number, KnownFlaw { seen, flaw, .. })| {
                let mut row = Writer::default();
                row.id(workspace).put(source.into()).count(number).put((*seen).into()).word(flaw.wrong.word());
                row.text(&flaw.provider).maybe_text(flaw.model.as_ref()).maybe_word(flaw.kind.map(ModelKind::word));
                row.maybe_id(flaw.key).maybe_text(flaw.detail.as_ref());
                row.0
            });
            query::write_rows(&mut *session, &INSERT, rows).await?;
            fact::raise(session, workspace).await
        })
        .await
    }
}

/// Reads every flaw of a workspace's sources.
pub(super) async fn all(session: &mut dyn Session, workspace: Id<Workspace>) -> Result<Vec<KnownFlaw>, StoreError> {
    query::all(session, ALL, vec![workspace.into()], read).await
}

fn read(row: &mut Reader<'_>) -> Result<KnownFlaw, StoreError> {
    let (source, seen) = (row.shared()?, row.time()?);
    let flaw = Flaw {
        wrong: row.word(Wrong::from_word)?,
        provider: row.shared()?,
        model: row.maybe_shared()?,
        kind: row.maybe_word(ModelKind::from_word)?,
        key: row.maybe_id()?,
        detail: row.maybe_text()?,
    };
    Ok(KnownFlaw { source, seen, flaw })
}
