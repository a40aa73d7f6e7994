//! Dify's choice: which credential it uses for a provider, a kind and a model, in its own order.
//!
//! Neither app nor workflow nor node plays a part. In this order: a model that is switched off is an error. A model of
//! its own whose active credential is gone while it has others is one, too, and so is a model of the provider's list
//! while the provider has no active credential. Else a pool of two or more usable rows is used, else the model's own
//! credential, else the provider's active one. Rows that Dify calls invalid don't count. Credentials are looked up by id
//! alone, whoever's they are. Source: Dify, `api/core/provider_manager.py` and `api/core/entities/provider_configuration.py`.

use std::collections::{BTreeMap, BTreeSet};

use super::{config, keys::TenantKey, read::Tenant};
use crate::{
    domain::{
        Text,
        flaw::{Flaw, Wrong},
        name,
        provider::ModelKind,
    },
    import::row::Row,
};

/// The name of the row of a pool that stands for what would be used without the pool.
const INHERIT: &str = "__inherit__";

/// A credential as the database keeps it: by the table that it stands in, and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stored {
    /// A credential of a provider.
    Provider(String),
    /// A credential of a model.
    Model(String),
    /// Before there were several: what a provider's own row holds.
    OldProvider(String),
    /// What a model's own row holds.
    OldModel(String),
    /// What a pool's row holds, be it a key of its own or a copy that differs from what it was copied from.
    Balanced(String),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The canonical provider.
    pub provider: Text,
    /// The kind of model.
    pub kind: ModelKind,
    /// The model.
    pub model: Text,
}

/// Something that is wrong, and the credential that it is about, where that stands in the database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What is wrong; its key is not known yet.
    pub flaw: Flaw,
    /// Where its key stands.
    pub key: Option<Stored>,
}

/// Where something can be wrong.
trait Place {
    /// Returns the provider, and the kind and the model if it is about one.
    fn parts(&self) -> (Text, Option<ModelKind>, Option<Text>);
}

impl Place for Text {
    fn parts(&self) -> (Text, Option<ModelKind>, Option<Text>) {
        (self.clone(), None, None)
    }
}

impl Place for (Text, Text) {
    fn parts(&self) -> (Text, Option<ModelKind>, Option<Text>) {
        (self.0.clone(), None, Some(self.1.clone()))
    }
}

impl Place for Slot {
    fn parts(&self) -> (Text, Option<ModelKind>, Option<Text>) {
        (self.provider.clone(), Some(self.kind), Some(self.model.clone()))
    }
}

/// One credential.
pub struct Held<'a> {
    /// Where it stands.
    pub stored: Stored,
    /// The canonical provider.
    pub provider: Text,
    /// What people call it there; empty if it has no name.
    pub name: String,
    /// The models that it is for; empty for any.
    pub models: BTreeSet<Text>,
    /// What it consists of.
    pub config: &'a str,
}

/// Why nothing is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The model is switched off.
    Disabled,
    /// The model's active credential was taken away while it has others.
    Removed,
    /// The active credential is one of another provider.
    OtherProvider,
    /// The active credential is one of another workspace, which does not open here.
    OtherTenant,
}

/// What is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A credential.
    Key(Stored),
    /// The pool of the place.
    Pool,
    /// An error.
    Error(Obstacle),
    /// Nothing, and nobody says why not.
    Nothing,
}

/// A pool: its members with their weights, in the order of their rows. A member that is switched off weighs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// The members.
    pub members: Vec<(Stored, u32)>,
    /// Whether it is used.
    pub in_force: bool,
}

/// What Dify uses, and everything that it could.
pub struct Choices<'a> {
    /// Every credential, those of providers first.
    pub held: Vec<Held<'a>>,
    /// What is used for a provider's models that have nothing of their own.
    pub providers: BTreeMap<Text, Chosen>,
    /// What is used for the models that have something of their own.
    pub models: BTreeMap<Slot, Chosen>,
    /// The pools.
    pub pools: BTreeMap<Slot, Shared>,
    /// What is wrong there, each thing once.
    pub flaws: BTreeSet<Found>,
    /// What the database alone does not decide.
    pub notes: Vec<&'static str>,
    /// The providers of which Dify prefers a key of its host's.
    pub hosted: BTreeSet<Text>,
}

