//! Editing: things from `field=value` words, with their secrets sealed, and what goes with a thing that is removed.

mod prices;

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use super::{
    door::Door,
    failure::{Failure, Kind as FailureKind},
    find::Thing,
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text,
        catalogue::row::ScopeIx,
        change::Change,
        credential::{Credential, SecretRef},
        guess,
        id::Id,
        link::decode,
        name::printable,
        provider::{Field, Model, Provider},
        record::{Kind, Record},
        workflow::Uses,
    },
    form,
    store::SecretRow,
    vault::{Fields, UrlOrigin},
};

/// The secret field of a provider whose form nobody described.
const USUAL_SECRET: &str = "api_key";

/// `field=value` words, in the order written.
pub type Words = [(String, String)];

impl View {
    /// Makes a thing of a kind from its name and `field=value` words.
    ///
    /// The name of a node is `WORKFLOW/NODE`, that of a model or price `PROVIDER/MODEL`.
    pub fn compose(&self, door: &Door, kind: Kind, name: Option<&str>, words: &Words) -> Result<Record, Failure> {
        let mut all = named(kind, name)?;
        for (field, value) in words {
            if all.iter().any(|(known, _)| known == field) {
                return Err(Failure::usage(format!("{field} is given twice")).hint("write it once"));
            }
            all.push((field.clone(), value.clone()));
        }
        let mut record = self.amend(form::blank(kind, door.new_id()), &all)?;
        self.sign(&mut record);
        let lookup = self.lookup();
        let missing: Vec<&str> = form::missing(&record, &lookup).map(|field| field.name).collect();
        let incomplete = match &record {
            Record::Node(node) => {
                matches!(&node.uses, Uses::Model { provider, model } if provider.is_empty() || model.is_empty())
            }
            _ => false,
        };
        if let Some(first) = missing.first() {
            let failure = Failure::usage(format!("a {} needs {}", kind.word(), missing.join(" and ")));
            return Err(failure.hint(format!("write it as {first}=…")));
        }
        if incomplete {
            let failure = Failure::usage("a node needs provider and model, or an instance");
            return Err(failure.hint("write provider=… model=…, or instance=…"));
        }
        Ok(record)
    }

    /// Notes on a price without a note who wrote it: a price of one's own overrides every table. Its id tells when.
    fn sign(&self, record: &mut Record) {
        if let (Record::Price(price), Some(me)) = (record, self.really())
            && price.note.is_none()
        {
            price.note = Some(format!("by {}", me.login).into());
        }
    }

    /// Sets fields of a thing, in the order of its form: what a field may be can depend on those before it.
    pub fn amend(&self, mut record: Record, words: &Words) -> Result<Record, Failure> {
        let lookup = self.lookup();
        let kind = record.kind();
        let known = form::fields(kind);
        let mut seen = BTreeSet::new();
        for (field, _) in words {
            if !seen.insert(field) {
                return Err(Failure::usage(format!("{} is given twice", printable(field))).hint("write it once"));
            }
        }
        for field in known {
            if let Some((_, value)) = words.iter().find(|(name, _)| name == field.name) {
                form::set(&mut record, field.name, value, &lookup)?;
            }
        }
        if let Some(slug) = provider_of(&record)
            && words.iter().any(|(name, _)| name == "provider")
        {
            self.known_provider(&slug)?;
        }
        for (name, value) in words.iter().filter(|(name, _)| known.iter().all(|field| field.name != name)) {
            match &mut record {
                Record::Credential(it) => self.set_provider_field(it, name, value)?,
                other => form::set(other, name, value, &lookup)?,
            }
        }
        Ok(record)
    }

    /// Sets a field of the provider's form. A secret one is refused: arguments are seen by everybody on the machine.
    fn set_provider_field(&self, it: &mut Credential, name: &str, value: &str) -> Result<(), Failure> {
        let fields = self.form_of(&it.provider);
        match fields.iter().find(|field| &*field.name == name) {
            Some(field) if field.secret => Err(Failure::usage(format!("{name} is secret, and can't be an argument"))
                .hint("leave it out to be asked for it, or pass it with --stdin-json")),
            Some(_) if value.is_empty() => {
                it.fields.remove(name);
                Ok(())
            }
            Some(_) => {
                it.fields.insert(name.into(), value.into());
                Ok(())
            }
            None => {
                let own = form::fields(Kind::Credential).iter().map(|field| field.name);
                let all: Vec<&str> = own.chain(fields.iter().map(|field| &*field.name)).collect();
                let failure = Failure::usage(format!("a key has no field \"{}\"", printable(name)));
                Err(match guess::nearest(name, all.iter().copied()) {
                    Some(guess) => failure.hint(format!("did you mean {guess}?")),
                    None => failure.hint(format!("its fields are {}", all.join(", "))),
                })
            }
        }
    }

