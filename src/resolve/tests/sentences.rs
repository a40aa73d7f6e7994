//! Golden sentences: every outcome, every reason, every layer, and what a viewer who may not read a name is told.

use std::borrow::Cow;

use insta::assert_snapshot;

use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target, ValueTarget},
        catalogue::{Catalogue, Ix},
        credential::{Credential, Instance, Owner, Pool, State},
        money::{Budget, BudgetKind, MicroDollars},
        people::{Department, Operator, OwnerPolicy, Workspace},
        provider::ModelKind,
        workflow::{App, Node, Ownership, Uses, Workflow},
    },
    resolve::{
        fixture::*,
        query::{Inputs, Layers, Place, Query},
        resolve,
        sentence::{Naming, Sentences},
    },
    rights::fixture::workspace,
};

/// The sentence and remedy of the node's deciding step, when Finance requires `key`.
fn unusable(key: Credential) -> String {
    verdict(&World::new().with(key).with(rule("r", of("Finance"), to("k"))))
}

fn verdict(world: &World) -> String {
    let story = world.story();
    let decision = story.lines().skip(1).find(|line| line.contains(" decided"));
    let remedy = decision.and_then(|line| line.split_once(" → ")).map(|(_, remedy)| remedy);
    format!("{}\n{}", world.sentence(), remedy.unwrap_or("-"))
}

fn hard() -> Budget {
    Budget { monthly: MicroDollars::ZERO, kind: BudgetKind::Hard }
}

