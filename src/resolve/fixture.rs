//! A small workspace for the tests of resolution and of what stands on it, built one record at a time.
//!
//! ```text
//! Corporate › Finance › Payroll       app billing (Finance) › invoice-bot (alice's, production) › draft: openai gpt-4o
//!           › Sales                   alice is a member of the workspace, bob is another
//! ```
//! There is no key and no rule. The price of gpt-4o is known, that of every other model is not.

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use crate::rights::fixture::{app, credential, department, id, operator, pool, rule, whole, workflow};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::{Scope, Target},
        catalogue::{Catalogue, Ix},
        change::Change,
        credential::{Credential, Owner, Sealed, SecretRef},
        fact::{Facts, ListedPrice, Month, PriceTable, Spend},
        money::MicroDollars,
        people::Role,
        provider::ModelKind,
        record::Record,
        workflow::{App, Node, Ownership, Workflow},
    },
    resolve::{
        self,
        answer::{Answer, Pointer, Resolution, Source, Step},
        query::{At, Inputs, Place, Query},
        sentence::Sentences,
    },
    rights::fixture,
};

struct OnePrice;

impl PriceTable for OnePrice {
    fn price(&self, provider: &str, model: &str, _: Timestamp) -> Option<ListedPrice> {
        let price = ListedPrice { input: MicroDollars(2_500_000), output: None, source: "a table".into() };
        (provider == "openai" && model == "gpt-4o").then_some(price)
    }
}

/// The instant at which everything is asked.
pub(crate) fn now() -> Timestamp {
    at("2026-06-15T12:00:00Z")
}

/// Reads an instant.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The app of the workspace.
pub(crate) fn billing() -> App {
    app("billing", Some("Finance"))
}

/// The workflow of the workspace.
pub(crate) fn invoice_bot() -> Workflow {
    let owner = Ownership::Named(Owner::Operator(id("alice")));
    Workflow { environment: Some("production".into()), ..workflow("invoice-bot", Some("billing"), None, owner) }
}

/// The node of the workspace.
pub(crate) fn draft() -> Node {
    fixture::node("invoice-bot")
}

/// A system key for openai.
pub(crate) fn key(name: &str) -> Credential {
    credential(name, Owner::System)
}

/// A target that is a key.
pub(crate) fn to(key: &str) -> Target {
    Target::Key(id(key))
}

/// A target that is a variable.
pub(crate) fn variable(
    selector: &str,
    values: &[(&str, crate::domain::assignment::ValueTarget)],
    by_name: bool,
) -> Target {
    let values = values.iter().map(|&(value, target)| (value.into(), target)).collect();
    Target::Variable { selector: selector.parse().expect("a selector"), values, by_name }
}

/// The scope of the workflow.
pub(crate) fn own() -> Scope {
    Scope::Workflow(id("invoice-bot"))
}

/// The scope of the app.
pub(crate) fn of_app() -> Scope {
    Scope::App(id("billing"))
}

/// A department's scope.
pub(crate) fn of(department: &str) -> Scope {
    Scope::Department(id(department))
}

/// What a caller says: `inputs(&[("env.k", "a")])`.
pub(crate) fn with_values(values: &[(&str, &str)]) -> Inputs {
    let variables: BTreeMap<Text, String> =
        values.iter().map(|&(name, value)| (name.into(), value.to_owned())).collect();
    Inputs { variables, ..Inputs::default() }
}

/// A secret in the vault, under the version of this name.
pub(crate) fn sealed(version: &str) -> SecretRef {
    SecretRef::Sealed(Sealed { version: id(version), last4: None, fields: vec!["api_key".into()] })
}

/// A catalogue under construction, and the questions that are asked of it.
#[derive(Clone)]
pub(crate) struct World {
    pub catalogue: Catalogue,
    pub inputs: Inputs,
    pub now: Timestamp,
}

impl World {
    /// The workspace of the module's picture.
    pub fn new() -> Self {
        let records: [Record; 9] = [
            department("Corporate", None).into(),
            department("Finance", Some("Corporate")).into(),
            department("Payroll", Some("Finance")).into(),
            department("Sales", Some("Corporate")).into(),
            operator("alice", &[whole(Role::Member)]).into(),
            operator("bob", &[whole(Role::Member)]).into(),
            billing().into(),
            invoice_bot().into(),
            draft().into(),
        ];
        let empty = Catalogue::new(fixture::workspace(), &[], Arc::new(OnePrice));
        let catalogue = empty.with_records(records.map(|record| (record, None)), 7, Arc::default());
        Self { catalogue, inputs: Inputs::default(), now: now() }
    }

    /// Adds a record, or replaces the one of the same id.
    pub fn with(mut self, record: impl Into<Record>) -> Self {
        self.catalogue = self.catalogue.with_changes([&Change::add(record)], None);
        self
    }

    /// Takes a record away.
    pub fn without(mut self, record: impl Into<Record>) -> Self {
        self.catalogue = self.catalogue.with_changes([&Change::remove(record)], None);
        self
    }

