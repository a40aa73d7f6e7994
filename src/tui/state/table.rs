//! The flat lists: providers, credentials, and things of one kind, as rows of cells that can be filtered and sorted.

mod heads;
mod keys;

use std::{borrow::Cow, collections::HashMap, fmt::Write as _, sync::Arc, sync::OnceLock};

pub use heads::{Head, TREE, columns, is_same_name, lists};
pub use keys::{by_name, left_of, state_words};

use self::keys::Keys;
use super::{Data, route::Screen, tree::Census};
use crate::{
    domain::{
        Timestamp,
        catalogue::{Ix, row::OwnerIx},
        fact::Month,
        link::decode,
        money::{Budget, MicroDollars},
        name::printable,
        people::Department,
        record::Kind,
    },
    form,
    ops::{
        audit::LogRow,
        costs::{CostRow, Costs},
        find::Thing,
        rows,
        view::View,
    },
    tui::{
        theme::Role,
        widget::{
            filter::{Filter, Searched},
            table::Sorted,
        },
        words,
    },
};

/// What a cell says.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its text.
    pub text: String,
    /// What it means.
    pub role: Role,
    /// What it is sorted by, if not by its text; what has none comes last.
    pub rank: Option<i64>,
}

impl Cell {
    fn new(text: impl Into<String>, role: Role) -> Self {
        Self { text: text.into(), role, rank: None }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Role::Text)
    }

    fn muted(text: Option<impl Into<String>>, absent: &str) -> Self {
        text.map_or_else(|| Self::new(absent, Role::Muted), Self::plain)
    }

    fn number(number: usize) -> Self {
        let role = if number == 0 { Role::Muted } else { Role::Text };
        Self { text: words::grouped(number as u64), role, rank: i64::try_from(number).ok() }
    }

    const fn ranked(mut self, rank: Option<i64>) -> Self {
        self.rank = rank;
        self
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it shows; none for a deed.
    pub thing: Option<Thing>,
    /// One cell for each column; of long lists, only those of rows that somebody looked at.
    cells: OnceLock<Vec<Cell>>,
}

impl Row {
    fn new(thing: Option<Thing>, cells: Vec<Cell>) -> Self {
        Self { thing, cells: cells.into() }
    }
}

/// The cells of a row with the heads above them, as a filter sees them.
struct SoughtRow<'a> {
    heads: &'static [Head],
    cells: &'a [Cell],
}

impl Searched for SoughtRow<'_> {
    fn text(&self) -> Cow<'_, str> {
        let mut text = String::new();
        for cell in self.cells {
            let _ = write!(text, "{} ", cell.text);
        }
        Cow::Owned(text)
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let at = self.heads.iter().position(|head| head.is_called(name))?;
        self.cells.get(at).map(|cell| Cow::Borrowed(cell.text.as_str()))
    }
}

/// The rows of a flat list, and the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Every row, as the view gives them.
    pub rows: Vec<Row>,
    /// The rows that pass the filter, in order.
    pub order: Vec<usize>,
    /// What makes the cells of keys, row by row.
    keys: Option<Keys>,
}

impl Table {
    /// Builds the rows of a screen.
    pub fn of(screen: &Screen, data: &Data, now: Timestamp, soon: u32) -> Self {
        let view = &data.view;
        let rows = match screen {
            Screen::Credentials => {
                let keys = Keys { view: view.clone(), census: data.census.clone(), now, soon };
                return Self { keys: Some(keys), ..Self::in_order(keys::rows(&data.keys)) };
            }
            Screen::Providers => providers(view),
            Screen::Records(kind) => records(*kind, view, now),
            Screen::Overview
            | Screen::Matrix
            | Screen::Workflows
            | Screen::Preview(_)
            | Screen::Changes
            | Screen::Audit
            | Screen::Costs(_) => Vec::new(),
        };
        Self::in_order(rows)
    }

    fn in_order(rows: Vec<Row>) -> Self {
        Self { order: (0..rows.len()).collect(), rows, keys: None }
    }

    /// Builds the rows of the audit log, in the order in which they were read.
    pub fn of_audit(log: &[LogRow], now: Timestamp) -> Self {
        Self::in_order(log.iter().map(|it| logged(it, now)).collect())
    }

    /// Builds the rows of costs, in the order of the answer.
    pub fn of_costs(costs: &Costs) -> Self {
        Self::in_order(costs.rows.iter().map(cost).collect())
    }

    /// Takes in how many nodes use each key, now that it is known: the rows stay, and say it when somebody looks.
    pub fn count(&mut self, census: &Arc<Census>, now: Timestamp) {
        let Some(keys) = &mut self.keys else { return };
        keys.census = Some(Arc::clone(census));
        keys.now = now;
        self.rows.iter_mut().for_each(|row| _ = row.cells.take());
    }

