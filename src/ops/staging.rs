//! Staging: what one operator means to apply, kept in the database, so that neither a dropped connection nor a killed
//! process loses it. Several terminals of one operator share it; others see it to approve it alone.

use super::{
    failure::{Failure, Kind},
    meanwhile::{Meanwhile, numbers},
    session::{Applied, Request, Session, operator},
    view::View,
};
use crate::{
    domain::{
        change::{self, Change},
        id::Id,
        name::printable,
        people::Operator,
    },
    plan::Ground,
    store::{SecretRow, Whose},
};

/// What an operator means to apply. Faces only look at it and hand it back.
pub use crate::store::Staged;

/// Whose state is kept of a thing that both sides changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Mine, over theirs.
    Mine,
    /// Theirs: mine is taken back.
    Theirs,
}

impl Session {
    pub(super) fn whose(&self, operator: Id<Operator>) -> Whose {
        Whose { workspace: self.workspace(), operator }
    }

    /// Returns what this operator has staged.
    pub async fn staged(&self) -> Result<Staged, Failure> {
        match operator(&self.view()) {
            Some(me) => Ok(self.door().store.staged(self.whose(me)).await?),
            None => Ok(Staged::default()),
        }
    }

    /// Returns the state that what is staged leads to: what further changes stand on.
    pub async fn ground(&self) -> Result<View, Failure> {
        let staged = self.staged().await?;
        Ok(self.view().with_changes(&change::fold(staged.plain())))
    }

    /// Adds changes behind those that are staged, with the sealed secrets that they bring. They are judged when they are
    /// applied, and shown before.
    pub async fn stage(&self, changes: &[Change], secrets: &[SecretRow]) -> Result<Staged, Failure> {
        let view = self.view();
        let whose = self.whose(self.known(&view)?);
        self.secrets_are_there(changes, secrets).await?;
        self.door().store.stage(whose, view.revision(), changes, secrets, self.door().now()).await?;
        self.staged().await
    }

    /// Refuses changes whose secret was destroyed when they were taken back before.
    async fn secrets_are_there(&self, changes: &[Change], new: &[SecretRow]) -> Result<(), Failure> {
        for change in changes {
            if self.brings_destroyed(change, new).await? {
                let name = change.subject().name().map(|name| printable(name).into_owned()).unwrap_or_default();
                let message = format!("the secret of {name} is gone: it was destroyed when its change was taken back");
                return Err(Failure::usage(message).hint("enter the key again"));
            }
        }
        Ok(())
    }

    /// Takes some of the staged changes back, by their numbers.
    pub async fn unstage(&self, numbers: &[u64]) -> Result<Staged, Failure> {
        let me = self.known(&self.view())?;
        self.door().store.unstage(self.whose(me), numbers).await?;
        self.staged().await
    }

    /// Takes every staged change back.
    pub async fn discard(&self) -> Result<(), Failure> {
        let me = self.known(&self.view())?;
        Ok(self.door().store.discard(self.whose(me)).await?)
    }

    /// Applies the staged set as it was shown. One that was changed since, in another terminal, is a conflict.
    pub async fn apply_staged(&self, shown: &Staged, message: &str, reinstate: bool) -> Result<Applied, Failure> {
        let staged = self.staged().await?;
        if staged.changes.get(..shown.changes.len()) != Some(&shown.changes[..]) {
            return Err(Failure::new(
                Kind::Conflict,
                "the staged changes are others by now: another window changed them",
            )
            .hint("look at them again: keydeck staged show"));
        }
        let request = Request {
            staged: shown.changes.last().map(|(number, _)| *number),
            base: Some(shown.base_revision),
            reinstate,
            ..Request::new(shown.plain(), message)
        };
        self.apply(request).await
    }

    /// Returns what others applied since a staged set was planned, on the newest state that is known; none if they
    /// applied nothing.
    pub async fn meanwhile(&self, staged: &Staged) -> Result<Option<Meanwhile>, Failure> {
        if staged.changes.is_empty() {
            return Ok(None);
        }
        self.meanwhile_of(&self.view(), staged.base_revision, &staged.changes).await
    }

    /// Takes note of what others applied, up to revision `seen`: what they did as well is taken out, and the rest is
    /// planned on what they left. Things that both changed have to be decided before.
    pub async fn rebase(&self, seen: Option<u64>) -> Result<(Staged, Option<Meanwhile>), Failure> {
        let view = self.refresh().await?;
        let me = self.known(&view)?;
        let staged = self.staged().await?;
        let Some(meanwhile) = self.meanwhile(&staged).await? else { return Ok((staged, None)) };
        if meanwhile.ground == Ground::Conflict {
            return Err(meanwhile.failure(true));
        }
        let base = seen.unwrap_or(meanwhile.revision).min(meanwhile.revision);
        let store = &self.door().store;
        store.rebase(self.whose(me), base, &meanwhile.idle, &[], &[], self.door().now()).await?;
        Ok((self.staged().await?, Some(meanwhile)))
    }

    /// Decides what both sides changed, for the staged changes with these numbers, or all.
    pub async fn keep(&self, side: Side, chosen: &[u64]) -> Result<Staged, Failure> {
        let view = self.refresh().await?;
        let me = self.known(&view)?;
        let staged = self.staged().await?;
        let Some(meanwhile) = self.meanwhile(&staged).await? else { return Err(no_clash()) };
        let by_thing = numbers(&staged.changes);
        let (mut dropped, mut replaced, mut added) = (Vec::new(), Vec::new(), Vec::new());
        let mut decided = 0;
        for clash in &meanwhile.raw {
            let rows = by_thing.get(&(clash.kind, clash.id)).cloned().unwrap_or_default();
            if !chosen.is_empty() && !rows.iter().any(|row| chosen.contains(row)) {
                continue;
            }
            decided += 1;
            let mut mine = if side == Side::Mine { clash.keep_mine() } else { Vec::new() };
            let mut rows = rows.into_iter();
            if let Some(last) = mine.pop() {
                replaced.extend(rows.next().map(|row| (row, last)));
            }
            dropped.extend(rows);
            added.extend(mine);
        }
        if decided == 0 {
            return Err(no_clash());
        }
        // Who decides everything has seen everything.
        let base = if decided == meanwhile.raw.len() { meanwhile.revision } else { staged.base_revision };
        let store = &self.door().store;
        store.rebase(self.whose(me), base, &dropped, &replaced, &added, self.door().now()).await?;
        self.staged().await
    }

    pub(super) fn known(&self, view: &View) -> Result<Id<Operator>, Failure> {
        if self.is_read_only() {
            return Err(
                Failure::new(Kind::NotAllowed, "this session is read-only").hint("start it without --read-only")
            );
        }
        operator(view).ok_or_else(|| {
            let message = format!("\"{}\" is no operator of this database", self.identity().login);
            Failure::new(Kind::NotAllowed, message).hint("an admin can add you with \"keydeck add operator\"")
        })
    }
}

fn no_clash() -> Failure {
    Failure::usage("others changed none of these things").hint("\"keydeck staged show\" tells what they changed")
}
