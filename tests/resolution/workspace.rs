//! Strategies for small, adversarial worlds: few names, so that everything collides, and data as only the outside
//! could bring it: references to nothing, cycles of departments, equal active rules, keys of the wrong provider.
//!
//! Every thing has a number of its kind, and its id follows from it. Two worlds drawn apart therefore speak of the
//! same things in different states, and the way from one to the other is a change set.

use keydeck::domain::{
    Text, Timestamp,
    assignment::{Assignment, Scope, Strength, Target, ValueTarget},
    credential::{Credential, Instance, Member, Owner, Pool, Sealed, SecretRef, State, UsableBy},
    fact::{Facts, Month, Spend, Spent, Sums},
    id::Id,
    money::{Budget, BudgetKind, MicroDollars},
    people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role, Workspace},
    provider::{Model, ModelKind, Price, Provider},
    workflow::{App, Force, Node, Ownership, Selector, Uses, Workflow},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::world::{World, id};

/// How many things of each kind a world may hold. The number itself is the id of one that is never there.
const DEPARTMENTS: u128 = 4;
const OPERATORS: u128 = 3;
const CREDENTIALS: u128 = 5;
const POOLS: u128 = 2;
const INSTANCES: u128 = 2;
const APPS: u128 = 2;
const WORKFLOWS: u128 = 3;
const NODES: u128 = 5;
const RULES: u128 = 10;

/// The names of all credentials, permuted among them, so that two worlds swap names.
const NAMES: [&str; CREDENTIALS as usize] = ["k-a", "k-b", "acme", "nobody (2)", "env.key"];

/// Instants that collide: hours around the border of a UTC month.
pub fn instant() -> impl Strategy<Value = Timestamp> {
    let hour = |n: i64| Timestamp::from_second(1_769_896_800 + n * 3600).expect("an instant of 2026");
    (0..5i64).prop_map(hour)
}

pub fn provider() -> impl Strategy<Value = Text> {
    prop_oneof![11 => Just("alpha"), 1 => Just("beta")].prop_map(Text::from)
}

/// `m2` has no price in the table.
pub fn model() -> impl Strategy<Value = Text> {
    prop_oneof![5 => Just("m0"), 2 => Just("m1"), 2 => Just("m2")].prop_map(Text::from)
}

pub fn kind() -> impl Strategy<Value = ModelKind> {
    prop_oneof![5 => Just(ModelKind::Llm), 1 => Just(ModelKind::Embedding)]
}

/// An environment; the empty one means any on a key or rule, none on a workflow or query.
pub fn environment() -> impl Strategy<Value = Text> {
    prop_oneof![5 => Just("prod"), 3 => Just("stage"), 1 => Just("")].prop_map(Text::from)
}

pub fn selector() -> impl Strategy<Value = Selector> {
    select(vec!["env.key", "start.who"]).prop_map(|text| text.parse().expect("a lawful selector"))
}

/// What a variable or override may be set to: names of credentials, an id, words of rules' tables, nothing known.
pub fn value() -> impl Strategy<Value = String> {
    let ids = (0..=CREDENTIALS).prop_map(|n| id::<Credential>(n).to_string());
    prop_oneof![5 => select(NAMES.to_vec()).prop_map(str::to_owned), 1 => Just("nobody".to_owned()), 1 => Just(String::new()), 1 => ids]
}

/// An id of a kind with `count` things, now and then of one that is never there.
pub fn any_of<T: 'static>(count: u128) -> impl Strategy<Value = Id<T>> + Clone {
    prop_oneof![24 => 0..count, 1 => Just(count)].prop_map(id)
}

pub fn node() -> impl Strategy<Value = Id<Node>> {
    (0..NODES).prop_map(id)
}

pub fn workflow() -> impl Strategy<Value = Id<Workflow>> + Clone {
    any_of(WORKFLOWS)
}

pub fn app() -> impl Strategy<Value = Id<App>> + Clone {
    any_of(APPS)
}

pub fn operator() -> impl Strategy<Value = Id<Operator>> + Clone {
    any_of(OPERATORS)
}

fn department() -> impl Strategy<Value = Id<Department>> + Clone {
    any_of(DEPARTMENTS)
}

fn credential() -> impl Strategy<Value = Id<Credential>> + Clone {
    any_of(CREDENTIALS)
}

