//! The known providers: a file of data in the program, and one of the user's own that adds or replaces.
//!
//! The form of both files is described at the head of `vendors.toml`. Errors name the file, the line and the entry.
//! An entry of the user's file replaces the built-in one of the same id as a whole; nothing of the two is mixed.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use toml::Spanned;

use super::place::{Place, did_you_mean, meant};
use crate::domain::{
    Text,
    id::Id,
    name,
    provider::{Field, Provider, may_be_set},
};

const BUILT_IN: &str = include_str!("vendors.toml");
const BUILT_IN_NAME: &str = "vendors.toml (built in)";

/// What [`BUILT_IN`] says, read when it is asked for: the first frame of the console does without.
static BUILT_IN_VENDORS: LazyLock<Vec<Vendor>> = LazyLock::new(|| {
    let mut vendors = Vec::new();
    merge(&mut vendors, BUILT_IN, Path::new(BUILT_IN_NAME)).expect("the built-in data is read by a test");
    vendors
});

/// The known providers, in the order of their ids: those built in, unless there are a user's own among them.
#[derive(Clone, Debug)]
pub struct Vendors(Option<Vec<Vendor>>);

/// A known provider, and what other data calls it.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// What the catalogue is given.
    pub provider: Arc<Provider>,
    /// Its id in the genai-prices table; `None` where that lists no prices of it.
    pub prices: Option<Text>,
    /// Names of fields in Dify's credential form, each with ours, where the two differ.
    dify_fields: Vec<(Text, Text)>,
}

/// Why a file of providers can't be used.
#[derive(Debug, Error)]
pub enum VendorsError {
    /// The file can't be read.
    #[error("the providers file {} can't be read: {source}; correct providers_file in the settings", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML, or an entry holds what no entry has.
    #[error("{place}: {problem}{}", did_you_mean(guess.as_ref()))]
    Form {
        /// Where.
        place: Place,
        /// What the parser says.
        problem: String,
        /// What may have been meant.
        guess: Option<String>,
    },
    /// An entry breaks a rule.
    #[error("{place}: provider \"{provider}\" {problem}")]
    Entry {
        /// Where the entry begins.
        place: Place,
        /// The id of the entry.
        provider: String,
        /// What is wrong, and what is right.
        problem: String,
    },
}

impl Vendor {
    /// Returns our field for one of Dify's form; `None` if the form's is about something else than the credential.
    pub fn field_of_dify(&self, name: &str) -> Option<&Field> {
        let ours = self.dify_fields.iter().find(|(theirs, _)| **theirs == *name).map_or(name, |(_, ours)| ours);
        self.provider.fields.iter().find(|field| *field.name == *ours)
    }
}

impl Vendors {
    /// Returns the built-in providers.
    pub const fn built_in() -> Self {
        Self(None)
    }

    /// Returns the built-in providers with those of the user's file added or replaced.
    pub fn load(users: Option<&Path>) -> Result<Self, VendorsError> {
        let Some(file) = users else { return Ok(Self::built_in()) };
        let text = fs::read_to_string(file).map_err(|source| VendorsError::Read { file: file.to_owned(), source })?;
        let mut vendors = BUILT_IN_VENDORS.clone();
        merge(&mut vendors, &text, file)?;
        Ok(Self(Some(vendors)))
    }

    fn known(&self) -> &[Vendor] {
        self.0.as_ref().unwrap_or(&BUILT_IN_VENDORS)
    }

    /// Returns each of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Vendor> {
        self.known().iter()
    }

    /// Finds a provider by its canonical id.
    pub fn get(&self, slug: &str) -> Option<&Vendor> {
        self.known().iter().find(|vendor| &*vendor.provider.slug == slug)
    }

    /// Returns the providers for the catalogue.
    pub fn providers(&self) -> Vec<Arc<Provider>> {
        self.known().iter().map(|vendor| Arc::clone(&vendor.provider)).collect()
    }

    /// Returns pairs of our id and genai-prices' id, for [`BundledPrices`](crate::cost::price::BundledPrices).
    pub fn price_ids(&self) -> Vec<(Text, Text)> {
        self.known().iter().filter_map(|vendor| Some((vendor.provider.slug.clone(), vendor.prices.clone()?))).collect()
    }
}

