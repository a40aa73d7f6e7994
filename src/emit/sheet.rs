//! What every format is written from: the places of workflows, the keys that they get, and secrets if they were
//! revealed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{Text, provider::ModelKind},
    vault::Secret,
};

/// Places and keys.
#[derive(Default)]
pub struct Sheet {
    /// The places, in order.
    pub places: Vec<Spot>,
    /// The keys that they get, each once, in the order in which they are met.
    pub keys: Vec<Key>,
    /// Whether the secrets are there.
    pub is_revealed: bool,
}

/// One place that calls a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// The workflow.
    pub workflow: String,
    /// The node; none where a provider was asked for.
    pub node: Option<String>,
    /// What the node's source calls it.
    pub foreign_id: Option<String>,
    /// The canonical provider.
    pub provider: String,
    /// The vendor's id of the model.
    pub model: Option<String>,
    /// What the model does.
    pub kind: ModelKind,
    /// The environment that counted.
    pub environment: Option<String>,
    /// How the search ended.
    pub outcome: &'static str,
    /// Why there is no key.
    pub reason: Option<&'static str>,
    /// All of it in one sentence.
    pub sentence: String,
    /// The keys by their place in the sheet, each with its weight: one, or those of a pool without a run.
    pub keys: Vec<(usize, u32)>,
}

/// One key.
pub struct Key {
    /// Its stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The canonical provider.
    pub provider: String,
    /// What Dify calls the provider, whole; as we do, if it knows none of that name.
    pub dify_provider: String,
    /// Who it belongs to.
    pub owner: Owner,
    /// What its source calls it.
    pub foreign_id: Option<String>,
    /// Where its requests go.
    pub base_url: Option<String>,
    /// Whether its vendor speaks OpenAI's API there.
    pub speaks_openai: bool,
    /// Its public fields.
    pub fields: BTreeMap<Text, Text>,
    /// The names of its secret fields.
    pub secret_fields: Vec<String>,
    /// The variable of each field that has one.
    pub variables: BTreeMap<String, String>,
    /// Its secrets; none unless they are revealed.
    pub secrets: Vec<(String, Secret)>,
}

/// Who a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The organisation.
    System,
    /// A department.
    Department,
    /// A person, with their e-mail, if it is known.
    Operator(Option<String>),
}

impl Key {
    /// Returns a secret field, if it is revealed.
    pub fn secret(&self, field: &str) -> Option<&Secret> {
        self.secrets.iter().find(|(name, _)| name == field).map(|(_, secret)| secret)
    }
}

impl Sheet {
    /// Returns the variables of every key: the vendor's own where it has one key here, else with the key's name behind.
    pub fn variables(&self) -> Vec<BTreeMap<String, String>> {
        let mut taken = BTreeSet::new();
        let mut named = Vec::new();
        for key in &self.keys {
            let shared = |variable: &String| {
                let with = |other: &Key| other.id != key.id && other.variables.values().any(|it| it == variable);
                self.keys.iter().any(with)
            };
            let ending = ending(&key.name);
            let name = |variable: &String| {
                let wanted = if shared(variable) { format!("{variable}_{ending}") } else { variable.clone() };
                let numbered = (2..).map(|number| format!("{wanted}_{number}"));
                let mut names = std::iter::once(wanted.clone()).chain(numbered);
                names.find(|it| taken.insert(it.clone())).unwrap_or(wanted.clone())
            };
            let mut name = name;
            named.push(key.variables.iter().map(|(field, variable)| (field.clone(), name(variable))).collect());
        }
        named
    }
}

/// Makes a part of a variable's name of a key's name.
fn ending(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let ending: String = name.chars().map(plain).collect();
    let ending = ending.trim_matches('_');
    if ending.is_empty() { "KEY".to_owned() } else { ending.to_owned() }
}
