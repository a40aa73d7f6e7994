//! Recognition: which known workflow each export is, each at most once.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use super::{Export, identity::Identity, uses::ModelUse};
use crate::domain::{
    Text,
    catalogue::{Catalogue, Ix},
    link,
    workflow::{Node, Uses, Workflow},
};

/// What an export was found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recognised {
    /// The workflow; none if it is new.
    pub workflow: Option<Ix<Workflow>>,
    /// Whether another workflow would have fitted as well, and it matters.
    pub ambiguous: bool,
}

impl Export {
    /// Returns what the export is recognised by.
    pub fn identity(&self) -> Identity {
        Identity { mode: self.mode.clone(), name: self.name.clone(), first: self.first.clone() }
    }
}

impl ModelUse {
    /// Returns the foreign id of the node that it becomes.
    pub fn foreign_id(&self) -> Text {
        let node = link::encode(&self.node);
        if self.is_main() { format!("dify:{node}").into() } else { format!("dify:{node}/{}", self.place).into() }
    }

    /// Says whether it is the model that its node is named after.
    pub fn is_main(&self) -> bool {
        &*self.place == "model"
    }
}

/// A workflow that came from Dify.
struct Known<'a> {
    ix: Ix<Workflow>,
    /// What its foreign id says; none if it was written by another importer.
    identity: Option<Identity>,
    name: &'a Text,
    /// Its nodes by foreign id, with provider and model where they name one themselves.
    nodes: HashMap<&'a str, Option<(&'a str, &'a str)>>,
}

/// How a known workflow fits an export; the smallest is the best.
type Distance = (usize, Reverse<usize>);

/// Finds the workflow of every export: the nearest pairs first.
pub(super) fn recognise(catalogue: &Catalogue, exports: &[&Export]) -> Vec<Recognised> {
    let names: HashSet<&Text> = exports.iter().map(|export| &export.name).collect();
    let known = known(catalogue, &names);
    let mut pairs: Vec<(Distance, usize, usize)> = Vec::new();
    for (at, export) in exports.iter().enumerate() {
        let namesakes = known.get(&export.name).map_or(&[][..], Vec::as_slice);
        let near = namesakes.iter().enumerate();
        pairs.extend(near.filter_map(|(nth, known)| Some((distance(catalogue, known, export)?, nth, at))));
    }
    pairs.sort_unstable();
    let mut found = vec![Recognised::default(); exports.len()];
    let mut distances: Vec<Option<Distance>> = vec![None; exports.len()];
    let mut taken = HashSet::new();
    for &(distance, nth, at) in &pairs {
        let ix = known[&exports[at].name][nth].ix;
        if found[at].workflow.is_none() && taken.insert(ix) {
            found[at].workflow = Some(ix);
            distances[at] = Some(distance);
        }
    }
    for &(distance, nth, at) in &pairs {
        let free = !taken.contains(&known[&exports[at].name][nth].ix);
        found[at].ambiguous |= free && distance.0 > 0 && distances[at] == Some(distance);
    }
    found
}

/// Finds the workflows that came from export files of what comes from a database now, each at most once.
pub(in crate::import) fn came_from_file(catalogue: &Catalogue, exports: &[&Export]) -> Vec<Option<Ix<Workflow>>> {
    let from_file = |ix: &Ix<Workflow>| {
        let foreign_id = catalogue.workflows().get(*ix).and_then(|it| it.foreign_id.as_ref());
        foreign_id.is_some_and(|id| Identity::read(id).is_some())
    };
    recognise(catalogue, exports).into_iter().map(|found| found.workflow.filter(from_file)).collect()
}

/// Collects the workflows that may be one of `names`, in the order of their indexes.
fn known<'a>(catalogue: &'a Catalogue, names: &HashSet<&Text>) -> HashMap<Text, Vec<Known<'a>>> {
    let mut known: HashMap<Text, Vec<Known<'a>>> = HashMap::new();
    for (ix, workflow) in catalogue.workflows().iter() {
        let Some(foreign_id) = workflow.foreign_id.as_deref().filter(|id| id.starts_with("dify:")) else { continue };
        let identity = Identity::read(foreign_id);
        let name = identity.as_ref().map_or(&workflow.name, |identity| &identity.name);
        if names.contains(name) && !workflow.draft {
            let nodes = nodes(catalogue, ix);
            let name = name.clone();
            known.entry(name).or_default().push(Known { ix, identity, name: &workflow.name, nodes });
        }
    }
    known
}

fn nodes(catalogue: &Catalogue, workflow: Ix<Workflow>) -> HashMap<&str, Option<(&str, &str)>> {
    let records = catalogue.links().nodes_of_workflow.of(workflow).iter().filter_map(|&ix| catalogue.nodes().get(ix));
    records.filter_map(|node| Some((dify_id(node)?, model(node)))).collect()
}

/// Returns the foreign id of a node that came from Dify.
pub(in crate::import) fn dify_id(node: &Node) -> Option<&str> {
    node.foreign_id.as_deref().filter(|id| id.starts_with("dify:"))
}

fn model(node: &Node) -> Option<(&str, &str)> {
    if let Uses::Model { provider, model } = &node.uses { Some((provider, model)) } else { None }
}

/// Returns how many nodes differ, and how well the ids fit; `None` if they are not the same workflow.
fn distance(catalogue: &Catalogue, known: &Known<'_>, export: &Export) -> Option<Distance> {
    let ids: Vec<String> = known.nodes.keys().map(|id| graph_id(id)).collect();
    let ids = ids.iter().map(String::as_str).collect();
    let coming = export.identity();
    // An importer that writes other foreign ids has other words for modes and no first node.
    let fallback = || Identity { mode: coming.mode.clone(), name: known.name.clone(), first: "".into() };
    let fit = known.identity.clone().unwrap_or_else(fallback).fit(&ids, &coming, &export.nodes)?;
    let unchanged = export.uses.iter().filter(|it| {
        let provider = catalogue.vocabulary().canonical(&it.provider);
        match known.nodes.get(&*it.foreign_id()) {
            Some(Some(model)) => *model == (&*provider, &*it.model),
            Some(None) => true,
            None => false,
        }
    });
    let same = unchanged.count();
    Some((known.nodes.len() + export.uses.len() - 2 * same, Reverse(fit)))
}

/// Returns the node of the graph that a foreign id of ours speaks of.
fn graph_id(foreign_id: &str) -> String {
    let node = foreign_id.strip_prefix("dify:").unwrap_or(foreign_id);
    link::decode(node.split('/').next().unwrap_or(node))
}
