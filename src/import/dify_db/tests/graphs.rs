//! Apps and graphs: what runs, what is a draft, whose it is, and what came from files before.

use super::*;
use crate::{
    domain::{credential::Owner, provider::ModelKind, workflow::Uses},
    import::dify_dsl,
};

fn account(id: &str, email: &str, role: &str) -> Row {
    row! { id: id, name: email, email: email, status: "active", role: role }
}

fn with_apps() -> Tenant {
    let mut tenant = tenant();
    tenant.accounts = vec![account("u1", "Owner@example.com", "owner"), account("u2", "ada@example.com", "normal")];
    let maintained = row! { id: "a1", name: "Invoices", mode: "workflow", app_model_config_id: "", workflow_id: "pub-a1",
    created_by: "u1", maintainer: "u2" };
    tenant.apps = vec![maintained, app("a2", "Support", "advanced-chat"), app("a3", "Chat", "chat")];
    tenant.workflows = vec![
        workflow("pub-a1", "a1", "2026", &[("1742957989303", "openai", "gpt-4o")]),
        workflow("draft-a1", "a1", "draft", &[("1742957989303", "langgenius/openai/openai", "gpt-4o-mini")]),
        workflow("draft-a2", "a2", "draft", &[("1742957989999", "anthropic", "claude")]),
    ];
    tenant.apps[2] = row! { id: "a3", name: "Chat", mode: "chat", app_model_config_id: "cfg", workflow_id: "",
    created_by: "gone", maintainer: "" };
    tenant.configs = vec![row! { id: "cfg", app_id: "a3", model: r#"{"provider": "openai", "name": "gpt-4o"}"#,
    agent_mode: "{}", dataset_configs: "", sensitive_word_avoidance: "", text_to_speech: r#"{"enabled": true}"#,
    speech_to_text: "", suggested_questions_after_answer: "" }];
    tenant.defaults = vec![row! { id: "d", provider_name: "openai", model_name: "tts-1", model_type: "tts" }];
    tenant
}

fn nodes_of(state: &State, workflow: &str) -> Vec<(String, ModelKind, String)> {
    let catalogue = &state.catalogue;
    let ix = catalogue.workflows().named(workflow).unwrap();
    let nodes = dify_dsl::nodes_of(catalogue, ix).into_iter();
    nodes
        .map(|node| match &node.uses {
            Uses::Model { provider, model } => (node.name.to_string(), node.kind, format!("{provider}/{model}")),
            Uses::Instance(_) => panic!("no instance was chosen"),
        })
        .collect()
}

#[test]
fn published_and_draft_graphs_come_in_with_their_owners() {
    let mut state = State::new();
    state.import(&with_apps());
    let node = |name: &str, model: &str| (name.to_owned(), ModelKind::Llm, model.to_owned());
    assert_eq!(nodes_of(&state, "Invoices"), [node("Node 1742957989303", "openai/gpt-4o")]);
    assert_eq!(nodes_of(&state, "Invoices (draft)"), [node("Node 1742957989303", "openai/gpt-4o-mini")]);
    assert_eq!(
        nodes_of(&state, "Support"),
        [node("Node 1742957989999", "anthropic/claude")],
        "nothing is published yet"
    );
    assert!(state.catalogue.workflows().named("Support (draft)").is_none());
    let chat = nodes_of(&state, "Chat");
    assert_eq!(chat.len(), 2, "{chat:?}");
    assert_eq!((chat[1].1, &*chat[1].2), (ModelKind::Tts, "openai/tts-1"), "the workspace's default");
    let owner = |name: &str| {
        let apps = state.catalogue.apps();
        let Some(Owner::Operator(id)) = apps.get(apps.named(name).unwrap()).unwrap().owner else { panic!("{name}") };
        state.catalogue.operators().by_id(id).unwrap().login.to_string()
    };
    assert_eq!([owner("Invoices"), owner("Chat")], ["ada@example.com", "owner@example.com"]);
    let ada = state.catalogue.operators().named("ada@example.com").unwrap();
    assert!(state.catalogue.operators().get(ada).unwrap().grants.is_empty());
}

