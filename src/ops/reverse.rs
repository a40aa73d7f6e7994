//! The reverse of resolution: who uses a key and which rules that name it are shadowed; and the matrix of everything.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{find::Thing, rows, rows::AssignmentRow, view::View};
use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Ix,
        credential::{Credential, Pool},
        workflow::{Node, Workflow},
    },
    resolve::{
        answer::{Answer, Layer, Outcome, Reason, Source},
        matrix,
        query::{Inputs, Layers, Place, Query},
        reverse::{self, Use},
    },
};

/// Who uses a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsedBy {
    /// The key's name.
    pub credential: String,
    /// The nodes that get it, or may get it from a pool.
    pub nodes: Vec<UseRow>,
    /// The nodes that could get it, given a value for a variable.
    pub could: Vec<UseRow>,
    /// The nodes that require it, alone or from a pool, and can't use it.
    pub failing: Vec<UseRow>,
    /// How many more there are of all of these that the viewer may not see.
    pub hidden: usize,
    /// The rules that name it, or a pool with it, and by which no node gets it.
    pub shadowed: Vec<AssignmentRow>,
}

/// How many nodes use each key.
#[derive(Debug, Default)]
pub struct Uses(Vec<u32>);

impl Uses {
    /// Returns how many nodes resolve to a key, alone or as a member of a pool.
    pub fn of(&self, key: Ix<Credential>) -> usize {
        self.0.get(key.position()).map_or(0, |count| *count as usize)
    }
}

/// One node that uses a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UseRow {
    /// The workflow.
    pub workflow: String,
    /// The node.
    pub node: String,
    /// The node's provider.
    pub provider: Option<Text>,
    /// The node's model.
    pub model: Option<Text>,
    /// The layer that decided.
    pub layer: Layer,
    /// The id of the rule that decided, if it was one that the viewer sees.
    pub rule: Option<String>,
    /// Where that rule speaks, as a scope; or the place that names the key.
    pub by: Option<String>,
    /// The pool through which it gets it.
    pub pool: Option<String>,
}

impl View {
    fn acting(&self) -> Inputs {
        Inputs { operator: self.who().operator, ..Inputs::default() }
    }

    /// Returns how many nodes use each key at `now`, without inputs. Every node is asked.
    pub fn uses(&self, now: Timestamp) -> Uses {
        Uses(reverse::uses(self.catalogue(), now))
    }

    /// Returns who uses a key at `now`, without inputs. Every node is asked.
    pub fn used_by(&self, key: Ix<Credential>, now: Timestamp) -> UsedBy {
        let used = reverse::used_by(self.catalogue(), key, now);
        let mut hidden = 0;
        let [nodes, could, failing] = [used.nodes, used.could, used.failing].map(|uses| {
            let all = uses.len();
            let mut rows: Vec<UseRow> = uses.iter().filter_map(|it| self.use_row(it)).collect();
            rows.sort_by(|a, b| (&a.workflow, &a.node).cmp(&(&b.workflow, &b.node)));
            hidden += all - rows.len();
            rows
        });
        let rule = |source| if let Source::Rule(ix) = source { Some(ix) } else { None };
        let mut shadowed: Vec<_> = used.shadowed.into_iter().filter_map(rule).collect();
        shadowed.sort_unstable();
        let shadowed = shadowed.into_iter().filter_map(|ix| Some(rows::assignment(self, ix, self.assignment(ix)?)));
        let credential = self.credential_name(key).into_owned();
        UsedBy { credential, nodes, could, failing, hidden, shadowed: shadowed.collect() }
    }

    /// Returns the nodes that use a key or pool, or require it and can't, as far as they are seen.
    pub fn nodes_using(&self, wanted: Using, now: Timestamp) -> Vec<Ix<Node>> {
        let nodes = match wanted {
            Using::Pool(pool) => reverse::users_of_pool(self.catalogue(), pool, now),
            Using::Key(key) => {
                let used = reverse::used_by(self.catalogue(), key, now);
                used.nodes.iter().chain(&used.failing).map(|it| it.node).collect()
            }
        };
        nodes.into_iter().filter(|ix| self.node(*ix).is_some()).collect()
    }

    fn use_row(&self, it: &Use) -> Option<UseRow> {
        let node = self.node(it.node)?;
        let model = self.model_of(it.node);
        let workflow = self.workflow_of(it.node).and_then(|ix| self.workflow(ix))?;
        let rule = match it.source {
            Source::Rule(ix) => self.assignment(ix).map(|rule| rows::assignment(self, ix, rule)),
            _ => None,
        };
        Some(UseRow {
            workflow: workflow.name.to_string(),
            node: node.name.to_string(),
            provider: model.map(|(provider, _)| self.provider_slug(provider).clone()),
            model: model.map(|(_, model)| self.model_name(model).into()),
            layer: it.layer,
            by: match it.source {
                Source::Rule(_) => rule.as_ref().map(|it| it.scope.clone()),
                Source::Node(ix) => Some(self.link(Thing::Node(ix))),
                Source::Instance(ix) => self.instance(ix).map(|_| self.link(Thing::Instance(ix))),
                Source::Override => None,
            },
            rule: rule.map(|it| it.id),
            pool: it.pool.map(|ix| self.pool_name(ix).into_owned()),
        })
    }
}