/// Finds out what Dify uses. `canonical` knows every name of a provider, `key` opens what is sealed.
pub fn choices<'a>(tenant: &'a Tenant, canonical: &dyn Fn(&str) -> Text, key: Option<&TenantKey>) -> Choices<'a> {
    let mut chooser = Chooser {
        tenant,
        canonical,
        key,
        places: BTreeMap::new(),
        of_providers: BTreeMap::new(),
        own: BTreeMap::new(),
        choices: Choices {
            held: Vec::new(),
            providers: BTreeMap::new(),
            models: BTreeMap::new(),
            pools: BTreeMap::new(),
            flaws: BTreeSet::new(),
            notes: Vec::new(),
            hosted: BTreeSet::new(),
        },
    };
    chooser.hold();
    chooser.choose_for_providers();
    chooser.choose_for_models();
    chooser.share();
    chooser.switch_off();
    chooser.tell_the_rest();
    chooser.choices
}

struct Chooser<'a, 'k> {
    tenant: &'a Tenant,
    canonical: &'k dyn Fn(&str) -> Text,
    key: Option<&'k TenantKey>,
    /// Where each credential stands among those that are held.
    places: BTreeMap<Stored, usize>,
    /// The providers that have a row of their own, with what its credential is.
    of_providers: BTreeMap<Text, Chosen>,
    /// The models that have a row of their own, with what its credential is.
    own: BTreeMap<Slot, Chosen>,
    choices: Choices<'a>,
}