    /// Chooses and orders the rows.
    pub fn arrange(&mut self, screen: &Screen, filter: &str, sort: &[Sorted]) {
        let heads = columns(screen);
        let filter = self::filter(screen, filter);
        let mut order: Vec<usize> = if filter.is_empty() {
            (0..self.rows.len()).collect()
        } else {
            let sought = self.rows.iter().map(|row| SoughtRow { heads, cells: self.cells_of(row) });
            filter.select(&sought.collect::<Vec<_>>())
        };
        let compare = |a: &usize, b: &usize| {
            let levels = sort.iter().map(|level| {
                let cell = |at: usize| self.cells_of(&self.rows[at]).get(level.column);
                let cells = (cell(*a), cell(*b));
                let (Some(one), Some(other)) = cells else { return std::cmp::Ordering::Equal };
                // What has no rank stays last, whichever way the column is sorted.
                let ordering = match (one.rank, other.rank) {
                    (Some(one), Some(other)) => one.cmp(&other),
                    (Some(_), None) => return std::cmp::Ordering::Less,
                    (None, Some(_)) => return std::cmp::Ordering::Greater,
                    (None, None) => one.text.to_lowercase().cmp(&other.text.to_lowercase()),
                };
                if level.descending { ordering.reverse() } else { ordering }
            });
            levels.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        order.sort_by(compare);
        self.order = order;
    }

    /// Returns the row at a line of the screen.
    pub fn row(&self, line: usize) -> Option<&Row> {
        self.order.get(line).and_then(|&at| self.rows.get(at))
    }

    /// Returns the cells of the row at a line of the screen, one for each column.
    pub fn cells(&self, line: usize) -> Option<&[Cell]> {
        self.row(line).map(|row| self.cells_of(row))
    }

    fn cells_of<'a>(&self, row: &'a Row) -> &'a [Cell] {
        row.cells.get_or_init(|| match (&self.keys, row.thing) {
            (Some(keys), Some(Thing::Credential(key))) => keys.cells(key),
            _ => Vec::new(),
        })
    }
}

/// Describes a deed.
fn logged(it: &LogRow, now: Timestamp) -> Row {
    let outcome = match &*it.outcome {
        "denied" => Role::Danger,
        "failed" => Role::Warn,
        "intent" => Role::Muted,
        _ => Role::Text,
    };
    let sequence = i64::try_from(it.sequence).ok();
    let text = |text: &str| printable(text).into_owned();
    let cells = vec![
        Cell::new(it.sequence.to_string(), Role::Muted).ranked(sequence),
        Cell::plain(words::from_now(it.at, now)).ranked(Some(it.at.as_microsecond())),
        Cell::new(text(&it.operator), Role::Strong),
        Cell::plain(text(&it.action)),
        Cell::muted((!it.subject.is_empty()).then(|| text(&it.subject)), "-"),
        Cell::new(text(&it.outcome), outcome),
        Cell::new(it.summary(), Role::Muted),
    ];
    Row::new(None, cells)
}

/// Describes what something cost.
fn cost(row: &CostRow) -> Row {
    let figures = &row.figures;
    let amount = |amount: Option<MicroDollars>| match amount {
        Some(amount) => Cell::new(words::money(amount), Role::Money).ranked(Some(amount.0)),
        None => Cell::new("unknown", Role::Muted),
    };
    let number = |number: u64| Cell::plain(words::grouped(number)).ranked(i64::try_from(number).ok());
    let budget = match &row.budget {
        Some(budget) => Cell::new(words::money(budget.left), words::budget_left(Some((budget.left, budget.kind))).1)
            .ranked(Some(budget.left.0)),
        None => Cell::new("-", Role::Muted),
    };
    let runs_out = match row.runs_out {
        Some(day) => Cell::new(day.to_string(), Role::Warn)
            .ranked(Some(i64::from((day - jiff::civil::date(1970, 1, 1)).get_days()))),
        None => Cell::new("-", Role::Muted),
    };
    let note = match (figures.estimate, figures.unpriced_requests) {
        (true, 0) => "estimate",
        (true, _) => "estimate, unpriced",
        (false, 0) => "",
        (false, _) => "unpriced",
    };
    let cells = vec![
        Cell::new(format!("{}{}", "  ".repeat(row.depth), printable(&row.name)), Role::Strong),
        amount(figures.spend),
        amount(figures.recorded),
        Cell::plain(words::compact(figures.tokens)).ranked(i64::try_from(figures.tokens).ok()),
        number(figures.requests),
        budget,
        runs_out,
        Cell::new(note, Role::Warn),
    ];
    Row::new(row.thing, cells)
}

