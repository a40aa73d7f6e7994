//! Who may run a program, with what, and what stands on record. Programs themselves are run with the real binary.

use super::*;
use crate::{
    domain::record::Kind as Noun,
    ops::{
        identity::Identity,
        tests::{add, add_sealed, house, office::office, secret_key, somebody},
    },
    resolve::answer::Outcome,
};

fn program(name: &str) -> Program {
    Program { words: vec![name.into(), "--with".into(), "sk-FAKE-argument".into()], redact: true }
}

fn of(place: &str) -> Question {
    Question { place: place.to_owned(), ..Question::default() }
}

async fn assign(session: &Session, scope: &str, target: &str) {
    add(session, Noun::Assignment, &[("scope", scope), ("provider", "openai"), ("target", target)]).await;
}

async fn judged(session: &Session, question: &Question) -> Result<(Vec<Granted>, Vec<Variables>), Failure> {
    let view = session.refresh().await.unwrap();
    session.judge_exec(&view, question, &program("sh")).map_err(|refused| refused.failure)
}

#[tokio::test]
async fn a_program_is_given_the_keys_that_its_caller_may_use() {
    let office = office().await;
    assign(&office.founder, "workflow/books", "key/fin").await;
    // Whose key is private is the only one to name it.
    assign(&*office.session("mem").await, "workflow/mine", "key/mems").await;
    for (place, allowed) in [("books", &["mem", "ass", "adm", "boss", "founder"][..]), ("mine", &["mem"])] {
        for login in ["vic", "aud", "mem", "ass", "adm", "boss", "rev", "founder", "mallory"] {
            let session = office.session(login).await;
            let may = session.may_exec(&of(place), &program("sh")).await;
            let row = ("exec".to_owned(), format!("workflow/{place}"));
            if allowed.contains(&login) {
                assert_eq!(may, Ok(true), "{login}, {place}");
                continue;
            }
            let refused = may.expect_err(login);
            // Whoever may not see the workflow is told that there is none.
            let seen = session.view().find_workflow(place).is_ok();
            assert_eq!(refused.kind, if seen { Kind::NotAllowed } else { Kind::Usage }, "{login}, {place}: {refused}");
            assert_eq!(office.told(login, "denied").await.contains(&row), seen, "{login}, {place}");
            assert!(!refused.message.contains("mems") || login == "founder" || login == "boss", "{login}: {refused}");
        }
    }
}

#[tokio::test]
async fn several_keys_of_a_vendor_and_nodes_without_one_are_refused_with_what_to_do() {
    let office = office().await;
    let founder = &office.founder;
    let none = judged(founder, &of("books")).await.unwrap_err();
    assert_eq!(none.kind, Kind::NoKey);
    assert!(none.message.starts_with("node draft of books gets no key: "), "{none}");

    assign(founder, "workflow/books", "key/fin").await;
    let node = [("workflow", "books"), ("name", "check"), ("provider", "openai"), ("model", "gpt-4o")];
    add(founder, Noun::Node, &[&node[..], &[("key", "main")]].concat()).await;
    let several = judged(founder, &of("books")).await.unwrap_err();
    assert_eq!((several.kind, &*several.hints[0]), (Kind::Usage, "choose with --node"));
    let told = ["node draft of books gets fin", "node check of books gets main"];
    assert!(told.iter().all(|it| several.hints.iter().any(|hint| hint == it)), "{several:?}");

    let one = Question { node: Some("check".to_owned()), ..of("books") };
    let (granted, variables) = judged(founder, &one).await.unwrap();
    assert_eq!(&*granted[0].key.name, "main");
    let named: Vec<_> = variables[0].secret.iter().map(|(field, name)| (&**field, &**name)).collect();
    assert_eq!(named, [("api_key", "OPENAI_API_KEY")]);
    let intent = serde_json::Value::Object(granted[0].details.clone()).to_string();
    assert_eq!(intent, r#"{"for":"workflow/books","nodes":["check"],"program":"sh"}"#, "no argument is on record");

    add(founder, Noun::Credential, &[("name", "named"), ("provider", "openai")]).await;
    assign(founder, "workflow/leads", "key/named").await;
    assert!(judged(founder, &of("leads")).await.unwrap_err().message.contains("known by name only"));
    let pair = Question { provider: Some("anthropic".to_owned()), ..of("leads") };
    assert_eq!(judged(founder, &pair).await.unwrap_err().kind, Kind::NoKey);
}

#[tokio::test]
async fn nothing_runs_from_afar_as_another_for_reading_only_or_that_is_not_there() {
    let office = office().await;
    let founder = &office.founder;
    assign(founder, "workflow/books", "key/fin").await;
    let none = founder.may_exec(&of("books"), &program("no-such-program-at-all")).await.unwrap_err();
    assert_eq!(none.kind, Kind::Usage);
    let door = &office.house.door;
    let workspace = door.workspace(None).await.unwrap();
    let afar = Identity { source: "192.0.2.7".to_owned(), ..somebody("founder") };
    let acting = Identity { acting: Some("mem".to_owned()), ..somebody("founder") };
    for (identity, read_only, kind) in
        [(afar, false, Kind::NotAllowed), (acting, false, Kind::Usage), (somebody("founder"), true, Kind::NotAllowed)]
    {
        let session = door.session(&workspace, identity, read_only).await.unwrap();
        let refused = session.may_exec(&of("books"), &program("sh")).await.unwrap_err();
        assert_eq!(refused.kind, kind, "{refused}");
    }
    assert!(office.told("founder", "intent").await.iter().all(|(action, _)| action != "exec"));
}

#[tokio::test]
async fn a_variable_that_steers_programs_is_not_set_and_a_vendor_without_one_is_told() {
    let house = house().await;
    house.door.create_vault(secret_key("exec")).await.unwrap();
    let founder = house.session("founder").await;
    add(&founder, Noun::Provider, &[("id", "ours"), ("name", "Ours"), ("base_url", "https://llm.example.com/v1")])
        .await;
    add(&founder, Noun::Workflow, &[("name", "bot")]).await;
    add_sealed(&founder, "main", "system", "sk-FAKE-main-0123456789").await;
    assign(&founder, "workflow/bot", "key/main").await;
    let view = founder.refresh().await.unwrap();
    let pair = Question { provider: Some("openai".to_owned()), ..of("bot") };
    let served = view.served(&pair, house.door.now()).unwrap();
    assert_eq!(served[0].row.outcome, Outcome::Resolved);
    let (granted, _) = judged(&founder, &pair).await.unwrap();

    let as_if = |provider: &str| {
        let mut one = granted[0].clone();
        one.key.provider = provider.into();
        variables_of(&view, &one)
    };
    assert!(as_if("ours").unwrap_err().message.contains("names no variable for the secret"));
    for steering in
        ["PATH", "LD_PRELOAD", "HTTPS_PROXY", "KEYDECK_SECRET_KEY", "PYTHONPATH", "lower", "A-B", "SSL_CERT_FILE"]
    {
        assert!(!may_be_set(steering), "{steering}");
    }
    let twice = [as_if("openai").unwrap(), as_if("openai").unwrap()];
    let refused = no_variable_twice(&[granted[0].clone(), granted[0].clone()], &twice).unwrap_err();
    assert!(refused.message.contains("OPENAI_API_KEY"), "{refused}");
}
