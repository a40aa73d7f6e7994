//! Every format, with keys and names that mean to break it.

use std::collections::BTreeMap;

use super::{
    dify_dsl, dify_overrides, dotenv, feedforward, json, litellm,
    page::Page,
    sheet::{Key, Owner, Sheet, Spot},
};
use crate::{
    domain::{Text, provider::ModelKind},
    import,
    vault::Secret,
};

const CANARY: &str = "sk-FAKE-CANARY-emitted-x9Kd";

fn key(name: &str, provider: &str, secret: Option<&str>) -> Key {
    let text = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let variable = format!("{}_API_KEY", provider.to_uppercase());
    Key {
        id: name.to_owned(),
        name: name.to_owned(),
        provider: provider.to_owned(),
        dify_provider: format!("langgenius/{provider}/{provider}"),
        owner: Owner::System,
        foreign_id: None,
        base_url: Some(format!("https://api.{provider}.example.com/v1")),
        speaks_openai: provider != "anthropic",
        fields: BTreeMap::from([(Text::from("organization"), Text::from("org-1"))]),
        secret_fields: vec!["api_key".to_owned()],
        variables: text(&[("api_key", &variable), ("organization", &format!("{}_ORG_ID", provider.to_uppercase()))]),
        secrets: secret.map(|it| ("api_key".to_owned(), Secret::new(it.to_owned()))).into_iter().collect(),
    }
}

fn spot(node: &str, provider: &str, keys: &[usize]) -> Spot {
    Spot {
        workflow: "bot \"x\"\n".to_owned(),
        node: Some(node.to_owned()),
        foreign_id: Some(format!("dify:{node}")),
        provider: provider.to_owned(),
        model: Some("gpt-4o".to_owned()),
        kind: ModelKind::Llm,
        environment: None,
        outcome: if keys.is_empty() { "no_match" } else { "resolved" },
        reason: keys.is_empty().then_some("no_rule"),
        sentence: "Nothing gives it a key.".to_owned(),
        keys: keys.iter().map(|key| (*key, 3)).collect(),
    }
}

/// Two keys of one vendor and one of another, a pool, and a node without a key.
fn sheet(secret: Option<&str>) -> Sheet {
    let places = vec![
        spot("draft", "openai", &[0]),
        spot("check", "openai", &[0, 1]),
        spot("rank", "anthropic", &[2]),
        spot("none", "openai", &[]),
    ];
    let keys =
        vec![key("main", "openai", secret), key("spare #2", "openai", secret), key("claude", "anthropic", secret)];
    Sheet { places, keys, is_revealed: secret.is_some() }
}

fn every(sheet: &Sheet) -> Vec<(&'static str, Page)> {
    let seal = feedforward::Seal::new(&Secret::new("a-FAKE-key-of-feedforward".to_owned()));
    vec![
        ("json", json::write(sheet)),
        ("dotenv", dotenv::write(sheet)),
        ("litellm", litellm::write(sheet)),
        ("dify-overrides", dify_overrides::write(sheet)),
        ("dify-dsl", dify_dsl::write(sheet, EXPORT.as_bytes()).unwrap()),
        ("feedforward", feedforward::write(sheet, Some(&seal))),
    ]
}

const EXPORT: &str = "app: {name: bot, mode: workflow}\nkind: app\nversion: 0.6.0\nworkflow:\n  graph:\n    nodes:\n    - id: draft\n      data:\n        type: llm\n        title: 'Draft: no'\n        model:\n          provider: langgenius/openai/openai\n          name: \"gpt-4o\"  # kept\n          mode: chat\n          completion_params: {temperature: 0755}\n    - id: rank\n      data: {type: llm, title: Rank, model: {provider: anthropic, name: claude, mode: chat, completion_params: {}}}\n    edges: []\n";

#[test]
fn no_format_holds_a_secret_that_was_not_revealed_nor_anything_like_one() {
    for (format, page) in every(&sheet(None)) {
        let text = page.as_str();
        assert!(
            !text.contains("FAKE") && !text.contains("sk-") && !text.contains("api_key_encrypted"),
            "{format}: {text}"
        );
        assert!(!text.chars().any(|c| c != '\n' && crate::domain::name::is_unprintable(c)), "{format}: {text}");
    }
    let revealed: Vec<_> =
        every(&sheet(Some(CANARY))).into_iter().filter(|(_, page)| page.as_str().contains(CANARY)).collect();
    let formats: Vec<&str> = revealed.iter().map(|(format, _)| *format).collect();
    assert_eq!(formats, ["json", "dotenv", "litellm", "dify-dsl"], "feedforward's is sealed, overrides have none");
}

#[test]
fn json_is_read_back_whole() {
    let hostile = "sk-\"\\\n\u{1b}\u{202e}é😀";
    let page = json::write(&sheet(Some(hostile)));
    let read: serde_json::Value = serde_json::from_str(page.as_str()).unwrap();
    assert_eq!(read["keys"][0]["secrets"]["api_key"], hostile);
    assert_eq!(
        read["nodes"][1]["keys"],
        serde_json::json!([{"key": "main", "weight": 3}, {"key": "spare #2", "weight": 3}])
    );
    assert_eq!(read["nodes"][3]["reason"], "no_rule");
    let masked: serde_json::Value = serde_json::from_str(json::write(&sheet(None)).as_str()).unwrap();
    assert_eq!(masked["keys"][0]["secrets"], serde_json::json!({ "api_key": null }));
}