fn pool() -> impl Strategy<Value = Id<Pool>> + Clone {
    any_of(POOLS)
}

/// Names a thing after its number.
fn name(prefix: &str, n: u128) -> Text {
    format!("{prefix}{n}").into()
}

/// Things of a kind, most of them there. `make` says how the one of a number may look.
fn some<T: std::fmt::Debug + 'static, S: Strategy<Value = T> + 'static>(
    count: u128,
    make: impl Fn(u128) -> S,
) -> impl Strategy<Value = Vec<T>> {
    let each: Vec<_> = (0..count).map(|n| option::weighted(0.9, make(n))).collect();
    each.prop_map(|things| things.into_iter().flatten().collect())
}

fn budget() -> impl Strategy<Value = Option<Budget>> {
    let kind = prop_oneof![Just(BudgetKind::Hard), Just(BudgetKind::Soft)];
    let budget = (0..3i64, kind).prop_map(|(dollars, kind)| Budget { monthly: MicroDollars(dollars), kind });
    option::weighted(0.12, budget)
}

fn policy() -> impl Strategy<Value = OwnerPolicy> {
    prop_oneof![6 => Just(OwnerPolicy::Any), 1 => Just(OwnerPolicy::OwnOnly), 1 => Just(OwnerPolicy::SystemOnly)]
}

fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        5 => Just(Owner::System),
        2 => department().prop_map(Owner::Department),
        2 => operator().prop_map(Owner::Operator),
    ]
}

fn workspace() -> impl Strategy<Value = Workspace> {
    (prop::bool::weighted(0.8), policy()).prop_map(|(allow_request_overrides, owner_policy)| Workspace {
        allow_request_overrides,
        owner_policy,
        ..World::default().workspace
    })
}

fn a_department(n: u128) -> impl Strategy<Value = Department> {
    // Most trees grow upwards to a smaller number; the rest may hold cycles and parents that are not there.
    let parent = prop_oneof![6 => (0..n.max(1)).prop_map(id), 1 => department()];
    (option::weighted(0.7, parent), option::weighted(0.15, policy()), budget()).prop_map(
        move |(parent, owner_policy, budget)| Department {
            id: id(n),
            name: name("d", n),
            parent: parent.filter(|parent| n > 0 || *parent != id(0)),
            cost_centre: None,
            owner_policy,
            budget,
            note: None,
            foreign_id: None,
        },
    )
}

fn an_operator(n: u128) -> impl Strategy<Value = Operator> {
    let on = prop_oneof![
        3 => Just(GrantScope::Workspace(id(1))),
        1 => Just(GrantScope::Workspace(id(2))),
        1 => Just(GrantScope::Database),
        4 => department().prop_map(GrantScope::Department),
    ];
    let grant = (select(Role::ALL.to_vec()), on).prop_map(|(role, on)| Grant { role, on });
    vec(grant, 0..3).prop_map(move |grants| Operator {
        id: id(n),
        login: name("o", n),
        email: None,
        grants,
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    })
}

fn a_provider(n: u128) -> impl Strategy<Value = Provider> {
    // The slug may change from world to world, as every name may.
    (select(vec!["Alpha", "Beta"]), any::<bool>()).prop_map(move |(title, old)| Provider {
        id: id(n),
        slug: if old { ["alpha", "beta"][usize::from(n > 0)].into() } else { name("provider", n) },
        name: title.into(),
        base_url: None,
        fields: Vec::new(),
        aliases: Vec::new(),
        note: None,
        foreign_id: None,
    })
}

fn a_model(n: u128) -> impl Strategy<Value = Model> {
    (kind(), option::of(1..3u64), any::<bool>()).prop_map(move |(kind, context, old)| Model {
        id: id(n),
        provider: "alpha".into(),
        name: if old { name("m", n) } else { name("model", n) },
        kind,
        context,
        note: None,
    })
}

fn a_price(n: u128) -> impl Strategy<Value = Price> {
    (provider(), model(), option::of(instant())).prop_map(move |(provider, model, from)| Price {
        id: id(n),
        provider,
        model,
        input: MicroDollars(2),
        output: None,
        from,
        note: None,
        source: None,
    })
}

fn usable_by() -> impl Strategy<Value = UsableBy> {
    prop_oneof![
        department().prop_map(UsableBy::Department),
        app().prop_map(UsableBy::App),
        workflow().prop_map(UsableBy::Workflow),
    ]
}

