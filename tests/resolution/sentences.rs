//! The sentences of design §2, one small world each, told to both resolvers.

use keydeck::{
    domain::{
        assignment::{Assignment, Scope, Target, ValueTarget},
        credential::{Credential, Instance, Member, Owner, Pool, Sealed, SecretRef, State, UsableBy},
        fact::{Month, Spent},
        money::{Budget, BudgetKind, MicroDollars},
        people::{Grant, GrantScope, OwnerPolicy, Role},
        provider::ModelKind,
        workflow::{Ownership, Uses},
    },
    resolve::{
        answer::{
            Layer,
            Outcome::{self, Ambiguous, Denied, MissingInput, NoMatch, Pooled, Resolved, Unusable},
            Reason,
        },
        query::Environment,
    },
};

use super::{
    bench::{NOW, ask, at, bench, gives, key, preferred, rule},
    properties::agree,
    reference, usable,
    world::{Asker, Pair, Question, Speaker, Verdict, World, id},
};

fn variable(values: &[(&str, ValueTarget)], by_name: bool) -> Target {
    let values = values.iter().map(|(value, target)| ((*value).into(), *target)).collect();
    Target::Variable { selector: "start.customer".parse().expect("a selector"), values, by_name }
}

const fn hard(monthly: i64) -> Budget {
    Budget { monthly: MicroDollars(monthly), kind: BudgetKind::Hard }
}

fn with_value(value: &str) -> Question {
    Question { variables: [("start.customer".into(), value.to_owned())].into(), ..ask() }
}

fn with_override(name: &str) -> Question {
    Question { overrides: [("alpha".into(), name.to_owned())].into(), operator: Some(id(0)), ..ask() }
}

fn in_environment(environment: &str) -> Question {
    Question { environment: Environment::Is(environment.into()), ..ask() }
}

/// Lets both resolvers answer, and returns what they agree on.
fn told(world: &World, question: &Question) -> Verdict {
    if std::env::var_os("ALONE").is_none()
        && let Err(error) = agree(world, &world.catalogue(), question)
    {
        panic!("{error}");
    }
    reference::resolve(world, question, &|key| usable::may_use(world, question.operator, key))
}

/// The outcome, the reason and the number of the key.
fn short(world: &World, question: &Question) -> (Outcome, Option<Reason>, Option<u128>) {
    let verdict = told(world, question);
    (verdict.outcome, verdict.reason, verdict.credential.map(|id| id.uuid().as_u128()))
}

const fn key_is(n: u128) -> (Outcome, Option<Reason>, Option<u128>) {
    (Resolved, None, Some(n))
}

const fn no_key(outcome: Outcome, reason: Reason) -> (Outcome, Option<Reason>, Option<u128>) {
    (outcome, Some(reason), None)
}

/// The bench with keys and rules.
fn with(keys: impl IntoIterator<Item = Credential>, rules: impl IntoIterator<Item = Assignment>) -> World {
    World { credentials: keys.into_iter().collect(), rules: rules.into_iter().collect(), ..bench() }
}

/// The bench where the system's last resort is one key, as `change` makes it.
fn one_key(change: impl FnOnce(&mut Credential)) -> World {
    let mut only = key(0);
    change(&mut only);
    with([only], [rule(0, Scope::System, gives(0))])
}

#[test]
fn nearer_layers_come_first() {
    let scopes = [
        Scope::Workflow(id(0)),
        Scope::App(id(0)),
        Scope::Owner(id(0)),
        Scope::Department(id(1)),
        Scope::Department(id(0)),
        Scope::Workspace,
        Scope::System,
    ];
    let mut world = with((0..9).map(key), scopes.into_iter().zip(0..).map(|(scope, n)| rule(n, scope, gives(n))));
    world.workflows[0].owner = Ownership::Named(Owner::Operator(id(0)));
    world.instances = vec![Instance {
        id: id(0),
        name: "i".into(),
        provider: "alpha".into(),
        model: "m0".into(),
        kind: ModelKind::Llm,
        parameters: [].into(),
        key: Some(id(7)),
        owner: Owner::System,
        note: None,
        foreign_id: None,
    }];
    world.nodes[0].uses = Uses::Instance(id(0));
    world.nodes[0].key = Some(id(8));
    assert_eq!(short(&world, &ask()), key_is(8));
    world.nodes[0].key = None;
    assert_eq!(short(&world, &ask()), key_is(7));
    world.instances[0].key = None;
    for n in 0..7 {
        assert_eq!(short(&world, &ask()), key_is(n));
        world.rules.remove(0);
    }
    assert_eq!(short(&world, &ask()), no_key(NoMatch, Reason::NoRule));
}

