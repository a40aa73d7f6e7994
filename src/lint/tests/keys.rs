//! Keys and pools.

use super::*;
use crate::{domain::fact::TokenEnd, rights::fixture::id};

const YEAR_END: &str = "2026-12-31T00:00:00Z";

#[test]
fn a_key_that_nobody_uses_can_be_disabled() {
    says(
        &working().with_keys(["b"]),
        Code::UnusedKey,
        "hint: b is used by no node, and no rule names it. → +Disable key b",
    );
    let behind = working().with_keys(["b"]).with(rule("last", Scope::System, to("b")));
    says(
        &behind,
        Code::UnusedKey,
        "hint: b is used by no node: the rule that would give it decides nothing. → +Disable key b",
    );
    is_silent(&working(), Code::UnusedKey);
}

#[test]
fn a_key_that_may_come_to_use_is_not_unused() {
    let standby = Assignment { strength: Strength::Preferred, ..rule("near", own(), to("b")) };
    is_silent(&working().with_keys(["b"]).with(standby), Code::UnusedKey);
    let staging = Assignment { environment: Some("staging".into()), ..rule("near", own(), to("b")) };
    is_silent(&working().with_keys(["b"]).with(staging), Code::UnusedKey);
    let coming = Assignment { from: Some(at(YEAR_END)), ..rule("near", own(), to("b")) };
    is_silent(&working().with_keys(["b"]).with(coming), Code::UnusedKey);
    // A variable may name it, or stand for it.
    let by_name = Node { variable: Some("env.key".parse().unwrap()), ..draft() };
    is_silent(&working().with_keys(["b"]).with(by_name), Code::UnusedKey);
    let [one, other] = ["a", "b"].map(|name| crate::domain::assignment::ValueTarget::Key(id(name)));
    let table = rule("near", own(), variable("env.key", &[("x", one), ("y", other)], false));
    is_silent(&working().with_keys(["b"]).with(table), Code::UnusedKey);
    let off = Credential { state: State::Disabled, ..key("b") };
    is_silent(&working().with(off), Code::UnusedKey);
}

#[test]
fn a_key_in_use_that_ends_soon_is_told() {
    let ends = |when: &str| working().with(Credential { expires: Some(at(when)), ..key("a") });
    says(
        &ends("2026-06-20T12:00:00Z"),
        Code::ExpiringKey,
        "warning: a expires in 5 days, at 2026-06-20T12:00:00Z, and 1 node uses it. → Rotate it, or let it expire \
         later.",
    );
    says(
        &ends("2026-06-15T13:00:00Z"),
        Code::ExpiringKey,
        "warning: a expires within a day, at 2026-06-15T13:00:00Z, and 1 node uses it. → Rotate it, or let it expire \
         later.",
    );
    assert_eq!(said(&ends("2026-07-15T12:00:00Z"), Code::ExpiringKey).len(), 1, "thirty days, to the second");
    is_silent(&ends("2026-07-15T12:00:01Z"), Code::ExpiringKey);
    is_silent(&ends("2026-06-01T00:00:00Z"), Code::ExpiringKey);
    let unused = Credential { expires: Some(at("2026-06-20T12:00:00Z")), ..key("b") };
    is_silent(&working().with(unused), Code::ExpiringKey);
}

#[test]
fn a_rule_that_gives_a_key_and_ends_soon_is_told() {
    let until = |when: &str| working().with(Assignment { until: Some(at(when)), ..rule("near", own(), to("a")) });
    says(
        &until("2026-06-20T12:00:00Z"),
        Code::EndingRule,
        "warning: The rule of workflow invoice-bot for openai ends in 5 days, at 2026-06-20T12:00:00Z, and decides for 1 \
         node. → See with \"keydeck resolve --at 2026-06-20T12:00:00Z\" what comes after it, or let it end later.",
    );
    is_silent(&until("2026-07-15T12:00:01Z"), Code::EndingRule);
    is_silent(&until("2026-06-15T12:00:00Z"), Code::EndingRule);
    let idle = Assignment { until: Some(at("2026-06-20T12:00:00Z")), ..rule("far", Scope::System, to("a")) };
    is_silent(&working().with(idle), Code::EndingRule);
}

