//! What is imported: exports of Dify, its and `FeedForward`'s databases, `.env` files, `LiteLLM`'s configuration, usage, prices.
//!
//! Of each: what it brings can be written, and bringing it a second time changes nothing.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use keydeck::{
    config::Vendors,
    cost::price::BundledPrices,
    domain::{
        catalogue::Catalogue,
        change::{self, Change},
        id::Id,
        name,
        people::{OwnerPolicy, Workspace},
    },
    import::{
        dify_db::{self, Options, Tenant},
        dify_dsl, dotenv, feedforward, litellm,
        map::{Placement, Placements},
        prices::{self, PriceGround},
        row::Row,
        taking::Ground,
        usage,
    },
    plan::valid,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A workspace that knows every vendor, and in which nothing is yet.
static EMPTY: LazyLock<Catalogue> = LazyLock::new(|| {
    let workspace = Workspace {
        id: Id::new(Uuid::from_u128(1)),
        name: "fuzz".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    };
    Catalogue::new(workspace, &Vendors::built_in().providers(), Arc::new(BundledPrices::new(Vec::new())))
});

/// What an import starts from: a state, and a maker of ids that are not in it.
type Start<'a> = (&'a Catalogue, &'a mut dyn FnMut() -> Uuid);

/// Imports twice, the second time into what came of the first.
fn twice(import: impl Fn(Start<'_>) -> Vec<Change>) {
    let mut number = 1;
    let mut new_id = || {
        number += 1;
        Uuid::from_u128(number)
    };
    let changes = change::fold(import((&EMPTY, &mut new_id)));
    let after = EMPTY.with_changes(&changes, None);
    let refused = valid::check(&EMPTY, &after, &changes);
    assert!(refused.is_empty(), "what was brought can't be written: {refused:?}");
    let again = change::fold(import((&after, &mut new_id)));
    assert!(again.is_empty(), "a second import changes something: {again:?}");
}

/// Makes a row of a foreign database.
fn row(columns: &'static [&'static str], values: &[&str]) -> Row {
    Row::new(columns, values.iter().map(|value| Zeroizing::new((*value).to_owned())).collect())
}

/// An export of Dify is read and merged.
pub fn dify(bytes: &[u8]) {
    twice(|(catalogue, new_id)| {
        let (changes, report) =
            dify_dsl::import(catalogue, [("export.yml", bytes)], &Placements::default(), &mut || new_id());
        assert!(changes.is_empty() || report.failed.is_empty(), "a file that failed was taken all the same");
        changes
    });
}

/// What a row of Dify's database may hold: a graph, its variables, a configuration, a name. A second import, which knows
/// what was said at the first, changes nothing.
pub fn dify_db(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let tenant = Tenant {
        id: Uuid::from_u128(7),
        provider_credentials: vec![row(
            &["id", "provider_name", "credential_name", "encrypted_config"],
            &["c", &text, &text, &text],
        )],
        providers: vec![row(
            &["id", "provider_name", "provider_type", "is_valid", "credential_id"],
            &["p", &text, "custom", "true", "c"],
        )],
        settings: vec![row(
            &["id", "provider_name", "model_name", "model_type", "enabled", "load_balancing_enabled"],
            &["s", &text, &text, "llm", "false", "true"],
        )],
        balanced: vec![row(
            &[
                "id",
                "provider_name",
                "model_name",
                "model_type",
                "name",
                "encrypted_config",
                "enabled",
                "credential_id",
            ],
            &["b", &text, &text, "rerank", &text, &text, "true", "c"],
        )],
        apps: vec![row(&["id", "name", "mode", "workflow_id"], &["a", &text, &text, "w"])],
        workflows: vec![row(
            &["id", "app_id", "version", "graph", "features", "environment_variables"],
            &["w", "a", "1", &text, &text, &text],
        )],
        tags: vec![row(&["id", "name", "app"], &["t", &text, "a"])],
        ..Tenant::default()
    };
    let heard = RefCell::new(HashMap::new());
    twice(|(catalogue, new_id)| {
        let forms = |_: &str, field: &str| Some((field.into(), field.contains("key")));
        let known = heard.borrow().clone();
        let options = Options { place: "fuzz", key: None, forms: &forms, departments: None, heard: known };
        let ground = Ground { catalogue, placements: &Placements::default(), source: None, new_id };
        let taken = dify_db::take(&tenant, options, ground);
        heard.borrow_mut().extend(taken.said.into_iter().filter_map(|(thing, said)| Some((thing, said?))));
        taken.changes
    });
}

