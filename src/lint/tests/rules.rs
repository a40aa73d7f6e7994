//! Rules that can't decide, and what they name.

use super::*;

#[test]
fn a_rule_behind_one_that_always_decides_is_shadowed() {
    let world = working().with_keys(["b"]).with(rule("near", own(), to("b")));
    says(
        &world,
        Code::ShadowedRule,
        "hint: The rule of the workspace for openai can never decide: the rule of workflow invoice-bot for openai \
         always decides first. → +Unassign a from the workspace for openai",
    );
    let fixed = working().with(rule("app", of_app(), to("a"))).with(Node { key: Some(id("a")), ..draft() });
    assert_eq!(
        said(&fixed, Code::ShadowedRule),
        [
            "warning: The rule of app billing for openai can never decide: node draft of workflow invoice-bot names \
             its own key. → +Unassign a from app billing for openai",
            "hint: The rule of the workspace for openai can never decide: node draft of workflow invoice-bot names its \
             own key. → +Unassign a from the workspace for openai",
        ]
    );
}

#[test]
fn a_rule_that_may_yet_decide_is_not_shadowed() {
    let near = |rule: Assignment| working().with_keys(["b"]).with(rule);
    let base = rule("near", own(), to("b"));
    // What is preferred may fail, what ends lets the other speak, and a caller may name another environment.
    is_silent(&near(Assignment { strength: Strength::Preferred, ..base.clone() }), Code::ShadowedRule);
    is_silent(&near(Assignment { until: Some(at("2027-01-01T00:00:00Z")), ..base.clone() }), Code::ShadowedRule);
    is_silent(&near(Assignment { environment: Some("production".into()), ..base.clone() }), Code::ShadowedRule);
    // It decides for another node.
    let mini = Uses::Model { provider: "openai".into(), model: "gpt-4o-mini".into() };
    let other = Node { id: id("other"), name: "other".into(), uses: mini, ..draft() };
    is_silent(&near(Assignment { model: Some("gpt-4o".into()), ..base }).with(other), Code::ShadowedRule);
    is_silent(&working(), Code::ShadowedRule);
}

#[test]
fn a_rule_for_nothing_and_one_whose_time_is_over_can_go() {
    let idle = Assignment { model: Some("gpt-5".into()), ..rule("idle", Scope::Workspace, to("a")) };
    says(
        &working().with(idle),
        Code::IdleRule,
        "hint: The rule of the workspace for openai gpt-5 speaks for no node: nothing there calls it. → +Unassign a \
         from the workspace for openai gpt-5",
    );
    let past = Assignment { until: Some(at("2026-01-01T00:00:00Z")), ..rule("past", own(), to("a")) };
    let world = working().with(past);
    says(
        &world,
        Code::PastRule,
        "hint: The rule of workflow invoice-bot for openai ended at 2026-01-01T00:00:00Z. → +Unassign a from workflow \
         invoice-bot for openai",
    );
    is_silent(&world, Code::IdleRule);
    is_silent(&world, Code::ShadowedRule);
    // A rule that is still to begin, and one for another environment, wait.
    let coming = Assignment { from: Some(at("2027-01-01T00:00:00Z")), ..rule("coming", own(), to("a")) };
    let staging = Assignment { environment: Some("staging".into()), ..rule("staging", own(), to("a")) };
    let world = working().with(coming).with(staging);
    is_silent(&world, Code::IdleRule);
    is_silent(&world, Code::PastRule);
    is_silent(&world.without(draft()), Code::IdleRule);
}

#[test]
fn a_target_that_can_be_used_nowhere_is_told_with_the_reason() {
    let sales = Credential { owner: Owner::Department(id("Sales")), ..key("s") };
    let required = working().with(sales.clone()).with(rule("near", own(), to("s")));
    says(
        &required,
        Code::UnusableTarget,
        "warning: The rule of workflow invoice-bot for openai gives s, which can't be used at the one node where it is \
         tried: it belongs to somebody else. → Lend s to workflow invoice-bot.",
    );
    let preferred = Assignment { strength: Strength::Preferred, ..rule("near", own(), to("s")) };
    says(
        &working().with(sales).with(preferred),
        Code::UnusableTarget,
        "warning: The rule of workflow invoice-bot for openai gives s, which can't be used at the one node where it is \
         tried: it belongs to somebody else. → +Unassign s from workflow invoice-bot for openai",
    );
    // That it is disabled is another matter.
    let off = Credential { state: State::Disabled, ..key("off") };
    is_silent(&working().with(off).with(rule("near", own(), to("off"))), Code::UnusableTarget);
    is_silent(&working(), Code::UnusableTarget);
}

