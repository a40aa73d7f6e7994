//! What is wrong in a source: told with the import in the words of the lint, and kept, so that the lint finds it, too.

use crate::{
    domain::{
        Text, Timestamp,
        change::Change,
        fact::Facts,
        flaw::{Flaw, KnownFlaw},
    },
    ops::{failure::Failure, lint::FindingRow, session::Session, view::View},
    rights::{Right, Subject},
};

impl View {
    /// Says what is wrong in a source, as the lint will say once its changes are made.
    pub fn tell_flaws(&self, changes: &[Change], flaws: &[Flaw], now: Timestamp) -> Vec<FindingRow> {
        if flaws.is_empty() {
            return Vec::new();
        }
        let after = self.with_changes(changes);
        let flaws = flaws.iter().map(|flaw| KnownFlaw { source: Text::from(""), seen: now, flaw: flaw.clone() });
        let facts = Facts { flaws: flaws.collect(), ..after.catalogue().facts().clone() };
        let lint = after.with_facts(facts).lint_flaws(now);
        lint.findings.iter().map(|finding| lint.row(finding)).collect()
    }
}

impl Session {
    /// Keeps what is wrong in a source in place of what was, for whoever may write for the whole workspace: what
    /// is told of a source is told to everybody.
    pub(super) async fn keep_flaws(&self, source: &str, flaws: Vec<Flaw>) -> Result<(), Failure> {
        let (view, seen) = (self.refresh().await?, self.door().now());
        if self.door().is_read_only() || !view.may(Right::Structure, Subject::Workspace).is_yes() {
            return Ok(());
        }
        let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let before = view.catalogue().facts().flaws.iter().filter(|known| &*known.source == source);
        if before.map(|it| (day(it.seen), &it.flaw)).eq(flaws.iter().map(|flaw| (day(seen), flaw))) {
            return Ok(());
        }
        let known = |flaw| KnownFlaw { source: source.into(), seen, flaw };
        let flaws: Vec<KnownFlaw> = flaws.into_iter().map(known).collect();
        self.door().store.set_flaws(view.workspace().id, source, &flaws).await?;
        self.refresh().await?;
        Ok(())
    }
}