    /// Adds keys of the system for openai.
    pub fn with_keys<const N: usize>(self, names: [&str; N]) -> Self {
        names.into_iter().fold(self, |world, name| world.with(key(name)))
    }

    /// Lets the caller say something.
    pub fn saying(mut self, inputs: Inputs) -> Self {
        self.inputs = inputs;
        self
    }

    /// Asks at another time.
    pub fn asked_at(mut self, instant: &str) -> Self {
        self.now = at(instant);
        self
    }

    /// Changes the facts.
    pub fn knowing(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        let mut facts = self.catalogue.facts().clone();
        change(&mut facts);
        self.catalogue = self.catalogue.with_facts(Arc::new(facts));
        self
    }

    /// Changes what was spent in the month of [`now`].
    pub fn spending(self, change: impl FnOnce(&mut Spend)) -> Self {
        self.knowing(|facts| change(facts.spend.entry(Month::of(now())).or_default()))
    }

    /// The dense index of a key.
    pub fn ix(&self, key: &str) -> Ix<Credential> {
        self.catalogue.credentials().find(id(key)).expect("a key")
    }

    fn node(&self) -> Place {
        Place::Node(self.catalogue.nodes().find(id("invoice-bot/draft")).expect("the node"))
    }

    /// A pair of openai and a model at the app.
    pub fn pair_at_app(&self, model: Option<&str>) -> Place {
        let app = self.catalogue.apps().named("billing").expect("the app");
        let provider = "openai".into();
        Place::Pair { at: At::App(app), provider, model: model.map(Text::from), kind: ModelKind::Llm }
    }

    /// Asks for the node: the outcome, the key or reason, and the layer, in words.
    pub fn draft(&self) -> String {
        self.ask(self.node())
    }

    /// Asks from some place.
    pub fn ask(&self, place: Place) -> String {
        let query = Query { place, now: self.now, inputs: &self.inputs };
        let resolution = resolve::resolve(&self.catalogue, &query);
        assert_eq!(resolve::answer(&self.catalogue, &query), resolution.answer, "with and without trace");
        assert!(!resolution.answer.outcome.gives_key() || resolution.answer.reason.is_none());
        self.in_words(&resolution.answer)
    }

    /// Answers for the node in full.
    pub fn resolve(&self) -> Resolution {
        resolve::resolve(&self.catalogue, &Query { place: self.node(), now: self.now, inputs: &self.inputs })
    }

    fn in_words(&self, answer: &Answer) -> String {
        let name = |id: Option<&Text>| id.map(|name| format!(" {name}")).unwrap_or_default();
        let pool = name(answer.pool.and_then(|ix| self.catalogue.pools().get(ix)).map(|pool| &pool.name));
        let key = name(answer.credential.and_then(|ix| self.catalogue.credentials().get(ix)).map(|key| &key.name));
        let reason = answer.reason.map(|reason| format!(" {}", reason.word())).unwrap_or_default();
        let layer = answer.layer.map(|layer| format!(" by {}", layer.word())).unwrap_or_default();
        let department = name(answer.department.and_then(|ix| self.catalogue.departments().get(ix)).map(|it| &it.name));
        format!("{}{pool}{key}{reason}{layer}{department}", answer.outcome.word())
    }

    /// The trace of the node, a line for each step: layer, verdict, reason, target, sentence, remedy.
    pub fn story(&self) -> String {
        let query = Query { place: self.node(), now: self.now, inputs: &self.inputs };
        let resolution = resolve::resolve(&self.catalogue, &query);
        let sentences = Sentences::new(&self.catalogue, &query, &self.catalogue);
        let mut lines = vec![sentences.answer(&resolution)];
        for step in &resolution.trace {
            let remedy = sentences.remedy(&resolution, step).map(|text| format!(" → {text}")).unwrap_or_default();
            lines.push(format!("{}: {}{remedy}", step_words(step), sentences.step(&resolution, step)));
        }
        lines.join("\n")
    }

    /// The answer's sentence.
    pub fn sentence(&self) -> String {
        self.story().lines().next().unwrap_or_default().to_owned()
    }

    /// The steps of the node's trace that concern something, in words without sentences.
    pub fn steps(&self) -> Vec<String> {
        let steps = self.resolve().trace;
        steps
            .iter()
            .filter(|step| step.source.is_some())
            .map(|step| format!("{}{}", self.rule(step), step_words(step)))
            .collect()
    }

    fn rule(&self, step: &Step) -> String {
        let Some(Source::Rule(_)) = step.source else { return String::new() };
        let target = match &step.target {
            Some(Pointer::Key(key)) => self.catalogue.credentials().get(*key).map(|it| it.name.to_string()),
            _ => None,
        };
        target.map(|name| format!("{name}: ")).unwrap_or_default()
    }
}

fn step_words(step: &Step) -> String {
    let reason = step.reason.map(|reason| format!(" {}", reason.word())).unwrap_or_default();
    format!("{} {}{reason}", step.layer.word(), step.verdict.word())
}
