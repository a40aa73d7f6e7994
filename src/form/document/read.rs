//! Document to changes: what a file asks for, beside what the catalogue holds.

use std::collections::{HashMap, HashSet};

use thiserror::Error;
use uuid::Uuid;

use super::{
    AssignmentEntry, Document, WorkflowEntry,
    entries::{
        Read, app, assignment, credential, department, instance, model, model_id, node, operator, pool, price,
        price_id, provider, provider_id, workflow, workspace,
    },
};
use crate::{
    domain::{
        Text,
        assignment::Assignment,
        catalogue::{Catalogue, Noun, Table},
        change::Change,
        credential::SecretRef,
        id::Id,
        name,
        record::{Kind, Record},
        workflow::{Node, Workflow},
    },
    form::{FormError, lookup::Lookup},
};

/// What becomes of things that the file does not mention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// They are left alone.
    #[default]
    Nothing,
    /// They are removed, but for credentials that hold a secret.
    Unmentioned,
    /// They are removed, credentials with secrets too.
    EvenSecrets,
}

/// What is wrong with a document, and in which entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{entry}: {error}")]
pub struct DocumentError {
    /// The entry: `[[credential]] "openai-finance"`.
    pub entry: String,
    /// What is wrong with it.
    pub error: FormError,
}

