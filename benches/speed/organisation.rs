//! A made-up organisation of the size that one workspace has to hold, the same at every run.

use std::{collections::HashSet, sync::Arc};

use keydeck::domain::{
    Text, Timestamp,
    assignment::{Assignment, Scope, Strength, Target},
    catalogue::Catalogue,
    credential::{Credential, Member, Owner, Pool, SecretRef, State},
    fact::{ListedPrice, PriceTable},
    id::Id,
    people::{Department, Operator, OwnerPolicy, Workspace},
    provider::ModelKind,
    record::Record,
    workflow::{App, Force, Node, Ownership, Uses, Workflow},
};
use uuid::Uuid;

/// How many of each kind there are.
#[derive(Clone, Copy)]
struct Size {
    departments: u64,
    operators: u64,
    credentials: u64,
    pools: u64,
    apps: u64,
    workflows: u64,
    nodes: u64,
    rules: usize,
}

impl Size {
    /// For each hundred thousand workflows what one workspace has to hold.
    fn of(workflows: u64) -> Self {
        Self {
            departments: workflows / 50,
            operators: workflows / 200,
            credentials: workflows / 10,
            pools: workflows / 2_000 * 6,
            apps: workflows / 5,
            workflows,
            nodes: workflows * 3,
            rules: usize::try_from(workflows / 2).unwrap_or(usize::MAX),
        }
    }
}

const PROVIDERS: [&str; 6] = ["openai", "anthropic", "azure-openai", "deepseek", "gemini", "mistral"];
const ENVIRONMENTS: [&str; 3] = ["production", "staging", "development"];

/// A table that knows no price.
struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

/// Steele and Vigna's `SplitMix64`: enough for made-up data, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn any<'t>(&mut self, texts: &'t [Text]) -> &'t Text {
        let at = usize::try_from(self.below(texts.len() as u64)).unwrap_or(0);
        &texts[at]
    }
}

/// The texts that records share.
struct Words {
    providers: Vec<Text>,
    environments: Vec<Text>,
    models: Vec<Text>,
}

fn id<T>(kind: u128, number: u64) -> Id<T> {
    Id::new(Uuid::from_u128((kind << 64) | u128::from(number + 1)))
}

const DEPARTMENT: u128 = 1;
const OPERATOR: u128 = 2;
const CREDENTIAL: u128 = 3;
const POOL: u128 = 4;
const APP: u128 = 5;
const WORKFLOW: u128 = 6;
const NODE: u128 = 7;
const RULE: u128 = 8;

/// Makes the organisation: of 100,000 workflows, 300,000 nodes and 50,000 rules, or smaller in the same proportions.
pub fn organisation(workflows: u64) -> Catalogue {
    let size = Size::of(workflows);
    let texts = |words: &[&str]| words.iter().map(|&word| Text::from(word)).collect::<Vec<_>>();
    let models = (0..8).map(|number| format!("model-{number}").into()).collect();
    let words = Words { providers: texts(&PROVIDERS), environments: texts(&ENVIRONMENTS), models };
    let mut dice = Dice(7);
    let workspace = Workspace {
        id: id(0, 0),
        name: "acme".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    };
    let mut records = people(size);
    records.extend(keys(&mut dice, &words, size));
    records.extend(places(&mut dice, &words, size));
    records.extend(rules(&mut dice, &words, size));
    let records = records.into_iter().map(|record| (record, None));
    Catalogue::new(workspace, &[], Arc::new(NoPrices)).with_records(records, 1, Arc::default())
}