#[test]
fn dotenv_is_read_back_by_our_own_reader_whatever_stands_in_a_value() {
    for value in
        ["plain-1", "with blank", "a'b", "a\"b$c", "a\\b'c", "two\nlines", "$(touch x)", "#no", "é", " outer ", "a=b"]
    {
        let page = dotenv::write(&sheet(Some(value)));
        let entries =
            import::dotenv::parse(page.as_str().as_bytes()).unwrap_or_else(|error| panic!("{value}: {error}"));
        let read: Vec<(&str, &str)> = entries.iter().map(|it| (it.name.as_str(), it.value.expose())).collect();
        assert!(read.contains(&("OPENAI_API_KEY_MAIN", value)), "{value}: {read:?}");
        assert!(read.contains(&("OPENAI_API_KEY_SPARE__2", value)), "{value}: {read:?}");
        assert!(read.contains(&("ANTHROPIC_API_KEY", value)), "the only one of its vendor has the usual name");
    }
}

#[test]
fn litellm_has_one_model_for_each_node_and_one_deployment_for_each_key() {
    let page = litellm::write(&sheet(None));
    let read = import::yaml::read(page.as_str().as_bytes()).unwrap();
    let deployments = read.get("model_list").unwrap().items();
    let told: Vec<_> = deployments
        .iter()
        .map(|it| (it.word_at("model_name").to_owned(), it.get("litellm_params").unwrap().word_at("model").to_owned()))
        .collect();
    let named = |node: &str, model: &str| (format!("bot \"x\"\n/{node}"), model.to_owned());
    let wanted = [
        named("draft", "openai/gpt-4o"),
        named("check", "openai/gpt-4o"),
        named("check", "openai/gpt-4o"),
        named("rank", "anthropic/gpt-4o"),
    ];
    assert_eq!(told, wanted);
    let params = deployments[1].get("litellm_params").unwrap();
    assert_eq!((params.word_at("api_key"), params.word_at("weight")), ("os.environ/OPENAI_API_KEY_MAIN", "3"));
    assert_eq!(params.word_at("organization"), "org-1");
}

#[test]
fn an_export_written_anew_differs_in_models_and_in_nothing_else() {
    let page = dify_dsl::write(&sheet(None), EXPORT.as_bytes()).unwrap();
    let body: Vec<&str> = page.as_str().split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
    let body = body.concat();
    let wanted = EXPORT
        .replace(
            "provider: langgenius/openai/openai",
            "provider: \"langgenius/openai_api_compatible/openai_api_compatible\"",
        )
        .replace("name: \"gpt-4o\"", "name: \"gpt-4o@main\"");
    assert_eq!(body, wanted);
    let head = page.as_str();
    assert!(
        head.contains("endpoint_model_name gpt-4o") && head.contains("anthropic does not speak OpenAI's API"),
        "{head}"
    );
    // Written once more, the same.
    let again = dify_dsl::write(&sheet(None), page.as_str().as_bytes()).unwrap();
    assert!(again.as_str().contains("name: \"gpt-4o@main\"") && !again.as_str().contains("@main@main"));
    for bad in [&b"no: export\n"[..], b"\xff", b"a: [", b""] {
        let written = dify_dsl::write(&sheet(None), bad);
        assert!(written.is_err() || !written.unwrap().as_str().contains("@main"));
    }
}

#[test]
fn what_an_export_repeats_by_an_alias_or_names_otherwise_stays_and_the_head_says_so() {
    let export = "\u{feff}app: {name: bot, mode: workflow}\nkind: app\nworkflow:\n  graph:\n    nodes:\n    - {id: draft, data: {type: llm, title: Draft, model: &m {provider: openai, name: gpt-4o, completion_params: {}}}}\n    - {id: check, data: {type: llm, title: Check, model: *m}}\n    - {id: rank, data: {type: knowledge-retrieval, title: Rank, weights: {embedding_provider_name: openai, embedding_model_name: ada-002}}}\n    - {id: none, data: {type: llm, title: None, model: {type: model-selector, provider: , model: }}}\n";
    let page = dify_dsl::write(&sheet(None), export.as_bytes()).unwrap();
    let (head, body): (Vec<&str>, Vec<&str>) =
        page.as_str().split_inclusive('\n').partition(|line| line.starts_with('#'));
    assert_eq!(body.concat(), export[3..], "a mark of the order of bytes would stand behind the head");
    let head = head.concat();
    assert!(head.contains("Draft (openai/gpt-4o) is as it was: the export names it by an alias,"), "{head}");
    assert!(head.contains("of Rank (openai/ada-002) is as it was"), "{head}");
    assert!(!head.contains("None"), "nothing is chosen there: {head}");
}

#[test]
fn overrides_name_difys_own_ids_and_say_what_they_need() {
    let id = "0190a1b2-0000-7000-8000-000000000001";
    let mut sheet = sheet(None);
    sheet.keys[0].foreign_id = Some(format!("dify:db/0190a1b2-0000-7000-8000-0000000000ff:credential:{id}"));
    let read: serde_json::Value = serde_json::from_str(dify_overrides::write(&sheet).as_str()).unwrap();
    assert!(read["needs"].as_str().unwrap().contains("#37078"));
    let workflow = &read["workflows"][0];
    assert_eq!(workflow["body"], serde_json::json!({ "credential_overrides": { "langgenius/openai/openai": id } }));
    let left: Vec<&str> =
        workflow["left_out"].as_array().unwrap().iter().map(|it| it["node"].as_str().unwrap()).collect();
    assert_eq!(left, ["check", "rank", "none"]);
}
