//! Sites: what makes the organisation large. Each is a department with keys, apps, workflows and rules of its own.
//!
//! A site is made from its number alone, kind by kind, so that a hundred thousand workflows are never in memory at once.
//! Twenty sites make a region, and its first is the department above the others.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::{
    Options,
    random::{Ids, Random},
    shape::{House, Shape},
};
use crate::domain::{
    assignment::{Assignment, Scope, Strength, Target},
    credential::{Credential, Owner, SecretRef, State},
    id::Id,
    people::Department,
    record::{Kind, Record},
    workflow::{App, Force, Node, Ownership, Uses, Workflow},
};

/// How many workflows a site has.
pub(super) const WORKFLOWS: u64 = 50;

const REGION: u64 = 20;
const APP_OF: u64 = 10;
const KEYS: [(&str, &str); 5] =
    [("openai", "main"), ("openai", "apps"), ("anthropic", "main"), ("gemini", "main"), ("mistral", "main")];
const HOUSES: &[House] = &[House::OpenAi, House::OpenAi, House::Anthropic, House::Gemini, House::Mistral];
/// How many of a site's workflows have a rule of their own.
const RULED: u64 = 16;

const TOWNS: [&str; 16] = [
    "Aalborg", "Bergamo", "Coimbra", "Dresden", "Espoo", "Fermo", "Gdynia", "Haarlem", "Ioannina", "Jihlava", "Kaunas",
    "Lugo", "Maribor", "Namur", "Oulu", "Poitiers",
];
const APPS: [&str; 5] = ["Front Desk", "Stock", "Service", "Quality", "Training"];
const OBJECTS: [&str; 10] =
    ["order", "offer", "return", "delivery", "complaint", "inspection", "repair", "course", "visit", "contract"];
const DEEDS: [&str; 5] = ["reader", "answers", "sorter", "planner", "letters"];

/// One site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    ids: Ids,
    seed: u64,
    now: Timestamp,
    number: u64,
    workflows: u64,
}

impl Site {
    /// Returns the sites that hold `workflows` workflows, the last of them perhaps fewer than the others.
    pub(super) fn all(ids: Ids, options: &Options, workflows: u64) -> impl Iterator<Item = Self> + use<> {
        let (seed, now) = (options.seed, options.now);
        (0..workflows.div_ceil(WORKFLOWS)).map(move |number| {
            let workflows = WORKFLOWS.min(workflows - number * WORKFLOWS);
            Self { ids, seed, now, number, workflows }
        })
    }