fn people(size: Size) -> Vec<Record> {
    let department = |number: u64| Department {
        id: id(DEPARTMENT, number),
        name: format!("department-{number}").into(),
        parent: (number > 0).then(|| id(DEPARTMENT, (number - 1) / 6)),
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    };
    let operator = |number: u64| Operator {
        id: id(OPERATOR, number),
        login: format!("operator-{number}").into(),
        email: None,
        grants: Vec::new(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    };
    let departments = (0..size.departments).map(department).map(Record::from);
    departments.chain((0..size.operators).map(operator).map(Record::from)).collect()
}

/// Keys go round the providers: key `n` is of provider `n % 6`. One in ten is a department's, the others the system's.
fn keys(dice: &mut Dice, words: &Words, size: Size) -> Vec<Record> {
    let provider = |number: u64| words.providers[usize::try_from(number % 6).unwrap_or(0)].clone();
    let mut records: Vec<Record> = Vec::new();
    for number in 0..size.credentials {
        let owner = if dice.one_in(10) { Owner::Department(id(DEPARTMENT, dice.below(40))) } else { Owner::System };
        records.push(Record::from(Credential {
            id: id(CREDENTIAL, number),
            name: format!("key-{number}").into(),
            provider: provider(number),
            owner,
            environment: dice.one_in(10).then(|| dice.any(&words.environments).clone()),
            models: None,
            usable_by: Vec::new(),
            fields: std::collections::BTreeMap::new(),
            state: if dice.one_in(50) { State::Disabled } else { State::Active },
            not_before: None,
            expires: None,
            secret: SecretRef::Absent,
            budget: None,
            note: None,
            foreign_id: None,
        }));
    }
    for number in 0..size.pools {
        let key = |at: u64| id(CREDENTIAL, number % 6 + 6 * (number + 7 * at));
        records.push(Record::from(Pool {
            id: id(POOL, number),
            name: format!("pool-{number}").into(),
            provider: provider(number),
            members: (0..4).map(|at| Member { key: key(at), weight: 1 }).collect(),
            note: None,
            foreign_id: None,
        }));
    }
    records
}

fn places(dice: &mut Dice, words: &Words, size: Size) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for number in 0..size.apps {
        records.push(Record::from(App {
            id: id(APP, number),
            name: format!("app-{number}").into(),
            department: Some(id(DEPARTMENT, dice.below(size.departments))),
            owner: dice.one_in(2).then(|| Owner::Operator(id(OPERATOR, dice.below(size.operators)))),
            budget: None,
            note: None,
            foreign_id: None,
        }));
    }
    for number in 0..size.workflows {
        records.push(Record::from(Workflow {
            id: id(WORKFLOW, number),
            name: format!("workflow-{number}").into(),
            app: Some(id(APP, number * size.apps / size.workflows)),
            department: None,
            owner: Ownership::Inherited,
            environment: Some(dice.any(&words.environments).clone()),
            owner_policy: None,
            force: Force::Advisory,
            draft: false,
            budget: None,
            note: None,
            foreign_id: None,
        }));
    }
    for number in 0..size.nodes {
        records.push(Record::from(Node {
            id: id(NODE, number),
            workflow: id(WORKFLOW, number * size.workflows / size.nodes),
            name: format!("node-{number}").into(),
            title: None,
            node_type: None,
            kind: ModelKind::Llm,
            uses: Uses::Model { provider: dice.any(&words.providers).clone(), model: dice.any(&words.models).clone() },
            key: None,
            variable: None,
            runs: 1,
            note: None,
            foreign_id: None,
        }));
    }
    records
}

fn rules(dice: &mut Dice, words: &Words, size: Size) -> Vec<Record> {
    let (mut records, mut taken) = (Vec::new(), HashSet::new());
    while records.len() < size.rules {
        let scope = match dice.below(1_000) {
            0..600 => Scope::Workflow(id(WORKFLOW, dice.below(size.workflows))),
            600..800 => Scope::App(id(APP, dice.below(size.apps))),
            800..840 => Scope::Owner(id(OPERATOR, dice.below(size.operators))),
            840..998 => Scope::Department(id(DEPARTMENT, dice.below(size.departments))),
            _ if dice.one_in(2) => Scope::Workspace,
            _ => Scope::System,
        };
        let provider = dice.below(6);
        let slug = words.providers[usize::try_from(provider).unwrap_or(0)].clone();
        let model = dice.one_in(3).then(|| dice.any(&words.models).clone());
        let environment = dice.one_in(3).then(|| dice.any(&words.environments).clone());
        if !taken.insert((scope, provider, model.clone(), environment.clone())) {
            continue;
        }
        let target = match dice.below(20) {
            0 => Target::Deny,
            1 | 2 => Target::Pool(id(POOL, provider + 6 * dice.below(size.pools / 6))),
            _ => Target::Key(id(CREDENTIAL, provider + 6 * dice.below(size.credentials / 6))),
        };
        records.push(Record::from(Assignment {
            id: id(RULE, records.len() as u64),
            scope,
            provider: slug,
            model,
            kind: None,
            environment,
            target,
            strength: if dice.one_in(4) { Strength::Preferred } else { Strength::Required },
            from: None,
            until: None,
            note: None,
            foreign_id: None,
        }));
    }
    records
}