/// Returns the changes that make the catalogue as the document says. Records that are already so don't change.
///
/// All errors are returned, not the first alone.
pub fn changes(
    document: &Document,
    catalogue: &Catalogue,
    prune: Prune,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<Vec<Change>, Vec<DocumentError>> {
    changes_by(Lookup::new(catalogue), document, prune, new_id)
}

/// Does the same for a reader to whom the lookup may hide things: what a file refers to is looked up there.
pub fn changes_by(
    lookup: Lookup<'_>,
    document: &Document,
    prune: Prune,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<Vec<Change>, Vec<DocumentError>> {
    let catalogue = lookup.catalogue();
    let mut reader = Reader {
        lookup,
        new_id,
        changes: Vec::new(),
        mentioned: HashSet::new(),
        ids: HashMap::new(),
        errors: Vec::new(),
    };
    reader.declare(document);
    reader.read(document);
    if prune != Prune::Nothing {
        reader.prune(catalogue, prune);
    }
    if reader.errors.is_empty() { Ok(reader.changes) } else { Err(reader.errors) }
}

struct Reader<'a> {
    lookup: Lookup<'a>,
    new_id: &'a mut dyn FnMut() -> Uuid,
    changes: Vec<Change>,
    mentioned: HashSet<(Kind, Uuid)>,
    ids: HashMap<(Kind, Text), Uuid>,
    errors: Vec<DocumentError>,
}

impl Reader<'_> {
    /// Learns the names of everything mentioned, so that order does not matter.
    fn declare(&mut self, document: &Document) {
        let catalogue = self.lookup.catalogue();
        self.name(Kind::Department, document.department.iter().map(|it| &it.name), catalogue.departments());
        self.name(Kind::Operator, document.operator.iter().map(|it| &it.login), catalogue.operators());
        self.name(Kind::Credential, document.credential.iter().map(|it| &it.name), catalogue.credentials());
        self.name(Kind::Pool, document.pool.iter().map(|it| &it.name), catalogue.pools());
        self.name(Kind::Instance, document.instance.iter().map(|it| &it.name), catalogue.instances());
        self.name(Kind::App, document.app.iter().map(|it| &it.name), catalogue.apps());
        self.name(Kind::Workflow, document.workflow.iter().map(|it| &it.name), catalogue.workflows());
    }

    fn name<'b, T: Noun>(&mut self, kind: Kind, names: impl Iterator<Item = &'b String>, table: &Table<T>) {
        for text in names {
            let id = table.named(text).map_or_else(|| (self.new_id)(), |ix| table.id(ix).uuid());
            let text = Text::from(text.as_str());
            if self.ids.insert((kind, text.clone()), id).is_some() {
                let error = FormError::value("name", "stands there twice");
                self.errors.push(DocumentError { entry: entry(kind, &text), error });
            }
            self.lookup.add(kind, text, id);
        }
    }

    fn read(&mut self, document: &Document) {
        let lookup = self.lookup.clone();
        if let Some(it) = &document.workspace {
            self.put(Kind::Workspace, &it.name, workspace(it, &lookup));
        }
        for it in &document.department {
            let id = self.id(Kind::Department, &it.name);
            self.put(Kind::Department, &it.name, department(it, Id::new(id), &lookup));
        }
        for it in &document.operator {
            let id = self.id(Kind::Operator, &it.login);
            self.put(Kind::Operator, &it.login, operator(it, Id::new(id), &lookup));
        }
        for it in &document.provider {
            let id = provider_id(it, &lookup).unwrap_or_else(|| (self.new_id)());
            self.put(Kind::Provider, &it.id, provider(it, Id::new(id)));
        }
        for it in &document.model {
            let id = model_id(it, &lookup).unwrap_or_else(|| (self.new_id)());
            self.put(Kind::Model, &it.name, model(it, Id::new(id), &lookup));
        }
        for it in &document.price {
            let id = price_id(it, &lookup).unwrap_or_else(|| (self.new_id)());
            self.put(Kind::Price, &it.model, price(it, Id::new(id), &lookup));
        }
        for it in &document.credential {
            let id = self.id(Kind::Credential, &it.name);
            self.put(Kind::Credential, &it.name, credential(it, Id::new(id), &lookup));
        }
        for it in &document.pool {
            let id = self.id(Kind::Pool, &it.name);
            self.put(Kind::Pool, &it.name, pool(it, Id::new(id), &lookup));
        }
        for it in &document.instance {
            let id = self.id(Kind::Instance, &it.name);
            self.put(Kind::Instance, &it.name, instance(it, Id::new(id), &lookup));
        }
        for it in &document.app {
            let id = self.id(Kind::App, &it.name);
            self.put(Kind::App, &it.name, app(it, Id::new(id), &lookup));
        }
        for it in &document.workflow {
            self.read_workflow(it, &lookup);
        }
        self.read_assignments(&document.assignment, &lookup);
    }

    fn id(&self, kind: Kind, name: &str) -> Uuid {
        self.ids.get(&(kind, Text::from(name))).copied().unwrap_or_default()
    }

    fn put<R: Into<Record>>(&mut self, kind: Kind, name: &str, read: Read<R>) {
        match read {
            Ok(record) => self.want(record.into()),
            Err(error) => self.errors.push(DocumentError { entry: entry(kind, name), error }),
        }
    }

    fn want(&mut self, record: Record) {
        self.mentioned.insert((record.kind(), record.uuid()));
        match self.lookup.catalogue().record(record.kind(), record.uuid()) {
            Some(before) => self.changes.extend(Change::edit(before, record)),
            None => self.changes.push(Change::add(record)),
        }
    }

    fn read_workflow(&mut self, it: &WorkflowEntry, lookup: &Lookup<'_>) {
        let id: Id<Workflow> = Id::new(self.id(Kind::Workflow, &it.name));
        self.put(Kind::Workflow, &it.name, workflow(it, id, lookup));
        let catalogue = lookup.catalogue();
        let present = catalogue.workflows().find(id).map_or(&[][..], |ix| catalogue.links().nodes_of_workflow.of(ix));
        let mut present: HashMap<&str, &Node> =
            present.iter().filter_map(|&ix| catalogue.nodes().get(ix)).map(|node| (&*node.name, node)).collect();
        for entry in &it.node {
            let node_id = present.remove(entry.name.as_str()).map_or_else(|| (self.new_id)(), |node| node.id.uuid());
            let label = format!("{}/{}", it.name, entry.name);
            self.put(Kind::Node, &label, node(entry, Id::new(node_id), id, lookup));
        }
        let mut gone: Vec<&Node> = present.into_values().collect();
        gone.sort_by_key(|node| node.id);
        self.changes.extend(gone.into_iter().map(|node| Change::remove(node.clone())));
    }

    /// Lets the file's rules replace the database's within each mentioned place; equal windows keep their rule's id.
    fn read_assignments(&mut self, entries: &[AssignmentEntry], lookup: &Lookup<'_>) {
        let mut wanted: Vec<Assignment> = Vec::new();
        for it in entries {
            match assignment(it, Id::new(Uuid::nil()), lookup) {
                Ok(rule) => wanted.push(rule),
                Err(error) => {
                    let entry = format!("[[assignment]] {} {}", it.scope, it.provider);
                    self.errors.push(DocumentError { entry, error });
                }
            }
        }
        let mut present: HashMap<Place, Vec<&Assignment>> = HashMap::new();
        for (_, rule) in lookup.catalogue().assignments().iter() {
            present.entry(place(rule)).or_default().push(rule);
        }
        let mentioned: HashSet<Place> = wanted.iter().map(place).collect();
        for mut rule in wanted {
            let here = present.entry(place(&rule)).or_default();
            let same = here.iter().position(|other| (other.from, other.until) == (rule.from, rule.until));
            rule.id = same.map_or_else(|| Id::new((self.new_id)()), |at| here.swap_remove(at).id);
            self.want(rule.into());
        }
        let mut gone: Vec<&Assignment> =
            present.into_iter().filter(|(place, _)| mentioned.contains(place)).flat_map(|(_, rules)| rules).collect();
        gone.sort_by_key(|rule| rule.id);
        self.changes.extend(gone.into_iter().map(|rule| Change::remove(rule.clone())));
    }

    /// Removes what was not mentioned, the things that point at others before those that they point at.
    fn prune(&mut self, catalogue: &Catalogue, prune: Prune) {
        let removed: HashSet<(Kind, Uuid)> = self.changes.iter().map(|it| (it.kind(), it.uuid())).collect();
        let mut records: Vec<Record> = catalogue.records().collect();
        records.reverse();
        for record in records {
            let key = (record.kind(), record.uuid());
            let kept = match &record {
                Record::Workspace(_) => true,
                Record::Credential(it) => matches!(it.secret, SecretRef::Sealed(_)) && prune != Prune::EvenSecrets,
                _ => false,
            };
            if !kept && !self.mentioned.contains(&key) && !removed.contains(&key) {
                self.changes.push(Change::remove(record));
            }
        }
    }
}

type Place =
    (crate::domain::assignment::Scope, Text, Option<Text>, Option<crate::domain::provider::ModelKind>, Option<Text>);

fn place(rule: &Assignment) -> Place {
    (rule.scope, rule.provider.clone(), rule.model.clone(), rule.kind, rule.environment.clone())
}

fn entry(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Workspace => "[workspace]".to_owned(),
        Kind::Node => format!("[[workflow.node]] \"{}\"", name::printable(name)),
        _ => format!("[[{}]] \"{}\"", kind.word(), name::printable(name)),
    }
}
