//! The total order: layers, exactness, windows, and what a search does at its end.

use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength},
        credential::{Instance, Owner, State},
        provider::ModelKind,
        workflow::{Node, Ownership, Uses, Workflow},
    },
    resolve::{
        answer::{Layer, Outcome, Verdict},
        fixture::*,
        query::{Environment, Inputs, Layers},
    },
};

fn preferred(rule: Assignment) -> Assignment {
    Assignment { strength: Strength::Preferred, ..rule }
}

fn grader(key: Option<&str>) -> Instance {
    Instance {
        id: id("grader"),
        name: "grader".into(),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        kind: ModelKind::Llm,
        parameters: std::collections::BTreeMap::new(),
        key: key.map(id),
        owner: Owner::Operator(id("bob")),
        note: None,
        foreign_id: None,
    }
}

/// A world in which every layer but the request speaks, each with a key named after it.
fn every_layer() -> World {
    let keys = ["node", "instance", "workflow", "app", "owner", "Finance", "Corporate", "workspace", "system"];
    World::new()
        .with_keys(keys)
        .with(grader(Some("instance")))
        .with(Node { uses: Uses::Instance(id("grader")), key: Some(id("node")), ..draft() })
        .with(rule("r4", own(), to("workflow")))
        .with(rule("r5", of_app(), to("app")))
        .with(rule("r6", Scope::Owner(id("alice")), to("owner")))
        .with(rule("r7", of("Finance"), to("Finance")))
        .with(rule("r7b", of("Corporate"), to("Corporate")))
        .with(rule("r8", Scope::Workspace, to("workspace")))
        .with(rule("r9", Scope::System, to("system")))
}

#[test]
fn layers_speak_from_the_most_specific_to_the_last_resort() {
    let world = every_layer();
    assert_eq!(world.draft(), "resolved node by node");
    let world = world.with(Node { uses: Uses::Instance(id("grader")), ..draft() });
    assert_eq!(world.draft(), "resolved instance by instance");
    let world = world.with(grader(None));
    assert_eq!(world.draft(), "resolved workflow by workflow");
    let world = world.without(rule("r4", own(), to("workflow")));
    assert_eq!(world.draft(), "resolved app by app");
    let world = world.without(rule("r5", of_app(), to("app")));
    assert_eq!(world.draft(), "resolved owner by owner");
    let world = world.without(rule("r6", Scope::Owner(id("alice")), to("owner")));
    assert_eq!(world.draft(), "resolved Finance by department Finance");
    let world = world.without(rule("r7", of("Finance"), to("Finance")));
    assert_eq!(world.draft(), "resolved Corporate by department Corporate");
    let world = world.without(rule("r7b", of("Corporate"), to("Corporate")));
    assert_eq!(world.draft(), "resolved workspace by workspace");
    let world = world.without(rule("r8", Scope::Workspace, to("workspace")));
    assert_eq!(world.draft(), "resolved system by system");
    let world = world.without(rule("r9", Scope::System, to("system")));
    assert_eq!(world.draft(), "no_match no_rule");
}

#[test]
fn exact_model_beats_kind_and_kind_beats_environment() {
    let rule = |word: &str, model: bool, kind: bool, environment: bool| Assignment {
        model: model.then(|| "gpt-4o".into()),
        kind: kind.then_some(ModelKind::Llm),
        environment: environment.then(|| "production".into()),
        ..rule(word, own(), to(word))
    };
    let order = [
        ("mke", true, true, true),
        ("mk", true, true, false),
        ("me", true, false, true),
        ("m", true, false, false),
        ("ke", false, true, true),
        ("k", false, true, false),
        ("e", false, false, true),
        ("any", false, false, false),
    ];
    let mut world = order
        .iter()
        .rev()
        .fold(World::new(), |world, &(word, m, k, e)| world.with(key(word)).with(rule(word, m, k, e)));
    for (word, m, k, e) in order {
        assert_eq!(world.draft(), format!("resolved {word} by workflow"));
        world = world.without(rule(word, m, k, e));
    }
}

