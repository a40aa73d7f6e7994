//! Layers of settings: the file, the environment and the flags, each value with the place that it comes from.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use config::{ConfigError, Map, Source, Value, ValueKind};
use toml::de::{DeTable, DeValue};

use super::{error::SettingsError, place::Place};
use crate::domain::guess;

/// What settings in the environment begin with; `__` separates a section from its setting: `KEYDECK_THEME__MODE`.
pub const PREFIX: &str = "KEYDECK_";
/// Names the settings file; it is no setting itself.
pub const CONFIG_VARIABLE: &str = "KEYDECK_CONFIG";
/// May hold `SECRET_KEY` itself. The vault alone reads it, never a setting.
pub const SECRET_KEY_VARIABLE: &str = "KEYDECK_SECRET_KEY";

/// Some settings by their dotted keys (`theme.mode`), and where each was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer(BTreeMap<String, Value>);

impl Layer {
    /// Reads a settings file. A file that nobody asked for may be missing.
    pub(super) fn of_file(file: &Path, asked_for: bool) -> Result<Self, SettingsError> {
        match fs::read_to_string(file) {
            Ok(text) => Self::of_toml(file, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !asked_for => Ok(Self::default()),
            Err(source) => Err(SettingsError::Read { file: file.to_owned(), source }),
        }
    }

    /// Reads the text of a settings file.
    pub(super) fn of_toml(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let syntax = |error: toml::de::Error| SettingsError::Syntax {
            place: Place::of(file, text, &error),
            problem: error.message().to_owned(),
        };
        let document = DeTable::parse(text).map_err(syntax)?;
        let mut layer = Self::default();
        layer.take_table(file, text, "", document.get_ref());
        Ok(layer)
    }

    /// Takes the settings out of an environment. Empty variables count as unset, as is the custom.
    pub(super) fn of_environment(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        lists: &[&str],
    ) -> Result<Self, SettingsError> {
        let mut layer = Self::default();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            if [CONFIG_VARIABLE, SECRET_KEY_VARIABLE].contains(&name) || value.is_empty() {
                continue;
            }
            let key = name[PREFIX.len()..].to_lowercase().replace("__", ".");
            let Some(text) = value.to_str() else {
                return Err(SettingsError::Value {
                    origin: name.to_owned(),
                    key,
                    problem: "must be text in UTF-8".to_owned(),
                    guess: None,
                });
            };
            let origin = name.to_owned();
            let kind = if lists.contains(&key.as_str()) {
                let items = text.split(',').map(|item| Value::new(Some(&origin), item.trim().to_owned()));
                ValueKind::Array(items.collect())
            } else {
                ValueKind::String(text.to_owned())
            };
            layer.0.insert(key, Value::new(Some(&origin), kind));
        }
        Ok(layer)
    }

    /// Adds one setting that an option gives.
    pub(super) fn set(&mut self, key: &str, option: &str, value: impl Into<ValueKind>) {
        self.0.insert(key.to_owned(), Value::new(Some(&option.to_owned()), value));
    }

    /// Refuses keys that are not among the `known` ones.
    pub(super) fn check_keys(&self, known: &BTreeSet<String>) -> Result<(), SettingsError> {
        let Some((key, value)) = self.0.iter().find(|(key, _)| !known.contains(*key)) else { return Ok(()) };
        let (origin, key) = (origin_of(value), key.clone());
        if known.iter().any(|longer| longer.strip_prefix(&key).is_some_and(|rest| rest.starts_with('.'))) {
            let problem = format!("is a section: its settings stand below [{key}]");
            return Err(SettingsError::Value { origin, key, problem, guess: None });
        }
        let nearest = guess::nearest(&key, known.iter().map(String::as_str));
        let as_written_there = |guess: &str| match origin.strip_prefix(PREFIX) {
            Some(_) => format!("{PREFIX}{}", guess.to_uppercase().replace('.', "__")),
            None => guess.to_owned(),
        };
        let guess = nearest.map(as_written_there);
        Err(SettingsError::Unknown { origin, key, guess })
    }

    /// Returns where the setting was written, if this layer has it: the line, the variable or the option.
    pub(super) fn origin(&self, key: &str) -> Option<String> {
        self.0.get(key).map(origin_of)
    }

    /// Returns the value of a setting as a sentence calls it, if this layer has it.
    pub(super) fn written(&self, key: &str) -> Option<String> {
        Some(match &self.0.get(key)?.kind {
            ValueKind::String(text) => format!("\"{text}\""),
            ValueKind::Array(_) => "a list".to_owned(),
            ValueKind::Table(_) => "a table".to_owned(),
            other => other.to_string(),
        })
    }

    fn take_table(&mut self, file: &Path, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let origin = Place::at(file, text, name.span().start).to_string();
            match value.get_ref() {
                DeValue::Table(section) => self.take_table(file, text, &format!("{key}."), section),
                scalar => {
                    self.0.insert(key, Value::new(Some(&origin), kind_of(scalar, &origin)));
                }
            }
        }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone().into_iter().collect())
    }
}

fn kind_of(value: &DeValue<'_>, origin: &String) -> ValueKind {
    match value {
        DeValue::Boolean(truth) => ValueKind::Boolean(*truth),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| ValueKind::String(number.to_string()), ValueKind::I64),
        DeValue::Float(number) => number.as_str().parse().map_or(ValueKind::Nil, ValueKind::Float),
        DeValue::Datetime(time) => ValueKind::String(time.to_string()),
        DeValue::String(text) => ValueKind::String(text.clone().into_owned()),
        DeValue::Array(items) => ValueKind::Array(
            items.iter().map(|item| Value::new(Some(origin), kind_of(item.get_ref(), origin))).collect(),
        ),
        DeValue::Table(table) => ValueKind::Table(
            table
                .iter()
                .map(|(name, item)| {
                    (name.get_ref().clone().into_owned(), Value::new(Some(origin), kind_of(item.get_ref(), origin)))
                })
                .collect(),
        ),
    }
}

fn origin_of(value: &Value) -> String {
    value.origin().unwrap_or("the defaults").to_owned()
}

/// Returns the settings file that the environment names.
pub(super) fn file_of_environment<'a>(
    variables: impl IntoIterator<Item = &'a (OsString, OsString)>,
) -> Option<PathBuf> {
    let (_, file) = variables.into_iter().find(|(name, value)| name == CONFIG_VARIABLE && !value.is_empty())?;
    Some(PathBuf::from(file))
}