fn secret(n: u128) -> impl Strategy<Value = SecretRef> {
    let sealed = move |version| Sealed { version: id(10 * n + version), last4: None, fields: vec!["api_key".into()] };
    prop_oneof![
        4 => (0..2u128).prop_map(move |version| SecretRef::Sealed(sealed(version))),
        1 => Just(SecretRef::Absent),
        1 => Just(SecretRef::External("env:KEY".parse().expect("a lawful reference"))),
    ]
}

fn a_credential(n: u128, name: Text) -> impl Strategy<Value = Credential> {
    let state = prop_oneof![16 => Just(State::Active), 1 => Just(State::Disabled), 1 => Just(State::Revoked)];
    let window = (option::weighted(0.1, instant()), option::weighted(0.1, instant()));
    let limits = (option::weighted(0.15, environment()), option::weighted(0.1, vec(model(), 0..3)));
    let people = (owner(), prop_oneof![3 => Just(Vec::new()), 1 => vec(usable_by(), 0..3)]);
    (provider(), state, window, limits, people, secret(n), budget()).prop_map(
        move |(provider, state, (not_before, expires), (environment, models), (owner, usable_by), secret, budget)| {
            Credential {
                id: id(n),
                name: name.clone(),
                provider,
                owner,
                environment,
                models,
                usable_by,
                fields: [].into(),
                state,
                not_before,
                expires,
                secret,
                budget,
                note: None,
                foreign_id: None,
            }
        },
    )
}

fn credentials() -> impl Strategy<Value = Vec<Credential>> {
    Just(NAMES.to_vec()).prop_shuffle().prop_flat_map(|names| {
        some(CREDENTIALS, move |n| a_credential(n, names[usize::try_from(n).unwrap_or(0)].into()))
    })
}

fn a_pool(n: u128) -> impl Strategy<Value = Pool> {
    let weight = prop_oneof![1 => Just(0), 4 => 1..4u32, 1 => Just(u32::MAX)];
    let member = (credential(), weight).prop_map(|(key, weight)| Member { key, weight });
    (provider(), vec(member, 0..4)).prop_map(move |(provider, mut members)| {
        members.sort_by_key(|member| member.weight % 3);
        let mut seen = Vec::new();
        members.retain(|member| {
            !seen.contains(&member.key) && {
                seen.push(member.key);
                true
            }
        });
        Pool { id: id(n), name: name("p", n), provider, members, note: None, foreign_id: None }
    })
}

fn an_instance(n: u128) -> impl Strategy<Value = Instance> {
    (provider(), model(), kind(), option::of(credential()), owner()).prop_map(
        move |(provider, model, kind, key, owner)| Instance {
            id: id(n),
            name: name("i", n),
            provider,
            model,
            kind,
            parameters: [].into(),
            key,
            owner,
            note: None,
            foreign_id: None,
        },
    )
}

fn an_app(n: u128) -> impl Strategy<Value = App> {
    (option::weighted(0.7, department()), option::weighted(0.7, owner()), budget()).prop_map(
        move |(department, owner, budget)| App {
            id: id(n),
            name: name("a", n),
            department,
            owner,
            budget,
            note: None,
            foreign_id: None,
        },
    )
}

fn a_workflow(n: u128) -> impl Strategy<Value = Workflow> {
    let ownership = prop_oneof![
        3 => Just(Ownership::Inherited),
        1 => Just(Ownership::Nobody),
        3 => owner().prop_map(Ownership::Named),
    ];
    let place = (option::weighted(0.8, app()), option::weighted(0.6, department()));
    (place, ownership, option::of(environment()), option::weighted(0.15, policy()), budget()).prop_map(
        move |((app, department), owner, environment, owner_policy, budget)| Workflow {
            id: id(n),
            name: name("w", n),
            app,
            department,
            owner,
            environment,
            owner_policy,
            force: Force::Advisory,
            draft: false,
            budget,
            note: None,
            foreign_id: None,
        },
    )
}