#[test]
fn keys_out_of_use_that_are_still_named_are_told_for_each_that_names_them() {
    let old = Credential { expires: Some(at("2026-06-01T00:00:00Z")), ..key("old") };
    let preferred = Assignment { strength: Strength::Preferred, ..rule("near", own(), to("old")) };
    says(
        &working().with(old.clone()).with(preferred),
        Code::ExpiredKey,
        "warning: The rule of workflow invoice-bot for openai names old, which expired at 2026-06-01T00:00:00Z. → \
         +Unassign old from workflow invoice-bot for openai",
    );
    let keep = "Assign another key in its place; merely taking it away lets another rule decide.";
    assert_eq!(
        said(&working().with(old).with(rule("near", own(), to("old"))), Code::ExpiredKey),
        [format!(
            "warning: The rule of workflow invoice-bot for openai names old, which expired at 2026-06-01T00:00:00Z. \
             → {keep}"
        )]
    );
    let gone = Credential { state: State::Revoked, ..key("gone") };
    assert_eq!(
        said(&working().with(gone).with(Node { key: Some(id("gone")), ..draft() }), Code::RevokedKey),
        [format!("warning: Node draft of workflow invoice-bot names gone, which is revoked. → {keep}")]
    );
    let off = Credential { state: State::Disabled, ..key("off") };
    let instance = Instance {
        id: id("grader"),
        name: "grader".into(),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        kind: ModelKind::Llm,
        parameters: [("temperature".into(), Parameter::Whole(0))].into(),
        key: Some(id("off")),
        owner: Owner::System,
        note: None,
        foreign_id: None,
    };
    assert_eq!(
        said(&working().with(off).with(instance), Code::DisabledKey),
        [format!("hint: Instance grader names off, which is disabled. → {keep}")]
    );
    for code in [Code::ExpiredKey, Code::RevokedKey, Code::DisabledKey] {
        is_silent(&working(), code);
    }
}

#[test]
fn what_is_not_there_and_what_is_of_another_provider_is_an_error() {
    let world = working().with(rule("near", own(), to("nowhere"))).with(rule("lost", Scope::App(id("lost")), to("a")));
    assert_eq!(
        said(&world, Code::Dangling),
        [
            "error: The rule of workflow invoice-bot for openai names a key that does not exist. → Name a key that \
             exists.",
            "error: The rule of an app for openai speaks for something that is not there. → +Unassign a from app \
             00000000-0000-0000-0000-0000006c6f7374 for openai",
        ]
        .map(|text| text.replace("00000000-0000-0000-0000-0000006c6f7374", &id::<App>("lost").to_string()))
    );
    let other = Credential { provider: "anthropic".into(), ..key("c") };
    says(
        &working().with(other).with(rule("near", own(), to("c"))),
        Code::CrossProvider,
        "error: The rule of workflow invoice-bot for openai is for openai and names c, a key of anthropic. → Name a key \
         of its own provider.",
    );
    let uses = Uses::Instance(id("lost"));
    says(
        &working().with(Node { uses, ..draft() }),
        Code::Dangling,
        "error: Node draft of workflow invoice-bot uses an instance that does not exist. → Name an instance that \
         exists.",
    );
    is_silent(&working(), Code::Dangling);
    is_silent(&working(), Code::CrossProvider);
}

#[test]
fn a_label_under_which_nothing_runs_is_told_with_a_guess() {
    let slip = Assignment { environment: Some("producton".into()), ..rule("slip", own(), to("a")) };
    says(
        &working().with(slip),
        Code::UnknownEnvironment,
        "hint: The rule of workflow invoice-bot for openai in producton is for producton, where no workflow runs. → Did \
         you mean production?",
    );
    let lonely = Credential { environment: Some("berlin".into()), ..key("b") };
    says(
        &working().with(lonely.clone()),
        Code::UnknownEnvironment,
        "hint: b is for berlin, where no workflow runs. → Let workflows run there, or callers name it; else take it \
         away.",
    );
    // Where no workflow names one, callers do.
    let nameless = Workflow { environment: None, ..invoice_bot() };
    is_silent(&working().with(lonely).with(nameless), Code::UnknownEnvironment);
    is_silent(&working(), Code::UnknownEnvironment);
}
