//! Whatever lawful records go in come out the same.
//!
//! The generators draw every field of every kind, with references that hold where the schema wants them to and dangle
//! where it lets them.

use proptest::{collection::vec, option, prelude::*, test_runner::Config};

use super::site::{apply, at, id, records, sites};
use crate::domain::{
    Text, Timestamp,
    assignment::{Assignment, Scope, Strength, Target, ValueTarget},
    change::{Change, invert_all},
    credential::{Credential, Instance, Member, Owner, Parameter, Pool, Sealed, SecretRef, State, UsableBy},
    id::Id,
    money::{Budget, BudgetKind, MicroDollars},
    people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role},
    provider::{Field, Model, ModelKind, Price, Provider},
    record::Record,
    workflow::{App, Force, Node, Ownership, Uses, Workflow},
};

fn text() -> BoxedStrategy<Text> {
    "[ -~äß漢🙂]{0,12}".prop_map(Text::from).boxed()
}

/// Names that can't meet: a drawn beginning and a fresh end.
fn name() -> BoxedStrategy<Text> {
    text().prop_map(|text| Text::from(format!("{text}{}", id::<()>()))).boxed()
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(some: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    option::of(some).boxed()
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> BoxedStrategy<T> {
    proptest::sample::select(all).boxed()
}

fn fresh<T: 'static>() -> BoxedStrategy<Id<T>> {
    Just(()).prop_map(|()| id()).boxed()
}

fn time() -> BoxedStrategy<Timestamp> {
    (-62_000_000_000_000_000i64..=250_000_000_000_000_000)
        .prop_map(|micros| Timestamp::from_microsecond(micros).expect("in range"))
        .boxed()
}

fn window() -> BoxedStrategy<(Option<Timestamp>, Option<Timestamp>)> {
    (maybe(0i64..1000), maybe(1000i64..2000)).prop_map(|(from, until)| (from.map(at), until.map(at))).boxed()
}

fn money() -> BoxedStrategy<MicroDollars> {
    (0..i64::MAX).prop_map(MicroDollars).boxed()
}

fn budget() -> BoxedStrategy<Option<Budget>> {
    maybe((money(), one_of(&[BudgetKind::Soft, BudgetKind::Hard])).prop_map(|(monthly, kind)| Budget { monthly, kind }))
}

fn owner(department: Id<Department>, operator: Id<Operator>) -> BoxedStrategy<Owner> {
    prop_oneof![Just(Owner::System), Just(Owner::Department(department)), Just(Owner::Operator(operator))].boxed()
}

fn policy() -> BoxedStrategy<Option<OwnerPolicy>> {
    maybe(one_of(&OwnerPolicy::ALL))
}

fn kind() -> BoxedStrategy<ModelKind> {
    one_of(&ModelKind::ALL)
}

/// The parts of records that every kind ends with.
fn tail() -> BoxedStrategy<(Option<Text>, Option<Text>)> {
    (maybe(text()), maybe(text())).boxed()
}

prop_compose! {
    fn department()(name in name(), cost_centre in maybe(text()), owner_policy in policy(), budget in budget(),
        (note, foreign_id) in tail()) -> Department {
        Department { id: id(), name, parent: None, cost_centre, owner_policy, budget, note, foreign_id }
    }
}

fn grant(department: Id<Department>) -> BoxedStrategy<Grant> {
    let on = prop_oneof![Just(GrantScope::Database), Just(GrantScope::Department(department))];
    (one_of(&Role::ALL), on).prop_map(|(role, on)| Grant { role, on }).boxed()
}

prop_compose! {
    fn operator(department: Id<Department>)(login in name(), email in maybe(text()), service: bool,
        grants in vec(grant(department), 0..3), ssh_keys in vec(name(), 0..3),
        (note, foreign_id) in tail()) -> Operator {
        Operator { id: id(), login, email, grants, ssh_keys, service, note, foreign_id }
    }
}

prop_compose! {
    fn field()(name in text(), label in maybe(text()), secret: bool, required: bool, env in maybe(text())) -> Field {
        Field { name, label, secret, required, env }
    }
}

prop_compose! {
    fn provider()(slug in name(), name in text(), base_url in maybe(text()), fields in vec(field(), 0..3),
        aliases in vec(text(), 0..3), (note, foreign_id) in tail()) -> Provider {
        Provider { id: id(), slug, name, base_url, fields, aliases, note, foreign_id }
    }
}

prop_compose! {
    fn model()(provider in text(), name in name(), kind in kind(), context in maybe(0..u64::MAX / 2),
        note in maybe(text())) -> Model {
        Model { id: id(), provider, name, kind, context, note }
    }
}

prop_compose! {
    fn price()(provider in text(), model in text(), input in money(), output in maybe(money()), from in maybe(time()),
        note in maybe(text()), source in maybe(text())) -> Price {
        Price { id: id(), provider, model, input, output, from, note, source }
    }
}

fn usable_by() -> BoxedStrategy<UsableBy> {
    prop_oneof![
        fresh().prop_map(UsableBy::Department),
        fresh().prop_map(UsableBy::App),
        fresh().prop_map(UsableBy::Workflow)
    ]
    .boxed()
}

fn secret() -> BoxedStrategy<SecretRef> {
    let sealed = (fresh(), maybe(text()), vec(text(), 0..3))
        .prop_map(|(version, last4, fields)| SecretRef::Sealed(Sealed { version, last4, fields }));
    let external = one_of(&["env:OPENAI_KEY", "file:/run/keys/openai"])
        .prop_map(|text| SecretRef::External(text.parse().expect("lawful")));
    prop_oneof![Just(SecretRef::Absent), sealed, external].boxed()
}

prop_compose! {
    fn credential(department: Id<Department>, person: Id<Operator>)(
        (name, provider, environment) in (name(), text(), maybe(text())), owner in owner(department, person),
        // An empty list is unlawful, and must still not come back as "any model".
        models in maybe(vec(text(), 0..3)), usable_by in vec(usable_by(), 0..3),
        fields in proptest::collection::btree_map(text(), text(), 0..3), state in one_of(&State::ALL),
        (not_before, expires) in (maybe(time()), maybe(time())), secret in secret(), budget in budget(),
        (note, foreign_id) in tail()) -> Credential {
        Credential { id: id(), name, provider, owner, environment, models, usable_by, fields, state, not_before,
            expires, secret, budget, note, foreign_id }
    }
}

prop_compose! {
    fn pool()(name in name(), provider in text(), members in vec((fresh(), any::<u32>()), 0..4),
        (note, foreign_id) in tail()) -> Pool {
        let members = members.into_iter().map(|(key, weight)| Member { key, weight }).collect();
        Pool { id: id(), name, provider, members, note, foreign_id }
    }
}

fn parameter() -> BoxedStrategy<Parameter> {
    prop_oneof![
        any::<bool>().prop_map(Parameter::Flag),
        any::<i64>().prop_map(Parameter::Whole),
        proptest::num::f64::NORMAL.prop_map(Parameter::Number),
        text().prop_map(Parameter::Text)
    ]
    .boxed()
}

prop_compose! {
    fn instance(department: Id<Department>, person: Id<Operator>)(name in name(), provider in text(), model in text(),
        kind in kind(), parameters in proptest::collection::btree_map(text(), parameter(), 0..4), key in maybe(fresh()),
        owner in owner(department, person), (note, foreign_id) in tail()) -> Instance {
        Instance { id: id(), name, provider, model, kind, parameters, key, owner, note, foreign_id }
    }
}

prop_compose! {
    fn app(department: Id<Department>, person: Id<Operator>)(name in name(), department in maybe(Just(department)),
        owner in maybe(owner(department, person)), budget in budget(), (note, foreign_id) in tail()) -> App {
        App { id: id(), name, department, owner, budget, note, foreign_id }
    }
}

prop_compose! {
    fn workflow(department: Id<Department>, person: Id<Operator>, app: Id<App>)(name in name(),
        app in maybe(Just(app)), department in maybe(Just(department)),
        owner in prop_oneof![Just(Ownership::Inherited), Just(Ownership::Nobody),
            owner(department, person).prop_map(Ownership::Named)],
        environment in maybe(text()), owner_policy in policy(), force in one_of(&[Force::Advisory, Force::Enforced]),
        draft: bool, budget in budget(), (note, foreign_id) in tail()) -> Workflow {
        Workflow { id: id(), name, app, department, owner, environment, owner_policy, force, draft, budget, note,
            foreign_id }
    }
}

prop_compose! {
    fn node(workflow: Id<Workflow>, instance: Id<Instance>)(name in name(), title in maybe(text()),
        node_type in maybe(text()), kind in kind(),
        uses in prop_oneof![Just(Uses::Instance(instance)),
            (text(), text()).prop_map(|(provider, model)| Uses::Model { provider, model })],
        key in maybe(fresh()), variable in maybe(Just("env.llm_key".parse().expect("lawful"))), runs: u32,
        (note, foreign_id) in tail()) -> Node {
        Node { id: id(), workflow, name, title, node_type, kind, uses, key, variable, runs, note, foreign_id }
    }
}

fn value_target() -> BoxedStrategy<ValueTarget> {
    prop_oneof![fresh().prop_map(ValueTarget::Key), fresh().prop_map(ValueTarget::Pool), Just(ValueTarget::Deny)]
        .boxed()
}

fn target() -> BoxedStrategy<Target> {
    let variable = (vec((name(), value_target()), 0..3), any::<bool>()).prop_map(|(values, by_name)| {
        Target::Variable { selector: "start.customer".parse().expect("lawful"), values, by_name }
    });
    prop_oneof![fresh().prop_map(Target::Key), fresh().prop_map(Target::Pool), variable, Just(Target::Deny)].boxed()
}

prop_compose! {
    fn rule(scopes: Vec<Scope>)(scope in proptest::sample::select(scopes), provider in text(), model in maybe(text()),
        kind in maybe(kind()), environment in maybe(text()), target in target(),
        strength in one_of(&[Strength::Required, Strength::Preferred]), (from, until) in window(),
        (note, foreign_id) in tail()) -> Assignment {
        Assignment { id: id(), scope, provider, model, kind, environment, target, strength, from, until, note,
            foreign_id }
    }
}

/// Some records of every kind, in the order in which they are loaded. Ids come later than those of what they refer to.
pub(super) fn world() -> BoxedStrategy<Vec<Record>> {
    department()
        .prop_flat_map(|department| (operator(department.id), Just(department)))
        .prop_flat_map(|(person, department)| {
            let (at, whose) = (department.id, person.id);
            (Just(department), Just(person), app(at, whose), instance(at, whose))
        })
        .prop_flat_map(|(department, person, app, instance)| {
            let flow = workflow(department.id, person.id, app.id);
            (Just((department, person, app, instance)), flow)
        })
        .prop_flat_map(|((department, person, app, instance), flow)| {
            let scopes = vec![
                Scope::Workflow(flow.id),
                Scope::App(app.id),
                Scope::Owner(person.id),
                Scope::Department(department.id),
                Scope::Workspace,
                Scope::System,
            ];
            let many = (
                vec(provider(), 0..2),
                vec(model(), 0..2),
                vec(price(), 0..2),
                vec(credential(department.id, person.id), 0..4),
                vec(pool(), 0..3),
                vec(node(flow.id, instance.id), 0..4),
                vec(rule(scopes), 0..6),
            );
            many.prop_map(move |(providers, models, prices, credentials, pools, nodes, rules)| {
                let mut records: Vec<Record> = vec![department.clone().into(), person.clone().into()];
                records.extend(providers.into_iter().map(Record::from));
                records.extend(models.into_iter().map(Record::from));
                records.extend(prices.into_iter().map(Record::from));
                records.extend(credentials.into_iter().map(Record::from));
                records.extend(pools.into_iter().map(Record::from));
                records.push(instance.clone().into());
                records.push(app.clone().into());
                records.push(flow.clone().into());
                records.extend(nodes.into_iter().map(Record::from));
                records.extend(rules.into_iter().map(Record::from));
                records
            })
        })
        .boxed()
}

fn sorted(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| (record.kind(), record.uuid()));
    records
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 200, ..Config::default() })]

    #[test]
    fn what_goes_in_comes_out_and_goes_again(first in world(), second in world()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            for site in sites() {
                let (store, acme) = site.with_workspace().await;
                // Somebody has to stay, or the last keeper could not go.
                let stays = Record::from(in_charge(&acme));
                apply(&store, &acme, 0, &[Change::add(stays.clone())]).await.expect("applies");
                let added: Vec<Change> = first.iter().cloned().map(Change::add).collect();
                apply(&store, &acme, 1, &added).await.expect("applies");
                let loaded = || async {
                    let all = records(&store, &acme).await.into_iter().map(|(record, _)| record);
                    all.filter(|record| *record != stays).collect()
                };
                assert_eq!(sorted(loaded().await), sorted(first.clone()));

                // Each thing turns into another of its kind, and back.
                let edits = edits(&first, &second);
                apply(&store, &acme, 2, &edits).await.expect("edits");
                let (_, kept) = store.revision(acme.id, 3).await.expect("is kept");
                assert_eq!(&kept, &edits);
                apply(&store, &acme, 3, &invert_all(kept)).await.expect("what was read back undoes");
                assert_eq!(sorted(loaded().await), sorted(first.clone()));

                let (_, kept) = store.revision(acme.id, 2).await.expect("is kept");
                apply(&store, &acme, 4, &invert_all(kept)).await.expect("everything goes");
                assert!(sorted(loaded().await).is_empty());
                assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
            }
        });
    }
}