fn a_node(n: u128) -> impl Strategy<Value = Node> {
    let uses = prop_oneof![
        3 => (provider(), model()).prop_map(|(provider, model)| Uses::Model { provider, model }),
        1 => any_of(INSTANCES).prop_map(Uses::Instance),
    ];
    let named = (option::weighted(0.12, credential()), option::weighted(0.15, selector()));
    (workflow(), kind(), uses, named).prop_map(move |(workflow, kind, uses, (key, variable))| Node {
        id: id(n),
        workflow,
        name: name("n", n),
        title: None,
        node_type: None,
        kind,
        uses,
        key,
        variable,
        runs: 1,
        note: None,
        foreign_id: None,
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        1 => workflow().prop_map(Scope::Workflow),
        1 => app().prop_map(Scope::App),
        1 => operator().prop_map(Scope::Owner),
        2 => department().prop_map(Scope::Department),
        1 => Just(Scope::Workspace),
        1 => Just(Scope::System),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    let value_target = || {
        prop_oneof![
            4 => credential().prop_map(ValueTarget::Key),
            2 => pool().prop_map(ValueTarget::Pool),
            1 => Just(ValueTarget::Deny),
        ]
    };
    let table = prop::collection::btree_map(value().prop_map(Text::from), value_target(), 0..3);
    let variable = (selector(), table, any::<bool>()).prop_map(|(selector, values, by_name)| Target::Variable {
        selector,
        values: values.into_iter().collect(),
        by_name,
    });
    prop_oneof![
        6 => credential().prop_map(Target::Key),
        3 => pool().prop_map(Target::Pool),
        3 => variable,
        1 => Just(Target::Deny),
    ]
}

/// Draws the rule of a number.
pub fn a_rule(n: u128) -> impl Strategy<Value = Assignment> {
    let place = (scope(), provider());
    let only = (option::weighted(0.2, model()), option::weighted(0.12, kind()), option::weighted(0.2, environment()));
    let strength = prop_oneof![Just(Strength::Required), Just(Strength::Preferred)];
    let window = (option::weighted(0.12, instant()), option::weighted(0.12, instant()));
    (place, only, target(), strength, window).prop_map(
        move |((scope, provider), (model, kind, environment), target, strength, (from, until))| Assignment {
            id: id(n),
            scope,
            provider,
            model,
            kind,
            environment,
            target,
            strength,
            from,
            until,
            note: None,
            foreign_id: None,
        },
    )
}

fn spent<T: std::fmt::Debug + 'static>(count: u128) -> impl Strategy<Value = Sums<T>> {
    let spent =
        (0..4i64, any::<bool>()).prop_map(|(dollars, estimate)| Spent { amount: MicroDollars(dollars), estimate });
    prop::collection::hash_map(any_of(count), spent, 0..3).prop_map(|sums| sums.into_iter().collect())
}

fn facts() -> impl Strategy<Value = Facts> {
    let month = select(vec![Month { year: 2026, month: 1 }, Month { year: 2026, month: 2 }]);
    let spend = (spent(CREDENTIALS), spent(WORKFLOWS), spent(APPS), spent(DEPARTMENTS))
        .prop_map(|(credentials, workflows, apps, departments)| Spend { credentials, workflows, apps, departments });
    let marks =
        prop::collection::hash_set((0..10 * CREDENTIALS).prop_filter("a version that is drawn", |n| n % 10 < 2), 0..3);
    (prop::collection::btree_map(month, spend, 0..3), marks, 0..9u64).prop_map(|(spend, marks, number)| Facts {
        number,
        spend,
        unreadable: marks.into_iter().map(id).collect(),
        ..Facts::default()
    })
}

/// Draws a world.
pub fn world() -> impl Strategy<Value = World> {
    let people = (workspace(), some(DEPARTMENTS, a_department), some(OPERATORS, an_operator));
    let offers = (some(2, a_provider), some(2, a_model), some(2, a_price));
    let keys = (credentials(), some(POOLS, a_pool), some(INSTANCES, an_instance));
    let work = (some(APPS, an_app), some(WORKFLOWS, a_workflow), some(NODES, a_node), some(RULES, a_rule));
    (people, offers, keys, work, facts()).prop_map(
        |(
            (workspace, departments, operators),
            (providers, models, prices),
            (credentials, pools, instances),
            (apps, workflows, nodes, rules),
            facts,
        )| World {
            workspace,
            departments,
            operators,
            providers,
            models,
            prices,
            credentials,
            pools,
            instances,
            apps,
            workflows,
            nodes,
            rules,
            facts,
        },
    )
}