#[test]
fn a_workflow_that_came_from_an_export_is_adopted() {
    let dsl = b"app: {name: Invoices, mode: workflow}\nversion: 0.3.0\nkind: app\nworkflow:\n  graph:\n    nodes:\n    - {id: '1742957989303', data: {type: llm, title: Draft, model: {provider: openai, name: gpt-4, mode: chat}}}\n";
    let mut state = State::new();
    let mut ids = sample::ids(0x77);
    let files = [("invoices.yml", dsl.as_slice())];
    let (changes, _) = dify_dsl::import(&state.catalogue, files, &Placements::default(), &mut ids);
    state.write(&changes);
    let workflows = state.catalogue.workflows();
    let before = workflows.get(workflows.named("Invoices").unwrap()).unwrap().id;
    state.import(&with_apps());
    let workflows = state.catalogue.workflows();
    let after = workflows.get(workflows.named("Invoices").unwrap()).unwrap();
    assert_eq!(after.id, before);
    assert!(after.foreign_id.as_ref().unwrap().ends_with(":workflow:a1"), "{:?}", after.foreign_id);
    assert!(state.catalogue.apps().named("Invoices (2)").is_none());
    assert_eq!(nodes_of(&state, "Invoices")[0].2, "openai/gpt-4o", "what is published counts");
    let mut ids = sample::ids(0x7777);
    let (changes, _) = dify_dsl::import(&state.catalogue, files, &Placements::default(), &mut ids);
    let kinds: Vec<_> = changes.iter().map(|change| (change.kind(), change.before().is_some())).collect();
    assert!(kinds.iter().all(|(_, known)| *known), "the file knows what came from the database: {kinds:?}");
}

#[test]
fn an_agents_model_is_found_where_it_is_kept() {
    let mut tenant = with_apps();
    let graph = r#"{"nodes": [{"id": "n1", "data": {"type": "agent", "title": "Clerk", "version": "2"}}]}"#;
    tenant.workflows[0] = row! { id: "pub-a1", app_id: "a1", version: "1", graph: graph, features: "",
    environment_variables: "", conversation_variables: "" };
    let taken = State::new().import(&tenant);
    tells(&taken, "its model stands in the agent's configuration");
    let config = r#"{"model": {"plugin_id": "langgenius/openai", "model_provider": "langgenius/openai/openai", "model": "gpt-4o"}}"#;
    tenant.agents = vec![row! { workflow: "pub-a1", node: "n1", config: config }];
    let mut state = State::new();
    let taken = state.import(&tenant);
    assert_eq!(nodes_of(&state, "Invoices"), [("Clerk".to_owned(), ModelKind::Llm, "openai/gpt-4o".to_owned())]);
    assert!(!format!("{:?}", taken.report).contains("agent's configuration"));
}

#[test]
fn an_app_of_several_tags_waits_for_a_choice() {
    let mut tenant = with_apps();
    let tag = |name: &str, app: &str| row! { id: name, name: name, app: app };
    tenant.tags = vec![tag("Finance", "a1"), tag("Legal", "a1"), tag("Sales", "a2")];
    let mut state = State::new();
    let taken = state.import(&tenant);
    let department = |state: &State, app: &str| {
        let apps = state.catalogue.apps();
        let id = apps.get(apps.named(app).unwrap()).unwrap().department?;
        state.catalogue.departments().by_id(id).map(|it| it.name.to_string())
    };
    tells(&taken, "it has the tags Finance, Legal; choose with --department-tags or --map");
    assert_eq!((department(&state, "Invoices"), department(&state, "Support").as_deref()), (None, Some("Sales")));
    let wanted = ["Legal".to_owned(), "Finance".to_owned(), "Nobody".to_owned()];
    let told = Told { departments: Some(&wanted), heard: state.heard.clone(), ..Told::default() };
    let taken = take_with(&state.catalogue, &tenant, told);
    tells(&taken, "no app has the tag \\\"Nobody\\\"");
    state.write(&taken.changes);
    assert_eq!(department(&state, "Invoices").as_deref(), Some("Legal"));
}

#[test]
fn a_knowledge_base_asks_its_model_and_a_hostile_graph_harms_nobody() {
    let mut tenant = with_apps();
    tenant.datasets =
        vec![row! { id: "k1", name: "K", embedding_model: "embed-3", embedding_model_provider: "cohere" }];
    let graph = r#"{"nodes": [{"id": "n1", "data": {"type": "knowledge-retrieval", "title": "Look up", "dataset_ids": ["k1"]}}]}"#;
    tenant.workflows[0] = row! { id: "pub-a1", app_id: "a1", version: "1", graph: graph, features: "",
    environment_variables: r#"{"llm_key": {"name": "llm_key", "value_type": "secret", "value": "sk-FAKE-CANARY-env"}}"#,
    conversation_variables: "" };
    for hostile in ["{\"nodes\":", "[]", "{\"nodes\": 3}", "\"\\u0000\"", &"[".repeat(5000)] {
        tenant.workflows[2] = row! { id: "draft-a2", app_id: "a2", version: "draft", graph: hostile, features: "",
        environment_variables: "", conversation_variables: "" };
        let mut state = State::new();
        let taken = state.import(&tenant);
        tells(&taken, "what app \\\"Support\\\" calls");
        tells(&taken, "holds the secret env.llm_key in the clear");
        assert_eq!(nodes_of(&state, "Invoices")[0].2, "cohere/embed-3", "{hostile:.20}");
        assert!(!format!("{:?}{:?}", taken.changes, taken.report).contains("CANARY"));
    }
}
