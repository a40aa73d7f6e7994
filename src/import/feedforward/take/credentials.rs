//! Credentials: equal keys of one provider and address become one, and what is wrong with a key is told.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::Take;
use crate::{
    domain::{
        Text,
        credential::{Credential, Instance, Owner, SecretRef, State},
        name,
    },
    form,
    import::{
        feedforward::{
            keys::{Keyring, Stored},
            parts::Model,
        },
        placeholder::is_placeholder,
    },
    vault::{Fields, Secret, UrlOrigin},
};

/// What makes two keys one: provider, address, what is stored, and whose it is.
type Same = (Text, Option<Text>, [u8; 32]);

/// One key with the models that hold it.
struct Held {
    same: Same,
    owner: Owner,
    secret: Option<Secret>,
    note: Option<&'static str>,
    is_placeholder: bool,
    /// The numbers of its models, the first of which names it.
    models: Vec<i64>,
    is_active: bool,
}

/// How many keys came in which way.
#[derive(Default)]
struct Tally {
    sealed: usize,
    closed: usize,
    public: usize,
    plain: Vec<String>,
    older: Vec<String>,
}

impl Take<'_> {
    pub(super) fn credentials(&mut self, keys: &Keyring) {
        let mut tally = Tally::default();
        let held = self.hold(keys, &mut tally);
        self.tell(keys, &tally);
        let mut systems: BTreeMap<Text, Vec<i64>> = BTreeMap::new();
        for key in held.iter().filter(|key| key.owner == Owner::System && key.is_active && !key.is_placeholder) {
            systems.entry(key.same.0.clone()).or_default().extend(&key.models);
        }
        for key in held {
            self.credential(key);
        }
        self.defaults(&systems);
    }

    /// Opens each model's key and groups the equal ones.
    fn hold(&mut self, keys: &Keyring, tally: &mut Tally) -> Vec<Held> {
        let models = std::mem::take(&mut self.models);
        let mut found: Vec<Held> = Vec::new();
        for model in &models {
            if let Some(key) = self.open(model, keys, tally) {
                found.push(key);
            }
        }
        self.models = models;
        // A key that the institution gives everybody is nobody's private one.
        let systems: HashSet<Same> =
            found.iter().filter(|key| key.owner == Owner::System).map(|key| key.same.clone()).collect();
        let mut places: HashMap<(Same, Owner), usize> = HashMap::new();
        let mut held: Vec<Held> = Vec::new();
        for mut key in found {
            if systems.contains(&key.same) {
                key.owner = Owner::System;
            }
            if let Some(&at) = places.get(&(key.same.clone(), key.owner)) {
                held[at].models.extend(key.models);
                held[at].is_active |= key.is_active;
            } else {
                places.insert((key.same.clone(), key.owner), held.len());
                held.push(key);
            }
        }
        let mut owners: HashMap<&Same, usize> = HashMap::new();
        for key in &held {
            *owners.entry(&key.same).or_default() += 1;
        }
        let shared = owners.values().filter(|count| **count > 1).count();
        if shared > 0 {
            self.warn(format!("{shared} of the keys are private to several people at once; each keeps a copy here"));
        }
        held
    }

    /// Opens one model's key; `None` if it has none, or nobody whose it could be.
    fn open(&mut self, model: &Model, keys: &Keyring, tally: &mut Tally) -> Option<Held> {
        let label = format!("model {} \"{}\"", model.id, model.name);
        let Some((stored, older)) = &model.config.key else {
            let variable = variable(&model.provider);
            let reason =
                format!("FeedForward takes {variable} of its environment; `keydeck import dotenv` takes its .env");
            self.skip(format!("the key of {label}"), reason);
            return None;
        };
        let Some(owner) = self.owner(model) else {
            self.skip(format!("the key of {label}"), "its owner is not named there; say whose it is with --owner");
            return None;
        };
        if *older {
            tally.older.push(label.clone());
        }
        let mut note = None;
        let secret = match keys.open(stored) {
            Stored::Absent => return None,
            Stored::Sealed { secret, public } => {
                tally.sealed += 1;
                tally.public += usize::from(public);
                Some(secret)
            }
            Stored::Plain(secret) => {
                note = Some("was kept in the clear in FeedForward");
                Some(secret)
            }
            Stored::Closed => {
                tally.sealed += 1;
                tally.closed += 1;
                if self.keep_known(model) {
                    return None;
                }
                None
            }
        };
        let is_placeholder = secret.as_ref().is_some_and(is_placeholder);
        if is_placeholder {
            note = Some("a placeholder in FeedForward, no key");
            self.warn(format!("the key of {label} is a placeholder; it was taken disabled, and needs a real key"));
        } else if note.is_some() {
            tally.plain.push(label);
        }
        let provider = self.taking.provider(&model.provider, &self.contents.file);
        let bytes = secret.as_ref().map_or(stored.as_bytes(), |secret| secret.expose().as_bytes());
        let same = (provider, model.address().cloned(), Sha256::digest(bytes).into());
        Some(Held { same, owner, secret, note, is_placeholder, models: vec![model.id], is_active: model.active })
    }

    /// Leaves a model the key that it has here from an earlier import, when this time it does not open.
    fn keep_known(&mut self, model: &Model) -> bool {
        let instance = self.taking.foreign("model", model.id);
        let key = self.taking.known::<Instance>(&instance).and_then(|it| it.key);
        let Some(key) = key.and_then(|id| self.taking.catalogue.credentials().by_id(id)) else { return false };
        let ours = key.foreign_id.clone().filter(|id| self.taking.known::<Credential>(id).is_some());
        if let Some(foreign) = &ours {
            self.keys.insert(model.id, (key.id, false));
            self.taking.meet(foreign);
        }
        ours.is_some()
    }

    /// Tells once what is true of many keys.
    fn tell(&mut self, keys: &Keyring, tally: &Tally) {
        let Tally { sealed, closed, public, plain, older } = tally;
        if *closed > 0 && !keys.has_own() {
            self.warn(format!(
                "{closed} of {sealed} keys are sealed and came in by name only; give FeedForward's SECRET_KEY with \
                 --source-secret-key-file FILE and import again to take them"
            ));
        } else if *closed > 0 && closed == sealed {
            self.warn(format!(
                "the SECRET_KEY that was given is the wrong one: it opens none of {sealed} keys, which came in by name \
                 only; give the one with which FeedForward runs and import again"
            ));
        } else if *closed > 0 {
            self.warn(format!(
                "{closed} of {sealed} keys do not open and came in by name only; they lie under an earlier SECRET_KEY \
                 of FeedForward's, or are damaged"
            ));
        }
        if *public > 0 {
            self.warn(format!(
                "{public} of {sealed} keys lie under a SECRET_KEY that is printed in FeedForward's source: whoever had the \
                 file can read them; replace them at their vendors"
            ));
        }
        if !plain.is_empty() {
            self.warn(format!("the key is kept in the clear there; replace it at its vendor: {}", plain.join(", ")));
        }
        if !older.is_empty() {
            let sentence = "the key stands in the older form, which FeedForward now sends as it is, sealed";
            self.warn(format!("{sentence}: {}", older.join(", ")));
        }
    }

    fn credential(&mut self, key: Held) {
        let Held { same: (provider, address, _), owner, secret, note, is_placeholder, models, is_active } = key;
        let first = models.iter().copied().min().unwrap_or_default();
        let address = self.address(first, address);
        let foreign = self.taking.foreign("key", first);
        let environment = self.taking.placements.of("").environment;
        let wanted = format!("{provider}-{}", self.whose(owner));
        let known = self.taking.known::<Credential>(&foreign).cloned();
        if known.as_ref().is_some_and(|it| it.provider != provider) {
            self.skip(format!("the key of model {first}"), "it is of another provider now; remove the one here first");
            return;
        }
        // A sealed secret is bound to its address: without the secret, that can't be changed.
        let may_move = secret.is_some() || !known.as_ref().is_some_and(|it| matches!(it.secret, SecretRef::Sealed(_)));
        let make = |id, foreign_id| Credential {
            name: wanted.into(),
            provider: provider.clone(),
            owner,
            environment,
            state: if is_placeholder || !is_active { State::Disabled } else { State::Active },
            note: note.map(Text::from),
            foreign_id: Some(foreign_id),
            ..form::blank_credential(id)
        };
        let id = self.taking.bring(&foreign, make, |it: &mut Credential| {
            if let Some(address) = address.filter(|_| may_move) {
                it.fields.insert("base_url".into(), address);
            }
        });
        if let Some(secret) = secret {
            self.taking.keep_secret(id, Fields::from([("api_key".to_owned(), secret)]));
        }
        for model in models {
            self.keys.insert(model, (id, known.is_none()));
        }
    }

    /// Judges where a key's requests were meant to go.
    fn address(&mut self, model: i64, address: Option<Text>) -> Option<Text> {
        let address = address?;
        if let Err(error) = UrlOrigin::of(&address) {
            self.skip(format!("the base URL of model {model}"), error);
            return None;
        }
        let ignored = self.models.iter().find(|it| it.id == model).is_some_and(|it| it.config.api_base.is_none());
        if ignored {
            self.warn(format!(
                "FeedForward ignores the base URL of model {model} and sends its key to the vendor's own"
            ));
        }
        Some(address)
    }

    /// Returns what the name of a key says of its owner.
    fn whose(&self, owner: Owner) -> String {
        match owner {
            Owner::System => "system".to_owned(),
            Owner::Department(id) => self
                .taking
                .catalogue
                .departments()
                .by_id(id)
                .map_or_else(|| "department".to_owned(), |it| it.name.to_string()),
            Owner::Operator(id) => {
                let address =
                    self.people.iter().find(|(_, person)| **person == id).map_or("private", |(email, _)| email);
                name::clean(address.split('@').next().unwrap_or(address), "private")
            }
        }
    }
}

/// Returns the variable that `FeedForward` falls back to.
fn variable(provider: &str) -> String {
    match provider {
        "custom" => "CUSTOM_LLM_API_KEY".to_owned(),
        other => format!("{}_API_KEY", name::clean(other, "PROVIDER").to_uppercase()),
    }
}
