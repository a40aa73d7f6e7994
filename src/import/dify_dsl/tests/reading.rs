//! What is read from each form of export.

use super::*;

/// Every use in one line each: node, place, kind, provider, model, and whether it sleeps.
fn uses(export: &Export) -> Vec<String> {
    let line = |it: &ModelUse| {
        let node =
            it.node.strip_prefix("17000000000").or_else(|| it.node.strip_prefix("17111111111")).unwrap_or(&it.node);
        let sleeps = if it.dormant { ", off" } else { "" };
        format!("{node} {} ({}): {} {} of {}{sleeps}", it.place, it.node_type, it.kind.word(), it.model, it.provider)
    };
    export.uses.iter().map(line).collect()
}

fn gaps(export: &Export) -> Vec<&str> {
    export.gaps.iter().map(|gap| gap.what.as_str()).collect()
}

#[test]
fn a_workflow_names_models_in_many_places() {
    let export = export(fixture!("workflow"));
    assert_eq!((&*export.name, &*export.mode, &*export.version), ("Letter desk", "workflow", "0.6.0"));
    assert_eq!(*export.first, *"1700000000001");
    assert_eq!(
        export.dependencies.iter().map(|it| &**it).collect::<Vec<_>>(),
        ["langgenius/openai:0.2.6", "acme/own_llm:0.0.1"]
    );
    let expected = [
        "02 model (llm): llm gpt-4o of langgenius/openai/openai",
        "03 model (question-classifier): llm claude-3-haiku-20240307 of anthropic",
        "04 model (parameter-extractor): llm gemini-1.5-pro of google",
        "06 model (llm): llm 0755 of own_llm",
        "09 judge (tool): rerank rerank-v3 of cohere",
        "09 model (tool): llm deepseek-chat of langgenius/deepseek/deepseek",
        "09 listed.0 (tool): llm 1.0 of tongyi",
        "features suggested_questions_after_answer.model (feature): llm gpt-4o-mini of langgenius/openai/openai",
        "features sensitive_word_avoidance (feature): moderation omni-moderation-latest of openai",
    ];
    assert_eq!(uses(&export), expected);
    assert_eq!(gaps(&export), ["model of node \"Critic\"", "the feature text_to_speech"]);
}

#[test]
fn a_chatflow_names_rerankers_agents_and_what_is_switched_off() {
    let export = export(fixture!("chatflow"));
    let expected = [
        "11 single_retrieval_config.model (knowledge-retrieval): llm gpt-3.5-turbo of openai, off",
        "11 reranking_model (knowledge-retrieval): rerank rerank-v3 of langgenius/cohere/cohere",
        "11 weights.vector_setting (knowledge-retrieval): embedding ada-002 of openai, off",
        "11 metadata_model_config (knowledge-retrieval): llm gpt-4o-mini of openai",
        "12 weights.vector_setting (knowledge-retrieval): embedding bge-m3 of openai_api_compatible",
        "13 single_retrieval_config.model (knowledge-retrieval): llm qwen-plus of tongyi",
        "13 reranking_model (knowledge-retrieval): rerank rerank-english-v3.0 of cohere, off",
        "14 model (agent): llm gpt-4o of langgenius/openai/openai",
        "14 tools.0.parameters.model (agent): llm claude-sonnet-4-0 of langgenius/anthropic/anthropic",
        "14 tools.1.parameters.model (agent): llm gpt-4.1 of openai, off",
    ];
    assert_eq!(uses(&export), expected);
    let expected = [
        "the embedding model of the knowledge base of node \"Handbook\"",
        "the embedding model of the knowledge base of node \"Letters\"",
        "the embedding model of the knowledge base of node \"Old letters\"",
        "node \"New agent\"",
        "node \"Unset agent\"",
        "node \"Unset\"",
        "node 1711111111118",
        "node without id",
    ];
    assert_eq!(gaps(&export), expected);
    assert!(export.gaps[3].reason.contains("version 2") && export.gaps[4].reason.contains("choose"));
}

