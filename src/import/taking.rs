//! Taking: how the things of a source become changes. What is known by its foreign id is brought up to date, what is
//! new gets a free name, and what the operators decided here stays as they decided it.
//!
//! A foreign id is `SOURCE:KIND:ID`, where SOURCE is the kind of source or, when there are several of one kind,
//! `KIND/NAME`: two databases with equal numbers are two sources. An import touches nothing with another prefix.

mod sync;
mod thing;

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

pub use self::thing::Thing;
use super::{map::Placements, report::Report};
use crate::{
    domain::{
        Text,
        assignment::Assignment,
        catalogue::{Catalogue, ProviderEntry},
        change::Change,
        credential::Credential,
        fact::Usage,
        flaw::Flaw,
        id::Id,
        name,
        people::{Department, Operator},
        record::{Kind, Record},
        workflow::{Node, Workflow},
    },
    vault::Fields,
};

/// What came out of a source, before its secrets are sealed.
#[derive(Default)]
pub struct Taken {
    /// The changes, in an order in which they can be written.
    pub changes: Vec<Change>,
    /// The secret fields of credentials among the changes, or of known ones.
    pub secrets: Vec<Incoming>,
    /// What was used, days and models as the source names them.
    pub usage: Vec<Usage>,
    /// What the source says of each thing that is kept in step with it, for the next time; nothing of what it
    /// has given up.
    pub said: Vec<(Text, Option<Value>)>,
    /// What is wrong in the source; `None` of a source that is not looked through for that.
    pub flaws: Option<Vec<Flaw>>,
    /// What there is to tell.
    pub report: Report,
}

/// The secret fields that a source has for a credential.
pub struct Incoming {
    /// Whose they are.
    pub credential: Id<Credential>,
    /// The fields.
    pub fields: Fields,
}

/// What every importer starts from.
pub struct Ground<'a> {
    /// The newest state.
    pub catalogue: &'a Catalogue,
    /// Where what comes in belongs.
    pub placements: &'a Placements,
    /// The source's name, where several of a kind are imported.
    pub source: Option<&'a str>,
    /// Makes ids that are nowhere else.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
}

/// An import on its way.
pub struct Taking<'a> {
    /// The state that it is taken into.
    pub catalogue: &'a Catalogue,
    /// Where what comes in belongs.
    pub placements: &'a Placements,
    /// What there is to tell.
    pub report: Report,
    prefix: String,
    new_id: &'a mut dyn FnMut() -> Uuid,
    known: HashMap<Text, Record>,
    met: HashSet<Text>,
    names: HashSet<(Kind, Text)>,
    strangers: HashSet<Text>,
    changes: Vec<Change>,
    secrets: Vec<Incoming>,
    heard: HashMap<Text, Value>,
    said: Vec<(Text, Option<Value>)>,
    labels: HashMap<String, Text>,
    place: String,
    /// Who has a login or an e-mail address, in lower case; read when somebody is looked for.
    people: Option<HashMap<String, Id<Operator>>>,
}

impl<'a> Taking<'a> {
    /// Begins to take from a source of a kind.
    pub fn begin(kind: &str, ground: Ground<'a>) -> Self {
        let Ground { catalogue, placements, source, new_id } = ground;
        let prefix = prefix(kind, source);
        Self {
            known: known(catalogue, &prefix),
            catalogue,
            placements,
            report: Report::default(),
            prefix,
            new_id,
            met: HashSet::new(),
            names: HashSet::new(),
            strangers: HashSet::new(),
            changes: Vec::new(),
            secrets: Vec::new(),
            heard: HashMap::new(),
            said: Vec::new(),
            labels: HashMap::new(),
            place: String::new(),
            people: None,
        }
    }

    /// Returns the foreign id of a thing of the source.
    pub fn foreign(&self, kind: &str, id: impl std::fmt::Display) -> Text {
        format!("{}{kind}:{id}", self.prefix).into()
    }

    /// Returns what is known of a thing of the source.
    pub fn known<T: Thing>(&self, foreign: &Text) -> Option<&T> {
        self.known.get(foreign).and_then(T::of)
    }