/// What nodes are looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Using {
    /// A key, alone or in a pool.
    Key(Ix<Credential>),
    /// A pool.
    Pool(Ix<Pool>),
}

/// Workflows by providers; what stands in a cell are the keys that the nodes of one workflow get for one provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// The providers that any node calls, by slug.
    pub providers: Vec<Text>,
    /// The workflows by name.
    pub workflows: Vec<MatrixRow>,
}

/// One workflow of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixRow {
    /// Its name.
    pub workflow: Text,
    /// Its app.
    pub app: Option<String>,
    /// What its nodes get, by provider; what needs attention most in front.
    pub cells: BTreeMap<Text, Vec<Cell>>,
}

/// What some nodes of a workflow get for a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// How the search ended.
    pub outcome: Outcome,
    /// The key, or the pool as `pool/NAME`.
    pub key: Option<String>,
    /// The layer that decided.
    pub layer: Option<Layer>,
    /// Why there is no key.
    pub reason: Option<Reason>,
    /// How many nodes.
    pub nodes: usize,
}

/// One node for which Dify, as it resolves today, and we differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The workflow.
    pub workflow: String,
    /// The node.
    pub node: String,
    /// The provider.
    pub provider: Option<Text>,
    /// The model.
    pub model: Option<Text>,
    /// What we answer.
    pub keydeck: Cell,
    /// What Dify answers.
    pub dify: Cell,
}

impl View {
    /// Returns every workflow that is seen, by provider.
    pub fn matrix(&self, now: Timestamp) -> Matrix {
        let inputs = self.acting();
        let mut providers = BTreeSet::new();
        let mut workflows: Vec<MatrixRow> = Vec::new();
        for (ix, workflow) in self.workflows() {
            let mut cells: BTreeMap<Text, Vec<Cell>> = BTreeMap::new();
            for of_provider in matrix::row(self.catalogue(), ix, &inputs, now) {
                let Some(provider) = of_provider.provider else { continue };
                let slug = self.provider_slug(provider).clone();
                providers.insert(slug.clone());
                let entry = |it: &matrix::Entry| Cell { nodes: it.nodes.len(), ..self.cell(&it.answer) };
                cells.insert(slug, of_provider.entries.iter().map(entry).collect());
            }
            let app = self.catalogue().workflows().row(ix).and_then(|row| row.app).and_then(|app| self.app(app));
            workflows.push(MatrixRow {
                workflow: workflow.name.clone(),
                app: app.map(|it| it.name.to_string()),
                cells,
            });
        }
        workflows.sort_by(|a, b| a.workflow.cmp(&b.workflow));
        Matrix { providers: providers.into_iter().collect(), workflows }
    }

    pub(super) fn cell(&self, answer: &Answer) -> Cell {
        let pool = answer.pool.filter(|_| answer.outcome == Outcome::Pooled);
        Cell {
            outcome: answer.outcome,
            key: match (pool, answer.credential) {
                (Some(pool), _) => Some(format!("pool/{}", self.pool_name(pool))),
                (None, key) => key.map(|key| self.credential_name(key).into_owned()),
            },
            layer: answer.layer,
            reason: answer.reason,
            nodes: 1,
        }
    }

    /// Returns the nodes of workflows that came from Dify, and that keydeck doesn't hand keys to, for which Dify's
    /// answer is another than ours.
    pub fn against_dify(&self, now: Timestamp) -> Vec<Difference> {
        let ours = self.acting();
        let theirs = Inputs { layers: Layers::Dify, ..ours.clone() };
        let mut differences = Vec::new();
        for (workflow, it) in self.workflows().filter(|(_, it)| it.is_difys()) {
            for &node in self.nodes_of(workflow) {
                let place = Place::Node(node);
                let [keydeck, dify] =
                    [&ours, &theirs].map(|inputs| self.answer(&Query { place: place.clone(), now, inputs }));
                if (keydeck.credential, keydeck.pool, keydeck.outcome) != (dify.credential, dify.pool, dify.outcome) {
                    differences.extend(self.difference(it, node, [&keydeck, &dify]));
                }
            }
        }
        differences.sort_by(|a, b| (&a.workflow, &a.node).cmp(&(&b.workflow, &b.node)));
        differences
    }

    fn difference(&self, workflow: &Workflow, ix: Ix<Node>, [keydeck, dify]: [&Answer; 2]) -> Option<Difference> {
        let model = self.model_of(ix);
        Some(Difference {
            workflow: workflow.name.to_string(),
            node: self.node(ix)?.name.to_string(),
            provider: model.map(|(provider, _)| self.provider_slug(provider).clone()),
            model: model.map(|(_, model)| self.model_name(model).into()),
            keydeck: self.cell(keydeck),
            dify: self.cell(dify),
        })
    }
}