fn providers(view: &View) -> Vec<Row> {
    let known = rows::providers(view);
    let row = |row: &rows::ProviderRow| {
        let ix = view.vocabulary().provider(&row.id)?;
        let role = if row.credentials + row.nodes == 0 { Role::Muted } else { Role::Strong };
        let cells = vec![
            Cell::new(&*row.id, role),
            Cell::plain(&*row.name),
            Cell::number(row.credentials),
            Cell::number(row.nodes),
            Cell::muted(row.base_url.as_deref(), ""),
        ];
        Some((row.credentials + row.nodes == 0, Row::new(Some(Thing::Provider(ix)), cells)))
    };
    let mut all: Vec<(bool, Row)> = known.iter().filter_map(row).collect();
    // Those in use first; the rest of what is known below.
    all.sort_by_key(|(idle, _)| *idle);
    all.into_iter().map(|(_, row)| row).collect()
}

fn records(kind: Kind, view: &View, now: Timestamp) -> Vec<Row> {
    match kind {
        Kind::Model => return models(view, now),
        Kind::Department => return departments(view, now),
        _ => {}
    }
    let lookup = view.lookup();
    let text = |record: &crate::domain::record::Record, field: &str| form::get(record, field, &lookup);
    let fields: &[&str] = match kind {
        Kind::Pool => &["name", "provider", "members"],
        Kind::Instance => &["name", "provider", "model", "key", "owner"],
        Kind::Assignment => &["scope", "provider", "model", "environment", "target", "strength"],
        Kind::Operator => &["login", "email", "roles"],
        _ => &[],
    };
    let row = |thing: Thing| {
        let record = view.record(thing)?;
        let mut cells: Vec<Cell> = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            let value = text(&record, field);
            let role = if at == 0 { Role::Strong } else { Role::Text };
            cells.push(match (value.is_empty(), *field) {
                (true, "environment" | "model") => Cell::new("any", Role::Muted),
                (true, _) => Cell::new("-", Role::Muted),
                (false, "target" | "key") => Cell::new(value, Role::Accent),
                (false, "owner") => owner(&value),
                (false, _) => Cell::new(value, role),
            });
        }
        cells.extend(last_cell(view, &record, now));
        Some(Row::new(Some(thing), cells))
    };
    in_order_of_names(things(kind, view).into_iter().filter_map(row).collect())
}

/// The models that are described or called: kind, context, price and where it comes from, and how many nodes call them.
fn models(view: &View, now: Timestamp) -> Vec<Row> {
    let mut calls: HashMap<crate::domain::catalogue::ModelIx, usize> = HashMap::new();
    for (node, _) in view.nodes() {
        if let Some((_, model)) = view.model_of(node) {
            *calls.entry(model).or_default() += 1;
        }
    }
    let row = |(ix, entry): (crate::domain::catalogue::ModelIx, &crate::domain::catalogue::ModelEntry)| {
        let price = view.price(ix, now);
        let (text, role) = match words::price(view, ix, now) {
            Some(text) => (text, Role::Money),
            None => ("unpriced".to_owned(), Role::Warn),
        };
        let own = entry.own.as_ref();
        let context = own.and_then(|it| it.context);
        let cells = vec![
            Cell::plain(&**view.provider_slug(entry.provider)),
            Cell::new(&*entry.name, Role::Strong),
            Cell::muted(own.map(|it| it.kind.word()), "-"),
            Cell::muted(context.map(words::grouped), "-").ranked(context.and_then(|it| i64::try_from(it).ok())),
            Cell::new(text, role).ranked(price.as_ref().map(|price| price.input.0)),
            Cell::muted(price.as_ref().map(|price| price.source.to_string()), "-"),
            Cell::number(calls.get(&ix).copied().unwrap_or_default()),
        ];
        Row::new(Some(Thing::Model(ix)), cells)
    };
    in_order_of_names(view.vocabulary().models().map(row).collect())
}

/// Whose something is, from what its form says, in the words of every other list.
fn owner(text: &str) -> Cell {
    match text.split_once('/') {
        Some(("department", name)) => Cell::new(decode(name), Role::OwnerDepartment),
        Some((_, login)) => Cell::new(format!("{} (private)", decode(login)), Role::OwnerPrivate),
        None => Cell::new(text, Role::OwnerSystem),
    }
}