    /// Brings a thing: `renew` is given it as it is known, or as `make` makes it with its id and foreign id. Returns
    /// its id.
    ///
    /// A new one gets a free name; what `renew` doesn't touch of a known one stays the operators'.
    pub fn bring<T: Thing>(
        &mut self,
        foreign: &Text,
        make: impl FnOnce(Id<T>, Text) -> T,
        renew: impl FnOnce(&mut T),
    ) -> Id<T> {
        if let Some(known) = self.known::<T>(foreign).cloned() {
            let mut after = known.clone();
            renew(&mut after);
            self.met.insert(foreign.clone());
            let id = known.id();
            self.edit(known, after);
            return id;
        }
        let mut new = make(Id::new((self.new_id)()), foreign.clone());
        renew(&mut new);
        if let Some(named) = new.name_mut() {
            let wanted = name::clean(named, T::KIND.word());
            let free = name::free(&wanted, |name| {
                T::is_taken(self.catalogue, name) || self.names.contains(&(T::KIND, Text::from(name)))
            });
            *named = free.into();
            self.names.insert((T::KIND, named.clone()));
        }
        let id = new.id();
        self.met.insert(foreign.clone());
        self.known.insert(foreign.clone(), new.clone().into());
        self.add(new);
        id
    }

    /// Notes that a known thing is still in the source, though nothing new is known of it.
    pub fn meet(&mut self, foreign: &Text) {
        if let Some(record) = self.known.get(foreign)
            && self.met.insert(foreign.clone())
        {
            self.report.count_unchanged(record.kind());
        }
    }

    /// Adds a thing that has no name to keep free.
    pub fn add(&mut self, new: impl Into<Record>) {
        let change = Change::add(new);
        self.report.count(&change);
        self.changes.push(change);
    }

    /// Replaces a thing, unless it is the same.
    pub fn edit<T: Into<Record>>(&mut self, before: T, after: T) {
        let before = before.into();
        let kind = before.kind();
        match Change::edit(before, after.into()) {
            Some(change) => {
                self.report.count(&change);
                self.changes.push(change);
            }
            None => self.report.count_unchanged(kind),
        }
    }

    /// Makes an id that is nowhere else.
    pub fn fresh<T>(&mut self) -> Id<T> {
        Id::new((self.new_id)())
    }

    /// Keeps the secret fields of a credential for sealing.
    pub fn keep_secret(&mut self, credential: Id<Credential>, fields: Fields) {
        self.secrets.push(Incoming { credential, fields });
    }

    /// Returns the canonical provider, telling once of each that nobody described.
    pub fn provider(&mut self, raw: &str, place: &str) -> Text {
        let vocabulary = self.catalogue.vocabulary();
        let slug = Text::from(name::clean(&vocabulary.canonical(raw), "unknown"));
        let entry = vocabulary.provider(&slug).and_then(|ix| vocabulary.provider_entry(ix));
        if entry.and_then(ProviderEntry::provider).is_none() && self.strangers.insert(slug.clone()) {
            let sentence =
                format!("the provider {slug} is unknown to keydeck; `keydeck add provider {slug}` describes it");
            self.report.warn(place, sentence);
        }
        slug
    }

    /// Finds a department of the source by its name, or makes it: one that is here already is the same.
    pub fn department(&mut self, wanted: &str) -> Id<Department> {
        let wanted = name::clean(wanted, "department");
        let foreign = self.foreign("department", &wanted);
        let departments = self.catalogue.departments();
        if self.known::<Department>(&foreign).is_none()
            && let Some(ix) = departments.named(&wanted)
        {
            return departments.id(ix);
        }
        let make = |id, foreign_id| Department {
            id,
            name: wanted.into(),
            parent: None,
            cost_centre: None,
            owner_policy: None,
            budget: None,
            note: None,
            foreign_id: Some(foreign_id),
        };
        self.bring(&foreign, make, |_| ())
    }

    /// Finds the operator of an e-mail address, or makes one without any right: whose address or login it is already
    /// is the same person.
    pub fn operator(&mut self, email: &str) -> Id<Operator> {
        let email = name::clean(email, "operator").to_lowercase();
        let foreign = self.foreign("user", &email);
        if self.known::<Operator>(&foreign).is_none() {
            let people = self.people.get_or_insert_with(|| people(self.catalogue));
            if let Some(known) = people.get(&email) {
                return *known;
            }
        }
        let make = |id, foreign_id| Operator {
            id,
            login: email.as_str().into(),
            email: Some(email.as_str().into()),
            grants: Vec::new(),
            ssh_keys: Vec::new(),
            service: false,
            note: None,
            foreign_id: Some(foreign_id),
        };
        self.bring(&foreign, make, |_| ())
    }

