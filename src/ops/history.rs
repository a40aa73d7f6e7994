//! The log of revisions as one operator may read it: that there was one is nobody's secret, what its author wrote about
//! things that the reader may not see is.

use std::collections::HashMap;

use super::{about::Places, audit::LEFT_OUT, failure::Failure, session::Session, view::View};
use crate::{
    domain::{change::Change, id::Id, people::GrantScope},
    rights::{Right, Subject},
    store::Revision,
};

impl Session {
    /// Returns the newest revisions, newest first. Who holds no role sees none.
    pub async fn log(&self, before: Option<u64>, limit: u32) -> Result<Vec<Revision>, Failure> {
        let view = self.view();
        if !view.may(Right::List, Subject::Workspace).is_yes() {
            return Ok(Vec::new());
        }
        let mut revisions = self.door().store.revisions(self.workspace(), before, limit).await?;
        self.mask(&view, &mut revisions).await?;
        Ok(revisions)
    }

    /// Returns one revision with its changes; how much of those is told is the business of who tells them.
    pub async fn revision(&self, number: u64) -> Result<(Revision, Vec<Change>), Failure> {
        let view = self.view();
        view.may(Right::List, Subject::Workspace).allow()?;
        let (revision, changes) = self.door().store.revision(self.workspace(), number).await?;
        let mut revisions = [revision];
        self.mask(&view, &mut revisions).await?;
        let [revision] = revisions;
        Ok((revision, changes))
    }

    /// Leaves out messages about what the viewer may not see.
    async fn mask(&self, view: &View, revisions: &mut [Revision]) -> Result<(), Failure> {
        let (Some(first), Some(last)) =
            (revisions.iter().map(|it| it.number).min(), revisions.iter().map(|it| it.number).max())
        else {
            return Ok(());
        };
        let rows = self.door().store.audit_of_revisions(self.workspace(), first, last).await?;
        let places: HashMap<u64, Places> =
            rows.iter().filter_map(|row| Some((row.entry.revision?, Places::read(&row.entry.details)?))).collect();
        let me = view.me().map(|me| me.id);
        for revision in revisions {
            let own = me.is_some() && revision.author == me;
            if !own && !sees(view, places.get(&revision.number)) {
                revision.message = LEFT_OUT.into();
            }
        }
        Ok(())
    }
}

/// Says whether everything that a change set was about is seen. Of one whose row says nothing, or is gone, whoever sees
/// the whole workspace reads it.
fn sees(view: &View, places: Option<&Places>) -> bool {
    let here = GrantScope::Workspace(view.workspace().id);
    let whole = view.me().is_some_and(|me| me.grants.iter().any(|grant| grant.on == here));
    let Some(places) = places else { return whole };
    let departments = view.catalogue().departments();
    let seen = |id: &uuid::Uuid| departments.find(Id::new(*id)).is_some_and(|ix| view.department(ix).is_some());
    let of_others = places.people.iter().any(|id| view.me().is_none_or(|me| me.id.uuid() != *id));
    !of_others && (whole || !places.elsewhere && places.departments.iter().all(seen))
}
