//! The ledger: what the organisation's records say about who pays for a workflow, with which key, at which price.

use std::collections::HashMap;

use crate::domain::{
    Timestamp,
    credential::{Credential, Instance, Owner, State},
    fact::{ListedPrice, PriceTable},
    id::Id,
    people::Department,
    provider::Price,
    record::Record,
    workflow::{App, Node, Uses, Workflow},
};

/// The organisation's records, by what refers to them.
#[derive(Default)]
pub(super) struct Ledger<'a> {
    pub(super) workflows: HashMap<Id<Workflow>, &'a Workflow>,
    pub(super) nodes: Vec<&'a Node>,
    departments: HashMap<Id<Department>, &'a Department>,
    credentials: Vec<&'a Credential>,
    instances: HashMap<Id<Instance>, &'a Instance>,
    apps: HashMap<Id<App>, &'a App>,
    prices: Vec<&'a Price>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(records: &'a [Record]) -> Self {
        let mut ledger = Self::default();
        for record in records {
            match record {
                Record::Department(it) => drop(ledger.departments.insert(it.id, it)),
                Record::Credential(it) => ledger.credentials.push(it),
                Record::Instance(it) => drop(ledger.instances.insert(it.id, it)),
                Record::App(it) => drop(ledger.apps.insert(it.id, it)),
                Record::Workflow(it) => drop(ledger.workflows.insert(it.id, it)),
                Record::Node(it) => ledger.nodes.push(it),
                Record::Price(it) => ledger.prices.push(it),
                _ => {}
            }
        }
        ledger
    }

    /// Returns the department that pays for a workflow.
    pub(super) fn department(&self, workflow: &Workflow) -> Option<&'a Department> {
        let app = workflow.app.and_then(|id| self.apps.get(&id));
        let id = workflow.department.or_else(|| app.and_then(|app| app.department))?;
        self.departments.get(&id).copied()
    }

    /// Returns the name of a workflow's app.
    pub(super) fn app_name(&self, workflow: &Workflow) -> Option<&'a str> {
        workflow.app.and_then(|id| self.apps.get(&id)).map(|app| &*app.name)
    }

    /// Returns what a node calls: provider and model.
    pub(super) fn model(&self, node: &'a Node) -> Option<(&'a str, &'a str)> {
        match &node.uses {
            Uses::Model { provider, model } => Some((provider, model)),
            Uses::Instance(id) => self.instances.get(id).map(|it| (&*it.provider, &*it.model)),
        }
    }

    /// Returns the key that is fixed on a node or its instance.
    pub(super) fn fixed(&self, node: &Node) -> Option<&'a Credential> {
        let of_instance = match node.uses {
            Uses::Instance(id) => self.instances.get(&id).and_then(|it| it.key),
            Uses::Model { .. } => None,
        };
        let id = node.key.or(of_instance)?;
        self.credentials.iter().copied().find(|it| it.id == id && is_valid(it, None))
    }

    /// Returns the key that a platform would have chosen: the nearest department's, else the system's; of several the
    /// most exact, and of equals one after the other as `turn` rises.
    pub(super) fn chosen(
        &self,
        workflow: &Workflow,
        provider: &str,
        model: &str,
        now: Timestamp,
        turn: usize,
    ) -> Option<&'a Credential> {
        let fits = |it: &&Credential| {
            &*it.provider == provider
                && is_valid(it, Some(now))
                && it.environment.as_ref().is_none_or(|name| Some(name) == workflow.environment.as_ref())
                && it.models.as_ref().is_none_or(|models| models.iter().any(|name| &**name == model))
        };
        let candidates: Vec<&Credential> = self.credentials.iter().copied().filter(fits).collect();
        let parent = |it: &&'a Department| it.parent.and_then(|id| self.departments.get(&id).copied());
        let path = std::iter::successors(self.department(workflow), parent).map(|it| Owner::Department(it.id));
        let owner = path.chain([Owner::System]).find(|owner| candidates.iter().any(|it| it.owner == *owner))?;
        let exactness = |it: &Credential| (it.models.is_some(), it.environment.is_some());
        let nearest = || candidates.iter().copied().filter(|it| it.owner == owner);
        let exactest = nearest().map(exactness).max()?;
        let best: Vec<&Credential> = nearest().filter(|it| exactness(it) == exactest).collect();
        best.get(turn % best.len()).copied()
    }

    /// Finds a key by its name.
    pub(super) fn credential(&self, name: &str) -> Option<&'a Credential> {
        self.credentials.iter().copied().find(|it| &*it.name == name)
    }

    /// Returns what a model costs: the organisation's own price before the table's.
    pub(super) fn price(
        &self,
        table: &dyn PriceTable,
        provider: &str,
        model: &str,
        now: Timestamp,
    ) -> Option<ListedPrice> {
        let holds =
            |it: &&&Price| &*it.provider == provider && &*it.model == model && it.from.is_none_or(|from| from <= now);
        let own = self.prices.iter().filter(holds).max_by_key(|it| it.from);
        let listed = |it: &&Price| ListedPrice { input: it.input, output: it.output, source: "own".into() };
        own.map(listed).or_else(|| table.price(provider, model, now))
    }
}

fn is_valid(key: &Credential, now: Option<Timestamp>) -> bool {
    let begun = |now: Timestamp| key.not_before.is_none_or(|from| from <= now);
    let lasts = |now: Timestamp| key.expires.is_none_or(|end| now < end);
    key.state == State::Active && now.is_none_or(|now| begun(now) && lasts(now))
}
