//! Parts of rows: ids in both of their forms, owners, and what stands in a model's `api_config`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use super::read::Row;
use crate::domain::{Text, credential::Parameter};

/// The entries of `api_config` whose text is no secret. Any other text is left out, since it might be one.
const TEXTS: [&str; 6] =
    ["system_prompt", "api_version", "organization", "region", "reasoning_effort", "response_format"];

/// The longest text that is kept as a parameter.
const LONGEST_TEXT: usize = 20_000;

/// Reads an id: a number, or the whole row that it stands for as JSON, which older forms wrote by mistake.
pub(super) fn id(value: &str) -> Option<i64> {
    if let Ok(number) = value.parse() {
        return Some(number);
    }
    match serde_json::from_str::<Map<String, Value>>(value).ok()?.get("id")? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Who a model belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Belongs {
    /// The institution.
    System,
    /// An instructor, by e-mail.
    Person(String),
}

/// One model, as its row says.
pub(super) struct Model {
    pub id: i64,
    pub name: String,
    pub provider: String,
    pub vendor_id: String,
    pub active: bool,
    /// `None` if the row names nobody that could be an owner.
    pub belongs: Option<Belongs>,
    pub config: Config,
}

/// What stands in `api_config`.
#[derive(Default)]
pub(super) struct Config {
    /// The stored key, and whether it stands in the older form.
    pub key: Option<(Zeroizing<String>, bool)>,
    /// The address that the forms store, which the program ignores.
    pub base_url: Option<Text>,
    /// The address that the program reads.
    pub api_base: Option<Text>,
    pub parameters: BTreeMap<Text, Parameter>,
    /// The names of entries that were left out.
    pub left_out: Vec<String>,
    /// Whether it is no JSON object, which the program takes for an empty one.
    pub malformed: bool,
}

impl Model {
    /// Reads a row; `None` if it has no id, or names no provider or model.
    pub fn read(row: &Row) -> Option<Self> {
        let (provider, model) = (row.get("provider").to_lowercase(), row.get("model_id"));
        if provider.is_empty() || model.is_empty() {
            return None;
        }
        let mut config = Config::read(row.get("api_config"));
        if let Some(context) = row.number("max_context").filter(|it| *it > 0) {
            config.parameters.insert("max_context".into(), Parameter::Whole(context));
        }
        let name = Some(row.get("name")).filter(|name| !name.is_empty()).unwrap_or(model);
        Some(Self {
            id: row.number("id")?,
            name: name.to_owned(),
            vendor_id: model.to_owned(),
            active: row.get("active") != "0",
            belongs: belongs(row.get("owner_type"), row.get("owner_id")),
            provider,
            config,
        })
    }

    /// Returns where its requests were meant to go.
    pub fn address(&self) -> Option<&Text> {
        self.config.api_base.as_ref().or(self.config.base_url.as_ref())
    }
}

/// Reads who a model belongs to: the institution is `system` with 0, an instructor stands there by e-mail.
fn belongs(owner_type: &str, owner: &str) -> Option<Belongs> {
    match owner_type.to_lowercase().as_str() {
        "instructor" if owner.contains('@') => Some(Belongs::Person(owner.to_lowercase())),
        "instructor" => None,
        _ => Some(Belongs::System),
    }
}

impl Config {
    fn read(json: &str) -> Self {
        let mut config = Self::default();
        if json.is_empty() {
            return config;
        }
        let Ok(entries) = serde_json::from_str::<Map<String, Value>>(json) else {
            return Self { malformed: true, ..config };
        };
        let mut older = None;
        for (name, value) in entries {
            match (name.as_str(), value) {
                ("api_key_encrypted", Value::String(key)) if !key.trim().is_empty() => {
                    config.key = Some((Zeroizing::new(key), false));
                }
                ("api_key", Value::String(key)) if !key.trim().is_empty() => older = Some(Zeroizing::new(key)),
                ("api_key_encrypted" | "api_key", _) => {}
                ("base_url", Value::String(url)) => config.base_url = filled(&url),
                ("api_base", Value::String(url)) => config.api_base = filled(&url),
                (_, value) => config.parameter(name, value),
            }
        }
        if config.key.is_none() {
            config.key = older.map(|key| (key, true));
        }
        config
    }

    fn parameter(&mut self, name: String, value: Value) {
        let parameter = match value {
            Value::Bool(flag) => Some(Parameter::Flag(flag)),
            Value::Number(number) => {
                number.as_i64().map(Parameter::Whole).or_else(|| number.as_f64().map(Parameter::Number))
            }
            Value::String(text) if TEXTS.contains(&name.as_str()) && text.len() <= LONGEST_TEXT => {
                Some(Parameter::Text(text.into()))
            }
            Value::String(mut text) => {
                text.zeroize();
                None
            }
            Value::Null => return,
            Value::Array(_) | Value::Object(_) => None,
        };
        match parameter {
            Some(parameter) => drop(self.parameters.insert(name.into(), parameter)),
            None => self.left_out.push(name),
        }
    }
}

fn filled(url: &str) -> Option<Text> {
    Some(url.trim()).filter(|url| !url.is_empty()).map(Text::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_or_the_row_that_it_stands_for() {
        assert_eq!(id("7"), Some(7));
        assert_eq!(id(r#"{"id": 1, "course_id": 1, "title": "Essay"}"#), Some(1));
        assert_eq!(id(r#"{"id": 2, "assignment_id": "{\"id\": 9}"}"#), Some(2));
        for wrong in ["", "Assignment(id=1)", "[1]", r#"{"id": null}"#, r#"{"title": "x"}"#, "1.5", "{"] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_configuration_gives_up_its_key_and_keeps_no_unknown_text() {
        let config = Config::read(
            r#"{"api_key": "old", "api_key_encrypted": "new", "temperature": 0.2, "max_tokens": 4000, "stream": true,
                "system_prompt": "Be kind.", "other_token": "sk-FAKE-elsewhere", "base_url": " ", "api_base": "https://a"}"#,
        );
        assert_eq!(config.key.map(|(key, old)| (key.to_string(), old)), Some(("new".to_owned(), false)));
        assert_eq!(config.left_out, ["other_token"]);
        assert_eq!((config.base_url, config.api_base.as_deref()), (None, Some("https://a")));
        assert_eq!(config.parameters.len(), 4);
        assert!(Config::read("not json").malformed && Config::read("[]").malformed && !Config::read("").malformed);
    }

    #[test]
    fn an_owner_is_the_institution_or_an_address() {
        assert_eq!(belongs("system", "0"), Some(Belongs::System));
        assert_eq!(belongs("", ""), Some(Belongs::System));
        assert_eq!(belongs("instructor", "Ada@Example.com"), Some(Belongs::Person("ada@example.com".to_owned())));
        assert_eq!(belongs("instructor", "17"), None);
    }
}
