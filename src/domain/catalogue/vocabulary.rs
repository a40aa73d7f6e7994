//! The vocabulary: providers, models and short texts, each with one dense number.

use std::{num::NonZeroU32, sync::Arc, sync::OnceLock};

use jiff::{civil::Date, tz::TimeZone};

use super::{chunks::Chunks, shards::Shards};
use crate::domain::{
    Text, Timestamp,
    fact::{ListedPrice, PriceTable},
    provider::{Model, Price, Provider},
};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            fn at(position: usize) -> Self {
                let number = u32::try_from(position + 1).unwrap_or(u32::MAX);
                Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
            }

            /// Returns the number as a position.
            #[inline]
            pub const fn position(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    };
}

number! {
    /// The number of a text: an environment, a variable.
    Symbol
}
number! {
    /// The number of a provider, known or only mentioned.
    ProviderIx
}
number! {
    /// The number of a model of a provider, known or only mentioned.
    ModelIx
}

/// A provider by its slug: built in, described by the workspace, or only mentioned.
#[derive(Clone, Debug)]
pub struct ProviderEntry {
    /// The canonical id.
    pub slug: Text,
    /// What the built-in list says.
    pub built_in: Option<Arc<Provider>>,
    /// What the workspace says; it wins.
    pub own: Option<Arc<Provider>>,
}

impl ProviderEntry {
    /// Returns the description that counts; `None` for a provider that is only mentioned.
    pub fn provider(&self) -> Option<&Provider> {
        self.own.as_deref().or(self.built_in.as_deref())
    }

    /// Returns the name for people.
    pub fn name(&self) -> &Text {
        self.provider().map_or(&self.slug, |provider| &provider.name)
    }
}

/// A model by provider and name: described by the workspace, or only mentioned.
#[derive(Clone, Debug)]
pub struct ModelEntry {
    /// Its provider.
    pub provider: ProviderIx,
    /// The vendor's id.
    pub name: Text,
    /// What the workspace says.
    pub own: Option<Arc<Model>>,
    /// The workspace's prices, latest first.
    pub prices: Vec<Arc<Price>>,
    listed: OnceLock<(Date, Option<ListedPrice>)>,
}

/// Every provider, model and short text that the catalogue has met.
#[derive(Clone)]
pub struct Vocabulary {
    texts: Chunks<Text>,
    by_text: Shards<Text, Symbol>,
    providers: Chunks<ProviderEntry>,
    by_slug: Shards<Text, ProviderIx>,
    aliases: Shards<Text, Text>,
    models: Chunks<ModelEntry>,
    by_model: Shards<(ProviderIx, Text), ModelIx>,
    table: Arc<dyn PriceTable>,
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary")
            .field("texts", &self.texts.len())
            .field("models", &self.models.len())
            .finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// Makes a vocabulary that knows the built-in providers and asks `table` for prices.
    pub fn new(vendors: &[Arc<Provider>], table: Arc<dyn PriceTable>) -> Self {
        let mut vocabulary = Self {
            texts: Chunks::default(),
            by_text: Shards::default(),
            providers: Chunks::default(),
            by_slug: Shards::default(),
            aliases: Shards::default(),
            models: Chunks::default(),
            by_model: Shards::default(),
            table,
        };
        for vendor in vendors {
            let ix = vocabulary.provider_slot(&vendor.slug);
            vocabulary.learn_aliases(vendor);
            if let Some(entry) = vocabulary.providers.get_mut(ix.position()) {
                entry.built_in = Some(Arc::clone(vendor));
            }
        }
        vocabulary
    }

    /// Returns the text's number, if it was ever met.
    pub fn symbol(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// Returns the text of a number.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.position()).map_or("", |text| text)
    }

    /// Returns the canonical slug for any id of a provider.
    ///
    /// Known aliases first; else the last part of `org/plugin/provider` that says something, in lower case, with `-` for
    /// `_`, and its alias.
    pub fn canonical(&self, id: &str) -> Text {
        let known = |id: &str| {
            self.aliases.get(id).cloned().or_else(|| {
                self.by_slug.get(id).and_then(|ix| self.providers.get(ix.position())).map(|entry| entry.slug.clone())
            })
        };
        let folded = id.trim().to_lowercase();
        let last = folded.rsplit('/').map(str::trim).find(|part| !part.is_empty()).unwrap_or(&folded);
        let dashed = last.replace('_', "-");
        known(id)
            .or_else(|| known(&folded))
            .or_else(|| known(&folded.replace('_', "-")))
            .or_else(|| known(last))
            .or_else(|| known(&dashed))
            .unwrap_or_else(|| dashed.as_str().into())
    }

    /// Finds a provider by its canonical slug.
    pub fn provider(&self, slug: &str) -> Option<ProviderIx> {
        self.by_slug.get(slug).copied()
    }

    /// Returns what is known of a provider.
    pub fn provider_entry(&self, ix: ProviderIx) -> Option<&ProviderEntry> {
        self.providers.get(ix.position())
    }

    /// Returns every provider.
    pub fn providers(&self) -> impl Iterator<Item = (ProviderIx, &ProviderEntry)> {
        self.providers.iter().enumerate().map(|(at, entry)| (ProviderIx::at(at), entry))
    }

    /// Finds a model.
    pub fn model(&self, provider: ProviderIx, name: &str) -> Option<ModelIx> {
        self.by_model.get(&(provider, Text::from(name))).copied()
    }

    /// Returns what is known of a model.
    pub fn model_entry(&self, ix: ModelIx) -> Option<&ModelEntry> {
        self.models.get(ix.position())
    }

