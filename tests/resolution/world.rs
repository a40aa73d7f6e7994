//! The world of a test: plain records and facts, the questions asked of them, and the way to the catalogue and back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use keydeck::{
    domain::{
        Text, Timestamp,
        assignment::Assignment,
        catalogue::{Catalogue, Ix},
        credential::{Credential, Instance, Pool},
        fact::{Facts, ListedPrice, PriceTable},
        id::Id,
        money::MicroDollars,
        people::{Department, Operator, OwnerPolicy, Workspace},
        provider::{Model, ModelKind, Price, Provider},
        record::Record,
        workflow::{App, Node, Workflow},
    },
    resolve::{
        answer::{Layer, Outcome, Reason, Resolution, Source},
        query::{At, Environment, Inputs, Layers, Place, Query},
    },
};
use uuid::Uuid;

/// Makes the `n`th id of its kind; the same in every world, so that two worlds speak of the same things.
pub fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

/// One workspace as plain records.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub workspace: Workspace,
    pub departments: Vec<Department>,
    pub operators: Vec<Operator>,
    pub providers: Vec<Provider>,
    pub models: Vec<Model>,
    pub prices: Vec<Price>,
    pub credentials: Vec<Credential>,
    pub pools: Vec<Pool>,
    pub instances: Vec<Instance>,
    pub apps: Vec<App>,
    pub workflows: Vec<Workflow>,
    pub nodes: Vec<Node>,
    pub rules: Vec<Assignment>,
    pub facts: Facts,
}

impl Default for World {
    fn default() -> Self {
        Self {
            workspace: Workspace {
                id: id(1),
                name: "default".into(),
                allow_request_overrides: false,
                owner_policy: OwnerPolicy::Any,
                approval: false,
                note: None,
            },
            departments: Vec::new(),
            operators: Vec::new(),
            providers: Vec::new(),
            models: Vec::new(),
            prices: Vec::new(),
            credentials: Vec::new(),
            pools: Vec::new(),
            instances: Vec::new(),
            apps: Vec::new(),
            workflows: Vec::new(),
            nodes: Vec::new(),
            rules: Vec::new(),
            facts: Facts::default(),
        }
    }
}

/// The table of prices of every test: it knows what `m0` and `m1` cost, whoever offers them, and nothing else.
#[derive(Debug)]
pub struct Prices;

impl PriceTable for Prices {
    fn price(&self, _: &str, model: &str, _: Timestamp) -> Option<ListedPrice> {
        let input = MicroDollars(1);
        matches!(model, "m0" | "m1").then(|| ListedPrice { input, output: None, source: "test".into() })
    }
}

impl World {
    /// Returns every record, the kinds in the order in which they can be written.
    pub fn records(&self) -> Vec<Record> {
        fn of<T: Clone + Into<Record>>(things: &[T]) -> impl Iterator<Item = Record> {
            things.iter().cloned().map(Into::into)
        }
        std::iter::once(self.workspace.clone().into())
            .chain(of(&self.departments))
            .chain(of(&self.operators))
            .chain(of(&self.providers))
            .chain(of(&self.models))
            .chain(of(&self.prices))
            .chain(of(&self.credentials))
            .chain(of(&self.pools))
            .chain(of(&self.instances))
            .chain(of(&self.apps))
            .chain(of(&self.workflows))
            .chain(of(&self.nodes))
            .chain(of(&self.rules))
            .collect()
    }

    /// Returns a catalogue that holds nothing but the workspace and the facts.
    pub fn empty_catalogue(&self) -> Catalogue {
        Catalogue::new(self.workspace.clone(), &[], Arc::new(Prices)).with_facts(Arc::new(self.facts.clone()))
    }

    /// Returns the catalogue of this world, at revision 7.
    pub fn catalogue(&self) -> Catalogue {
        let records = self.records().into_iter().map(|record| (record, None));
        self.empty_catalogue().with_records(records, 7, Arc::new(self.facts.clone()))
    }
}

/// A question by stable ids, good for every catalogue of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub asker: Asker,
    pub now: Timestamp,
    pub environment: Environment,
    pub variables: BTreeMap<Text, String>,
    pub overrides: BTreeMap<Text, String>,
    pub run_id: Option<String>,
    pub operator: Option<Id<Operator>>,
    pub layers: Layers,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Asker {
    Node(Id<Node>),
    Workflow(Id<Workflow>, Pair),
    App(Id<App>, Pair),
}