#[test]
fn apps_without_a_graph_name_models_in_their_configuration() {
    let chat = export(fixture!("chat"));
    let expected = [
        "model_config annotation_reply.embedding_model (chat): embedding text-embedding-3-small of openai",
        "model_config reranking_model (chat): rerank rerank-multilingual-v3.0 of cohere",
        "model_config model (chat): llm gpt-4o of langgenius/openai/openai",
        "model_config text_to_speech (chat): tts tts-1 of langgenius/openai/openai",
    ];
    assert_eq!(uses(&chat), expected);
    assert_eq!(gaps(&chat), ["the feature speech_to_text"]);
    assert_eq!((&*chat.version, &*chat.first), ("0.2", ""));
    let expected = [
        "model_config model (agent-chat): llm claude-3-5-sonnet-20241022 of anthropic",
        "model_config reranking_model (agent-chat): rerank rerank-v3 of cohere, off",
    ];
    assert_eq!(uses(&export(fixture!("agent-chat"))), expected);
    let completion = export(fixture!("completion"));
    assert_eq!(uses(&completion), ["model_config model (completion): llm moonshot-v1-8k of moonshot"]);
}

#[test]
fn a_file_without_version_and_kind_is_one_too() {
    let export = export(fixture!("unversioned"));
    assert_eq!((&*export.name, &*export.version), ("标题党 🎯", "0.1.0"));
    assert_eq!(uses(&export), ["llm model (llm): llm yi-large of yi"]);
    assert_eq!(*export.uses[0].title, *"no");
}

#[test]
fn variables_lose_their_values() {
    let (list, map) = (export(fixture!("workflow")), export(fixture!("chatflow")));
    let line = |it: &Variable| format!("{} {} {}", it.selector, it.value_type, it.exposed);
    let lines = |export: &Export| export.variables.iter().map(line).collect::<Vec<_>>();
    let expected = [
        "env.API_BASE string false",
        "env.CRM_TOKEN secret true",
        "env.BLANKED secret false",
        "env.LIMIT number false",
    ];
    assert_eq!(lines(&list), expected);
    assert_eq!(lines(&map), ["env.MODE string false", "env.KEY secret true", "conversation.topic string false"]);
    assert!(!format!("{list:?}{map:?}").contains("hunter2"));
}

#[test]
fn what_is_no_export_says_so() {
    let error = |bytes: &[u8]| read("x.yml", bytes).unwrap_err().to_string();
    assert_eq!(
        error(fixture!("compose")),
        "x.yml: it is not a Dify export: it has no `app` block; in Dify, choose \"Export DSL\" on the app"
    );
    assert_eq!(
        error(fixture!("pipeline")),
        "x.yml: it is a Dify export of another kind than an app, such as a pipeline; keydeck takes apps alone"
    );
    assert_eq!(
        error(b"app: {name: x, mode: chat}"),
        "x.yml: its app has neither a `workflow` nor a `model_config` block; export it from Dify again"
    );
    assert_eq!(
        error(b"a: [\xff]"),
        "x.yml: it is not UTF-8 text (first at byte 4); save it as UTF-8, or export it again"
    );
    assert!(read("\u{1b}[31m.yml", b"").unwrap_err().to_string().starts_with('\u{fffd}'));
    let agent = export(b"{kind: app, app: {name: x, mode: agent}}");
    assert_eq!(gaps(&agent), ["the app's agent"]);
}

#[test]
fn wrong_types_are_refused_or_passed_over() {
    let wrong = |yaml: &str| read("x.yml", yaml.as_bytes()).unwrap_err().problem;
    assert_eq!(wrong("[]"), Problem::NotAnExport);
    assert_eq!(wrong("app: []\nworkflow: {}"), Problem::NotAnExport);
    for (yaml, at) in [
        ("{app: {}, workflow: x}", "workflow"),
        ("{app: {}, workflow: {}}", "workflow.graph"),
        ("{app: {}, workflow: {graph: {nodes: {}}}}", "workflow.graph.nodes"),
        ("{app: {}, model_config: [x]}", "model_config"),
    ] {
        assert!(matches!(wrong(yaml), Problem::Shape { place, .. } if place == at), "{yaml}");
    }
    let yaml = "{app: {name: [x], mode: {}}, version: [], dependencies: {a: b}, workflow: {features: [x],
        environment_variables: x, graph: {nodes: [1, {id: [], data: {type: llm, title: {}, model: [a]}},
        {id: a, data: {type: llm, model: {provider: [], name: {}}}}, {id: a, data: {type: llm, model: x}}]}}}";
    let export = export(yaml.as_bytes());
    assert_eq!((&*export.name, &*export.mode, export.uses.len()), ("untitled app", "workflow", 0));
    assert_eq!(gaps(&export), ["node without id", "node without id (2)", "node a", "node a (2)"]);
}
