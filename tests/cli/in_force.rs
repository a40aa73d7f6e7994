//! In force: what Dify uses today stands beside our answer, until a workflow's keys come through keydeck.

use serde_json::json;

use super::home::Home;

const EXPORT: &str = "app: {name: bot, mode: workflow}\nkind: app\nversion: 0.6.0\nworkflow:\n  graph:\n    edges: []\n    nodes:\n    - id: ask\n      data:\n        type: llm\n        title: ask\n        model: {provider: openai, name: gpt-4o, mode: chat, completion_params: {}}\n";

#[test]
fn what_dify_uses_today_stands_beside_our_answer() {
    let home = Home::founded();
    std::fs::write(home.path().join("bot.yml"), EXPORT).unwrap();
    home.done(&["import", "dify-dsl", "bot.yml"]);
    for key in ["ours", "difys"] {
        home.done(&["add", "credential", key, "provider=openai"]);
    }
    home.done(&["assign", "workspace", "key/difys", "--provider", "openai"]);
    let today = |home: &Home| home.json(&["resolve", "bot"])["nodes"][0]["dify_today"].clone();
    assert_eq!((&today(&home)["key"], &today(&home)["same"]), (&json!("difys"), &json!(true)));
    assert_eq!(home.json(&["matrix", "--against", "dify"])["differences"], json!([]));

    home.done(&["assign", "workflow/bot", "key/ours", "--provider", "openai"]);
    let told = today(&home);
    assert_eq!(told["sentence"], "Dify uses difys today.");
    assert_eq!((&told["key"], &told["outcome"], &told["same"]), (&json!("difys"), &json!("resolved"), &json!(false)));
    let differences = home.json(&["matrix", "--against", "dify"]);
    let difference = &differences["differences"][0];
    assert_eq!((&difference["keydeck"]["key"], &difference["dify"]["key"]), (&json!("ours"), &json!("difys")));
    for words in [&["resolve", "bot"][..], &["why", "bot"], &["show", "workflow/bot"]] {
        assert!(home.done(words).contains("Dify uses difys today."), "{words:?}");
    }
    assert_eq!(home.json(&["show", "node/bot/ask"])["answer"]["dify_today"]["key"], "difys");
    let lint = String::from_utf8(home.run(&["lint"], None).stdout).unwrap();
    assert!(lint.contains("dify_differs"), "{lint}");
    let as_dify = home.json(&["resolve", "bot", "--layers", "dify"]);
    assert!(as_dify["nodes"][0].get("dify_today").is_none(), "it is Dify's answer itself");

    home.done(&["edit", "workflow/bot", "force=enforced"]);
    assert!(home.json(&["resolve", "bot"])["nodes"][0].get("dify_today").is_none());
    assert_eq!(home.json(&["matrix", "--against", "dify"])["differences"], json!([]));
}
