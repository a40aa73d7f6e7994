//! A case: one query with everything that it names looked up in the catalogue, once.

use std::cell::OnceCell;

use super::{
    query::{At, Environment, Inputs, Layers, Place, Query},
    usable::is_hard,
};
use crate::domain::{
    Timestamp,
    catalogue::{
        Catalogue, Ix, ModelIx, ProviderIx, Symbol,
        row::{NodeRow, OwnerIx, UsesIx},
    },
    credential::{Credential, Instance},
    people::{Department, OwnerPolicy},
    provider::ModelKind,
    workflow::{App, Node, Workflow},
};

/// A query in dense form. What Dify does not know is left out when Dify's layers are asked for.
pub(super) struct Case<'a> {
    pub catalogue: &'a Catalogue,
    pub inputs: &'a Inputs,
    pub now: Timestamp,
    pub node: Option<(Ix<Node>, &'a NodeRow)>,
    pub instance: Option<Ix<Instance>>,
    pub workflow: Option<Ix<Workflow>>,
    pub app: Option<Ix<App>>,
    pub department: Option<Ix<Department>>,
    pub owner: Option<OwnerIx>,
    pub provider: Option<ProviderIx>,
    pub model: Option<ModelIx>,
    pub kind: ModelKind,
    /// None also for a label that no record bears: neither rule nor key can name it.
    pub environment: Option<Symbol>,
    place: &'a Place,
    above: OnceCell<Above>,
}

/// What the records above a key say to every key alike.
#[derive(Clone, Copy)]
pub(super) struct Above {
    /// The owner policy that counts.
    pub policy: OwnerPolicy,
    /// Whether the workflow, its app or a department on its path has a hard budget.
    pub hard_budget: bool,
}

impl<'a> Case<'a> {
    #[inline]
    pub fn new(catalogue: &'a Catalogue, query: &'a Query<'_>) -> Self {
        let mut case = Self {
            catalogue,
            inputs: query.inputs,
            now: query.now,
            node: None,
            instance: None,
            workflow: None,
            app: None,
            department: None,
            owner: None,
            provider: None,
            model: None,
            kind: ModelKind::default(),
            environment: None,
            place: &query.place,
            above: OnceCell::new(),
        };
        match &query.place {
            Place::Node(ix) => case.ask_for_node(*ix),
            Place::Pair { at, provider, model, kind } => {
                case.ask_at(*at);
                case.provider = catalogue.vocabulary().provider(provider);
                let known = case.provider.zip(model.as_ref());
                case.model = known.and_then(|(provider, model)| catalogue.vocabulary().model(provider, model));
                case.kind = *kind;
            }
        }
        case
    }

    fn ask_for_node(&mut self, ix: Ix<Node>) {
        let Some(row) = self.catalogue.nodes().row(ix) else { return };
        self.ask_at(At::Workflow(row.workflow));
        (self.provider, self.model) = self.catalogue.model_of(row.uses).unzip();
        self.kind = row.kind;
        if !self.is_difys() {
            self.node = Some((ix, row));
            if let UsesIx::Instance(instance) = row.uses {
                self.instance = Some(instance);
            }
        }
    }

    fn ask_at(&mut self, at: At) {
        if self.is_difys() {
            return;
        }
        match at {
            At::Workflow(ix) => {
                let row = self.catalogue.workflows().row(ix);
                self.workflow = Some(ix);
                self.app = row.and_then(|row| row.app);
                self.department = self.catalogue.department_of(ix);
                self.owner = self.catalogue.owner_of(ix);
                self.environment = row.and_then(|row| row.environment);
            }
            At::App(ix) => {
                let row = self.catalogue.apps().row(ix);
                self.app = Some(ix);
                self.department = row.and_then(|row| row.department);
                self.owner = row.and_then(|row| row.owner);
            }
        }
        if let Environment::Is(label) = &self.inputs.environment {
            self.environment = if label.is_empty() { None } else { self.catalogue.vocabulary().symbol(label) };
        }
    }