#[test]
fn inside_a_layer_model_comes_before_kind_before_environment() {
    let exact = |n, model: bool, kind: bool, environment: bool| Assignment {
        model: model.then(|| "m0".into()),
        kind: kind.then_some(ModelKind::Llm),
        environment: environment.then(|| "prod".into()),
        ..rule(n, Scope::Workspace, gives(n))
    };
    let orders: Vec<_> = (0..8).map(|n: u128| exact(n, n & 4 == 0, n & 2 == 0, n & 1 == 0)).collect();
    let mut world = with((0..8).map(key), orders);
    for n in 0..8 {
        assert_eq!(short(&world, &in_environment("prod")), key_is(n));
        world.rules.remove(0);
    }
}

#[test]
fn in_the_layer_of_departments_distance_comes_before_model() {
    let exact = Assignment { model: Some("m0".into()), ..rule(0, Scope::Department(id(0)), gives(0)) };
    let world = with([key(0), key(1)], [exact, rule(1, Scope::Department(id(1)), gives(1))]);
    let verdict = told(&world, &ask());
    assert_eq!((verdict.layer, verdict.department), (Some(Layer::Department), Some(id(1))));
    assert_eq!(verdict.credential, Some(id(1)));
}

#[test]
fn a_required_rule_stops_and_a_preferred_one_lets_the_search_go_on() {
    let revoked = Credential { state: State::Revoked, ..key(0) };
    let near = Scope::Workflow(id(0));
    let keys = [revoked, key(1)];
    let stops = with(keys.clone(), [rule(0, near, gives(0)), rule(1, Scope::System, gives(1))]);
    assert_eq!(short(&stops, &ask()), no_key(Unusable, Reason::Revoked));
    let goes_on = with(keys.clone(), [preferred(0, near, gives(0)), rule(1, Scope::System, gives(1))]);
    assert_eq!(short(&goes_on, &ask()), key_is(1));
    assert_eq!(told(&goes_on, &ask()).passed, [(Speaker::Rule(id(0)), Reason::Revoked)]);
    let exact = Assignment { model: Some("m0".into()), ..preferred(0, near, gives(0)) };
    let same_subject = with(keys.clone(), [exact, rule(1, near, gives(1))]);
    assert_eq!(short(&same_subject, &ask()), key_is(1), "the next may be a less exact rule of the same subject");
    let nothing_left = with(keys, [preferred(0, near, gives(0))]);
    assert_eq!(short(&nothing_left, &ask()), no_key(NoMatch, Reason::NoRule));
}

#[test]
fn deny_is_a_rule_of_its_layer_and_always_stops() {
    let near = Scope::Workflow(id(0));
    let farther = with([key(0)], [rule(0, near, gives(0)), rule(1, Scope::Workspace, Target::Deny)]);
    assert_eq!(short(&farther, &ask()), key_is(0), "nearer layers pass it");
    let only_preferred = with([key(0)], [preferred(1, near, Target::Deny), rule(0, Scope::System, gives(0))]);
    assert_eq!(short(&only_preferred, &ask()), no_key(Denied, Reason::Deny), "strength means nothing for it");
    let in_table = preferred(0, near, variable(&[("x", ValueTarget::Deny)], true));
    assert_eq!(short(&with([key(0)], [in_table]), &with_value("x")), no_key(Denied, Reason::Deny));
}

