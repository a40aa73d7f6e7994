//! Keys: the named credentials of `credential_list`, and those that stand in the deployments themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::{config, take::Take};
use crate::{
    domain::{
        Text,
        credential::{Credential, Reference, SecretRef},
        id::Id,
        name,
        provider::Field,
    },
    form,
    import::{placeholder::is_placeholder, yaml::Value},
    vault::{Fields, Secret, UrlOrigin},
};

/// How a value begins that stands in the proxy's environment.
const ENVIRONMENT: &str = "os.environ/";

/// One key as it is written: fields by our names, values as they stand there.
struct Written<'a> {
    label: String,
    provider: Text,
    fields: Vec<(&'static str, &'a Text)>,
}

impl Take<'_> {
    /// Takes the named credentials. A provider that is not said is that of the deployments and teams that use them.
    pub(super) fn named_keys(&mut self, list: &Value, providers: &HashMap<&str, Text>) {
        let mut seen = HashSet::new();
        for entry in list.items() {
            let label = entry.word_at("credential_name").trim();
            let said = entry.get("credential_info").map_or("", |info| info.word_at("custom_llm_provider")).trim();
            let what = format!("the credential \"{label}\"");
            if label.is_empty() {
                self.skip("a credential of credential_list", "it has no credential_name");
                continue;
            }
            // LiteLLM looks names up from the top (`CredentialAccessor.find_credential`).
            if !seen.insert(label) {
                self.skip(what, "another of this name stands above it, which LiteLLM uses");
                continue;
            }
            let provider = if said.is_empty() { providers.get(label).cloned() } else { Some(self.provider(said)) };
            let Some(provider) = provider else {
                self.skip(what, "nothing says whose it is; write credential_info: {custom_llm_provider: …}");
                continue;
            };
            let values = entry.get("credential_values").unwrap_or(&Value::Null);
            let written =
                Written { label: label.to_owned(), provider: provider.clone(), fields: config::fields(values) };
            let foreign = self.taking.foreign("credential", label);
            let id = self.key(&foreign, label, written);
            self.named.insert(label.to_owned(), (id, provider));
        }
    }

    /// Takes the key that stands in a deployment; `None` if there is none. Equal ones are one credential.
    pub(super) fn inline_key(&mut self, provider: &Text, it: &config::Deployment<'_>) -> Option<Id<Credential>> {
        let named = it.params.word_at("litellm_credential_name").trim();
        if !named.is_empty() {
            let known = self.named.get(named).cloned();
            if known.as_ref().is_none_or(|(_, theirs)| theirs != provider) {
                let reason =
                    if known.is_none() { "credential_list has none of this name" } else { "it is of another provider" };
                self.skip(format!("the credential \"{named}\" of \"{}\"", it.name), reason);
            }
            return known.filter(|(_, theirs)| theirs == provider).map(|(id, _)| id);
        }
        let fields = it.fields();
        let form = self.form(provider);
        let is_secret = |name: &str| form.iter().any(|field| field.secret && &*field.name == name);
        if !fields.iter().any(|(name, _)| is_secret(name)) {
            let reason = "the deployment holds none; the proxy takes it from its environment, `keydeck import dotenv` from its .env";
            self.skip(format!("the key of \"{}\"", it.name), reason);
            return None;
        }
        let mut digest = Sha256::new();
        digest.update(provider.as_bytes());
        for (name, value) in &fields {
            digest.update([0]);
            digest.update(name.as_bytes());
            digest.update([0]);
            digest.update(value.as_bytes());
        }
        let digest: [u8; 32] = digest.finalize().into();
        if let Some(known) = self.inline.get(&digest) {
            return Some(*known);
        }
        // The variable names the key where there is one; else the first deployment that holds it does.
        let variable =
            fields.iter().find(|(name, _)| is_secret(name)).and_then(|(_, value)| value.strip_prefix(ENVIRONMENT));
        let own = variable.map_or_else(|| format!("{}/{}", it.name, self.turn(it.name)), |name| format!("env/{name}"));
        let foreign = self.taking.foreign("key", format!("{provider}/{own}"));
        let wanted = match variable {
            Some(name) => name.to_lowercase().replace('_', "-"),
            None => format!("{provider}-{}", it.name),
        };
        let id = self.key(&foreign, &wanted, Written { label: it.name.to_owned(), provider: provider.clone(), fields });
        self.inline.insert(digest, id);
        Some(id)
    }

    fn key(&mut self, foreign: &Text, wanted: &str, written: Written<'_>) -> Id<Credential> {
        let Written { label, provider, fields } = written;
        let form = self.form(&provider);
        let place = self.taking.placements.of("");
        let (mut public, mut secret, mut reference) = (BTreeMap::new(), Fields::new(), None);
        for (name, value) in fields {
            let Some(field) = form.iter().find(|field| &*field.name == name) else {
                self.skip(format!("the {name} of \"{label}\""), format!("keys of {provider} have no such field"));
                continue;
            };
            match (field.secret, value.trim().strip_prefix(ENVIRONMENT)) {
                (true, Some(variable)) => match format!("env:{variable}").parse::<Reference>() {
                    Ok(it) if reference.is_none() => reference = Some(it),
                    Ok(_) => self.skip(format!("the {name} of \"{label}\""), "a reference holds one secret field"),
                    Err(error) => self.skip(format!("the {name} of \"{label}\""), error),
                },
                (true, None) => {
                    let value = Secret::new(value.trim().to_owned());
                    if is_placeholder(&value) {
                        self.skip(format!("the {name} of \"{label}\""), "it is a placeholder, no key");
                    } else {
                        secret.insert(name.to_owned(), value);
                    }
                }
                (false, Some(variable)) => {
                    let reason = format!("it stands in the variable {variable} of the proxy; `keydeck edit` sets it");
                    self.skip(format!("the {name} of \"{label}\""), reason);
                }
                (false, None) => self.public(&label, field, value, &mut public),
            }
        }
        if reference.is_some() && !secret.is_empty() {
            self.skip(
                format!("a part of the key of \"{label}\""),
                "one of its fields is a variable: then all come from there",
            );
            secret.clear();
        }
        let make = |id, foreign_id| Credential {
            name: wanted.into(),
            provider,
            owner: place.owner.unwrap_or_default(),
            environment: place.environment,
            secret: reference.map_or(SecretRef::Absent, SecretRef::External),
            foreign_id: Some(foreign_id),
            ..form::blank_credential(id)
        };
        let may_move = !secret.is_empty();
        let id = self.taking.bring(foreign, make, |it: &mut Credential| {
            if may_move || !matches!(it.secret, SecretRef::Sealed(_)) {
                it.fields.extend(public);
            }
        });
        if !secret.is_empty() {
            self.taking.keep_secret(id, secret);
        }
        id
    }

    fn public(&mut self, label: &str, field: &Field, value: &Text, public: &mut BTreeMap<Text, Text>) {
        let value = value.trim();
        let what = format!("the {} of \"{label}\"", field.name);
        if value.chars().any(name::is_unprintable) {
            self.skip(what, "it holds control characters");
        } else if &*field.name == "base_url"
            && let Err(error) = UrlOrigin::of(value)
        {
            self.skip(what, error);
        } else {
            public.insert(field.name.clone(), value.into());
        }
    }

    /// Returns the fields of a provider's keys; those of an unknown one have a key and an address.
    fn form(&self, provider: &str) -> Vec<Field> {
        let vocabulary = self.taking.catalogue.vocabulary();
        let entry = vocabulary.provider(provider).and_then(|ix| vocabulary.provider_entry(ix));
        entry.and_then(|entry| entry.provider()).map_or_else(
            || {
                let field =
                    |name: &str, secret| Field { name: name.into(), label: None, secret, required: false, env: None };
                vec![field("api_key", true), field("base_url", false)]
            },
            |it| it.fields.clone(),
        )
    }
}