#[test]
fn a_token_that_ends_soon_is_told() {
    let ends = |when: &str| {
        let end = TokenEnd { name: "led\u{1b}ger".into(), operator: id("bob"), expires: at(when) };
        working().knowing(|facts| facts.tokens = vec![end])
    };
    let told = said(&ends("2026-06-20T12:00:00Z"), Code::ExpiringToken);
    assert_eq!(
        told,
        ["warning: The token led�ger of bob expires in 5 days, at 2026-06-20T12:00:00Z; its program is refused from \
             then on. → Make another with \"keydeck token add\", hand it to the program, and revoke this one."]
    );
    is_silent(&ends("2026-07-15T12:00:01Z"), Code::ExpiringToken);
    is_silent(&ends("2026-06-15T12:00:00Z"), Code::ExpiringToken);
}

#[test]
fn twins_are_told_and_a_revoked_one_is_an_error() {
    let world = working().with_keys(["b"]);
    assert_eq!(
        said_of(&world, Code::DuplicateKey, &[&["a", "b"]]),
        ["warning: a and b hold the same secret. → +Disable key b"]
    );
    let used = world.clone().with(rule("near", own(), to("b")));
    assert_eq!(
        said_of(&used, Code::DuplicateKey, &[&["a", "b"]]),
        [
            "warning: a and b hold the same secret. → Assign one of them wherever another is used, and remove the others."
        ]
    );
    let off = working().with(Credential { state: State::Disabled, ..key("b") });
    assert_eq!(said_of(&off, Code::DuplicateKey, &[&["a", "b"]]), <[String; 0]>::default());
    let revoked = working().with(Credential { state: State::Revoked, ..key("b") });
    assert_eq!(
        said_of(&revoked, Code::RevokedSecret, &[&["a", "b"]]),
        ["error: a holds the secret of b, which is revoked. → Rotate it at the vendor and store the new secret."]
    );
    assert_eq!(said_of(&world, Code::RevokedSecret, &[&["a", "b"]]), <[String; 0]>::default());
    is_silent(&world, Code::DuplicateKey);
}

#[test]
fn secrets_that_do_not_open_and_keys_that_are_refused_are_told() {
    let stored = working().with(Credential { secret: sealed("v"), ..key("a") });
    is_silent(&stored, Code::UnreadableKey);
    says(
        &stored.clone().knowing(|facts| facts.unreadable.extend([id("v")])),
        Code::UnreadableKey,
        "error: a can't be opened: its secret was stored under another SECRET_KEY, or is damaged. → Store its secret \
         again, or find the SECRET_KEY of then.",
    );
    let asked = |answer| {
        stored.clone().knowing(|facts| {
            facts.verified.insert(id("a"), Verified { at: at("2026-06-14T00:00:00Z"), answer });
        })
    };
    says(
        &asked(Answer::Refused),
        Code::RefusedKey,
        "warning: a was refused by its vendor at 2026-06-14T00:00:00Z, and 1 node uses it. → Ask the vendor, then \
         rotate the key or assign another.",
    );
    says(
        &asked(Answer::OutOfQuota),
        Code::RefusedKey,
        "warning: a had used up its quota, said its vendor at 2026-06-14T00:00:00Z, and 1 node uses it. → Ask the \
         vendor, then rotate the key or assign another.",
    );
    is_silent(&asked(Answer::Works), Code::RefusedKey);
    is_silent(&asked(Answer::Unreachable), Code::RefusedKey);
}

