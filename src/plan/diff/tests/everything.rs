//! Asking only what can be touched finds what asking everything finds, whatever is changed.

use proptest::{prelude::*, sample::select};

use super::*;
use crate::domain::{
    assignment::Assignment,
    change::invert_all,
    people::{Department, Workspace},
};

const KEYS: [&str; 6] = ["key-system", "key-payroll", "key-sales", "key-lent", "key-alice", "key-bob"];
const DEPARTMENTS: [&str; 4] = ["Corporate", "Finance", "Payroll", "Sales"];
const WORKFLOWS: [&str; 5] = ["invoice-bot", "payslips", "leads", "pitch", "drifter"];

/// An edit of a thing of the organisation.
fn edited<T: Clone + Into<crate::domain::record::Record>>(found: Option<&T>, edit: impl FnOnce(&mut T)) -> Vec<Change> {
    let Some(old) = found.cloned() else { return Vec::new() };
    let mut new = old.clone();
    edit(&mut new);
    Change::edit(old, new).into_iter().collect()
}

fn rules() -> impl Strategy<Value = Vec<Change>> {
    let scope = prop_oneof![
        select(&WORKFLOWS[..]).prop_map(|workflow| Scope::Workflow(id(workflow))),
        select(vec!["billing", "crm"]).prop_map(|app| Scope::App(id(app))),
        select(vec!["alice", "bob"]).prop_map(|login| Scope::Owner(id(login))),
        select(&DEPARTMENTS[..]).prop_map(|department| Scope::Department(id(department))),
        Just(Scope::Workspace),
        Just(Scope::System),
    ];
    let target = prop_oneof![
        4 => select(&KEYS[..]).prop_map(|name| Target::Key(id(name))),
        2 => Just(Target::Pool(id("shared"))),
        1 => Just(Target::Deny),
    ];
    (0..4u8, scope, target, any::<bool>()).prop_map(|(number, scope, target, preferred)| {
        let strength = if preferred { Strength::Preferred } else { Strength::Required };
        vec![Change::add(Assignment { strength, ..rule(&format!("r{number}"), scope, target) })]
    })
}

fn keys() -> impl Strategy<Value = Vec<Change>> {
    (select(&KEYS[..]), 0..6usize, select(&DEPARTMENTS[..])).prop_map(|(name, what, to)| {
        edited(organisation(&[]).credentials().by_id(id(name)), |key| match what {
            0 => key.owner = Owner::Department(id(to)),
            1 => key.budget = Some(Budget { monthly: MicroDollars(9), kind: BudgetKind::Hard }),
            2 => key.name = to.into(),
            state => key.state = State::ALL[state - 3],
        })
    })
}

fn places() -> impl Strategy<Value = Vec<Change>> {
    let departments = (select(&DEPARTMENTS[..]), select(&DEPARTMENTS[..])).prop_map(|(what, to)| {
        edited(organisation(&[]).departments().by_id(id(what)), |it: &mut Department| {
            it.parent = Some(id(to));
            it.owner_policy = (to == "Corporate").then_some(OwnerPolicy::OwnOnly);
        })
    });
    let workflows = (select(&WORKFLOWS[..]), 0..5usize).prop_map(|(name, what)| {
        edited(organisation(&[]).workflows().by_id(id(name)), |it: &mut Workflow| match what {
            0 => it.app = Some(id("crm")),
            1 => it.owner = Ownership::Named(Owner::Operator(id("alice"))),
            2 => it.department = Some(id("Finance")),
            3 => it.budget = Some(Budget { monthly: MicroDollars::ZERO, kind: BudgetKind::Hard }),
            _ => it.owner_policy = Some(OwnerPolicy::SystemOnly),
        })
    });
    let apps = (select(&DEPARTMENTS[..]), any::<bool>()).prop_map(|(to, owned)| {
        edited(organisation(&[]).apps().by_id(id("billing")), |it: &mut App| {
            it.department = Some(id(to));
            it.owner = owned.then_some(Owner::Operator(id("bob")));
        })
    });
    let policy = Just(edited(Some(&workspace()), |it: &mut Workspace| it.owner_policy = OwnerPolicy::OwnOnly));
    prop_oneof![3 => departments, 4 => workflows, 1 => apps, 1 => policy]
}

fn nodes() -> impl Strategy<Value = Vec<Change>> {
    (select(&WORKFLOWS[..]), select(&KEYS[..]), 0..5usize).prop_map(|(name, key, what)| {
        edited(Some(&node(name)), |it: &mut Node| match what {
            0 => it.variable = "env.key".parse().ok(),
            1 => it.uses = Uses::Model { provider: "anthropic".into(), model: "claude".into() },
            2 | 3 => it.uses = Uses::Instance(id("grader")),
            _ => it.key = Some(id(key)),
        })
    })
}

fn shared_things() -> impl Strategy<Value = Vec<Change>> {
    let pools = (0..3u32, 0..3u32)
        .prop_map(|(one, two)| vec![Change::add(pool("shared", &[("key-system", one), ("key-sales", two)]))]);
    let instances = proptest::option::of(select(&KEYS[..])).prop_map(|key| vec![Change::add(instance("grader", key))]);
    let prices = Just(vec![Change::add(price())]);
    prop_oneof![3 => pools, 3 => instances, 1 => prices]
}

fn change() -> impl Strategy<Value = Vec<Change>> {
    prop_oneof![5 => rules(), 5 => keys(), 5 => places(), 3 => nodes(), 4 => shared_things()]
}

fn inputs() -> impl Strategy<Value = Inputs> {
    proptest::option::of(select(&KEYS[..])).prop_map(|key| {
        let variables = key.map(|key| ("env.key".into(), key.to_owned())).into_iter().collect();
        Inputs { variables, ..Inputs::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]
    #[test]
    fn asking_only_what_can_be_touched_finds_what_asking_everything_finds(
        earlier in prop::collection::vec(change(), 0..8),
        later in prop::collection::vec(change(), 1..3),
        inputs in inputs(),
        back in any::<bool>(),
    ) {
        let mut before = organisation(&[]).with_changes(&earlier.concat(), None);
        let mut changes = later.concat();
        let mut after = before.with_changes(&changes, None);
        if back {
            std::mem::swap(&mut before, &mut after);
            changes = invert_all(changes);
        }
        let few = diff(&before, &after, &changes, now(), &inputs);
        let mut everything = Diff::of_everything(&before, &after, now(), &inputs);
        while everything.advance(1) {}
        let all = everything.into_effects();
        prop_assert_eq!(few.iter().collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
    }
}
