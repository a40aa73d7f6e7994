//! Configurations: what a credential consists of, some values sealed and some in the clear, and whether two are equal.

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use super::keys::{self, TenantKey};

/// The field of a configuration that is no JSON: very old rows hold the key alone.
const OLDEST: &str = "openai_api_key";

/// The fields of one credential, by the names of Dify's form.
#[derive(Default)]
pub struct Config {
    /// The values, sealed or in the clear.
    pub values: BTreeMap<String, Zeroizing<String>>,
    /// Whether it is neither a block of JSON nor a key of the oldest form.
    pub malformed: bool,
}

impl Config {
    /// Reads a configuration. Nothing that stands in it is ever told.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::default();
        }
        if !text.starts_with('{') {
            let values = BTreeMap::from([(OLDEST.to_owned(), Zeroizing::new(text.to_owned()))]);
            return Self { values, malformed: false };
        }
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
            return Self { malformed: true, ..Self::default() };
        };
        let values = fields.into_iter().filter_map(|(name, value)| {
            let value = match value {
                Value::Null => return None,
                Value::String(text) => text,
                other => other.to_string(),
            };
            (!value.trim().is_empty()).then(|| (name, Zeroizing::new(value)))
        });
        Self { values: values.collect(), malformed: false }
    }
}

/// Says whether two configurations hold the same. Sealing the same twice gives two texts: without the key, fields that
/// could be the same count as the same.
pub fn are_equal(one: &str, other: &str, key: Option<&TenantKey>) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (Config::read(one).values, Config::read(other).values);
    one.len() == other.len()
        && one.iter().zip(&other).all(|((name, a), (other_name, b))| name == other_name && is_equal(a, b, key))
}

fn is_equal(a: &str, b: &str, key: Option<&TenantKey>) -> bool {
    if a == b {
        return true;
    }
    if !keys::is_sealed(a) || !keys::is_sealed(b) {
        return false;
    }
    match key {
        Some(key) => matches!((key.open(a), key.open(b)), (Ok(a), Ok(b)) if a.expose() == b.expose()),
        // In the newer form the length of what is sealed shows.
        None => a.trim().len() == b.trim().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_there_is_read() {
        let config = Config::read(r#"{"openai_api_key": "x", "n": 3, "b": true, "nothing": null, "blank": " "}"#);
        let told: Vec<(&str, &str)> = config.values.iter().map(|(name, value)| (&**name, &***value)).collect();
        assert_eq!(told, [("b", "true"), ("n", "3"), ("openai_api_key", "x")]);
        let oldest = Config::read(" SFlCUklEOmFiYw== ");
        assert!(!oldest.malformed && &**oldest.values["openai_api_key"] == "SFlCUklEOmFiYw==");
        assert!(Config::read("{\"a\":").malformed && Config::read("").values.is_empty());
    }

    #[test]
    fn without_the_key_what_differs_visibly_differs() {
        let same = |a: &str, b: &str| are_equal(&format!(r#"{{"k": "{a}", "u": "https://h"}}"#), b, None);
        let sealed = |byte: char| format!("SFlCUklEOm{}", byte.to_string().repeat(400));
        assert!(same(&sealed('a'), &format!(r#"{{"u": "https://h", "k": "{}"}}"#, sealed('b'))));
        assert!(!same(&sealed('a'), &format!(r#"{{"u": "https://other", "k": "{}"}}"#, sealed('a'))));
        assert!(!same(&sealed('a'), &format!(r#"{{"u": "https://h", "k": "{}x"}}"#, sealed('a'))));
        assert!(!same("plain", r#"{"u": "https://h", "k": "other"}"#));
    }
}