/// What may be spent in a month.
fn budget(budget: Option<Budget>) -> Cell {
    let text = budget.map(|it| format!("{} {}", words::money(it.monthly), it.kind.word()));
    Cell::muted(text, "-").ranked(budget.map(|it| it.monthly.0))
}

/// The departments as a tree: what each may spend and did, and how many workflows and keys are its own.
fn departments(view: &View, now: Timestamp) -> Vec<Row> {
    let lookup = view.lookup();
    let mut workflows: HashMap<Ix<Department>, usize> = HashMap::new();
    for (ix, _) in view.workflows() {
        if let Some(department) = view.department_of(ix) {
            *workflows.entry(department).or_default() += 1;
        }
    }
    let mut keys: HashMap<Ix<Department>, usize> = HashMap::new();
    for (ix, _) in view.credentials() {
        if let Some(OwnerIx::Department(department)) = view.owner_of_key(ix) {
            *keys.entry(department).or_default() += 1;
        }
    }
    let row = |(path, ix): (Vec<String>, Ix<Department>)| {
        let record = view.record(Thing::Department(ix))?;
        let text = |field: &str| form::get(&record, field, &lookup);
        let or_none = |text: String| Cell::muted((!text.is_empty()).then_some(text), "-");
        let indent = "  ".repeat(path.len().saturating_sub(1));
        let mut cells = vec![
            Cell::new(format!("{indent}{}", path.last().map_or("", String::as_str)), Role::Strong),
            or_none(text("cost_centre")),
            or_none(text("owner_policy")),
            Cell::number(workflows.get(&ix).copied().unwrap_or_default()),
            Cell::number(keys.get(&ix).copied().unwrap_or_default()),
            budget(record.budget()),
        ];
        cells.extend(last_cell(view, &record, now));
        Some(Row::new(Some(Thing::Department(ix)), cells))
    };
    let path = |ix: Ix<Department>| -> Vec<String> {
        let names = view.path(Some(ix)).into_iter().map(|above| view.department_name(above).into_owned());
        let mut names: Vec<String> = names.collect();
        names.reverse();
        names
    };
    let mut all: Vec<(Vec<String>, Ix<Department>)> = view.departments().map(|(ix, _)| (path(ix), ix)).collect();
    all.sort_by_cached_key(|(path, _)| path.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>());
    all.into_iter().filter_map(row).collect()
}

/// What stands behind the fields: spend, windows, counts.
fn last_cell(view: &View, record: &crate::domain::record::Record, now: Timestamp) -> Option<Cell> {
    use crate::domain::record::Record;
    match record {
        Record::Department(it) => Some(match view.spent_by_department(it.id, Month::of(now)) {
            Some(spent) => {
                let over = it.budget.is_some_and(|budget| spent.amount >= budget.monthly);
                Cell::new(words::spent(spent), if over { Role::Danger } else { Role::Money })
                    .ranked(Some(spent.amount.0))
            }
            None => Cell::new("unknown", Role::Muted),
        }),
        Record::Assignment(it) => Some(match (it.from, it.until) {
            (None, None) => Cell::new("always", Role::Muted),
            (from, until) => {
                let role = if it.is_active(now) { Role::Text } else { Role::Warn };
                let from = from.map(|at| format!("from {}", words::from_now(at, now)));
                let until = until.map(|at| format!("until {}", words::from_now(at, now)));
                Cell::new(from.into_iter().chain(until).collect::<Vec<_>>().join(", "), role)
            }
        }),
        Record::Operator(it) => Some(Cell::number(it.ssh_keys.len())),
        _ => None,
    }
}

fn things(kind: Kind, view: &View) -> Vec<Thing> {
    match kind {
        Kind::Department => view.departments().map(|(ix, _)| Thing::Department(ix)).collect(),
        Kind::Pool => view.pools().map(|(ix, _)| Thing::Pool(ix)).collect(),
        Kind::Instance => view.instances().map(|(ix, _)| Thing::Instance(ix)).collect(),
        Kind::Assignment => view.assignments().map(|(ix, _)| Thing::Assignment(ix)).collect(),
        Kind::Operator => view.operators().map(|(ix, _)| Thing::Operator(ix)).collect(),
        _ => Vec::new(),
    }
}

fn in_order_of_names(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_cached_key(|row| {
        row.cells.get().into_iter().flatten().take(2).map(|cell| cell.text.to_lowercase()).collect::<Vec<_>>()
    });
    rows
}
/// Reads a filter of a screen's list: its columns are the fields.
pub fn filter(screen: &Screen, text: &str) -> Filter {
    let fields: Vec<&str> = columns(screen).iter().map(|head| head.field).collect();
    Filter::parse(text, &fields)
}