    /// Returns the form of a provider's credentials; one secret field where nobody described it.
    pub fn form_of(&self, provider: &str) -> Vec<Field> {
        let vocabulary = self.vocabulary();
        let described = vocabulary.provider(provider).and_then(|ix| vocabulary.provider_entry(ix)?.provider());
        match described.filter(|it| !it.fields.is_empty()) {
            Some(form) => form.fields.clone(),
            None => vec![Field { name: USUAL_SECRET.into(), label: None, secret: true, required: true, env: None }],
        }
    }

    /// Finds the records that a link with or without `*` names, as they can be changed.
    ///
    /// Of a provider or model that is built in, that is a copy of the workspace's own which is still to be added.
    pub fn editable(&self, door: &Door, text: &str) -> Result<Vec<Editable>, Failure> {
        if let Some(rest) = text.strip_prefix("price/") {
            return self.prices_at(rest);
        }
        let things = self.find_all(text)?;
        things.into_iter().map(|thing| self.editable_thing(door, thing)).collect()
    }

    fn editable_thing(&self, door: &Door, thing: Thing) -> Result<Editable, Failure> {
        if let Some(record) = self.record(thing) {
            return Ok(Editable { record, is_there: true });
        }
        let copy = self.own_copy(thing, door.new_id());
        let copy = copy.ok_or_else(|| Failure::usage(format!("there is no {}", self.link(thing))))?;
        Ok(Editable { record: copy, is_there: false })
    }

    /// Returns a record of the workspace's own, still to be added, for a provider or model that is built in or only named
    /// by what calls it.
    pub fn own_copy(&self, thing: Thing, id: Uuid) -> Option<Record> {
        match thing {
            Thing::Provider(ix) => self.vocabulary().provider_entry(ix).map(|entry| {
                let built_in = entry.built_in.as_deref().cloned();
                let slug = entry.slug.clone();
                let blank = Provider {
                    id: Id::new(id),
                    name: slug.clone(),
                    slug,
                    base_url: None,
                    fields: Vec::new(),
                    aliases: Vec::new(),
                    note: None,
                    foreign_id: None,
                };
                Provider { id: Id::new(id), ..built_in.unwrap_or(blank) }.into()
            }),
            Thing::Model(ix) => self.vocabulary().model_entry(ix).map(|entry| {
                let provider = self.provider_slug(entry.provider).clone();
                let kind = self.nodes().find(|(node, _)| self.model_of(*node).is_some_and(|(_, model)| model == ix));
                let kind = kind.map(|(_, node)| node.kind).unwrap_or_default();
                let id = Id::new(id);
                Model { id, provider, name: entry.name.clone(), kind, context: None, note: None }.into()
            }),
            _ => None,
        }
    }

    /// Returns the changes that remove things, with what is part of them: a workflow's nodes, and the rules at them.
    pub fn removal(&self, records: &[Record]) -> Vec<Change> {
        let mut seen: HashSet<Uuid> = HashSet::new();
        let mut changes = Vec::new();
        for record in records {
            let parts = self.rules_at(record).into_iter().chain(self.parts(record)).chain([record.clone()]);
            changes.extend(parts.filter(|part| seen.insert(part.uuid())).map(Change::remove));
        }
        changes
    }

    fn parts(&self, record: &Record) -> Vec<Record> {
        let Record::Workflow(it) = record else { return Vec::new() };
        let Some(ix) = self.catalogue().workflows().find(it.id) else { return Vec::new() };
        self.nodes_of(ix).iter().filter_map(|&node| self.node(node).cloned().map(Into::into)).collect()
    }

    fn rules_at(&self, record: &Record) -> Vec<Record> {
        let catalogue = self.catalogue();
        let scope = match record {
            Record::Workflow(it) => catalogue.workflows().find(it.id).map(ScopeIx::Workflow),
            Record::App(it) => catalogue.apps().find(it.id).map(ScopeIx::App),
            Record::Department(it) => catalogue.departments().find(it.id).map(ScopeIx::Department),
            Record::Operator(it) => catalogue.operators().find(it.id).map(ScopeIx::Owner),
            _ => None,
        };
        let rules = scope.map(|scope| catalogue.rules().of(scope)).unwrap_or_default();
        rules.iter().filter_map(|key| self.assignment(key.rule).cloned().map(Into::into)).collect()
    }
}

/// A record that can be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Editable {
    /// The record.
    pub record: Record,
    /// Whether it is there already; else changing it adds it.
    pub is_there: bool,
}

impl Editable {
    /// Returns the change that makes it `after`.
    pub fn into_change(self, after: Record) -> Option<Change> {
        if self.is_there { Change::edit(self.record, after) } else { Some(Change::add(after)) }
    }
}