/// A provider and model that no node need use.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub provider: Text,
    pub model: Option<Text>,
    pub kind: ModelKind,
}

impl Question {
    /// Hands the question to `ask` in the words of `catalogue`; `None` if the catalogue never met who asks.
    pub fn put<T>(&self, catalogue: &Catalogue, ask: impl FnOnce(&Query) -> T) -> Option<T> {
        let pair = |at, Pair { provider, model, kind }: &Pair| Place::Pair {
            at,
            provider: provider.clone(),
            model: model.clone(),
            kind: *kind,
        };
        let place = match &self.asker {
            Asker::Node(id) => Place::Node(catalogue.nodes().find(*id)?),
            Asker::Workflow(id, asked) => pair(At::Workflow(catalogue.workflows().find(*id)?), asked),
            Asker::App(id, asked) => pair(At::App(catalogue.apps().find(*id)?), asked),
        };
        let inputs = Inputs {
            environment: self.environment.clone(),
            variables: self.variables.clone(),
            overrides: self.overrides.clone(),
            run_id: self.run_id.clone(),
            operator: self.operator.and_then(|id| catalogue.operators().find(id)),
            layers: self.layers,
        };
        Some(ask(&Query { place, now: self.now, inputs: &inputs }))
    }
}

/// Where an answer comes from, by stable id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaker {
    Override,
    Node(Id<Node>),
    Instance(Id<Instance>),
    Rule(Id<Assignment>),
}

/// A member of a pool, by stable id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub key: Id<Credential>,
    pub weight: u32,
    pub share: f64,
    pub reason: Option<Reason>,
}

/// A resolution by stable ids: what both resolvers have to say alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub outcome: Outcome,
    /// The key; of a pool the chosen member, which the reference leaves open.
    pub credential: Option<Id<Credential>>,
    pub pool: Option<Id<Pool>>,
    pub layer: Option<Layer>,
    pub department: Option<Id<Department>>,
    /// What decided; of an ambiguous answer all the equal rules, in no order.
    pub speakers: BTreeSet<Speaker>,
    pub reason: Option<Reason>,
    pub members: Vec<Part>,
    pub missing: Option<(Text, BTreeSet<Id<Credential>>)>,
    /// What spoke, could not be used, and was passed because it was only preferred.
    pub passed: Vec<(Speaker, Reason)>,
}

/// Names a source by its stable id.
pub fn speaker(catalogue: &Catalogue, source: Source) -> Speaker {
    match source {
        Source::Override => Speaker::Override,
        Source::Node(ix) => Speaker::Node(catalogue.nodes().id(ix)),
        Source::Instance(ix) => Speaker::Instance(catalogue.instances().id(ix)),
        Source::Rule(ix) => Speaker::Rule(catalogue.assignments().id(ix)),
    }
}

impl Verdict {
    /// Reads a resolution of `catalogue` back into stable ids.
    pub fn read(catalogue: &Catalogue, resolution: &Resolution) -> Self {
        use keydeck::resolve::answer;
        let key = |ix: Ix<Credential>| catalogue.credentials().id(ix);
        let answer = &resolution.answer;
        let skipped = resolution.trace.iter().filter(|step| step.verdict == answer::Verdict::Skipped);
        Self {
            outcome: answer.outcome,
            credential: answer.credential.map(key),
            pool: answer.pool.map(|ix| catalogue.pools().id(ix)),
            layer: answer.layer,
            department: answer.department.map(|ix| catalogue.departments().id(ix)),
            speakers: answer.source.map(|source| speaker(catalogue, source)).into_iter().collect(),
            reason: answer.reason,
            members: resolution
                .pool
                .iter()
                .map(|it| Part { key: key(it.key), weight: it.weight, share: it.share, reason: it.reason })
                .collect(),
            missing: resolution
                .missing
                .as_ref()
                .map(|it| (it.variable.clone(), it.could_be.iter().copied().map(key).collect())),
            passed: skipped.filter_map(|step| Some((speaker(catalogue, step.source?), step.reason?))).collect(),
        }
    }
}
