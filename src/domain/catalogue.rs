//! The catalogue: an immutable snapshot of one workspace, dense and interned, cheap to copy and to change.
//!
//! It holds the *configuration* at one revision and the *facts* at one number. Its tables and indexes are shared
//! chunks: [`Catalogue::with_changes`] costs what the changes cost, and serves refresh, preview and undo alike.
//! A reference to something that is not there makes an empty slot, so data from outside may dangle without lying.

mod chunks;
mod index;
mod links;
mod lists;
mod rules;
mod shards;
mod table;
mod vocabulary;
mod write;

pub mod row;

use std::sync::Arc;

use uuid::Uuid;

use self::row::{DepartmentRow, OwnerIx, UsesIx};
pub use self::{
    links::Links,
    lists::Lists,
    rules::{RuleKey, Rules},
    table::{Ix, Noun, Table},
    vocabulary::{ModelEntry, ModelIx, ProviderEntry, ProviderIx, Symbol, Vocabulary},
};
use super::{
    assignment::{Assignment, Origin},
    credential::{Credential, Instance, Pool},
    fact::{Facts, PriceTable},
    flaw::KnownFlaw,
    id::Id,
    people::{Department, Operator, Workspace},
    provider::Provider,
    record::{Kind, Record},
    workflow::{App, Node, Workflow},
};

/// How many departments a path may have; data from outside may hold a cycle.
const DEEPEST: usize = 64;

/// An immutable snapshot of one workspace. Copying it is cheap.
#[derive(Clone, Debug)]
pub struct Catalogue {
    workspace: Arc<Workspace>,
    revision: u64,
    vocabulary: Vocabulary,
    departments: Table<Department>,
    operators: Table<Operator>,
    credentials: Table<Credential>,
    pools: Table<Pool>,
    instances: Table<Instance>,
    apps: Table<App>,
    workflows: Table<Workflow>,
    nodes: Table<Node>,
    assignments: Table<Assignment>,
    origins: chunks::Chunks<Option<Arc<Origin>>>,
    rules: Rules,
    links: Links,
    facts: Arc<Facts>,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident: $noun:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub const fn $table(&self) -> &Table<$noun> {
            &self.$table
        }
    )*};
}

impl Catalogue {
    /// Makes an empty workspace that knows the built-in providers and asks `prices` what models cost.
    pub fn new(workspace: Workspace, vendors: &[Arc<Provider>], prices: Arc<dyn PriceTable>) -> Self {
        Self {
            workspace: Arc::new(workspace),
            revision: 0,
            vocabulary: Vocabulary::new(vendors, prices),
            departments: Table::default(),
            operators: Table::default(),
            credentials: Table::default(),
            pools: Table::default(),
            instances: Table::default(),
            apps: Table::default(),
            workflows: Table::default(),
            nodes: Table::default(),
            assignments: Table::default(),
            origins: chunks::Chunks::default(),
            rules: Rules::default(),
            links: Links::default(),
            facts: Arc::default(),
        }
    }

    tables! {
        /// The departments.
        departments: Department;
        /// The operators of the database.
        operators: Operator;
        /// The credentials.
        credentials: Credential;
        /// The pools.
        pools: Pool;
        /// The model instances.
        instances: Instance;
        /// The apps.
        apps: App;
        /// The workflows.
        workflows: Workflow;
        /// The nodes of all workflows.
        nodes: Node;
        /// The rules.
        assignments: Assignment;
    }

    /// Returns the workspace itself.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns the revision that it was computed on.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the providers, models and texts.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the rules by subject.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns who points at whom.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// Returns who wrote a rule; unknown for one that was never applied.
    pub fn origin(&self, rule: Ix<Assignment>) -> Option<&Origin> {
        self.origins.get(rule.position())?.as_deref()
    }

    /// Returns the same configuration beside other facts. What these speak of has numbers, too.
    #[must_use]
    pub fn with_facts(&self, facts: Arc<Facts>) -> Self {
        let mut after = Self { facts, ..self.clone() };
        for KnownFlaw { flaw, .. } in &Arc::clone(&after.facts).flaws {
            let provider = after.vocabulary.learn_provider(&mut flaw.provider.clone());
            if let Some(mut model) = flaw.model.clone() {
                after.vocabulary.learn_model(provider, &mut model);
            }
        }
        after
    }

