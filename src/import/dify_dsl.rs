//! Dify's export files (its "DSL"): every place in them that calls a model becomes a node.
//!
//! [`read`] turns one file into an [`Export`], [`merge()`] turns exports into changes of a catalogue, [`import`] does both
//! for many files and lets a bad one fail alone. All three are pure. The format: Dify's
//! `api/services/app_dsl_service.py`, versions 0.1 to 0.6 and none.
//!
//! # What is taken
//! An export becomes an app, one workflow of its name, and a node for each model: of language model, classifier,
//! extractor, retrieval (rerankers, embeddings), agent and tool nodes, wherever in the graph or its iterations they
//! stand; of apps without a graph (`model_config`); of features. A model that the file names but has switched off
//! is taken too, with a warning. A node without a provider or a model can't be asked for and is reported instead, as is
//! what Dify keeps elsewhere: the models of agents of version 2, of knowledge bases, and the workspace's defaults.
//! Values of variables are dropped while reading, secret or not; only name and type remain.
//!
//! # How things are recognised
//! The path of a file means nothing. An app is *mode, original name and node ids*: its foreign id holds the first two
//! and the id of its first node ([`identity`]). An export is a known workflow if mode and original name are equal and
//! they share a node: the first, or one that calls a model. Ids that many apps have (`llm`, `answer`) don't count, unless
//! neither side has others; apps without a graph have no nodes, so mode and name suffice. One import never takes one
//! workflow twice: two files side by side that look like one app are two apps, the second called `NAME (2)`; if both
//! are known, each finds the one that it fits best. The very same content twice is skipped.
//! A node is `dify:NODE` for the model that gives it its name, `dify:NODE/PLACE` for its others.
//!
//! # What a second import leaves alone
//! Names, departments, owners, environments, keys, variables, notes, budgets and rules are the operators'. From the
//! file come a node's title, type, kind, provider and model. A department, owner or environment given with the import
//! fills what is empty and never replaces. A node on which a key of another provider is fixed is left as it is, and
//! reported, rather than losing its key.

mod dormant;
mod export;
pub mod identity;
mod locate;
mod merge;
mod recognise;
mod uses;

use uuid::Uuid;

pub use self::{
    export::{DslError, Export, Gap, Problem, Variable, read},
    locate::{At, Located, locate},
    merge::merge,
    uses::ModelUse,
};
pub(super) use self::{
    export::{FEATURES, of_value},
    merge::{label, node_type, nodes_of, title},
    recognise::{came_from_file, dify_id},
};
use super::{map::Placements, report::Report};
use crate::domain::{catalogue::Catalogue, change::Change};

/// Reads files (name and bytes) and merges those that are exports; the others stand in the report with the reason.
pub fn import<'a>(
    catalogue: &Catalogue,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    placements: &Placements,
    new_id: &mut dyn FnMut() -> Uuid,
) -> (Vec<Change>, Report) {
    let (mut exports, mut failed) = (Vec::new(), Report::default());
    for (file, bytes) in files {
        match read(file, bytes) {
            Ok(export) => exports.push(export),
            Err(error) => failed.fail(&error.file, &error.problem),
        }
    }
    let (changes, mut report) = merge(catalogue, &exports, placements, new_id);
    report.failed = failed.failed;
    (changes, report)
}

#[cfg(test)]
mod tests;
