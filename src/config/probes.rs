//! How vendors are asked whether a key works: a file of data in the program. Its form is described at its head.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::Text;

const BUILT_IN: &str = include_str!("probes.toml");

/// Every vendor's question.
#[derive(Clone, Debug)]
pub struct Probes {
    by_provider: BTreeMap<String, Probe>,
    usual: Probe,
}

/// The question for one vendor.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Whose.
    #[serde(default)]
    providers: Vec<String>,
    /// What follows the base URL; public fields in braces.
    pub path: Text,
    /// What proves the key; fields in braces.
    pub headers: BTreeMap<String, String>,
    /// Where the answer says that the quota is used up.
    #[serde(default)]
    pub spent: Vec<Spent>,
}

/// A place in an answer that says that the quota is used up.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// Where in the JSON, as a pointer.
    pub at: String,
    /// The value that says so.
    #[serde(default)]
    pub is: Option<bool>,
    /// The largest number that says so.
    #[serde(default)]
    pub most: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    probe: Vec<Probe>,
}

impl Probe {
    /// Says whether it asks as OpenAI's API is asked, so that the vendor speaks it.
    pub fn is_openais(&self) -> bool {
        let bearer = self.headers.get("authorization").is_some_and(|it| it == "Bearer {api_key}");
        bearer && matches!(&*self.path, "/models" | "/v1/models")
    }
}

impl Probes {
    /// Returns the built-in questions.
    ///
    /// # Panics
    ///
    /// Never: the data is part of the program, and a test reads it.
    pub fn built_in() -> Self {
        let document: Document = toml::from_str(BUILT_IN).expect("the built-in data is read by a test");
        let bearer = BTreeMap::from([("authorization".to_owned(), "Bearer {api_key}".to_owned())]);
        let usual = Probe { providers: Vec::new(), path: "/models".into(), headers: bearer, spent: Vec::new() };
        let by_provider = document.probe.iter().flat_map(|it| it.providers.iter().map(|id| (id.clone(), it.clone())));
        Self { by_provider: by_provider.collect(), usual }
    }

    /// Returns the question for a built-in vendor, if there is one.
    pub fn get(&self, provider: &str) -> Option<&Probe> {
        self.by_provider.get(provider)
    }

    /// Returns the question for a vendor that somebody described: as OpenAI's API is asked.
    pub const fn usual(&self) -> &Probe {
        &self.usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vendors;

    #[test]
    fn every_question_is_for_known_vendors_and_names_fields_of_theirs() {
        let (probes, vendors) = (Probes::built_in(), Vendors::built_in());
        let document: Document = toml::from_str(BUILT_IN).unwrap();
        let named: Vec<&String> = document.probe.iter().flat_map(|it| &it.providers).collect();
        assert_eq!(named.len(), probes.by_provider.len(), "an id stands in one entry");
        assert!(named.len() >= 40);
        for (id, probe) in &probes.by_provider {
            let vendor = vendors.get(id).unwrap_or_else(|| panic!("{id} is no vendor"));
            assert!(probe.path.starts_with('/'), "{id}");
            for text in probe.headers.values().map(String::as_str).chain([&*probe.path]) {
                for field in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    let form = vendor.provider.fields.iter().find(|it| &*it.name == field);
                    assert!(form.is_some(), "{id} has no field {field}");
                    assert!(!text.starts_with('/') || !form.unwrap().secret, "{id}: a URL holds no secret");
                }
            }
            assert!(probe.headers.keys().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{id}");
            assert!(probe.spent.iter().all(|it| it.is.is_some() != it.most.is_some()), "{id}");
        }
    }
}