impl<'a> Chooser<'a, '_> {
    fn provider(&self, row: &Row) -> Text {
        (self.canonical)(row.get("provider_name"))
    }

    /// Notes that something is wrong.
    fn flaw(&mut self, place: &impl Place, wrong: Wrong, detail: Option<&str>, key: Option<Stored>) {
        let (provider, kind, model) = place.parts();
        let detail = detail.map(|detail| name::printable(detail).as_ref().into());
        self.choices.flaws.insert(Found { flaw: Flaw { wrong, provider, model, kind, key: None, detail }, key });
    }

    /// Reads what a row is about; notes a kind that nobody knows, and the older words for the known ones.
    fn slot(&mut self, row: &Row) -> Option<Slot> {
        let (word, model) = (row.get("model_type"), name::clean(row.get("model_name"), ""));
        if model.is_empty() {
            return None;
        }
        let (provider, model) = (self.provider(row), Text::from(model));
        let Some(kind) = ModelKind::from_foreign(word) else {
            self.flaw(&(provider, model), Wrong::NoKind, Some(word), None);
            return None;
        };
        let slot = Slot { provider, kind, model };
        if matches!(word, "text-generation" | "embeddings" | "reranking") {
            self.flaw(&slot, Wrong::OldWord, Some(word), None);
        }
        Some(slot)
    }

    /// Collects every credential that is no pool's own.
    fn hold(&mut self) {
        let tenant = self.tenant;
        for row in &tenant.provider_credentials {
            self.keep(Stored::Provider(row.get("id").to_owned()), row, "credential_name", None);
        }
        for row in tenant.providers.iter().filter(|row| is_custom(row) && !row.get("encrypted_config").is_empty()) {
            self.keep(Stored::OldProvider(row.get("id").to_owned()), row, "", None);
        }
        let of_model = |row: &Row| Some(Text::from(name::clean(row.get("model_name"), "model")));
        for row in &tenant.model_credentials {
            self.keep(Stored::Model(row.get("id").to_owned()), row, "credential_name", of_model(row));
        }
        for row in tenant.models.iter().filter(|row| !row.get("encrypted_config").is_empty()) {
            self.keep(Stored::OldModel(row.get("id").to_owned()), row, "", of_model(row));
        }
    }

    fn keep(&mut self, stored: Stored, row: &'a Row, label: &str, model: Option<Text>) {
        let held = Held {
            stored,
            provider: self.provider(row),
            name: name::clean(row.get(label), ""),
            models: model.into_iter().collect(),
            config: row.get("encrypted_config"),
        };
        self.places.insert(held.stored.clone(), self.choices.held.len());
        self.choices.held.push(held);
    }

    fn held(&self, stored: &Stored) -> Option<&Held<'a>> {
        self.places.get(stored).map(|at| &self.choices.held[*at])
    }

    /// Notes that a credential that was made for certain models is used for another one all the same.
    fn widen(&mut self, stored: &Stored, model: &Text) {
        if let Some(held) = self.places.get(stored).map(|at| &mut self.choices.held[*at])
            && !held.models.is_empty()
        {
            held.models.insert(model.clone());
        }
    }

    fn choose_for_providers(&mut self) {
        let tenant = self.tenant;
        for row in tenant.providers.iter().filter(|row| is_custom(row)) {
            let provider = self.provider(row);
            if !row.is("is_valid") {
                self.flaw(&provider, Wrong::Invalid, None, None);
                continue;
            }
            let old = Stored::OldProvider(row.get("id").to_owned());
            let chosen = if self.held(&old).is_some() {
                Chosen::Key(old)
            } else {
                self.look_up(row.get("credential_id"), Stored::Provider, &provider)
            };
            if self.of_providers.contains_key(&provider) {
                self.flaw(&provider, Wrong::Twofold, None, None);
                continue;
            }
            let has_some =
                self.choices.held.iter().any(|it| it.provider == provider && matches!(it.stored, Stored::Provider(_)));
            if chosen == Chosen::Nothing && has_some {
                self.flaw(&provider, Wrong::Inactive, None, None);
            }
            self.of_providers.insert(provider.clone(), chosen.clone());
            self.choices.providers.insert(provider, chosen);
        }
    }

    /// Finds the active credential of a place by its id, as Dify does: wherever it belongs.
    fn look_up(&mut self, id: &str, table: fn(String) -> Stored, place: &impl Place) -> Chosen {
        if id.is_empty() {
            return Chosen::Nothing;
        }
        let stored = table(id.to_owned());
        match self.held(&stored).map(|held| held.provider.clone()) {
            Some(owner) if owner == place.parts().0 => Chosen::Key(stored),
            Some(owner) => {
                self.flaw(place, Wrong::OtherProvider, Some(&owner), Some(stored));
                Chosen::Error(Obstacle::OtherProvider)
            }
            None if self.tenant.strangers.contains(id) => {
                self.flaw(place, Wrong::OtherWorkspace, None, None);
                Chosen::Error(Obstacle::OtherTenant)
            }
            None => {
                self.flaw(place, Wrong::Gone, Some(id), None);
                Chosen::Nothing
            }
        }
    }

    fn choose_for_models(&mut self) {
        let tenant = self.tenant;
        for row in &tenant.models {
            let Some(slot) = self.slot(row) else { continue };
            if !row.is("is_valid") {
                self.flaw(&slot, Wrong::Invalid, None, None);
                continue;
            }
            let old = Stored::OldModel(row.get("id").to_owned());
            let chosen = if self.held(&old).is_some() {
                Chosen::Key(old)
            } else {
                self.look_up(row.get("credential_id"), Stored::Model, &slot)
            };
            if let Chosen::Key(stored) = &chosen {
                self.widen(stored, &slot.model);
            }
            if self.own.contains_key(&slot) {
                self.flaw(&slot, Wrong::Twofold, None, None);
                continue;
            }
            let chosen = match chosen {
                Chosen::Nothing if self.has_others(&slot) => {
                    self.flaw(&slot, Wrong::Inactive, None, None);
                    Chosen::Error(Obstacle::Removed)
                }
                other => other,
            };
            if chosen != Chosen::Nothing {
                self.choices.models.insert(slot.clone(), chosen.clone());
            }
            self.own.insert(slot, chosen);
        }
    }

    fn has_others(&self, slot: &Slot) -> bool {
        let is_of = |row: &Row| {
            self.provider(row) == slot.provider
                && ModelKind::from_foreign(row.get("model_type")) == Some(slot.kind)
                && name::clean(row.get("model_name"), "") == *slot.model
        };
        self.tenant.model_credentials.iter().any(is_of)
    }

    /// Makes the pools, and says where they are used.
    fn share(&mut self) {
        let tenant = self.tenant;
        let mut rows: BTreeMap<Slot, Vec<&'a Row>> = BTreeMap::new();
        for row in &tenant.balanced {
            if let Some(slot) = self.slot(row) {
                rows.entry(slot).or_default().push(row);
            }
        }
        let mut balanced: BTreeSet<Slot> = BTreeSet::new();
        for row in tenant.settings.iter().filter(|row| row.is("load_balancing_enabled")) {
            balanced.extend(self.slot(row));
        }
        for (slot, rows) in rows {
            let (mut shared, mut usable, mut copies) = (Shared::default(), 0, Vec::new());
            for row in rows {
                let enabled = row.is("enabled");
                let inherits = row.get("name") == INHERIT;
                usable += usize::from(enabled && (inherits || !row.get("encrypted_config").is_empty()));
                let member = if inherits { self.inherited(&slot) } else { self.member(&slot, row, &mut copies) };
                if let Some(member) = member {
                    shared.put(member, u32::from(enabled));
                }
            }
            let fails = match self.own.get(&slot) {
                Some(own) => matches!(own, Chosen::Error(_)),
                None => self.of_provider(&slot.provider) == Chosen::Nothing,
            };
            shared.in_force = balanced.contains(&slot) && usable >= 2 && !fails;
            if shared.in_force {
                self.choices.models.insert(slot.clone(), Chosen::Pool);
            } else if balanced.contains(&slot) && usable < 2 {
                self.flaw(&slot, Wrong::Alone, None, None);
            }
            self.choices.pools.insert(slot, shared);
        }
    }

    fn of_provider(&self, provider: &Text) -> Chosen {
        self.of_providers.get(provider).cloned().unwrap_or(Chosen::Nothing)
    }

    /// Returns what would be used without the pool. It is left out where the provider has no row of its own.
    fn inherited(&self, slot: &Slot) -> Option<Stored> {
        let own = self.own.get(slot).filter(|own| **own != Chosen::Nothing).cloned();
        let of_provider = self.of_providers.get(&slot.provider)?;
        match own.unwrap_or_else(|| of_provider.clone()) {
            Chosen::Key(stored) => Some(stored),
            _ => None,
        }
    }

    /// Returns the credential of a pool's row: the one that it was copied from, unless the copy says otherwise by now.
    fn member(&mut self, slot: &Slot, row: &'a Row, own: &mut Vec<(Stored, &'a str)>) -> Option<Stored> {
        let config = row.get("encrypted_config");
        let id = row.get("credential_id");
        if config.is_empty() {
            return None;
        }
        let sources = [Stored::Provider(id.to_owned()), Stored::Model(id.to_owned())];
        let source = sources.iter().filter_map(|stored| self.held(stored)).find(|held| held.provider == slot.provider);
        if let Some(source) = source {
            let stored = source.stored.clone();
            if config::are_equal(source.config, config, self.key) {
                self.widen(&stored, &slot.model);
                return Some(stored);
            }
            self.flaw(slot, Wrong::Drifted, None, Some(stored));
        } else if !id.is_empty() {
            self.flaw(slot, Wrong::Orphan, Some(id), None);
        }
        // The same key twice weighs double. Without the private key only the very same text is known to be the same.
        let is_same = |other: &str| other == config || self.key.is_some() && config::are_equal(other, config, self.key);
        if let Some((twin, _)) = own.iter().find(|(_, other)| is_same(other)) {
            return Some(twin.clone());
        }
        let stored = Stored::Balanced(row.get("id").to_owned());
        self.keep(stored.clone(), row, "name", Some(slot.model.clone()));
        own.push((stored.clone(), config));
        Some(stored)
    }

    /// Whatever else is said, a model that is switched off is an error.
    fn switch_off(&mut self) {
        let tenant = self.tenant;
        for row in tenant.settings.iter().filter(|row| row.get("enabled") == "false") {
            if let Some(slot) = self.slot(row) {
                if let Some(shared) = self.choices.pools.get_mut(&slot) {
                    shared.in_force = false;
                }
                self.choices.models.insert(slot, Chosen::Error(Obstacle::Disabled));
            }
        }
    }

    /// Tells what the database alone can't decide.
    fn tell_the_rest(&mut self) {
        let tenant = self.tenant;
        if self.choices.pools.values().any(|shared| shared.in_force) {
            let note = "pools are in force where Dify runs with MODEL_LB_ENABLED=true, which its database does not say";
            self.choices.notes.push(note);
        }
        for row in tenant.preferred.iter().filter(|row| row.get("preferred_provider_type") == "system") {
            let provider = self.provider(row);
            let has_quota = |row: &Row| {
                !is_custom(row) && (self.canonical)(row.get("provider_name")) == provider && row.is("is_valid")
            };
            if tenant.providers.iter().any(has_quota) {
                self.choices.hosted.insert(provider);
            }
        }
    }
}

impl Shared {
    /// Adds a row: the same credential again weighs more.
    fn put(&mut self, member: Stored, weight: u32) {
        match self.members.iter_mut().find(|(known, _)| *known == member) {
            Some((_, sum)) => *sum += weight,
            None => self.members.push((member, weight)),
        }
    }
}

/// Says whether a row is about a key of one's own, not one of Dify's host.
fn is_custom(row: &Row) -> bool {
    row.get("provider_type") != "system"
}
