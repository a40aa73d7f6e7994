//! The nodes that a change set can touch: found along the catalogue's links, lazily, so that a caller may stop.
//!
//! Too many are harmless, too few are a lie: a test compares with asking every node. What counts:
//!
//! | change of | can touch the nodes of |
//! | --- | --- |
//! | node, workflow, app | itself |
//! | rule | its scope before and after, its provider alone |
//! | department | itself and all below |
//! | operator | what they own |
//! | instance | those that use it |
//! | key | those that fix it, by themselves or their instance; the scopes of rules that name it or a pool with it |
//! | pool | the scopes of rules that name it |
//! | price | every workflow, this model alone |
//! | workspace | every workflow |
//! | provider, model | none: they describe |
//!
//! If the inputs give a value to a variable, any node may name any key; if they hold overrides, rights count as well.

use std::collections::{BTreeSet, HashSet};

use crate::{
    domain::{
        assignment::Assignment,
        catalogue::{Catalogue, Ix, ModelIx, Noun, ProviderIx, Table, row::ScopeIx},
        change::Change,
        credential::{Credential, Pool},
        id::Id,
        people::{Department, Operator},
        provider::Price,
        record::Record,
        workflow::{App, Node, Workflow},
    },
    resolve::query::Inputs,
};

/// The nodes that a change set can touch, each once, in no order that means anything.
pub struct Affected<'a> {
    sides: [&'a Catalogue; 2],
    everywhere: Everywhere,
    all: Option<Box<dyn Iterator<Item = Ix<Node>> + 'a>>,
    places: Vec<(Place, Option<ProviderIx>)>,
    visited: HashSet<(Place, Option<ProviderIx>)>,
    ready: Vec<Ix<Node>>,
    seen: Vec<u64>,
}

/// Where nodes are to be looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Workflow(Ix<Workflow>),
    App(Ix<App>),
    Owner(Ix<Operator>),
    Department(Ix<Department>),
}

/// Which nodes of the whole workspace are to be looked at.
#[derive(Default)]
struct Everywhere {
    every: bool,
    providers: BTreeSet<ProviderIx>,
    models: BTreeSet<ModelIx>,
}

impl std::fmt::Debug for Affected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Affected").field("places", &self.places.len()).finish_non_exhaustive()
    }
}

impl<'a> Affected<'a> {
    /// Finds the nodes whose answer to `inputs` may differ between `before` and `after`, which `changes` lead to.
    pub fn of(before: &'a Catalogue, after: &'a Catalogue, changes: &[Change], inputs: &Inputs) -> Self {
        let mut affected = Self::none(before, after);
        for change in changes {
            if !inputs.overrides.is_empty() {
                affected.everywhere.every = true;
            }
            for record in [change.before(), change.after()].into_iter().flatten() {
                affected.touch(record, inputs);
            }
        }
        affected
    }

    /// Finds every node.
    pub fn all(before: &'a Catalogue, after: &'a Catalogue) -> Self {
        let mut affected = Self::none(before, after);
        affected.everywhere.every = true;
        affected
    }

    fn none(before: &'a Catalogue, after: &'a Catalogue) -> Self {
        let nodes = |side: &'a Catalogue| side.nodes().rows().map(|(ix, _)| ix);
        Self {
            sides: [before, after],
            everywhere: Everywhere::default(),
            all: Some(Box::new(nodes(after).chain(nodes(before)))),
            places: Vec::new(),
            visited: HashSet::new(),
            ready: Vec::new(),
            seen: vec![0; before.nodes().slots().max(after.nodes().slots()).div_ceil(64)],
        }
    }

    fn touch(&mut self, record: &Record, inputs: &Inputs) {
        match record {
            Record::Workspace(it) => {
                let policies = self.sides.map(|side| side.workspace().owner_policy);
                self.everywhere.every |= policies.iter().any(|policy| *policy != it.owner_policy);
            }
            Record::Provider(_) | Record::Model(_) => {}
            Record::Price(it) => self.touch_price(it),
            Record::Department(it) => self.look(self.known(Catalogue::departments, it.id).map(Place::Department)),
            Record::Operator(it) => self.look(self.known(Catalogue::operators, it.id).map(Place::Owner)),
            Record::App(it) => self.look(self.known(Catalogue::apps, it.id).map(Place::App)),
            Record::Workflow(it) => self.look(self.known(Catalogue::workflows, it.id).map(Place::Workflow)),
            Record::Node(it) => self.ready.extend(self.known(Catalogue::nodes, it.id)),
            Record::Instance(it) => {
                if let Some(ix) = self.known(Catalogue::instances, it.id) {
                    for side in self.sides {
                        self.ready.extend(side.links().nodes_of_instance.of(ix));
                    }
                }
            }
            Record::Pool(it) => {
                if let Some(ix) = self.known(Catalogue::pools, it.id) {
                    self.touch_pool(ix);
                }
            }
            Record::Credential(it) => {
                self.everywhere.every |= !inputs.variables.is_empty();
                if let Some(ix) = self.known(Catalogue::credentials, it.id) {
                    self.touch_key(ix);
                }
            }
            Record::Assignment(it) => {
                if let Some(ix) = self.known(Catalogue::assignments, it.id) {
                    self.touch_rule(ix);
                }
            }
        }
    }

