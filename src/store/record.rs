//! Records as rows: one file per group of kinds says which column holds which field.

mod assignment;
mod credential;
mod people;
mod provider;
mod workflow;

use uuid::Uuid;

use super::{
    codec::{Reader, Writer},
    engine::Value,
    error::StoreError,
    table::Table,
};
use crate::domain::{
    assignment::Assignment,
    credential::{Credential, Instance, Pool},
    people::{Department, Operator},
    provider::{Model, Price, Provider},
    record::{Kind, Record},
    workflow::{App, Node, Workflow},
};

/// A kind of record that has a table of its own.
pub(super) trait Stored: Sized {
    /// Where its records are kept.
    const TABLE: Table;

    /// One row of one of its lists; `()` if it has none.
    type Part;

    /// Writes its columns, the id first.
    fn write(&self, row: &mut Writer);

    /// Reads its columns back; `parts` are the rows of its lists, list by list, in order.
    fn read(row: &mut Reader<'_>, parts: Vec<Self::Part>) -> Result<Self, StoreError>;

    /// Calls `each` with the number of a list and the columns of one of its rows, the ordinal left out.
    fn write_parts(&self, each: &mut dyn FnMut(usize, Writer)) {
        let _ = each;
    }

    /// Reads one row of the list with this number; a table without lists is never asked.
    fn read_part(list: usize, row: &mut Reader<'_>) -> Result<Self::Part, StoreError>;
}

/// Returns one row's values of a list, built up by `write`.
fn part(write: impl FnOnce(&mut Writer)) -> Writer {
    let mut row = Writer::default();
    write(&mut row);
    row
}

/// The answer of [`Stored::read_part`] for tables without lists.
fn no_lists() -> Result<(), StoreError> {
    Err(StoreError::Corrupt("a row of a list that does not exist".to_owned()))
}

/// A record as the rows that hold it, the workspace left out.
pub(super) struct Rows {
    /// Its stable id.
    pub(super) id: Uuid,
    /// Its own row.
    pub(super) own: Vec<Value>,
    /// The rows of its lists: which list, and the columns after the ordinal.
    pub(super) parts: Vec<(usize, Vec<Value>)>,
}

impl Rows {
    /// Returns the rows of one list, in order.
    pub(super) fn parts_of(&self, list: usize) -> impl Iterator<Item = &Vec<Value>> {
        self.parts.iter().filter(move |(own, _)| *own == list).map(|(_, row)| row)
    }
}

fn rows_of<T: Stored>(record: &T, id: Uuid) -> Rows {
    let mut own = Writer::default();
    record.write(&mut own);
    let mut parts = Vec::new();
    record.write_parts(&mut |list, row| parts.push((list, row.0)));
    Rows { id, own: own.0, parts }
}

macro_rules! stored {
    ($($kind:ident),*) => {
        /// Every table of records.
        pub(super) const TABLES: &[Table] = &[$($kind::TABLE),*];

        /// Returns the table of a kind; the workspace itself has none that change sets write as others.
        pub(super) const fn table(kind: Kind) -> Option<Table> {
            match kind {
                Kind::Workspace => None,
                $(Kind::$kind => Some($kind::TABLE),)*
            }
        }

        /// Returns the rows of a record; none for the workspace itself.
        pub(super) fn rows(record: &Record) -> Option<Rows> {
            match record {
                Record::Workspace(_) => None,
                $(Record::$kind(it) => Some(rows_of(it, it.id.uuid())),)*
            }
        }
    };
}
stored!(Department, Operator, Provider, Model, Price, Credential, Pool, Instance, App, Workflow, Node, Assignment);
