//! A real database of an old version, where it is at hand: it comes in as its truth says.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

use super::*;
use crate::domain::credential::{Owner, Parameter, State};

/// The database and the truth about it, or a note that they are not there. `KEYDECK_FEEDFORWARD` names another folder.
fn real() -> Option<(PathBuf, Value)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feedforward");
    let folder = std::env::var_os("KEYDECK_FEEDFORWARD").map_or_else(beside, PathBuf::from);
    let Ok(truth) = fs::read(folder.join("legacy.expected.json")) else {
        eprintln!("skipped: no real database in {}", folder.display());
        return None;
    };
    Some((folder.join("legacy.db"), serde_json::from_slice(&truth).unwrap()))
}

#[test]
fn a_real_database_comes_in_as_its_truth_says() {
    let Some((path, truth)) = real() else { return };
    let taken = import_into(&sample::catalogue(), &path, truth["secret_key"].as_str());
    let (instances, keys) = (of_kind!(&taken, Instance), of_kind!(&taken, Credential));
    let operators = of_kind!(&taken, Operator);
    let models = truth["models"].as_array().unwrap();
    assert_eq!(instances.len(), models.len());
    assert_eq!(keys.len(), usize::try_from(truth["counts"]["distinct_plaintext_keys"].as_u64().unwrap()).unwrap());
    for expected in models {
        let name = expected["name"].as_str().unwrap();
        let instance = instances.iter().find(|it| &*it.name == name).unwrap();
        assert_eq!(instance.foreign_id.as_deref().unwrap(), format!("feedforward:model:{}", expected["id"]));
        let provider = expected["provider"].as_str().unwrap();
        assert_eq!(&*instance.provider, if provider == "google" { "gemini" } else { provider }, "{name}");
        assert_eq!(&*instance.model, expected["model_id"].as_str().unwrap());
        let owner = match expected["owner_email"].as_str() {
            Some(email) => Owner::Operator(operators.iter().find(|it| it.email.as_deref() == Some(email)).unwrap().id),
            None => Owner::System,
        };
        assert_eq!(instance.owner, owner, "{name}");
        let parameters: BTreeMap<String, Value> = instance
            .parameters
            .iter()
            .map(|(name, it)| (name.to_string(), serde_json::to_value::<&Parameter>(it).unwrap()))
            .collect();
        assert_eq!(serde_json::to_value(parameters).unwrap(), expected["params"], "{name}");
        let key = keys.iter().find(|it| Some(it.id) == instance.key).unwrap();
        assert_eq!(key.owner, owner);
        let url = key.fields.get("base_url").map_or("", |url| &**url);
        assert_eq!(url, expected["base_url"].as_str().unwrap(), "{name}");
        let secret = taken.secrets.iter().find(|it| it.credential == key.id).unwrap();
        assert_eq!(secret.fields["api_key"].expose(), expected["api_key"].as_str().unwrap(), "{name}");
        let usable = expected["active"] == true && expected["key_is_placeholder"] == false;
        assert_eq!(key.state == State::Active, usable, "{name}");
    }
    for user in truth["users"].as_array().unwrap() {
        assert!(operators.iter().any(|it| it.email.as_deref() == user["email"].as_str() && it.grants.is_empty()));
    }
    let apps: Vec<_> = of_kind!(&taken, App).into_iter().map(|it| &*it.name).collect();
    assert_eq!(apps, ["HIST1 History"]);
    assert!(of_kind!(&taken, Workflow).is_empty() && of_kind!(&taken, Node).is_empty() && taken.usage.is_empty());
}

#[test]
fn a_real_database_comes_in_by_name_with_the_wrong_secret() {
    let Some((path, truth)) = real() else { return };
    let taken = import_into(&sample::catalogue(), &path, truth["wrong_secret_key"].as_str());
    assert_eq!(of_kind!(&taken, Instance).len(), 4);
    assert!(taken.secrets.is_empty());
    let wrong = |it: &&crate::import::report::Warning| it.message.contains("is the wrong one");
    assert_eq!(taken.report.warnings.iter().filter(wrong).count(), 1);
}
