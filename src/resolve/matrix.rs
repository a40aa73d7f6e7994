//! The matrix: workflows × providers. One cell is what the nodes of one workflow get from one provider.
//!
//! A workflow may call several models of a provider and get several answers; a cell holds each once, the one that needs
//! attention most in front: what gives no key before what does, then what most nodes get.

use super::{
    answer::{Answer, Outcome},
    query::{Inputs, Place, Query},
};
use crate::domain::{
    Timestamp,
    catalogue::{Catalogue, Ix, ProviderIx},
    workflow::{Node, Workflow},
};

/// What a workflow's nodes get from one provider. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The provider; none for nodes whose instance is not there.
    pub provider: Option<ProviderIx>,
    /// The distinct answers, the one that needs attention most in front.
    pub entries: Vec<Entry>,
}

/// One answer, and the nodes that get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The first node's answer. The others have the same outcome, key, pool, layer and reason, perhaps by another rule.
    pub answer: Answer,
    /// The nodes, in the order of the catalogue.
    pub nodes: Vec<Ix<Node>>,
}

impl Entry {
    /// Says whether two answers look the same in a cell.
    fn is_for(&self, other: &Answer) -> bool {
        let seen = |it: &Answer| (it.outcome, it.credential, it.pool, it.layer, it.reason);
        seen(&self.answer) == seen(other)
    }
}

/// Returns the cells of one workflow, sorted by provider. Providers that it does not call have none.
///
/// With `Layers::Dify` in the inputs it is the matrix of what Dify uses today.
pub fn row(catalogue: &Catalogue, workflow: Ix<Workflow>, inputs: &Inputs, now: Timestamp) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for &node in catalogue.links().nodes_of_workflow.of(workflow) {
        let Some(row) = catalogue.nodes().row(node) else { continue };
        let provider = catalogue.model_of(row.uses).map(|(provider, _)| provider);
        let answer = super::answer(catalogue, &Query { place: Place::Node(node), now, inputs });
        let at = cells.iter().position(|cell| cell.provider == provider).unwrap_or_else(|| {
            cells.push(Cell { provider, entries: Vec::new() });
            cells.len() - 1
        });
        let entries = &mut cells[at].entries;
        match entries.iter_mut().find(|entry| entry.is_for(&answer)) {
            Some(entry) => entry.nodes.push(node),
            None => entries.push(Entry { answer, nodes: vec![node] }),
        }
    }
    cells.sort_by_key(|cell| cell.provider);
    for cell in &mut cells {
        cell.entries.sort_by_key(|entry| (urgency(entry.answer.outcome), std::cmp::Reverse(entry.nodes.len())));
    }
    cells
}

/// Returns every workflow with its cells, in the order of the catalogue, one at a time.
pub fn matrix<'a>(
    catalogue: &'a Catalogue,
    inputs: &'a Inputs,
    now: Timestamp,
) -> impl Iterator<Item = (Ix<Workflow>, Vec<Cell>)> + 'a {
    catalogue.workflows().rows().map(move |(ix, _)| (ix, row(catalogue, ix, inputs, now)))
}

/// Orders outcomes by how much they need attention: faults, then what waits for a value, then decisions, then keys.
const fn urgency(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ambiguous => 0,
        Outcome::Unusable => 1,
        Outcome::NoMatch => 2,
        Outcome::MissingInput => 3,
        Outcome::Denied => 4,
        Outcome::Pooled | Outcome::Resolved => 5,
    }
}
