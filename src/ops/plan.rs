//! Plans: what a change set would do, for those who decide whether to apply it.

use super::{failure::Failure, view::View};
use crate::{
    domain::{
        Timestamp,
        change::{self, Change},
    },
    plan::{self, effect::Seen},
    resolve::query::Inputs,
    rights::{Attempt, Denial},
};

/// A change set looked at beforehand.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The revision that it was made on.
    pub base: u64,
    /// The changes, one for each thing.
    pub changes: Vec<Change>,
    /// What stands in its way; nothing, if it can be applied.
    pub obstacles: Vec<Failure>,
    /// What it does to nodes, as the viewer may see it.
    pub effects: Seen,
    /// What one weighs before it is written: prices of models that get a key, and budgets that count there.
    pub costs: Vec<String>,
    /// The state that it leads to.
    pub after: View,
}

impl Plan {
    /// Looks at changes on a view. Pure: it asks nobody and writes nothing.
    pub(super) fn of(view: &View, changes: Vec<Change>, now: Timestamp) -> Self {
        let changes = change::fold(changes);
        let after = view.with_changes(&changes);
        let inputs = Inputs { operator: view.who().operator, ..Inputs::default() };
        let effects = plan::diff(view.catalogue(), after.catalogue(), &changes, now, &inputs);
        let mut plan = Self {
            base: view.revision(),
            obstacles: obstacles(view, &after, &changes, false),
            effects: effects.seen_by(&view.visibility(), &after.visibility()),
            costs: Vec::new(),
            changes,
            after,
        };
        plan.costs = plan.cost_hints(now);
        plan
    }

    /// Says whether nothing stands in its way.
    pub const fn is_lawful(&self) -> bool {
        self.obstacles.is_empty()
    }
}

/// Judges whether the viewer may make changes, whatever else is wrong with them.
pub(super) fn permit(view: &View, after: &View, changes: &[Change], reinstate: bool) -> Result<(), Denial> {
    Attempt::new(view.catalogue(), after.catalogue(), view.who(), reinstate).check_all(changes)
}

/// Returns what is wrong with changes, whoever makes them.
pub(super) fn faults(view: &View, after: &View, changes: &[Change]) -> Vec<Failure> {
    plan::check(view.catalogue(), after.catalogue(), changes).into_iter().map(Into::into).collect()
}

/// Rights come first: who may not do a thing is not told what else is wrong with it.
fn obstacles(view: &View, after: &View, changes: &[Change], reinstate: bool) -> Vec<Failure> {
    match permit(view, after, changes, reinstate) {
        Err(denial) => vec![denial.into()],
        Ok(()) => faults(view, after, changes),
    }
}

impl View {
    /// Returns what stands in the way of changes, without asking what they do to nodes.
    pub fn obstacles(&self, changes: &[Change]) -> Vec<Failure> {
        let changes = change::fold(changes.to_vec());
        obstacles(self, &self.with_changes(&changes), &changes, false)
    }

    /// Looks at what changes would do.
    pub fn plan(&self, changes: Vec<Change>, now: Timestamp) -> Plan {
        Plan::of(self, changes, now)
    }
}
