//! Nodes: every place of a graph that calls a model, as exports have them, so that either source knows the other's.

use std::collections::{HashMap, HashSet};

use super::{Take, apps};
use crate::{
    domain::{
        Text,
        id::Id,
        name,
        provider::ModelKind,
        workflow::{Node, Uses, Workflow},
    },
    import::dify_dsl::{self, Export, ModelUse},
};

impl Take<'_> {
    /// Makes the nodes of a workflow those of its graph.
    pub(super) fn nodes(&mut self, of: &Text, workflow: Id<Workflow>, export: &Export, taken: &mut apps::Taken) {
        let catalogue = self.taking.catalogue;
        let known = catalogue.workflows().find(workflow);
        let known: Vec<&Node> = known.map_or_else(Vec::new, |ix| dify_dsl::nodes_of(catalogue, ix));
        let wanted: HashSet<Text> = export.uses.iter().map(ModelUse::foreign_id).collect();
        let (mut by_id, mut names) = (HashMap::new(), HashSet::new());
        for node in known {
            match dify_dsl::dify_id(node) {
                Some(id) if wanted.contains(id) => {
                    by_id.insert(id, node);
                    names.insert(node.name.clone());
                }
                Some(_) if self.leave(of, node) => {}
                _ => drop(names.insert(node.name.clone())),
            }
        }
        let mut met = HashSet::new();
        for it in &export.uses {
            if !met.insert(it.foreign_id()) {
                continue;
            }
            let node = by_id.get(&*it.foreign_id()).copied();
            let label = node.map_or_else(
                || name::free(&dify_dsl::label(it), |name| names.contains(name)).into(),
                |node| node.name.clone(),
            );
            names.insert(label.clone());
            self.node((of, workflow), it, node, &label);
            let provider = self.taking.catalogue.vocabulary().canonical(&it.provider);
            let called = apps::Called { name: label, provider, model: it.model.clone(), kind: it.kind };
            // A node is what it is named after, else what writes text: that is what its records are about.
            let place = (workflow, it.node.clone());
            let writes = |called: &apps::Called| called.kind == ModelKind::Llm;
            let knows_better = taken.nodes.get(&place).is_some_and(|known| writes(known) || !writes(&called));
            if it.is_main() || !knows_better {
                taken.nodes.insert(place, called);
            }
        }
    }

    fn node(&mut self, (of, workflow): (&Text, Id<Workflow>), it: &ModelUse, known: Option<&Node>, label: &Text) {
        let provider = self.taking.provider(&it.provider, &self.place);
        let mut uses = Uses::Model { provider: provider.clone(), model: it.model.clone() };
        let fixed = known.and_then(|node| self.taking.catalogue.credentials().by_id(node.key?));
        if let (Some(node), Some(key)) = (known, fixed)
            && key.provider != provider
        {
            uses = node.uses.clone();
            let what = format!("the new model of \"{label}\"");
            self.skip(
                what,
                format!("it is now {} of {provider}, and a key of {} is fixed on the node; take the key off and import again", it.model, key.provider),
            );
        }
        let key = Text::from(format!("{of}#{}", it.foreign_id()));
        // One that came from a file is as the file said: what is other there now was changed there.
        if let Some(node) = known {
            self.taking.suppose(&key, node);
        }
        let say = |id| Node {
            id,
            workflow,
            name: label.clone(),
            title: dify_dsl::title(it),
            node_type: dify_dsl::node_type(it),
            kind: it.kind,
            uses,
            key: known.and_then(|node| node.key),
            variable: known.and_then(|node| node.variable.clone()),
            runs: known.map_or(1, |node| node.runs),
            note: known.and_then(|node| node.note.clone()),
            foreign_id: Some(it.foreign_id()),
        };
        self.taking.settle(&key, known.cloned(), say, |_| ());
    }

    /// Takes away a node that its graph has no more, unless something was decided about it here. Says whether it did.
    fn leave(&mut self, of: &Text, node: &Node) -> bool {
        let is_plain = node.key.is_none() && node.variable.is_none() && matches!(node.uses, Uses::Model { .. });
        if is_plain {
            let key = Text::from(format!("{of}#{}", node.foreign_id.as_deref().unwrap_or_default()));
            self.taking.take_back(&key, node.clone());
        } else {
            let what = format!("the end of node \"{}\"", node.name);
            self.skip(
                what,
                format!("it is gone from {of} there, and has a key or an instance here; remove it by hand"),
            );
        }
        is_plain
    }
}