/// Makes a keeper who administrates the workspace.
fn in_charge(workspace: &crate::domain::people::Workspace) -> Operator {
    let grants = vec![
        Grant { role: Role::Admin, on: GrantScope::Workspace(workspace.id) },
        Grant { role: Role::Keeper, on: GrantScope::Database },
    ];
    Operator {
        id: id(),
        login: "in charge".into(),
        email: None,
        grants,
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    }
}

/// Changes credentials, pools and providers of one world into those of another, keeping their ids.
fn edits(first: &[Record], second: &[Record]) -> Vec<Change> {
    let pairs = first.iter().filter_map(|before| {
        let after = second.iter().find(|after| after.kind() == before.kind())?;
        match (before.clone(), after.clone()) {
            (Record::Credential(before), Record::Credential(after)) => {
                let (owner, secret) = (before.owner, of_its_own(after.secret.clone()));
                Change::edit(before.clone(), Credential { id: before.id, owner, name: before.name, secret, ..after })
            }
            (Record::Pool(before), Record::Pool(after)) => {
                Change::edit(before.clone(), Pool { id: before.id, name: before.name, ..after })
            }
            (Record::Provider(before), Record::Provider(after)) => {
                Change::edit(before.clone(), Provider { id: before.id, slug: before.slug, ..after })
            }
            (Record::Assignment(before), Record::Assignment(after)) => {
                let scope = before.scope;
                Change::edit(before.clone(), Assignment { id: before.id, scope, ..after })
            }
            _ => None,
        }
    });
    pairs.collect()
}

/// Gives a sealed secret a version of its own: no two keys share one.
fn of_its_own(secret: SecretRef) -> SecretRef {
    match secret {
        SecretRef::Sealed(sealed) => SecretRef::Sealed(Sealed { version: id(), ..sealed }),
        other => other,
    }
}
