//! Undo: a revision that restores the state before another one, never a rewrite of history. What was changed again since
//! is left alone, and told.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Write as _,
};

use super::{
    failure::{Failure, Kind},
    find::Thing,
    session::{Applied, Request, Session},
    view::View,
};
use crate::domain::{
    Timestamp,
    change::{self, Change},
    name::printable,
    record::Record,
};

/// One applied change set. Faces only look at it.
pub use crate::store::Revision;

/// How many revisions are read at once.
const PAGE: u32 = 500;

/// How many later changes are told one by one.
const TOLD: usize = 12;

/// Which revisions are looked for.
#[derive(Clone, Debug, Default)]
pub struct RevisionFilter {
    /// Those that changed this thing.
    pub thing: Option<Thing>,
    /// Those of one operator, by login.
    pub by: Option<String>,
    /// Those from this instant on.
    pub since: Option<Timestamp>,
    /// Those before this instant.
    pub until: Option<Timestamp>,
    /// Those whose message holds this, whatever the case.
    pub message: Option<String>,
}

impl RevisionFilter {
    fn fits(&self, revision: &Revision) -> bool {
        let holds = |text: &String| revision.message.to_lowercase().contains(&text.to_lowercase());
        self.by.as_deref().is_none_or(|login| *revision.login == *login)
            && self.since.is_none_or(|since| revision.at >= since)
            && self.until.is_none_or(|until| revision.at < until)
            && self.message.as_ref().is_none_or(holds)
    }
}

impl Session {
    /// Returns the newest revisions that fit, newest first.
    pub async fn find_revisions(
        &self,
        filter: &RevisionFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Revision>, Failure> {
        let id = filter.thing.and_then(|thing| self.view().record(thing)).map(|it| (it.kind(), it.uuid()));
        let (mut found, mut before) = (Vec::new(), before);
        loop {
            let page = self.log(before, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            before = Some(last.number);
            for revision in page.into_iter().filter(|it| filter.fits(it)) {
                let touches = |changes: Vec<Change>| changes.iter().any(|it| Some((it.kind(), it.uuid())) == id);
                if filter.thing.is_some() && !touches(self.revision(revision.number).await?.1) {
                    continue;
                }
                if found.len() >= limit as usize {
                    return Ok(found);
                }
                found.push(revision);
            }
        }
    }

    /// Returns a revision and the changes that undo it on the newest state. A secret that was destroyed since comes back
    /// as absent. What is as before already is left out; other things that were changed since are a conflict, which says
    /// by which revisions.
    pub async fn inverse(&self, number: u64) -> Result<(Revision, Vec<Change>), Failure> {
        let (revision, changes) = self.revision(number).await?;
        let view = self.refresh().await?;
        let mut inverse = change::fold(change::invert_all(changes));
        inverse.retain(|change| present(&view, change).as_ref() != change.after());
        self.check_ground(&view, number, &inverse).await?;
        let inverse = self.without_destroyed(inverse, &[]).await?;
        Ok((revision, inverse))
    }

    async fn check_ground(&self, view: &View, number: u64, inverse: &[Change]) -> Result<(), Failure> {
        let moved = |change: &&Change| present(view, change).as_ref() != change.before();
        let moved: Vec<&Change> = inverse.iter().filter(moved).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let later = self.door().store.changes_since(self.workspace(), number).await?;
        let things: HashSet<_> = moved.iter().map(|change| (change.kind(), change.uuid())).collect();
        let by: Vec<&(u64, Change)> = later.iter().filter(|(_, it)| things.contains(&(it.kind(), it.uuid()))).collect();
        let revisions: BTreeSet<u64> = by.iter().map(|(revision, _)| *revision).collect();
        let names: Vec<String> = revisions.iter().map(ToString::to_string).collect();
        let word = if names.len() == 1 { "revision" } else { "revisions" };
        let mut message =
            format!("revision {number} can't be undone: {word} {} changed the same since", names.join(", "));
        let words = view.words(view);
        for (revision, change) in by.iter().rev().take(TOLD) {
            let _infallible = write!(message, "\n{revision}: {}", words.sentence(change));
        }
        let newest = revisions.last().copied().unwrap_or(number);
        Err(Failure::new(Kind::Conflict, message)
            .hint(format!("undo the later ones first, the newest is revision {newest}"))
            .hint("or set the old values by hand: \"keydeck show\" tells them"))
    }

    /// Undoes a revision by a new one that restores the state before it.
    pub async fn revert(&self, number: u64, reinstate: bool) -> Result<Applied, Failure> {
        let (revision, changes) = self.inverse(number).await?;
        let message = undo_message(&revision);
        self.apply(Request { reverts: Some(number), reinstate, ..Request::new(changes, message) }).await
    }
}

/// Returns the thing that a change is of, as it is.
fn present(view: &View, change: &Change) -> Option<Record> {
    view.catalogue().record(change.kind(), change.uuid())
}

/// Returns why a revision is undone, for the log.
pub fn undo_message(revision: &Revision) -> String {
    format!("Undo revision {}: {}", revision.number, printable(&revision.message))
}