    /// Says whether Dify's layers are asked for, which relate no key to workflow, owner, department or environment.
    pub fn is_difys(&self) -> bool {
        self.inputs.layers == Layers::Dify
    }

    /// Returns the slug of the provider, be it known to the catalogue or not.
    pub fn slug(&self) -> Option<&'a str> {
        match (self.place, self.provider) {
            (Place::Pair { provider, .. }, _) => Some(provider),
            (Place::Node(_), Some(ix)) => self.catalogue.vocabulary().provider_entry(ix).map(|entry| &*entry.slug),
            (Place::Node(_), None) => None,
        }
    }

    /// Returns the name of the model, be it known to the catalogue or not.
    pub fn model_name(&self) -> Option<&'a str> {
        match (self.place, self.model) {
            (Place::Pair { model, .. }, _) => model.as_deref(),
            (Place::Node(_), Some(ix)) => self.catalogue.vocabulary().model_entry(ix).map(|entry| &*entry.name),
            (Place::Node(_), None) => None,
        }
    }

    /// Returns the environment as it was asked for.
    pub fn environment_name(&self) -> Option<&'a str> {
        match &self.inputs.environment {
            _ if self.is_difys() => None,
            Environment::Is(label) => Some(&**label).filter(|label| !label.is_empty()),
            Environment::Workflow => self.environment.map(|symbol| self.catalogue.vocabulary().text(symbol)),
        }
    }

    /// Returns the value of a variable. The empty text is a value.
    #[inline]
    pub fn value(&self, variable: Symbol) -> Option<&'a str> {
        if self.inputs.variables.is_empty() {
            return None;
        }
        self.inputs.variables.get(self.catalogue.vocabulary().text(variable)).map(String::as_str)
    }

    /// Returns the override that concerns the provider.
    #[inline]
    pub fn override_here(&self) -> Option<&'a str> {
        if self.inputs.overrides.is_empty() || self.is_difys() {
            return None;
        }
        self.inputs.overrides.get(self.slug()?).map(String::as_str)
    }

    /// Finds a credential by its bare name, else by its id.
    pub fn credential_called(&self, text: &str) -> Option<Ix<Credential>> {
        let credentials = self.catalogue.credentials();
        credentials
            .named(text)
            .or_else(|| credentials.find(text.parse().ok()?).filter(|ix| credentials.row(*ix).is_some()))
    }

    /// Says whether the department is the workflow's or above it.
    #[inline]
    pub fn belongs_to(&self, department: Ix<Department>) -> bool {
        self.catalogue.path(self.department).any(|above| above == department)
    }

    /// Returns what the records above say, reading them at the first question.
    #[inline]
    pub fn above(&self) -> Above {
        *self.above.get_or_init(|| self.look_above())
    }

    fn look_above(&self) -> Above {
        let workflow = self.workflow.and_then(|ix| self.catalogue.workflows().row(ix));
        let app = self.app.and_then(|ix| self.catalogue.apps().row(ix));
        let mut policy = workflow.and_then(|row| row.policy);
        let mut hard_budget =
            workflow.is_some_and(|row| is_hard(row.budget)) || app.is_some_and(|row| is_hard(row.budget));
        for row in self.catalogue.path(self.department).filter_map(|ix| self.catalogue.departments().row(ix)) {
            policy = policy.or(row.policy);
            hard_budget |= is_hard(row.budget);
        }
        Above { policy: policy.unwrap_or(self.catalogue.workspace().owner_policy), hard_budget }
    }

    /// Says whether the model's price is known. Without a model it is not.
    pub fn is_priced(&self) -> bool {
        let price = match (self.model, self.slug(), self.model_name()) {
            (Some(model), ..) => self.catalogue.vocabulary().price(model, self.now),
            (None, Some(slug), Some(model)) => self.catalogue.vocabulary().listed_price(slug, model, self.now),
            _ => None,
        };
        price.is_some()
    }
}