#[test]
fn each_check_has_its_reason() {
    let other = Month { year: 2026, month: 1 };
    assert_eq!(short(&with([], [rule(0, Scope::System, gives(0))]), &ask()), no_key(Unusable, Reason::UnknownKey));
    let says = |reason, change: fn(&mut Credential)| {
        assert_eq!(short(&one_key(change), &ask()), no_key(Unusable, reason));
    };
    says(Reason::WrongProvider, |key| key.provider = "beta".into());
    says(Reason::Revoked, |key| key.state = State::Revoked);
    says(Reason::Disabled, |key| key.state = State::Disabled);
    says(Reason::NotYetValid, |key| key.not_before = Some(at(NOW + 1)));
    says(Reason::Expired, |key| key.expires = Some(at(NOW)));
    says(Reason::ModelNotAllowed, |key| key.models = Some(vec!["m1".into()]));
    says(Reason::ModelNotAllowed, |key| key.models = Some(Vec::new()));
    says(Reason::WrongEnvironment, |key| key.environment = Some("prod".into()));
    says(Reason::NotOwner, |key| key.owner = Owner::Department(id(2)));
    says(Reason::NotOwner, |key| key.owner = Owner::Operator(id(0)));
    says(Reason::OverBudget, |key| key.budget = Some(hard(0)));
    assert_eq!(short(&one_key(|key| key.not_before = Some(at(NOW))), &ask()), key_is(0));
    assert_eq!(short(&one_key(|key| key.expires = Some(at(NOW + 1))), &ask()), key_is(0));
    assert_eq!(short(&one_key(|key| key.owner = Owner::Department(id(0))), &ask()), key_is(0), "or below");
    let sealed = SecretRef::Sealed(Sealed { version: id(5), last4: None, fields: Vec::new() });
    let mut marked = one_key(|key| key.secret = sealed);
    assert_eq!(short(&marked, &ask()), key_is(0));
    marked.facts.unreadable.insert(id(5));
    assert_eq!(short(&marked, &ask()), no_key(Unusable, Reason::Unreadable));
    assert_eq!(Month::of(at(NOW)), other);
}

#[test]
fn an_empty_environment_is_any_on_a_key_or_rule_and_none_on_a_workflow_or_query() {
    let empty_key = one_key(|key| key.environment = Some("".into()));
    assert_eq!(short(&empty_key, &ask()), key_is(0));
    assert_eq!(short(&empty_key, &in_environment("prod")), key_is(0));
    let any = Assignment { environment: Some("".into()), ..rule(0, Scope::System, gives(0)) };
    let exact = Assignment { environment: Some("prod".into()), ..rule(1, Scope::System, gives(1)) };
    let world = with([key(0), key(1)], [any.clone(), exact]);
    assert_eq!(short(&world, &ask()), key_is(0));
    assert_eq!(short(&world, &in_environment("stage")), key_is(0));
    assert_eq!(short(&world, &in_environment("prod")), key_is(1));
    let twice = with([key(0), key(1)], [any, rule(1, Scope::System, gives(1))]);
    assert_eq!(short(&twice, &ask()), no_key(Ambiguous, Reason::Ambiguous), "empty and absent are the same");
    let mut bound = one_key(|key| key.environment = Some("prod".into()));
    bound.workflows[0].environment = Some("prod".into());
    assert_eq!(short(&bound, &ask()), key_is(0));
    assert_eq!(short(&bound, &in_environment("")), no_key(Unusable, Reason::WrongEnvironment));
}

#[test]
fn a_lent_key_is_no_longer_a_matter_of_its_owner_but_still_of_the_policy() {
    for by in [UsableBy::Workflow(id(0)), UsableBy::App(id(0)), UsableBy::Department(id(0))] {
        let mut world = one_key(|key| {
            key.owner = Owner::Operator(id(1));
            key.usable_by = vec![by];
        });
        assert_eq!(short(&world, &ask()), key_is(0));
        world.departments[0].owner_policy = Some(OwnerPolicy::OwnOnly);
        assert_eq!(short(&world, &ask()), no_key(Unusable, Reason::OwnerPolicy));
    }
}

#[test]
fn the_nearest_policy_counts() {
    let mut world = one_key(|_| ());
    world.workspace.owner_policy = OwnerPolicy::OwnOnly;
    assert_eq!(short(&world, &ask()), no_key(Unusable, Reason::OwnerPolicy), "no owner is not the system");
    world.departments[1].owner_policy = Some(OwnerPolicy::SystemOnly);
    assert_eq!(short(&world, &ask()), key_is(0));
    world.workflows[0].owner_policy = Some(OwnerPolicy::OwnOnly);
    world.workflows[0].owner = Ownership::Named(Owner::System);
    assert_eq!(short(&world, &ask()), key_is(0), "the workflow's owner is the system");
}

#[test]
fn hard_budgets_of_key_workflow_app_and_departments_count() {
    let month = Month::of(at(NOW));
    let spent = Spent { amount: MicroDollars(5), estimate: true };
    let carriers: [fn(&mut World, Option<Budget>); 4] = [
        |world, budget| world.credentials[0].budget = budget,
        |world, budget| world.workflows[0].budget = budget,
        |world, budget| world.apps[0].budget = budget,
        |world, budget| world.departments[0].budget = budget,
    ];
    for carry in carriers {
        let mut world = one_key(|_| ());
        let this_month = world.facts.spend.entry(month).or_default();
        this_month.credentials.add(id(0), spent);
        this_month.workflows.add(id(0), spent);
        this_month.apps.add(id(0), spent);
        this_month.departments.add(id(0), spent);
        carry(&mut world, Some(hard(6)));
        assert_eq!(short(&world, &ask()), key_is(0));
        carry(&mut world, Some(hard(5)));
        assert_eq!(short(&world, &ask()), no_key(Unusable, Reason::OverBudget), "reached is spent");
        carry(&mut world, Some(Budget { kind: BudgetKind::Soft, ..hard(5) }));
        assert_eq!(short(&world, &ask()), key_is(0));
        carry(&mut world, Some(hard(6)));
        world.nodes[0].uses = Uses::Model { provider: "alpha".into(), model: "m2".into() };
        assert_eq!(short(&world, &ask()), no_key(Unusable, Reason::UnpricedModel));
    }
}

