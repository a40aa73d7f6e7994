//! Everywhere: every node asked once, each told with its answer, its trace, and the keys that may come out.
//!
//! Nodes are asked as a run asks that says nothing. What looks at a whole workspace (the lint) takes everything it needs
//! from one walk.

use super::{
    answer::{Answer, Outcome, Step},
    case::Case,
    query::{Inputs, Layers, Place, Query},
    search::search,
    target::Demand,
    trace::{Silent, Trace},
};
use crate::domain::{
    Timestamp,
    catalogue::{Catalogue, Ix, row::TargetIx},
    credential::Credential,
    workflow::Node,
};

/// One node, and what it gets.
pub struct Told<'a> {
    /// The node.
    pub node: Ix<Node>,
    /// What it gets.
    pub answer: Answer,
    /// Every layer in order, every rule looked at.
    pub steps: &'a [Step],
    case: &'a Case<'a>,
}

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("node", &self.node).field("answer", &self.answer).finish_non_exhaustive()
    }
}

/// Which keys could come out, were the missing variable given a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Could {
    /// None: no variable is missing.
    Nothing,
    /// Whichever can be used there, since the value is a key's name.
    Any,
    /// Those of the rule's table that can be used there.
    These(Vec<Ix<Credential>>),
}

impl Told<'_> {
    /// Returns the keys in use: the one of the answer, or the members of its pool that can be chosen.
    pub fn keys(&self) -> Vec<Ix<Credential>> {
        match (self.answer.outcome, self.answer.credential, self.answer.pool) {
            (Outcome::Resolved, Some(key), _) => vec![key],
            (Outcome::Pooled, _, Some(pool)) => self.case.choosable(pool).map(|(key, _)| key).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the keys that could come out, given a value for the missing variable.
    pub fn could(&self) -> Could {
        let source = self.answer.source.filter(|_| self.answer.outcome == Outcome::MissingInput);
        match source.and_then(|source| self.case.demand_of(source)) {
            None => Could::Nothing,
            Some(Demand::Named(..) | Demand::Rule(TargetIx::Variable { by_name: true, .. })) => Could::Any,
            Some(demand) => Could::These(self.case.could_be(demand)),
        }
    }

    /// Says whether the model has a known price.
    pub fn is_priced(&self) -> bool {
        self.case.is_priced()
    }
}

/// Asks every node at `now` and tells what it gets.
pub fn everywhere(catalogue: &Catalogue, now: Timestamp, mut tell: impl FnMut(&Told<'_>)) {
    let inputs = Inputs::default();
    let mut trace = Trace::default();
    for (node, _) in catalogue.nodes().rows() {
        let query = Query { place: Place::Node(node), now, inputs: &inputs };
        let case = Case::new(catalogue, &query);
        trace.steps.clear();
        let answer = search(&case, &mut trace);
        tell(&Told { node, answer, steps: &trace.steps, case: &case });
    }
}

/// Asks one node what Dify uses for it today.
pub fn of_dify(catalogue: &Catalogue, node: Ix<Node>, now: Timestamp) -> Answer {
    let inputs = Inputs { layers: Layers::Dify, ..Inputs::default() };
    let query = Query { place: Place::Node(node), now, inputs: &inputs };
    search(&Case::new(catalogue, &query), &mut Silent)
}