/// Reads entries and adds them, or lets them stand in for those with their ids.
fn merge(vendors: &mut Vec<Vendor>, text: &str, file: &Path) -> Result<(), VendorsError> {
    let document: Document = toml::from_str(text).map_err(|error| VendorsError::Form {
        place: Place::of(file, text, &error),
        problem: error.message().to_owned(),
        guess: meant(error.message()),
    })?;
    let mut offsets = HashMap::new();
    let mut meanings = meanings(vendors);
    for entry in document.provider {
        let offset = entry.span().start;
        let entry = entry.into_inner();
        let refuse = |problem: String| VendorsError::Entry {
            place: Place::at(file, text, offset),
            provider: name::printable(&entry.id).into_owned(),
            problem,
        };
        entry.check().map_err(refuse)?;
        if let Some(earlier) = offsets.insert(entry.id.clone(), offset) {
            let line = Place::at(file, text, earlier).line;
            return Err(refuse(format!("stands in the file already, in line {line}; keep one of them")));
        }
        vendors.retain(|known| *known.provider.slug != *entry.id);
        meanings.retain(|_, slug| **slug != *entry.id);
        for id in std::iter::once(&entry.id).chain(&entry.aliases) {
            if let Some(other) = meanings.insert(fold(id), entry.id.as_str().into()).filter(|it| **it != *entry.id) {
                return Err(refuse(format!("calls itself \"{id}\", which means {other}; choose another id")));
            }
        }
        vendors.push(entry.into_vendor());
    }
    vendors.sort_by(|a, b| a.provider.slug.cmp(&b.provider.slug));
    Ok(())
}

/// Returns which provider each id means, ids folded.
fn meanings(vendors: &[Vendor]) -> HashMap<String, Text> {
    let providers = vendors.iter().map(|vendor| &vendor.provider);
    providers.flat_map(|provider| ids(provider).map(|id| (fold(id), provider.slug.clone()))).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    provider: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    base_url: Option<String>,
    prices: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    label: Option<String>,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    required: bool,
    env: Option<String>,
    #[serde(default)]
    dify: Vec<String>,
}

impl Entry {
    fn check(&self) -> Result<(), String> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !self.id.starts_with(lower) || !self.id.chars().all(|c| lower(c) || c == '-') {
            return Err("needs an id of lower-case letters, digits and \"-\"".to_owned());
        }
        name::check(&self.name).map_err(|error| format!("needs another name: {error}"))?;
        if self.base_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            return Err("needs a base_url that begins with https:// or http://".to_owned());
        }
        for (at, field) in self.fields.iter().enumerate() {
            let name = &field.name;
            if name.is_empty() || !name.chars().all(|c| lower(c) || c == '_') {
                return Err(format!("has a field \"{name}\": a field's name is lower-case letters, digits and \"_\""));
            }
            if self.fields[..at].iter().any(|earlier| earlier.name == *name) {
                return Err(format!("has two fields \"{name}\"; keep one of them"));
            }
            if let Some(variable) = field.env.as_ref().filter(|variable| !may_be_set(variable)) {
                return Err(format!(
                    "can't have {variable} set for field \"{name}\": a variable matches [A-Z][A-Z0-9_]* and is none that \
                     steers programs or keydeck itself"
                ));
            }
        }
        Ok(())
    }

    fn into_vendor(self) -> Vendor {
        // As the catalogue looks them up: Dify's own spelling of a whole id is kept for what is written back to Dify.
        let alias = |id: &String| if id.contains('/') { id.to_lowercase() } else { fold(id) };
        let aliases = self.aliases.iter().map(|id| Text::from(alias(id))).collect();
        let mut dify_fields = Vec::new();
        let fields = self.fields.into_iter().map(|field| {
            let name = Text::from(field.name);
            dify_fields.extend(field.dify.into_iter().map(|foreign| (foreign.into(), name.clone())));
            Field {
                name,
                label: field.label.map(Text::from),
                secret: field.secret,
                required: field.required,
                env: field.env.map(Text::from),
            }
        });
        let provider = Provider {
            id: id_of(&self.id),
            slug: self.id.into(),
            name: self.name.into(),
            base_url: self.base_url.map(Text::from),
            fields: fields.collect(),
            aliases,
            note: None,
            foreign_id: None,
        };
        Vendor { provider: Arc::new(provider), prices: self.prices.map(Text::from), dify_fields }
    }
}

/// Derives a provider's stable id from its slug, so that it is the same in every database and after every start.
fn id_of(slug: &str) -> Id<Provider> {
    let digest = Sha256::digest(format!("keydeck/provider/{slug}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Id::new(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn ids(provider: &Provider) -> impl Iterator<Item = &str> {
    std::iter::once(&*provider.slug).chain(provider.aliases.iter().map(|alias| &**alias))
}

/// Ids that differ in case, or in `_` for `-`, are the same, as in the catalogue's lookup.
fn fold(id: &str) -> String {
    id.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests;