#[test]
fn an_override_is_checked_in_its_order() {
    let mut world = with([key(0), Credential { provider: "beta".into(), ..key(1) }], []);
    assert_eq!(short(&world, &with_override("nobody")), no_key(Denied, Reason::OverridesNotAllowed));
    world.workspace.allow_request_overrides = true;
    assert_eq!(short(&world, &with_override("nobody")), no_key(Unusable, Reason::UnknownKey));
    assert_eq!(short(&world, &with_override("k0")), no_key(Denied, Reason::NotPermitted));
    world.operators[0].grants = vec![Grant { role: Role::Member, on: GrantScope::Workspace(id(1)) }];
    assert_eq!(short(&world, &with_override("k0")), key_is(0));
    assert_eq!(short(&world, &with_override(&key(0).id.to_string())), key_is(0), "or its id");
    assert_eq!(short(&world, &with_override("k1")), no_key(Unusable, Reason::WrongProvider));
    assert_eq!(told(&world, &with_override("k1")).layer, Some(Layer::Request));
    let other = Question { overrides: [("beta".into(), "k0".to_owned())].into(), ..ask() };
    assert_eq!(short(&world, &other), no_key(NoMatch, Reason::NoRule), "for another provider: ignored");
}

#[test]
fn a_nodes_variable_comes_before_its_fixed_key() {
    let mut world = with([key(0), key(1), Credential { state: State::Revoked, ..key(2) }], []);
    world.nodes[0].variable = Some("start.customer".parse().expect("a selector"));
    let missing = told(&world, &ask());
    assert_eq!((missing.outcome, missing.layer), (MissingInput, Some(Layer::Node)));
    assert_eq!(missing.missing, Some(("start.customer".into(), [id(0), id(1)].into())));
    world.nodes[0].key = Some(id(1));
    assert_eq!(short(&world, &ask()), key_is(1));
    assert_eq!(short(&world, &with_value("k0")), key_is(0));
    assert_eq!(short(&world, &with_value("")), no_key(Unusable, Reason::UnknownKey), "the empty text is a value");
}

#[test]
fn a_variable_rule_reads_its_table_then_the_name() {
    let table = [("acme", ValueTarget::Key(id(0))), ("k2", ValueTarget::Key(id(1)))];
    let near = Scope::Workflow(id(0));
    let closed = with((0..3).map(key), [rule(0, near, variable(&table, false))]);
    assert_eq!(short(&closed, &with_value("acme")), key_is(0));
    assert_eq!(short(&closed, &with_value("k0")), no_key(Unusable, Reason::UnknownValue));
    assert_eq!(told(&closed, &ask()).missing, Some(("start.customer".into(), [id(0), id(1)].into())));
    let open = with((0..3).map(key), [rule(0, near, variable(&table, true))]);
    assert_eq!(short(&open, &with_value("k2")), key_is(1), "the table comes first");
    assert_eq!(short(&open, &with_value("k0")), key_is(0));
    assert_eq!(short(&open, &with_value("nobody")), no_key(Unusable, Reason::UnknownKey));
    assert_eq!(told(&open, &ask()).outcome, MissingInput);
    let last = rule(1, Scope::System, gives(2));
    let goes_on = with((0..3).map(key), [preferred(0, near, variable(&table, false)), last]);
    assert_eq!(short(&goes_on, &ask()), key_is(2));
    assert_eq!(short(&goes_on, &with_value("x")), key_is(2));
}

