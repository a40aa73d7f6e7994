//! Credentials: what is sealed there is opened, field by field, and what keydeck has no field for is told by its name.

use std::collections::{BTreeMap, BTreeSet};

use super::Take;
use crate::{
    domain::{
        Text,
        credential::{Credential, SecretRef},
    },
    form,
    import::{
        dify_db::{
            choice::{Choices, Held, Stored},
            config::Config,
            keys::{self, Closed},
        },
        placeholder::is_placeholder,
    },
    vault::{Fields, Secret, UrlOrigin},
};

/// The field that says where a key's requests go.
const ADDRESS: &str = "base_url";

/// The longest field in the clear that is taken.
const LONGEST: usize = 2000;

/// What became of a credential's fields.
#[derive(Default)]
struct Opened {
    public: BTreeMap<Text, Text>,
    secret: Fields,
    /// Whether a secret field stands there that did not open.
    is_closed: bool,
}

/// How many keys came in which way.
#[derive(Default)]
struct Tally {
    sealed: usize,
    closed: Vec<String>,
    plain: Vec<String>,
    placeholders: Vec<String>,
    malformed: Vec<String>,
    /// The fields that keydeck has no place for, by provider.
    strange: BTreeMap<Text, BTreeSet<String>>,
}

impl Take<'_> {
    pub(super) fn credentials(&mut self, choices: &Choices<'_>) {
        let mut tally = Tally::default();
        for held in &choices.held {
            self.credential(held, &mut tally);
        }
        self.tell_tally(&tally);
    }

    fn credential(&mut self, held: &Held<'_>, tally: &mut Tally) {
        self.taking.provider(&held.provider, &self.place);
        let label = label(held);
        let mut opened = self.open(held, &label, tally);
        let foreign = self.taking.foreign("credential", path(&held.stored));
        self.adopt_older(held, &foreign);
        let known = self.taking.known::<Credential>(&foreign).cloned();
        if known.as_ref().is_some_and(|it| it.provider != held.provider) {
            self.skip(format!("\"{label}\""), "it is of another provider now; remove the one here first");
            return;
        }
        // A sealed secret is bound to its address: without the secret, that can't be changed.
        if let Some(known) = known.as_ref().filter(|it| matches!(it.secret, SecretRef::Sealed(_)))
            && opened.secret.is_empty()
        {
            match known.fields.get(ADDRESS) {
                Some(address) => drop(opened.public.insert(ADDRESS.into(), address.clone())),
                None => drop(opened.public.remove(ADDRESS)),
            }
        }
        let placement = self.taking.placements.of("");
        let say = |id, foreign_id| Credential {
            name: label.as_str().into(),
            provider: held.provider.clone(),
            models: (!held.models.is_empty()).then(|| held.models.iter().cloned().collect()),
            fields: opened.public,
            foreign_id: Some(foreign_id),
            ..form::blank_credential(id)
        };
        let is_new = known.is_none();
        let fill = |it: &mut Credential| {
            it.environment = it.environment.take().or(placement.environment);
            if let Some(owner) = placement.owner.filter(|_| is_new) {
                it.owner = owner;
            }
        };
        let Some(id) = self.taking.sync(&foreign, say, fill) else { return };
        if !opened.secret.is_empty() {
            self.taking.keep_secret(id, opened.secret);
        }
        self.keys.insert(held.stored.clone(), id);
    }

    /// Recognises a key that older versions of Dify kept in the row of its provider or model, which named no credential.
    fn adopt_older(&mut self, held: &Held<'_>, foreign: &Text) {
        let (rows, id, older) = match &held.stored {
            Stored::Provider(id) => (&self.tenant.providers, id, Stored::OldProvider as fn(String) -> Stored),
            Stored::Model(id) => (&self.tenant.models, id, Stored::OldModel as fn(String) -> Stored),
            _ => return,
        };
        let Some(row) = rows.iter().find(|row| row.get("credential_id") == id) else { return };
        let earlier = self.taking.foreign("credential", path(&older(row.get("id").to_owned())));
        if self.taking.known::<Credential>(foreign).is_none()
            && let Some(known) = self.taking.known::<Credential>(&earlier).cloned()
        {
            self.taking.adopt(foreign, known);
            self.taking.forget(&earlier);
        }
    }

    /// Reads a credential's fields, and opens what is sealed of them.
    fn open(&mut self, held: &Held<'_>, label: &str, tally: &mut Tally) -> Opened {
        let config = Config::read(held.config);
        if config.malformed {
            tally.malformed.push(label.to_owned());
        }
        let mut opened = Opened::default();
        for (theirs, value) in &config.values {
            match (self.forms)(&held.provider, theirs) {
                Some((ours, true)) => self.open_secret(&ours, value, label, &mut opened, tally),
                Some((ours, false)) => self.open_public(ours, value, label, &mut opened),
                None => drop(tally.strange.entry(held.provider.clone()).or_default().insert(theirs.clone())),
            }
        }
        if opened.is_closed {
            opened.secret.clear();
        }
        opened
    }

    fn open_secret(&self, ours: &Text, value: &str, label: &str, opened: &mut Opened, tally: &mut Tally) {
        let is_sealed = keys::is_sealed(value);
        tally.sealed += usize::from(is_sealed);
        let Some(key) = self.key else {
            opened.is_closed = true;
            if is_sealed {
                tally.closed.push(label.to_owned());
            } else {
                tally.plain.push(label.to_owned());
            }
            return;
        };
        let secret = match key.open(value) {
            Ok(secret) => secret,
            Err(Closed::NotSealed) => {
                tally.plain.push(label.to_owned());
                Secret::new(value.to_owned())
            }
            Err(Closed::Damaged) => {
                opened.is_closed = true;
                tally.closed.push(label.to_owned());
                return;
            }
        };
        if is_placeholder(&secret) {
            tally.placeholders.push(label.to_owned());
        }
        if !secret.is_empty() {
            opened.secret.insert(ours.to_string(), secret);
        }
    }

    /// Takes a field in the clear, unless a secret may stand in it.
    fn open_public(&mut self, ours: Text, value: &str, label: &str, opened: &mut Opened) {
        let value = value.trim();
        let is_url = value.contains("://");
        let reason = if keys::is_sealed(value) {
            "it is sealed there, and no secret here"
        } else if value.len() > LONGEST || value.chars().any(crate::domain::name::is_unprintable) {
            "it is no plain line of text"
        } else if is_url && value.contains(['@', '?', '#']) {
            "a URL with a user, a question or a fragment may hold a secret; set it by hand"
        } else if &*ours == ADDRESS && UrlOrigin::of(value).is_err() {
            "it is no URL that keydeck takes; set it by hand"
        } else {
            opened.public.insert(ours, value.into());
            return;
        };
        self.skip(format!("the field {ours} of \"{label}\""), reason);
    }

    /// Tells once what is true of many keys.
    fn tell_tally(&mut self, tally: &Tally) {
        let Tally { sealed, closed, plain, placeholders, malformed, strange } = tally;
        let count = closed.len();
        if count > 0 && self.key.is_none() {
            self.warn(format!(
                "{count} of {sealed} secrets are sealed, and their keys came in by name only; give Dify's storage folder \
                 with --storage DIR and import again to take them"
            ));
        } else if count > 0 && count == *sealed {
            self.warn(format!(
                "the private key opens none of {sealed} secrets; they lie under an earlier one, or are damaged, and \
                 their keys came in by name only"
            ));
        } else if count > 0 {
            self.warn(format!(
                "{count} of {sealed} secrets do not open, and their keys came in by name only: {}; they lie under an \
                 earlier private key, or are damaged",
                closed.join(", ")
            ));
        }
        if !plain.is_empty() {
            self.warn(format!("a secret lies in the clear there; replace it at its vendor: {}", plain.join(", ")));
        }
        if !placeholders.is_empty() {
            self.warn(format!("a placeholder stands where a key belongs: {}", placeholders.join(", ")));
        }
        if !malformed.is_empty() {
            self.warn(format!("the configuration is no JSON, and was taken as empty: {}", malformed.join(", ")));
        }
        for (provider, fields) in strange {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let reason = "keydeck has no such field; what it holds may be a secret";
            self.skip(format!("the fields {} of {provider}", fields.join(", ")), reason);
        }
    }
}

/// Returns what a credential is called here: as there, else by its provider and model.
fn label(held: &Held<'_>) -> String {
    match (held.name.as_str(), held.models.first()) {
        ("", None) => held.provider.to_string(),
        ("", Some(model)) => format!("{}-{model}", held.provider),
        (name, _) => name.to_owned(),
    }
}

/// Returns where a credential stands there, for its foreign id.
fn path(stored: &Stored) -> String {
    match stored {
        Stored::Provider(id) | Stored::Model(id) => id.clone(),
        Stored::OldProvider(id) => format!("provider/{id}"),
        Stored::OldModel(id) => format!("model/{id}"),
        Stored::Balanced(id) => format!("pool/{id}"),
    }
}
