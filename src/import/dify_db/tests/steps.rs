//! Keeping in step: what was changed there, what was changed here, and what was changed on both sides.

use super::*;
use crate::domain::{
    assignment::{Assignment, Target},
    credential::Credential,
    workflow::Node,
};

fn key(id: &str, name: &str) -> Row {
    row! { id: id, provider_name: "openai", credential_name: name, encrypted_config: "{}" }
}

fn active(id: &str) -> Vec<Row> {
    vec![
        row! { id: "p", provider_name: "openai", provider_type: "custom", is_valid: true, credential_id: id, encrypted_config: "" },
    ]
}

fn prepared() -> (Tenant, State) {
    let mut tenant = tenant();
    tenant.provider_credentials = vec![key("c1", "first"), key("c2", "second"), key("c3", "third")];
    tenant.providers = active("c1");
    tenant.apps = vec![app("a1", "Invoices", "workflow")];
    tenant.workflows = vec![workflow("pub-a1", "a1", "1", &[("n1", "openai", "gpt-4o"), ("n2", "openai", "gpt-4o")])];
    let mut state = State::new();
    state.import(&tenant);
    (tenant, state)
}

fn rule(state: &State) -> Option<Assignment> {
    state.catalogue.assignments().iter().next().map(|(_, rule)| rule.clone())
}

fn target(state: &State) -> String {
    let Some(Target::Key(id)) = rule(state).map(|rule| rule.target) else { panic!("no rule for a key") };
    state.catalogue.credentials().by_id(id).unwrap().name.to_string()
}

fn edit_key(state: &mut State, name: &str, change: impl FnOnce(&mut Credential)) {
    let before = state.key(name).clone();
    let mut after = before.clone();
    change(&mut after);
    state.write(&[Change::edit(before, after).unwrap()]);
}

#[test]
fn what_was_changed_there_comes_in_and_what_was_changed_here_stays() {
    let (mut tenant, mut state) = prepared();
    edit_key(&mut state, "second", |key| key.name = "ours".into());
    edit_key(&mut state, "third", |key| key.environment = Some("production".into()));
    tenant.providers = active("c2");
    tenant.provider_credentials[2] = key("c3", "third, renamed");
    tenant.provider_credentials[0] = key("c1", "ours");
    let taken = state.import(&tenant);
    assert_eq!(target(&state), "ours");
    assert_eq!(state.key("third, renamed").environment.as_deref(), Some("production"));
    assert_ne!(state.key("ours (2)").id, state.key("ours").id, "a name that is taken here");
    assert!(taken.report.conflicts.is_empty(), "{:?}", taken.report.conflicts);
}

#[test]
fn what_was_changed_on_both_sides_is_told_and_stays() {
    let (mut tenant, mut state) = prepared();
    let before = rule(&state).unwrap();
    let third = state.key("third").id;
    state.write(&[Change::edit(before.clone(), Assignment { target: Target::Key(third), ..before }).unwrap()]);
    edit_key(&mut state, "first", |key| key.name = "mine".into());
    tenant.providers = active("c2");
    tenant.provider_credentials[0] = key("c1", "theirs");
    let taken = state.import(&tenant);
    assert_eq!(target(&state), "third");
    let told: Vec<_> = taken.report.conflicts.iter().map(|it| (&*it.what, &*it.field, &*it.here, &*it.there)).collect();
    assert_eq!(
        told,
        [
            ("credential \"mine\"", "name", "mine", "theirs"),
            ("the rule for openai", "target", "key third", "key second"),
        ]
    );
}

#[test]
fn a_rule_that_ends_there_ends_here_unless_it_was_changed() {
    let (mut tenant, mut state) = prepared();
    tenant.providers = active("");
    let mut changed = State { catalogue: Arc::clone(&state.catalogue), heard: state.heard.clone() };
    state.import(&tenant);
    assert!(rule(&state).is_none());
    // It begins anew when Dify does.
    tenant.providers = active("c3");
    state.import(&tenant);
    assert_eq!(target(&state), "third");

    tenant.providers = active("");
    let before = rule(&changed).unwrap();
    changed.write(&[Change::edit(before.clone(), Assignment { note: Some("ours".into()), ..before }).unwrap()]);
    let taken = changed.import(&tenant);
    assert_eq!(target(&changed), "first");
    assert_eq!(taken.report.conflicts.len(), 1, "{:?}", taken.report.conflicts);
}

#[test]
fn what_was_removed_here_does_not_come_back_and_a_whole_new_start_does() {
    let (tenant, mut state) = prepared();
    state.write(&[Change::remove(state.key("third").clone())]);
    let taken = state.import(&tenant);
    assert!(state.catalogue.credentials().named("third").is_none());
    tells(&taken, "it was removed here");
    // Everything of it is taken back, as reverting the import does.
    let ours = |foreign: &Option<Text>| foreign.as_ref().is_some_and(|id| id.starts_with("dify:"));
    let records: Vec<_> =
        state.catalogue.records().filter(|record| ours(&record.foreign_id().cloned())).map(Change::remove).collect();
    state.write(&records);
    state.import(&tenant);
    assert_eq!(state.key("third").provider, "openai");
}

#[test]
fn a_node_that_ends_there_goes_unless_something_was_decided_about_it() {
    let (mut tenant, mut state) = prepared();
    let node = |state: &State, name: &str| {
        state.catalogue.nodes().iter().map(|(_, node)| node.clone()).find(|node| &*node.name == name)
    };
    let before = node(&state, "Node n2").unwrap();
    let first = state.key("first").id;
    state.write(&[Change::edit(before.clone(), Node { key: Some(first), ..before }).unwrap()]);
    tenant.workflows = vec![workflow("pub-a1", "a1", "2", &[("n3", "openai", "gpt-4o-mini")])];
    let taken = state.import(&tenant);
    assert!(node(&state, "Node n1").is_none() && node(&state, "Node n3").is_some());
    assert!(node(&state, "Node n2").is_some());
    tells(&taken, "has a key or an instance here");
}
