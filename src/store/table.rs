//! Tables of records, and the statements that follow from their columns.
//!
//! A table is described once, by its columns; every statement that reads or writes it is made from that description on
//! its first use, for one row and for [`BATCH`] rows. Text that comes from outside reaches a statement as a value only.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{LazyLock, OnceLock},
};

use uuid::Uuid;

use super::{engine::Value, record};

/// How many rows one statement of a batch holds: fewer trips to the engine, and prepared once.
pub(super) const BATCH: usize = 64;

/// A table of records, or of the rows of one of their lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// Its columns, the workspace left out. A thing's begin with its id, a list's with its thing's id and the ordinal.
    columns: &'static [&'static str],
    /// Whether its rows belong to a workspace, which is their first column then.
    of_workspace: bool,
    /// Which column is unique, where renames could meet.
    pub(super) label: Option<usize>,
    /// Whether its last column is the revision that wrote the row.
    pub(super) stamped: bool,
    /// The tables of its list-valued fields.
    pub(super) lists: &'static [Self],
}

impl Table {
    /// Describes a table of a workspace's things, or of their lists.
    pub(super) const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, of_workspace: true, label: None, stamped: false, lists: &[] }
    }

    /// Says that its rows belong to the database as a whole.
    pub(super) const fn of_database(mut self) -> Self {
        self.of_workspace = false;
        self
    }

    /// Says which column is unique.
    pub(super) const fn labelled(mut self, column: usize) -> Self {
        self.label = Some(column);
        self
    }

    /// Says that each row keeps the revision that wrote it, in its last column.
    pub(super) const fn stamped(mut self) -> Self {
        self.stamped = true;
        self
    }

    /// Adds the tables of its list-valued fields.
    pub(super) const fn with_lists(mut self, lists: &'static [Self]) -> Self {
        self.lists = lists;
        self
    }

    /// Says whether its rows belong to a list: they stand in an order of their own.
    fn is_list(&self) -> bool {
        self.columns.get(1) == Some(&"ordinal")
    }

    /// Returns the statements that read and write it.
    pub(super) fn statements(&self) -> &'static Statements {
        static STATEMENTS: LazyLock<HashMap<&'static str, Statements>> = LazyLock::new(|| {
            let lists = record::TABLES.iter().flat_map(|table| table.lists);
            record::TABLES.iter().chain(lists).map(|table| (table.name, Statements::of(table))).collect()
        });
        &STATEMENTS[self.name]
    }

    /// Returns the values that stand before all others: the workspace, if its rows belong to one.
    pub(super) fn scope(&self, workspace: Uuid) -> Vec<Value> {
        self.of_workspace.then(|| Value::from(workspace)).into_iter().collect()
    }

    /// Returns the values of a statement about certain ids: those of [`Statements::some`] and [`Statements::delete`].
    ///
    /// More than one id is filled up to [`BATCH`] by repeating the last: a set does not mind.
    pub(super) fn about(&self, workspace: Uuid, ids: &[Uuid]) -> Vec<Value> {
        let wanted = if ids.len() > 1 { BATCH } else { 1 };
        let filled = ids.iter().chain(ids.last().into_iter().cycle()).take(wanted);
        self.scope(workspace).into_iter().chain(filled.map(|&id| id.into())).collect()
    }
}

/// A statement for one row or id, and the same for many; each is written at its first use, for those of many rows are
/// long, and whoever only looks needs none of them.
pub(super) struct BySize {
    one: OnceLock<String>,
    batch: OnceLock<String>,
    make: Box<dyn Fn(usize) -> String + Send + Sync>,
}

impl BySize {
    fn new(make: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        Self { one: OnceLock::new(), batch: OnceLock::new(), make: Box::new(make) }
    }