#[test]
fn the_example_of_the_command_line() {
    let world = World::new().with(key("openai-finance")).with(rule("r", of("Finance"), to("openai-finance")));
    assert_snapshot!(world.story(), @r#"
Finance gives openai-finance; nothing nearer speaks.
request not_applicable no_rule: The caller names no key for openai.
node not_applicable no_rule: Node draft names no key.
instance not_applicable not_applicable: The node uses no model instance.
workflow not_applicable no_rule: Workflow invoice-bot has no rule for openai.
app not_applicable no_rule: App billing has no rule for openai.
owner not_applicable no_rule: Owner alice has no rule for openai.
department decided: Finance gives openai-finance.
department not_applicable no_rule: Corporate has no rule for openai.
workspace not_applicable no_rule: The workspace has no rule for openai.
system not_applicable no_rule: The system has no rule for openai.
"#);
}

#[test]
fn a_whole_cascade_with_winner_and_losers() {
    let grader = Instance {
        id: id("grader"),
        name: "grader".into(),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        kind: ModelKind::Llm,
        parameters: std::collections::BTreeMap::new(),
        key: None,
        owner: Owner::System,
        note: None,
        foreign_id: None,
    };
    let preferred = Strength::Preferred;
    let world = World::new()
        .with_keys(["a", "b", "c", "d", "e", "f"])
        .with(Credential { state: State::Disabled, ..key("off") })
        .with(grader)
        .with(Node { uses: Uses::Instance(id("grader")), ..draft() })
        .with(Assignment { model: Some("gpt-4o-mini".into()), ..rule("1", own(), to("a")) })
        .with(Assignment { kind: Some(ModelKind::Tts), ..rule("2", own(), to("a")) })
        .with(Assignment { environment: Some("staging".into()), ..rule("3", own(), to("b")) })
        .with(Assignment { strength: preferred, model: Some("gpt-4o".into()), ..rule("4", own(), to("off")) })
        .with(Assignment { from: Some(at("2027-01-01T00:00:00Z")), ..rule("5", of_app(), to("c")) })
        .with(Assignment { until: Some(at("2026-01-01T00:00:00Z")), ..rule("6", of_app(), to("c")) })
        .with(rule("7", Scope::Owner(id("alice")), to("d")))
        .with(rule("8", of("Finance"), to("e")))
        .with(Assignment { environment: Some("staging".into()), ..rule("9", of("Corporate"), to("f")) })
        .with(rule("10", Scope::Workspace, Target::Pool(id("team"))))
        .with(rule("11", Scope::System, Target::Deny))
        .with(pool("team", &[("a", 1)]));
    assert_snapshot!(world.story(), @r#"
Owner alice gives d; 1 preferred rule before it could not be used.
request not_applicable no_rule: The caller names no key for openai.
node not_applicable no_rule: Node draft names no key.
instance not_applicable no_rule: Instance grader names no key.
workflow skipped disabled: Workflow invoice-bot prefers off for gpt-4o, but it is disabled; the search goes on. → Enable off.
workflow not_applicable other_model: Workflow invoice-bot gives a for gpt-4o-mini only; this is gpt-4o. → Make the rule for gpt-4o.
workflow not_applicable other_model: Workflow invoice-bot gives a for tts models only; this is of kind llm. → Make the rule for llm models.
workflow not_applicable other_environment: Workflow invoice-bot gives b in staging only; this is production. → Make the rule for production.
app not_applicable outside_window: App billing gives c only until 2026-01-01T00:00:00Z. → Let the rule end after 2026-06-15T12:00:00Z.
app not_applicable outside_window: App billing gives c only from 2027-01-01T00:00:00Z. → Let the rule begin by 2026-06-15T12:00:00Z.
owner decided: Owner alice gives d.
department overridden overridden_by: Finance gives e, but owner alice decides first. → Remove the rule of owner alice.
department not_applicable other_environment: Corporate gives f in staging only; this is production. → Let the rule of owner alice give f instead.
workspace overridden overridden_by: The workspace gives pool team, but owner alice decides first. → Let the rule of owner alice give pool team instead.
system overridden overridden_by: The system allows no key, but owner alice decides first. → Let the rule of owner alice deny instead.
"#);
}

#[test]
fn nothing_applies_where_there_is_nothing() {
    let alone = Workflow { app: None, owner: Ownership::Nobody, ..invoice_bot() };
    assert_snapshot!(World::new().with(alone).story(), @r#"
No rule gives a key for openai.
request not_applicable no_rule: The caller names no key for openai.
node not_applicable no_rule: Node draft names no key.
instance not_applicable not_applicable: The node uses no model instance.
workflow not_applicable no_rule: Workflow invoice-bot has no rule for openai.
app not_applicable not_applicable: The workflow belongs to no app.
owner not_applicable not_applicable: The workflow has no owner.
department not_applicable not_applicable: The workflow belongs to no department.
workspace not_applicable no_rule: The workspace has no rule for openai.
system not_applicable no_rule: The system has no rule for openai.
"#);
}

#[test]
fn dify_knows_one_layer() {
    let world = World::new().with_keys(["k"]).with(rule("r", Scope::Workspace, to("k")));
    assert_snapshot!(world.saying(Inputs { layers: Layers::Dify, ..Inputs::default() }).story(), @r#"
The workspace gives k; nothing nearer speaks.
request not_applicable not_applicable: Dify has no such layer.
node not_applicable not_applicable: Dify has no such layer.
instance not_applicable not_applicable: Dify has no such layer.
workflow not_applicable not_applicable: Dify has no such layer.
app not_applicable not_applicable: Dify has no such layer.
owner not_applicable not_applicable: Dify has no such layer.
department not_applicable not_applicable: Dify has no such layer.
workspace decided: The workspace gives k.
system not_applicable not_applicable: Dify has no such layer.
"#);
}

#[test]
fn unknown_key() {
    let world = World::new().with(rule("r", of("Finance"), to("k")));
    assert_snapshot!(verdict(&world), @r#"
Finance requires a key that does not exist.
Name a key that exists.
"#);
    let by_name =
        World::new().with(rule("r", own(), variable("env.k", &[], true))).saying(with_values(&[("env.k", "typo")]));
    assert_snapshot!(verdict(&by_name), @r#"
Workflow invoice-bot requires "typo" by env.k, but no key is called so.
Add a key named "typo".
"#);
}

#[test]
fn wrong_provider() {
    assert_snapshot!(unusable(Credential { provider: "anthropic".into(), ..key("k") }), @r#"
Finance requires k, but it is a key for anthropic.
Name a key for openai.
"#);
}

#[test]
fn revoked_and_disabled() {
    assert_snapshot!(unusable(Credential { state: State::Revoked, ..key("k") }), @r#"
Finance requires k, but it is revoked.
Let an administrator reinstate k.
"#);
    assert_snapshot!(unusable(Credential { state: State::Disabled, ..key("k") }), @r#"
Finance requires k, but it is disabled.
Enable k.
"#);
}

#[test]
fn not_yet_valid_and_expired() {
    assert_snapshot!(unusable(Credential { not_before: Some(at("2027-01-01T00:00:00Z")), ..key("k") }), @r#"
Finance requires k, but it is not valid before 2027-01-01T00:00:00Z.
Let k begin by 2026-06-15T12:00:00Z.
"#);
    assert_snapshot!(unusable(Credential { expires: Some(at("2026-01-01T00:00:00Z")), ..key("k") }), @r#"
Finance requires k, but it expired at 2026-01-01T00:00:00Z.
Let k expire after 2026-06-15T12:00:00Z.
"#);
}

#[test]
fn model_not_allowed() {
    assert_snapshot!(unusable(Credential { models: Some(vec!["gpt-4o-mini".into()]), ..key("k") }), @r#"
Finance requires k, but it is not for gpt-4o.
Allow gpt-4o on k.
"#);
}

#[test]
fn wrong_environment() {
    let staging = || Credential { environment: Some("staging".into()), ..key("k") };
    assert_snapshot!(unusable(staging()), @r#"
Finance requires k, but it is for staging and this is production.
Let k serve production.
"#);
    let world = World::new().with(staging()).with(rule("r", of("Finance"), to("k")));
    assert_snapshot!(verdict(&world.with(Workflow { environment: None, ..invoice_bot() })), @r#"
Finance requires k, but it is for staging and no environment is asked for.
Let k serve any environment.
"#);
}

#[test]
fn not_owner() {
    assert_snapshot!(unusable(credential("k", Owner::Department(id("Sales")))), @r#"
Finance requires k, but it belongs to Sales.
Lend k to workflow invoice-bot.
"#);
    assert_snapshot!(unusable(credential("k", Owner::Operator(id("bob")))), @r#"
Finance requires k, but it belongs to bob.
Lend k to workflow invoice-bot.
"#);
}

#[test]
fn owner_policy() {
    let with = |policy, owner| {
        let strict = Workflow { owner_policy: Some(policy), ..invoice_bot() };
        verdict(&World::new().with(strict).with(credential("k", owner)).with(rule("r", of("Finance"), to("k"))))
    };
    assert_snapshot!(with(OwnerPolicy::OwnOnly, Owner::System), @r#"
Finance requires k, but only own keys are allowed.
Set the owner policy of workflow invoice-bot to any.
"#);
    assert_snapshot!(with(OwnerPolicy::SystemOnly, Owner::Operator(id("alice"))), @r#"
Finance requires k, but only the system's keys are allowed.
Set the owner policy of workflow invoice-bot to any.
"#);
}

#[test]
fn over_budget_and_unpriced_model() {
    assert_snapshot!(unusable(Credential { budget: Some(hard()), ..key("k") }), @r#"
Finance requires k, but the monthly budget of k is spent.
Raise the budget of k.
"#);
    let world = World::new().with(key("k")).with(rule("r", of("Finance"), to("k")));
    let poor = Department { budget: Some(hard()), ..department("Corporate", None) };
    assert_snapshot!(verdict(&world.clone().with(poor)), @r#"
Finance requires k, but the monthly budget of Corporate is spent.
Raise the budget of Corporate.
"#);
    let mystery = Node { uses: Uses::Model { provider: "openai".into(), model: "mystery".into() }, ..draft() };
    let rich = Budget { monthly: MicroDollars(1), ..hard() };
    let workflow = Workflow { budget: Some(rich), ..invoice_bot() };
    assert_snapshot!(verdict(&world.with(mystery).with(workflow)), @r#"
Finance requires k, but the model has no known price and a budget is hard.
Set a price for mystery.
"#);
}

#[test]
fn unreadable() {
    let world =
        World::new().with(Credential { secret: sealed("v1"), ..key("k") }).with(rule("r", of("Finance"), to("k")));
    assert_snapshot!(verdict(&world.knowing(|facts| facts.unreadable.extend([id("v1")]))), @r#"
Finance requires k, but its secret does not open.
Replace the secret of k.
"#);
}

#[test]
fn deny() {
    assert_snapshot!(verdict(&World::new().with(rule("r", own(), Target::Deny))), @r#"
Workflow invoice-bot allows no key.
-
"#);
    let by_value = variable("start.customer", &[("none", ValueTarget::Deny)], false);
    let world = World::new().with(rule("r", own(), by_value)).saying(with_values(&[("start.customer", "none")]));
    assert_snapshot!(verdict(&world), @r#"
Workflow invoice-bot allows no key by start.customer.
-
"#);
}

/// A world in which alice, or nobody, overrides by `mine`.
fn overriding(allowed: bool, operator: bool) -> World {
    let world = World::new().with_keys(["mine", "k"]).with(rule("r", Scope::Workspace, to("k")));
    let world = world.with(Workspace { allow_request_overrides: allowed, ..workspace() });
    let operator = world.catalogue.operators().named("alice").filter(|_| operator);
    world.saying(Inputs { overrides: [("openai".into(), "mine".to_owned())].into(), operator, ..Inputs::default() })
}

#[test]
fn overrides() {
    assert_snapshot!(verdict(&overriding(false, true)), @r#"
The caller names a key for this run, but the workspace does not allow overrides.
Let the workspace allow overrides.
"#);
    assert_snapshot!(verdict(&overriding(true, false)), @r#"
The caller names mine for this run, but may not use it.
Grant the caller the right to use mine.
"#);
    assert_snapshot!(verdict(&overriding(true, true)), @r#"
The override gives mine.
-
"#);
}

#[test]
fn unknown_value_and_missing_input() {
    let values = [("acme", ValueTarget::Key(id("k")))];
    let world = World::new().with_keys(["k"]).with(rule("r", of_app(), variable("start.customer", &values, false)));
    assert_snapshot!(verdict(&world), @r#"
App billing needs a value of start.customer; 1 key could come out.
Give start.customer a value.
"#);
    assert_snapshot!(verdict(&world.clone().saying(with_values(&[("start.customer", "x")]))), @r#"
App billing has no key for the value of start.customer.
Add the value of start.customer to the rule.
"#);
    assert_snapshot!(verdict(&world.saying(with_values(&[("start.customer", "acme")]))), @r#"
App billing gives k by start.customer; nothing nearer speaks.
-
"#);
    let named = Node { variable: Some("env.k".parse().unwrap()), ..draft() };
    assert_snapshot!(verdict(&World::new().with_keys(["k", "l"]).with(named)), @r#"
Node draft needs a value of env.k; 2 keys could come out.
Give env.k a value.
"#);
}

#[test]
fn pools() {
    let world = World::new().with_keys(["a", "b"]).with(rule("r", Scope::System, Target::Pool(id("team"))));
    assert_snapshot!(verdict(&world), @r#"
The system requires a pool that does not exist.
Name a pool that exists.
"#);
    assert_snapshot!(verdict(&world.clone().with(pool("team", &[]))), @r#"
The system requires pool team, but it has no members.
Let pool team have a usable member.
"#);
    assert_snapshot!(verdict(&world.clone().with(pool("team", &[("a", 0), ("b", 0)]))), @r#"
The system requires pool team, but none of its 2 members can be chosen.
Let pool team have a usable member.
"#);
    let shared = world.with(pool("team", &[("a", 0), ("b", 1)]));
    assert_snapshot!(verdict(&shared), @r#"
The system gives pool team with 1 of 2 members usable; nothing nearer speaks.
-
"#);
    let run = Inputs { run_id: Some("run-1".to_owned()), ..Inputs::default() };
    assert_snapshot!(verdict(&shared.saying(run)), @r#"
The system gives pool team, where this run gets b; nothing nearer speaks.
-
"#);
}

#[test]
fn ambiguous() {
    let exact = |word, key| Assignment { model: Some("gpt-4o".into()), ..rule(word, of("Finance"), to(key)) };
    let world = World::new().with_keys(["a", "b", "c"]).with(exact("a", "a")).with(exact("b", "b"));
    let story = world.with(rule("c", Scope::Workspace, to("c"))).story();
    assert_snapshot!(story.lines().filter(|line| !line.contains("not_applicable")).collect::<Vec<_>>().join("\n"), @r#"
Finance has equal rules for gpt-4o at this time, so none of them decides.
department decided ambiguous: Finance has equal rules for gpt-4o at this time, so none of them decides. → Remove all but one of the equal rules.
department decided ambiguous: Finance has equal rules for gpt-4o at this time, so none of them decides. → Remove all but one of the equal rules.
workspace overridden overridden_by: The workspace gives c, but Finance decides first. → Remove the equal rules of Finance.
"#);
}

#[test]
fn no_match_tells_how_many_preferred_rules_failed() {
    let preferred = |rule| Assignment { strength: Strength::Preferred, ..rule };
    let world = World::new()
        .with(Credential { state: State::Revoked, ..key("k") })
        .with(preferred(rule("a", own(), to("k"))))
        .with(preferred(rule("b", of_app(), variable("start.customer", &[], false))));
    let story = world.clone().story();
    assert_snapshot!(story.lines().filter(|line| !line.contains("not_applicable")).collect::<Vec<_>>().join("\n"), @r#"
No rule gives a usable key for openai; 2 preferred rules could not be used.
workflow skipped revoked: Workflow invoice-bot prefers k, but it is revoked; the search goes on. → Let an administrator reinstate k.
app skipped missing_input: App billing would use the value of start.customer, but it has none; the search goes on. → Give start.customer a value.
"#);
    let world = world.with(key("good")).with(rule("c", Scope::System, to("good")));
    assert_snapshot!(world.sentence(), @"The system gives good; 2 preferred rules before it could not be used.");
}

#[test]
fn whole_apps_are_asked_too() {
    let world = World::new();
    let query = Query { place: world.pair_at_app(None), now: world.now, inputs: &world.inputs };
    let resolution = resolve(&world.catalogue, &query);
    let sentences = Sentences::new(&world.catalogue, &query, &world.catalogue);
    let lines: Vec<_> = resolution.trace.iter().map(|step| sentences.step(&resolution, step)).collect();
    assert_snapshot!(lines.join("\n"), @r#"
The caller names no key for openai.
The question is not about a node.
The node uses no model instance.
The question is about a whole app.
App billing has no rule for openai.
The app has no owner.
Finance has no rule for openai.
Corporate has no rule for openai.
The workspace has no rule for openai.
The system has no rule for openai.
"#);
}

/// Names nothing at all.
struct Masked;

impl Naming for Masked {
    fn credential(&self, _: Ix<Credential>) -> Option<Cow<'_, str>> {
        None
    }
    fn pool(&self, _: Ix<Pool>) -> Option<Cow<'_, str>> {
        None
    }
    fn department(&self, _: Ix<Department>) -> Option<Cow<'_, str>> {
        None
    }
    fn operator(&self, _: Ix<Operator>) -> Option<Cow<'_, str>> {
        None
    }
    fn instance(&self, _: Ix<Instance>) -> Option<Cow<'_, str>> {
        None
    }
    fn app(&self, _: Ix<App>) -> Option<Cow<'_, str>> {
        None
    }
    fn workflow(&self, _: Ix<Workflow>) -> Option<Cow<'_, str>> {
        None
    }
    fn node(&self, _: Ix<Node>) -> Option<Cow<'_, str>> {
        None
    }
}

/// Everything that is said about the node to somebody who may read nothing.
fn masked(world: &World) -> String {
    let catalogue: &Catalogue = &world.catalogue;
    let node = catalogue.nodes().find(id("invoice-bot/draft")).unwrap();
    let query = Query { place: Place::Node(node), now: world.now, inputs: &world.inputs };
    let resolution = resolve(catalogue, &query);
    let sentences = Sentences::new(catalogue, &query, &Masked);
    let steps = resolution.trace.iter().filter(|step| step.source.is_some());
    let steps = steps.map(|step| {
        format!("{} {}", sentences.step(&resolution, step), sentences.remedy(&resolution, step).unwrap_or_default())
    });
    std::iter::once(sentences.answer(&resolution)).chain(steps).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_masked_key_tells_its_reason_and_nothing_else() {
    let secretive = |change: fn(&mut Credential)| {
        let mut bobs = credential("bobs-secret-key", Owner::Operator(id("bob")));
        change(&mut bobs);
        let world = World::new().with(bobs).with(rule("r", of("Finance"), to("bobs-secret-key")));
        masked(&world)
    };
    assert_snapshot!(secretive(|_| {}), @r#"
A department requires a private key, but it belongs to somebody else.
A department requires a private key, but it belongs to somebody else. Lend a private key to the workflow.
"#);
    assert_snapshot!(secretive(|key| key.expires = Some(at("2025-05-05T05:05:05Z"))), @r#"
A department requires a private key, but it has expired.
A department requires a private key, but it has expired. Let a private key expire after 2026-06-15T12:00:00Z.
"#);
    assert_snapshot!(secretive(|key| key.environment = Some("staging".into())), @r#"
A department requires a private key, but it is for another environment.
A department requires a private key, but it is for another environment. Let a private key serve production.
"#);
    assert_snapshot!(secretive(|key| key.provider = "anthropic".into()), @r#"
A department requires a private key, but it is a key for another provider.
A department requires a private key, but it is a key for another provider. Name a key for openai.
"#);
}

#[test]
fn names_can_not_move_the_cursor() {
    let world =
        World::new().with(Credential { name: "a\u{1b}[2Jb".into(), ..key("k") }).with(rule("r", own(), to("k")));
    assert!(!world.story().contains('\u{1b}'));
}