#[test]
fn an_enforced_workflow_needs_a_secret_to_be_handed() {
    says(
        &working().with(Workflow { force: Force::Enforced, ..invoice_bot() }),
        Code::AbsentSecret,
        "warning: a is known by name only, and 1 node of enforced workflows should get it. → Store its secret, or say \
         where it is kept.",
    );
    is_silent(&working(), Code::AbsentSecret);
    let stored = working().with(Credential { secret: sealed("v"), ..key("a") });
    is_silent(&stored.with(Workflow { force: Force::Enforced, ..invoice_bot() }), Code::AbsentSecret);
    assert_eq!(key("a").secret, SecretRef::Absent);
}

#[test]
fn production_on_a_key_for_anything_is_told() {
    says(
        &working(),
        Code::LooseKey,
        "hint: a is for any environment, but only production uses it: 1 node uses it, for instance node draft of \
         workflow invoice-bot. → +Edit key a: environment none → production",
    );
    let trial = Workflow { id: id("trial"), name: "trial".into(), environment: None, ..invoice_bot() };
    let node = Node { id: id("trial/draft"), workflow: id("trial"), ..draft() };
    says(
        &working().with(trial).with(node),
        Code::LooseKey,
        "warning: a is for any environment, and of the 2 nodes that use it 1 run in production, for instance node draft \
         of workflow invoice-bot. → Let production have a key of its own, and bind each to its environment.",
    );
    is_silent(&working().with(Credential { environment: Some("production".into()), ..key("a") }), Code::LooseKey);
    is_silent(&working().with(Workflow { environment: Some("staging".into()), ..invoice_bot() }), Code::LooseKey);
}

#[test]
fn a_private_key_in_the_hands_of_others_is_told() {
    let lent =
        Credential { owner: Owner::Operator(id("bob")), usable_by: vec![UsableBy::App(id("billing"))], ..key("b") };
    let world = working().with(lent).with(rule("near", own(), to("b")));
    says(
        &world,
        Code::LentKey,
        "hint: b is private to bob, and 1 node of others' workflows use it, for instance node draft of workflow \
         invoice-bot. → If that is not meant, take it out of the key's usable_by.",
    );
    let owner = Ownership::Named(Owner::Operator(id("bob")));
    is_silent(&world.with(Workflow { owner, ..invoice_bot() }), Code::LentKey);
}

#[test]
fn pools_with_dead_members_with_one_and_with_none_are_told() {
    let with = |members: &[(&str, u32)]| {
        let old = Credential { expires: Some(at("2026-06-01T00:00:00Z")), ..key("old") };
        let off = Credential { state: State::Disabled, ..key("off") };
        working().with_keys(["b"]).with(old).with(off).with(pool("shared", members))
    };
    let two = with(&[("a", 1), ("old", 2), ("b", 1)]);
    says(
        &two,
        Code::DeadMember,
        "warning: Pool shared has a member that can never be chosen: old expired at 2026-06-01T00:00:00Z. → +Edit pool \
         shared: members a:1, old:2, b:1 → a:1, b:1",
    );
    is_silent(&two, Code::ThinPool);
    let one = with(&[("a", 1), ("off", 1), ("b", 0)]);
    says(
        &one,
        Code::ThinPool,
        "warning: Pool shared has one member that can be used: there is nothing to share the load with. → Add a usable \
         key to it, or assign its one key without a pool.",
    );
    is_silent(&one, Code::DeadMember);
    let none = with(&[("old", 1)]);
    says(
        &none,
        Code::EmptyPool,
        "warning: Pool shared has no member that can be used. → Add a usable key to it, or give one of its members a \
         weight.",
    );
    says(
        &none,
        Code::DeadMember,
        "warning: Pool shared has a member that can never be chosen: old expired at 2026-06-01T00:00:00Z. → Put other \
         keys into it, or remove it.",
    );
    for code in [Code::DeadMember, Code::ThinPool, Code::EmptyPool] {
        is_silent(&with(&[("a", 1), ("b", 1)]), code);
    }
}