    /// Makes the statements that add rows to a table; the workspace is the first column, if its rows have one.
    pub(super) fn insertion(name: &'static str, of_workspace: bool, columns: &[&'static str]) -> Self {
        let columns = columns.to_vec();
        Self::new(move |rows| insertion(name, of_workspace, &columns, rows))
    }

    /// Returns the statement for up to `count` ids, or for exactly `count` rows.
    pub(super) fn of(&self, count: usize) -> &str {
        let (statement, rows) = if count == 1 { (&self.one, 1) } else { (&self.batch, BATCH) };
        statement.get_or_init(|| (self.make)(rows))
    }
}

/// The statements of one table.
pub(super) struct Statements {
    /// Reads every row of the workspace, by id.
    pub(super) all: String,
    /// Reads the rows with certain ids.
    pub(super) some: BySize,
    /// Adds rows.
    pub(super) insert: BySize,
    /// Writes rows over those with the same ids.
    pub(super) replace: BySize,
    /// Takes the rows with certain ids away.
    pub(super) delete: BySize,
    /// Gives a row another label: scope, id, label. For tables that have one.
    pub(super) relabel: Option<String>,
}

impl Statements {
    fn of(table: &Table) -> Self {
        let Table { name, of_workspace, .. } = *table;
        let id = table.columns[0];
        let own: Vec<&'static str> = table.columns.iter().copied().chain(table.stamped.then_some("revision")).collect();
        let scope = if of_workspace { "workspace = $1 AND " } else { "" };
        let first = 1 + usize::from(of_workspace);
        let where_all = if of_workspace { " WHERE workspace = $1" } else { "" };
        let order = if table.is_list() { format!("{id}, ordinal") } else { id.to_owned() };
        let select = format!("SELECT {} FROM {name}", own.join(", "));
        let among = move |count| format!("{scope}{id} IN ({})", placeholders(first, count));
        Self {
            all: format!("{select}{where_all} ORDER BY {order}"),
            some: BySize::new(move |count| format!("{select} WHERE {} ORDER BY {order}", among(count))),
            insert: BySize::insertion(name, of_workspace, &own),
            delete: BySize::new(move |count| format!("DELETE FROM {name} WHERE {}", among(count))),
            relabel: table.label.map(|at| {
                format!("UPDATE {name} SET {} = ${} WHERE {scope}{id} = ${first}", table.columns[at], first + 1)
            }),
            replace: BySize::new(move |rows| {
                let key = if of_workspace { "workspace, id" } else { "id" };
                let sets: Vec<String> = own[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
                let insert = insertion(name, of_workspace, &own, rows);
                format!("{insert} ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", "))
            }),
        }
    }
}

#[cfg(test)]
impl Statements {
    /// Returns every statement; only things, not their lists, are ever replaced.
    pub(super) fn each(&self, table: &Table) -> Vec<&str> {
        let sized =
            [Some(&self.some), Some(&self.insert), (!table.is_list()).then_some(&self.replace), Some(&self.delete)];
        let sized = sized.into_iter().flatten().flat_map(|sized| [sized.of(1), sized.of(BATCH)]);
        sized.chain([self.all.as_str()]).chain(self.relabel.as_deref()).collect()
    }
}

/// Writes `INSERT INTO … VALUES (…), (…)` for so many rows.
fn insertion(name: &str, of_workspace: bool, columns: &[&str], rows: usize) -> String {
    let columns: Vec<&str> = of_workspace.then_some("workspace").into_iter().chain(columns.iter().copied()).collect();
    let mut sql = format!("INSERT INTO {name} ({}) VALUES ", columns.join(", "));
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let values = placeholders(1 + row * columns.len(), columns.len());
        write!(sql, "{comma}({values})").expect("writing to a String does not fail");
    }
    sql
}

fn placeholders(first: usize, count: usize) -> String {
    let mut places = String::with_capacity(count * 6);
    for number in first..first + count {
        let comma = if number == first { "" } else { ", " };
        write!(places, "{comma}${number}").expect("writing to a String does not fail");
    }
    places
}