#[test]
fn a_rule_for_another_model_kind_or_environment_does_not_speak() {
    let silent = [
        Assignment { model: Some("gpt-4o-mini".into()), ..rule("a", own(), to("k")) },
        Assignment { kind: Some(ModelKind::Embedding), ..rule("b", own(), to("k")) },
        Assignment { environment: Some("staging".into()), ..rule("c", own(), to("k")) },
        Assignment { provider: "anthropic".into(), ..rule("d", own(), to("k")) },
    ];
    let world = silent.into_iter().fold(World::new().with_keys(["k"]), World::with);
    assert_eq!(world.draft(), "no_match no_rule");
    assert_eq!(
        world.steps(),
        [
            "k: workflow not_applicable other_model",
            "k: workflow not_applicable other_model",
            "k: workflow not_applicable other_environment"
        ]
    );
}

#[test]
fn the_environment_is_the_callers_else_the_workflows_else_none() {
    let staging = Assignment { environment: Some("staging".into()), ..rule("s", own(), to("staging")) };
    let production = Assignment { environment: Some("production".into()), ..rule("p", own(), to("production")) };
    let world = World::new().with_keys(["staging", "production", "any"]).with(staging).with(production).with(rule(
        "a",
        own(),
        to("any"),
    ));
    let asking = |label: &str| Inputs { environment: Environment::Is(label.into()), ..Inputs::default() };
    assert_eq!(world.draft(), "resolved production by workflow");
    assert_eq!(world.clone().saying(asking("staging")).draft(), "resolved staging by workflow");
    assert_eq!(world.clone().saying(asking("")).draft(), "resolved any by workflow");
    assert_eq!(world.clone().saying(asking("never-met")).draft(), "resolved any by workflow");
    let world = world.with(Workflow { environment: None, ..invoice_bot() });
    assert_eq!(world.draft(), "resolved any by workflow");
}

#[test]
fn windows_are_half_open_and_may_touch() {
    let noon = at("2026-06-15T12:00:00Z");
    let first = Assignment { until: Some(noon), ..rule("a", own(), to("before")) };
    let second = Assignment { from: Some(noon), ..rule("b", own(), to("after")) };
    let world = World::new().with_keys(["before", "after"]).with(first).with(second);
    assert_eq!(world.draft(), "resolved after by workflow");
    assert_eq!(world.clone().asked_at("2026-06-15T11:59:59.999999999Z").draft(), "resolved before by workflow");
}

#[test]
fn two_equal_active_rules_are_ambiguous_when_the_search_reaches_them() {
    let gone = Assignment {
        until: Some(at("2020-01-01T00:00:00Z")),
        from: Some(at("2019-01-01T00:00:00Z")),
        ..rule("g", of("Finance"), to("a"))
    };
    let late = Assignment { from: Some(at("2026-01-01T00:00:00Z")), ..rule("b", of("Finance"), to("b")) };
    let world = World::new()
        .with_keys(["a", "b", "c", "d"])
        .with(rule("a", of("Finance"), to("a")))
        .with(gone)
        .with(late)
        .with(rule("d", Scope::Workspace, to("d")));
    assert_eq!(world.draft(), "ambiguous ambiguous by department Finance");
    assert_eq!(
        world.steps(),
        [
            "a: department decided ambiguous",
            "a: department not_applicable outside_window",
            "b: department decided ambiguous",
            "d: workspace overridden overridden_by"
        ]
    );
    let nearer = world.with(rule("c", own(), to("c")));
    assert_eq!(nearer.draft(), "resolved c by workflow");
}

#[test]
fn distance_between_departments_comes_before_exactness() {
    let exact = Assignment { model: Some("gpt-4o".into()), ..rule("far", of("Corporate"), to("far")) };
    let world = World::new().with_keys(["near", "far"]).with(exact).with(rule("near", of("Finance"), to("near")));
    assert_eq!(world.draft(), "resolved near by department Finance");
}

#[test]
fn departments_beside_the_path_do_not_speak() {
    let world =
        World::new().with_keys(["k"]).with(rule("a", of("Sales"), to("k"))).with(rule("b", of("Payroll"), to("k")));
    assert_eq!(world.draft(), "no_match no_rule");
}

