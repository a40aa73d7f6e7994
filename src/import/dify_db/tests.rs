mod dify;
mod graphs;
mod keys;
mod reference;
mod steps;

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Catalogue,
        change::{self, Change},
        fact::Facts,
        flaw::{Flaw, KnownFlaw},
    },
    import::{
        map::Placements,
        row::Row,
        sample,
        taking::{Ground, Taken},
    },
    lint::Finding,
    plan::valid,
};

/// The tenant of the tests.
const TENANT: Uuid = Uuid::from_u128(0xd1f1);

/// Makes a row: columns and values side by side.
macro_rules! row {
    ($($column:ident: $value:expr),* $(,)?) => {
        $crate::import::row::Row::of(&[$(stringify!($column)),*], &[$(&*$value.to_string()),*])
    };
}
use row;

/// Returns a tenant that has nothing.
fn tenant() -> Tenant {
    Tenant { id: TENANT, name: "Acme".to_owned(), ..Tenant::default() }
}

fn forms(_: &str, field: &str) -> Option<(Text, bool)> {
    match field {
        "openai_api_key" | "api_key" => Some(("api_key".into(), true)),
        "openai_api_base" => Some(("base_url".into(), false)),
        "openai_organization" => Some(("organization".into(), false)),
        _ => None,
    }
}

/// What an import is told besides the tenant.
#[derive(Default)]
struct Told<'a> {
    key: Option<&'a TenantKey>,
    departments: Option<&'a [String]>,
    heard: HashMap<Text, Value>,
}

fn take_with(catalogue: &Catalogue, tenant: &Tenant, told: Told<'_>) -> Taken {
    let options = Options {
        place: "dify at localhost",
        key: told.key,
        forms: &forms,
        departments: told.departments,
        heard: told.heard,
    };
    let placements = Placements::default();
    // Ids that no earlier import of the test made.
    let mut ids = sample::ids(0x1000_0000 * (1 + u128::from(catalogue.revision())));
    let ground = Ground { catalogue, placements: &placements, source: None, new_id: &mut ids };
    take(tenant, options, ground)
}

/// A state after imports, and what was said at them.
struct State {
    catalogue: Arc<Catalogue>,
    heard: HashMap<Text, Value>,
}

impl State {
    fn new() -> Self {
        Self { catalogue: Arc::new(sample::catalogue()), heard: HashMap::new() }
    }

    /// Imports, checks that it can be written, and that a second import has nothing to do.
    #[track_caller]
    fn import(&mut self, tenant: &Tenant) -> Taken {
        let taken = take_with(&self.catalogue, tenant, Told { heard: self.heard.clone(), ..Told::default() });
        self.write(&taken.changes);
        for (thing, said) in &taken.said {
            match said {
                Some(said) => drop(self.heard.insert(thing.clone(), said.clone())),
                None => drop(self.heard.remove(thing)),
            }
        }
        let again = take_with(&self.catalogue, tenant, Told { heard: self.heard.clone(), ..Told::default() });
        assert!(again.changes.is_empty(), "a second import changes {:#?}", again.changes);
        taken
    }

    #[track_caller]
    fn write(&mut self, changes: &[Change]) {
        let changes = change::fold(changes.iter().cloned());
        let after = self.catalogue.with_changes(&changes, None).at_revision(self.catalogue.revision() + 1);
        let refused = valid::check(&self.catalogue, &after, &changes);
        assert!(refused.is_empty(), "{refused:#?}");
        self.catalogue = Arc::new(after);
    }

    fn key(&self, name: &str) -> &crate::domain::credential::Credential {
        let credentials = self.catalogue.credentials();
        credentials.get(credentials.named(name).unwrap()).unwrap()
    }
}

/// Says that a fault is told, in the report or by the lint.
#[track_caller]
fn tells(taken: &Taken, part: &str) {
    let told = format!("{} {}", serde_json::to_string(&taken.report).unwrap(), flaws(taken).join(" "));
    assert!(told.contains(part), "nothing says \"{part}\": {told}");
}

/// Returns what the lint says of the source: the code, and the sentence.
fn flaws(taken: &Taken) -> Vec<String> {
    let known = |flaw: &Flaw| KnownFlaw { source: "dify:db".into(), seen: Timestamp::UNIX_EPOCH, flaw: flaw.clone() };
    let flaws = taken.flaws.iter().flatten().map(known).collect();
    let facts = Facts { flaws, ..Facts::default() };
    let catalogue = sample::catalogue().with_changes(&taken.changes, None).with_facts(Arc::new(facts));
    let found = crate::lint::flaws(&catalogue);
    let text = |it: &Finding| it.message.text(&catalogue, &catalogue, Timestamp::UNIX_EPOCH);
    found.iter().map(|it| format!("{} {}: {}", it.severity.word(), it.code.word(), text(it))).collect()
}

/// Makes a row of an app.
fn app(id: &str, name: &str, mode: &str) -> Row {
    row! { id: id, name: name, mode: mode, app_model_config_id: "", workflow_id: format!("pub-{id}"), created_by: "", maintainer: "" }
}

/// Makes the row of a workflow whose graph has one node for each model.
fn workflow(id: &str, app: &str, version: &str, models: &[(&str, &str, &str)]) -> Row {
    let nodes: Vec<Value> = models
        .iter()
        .map(|(node, provider, model)| {
            serde_json::json!({"id": node, "data": {"type": "llm", "title": format!("Node {node}"),
                "model": {"provider": provider, "name": model, "mode": "chat", "completion_params": {}}}})
        })
        .collect();
    let graph = serde_json::json!({"nodes": nodes, "edges": []});
    row! { id: id, app_id: app, version: version, graph: graph, features: "{}", environment_variables: "{}", conversation_variables: "{}" }
}
