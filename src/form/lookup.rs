//! Lookups: names to ids and back, over a catalogue and things that are about to be added to it.

use std::collections::HashMap;

use thiserror::Error;
use uuid::Uuid;

use crate::domain::{
    Text,
    catalogue::{Catalogue, Noun, Table},
    guess,
    id::Id,
    people::{Department, Operator},
    record::Kind,
};
use crate::domain::{
    credential::{Credential, Instance, Pool},
    workflow::{App, Workflow},
};

/// A name that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no {} \"{name}\"{}", kind.word(), guess.as_ref().map(|g| format!("; did you mean {g}?")).unwrap_or_default())]
pub struct UnknownName {
    /// What kind of thing was meant.
    pub kind: Kind,
    /// What was written.
    pub name: String,
    /// The nearest name that there is.
    pub guess: Option<String>,
}

/// What must not be named to a reader.
pub trait Mask: std::fmt::Debug {
    /// Says whether the thing of this id is hidden, whatever its kind.
    fn hides(&self, id: Uuid) -> bool;
}

/// What stands where a name is hidden.
pub const HIDDEN: &str = "(hidden)";

/// The names of one workspace.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    catalogue: &'a Catalogue,
    added: HashMap<(Kind, Text), Uuid>,
    mask: Option<&'a dyn Mask>,
}

impl<'a> Lookup<'a> {
    /// Knows what the catalogue knows.
    pub fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, added: HashMap::new(), mask: None }
    }

    /// Knows what the catalogue knows, and tells no name that `mask` hides.
    pub fn masked(catalogue: &'a Catalogue, mask: &'a dyn Mask) -> Self {
        Self { mask: Some(mask), ..Self::new(catalogue) }
    }

    /// Says whether a thing must not be named.
    pub fn hides(&self, id: Uuid) -> bool {
        self.mask.is_some_and(|mask| mask.hides(id))
    }

    /// Learns the name of a thing that is about to be added.
    pub fn add(&mut self, kind: Kind, name: Text, id: Uuid) {
        self.added.insert((kind, name), id);
    }

    /// Returns the catalogue.
    pub const fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    fn find<T: Noun>(&self, kind: Kind, table: &Table<T>, name: &str) -> Result<Id<T>, UnknownName> {
        if let Some(id) = self.added.get(&(kind, Text::from(name))) {
            return Ok(Id::new(*id));
        }
        // What is hidden is neither found nor guessed: who may not see a thing does not learn that it is there.
        let named = table.named(name).map(|ix| table.id(ix));
        let by_id = || name.parse().ok().filter(|&id| table.by_id(id).is_some());
        if let Some(id) = named.or_else(by_id).filter(|id| !self.hides(id.uuid())) {
            return Ok(id);
        }
        let added = self.added.keys().filter(|(other, _)| *other == kind).map(|(_, name)| &**name);
        let seen = table.iter().filter(|(ix, _)| !self.hides(table.id(*ix).uuid()));
        let known = seen.filter_map(|(_, record)| record.key()).map(|name| &**name);
        let guess = guess::nearest(name, added.chain(known)).map(str::to_owned);
        Err(UnknownName { kind, name: name.to_owned(), guess })
    }

    /// Finds a department by name or id.
    pub fn department(&self, name: &str) -> Result<Id<Department>, UnknownName> {
        self.find(Kind::Department, self.catalogue.departments(), name)
    }

    /// Finds an operator by login or id.
    pub fn operator(&self, login: &str) -> Result<Id<Operator>, UnknownName> {
        self.find(Kind::Operator, self.catalogue.operators(), login)
    }

    /// Finds a credential by name or id.
    pub fn credential(&self, name: &str) -> Result<Id<Credential>, UnknownName> {
        self.find(Kind::Credential, self.catalogue.credentials(), name)
    }

    /// Finds a pool by name or id.
    pub fn pool(&self, name: &str) -> Result<Id<Pool>, UnknownName> {
        self.find(Kind::Pool, self.catalogue.pools(), name)
    }

    /// Finds an instance by name or id.
    pub fn instance(&self, name: &str) -> Result<Id<Instance>, UnknownName> {
        self.find(Kind::Instance, self.catalogue.instances(), name)
    }

    /// Finds an app by name or id.
    pub fn app(&self, name: &str) -> Result<Id<App>, UnknownName> {
        self.find(Kind::App, self.catalogue.apps(), name)
    }

    /// Finds a workflow by name or id.
    pub fn workflow(&self, name: &str) -> Result<Id<Workflow>, UnknownName> {
        self.find(Kind::Workflow, self.catalogue.workflows(), name)
    }

    /// Returns the canonical slug of a provider; any id is one, known or not.
    pub fn provider(&self, id: &str) -> Text {
        self.catalogue.vocabulary().canonical(id)
    }

    /// Returns a thing's name, or its id where only that is known; neither if it is hidden.
    pub fn name_of<T: Noun>(&self, table: &Table<T>, id: Id<T>) -> String {
        if self.hides(id.uuid()) {
            return HIDDEN.to_owned();
        }
        table.by_id(id).and_then(Noun::key).map_or_else(|| id.to_string(), ToString::to_string)
    }
}
