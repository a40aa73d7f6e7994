//! Things that a source brings: a kind of record that has an id, mostly a name, and is found again by its foreign id.

use serde::{Serialize, de::DeserializeOwned};

use crate::domain::{
    Text,
    assignment::Assignment,
    catalogue::Catalogue,
    credential::{Credential, Instance, Pool},
    id::Id,
    people::{Department, Operator},
    record::{Kind, Record},
    workflow::{App, Node, Workflow},
};

/// A kind of record that sources bring.
pub trait Thing: Clone + Into<Record> + Serialize + DeserializeOwned {
    /// What kind it is.
    const KIND: Kind;

    /// Takes it out of a record; `None` if that is of another kind.
    fn of(record: &Record) -> Option<&Self>;

    /// Returns its stable id.
    fn id(&self) -> Id<Self>;

    /// Returns the name that must be unique in the workspace, if it has one.
    fn name_mut(&mut self) -> Option<&mut Text>;

    /// Says whether something of the kind is called so.
    fn is_taken(catalogue: &Catalogue, name: &str) -> bool;
}

macro_rules! things {
    ($($kind:ident, |$it:ident| $name:expr, |$catalogue:ident, $wanted:ident| $taken:expr;)*) => {$(
        impl Thing for $kind {
            const KIND: Kind = Kind::$kind;

            fn of(record: &Record) -> Option<&Self> {
                if let Record::$kind(it) = record { Some(it) } else { None }
            }

            fn id(&self) -> Id<Self> {
                self.id
            }

            fn name_mut(&mut self) -> Option<&mut Text> {
                let $it = self;
                $name
            }

            fn is_taken($catalogue: &Catalogue, $wanted: &str) -> bool {
                $taken
            }
        }
    )*};
}

things! {
    Department, |it| Some(&mut it.name), |catalogue, name| catalogue.departments().named(name).is_some();
    Operator, |it| Some(&mut it.login), |catalogue, name| catalogue.operators().named(name).is_some();
    Credential, |it| Some(&mut it.name), |catalogue, name| catalogue.credentials().named(name).is_some();
    Pool, |it| Some(&mut it.name), |catalogue, name| catalogue.pools().named(name).is_some();
    Instance, |it| Some(&mut it.name), |catalogue, name| catalogue.instances().named(name).is_some();
    App, |it| Some(&mut it.name), |catalogue, name| catalogue.apps().named(name).is_some();
    Workflow, |it| Some(&mut it.name), |catalogue, name| catalogue.workflows().named(name).is_some();
    Node, |_it| None, |_catalogue, _name| false;
    Assignment, |_it| None, |_catalogue, _name| false;
}
