//! Dify's layers answer as Dify does, for whatever its database says.

use proptest::prelude::*;

use super::{
    reference::{self, Uses},
    *,
};
use crate::{
    domain::provider::ModelKind,
    resolve::{
        answer,
        answer::Outcome,
        query::{At, Inputs, Layers, Place, Query},
    },
};

const PROVIDERS: [&str; 3] = ["openai", "langgenius/openai/openai", "anthropic"];
const MODELS: [&str; 2] = ["m1", "m2"];
const KINDS: [&str; 4] = ["llm", "text-generation", "text-embedding", "rerank"];

/// What Dify's layers answer, by the names of keys.
fn ours(state: &State, provider: &str, kind: ModelKind, model: &str) -> Uses {
    let catalogue = &state.catalogue;
    let at = At::App(catalogue.apps().named("Probe").unwrap());
    let place = Place::Pair { at, provider: provider.into(), model: Some(model.into()), kind };
    let inputs = Inputs { layers: Layers::Dify, ..Inputs::default() };
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    let answer = answer(catalogue, &Query { place, now, inputs: &inputs });
    let name = |id| catalogue.credentials().by_id(id).unwrap().name.to_string();
    if let Some(pool) = answer.pool {
        assert!(matches!(answer.outcome, Outcome::Pooled | Outcome::Unusable));
        let members = &catalogue.pools().get(pool).unwrap().members;
        return Uses::Pool(members.iter().map(|member| (name(member.key), member.weight)).collect());
    }
    match answer.outcome {
        Outcome::Resolved => Uses::Key(name(catalogue.credentials().id(answer.credential.unwrap()))),
        Outcome::Denied => Uses::Error,
        Outcome::NoMatch => Uses::Nothing,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn compare(tenant: &Tenant) {
    let mut state = State::new();
    state.import(tenant);
    for provider in ["openai", "anthropic"] {
        for kind in ModelKind::ALL {
            for model in ["m1", "m2", "other"] {
                let wanted = reference::answer(tenant, (provider, kind, model));
                assert_eq!(ours(&state, provider, kind, model), wanted, "{provider} {kind:?} {model}");
            }
        }
    }
}

fn base() -> Tenant {
    let mut tenant = tenant();
    tenant.apps = vec![app("a1", "Probe", "workflow")];
    tenant.workflows = vec![workflow("pub-a1", "a1", "1", &[])];
    tenant.strangers = ["stranger".to_owned()].into();
    tenant
}

/// An index into what is there, or something that is not.
fn id(of: &str, number: usize) -> String {
    match number {
        0 => String::new(),
        1 => "gone".to_owned(),
        2 => "stranger".to_owned(),
        number => format!("{of}{}", number - 3),
    }
}

/// What is drawn of each kind of row.
#[derive(Clone, Debug)]
struct Drawn {
    credentials: Vec<usize>,
    rows: Vec<(usize, usize, bool, usize)>,
    model_credentials: Vec<(usize, usize, usize)>,
    models: Vec<(usize, usize, usize, usize, usize)>,
    settings: Vec<(usize, usize, usize, usize, bool)>,
    balanced: Vec<(usize, usize, usize, usize, usize, usize)>,
}

prop_compose! {
    fn drawn()(
        credentials in prop::collection::vec(0..3usize, 0..4),
        rows in prop::collection::vec((0..3usize, 0..7usize, any::<bool>(), 0..8usize), 0..4),
        model_credentials in prop::collection::vec((0..3usize, 0..4usize, 0..2usize), 0..4),
        models in prop::collection::vec((0..3usize, 0..4usize, 0..2usize, 0..7usize, 0..6usize), 0..4),
        settings in prop::collection::vec((0..3usize, 0..4usize, 0..2usize, 0..5usize, any::<bool>()), 0..4),
        balanced in prop::collection::vec((0..3usize, 0..4usize, 0..2usize, 0..9usize, 0..5usize, 0..4usize), 0..8),
    ) -> Drawn {
        Drawn { credentials, rows, model_credentials, models, settings, balanced }
    }
}

fn made(drawn: Drawn) -> Tenant {
    let Drawn { credentials, rows, model_credentials, models, settings, balanced } = drawn;
    let mut tenant = base();
    for (at, provider) in credentials.into_iter().enumerate() {
        tenant.provider_credentials.push(row! { id: format!("c{at}"), provider_name: PROVIDERS[provider],
        credential_name: format!("key c{at}"), encrypted_config: format!("{{\"api_key\": \"plain c{at}\"}}") });
    }
    for (at, (provider, credential, valid, system)) in rows.into_iter().enumerate() {
        tenant.providers.push(row! { id: format!("p{at}"), provider_name: PROVIDERS[provider],
        provider_type: if system == 0 { "system" } else { "custom" }, is_valid: valid || system > 2,
        quota_type: "", credential_id: id("c", credential), encrypted_config: "" });
    }
    for (at, (provider, kind, model)) in model_credentials.into_iter().enumerate() {
        tenant.model_credentials.push(row! { id: format!("m{at}"), provider_name: PROVIDERS[provider],
        model_name: MODELS[model], model_type: KINDS[kind], credential_name: format!("key m{at}"),
        encrypted_config: format!("{{\"api_key\": \"plain m{at}\"}}") });
    }
    for (at, (provider, kind, model, credential, valid)) in models.into_iter().enumerate() {
        tenant.models.push(row! { id: format!("r{at}"), provider_name: PROVIDERS[provider], model_name: MODELS[model],
        model_type: KINDS[kind], is_valid: valid > 0, credential_id: id("m", credential), encrypted_config: "" });
    }
    for (at, (provider, kind, model, enabled, shared)) in settings.into_iter().enumerate() {
        tenant
            .settings
            .push(row! { id: format!("s{at}"), provider_name: PROVIDERS[provider], model_name: MODELS[model],
            model_type: KINDS[kind], enabled: enabled > 0, load_balancing_enabled: shared });
    }
    // Most rows of pools are about one model, so that there are pools of several.
    for (at, (provider, kind, model, config, name, enabled)) in balanced.into_iter().enumerate() {
        let (provider, kind, model) = if at < 5 { (0, 0, 0) } else { (provider, kind, model) };
        let (config, credential) = match config {
            0 => (String::new(), String::new()),
            1..=3 => (format!("{{\"api_key\": \"plain c{}\"}}", config - 1), format!("c{}", config - 1)),
            4 => ("{\"api_key\": \"plain m0\"}".to_owned(), "m0".to_owned()),
            5 => ("{\"api_key\": \"drifted\"}".to_owned(), "c0".to_owned()),
            6 => ("{\"api_key\": \"an orphan\"}".to_owned(), "gone".to_owned()),
            other => (format!("{{\"api_key\": \"own {other}\"}}"), String::new()),
        };
        let name = if name == 0 { "__inherit__".to_owned() } else { format!("row {at}") };
        tenant.balanced.push(
            row! { id: format!("b{at}"), provider_name: PROVIDERS[provider], model_name: MODELS[model],
            model_type: KINDS[kind], name: name, encrypted_config: config, enabled: enabled > 0,
            credential_id: credential },
        );
    }
    tenant
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_difys(drawn in drawn()) {
        compare(&made(drawn));
    }
}

/// A pool of three rows: two of one key, the inherited one, and one that is switched off.
fn shared() -> Tenant {
    let mut tenant = base();
    for name in ["a", "b", "c"] {
        tenant
            .provider_credentials
            .push(row! { id: name, provider_name: "openai", credential_name: format!("key {name}"),
            encrypted_config: format!("{{\"api_key\": \"{name}\"}}") });
    }
    tenant.providers = vec![row! { id: "p", provider_name: "langgenius/openai/openai", provider_type: "custom",
    is_valid: true, credential_id: "a", encrypted_config: "" }];
    tenant.settings =
        vec![row! { id: "s", provider_name: "openai", model_name: "m1", model_type: "llm", enabled: true,
        load_balancing_enabled: true }];
    let balanced = |id: &str, name: &str, key: &str, enabled: bool| {
        let config = if key.is_empty() { String::new() } else { format!("{{\"api_key\": \"{key}\"}}") };
        row! { id: id, provider_name: "openai", model_name: "m1", model_type: "text-generation", name: name,
        encrypted_config: config, enabled: enabled, credential_id: key }
    };
    tenant.balanced = vec![
        balanced("1", "__inherit__", "", true),
        balanced("2", "x", "b", true),
        balanced("3", "y", "b", true),
        balanced("4", "z", "c", false),
    ];
    tenant
}

#[test]
fn a_pool_weighs_duplicates_and_leaves_out_what_is_switched_off() {
    let tenant = shared();
    compare(&tenant);
    let mut state = State::new();
    let taken = state.import(&tenant);
    let members = [("key a", 1), ("key b", 2), ("key c", 0)].map(|(name, weight)| (name.to_owned(), weight));
    assert_eq!(ours(&state, "openai", ModelKind::Llm, "m1"), Uses::Pool(members.to_vec()));
    assert_eq!(ours(&state, "openai", ModelKind::Embedding, "m1"), Uses::Key("key a".to_owned()), "the kind counts");
    assert_eq!(ours(&state, "openai", ModelKind::Llm, "m2"), Uses::Key("key a".to_owned()));
    tells(&taken, "MODEL_LB_ENABLED");
    tells(&taken, "an old word that newer versions refuse");
}

#[test]
fn what_is_wrong_there_is_told() {
    let mut tenant = shared();
    tenant.providers.push(row! { id: "q", provider_name: "anthropic", provider_type: "custom", is_valid: true,
    credential_id: "b", encrypted_config: "" });
    tenant.models.push(row! { id: "r", provider_name: "openai", model_name: "m2", model_type: "llm", is_valid: true,
    credential_id: "gone", encrypted_config: "" });
    tenant.balanced.push(row! { id: "5", provider_name: "openai", model_name: "m1", model_type: "llm", name: "w",
    encrypted_config: "{\"api_key\": \"drifted\"}", enabled: true, credential_id: "c" });
    compare(&tenant);
    let taken = State::new().import(&tenant);
    tells(&taken, "the active credential of anthropic is one of openai");
    tells(&taken, "dify_dangling: In Dify the active credential of openai m2 as llm is not there any more (id gone)");
    tells(&taken, "dify_drifted: In Dify the copy of key c in the pool of openai m1 as llm has drifted");
}

#[test]
fn before_there_were_several_each_row_held_its_key() {
    let mut tenant = base();
    tenant.providers = vec![row! { id: "p", provider_name: "openai", provider_type: "custom", is_valid: true,
    credential_id: "", encrypted_config: "SFlCUklEOg==" }];
    tenant.models = vec![row! { id: "r", provider_name: "openai", model_name: "m1", model_type: "llm", is_valid: true,
    credential_id: "", encrypted_config: "{\"openai_api_key\": \"x\"}" }];
    let mut state = State::new();
    state.import(&tenant);
    assert_eq!(ours(&state, "openai", ModelKind::Llm, "m2"), Uses::Key("openai".to_owned()));
    assert_eq!(ours(&state, "openai", ModelKind::Llm, "m1"), Uses::Key("openai-m1".to_owned()));
    // Then Dify is updated: the keys move into tables of their own, and are the same here.
    let (old, model) = (state.key("openai").id, state.key("openai-m1").id);
    tenant.provider_credentials = vec![row! { id: "c", provider_name: "openai", credential_name: "API_KEY1",
    encrypted_config: "SFlCUklEOg==" }];
    tenant.model_credentials = vec![row! { id: "m", provider_name: "openai", model_name: "m1", model_type: "llm",
    credential_name: "API_KEY1", encrypted_config: "{\"openai_api_key\": \"x\"}" }];
    tenant.providers = vec![row! { id: "p", provider_name: "openai", provider_type: "custom", is_valid: true,
    credential_id: "c", encrypted_config: "" }];
    tenant.models = vec![row! { id: "r", provider_name: "openai", model_name: "m1", model_type: "llm", is_valid: true,
    credential_id: "m", encrypted_config: "" }];
    state.import(&tenant);
    assert_eq!((state.key("openai").id, state.key("openai-m1").id), (old, model));
    assert_eq!(ours(&state, "openai", ModelKind::Llm, "m1"), Uses::Key("openai-m1".to_owned()));
}
