//! Locating: where in an export's text each model is named, for whoever writes the export anew.

use std::{collections::HashSet, ops::Range};

use super::{
    export::{CONFIG, FEATURES, Problem},
    uses,
};
use crate::{
    domain::{Text, link, name, provider::ModelKind},
    import::yaml::{self, Value},
};

/// A model of an export, and where it is named in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The foreign id of the node that it becomes.
    pub foreign_id: Text,
    /// What people call the place.
    pub label: String,
    /// What kind of model.
    pub kind: ModelKind,
    /// The provider's id as Dify writes it.
    pub provider: Text,
    /// The vendor's id of the model.
    pub model: Text,
    /// Where the two stand; nothing for a model that is not named by a provider beside a name, that an alias repeats, or
    /// that stands in a block of lines.
    pub at: Option<At>,
}

/// Where a model is named, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// Where the provider stands.
    pub provider: Range<usize>,
    /// Where the model's name stands.
    pub model: Range<usize>,
}

/// Finds every model.
pub fn locate(bytes: &[u8]) -> Result<Vec<Located>, Problem> {
    let root = yaml::read(bytes)?;
    let words = yaml::places(bytes)?;
    let mut located = Vec::new();
    let path = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
    let graph = root.get("workflow").and_then(|it| it.get("graph"));
    let mut ids = HashSet::new();
    for (at, node) in graph.and_then(|it| it.get("nodes")).map_or(&[][..], Value::items).iter().enumerate() {
        // As the nodes are called when an export is taken.
        let id = name::free(&name::clean(node.word_at("id"), "without id"), |id| id == FEATURES || ids.contains(id));
        ids.insert(id.clone());
        if let Some(data) = node.get("data") {
            let prefix = path(&["workflow", "graph", "nodes", &at.to_string(), "data"]);
            located.extend(models(&words, &id, data, &prefix));
        }
    }
    for (holder, steps) in [(FEATURES, &["workflow", "features"][..]), (CONFIG, &["model_config"])] {
        let tree = steps.iter().try_fold(&root, |tree, step| tree.get(step));
        located.extend(tree.map(|tree| models(&words, holder, tree, &path(steps))).into_iter().flatten());
    }
    Ok(located)
}

fn models(words: &yaml::Places, node: &str, tree: &Value, prefix: &[String]) -> Vec<Located> {
    let mut places = HashSet::new();
    let mut located = Vec::new();
    for found in uses::find(tree) {
        let place = name::free(&name::clean(&found.place(), "model"), |place| places.contains(place));
        places.insert(place.clone());
        let below = |key: &str| {
            let path: Vec<String> = prefix.iter().chain(&found.path).cloned().chain([key.to_owned()]).collect();
            words.get(&path).cloned()
        };
        let at = found.key.and_then(|key| below("provider").zip(below(key)));
        let node = link::encode(node);
        let foreign_id = if place == "model" { format!("dify:{node}") } else { format!("dify:{node}/{place}") };
        let title = name::clean(tree.word_at("title"), &node);
        located.push(Located {
            foreign_id: foreign_id.into(),
            label: if place == "model" { title } else { format!("{place} of {title}") },
            kind: found.kind,
            provider: found.provider.as_str().into(),
            model: found.model.as_str().into(),
            at: at.map(|(provider, model)| At { provider, model }),
        });
    }
    located
}