#[test]
fn a_pool_lists_all_and_needs_one_that_can_be_chosen() {
    let pool = |members: &[(u128, u32)]| Pool {
        id: id(0),
        name: "shared".into(),
        provider: "alpha".into(),
        members: members.iter().map(|&(n, weight)| Member { key: id(n), weight }).collect(),
        note: None,
        foreign_id: None,
    };
    let revoked = Credential { state: State::Revoked, ..key(2) };
    let mut world = with([key(0), key(1), revoked, key(3)], [rule(0, Scope::System, Target::Pool(id(0)))]);
    world.pools = vec![pool(&[(0, 3), (2, 4), (1, 1), (3, 0)])];
    let verdict = told(&world, &ask());
    assert_eq!((verdict.outcome, verdict.credential, verdict.pool), (Pooled, None, Some(id(0))));
    let listed: Vec<_> = verdict.members.iter().map(|it| (it.key, format!("{:.2}", it.share), it.reason)).collect();
    let share = |n, share: &str, reason| (id(n), share.to_owned(), reason);
    let expected = [
        share(0, "0.75", None),
        share(2, "0.00", Some(Reason::Revoked)),
        share(1, "0.25", None),
        share(3, "0.00", None),
    ];
    assert_eq!(listed, expected);
    for empty in [&[][..], &[(2, 4)], &[(0, 0)], &[(9, 1)]] {
        world.pools = vec![pool(empty)];
        assert_eq!(short(&world, &ask()), no_key(Unusable, Reason::PoolEmpty));
    }
}

#[test]
fn equal_active_rules_are_ambiguous_only_when_the_search_reaches_them() {
    let equal = [rule(0, Scope::System, gives(0)), rule(1, Scope::System, gives(1))];
    let mut world = with((0..3).map(key), equal);
    let verdict = told(&world, &ask());
    assert_eq!((verdict.outcome, verdict.layer), (Ambiguous, Some(Layer::System)));
    world.rules[0].until = Some(at(NOW));
    world.rules[1].from = Some(at(NOW));
    assert_eq!(short(&world, &ask()), key_is(1), "one may begin at the instant at which another ends");
    world.rules[1].from = None;
    world.rules[0].until = None;
    world.rules.push(rule(2, Scope::Workspace, gives(2)));
    assert_eq!(short(&world, &ask()), key_is(2));
}

#[test]
fn an_app_asks_as_a_workflow_of_its_own_without_layer_4() {
    let pair = Pair { provider: "alpha".into(), model: None, kind: ModelKind::Llm };
    let question = Question { asker: Asker::App(id(0), pair), ..ask() };
    let near = rule(0, Scope::Workflow(id(0)), gives(0));
    let mut world = with([key(0), key(1)], [near, rule(1, Scope::Department(id(0)), gives(1))]);
    assert_eq!(short(&world, &question), key_is(1));
    world.credentials[1].models = Some(vec!["m0".into()]);
    assert_eq!(short(&world, &question), no_key(Unusable, Reason::ModelNotAllowed), "no model is none of the listed");
    world.rules[1].model = Some("m0".into());
    assert_eq!(short(&world, &question), no_key(NoMatch, Reason::NoRule));
}

#[test]
fn a_cycle_of_departments_ends() {
    let mut world = with([key(0)], [rule(0, Scope::Department(id(0)), gives(0))]);
    world.departments[0].parent = Some(id(1));
    assert_eq!(short(&world, &ask()), key_is(0));
    world.rules.clear();
    assert_eq!(short(&world, &ask()), no_key(NoMatch, Reason::NoRule));
}

#[test]
fn a_workflow_of_nobody_has_no_owner_whoever_owns_its_app() {
    let private = Credential { owner: Owner::Operator(id(0)), ..key(0) };
    let mut world = with([private], [rule(0, Scope::Owner(id(0)), gives(0))]);
    world.apps[0].owner = Some(Owner::Operator(id(0)));
    assert_eq!(short(&world, &ask()), key_is(0));
    world.workflows[0].owner = Ownership::Nobody;
    assert_eq!(short(&world, &ask()), no_key(NoMatch, Reason::NoRule));
}

/// Design §5: a member uses "own, system, own department's"; `usable_by` names workflows, not people.
#[test]
fn lending_a_key_to_workflows_lends_it_to_no_person() {
    let lent = Credential { owner: Owner::Department(id(2)), usable_by: vec![UsableBy::Workflow(id(0))], ..key(0) };
    let mut world = with([lent], []);
    world.operators[0].grants = vec![Grant { role: Role::Member, on: GrantScope::Department(id(1)) }];
    let catalogue = world.catalogue();
    let (ada, key) = (catalogue.operators().find(id(0)), catalogue.credentials().find(id(0)).expect("the key"));
    assert!(!keydeck::rights::may_use(&catalogue, ada, key), "Ada of Finance uses a key of Sales by hand");
}