impl Session {
    /// Seals the secret fields of a credential into it, and returns the row to be written with it.
    pub fn seal_into(&self, credential: &mut Credential, fields: &Fields) -> Result<Vec<SecretRow>, Failure> {
        let (secret, row) = self.sealed(credential, fields)?;
        credential.secret = secret;
        Ok(vec![row])
    }

    /// Seals secret fields for a credential, which stays as it is.
    pub(super) fn sealed(&self, credential: &Credential, fields: &Fields) -> Result<(SecretRef, SecretRow), Failure> {
        let view = self.view();
        view.check_secrets(credential, fields)?;
        self.unlocked()?;
        let provider = view.provider_of_record(credential);
        self.door().seal(view.workspace().id, credential, provider, fields)
    }
}

impl View {
    /// Refuses secret fields that the provider's form lacks, and fewer than it requires. An error repeats no value.
    pub fn check_secrets(&self, credential: &Credential, fields: &Fields) -> Result<(), Failure> {
        let form = self.form_of(&credential.provider);
        for name in fields.keys() {
            if !form.iter().any(|field| field.secret && *field.name == **name) {
                let names = form.iter().filter(|field| field.secret).map(|field| &*field.name).collect::<Vec<_>>();
                let message = format!("{} has no secret field \"{}\"", credential.provider, printable(name));
                return Err(Failure::usage(message).hint(format!("its secret fields are {}", names.join(", "))));
            }
        }
        let lacks = form.iter().find(|field| field.secret && field.required && !fields.contains_key(&*field.name));
        if let Some(field) = lacks {
            return Err(Failure::usage(format!("{} needs {}", credential.provider, field.name))
                .hint("give every required secret field, or none: then the key is known by name only"));
        }
        Ok(())
    }

    /// Refuses to send a sealed secret elsewhere: another origin of the base URL asks for the secret again.
    pub fn check_origin(&self, before: &Credential, after: &Credential) -> Result<(), Failure> {
        let unsealed = !matches!(after.secret, SecretRef::Sealed(_)) || before.secret != after.secret;
        if unsealed || self.origin_of(before) == self.origin_of(after) {
            return Ok(());
        }
        Err(Failure::new(FailureKind::NotAllowed, "the secret of this key is bound to the origin of its base URL")
            .hint("give the secret again with the new base URL: --secret, or --stdin-json"))
    }

    fn origin_of(&self, credential: &Credential) -> Option<UrlOrigin> {
        UrlOrigin::of(&self.base_url_of(credential)?).ok()
    }

    /// Returns where a credential's requests go: its own base URL, else its provider's.
    pub(super) fn base_url_of(&self, credential: &Credential) -> Option<Text> {
        let vocabulary = self.vocabulary();
        let of_provider = || {
            let entry = vocabulary.provider_entry(vocabulary.provider(&credential.provider)?)?;
            entry.provider()?.base_url.clone()
        };
        credential.fields.get("base_url").cloned().or_else(of_provider)
    }
}

fn provider_of(record: &Record) -> Option<Text> {
    match record {
        Record::Credential(it) => Some(it.provider.clone()),
        Record::Pool(it) => Some(it.provider.clone()),
        Record::Instance(it) => Some(it.provider.clone()),
        Record::Model(it) => Some(it.provider.clone()),
        Record::Price(it) => Some(it.provider.clone()),
        Record::Assignment(it) => Some(it.provider.clone()),
        Record::Node(node) => match &node.uses {
            Uses::Model { provider, .. } => Some(provider.clone()),
            Uses::Instance(_) => None,
        },
        _ => None,
    }
}

/// Splits the name on the command line into the fields that identify a thing.
fn named(kind: Kind, name: Option<&str>) -> Result<Vec<(String, String)>, Failure> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let pair = |form: &str, fields: [&str; 2]| {
        let (first, second) = name.split_once('/').ok_or_else(|| {
            Failure::usage(format!("a {} is named {form}", kind.word())).hint("a / inside a name is written %2F")
        })?;
        Ok(vec![(fields[0].to_owned(), decode(first)), (fields[1].to_owned(), second.to_owned())])
    };
    match kind {
        Kind::Node => {
            let mut words = pair("WORKFLOW/NODE", ["workflow", "name"])?;
            words[1].1 = decode(&words[1].1);
            Ok(words)
        }
        Kind::Model => pair("PROVIDER/MODEL", ["provider", "name"]),
        Kind::Price => pair("PROVIDER/MODEL", ["provider", "model"]),
        Kind::Assignment => Ok(vec![("scope".to_owned(), name.to_owned())]),
        Kind::Operator => Ok(vec![("login".to_owned(), name.to_owned())]),
        Kind::Provider => Ok(vec![("id".to_owned(), name.to_owned())]),
        _ => Ok(vec![("name".to_owned(), name.to_owned())]),
    }
}