    /// Finds a thing on whichever side knows it; where both do, its index is the same.
    fn known<T: Noun>(&self, table: fn(&Catalogue) -> &Table<T>, id: Id<T>) -> Option<Ix<T>> {
        self.sides.iter().find_map(|side| table(side).find(id))
    }

    fn touch_price(&mut self, it: &Price) {
        let models = self.sides.iter().filter_map(|side| {
            let vocabulary = side.vocabulary();
            vocabulary.model(vocabulary.provider(&it.provider)?, &it.model)
        });
        self.everywhere.models.extend(models);
    }

    fn touch_key(&mut self, key: Ix<Credential>) {
        for side in self.sides {
            let links = side.links();
            self.ready.extend(links.nodes_fixing.of(key));
            for &instance in links.instances_naming.of(key) {
                self.ready.extend(links.nodes_of_instance.of(instance));
            }
            for &rule in links.rules_naming.of(key) {
                self.touch_rule(rule);
            }
            for &pool in links.pools_with.of(key) {
                self.touch_pool(pool);
            }
        }
    }

    fn touch_pool(&mut self, pool: Ix<Pool>) {
        for side in self.sides {
            for &rule in side.links().rules_naming_pool.of(pool) {
                self.touch_rule(rule);
            }
        }
    }

    fn touch_rule(&mut self, rule: Ix<Assignment>) {
        for side in self.sides {
            let Some(row) = side.assignments().row(rule) else { continue };
            let place = match row.scope {
                ScopeIx::Workflow(ix) => Place::Workflow(ix),
                ScopeIx::App(ix) => Place::App(ix),
                ScopeIx::Owner(ix) => Place::Owner(ix),
                ScopeIx::Department(ix) => Place::Department(ix),
                ScopeIx::Workspace | ScopeIx::System => {
                    self.everywhere.providers.insert(row.provider);
                    continue;
                }
            };
            self.look_for(place, Some(row.provider));
        }
    }

    fn look(&mut self, place: Option<Place>) {
        if let Some(place) = place {
            self.look_for(place, None);
        }
    }

    fn look_for(&mut self, place: Place, provider: Option<ProviderIx>) {
        if self.visited.insert((place, provider)) {
            self.places.push((place, provider));
        }
    }

    /// Replaces a place by those below it; what is below either before or after counts.
    fn expand(&mut self, place: Place, provider: Option<ProviderIx>) {
        for side in self.sides {
            let links = side.links();
            let (departments, apps, workflows): (&[_], &[_], &[_]) = match place {
                Place::Workflow(ix) => {
                    let nodes = links.nodes_of_workflow.of(ix).iter().copied();
                    let called = nodes.filter(|&node| provider.is_none_or(|provider| self.calls(node, provider)));
                    let called: Vec<_> = called.collect();
                    self.ready.extend(called);
                    continue;
                }
                Place::App(ix) => (&[], &[], links.workflows_of_app.of(ix)),
                Place::Owner(ix) => (&[], links.apps_of_owner.of(ix), links.workflows_of_owner.of(ix)),
                Place::Department(ix) => (
                    links.departments_below.of(ix),
                    links.apps_of_department.of(ix),
                    links.workflows_of_department.of(ix),
                ),
            };
            let places = departments.iter().copied().map(Place::Department);
            let places = places.chain(apps.iter().copied().map(Place::App));
            for below in places.chain(workflows.iter().copied().map(Place::Workflow)) {
                self.look_for(below, provider);
            }
        }
    }

    fn models(&self, node: Ix<Node>) -> impl Iterator<Item = (ProviderIx, ModelIx)> + '_ {
        self.sides.into_iter().filter_map(move |side| side.model_of(side.nodes().row(node)?.uses))
    }

    fn calls(&self, node: Ix<Node>, wanted: ProviderIx) -> bool {
        self.models(node).any(|(provider, _)| provider == wanted)
    }

    fn is_fresh(&mut self, node: Ix<Node>) -> bool {
        let Some(word) = self.seen.get_mut(node.position() / 64) else { return false };
        let bit = 1 << (node.position() % 64);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// Takes the next node of the whole workspace, if the workspace is to be looked at.
    fn next_of_all(&mut self) -> Option<Ix<Node>> {
        let wanted = &self.everywhere;
        if !wanted.every && wanted.providers.is_empty() && wanted.models.is_empty() {
            return None;
        }
        let mut all = self.all.take()?;
        let found = all.find(|&node| {
            self.everywhere.every
                || self.models(node).any(|(provider, model)| {
                    self.everywhere.providers.contains(&provider) || self.everywhere.models.contains(&model)
                })
        });
        self.all = found.map(|_| all);
        found
    }
}

impl Iterator for Affected<'_> {
    type Item = Ix<Node>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(node) = self.ready.pop() {
                if self.is_fresh(node) {
                    return Some(node);
                }
            } else if let Some((place, provider)) = self.places.pop() {
                self.expand(place, provider);
            } else {
                let node = self.next_of_all()?;
                if self.is_fresh(node) {
                    return Some(node);
                }
            }
        }
    }
}