    /// Brings a rule, unless another one speaks at its place already. `rule` has an id of its own for a new one.
    pub fn rule(&mut self, foreign: &Text, mut rule: Assignment, place: &str) {
        rule.foreign_id = Some(foreign.clone());
        if let Some(known) = self.known::<Assignment>(foreign).cloned() {
            self.met.insert(foreign.clone());
            rule.id = known.id;
            rule.strength = known.strength;
            rule.note.clone_from(&known.note);
            (rule.from, rule.until) = (known.from, known.until);
            self.edit(known, rule);
            return;
        }
        let clashes = |it: &Assignment| it.same_place(&rule) && it.overlaps(&rule);
        let theirs = self.catalogue.assignments().iter().any(|(_, it)| clashes(it));
        let ours =
            self.changes.iter().any(|change| matches!(change.after(), Some(Record::Assignment(it)) if clashes(it)));
        if theirs || ours {
            let model = rule.model.as_ref().map_or_else(String::new, |model| format!(" and the model {model}"));
            let what = format!("the rule for {}{model}", rule.provider);
            self.report.skip(place, what, "another rule speaks there already; unassign that one and import again");
            return;
        }
        self.met.insert(foreign.clone());
        self.known.insert(foreign.clone(), rule.clone().into());
        self.add(rule);
    }

    /// Takes away the nodes of a met workflow that the source has no more.
    pub fn prune_nodes(&mut self, workflow: Id<Workflow>) {
        let gone = |(foreign, record): (&Text, &Record)| match record {
            Record::Node(it) if it.workflow == workflow && !self.met.contains(foreign) => Some(it.clone()),
            _ => None,
        };
        let gone: Vec<Node> = self.known.iter().filter_map(gone).collect();
        for node in gone {
            self.met.extend(node.foreign_id.clone());
            let change = Change::remove(node);
            self.report.count(&change);
            self.changes.push(change);
        }
    }

    /// Ends with a source that is whole: tells what it has no more.
    pub fn end(mut self, place: &str) -> Taken {
        let mut gone: Vec<String> = self
            .known
            .iter()
            .filter(|(foreign, _)| !self.met.contains(*foreign))
            .map(|(_, record)| match record.name() {
                Some(name) => format!("{} \"{name}\"", record.kind().word()),
                None => format!("a {}", record.kind().word()),
            })
            .collect();
        gone.sort();
        for thing in gone {
            self.report
                .warn(place, format!("{thing} came from here and is there no more; it stays until you remove it"));
        }
        self.end_of_part()
    }

    /// Ends with a part of a source, which says nothing of the rest. The changes are ordered so that they can be written.
    pub fn end_of_part(mut self) -> Taken {
        self.changes.sort_by_key(|change| (change.after().is_some(), change.kind()));
        let Self { changes, secrets, said, report, .. } = self;
        Taken { changes, secrets, said, report, ..Taken::default() }
    }
}

/// Returns how the foreign ids of a source begin.
fn prefix(kind: &str, source: Option<&str>) -> String {
    match source {
        Some(source) => format!("{kind}/{}:", source.replace('%', "%25").replace(':', "%3A")),
        None => format!("{kind}:"),
    }
}

/// Finds everybody by login and e-mail address; who was there first counts.
fn people(catalogue: &Catalogue) -> HashMap<String, Id<Operator>> {
    let mut people = HashMap::new();
    for (_, it) in catalogue.operators().iter() {
        for address in std::iter::once(&it.login).chain(&it.email) {
            people.entry(address.to_lowercase()).or_insert(it.id);
        }
    }
    people
}

/// Finds everything that came from a source.
fn known(catalogue: &Catalogue, prefix: &str) -> HashMap<Text, Record> {
    let mut known = HashMap::new();
    macro_rules! gather {
        ($($table:ident)*) => {$(
            for (_, it) in catalogue.$table().iter() {
                if let Some(foreign) = it.foreign_id.as_ref().filter(|id| id.starts_with(prefix)) {
                    known.entry(foreign.clone()).or_insert_with(|| it.clone().into());
                }
            }
        )*};
    }
    gather!(departments operators credentials pools instances apps workflows nodes assignments);
    known
}
