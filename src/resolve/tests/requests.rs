//! Overrides: whether they are honoured, for whom, and in which order they are checked.

use crate::{
    domain::{
        assignment::{Scope, Target},
        credential::{Credential, Owner, State},
        people::{Operator, Role, Workspace},
    },
    resolve::{fixture::*, query::Inputs},
    rights::fixture::workspace,
};

/// A world that allows overrides, in which alice overrides the workspace's key by `text`.
fn overriding(text: &str) -> World {
    let allowing = Workspace { allow_request_overrides: true, ..workspace() };
    let world = World::new().with(allowing).with_keys(["k", "mine"]).with(rule("r", Scope::Workspace, to("k")));
    let operator = world.catalogue.operators().named("alice");
    let overrides = [("openai".into(), text.to_owned())].into();
    world.saying(Inputs { overrides, operator, ..Inputs::default() })
}

#[test]
fn an_override_comes_before_everything() {
    let world = overriding("mine").with(rule("w", own(), Target::Deny));
    assert_eq!(world.draft(), "resolved mine by request");
}

#[test]
fn an_override_names_a_key_by_name_or_id_and_never_a_pool() {
    let by_id = id::<Credential>("mine").to_string();
    assert_eq!(overriding(&by_id).draft(), "resolved mine by request");
    assert_eq!(overriding("team").with(pool("team", &[("mine", 1)])).draft(), "unusable unknown_key by request");
}

#[test]
fn an_override_where_none_is_allowed_is_denied_before_its_name_is_looked_at() {
    for text in ["mine", "nobody's"] {
        assert_eq!(overriding(text).with(workspace()).draft(), "denied overrides_not_allowed by request");
    }
}

#[test]
fn an_unknown_override_is_unusable_whatever_the_rights() {
    let mut world = overriding("nobody's");
    world.inputs.operator = None;
    assert_eq!(world.draft(), "unusable unknown_key by request");
}

#[test]
fn an_override_that_the_caller_may_not_use_is_denied_before_the_table() {
    let bobs = Credential { state: State::Revoked, ..credential("mine", Owner::Operator(id("bob"))) };
    assert_eq!(overriding("mine").with(bobs).draft(), "denied not_permitted by request");
    let mut nobody = overriding("mine");
    nobody.inputs.operator = None;
    assert_eq!(nobody.draft(), "denied not_permitted by request");
    let viewer: Operator = operator("alice", &[whole(Role::Viewer)]);
    assert_eq!(overriding("mine").with(viewer).draft(), "denied not_permitted by request");
}

#[test]
fn an_override_that_can_not_be_used_stops_the_search() {
    let off = Credential { state: State::Disabled, ..key("mine") };
    assert_eq!(overriding("mine").with(off).draft(), "unusable disabled by request");
    let other = Credential { provider: "anthropic".into(), ..key("mine") };
    assert_eq!(overriding("mine").with(other).draft(), "unusable wrong_provider by request");
}

#[test]
fn an_override_for_another_provider_is_ignored() {
    let mut world = overriding("mine").with(workspace());
    world.inputs.overrides = [("anthropic".into(), "mine".to_owned())].into();
    assert_eq!(world.draft(), "resolved k by workspace");
}
