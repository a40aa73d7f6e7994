//! The difference between two catalogues: every node whose answer changes, asked in portions, so that it can be stopped.
//!
//! The money that moves is what the node's workflow cost in the last thirty days, shared evenly among the nodes that it
//! had before: usage is known per workflow here, not per node. A new node has cost nothing that anybody knows of.

use super::{
    affected::Affected,
    effect::{Effect, Effects, Used, What},
};
use crate::{
    domain::{
        Timestamp,
        catalogue::{Catalogue, Ix},
        change::Change,
        credential::{Credential, Pool},
        money::MicroDollars,
        workflow::Node,
    },
    resolve::{
        self,
        answer::Answer,
        query::{Inputs, Place, Query},
    },
};

/// Returns what `changes`, which lead from `before` to `after`, do to every node at `now` with `inputs`.
pub fn diff(before: &Catalogue, after: &Catalogue, changes: &[Change], now: Timestamp, inputs: &Inputs) -> Effects {
    let mut diff = Diff::new(before, after, changes, now, inputs);
    while diff.advance(usize::MAX) {}
    diff.into_effects()
}

/// A difference that is being computed.
#[derive(Debug)]
pub struct Diff<'a> {
    before: &'a Catalogue,
    after: &'a Catalogue,
    now: Timestamp,
    inputs: &'a Inputs,
    nodes: Affected<'a>,
    found: Vec<Effect>,
    examined: usize,
}

impl<'a> Diff<'a> {
    /// Begins with the nodes that `changes` can touch.
    pub fn new(
        before: &'a Catalogue,
        after: &'a Catalogue,
        changes: &[Change],
        now: Timestamp,
        inputs: &'a Inputs,
    ) -> Self {
        let nodes = Affected::of(before, after, changes, inputs);
        Self { before, after, now, inputs, nodes, found: Vec::new(), examined: 0 }
    }

    /// Begins with all nodes, for catalogues between which no changes are known.
    pub fn of_everything(before: &'a Catalogue, after: &'a Catalogue, now: Timestamp, inputs: &'a Inputs) -> Self {
        let nodes = Affected::all(before, after);
        Self { before, after, now, inputs, nodes, found: Vec::new(), examined: 0 }
    }

    /// Asks `most` further nodes; says whether there may be more.
    pub fn advance(&mut self, most: usize) -> bool {
        for _ in 0..most {
            let Some(node) = self.nodes.next() else { return false };
            self.examined += 1;
            if let Some(effect) = self.effect(node) {
                self.found.push(effect);
            }
        }
        true
    }

    /// Returns how many nodes were asked so far.
    pub const fn examined(&self) -> usize {
        self.examined
    }

    /// Returns what was found so far.
    pub fn into_effects(self) -> Effects {
        Effects::new(self.found, self.examined)
    }

    fn effect(&self, node: Ix<Node>) -> Option<Effect> {
        let query = Query { place: Place::Node(node), now: self.now, inputs: self.inputs };
        let answer = |side: &Catalogue| side.nodes().row(node).map(|_| resolve::answer(side, &query));
        let (before, after) = (answer(self.before), answer(self.after));
        let what = if self.shares_differ(&query, before.as_ref(), after.as_ref()) {
            What::OtherShares
        } else {
            What::between(before.as_ref(), after.as_ref())?
        };
        Some(Effect { node, what, before, after, money: self.money(node) })
    }

    /// Says whether one pool decides on both sides, but its members carry other parts of the load.
    fn shares_differ(&self, query: &Query<'_>, before: Option<&Answer>, after: Option<&Answer>) -> bool {
        match (before.and_then(Used::by), after.and_then(Used::by)) {
            (Some(Used::Pool(was)), Some(Used::Pool(is))) if was == is => {
                loads(self.before, query, was) != loads(self.after, query, is)
            }
            _ => false,
        }
    }

    fn money(&self, node: Ix<Node>) -> Option<MicroDollars> {
        let workflow = self.before.nodes().row(node)?.workflow;
        let spent = self.before.facts().recent.get(self.before.workflows().id(workflow))?;
        let nodes = self.before.links().nodes_of_workflow.of(workflow);
        let place = i64::try_from(nodes.binary_search(&node).ok()?).ok()?;
        let count = i64::try_from(nodes.len()).ok()?;
        // The first nodes carry the remainder, so that the nodes of a workflow sum up to it exactly.
        let remainder = i64::from(place < spent.amount.0 % count);
        Some(MicroDollars(spent.amount.0 / count + remainder))
    }
}

/// The members of a pool that carry some of the load, and how much: weights among those that can be used.
fn loads(catalogue: &Catalogue, query: &Query<'_>, pool: Ix<Pool>) -> Vec<(Ix<Credential>, u64)> {
    let shares = resolve::shares(catalogue, query, pool);
    let mut loads: Vec<_> =
        shares.iter().filter(|share| share.share > 0.0).map(|share| (share.key, share.share.to_bits())).collect();
    loads.sort_unstable();
    loads
}

#[cfg(test)]
mod tests;