    /// Returns the site's records of one kind.
    pub(super) fn records(&self, kind: Kind) -> Vec<Record> {
        match kind {
            Kind::Department => vec![self.department().into()],
            Kind::Credential => (0..KEYS.len()).map(|at| self.credential(at).into()).collect(),
            Kind::App => (0..self.apps()).map(|at| self.app(at).into()).collect(),
            Kind::Workflow => (0..self.workflows).map(|at| self.workflow(at).into()).collect(),
            Kind::Node => (0..self.workflows).flat_map(|at| self.nodes(at)).map(Record::from).collect(),
            Kind::Assignment => self.rules().into_iter().map(Record::from).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the id of the site's `at`th thing of a kind; no site has more than 1024 of any.
    fn id(&self, kind: Kind, at: u64) -> Uuid {
        self.ids.of(kind as u64, self.number * 1024 + at)
    }

    fn random(&self, kind: Kind, at: u64) -> Random {
        Random::new(self.seed, &[kind as u64, self.number, at])
    }

    fn apps(&self) -> u64 {
        self.workflows.div_ceil(APP_OF)
    }

    fn department_id(&self) -> Id<Department> {
        Id::new(self.id(Kind::Department, 0))
    }

    fn key(&self, at: usize) -> Id<Credential> {
        Id::new(self.id(Kind::Credential, at as u64))
    }

    /// The name of the place, unique by its number.
    fn place(&self) -> String {
        format!("{} {:04}", TOWNS[self.town()], self.number + 1)
    }

    fn town(&self) -> usize {
        usize::try_from(self.number).unwrap_or(0) % TOWNS.len()
    }

    pub(super) fn department(&self) -> Department {
        let head = Self { number: self.number / REGION * REGION, ..*self };
        let parent = (head.number != self.number).then(|| head.department_id());
        Department {
            id: self.department_id(),
            name: self.place().into(),
            parent,
            cost_centre: Some(format!("S{:04}", self.number + 1).into()),
            owner_policy: None,
            budget: None,
            note: None,
            foreign_id: None,
        }
    }

    pub(super) fn credential(&self, at: usize) -> Credential {
        let (provider, word) = KEYS[at];
        let mut random = self.random(Kind::Credential, at as u64);
        let state = if random.chance(2) { State::Disabled } else { State::Active };
        let days = if random.chance(4) { -30 } else { random.between(1, 400).cast_signed() };
        Credential {
            id: self.key(at),
            name: format!("{provider}-{word}-{}", self.slug()).into(),
            provider: provider.into(),
            owner: Owner::Department(self.department_id()),
            environment: None,
            models: None,
            usable_by: Vec::new(),
            fields: BTreeMap::new(),
            state,
            not_before: None,
            expires: random.chance(60).then(|| self.in_days(days)),
            secret: SecretRef::Absent,
            budget: None,
            note: None,
            foreign_id: None,
        }
    }

    fn slug(&self) -> String {
        format!("{}-{:04}", TOWNS[self.town()].to_lowercase(), self.number + 1)
    }

    fn in_days(&self, days: i64) -> Timestamp {
        self.now.saturating_add((days * 24).hours()).unwrap_or(self.now)
    }

    fn app(&self, at: u64) -> App {
        App {
            id: Id::new(self.id(Kind::App, at)),
            name: format!("{}: {}", self.place(), APPS[usize::try_from(at).unwrap_or(0) % APPS.len()]).into(),
            department: Some(self.department_id()),
            owner: None,
            budget: None,
            note: None,
            foreign_id: None,
        }
    }

    pub(super) fn workflow(&self, at: u64) -> Workflow {
        let mut random = self.random(Kind::Workflow, at);
        let number = usize::try_from(at).unwrap_or(0);
        let (object, deed) = (OBJECTS[number % OBJECTS.len()], DEEDS[number / OBJECTS.len() % DEEDS.len()]);
        Workflow {
            id: Id::new(self.id(Kind::Workflow, at)),
            name: format!("{object}-{deed}-{}", self.slug()).into(),
            app: Some(Id::new(self.id(Kind::App, at / APP_OF))),
            department: None,
            owner: Ownership::Inherited,
            environment: Some((*random.pick(&["production", "production", "staging", "development"])).into()),
            owner_policy: None,
            force: if random.chance(30) { Force::Enforced } else { Force::Advisory },
            draft: false,
            budget: None,
            note: None,
            foreign_id: None,
        }
    }

    pub(super) fn nodes(&self, at: u64) -> Vec<Node> {
        let mut random = self.random(Kind::Node, at);
        let steps = random.pick(&Shape::ALL).steps(HOUSES, &mut random);
        let node = |(step, number): (super::shape::Step, u64)| Node {
            id: Id::new(self.id(Kind::Node, at * 8 + number)),
            workflow: Id::new(self.id(Kind::Workflow, at)),
            name: step.name.into(),
            title: Some(step.title.into()),
            node_type: Some(step.node_type.into()),
            kind: step.kind,
            uses: Uses::Model { provider: step.provider.into(), model: step.model.into() },
            key: None,
            variable: None,
            runs: step.runs,
            note: None,
            foreign_id: None,
        };
        steps.into_iter().zip(0..).map(node).collect()
    }

    /// Four rules for the department, one for each app, one for each of the first workflows: 25 for a whole site.
    fn rules(&self) -> Vec<Assignment> {
        let department = Scope::Department(self.department_id());
        let main = [0, 2, 3, 4].map(|key| self.rule(department, key));
        let apps = (0..self.apps()).map(|at| {
            let app = Scope::App(Id::new(self.id(Kind::App, at)));
            Assignment { environment: Some("production".into()), ..self.rule(app, 1) }
        });
        let workflows = (0..self.workflows.min(RULED)).map(|at| self.workflow_rule(at));
        let rules = main.into_iter().chain(apps).chain(workflows).zip(0..);
        rules.map(|(rule, at)| Assignment { id: Id::new(self.id(Kind::Assignment, at)), ..rule }).collect()
    }

    fn workflow_rule(&self, at: u64) -> Assignment {
        let mut random = self.random(Kind::Assignment, at);
        let key = *random.pick(&[0, 1, 2, 3, 4]);
        let mut rule = self.rule(Scope::Workflow(Id::new(self.id(Kind::Workflow, at))), key);
        if KEYS[key].0 == "openai" {
            rule.model = Some("gpt-4o".into());
        }
        if random.chance(20) {
            rule.strength = Strength::Preferred;
        }
        match random.between(1, 12) {
            1 => rule.until = Some(self.in_days(-random.between(1, 90).cast_signed())),
            2 => rule.from = Some(self.in_days(random.between(1, 90).cast_signed())),
            _ => {}
        }
        rule
    }

    fn rule(&self, scope: Scope, key: usize) -> Assignment {
        Assignment {
            id: Id::new(Uuid::nil()),
            scope,
            provider: KEYS[key].0.into(),
            model: None,
            kind: None,
            environment: None,
            target: Target::Key(self.key(key)),
            strength: Strength::Required,
            from: None,
            until: None,
            note: None,
            foreign_id: None,
        }
    }

    /// Returns the key that the site uses for a provider; `None` if it has none that may be used.
    pub(super) fn key_for(&self, provider: &str) -> Option<Credential> {
        let at = KEYS.iter().position(|(known, _)| *known == provider)?;
        Some(self.credential(at)).filter(|key| key.state == State::Active)
    }

    /// Returns the site's number, from 0.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Returns how many workflows the site has.
    pub(super) const fn workflow_count(&self) -> u64 {
        self.workflows
    }
}