    /// Returns every model.
    pub fn models(&self) -> impl Iterator<Item = (ModelIx, &ModelEntry)> {
        self.models.iter().enumerate().map(|(at, entry)| (ModelIx::at(at), entry))
    }

    /// Returns the providers that the workspace describes itself.
    pub fn own_providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter().filter_map(|entry| entry.own.as_deref())
    }

    /// Returns the models that the workspace describes itself.
    pub fn own_models(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().filter_map(|entry| entry.own.as_deref())
    }

    /// Returns the workspace's own prices.
    pub fn own_prices(&self) -> impl Iterator<Item = &Price> {
        self.models.iter().flat_map(|entry| entry.prices.iter().map(|price| &**price))
    }

    /// Returns the price of a model at `now`: the latest own one that has begun, else the table's of that UTC day, else
    /// that of a table which somebody imported.
    ///
    /// The table is asked at the first question, since decoding it takes a while, and its answer is kept for a day.
    pub fn price(&self, model: ModelIx, now: Timestamp) -> Option<ListedPrice> {
        let entry = self.model_entry(model)?;
        let begun = |imported: bool| {
            let holds =
                |price: &&Arc<Price>| price.source.is_some() == imported && price.from.is_none_or(|from| from <= now);
            entry.prices.iter().find(holds).map(|price| ListedPrice {
                input: price.input,
                output: price.output,
                source: price.source.clone().unwrap_or_else(|| "own price".into()),
            })
        };
        if let Some(own) = begun(false) {
            return Some(own);
        }
        let slug = &self.provider_entry(entry.provider)?.slug;
        let day = now.to_zoned(TimeZone::UTC).date();
        let ask =
            || day.to_zoned(TimeZone::UTC).ok().and_then(|dawn| self.table.price(slug, &entry.name, dawn.timestamp()));
        let (known, listed) = entry.listed.get_or_init(|| (day, ask()));
        let of_table = if *known == day { listed.clone() } else { ask() };
        of_table.or_else(|| begun(true))
    }

    /// Returns the table's price of a model that the catalogue may never have met.
    pub fn listed_price(&self, provider: &str, model: &str, now: Timestamp) -> Option<ListedPrice> {
        self.table.price(provider, model, now)
    }

    /// Says which of several prices the table's is.
    pub fn listed_variant(&self, provider: &str, model: &str, now: Timestamp) -> Option<Text> {
        self.table.variant(provider, model, now)
    }

    /// Returns the text's number, learning it if it is new.
    pub(super) fn learn(&mut self, text: &mut Text) -> Symbol {
        if let Some(symbol) = self.symbol(text) {
            if let Some(known) = self.texts.get(symbol.position()) {
                text.clone_from(known);
            }
            return symbol;
        }
        let symbol = Symbol::at(self.texts.len());
        self.texts.push(text.clone());
        self.by_text.insert(text.clone(), symbol);
        symbol
    }

    /// Returns a provider's number, learning its slug if it is new.
    pub(super) fn learn_provider(&mut self, slug: &mut Text) -> ProviderIx {
        let ix = self.provider_slot(slug);
        if let Some(entry) = self.providers.get(ix.position()) {
            slug.clone_from(&entry.slug);
        }
        ix
    }

    /// Returns a model's number, learning it if it is new.
    pub(super) fn learn_model(&mut self, provider: ProviderIx, name: &mut Text) -> ModelIx {
        if let Some(ix) = self.by_model.get(&(provider, name.clone())).copied() {
            if let Some(entry) = self.model_entry(ix) {
                let known = entry.name.clone();
                *name = known;
            }
            return ix;
        }
        let ix = ModelIx::at(self.models.len());
        let entry = ModelEntry { provider, name: name.clone(), own: None, prices: Vec::new(), listed: OnceLock::new() };
        self.models.push(entry);
        self.by_model.insert((provider, name.clone()), ix);
        ix
    }

    /// Sets or takes back what the workspace says of a provider.
    pub(super) fn describe_provider(&mut self, slug: &Text, own: Option<Arc<Provider>>) {
        let ix = self.provider_slot(slug);
        let Some(entry) = self.providers.get_mut(ix.position()) else { return };
        let previous = std::mem::replace(&mut entry.own, own.clone());
        let built_in = entry.built_in.clone();
        for alias in previous.iter().flat_map(|provider| &provider.aliases) {
            self.aliases.remove(alias);
        }
        for provider in [built_in, own].into_iter().flatten() {
            self.learn_aliases(&provider);
        }
    }

    /// Changes what the workspace says of a model.
    pub(super) fn describe_model(&mut self, model: ModelIx, change: impl FnOnce(&mut ModelEntry)) {
        if let Some(entry) = self.models.get_mut(model.position()) {
            change(entry);
            entry.prices.sort_by(|a, b| b.from.cmp(&a.from).then(b.id.cmp(&a.id)));
        }
    }

    fn learn_aliases(&mut self, provider: &Provider) {
        for alias in &provider.aliases {
            self.aliases.insert(alias.clone(), provider.slug.clone());
        }
    }

    fn provider_slot(&mut self, slug: &Text) -> ProviderIx {
        if let Some(ix) = self.provider(slug) {
            return ix;
        }
        let ix = ProviderIx::at(self.providers.len());
        self.providers.push(ProviderEntry { slug: slug.clone(), built_in: None, own: None });
        self.by_slug.insert(slug.clone(), ix);
        ix
    }
}