    /// Returns the department that counts for a workflow: its own, else its app's.
    #[inline]
    pub fn department_of(&self, workflow: Ix<Workflow>) -> Option<Ix<Department>> {
        let row = self.workflows.row(workflow)?;
        row.department.or_else(|| self.apps.row(row.app?)?.department)
    }

    /// Returns the owner that counts for a workflow: its own, else its app's; none if it is nobody's.
    #[inline]
    pub fn owner_of(&self, workflow: Ix<Workflow>) -> Option<OwnerIx> {
        let row = self.workflows.row(workflow)?;
        match row.owner {
            Some(own) => own,
            None => self.apps.row(row.app?)?.owner,
        }
    }

    /// Returns a department and those above it, nearest first, each once: a cycle ends the path.
    pub fn path(&self, from: Option<Ix<Department>>) -> impl Iterator<Item = Ix<Department>> + '_ {
        let (mut next, mut seen, mut depth) = (from, [None; DEEPEST], 0);
        std::iter::from_fn(move || {
            let ix = next.filter(|ix| depth < DEEPEST && !seen[..depth].contains(&Some(*ix)))?;
            seen[depth] = Some(ix);
            depth += 1;
            next = self.departments.row(ix).and_then(|row: &DepartmentRow| row.parent);
            Some(ix)
        })
    }

    /// Returns the provider and model that a node calls; `None` if it names an instance that is not there.
    #[inline]
    pub fn model_of(&self, uses: UsesIx) -> Option<(ProviderIx, ModelIx)> {
        match uses {
            UsesIx::Model(provider, model) => Some((provider, model)),
            UsesIx::Instance(ix) => self.instances.row(ix).map(|row| (row.provider, row.model)),
        }
    }

    /// Finds a node of a workflow by its name.
    pub fn node_named(&self, workflow: Ix<Workflow>, name: &str) -> Option<Ix<Node>> {
        let nodes = self.links.nodes_of_workflow.of(workflow);
        nodes.iter().copied().find(|&ix| self.nodes.get(ix).is_some_and(|node| &*node.name == name))
    }

    /// Returns the record of a kind and id.
    pub fn record(&self, kind: Kind, id: Uuid) -> Option<Record> {
        let vocabulary = &self.vocabulary;
        match kind {
            Kind::Workspace => (self.workspace.id.uuid() == id).then(|| self.workspace().clone().into()),
            Kind::Department => self.departments.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Operator => self.operators.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Credential => self.credentials.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Pool => self.pools.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Instance => self.instances.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::App => self.apps.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Workflow => self.workflows.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Node => self.nodes.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Assignment => self.assignments.by_id(Id::new(id)).cloned().map(Into::into),
            Kind::Provider => vocabulary.own_providers().find(|it| it.id.uuid() == id).cloned().map(Into::into),
            Kind::Model => vocabulary.own_models().find(|it| it.id.uuid() == id).cloned().map(Into::into),
            Kind::Price => vocabulary.own_prices().find(|it| it.id.uuid() == id).cloned().map(Into::into),
        }
    }

    /// Returns every record of the workspace's configuration, in the order in which they can be written.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let vocabulary = &self.vocabulary;
        std::iter::once(Record::from(self.workspace().clone()))
            .chain(self.departments.iter().map(|(_, it)| it.clone().into()))
            .chain(self.operators.iter().map(|(_, it)| it.clone().into()))
            .chain(vocabulary.own_providers().map(|it| it.clone().into()))
            .chain(vocabulary.own_models().map(|it| it.clone().into()))
            .chain(vocabulary.own_prices().map(|it| it.clone().into()))
            .chain(self.credentials.iter().map(|(_, it)| it.clone().into()))
            .chain(self.pools.iter().map(|(_, it)| it.clone().into()))
            .chain(self.instances.iter().map(|(_, it)| it.clone().into()))
            .chain(self.apps.iter().map(|(_, it)| it.clone().into()))
            .chain(self.workflows.iter().map(|(_, it)| it.clone().into()))
            .chain(self.nodes.iter().map(|(_, it)| it.clone().into()))
            .chain(self.assignments.iter().map(|(_, it)| it.clone().into()))
    }
}