#[test]
fn a_workflow_without_department_or_owner_has_its_apps() {
    let world = World::new().with_keys(["k", "o"]).with(rule("a", of("Sales"), to("k"))).with(rule(
        "b",
        Scope::Owner(id("bob")),
        to("o"),
    ));
    let moved = crate::domain::workflow::App {
        department: Some(id("Sales")),
        owner: Some(Owner::Operator(id("bob"))),
        ..billing()
    };
    let inherits = Workflow { owner: Ownership::Inherited, ..invoice_bot() };
    assert_eq!(world.clone().with(moved.clone()).with(inherits.clone()).draft(), "resolved o by owner");
    let nobody = Workflow { owner: Ownership::Nobody, ..inherits };
    assert_eq!(world.with(moved).with(nobody).draft(), "resolved k by department Sales");
}

#[test]
fn the_owners_layer_speaks_for_people_alone() {
    for owner in
        [Ownership::Nobody, Ownership::Named(Owner::System), Ownership::Named(Owner::Department(id("Finance")))]
    {
        let world = World::new().with_keys(["k"]).with(Workflow { owner, ..invoice_bot() }).with(rule(
            "a",
            Scope::Owner(id("alice")),
            to("k"),
        ));
        assert_eq!(world.draft(), "no_match no_rule");
        let step = world.resolve().trace.into_iter().find(|step| step.layer == Layer::Owner);
        assert_eq!(step.map(|step| step.verdict), Some(Verdict::NotApplicable));
    }
}

#[test]
fn a_required_rule_that_fails_stops_the_search() {
    let world = World::new()
        .with(crate::domain::credential::Credential { state: State::Disabled, ..key("off") })
        .with(key("k"))
        .with(rule("a", own(), to("off")))
        .with(rule("b", Scope::Workspace, to("k")));
    assert_eq!(world.draft(), "unusable disabled by workflow");
}

#[test]
fn a_preferred_rule_that_fails_lets_the_next_in_order_decide() {
    let off = crate::domain::credential::Credential { state: State::Disabled, ..key("off") };
    let exact = preferred(Assignment { model: Some("gpt-4o".into()), ..rule("a", own(), to("off")) });
    let world = World::new().with(off).with_keys(["same", "k"]).with(exact);
    let same_subject = world.clone().with(rule("b", own(), to("same"))).with(rule("c", of_app(), to("k")));
    assert_eq!(same_subject.draft(), "resolved same by workflow");
    assert_eq!(
        same_subject.steps(),
        ["off: workflow skipped disabled", "same: workflow decided", "k: app overridden overridden_by"]
    );
    assert_eq!(world.draft(), "no_match no_rule");
    assert_eq!(world.steps(), ["off: workflow skipped disabled"]);
}

#[test]
fn difys_layers_are_the_workspaces_rules_and_what_a_key_is_in_itself() {
    let staging = crate::domain::credential::Credential {
        environment: Some("staging".into()),
        ..credential("k", Owner::Operator(id("bob")))
    };
    let bound = Assignment { environment: Some("production".into()), ..rule("e", Scope::Workspace, to("e")) };
    let world = every_layer().with(staging).with(key("e")).with(rule("r8", Scope::Workspace, to("k"))).with(bound);
    let dify = world.saying(Inputs { layers: Layers::Dify, ..Inputs::default() });
    assert_eq!(dify.draft(), "resolved k by workspace");
    let gone = dify.without(rule("r8", Scope::Workspace, to("k")));
    assert_eq!(gone.draft(), "no_match no_rule");
}

#[test]
fn an_app_is_asked_without_the_workflows_layer() {
    let world = every_layer();
    let (any, none) = (world.pair_at_app(Some("gpt-4o")), world.pair_at_app(None));
    assert_eq!(world.ask(any), "resolved app by app");
    let exact = Assignment { model: Some("gpt-4o".into()), ..rule("r5", of_app(), to("app")) };
    assert_eq!(world.with(exact).ask(none), "resolved Finance by department Finance");
}

#[test]
fn every_layer_appears_in_the_trace_in_order() {
    for world in [World::new(), every_layer()] {
        let resolution = world.resolve();
        let mut layers: Vec<Layer> = resolution.trace.iter().map(|step| step.layer).collect();
        assert!(layers.is_sorted());
        layers.dedup();
        assert_eq!(layers, Layer::ALL);
        assert_eq!((resolution.revision, resolution.facts), (7, 0));
    }
}

#[test]
fn a_node_that_is_not_there_has_no_answer_and_does_no_harm() {
    let world = every_layer().without(draft());
    assert_eq!(world.draft(), "no_match no_rule");
    assert_eq!(world.resolve().answer.outcome, Outcome::NoMatch);
}