/// What a row of `FeedForward`'s database may hold: a configuration with a key, an id as a number or as a row's JSON, a
/// name. The file itself is read by `SQLite`.
pub fn feedforward(bytes: &[u8]) {
    static KEYS: LazyLock<feedforward::Keyring> = LazyLock::new(|| feedforward::Keyring::new(None));
    let text = String::from_utf8_lossy(bytes).into_owned();
    let contents = feedforward::Contents {
        file: "users.db".to_owned(),
        models: vec![row(
            &["id", "name", "provider", "model_id", "api_config", "active", "owner_type", "owner_id"],
            &["1", &text, &text, &text, &text, "1", "instructor", &text],
        )],
        users: vec![row(&["email", "name", "role", "status", "approved"], &[&text, &text, "instructor", &text, "1"])],
        courses: vec![row(
            &["id", "code", "title", "department", "instructor_email"],
            &["1", &text, &text, &text, &text],
        )],
        assignments: vec![row(&["id", "course_id", "title", "created_by"], &["1", "1", &text, &text])],
        settings: vec![row(&["id", "assignment_id", "num_runs"], &["1", &text, &text])],
        runs: vec![
            row(&["id", "assignment_setting_id", "ai_model_id", "num_runs"], &["1", "1", "1", "2"]),
            row(&["id", "assignment_setting_id", "ai_model_id", "num_runs"], &["2", &text, &text, &text]),
        ],
        preferences: vec![row(&["instructor_email", "model_id", "is_active"], &[&text, &text, "1"])],
        services: vec![row(&["service_name", "api_key"], &[&text, "1"])],
        configuration: vec![row(&["key", "value"], &[&text, &text])],
        ..feedforward::Contents::default()
    };
    twice(|(catalogue, new_id)| {
        let ground = Ground { catalogue, placements: &Placements::default(), source: None, new_id };
        feedforward::take(&contents, &KEYS, ground).changes
    });
}

/// A `.env` file is read, and the keys in it are taken.
pub fn dotenv(bytes: &[u8]) {
    match dotenv::parse(bytes) {
        Ok(entries) => assert!(entries.iter().all(|entry| entry.line <= lines(bytes)), "an entry behind the end"),
        Err(error) => return drop(error.to_string()),
    }
    twice(|(catalogue, new_id)| {
        let entries = dotenv::parse(bytes).expect("it was read before");
        let ground = Ground { catalogue, placements: &Placements::default(), source: None, new_id };
        let taken = dotenv::take(".env", entries, ground);
        assert!(taken.secrets.iter().all(|it| !it.fields.is_empty()), "a secret without a field");
        taken.changes
    });
}

/// A configuration of the proxy is read and taken.
pub fn litellm(bytes: &[u8]) {
    twice(|(catalogue, new_id)| {
        let ground = Ground { catalogue, placements: &Placements::default(), source: None, new_id };
        litellm::take("config.yaml", bytes, ground).map_or_else(|_| Vec::new(), |taken| taken.changes)
    });
}

/// A file of usage: no two lines are of one place, no name can command a terminal.
pub fn usage(bytes: &[u8]) {
    match usage::read("usage", bytes, &EMPTY) {
        Ok(file) => {
            assert!(!file.lines.is_empty(), "a file without a line was taken");
            for line in &file.lines {
                assert!(name::check(&line.provider).is_ok() && name::check(&line.model).is_ok(), "an unlawful name");
            }
            let place = |at: usize| {
                let it = &file.lines[at];
                (it.day, &it.provider, &it.model, &it.node, &it.cost_centre, &it.customer)
            };
            let mut places: Vec<_> = (0..file.lines.len()).map(place).collect();
            places.sort();
            places.dedup();
            assert_eq!(places.len(), file.lines.len(), "two lines are of one place");
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.contains('\u{1b}'), "an error commands a terminal: {told:?}");
        }
    }
}

/// A list of prices, of either kind.
pub fn prices(bytes: &[u8]) {
    twice(|(catalogue, new_id)| {
        let now = "2026-11-27T12:00:00Z".parse().expect("an instant");
        let ground = PriceGround { catalogue, source: None, login: "ada", now, new_id };
        prices::take("prices", bytes, ground).map_or_else(|_| Vec::new(), |(changes, _)| changes)
    });
}

/// A map file over an empty workspace.
pub fn map(bytes: &[u8]) {
    if let Ok(placements) = Placements::read(&EMPTY, bytes, Placement::default()) {
        let _ = (placements.of("Invoices"), placements.unmet(|_| false).count());
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}
