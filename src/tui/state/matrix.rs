//! The matrix: workflows by providers, one cell for what the nodes of a workflow get from a provider.
//!
//! It is made on another thread, since every node is asked. A cell is small, so that a hundred thousand workflows fit;
//! names are looked up for the cells that are drawn.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _, sync::Arc};

use ratatui::layout::Rect;

use super::{State, route::Screen};
use crate::{
    domain::{
        Timestamp,
        catalogue::{Ix, ProviderIx, row::OwnerIx},
        credential::{Credential, Pool},
        provider::ModelKind,
        workflow::{Node, Workflow},
    },
    ops::{find::Thing, view::View},
    resolve::{
        answer::{Answer, Outcome, Reason},
        query::{At, Inputs, Place, Query},
    },
    tui::{
        theme::Role,
        widget::filter::{Filter, Search, Searched},
        words,
    },
};

/// What a filter of the matrix can look into.
pub const FIELDS: &[&str] = &["workflow", "provider", "key", "owner", "dept", "env", "is"];

/// Workflows by providers.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The columns: those that most workflows call first.
    pub columns: Vec<Column>,
    /// The rows, by name.
    pub rows: Vec<Row>,
    /// The cells, row after row.
    cells: Vec<Cell>,
}

/// A provider that nodes call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Which.
    pub provider: ProviderIx,
    /// How many workflows call it.
    pub workflows: usize,
    /// In how many of them a node gets no key.
    pub problems: usize,
}

/// A workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub workflow: Ix<Workflow>,
    first: u32,
    end: u32,
}

/// What the nodes of a workflow get from a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The column.
    pub column: u16,
    /// How many nodes call it.
    pub nodes: u16,
    /// How many of them get no key.
    pub problems: u16,
    /// What they get.
    pub given: Given,
    /// Whether staging changes it.
    pub staged: bool,
}

/// What nodes get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A key.
    Key(Ix<Credential>),
    /// A key of a pool.
    Pool(Ix<Pool>),
    /// None, for this reason.
    Nothing(Option<Reason>),
    /// Not all the same.
    Several,
}

impl Given {
    const fn of(answer: &Answer) -> Self {
        match (answer.outcome, answer.credential, answer.pool) {
            (Outcome::Pooled, _, Some(pool)) => Self::Pool(pool),
            (Outcome::Resolved | Outcome::Pooled, Some(key), _) => Self::Key(key),
            _ => Self::Nothing(answer.reason),
        }
    }
}

impl Matrix {
    /// Asks every node; what `before` gave otherwise is marked.
    pub fn of(view: &View, before: Option<&View>, inputs: &Inputs, now: Timestamp) -> Self {
        let mut found: Vec<(Ix<Workflow>, BTreeMap<ProviderIx, Cell>)> = Vec::new();
        let mut sums: BTreeMap<ProviderIx, (usize, usize)> = BTreeMap::new();
        for (ix, _) in view.workflows() {
            let mut cells: BTreeMap<ProviderIx, Cell> = BTreeMap::new();
            for &node in view.nodes_of(ix) {
                let Some((provider, _)) = view.model_of(node) else { continue };
                let query = Query { place: Place::Node(node), now, inputs };
                let given = Given::of(&view.answer(&query));
                let was = before.filter(|it| it.node(node).is_some()).map(|it| Given::of(&it.answer(&query)));
                let cell =
                    cells.entry(provider).or_insert(Cell { column: 0, nodes: 0, problems: 0, given, staged: false });
                cell.nodes = cell.nodes.saturating_add(1);
                cell.problems += u16::from(matches!(given, Given::Nothing(_)));
                cell.staged |= was.is_some_and(|was| was != given);
                if cell.given != given {
                    cell.given = Given::Several;
                }
            }
            for (provider, cell) in &cells {
                let sum = sums.entry(*provider).or_default();
                sum.0 += 1;
                sum.1 += usize::from(cell.problems > 0);
            }
            found.push((ix, cells));
        }
        let mut columns: Vec<Column> = sums
            .into_iter()
            .map(|(provider, (workflows, problems))| Column { provider, workflows, problems })
            .collect();
        columns.sort_by_key(|it| (std::cmp::Reverse(it.workflows), view.provider_slug(it.provider).clone()));
        found.sort_by_cached_key(|(ix, _)| view.workflow(*ix).map(|it| it.name.to_lowercase()));
        Self::laid_out(columns, found)
    }

    fn laid_out(columns: Vec<Column>, found: Vec<(Ix<Workflow>, BTreeMap<ProviderIx, Cell>)>) -> Self {
        let number: BTreeMap<ProviderIx, u16> =
            columns.iter().enumerate().map(|(at, it)| (it.provider, u16::try_from(at).unwrap_or(u16::MAX))).collect();
        let mut matrix = Self { columns, ..Self::default() };
        for (workflow, cells) in found {
            let first = matrix.end();
            matrix.cells.extend(cells.into_iter().map(|(provider, cell)| Cell { column: number[&provider], ..cell }));
            matrix.rows.push(Row { workflow, first, end: matrix.end() });
        }
        matrix
    }

    fn end(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Returns the cells of a row that nodes call.
    pub fn cells(&self, row: usize) -> &[Cell] {
        self.rows.get(row).map_or(&[], |row| &self.cells[row.first as usize..row.end as usize])
    }

    /// Returns a cell, if a node of the workflow calls the provider.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.cells(row).iter().find(|cell| usize::from(cell.column) == column)
    }

    /// Returns the rows that a filter shows.
    pub fn select(&self, view: &View, filter: &Filter) -> Vec<u32> {
        let mut search = Search::default();
        let shows = |at: &u32| {
            let sought = Sought { matrix: self, view, at: *at as usize };
            filter.is_empty() || filter.score(&sought, &mut search).is_some()
        };
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).filter(shows).collect()
    }
}

/// The least columns of a cell, without the blank beside it.
const CELL: u16 = 15;

/// How the columns share the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// How wide the names are.
    pub name: u16,
    /// How many cells of a row are seen.
    pub count: usize,
    /// How wide each of them is, without the blank beside it.
    pub cell: u16,
}

/// Shares the width out: names at the left, then as many cells as fit.
pub fn columns(width: u16) -> Columns {
    let room = width.saturating_sub(3);
    let name = (room / 4).clamp(8, 28);
    let left = room.saturating_sub(name);
    let count = (left / (CELL + 1)).max(1);
    Columns { name, count: usize::from(count), cell: (left / count).saturating_sub(1).max(1) }
}

/// Returns the number of the column that stands at a position, for the mouse.
pub fn column_at(state: &State, area: Rect, x: u16) -> Option<usize> {
    let shape = columns(area.width);
    let offset = x.checked_sub(area.x + 2 + shape.name)?;
    let at = state.route().across.top + usize::from(offset / (shape.cell + 1));
    let count = state.grid.found.as_ref()?.columns.len();
    (at < count).then_some(at)
}

/// Writes what nodes get: a sign, the name of the key or why there is none, and what it means.
pub fn told(view: &View, cell: &Cell) -> (&'static str, String, Role) {
    match cell.given {
        Given::Key(key) => {
            let (sign, role) = match view.owner_of_key(key) {
                Some(OwnerIx::System) => ("○", Role::OwnerSystem),
                Some(OwnerIx::Department(_)) => ("◆", Role::OwnerDepartment),
                Some(OwnerIx::Operator(_)) => ("●", Role::OwnerPrivate),
                None => ("●", Role::Muted),
            };
            (sign, view.credential_name(key).into_owned(), role)
        }
        Given::Pool(pool) => ("∴", view.pool_name(pool).into_owned(), Role::Accent),
        Given::Nothing(reason) => ("✗", reason.map_or_else(|| "no key".to_owned(), words::reason), Role::Danger),
        Given::Several if cell.problems > 0 => {
            ("✗", format!("{} of {} lack one", cell.problems, cell.nodes), Role::Danger)
        }
        Given::Several => ("≠", words::count(usize::from(cell.nodes), "node"), Role::Text),
    }
}

struct Sought<'a> {
    matrix: &'a Matrix,
    view: &'a View,
    at: usize,
}

impl Sought<'_> {
    fn each(&self, mut tell: impl FnMut(&Cell, &mut String)) -> Cow<'_, str> {
        let mut text = String::new();
        for cell in self.matrix.cells(self.at) {
            tell(cell, &mut text);
            text.push(' ');
        }
        Cow::Owned(text)
    }

    fn workflow(&self) -> Ix<Workflow> {
        self.matrix.rows[self.at].workflow
    }
}

impl Searched for Sought<'_> {
    fn text(&self) -> Cow<'_, str> {
        let mut text = self.view.workflow(self.workflow()).map_or_else(String::new, |it| it.name.to_string());
        let _infallible = write!(text, " {}", self.each(|cell, text| text.push_str(&told(self.view, cell).1)));
        Cow::Owned(text)
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let view = self.view;
        let it = view.workflow(self.workflow())?;
        Some(match name {
            "workflow" => Cow::Borrowed(&*it.name),
            "provider" => self.each(|cell, text| {
                let column = self.matrix.columns.get(usize::from(cell.column));
                text.push_str(column.map_or("", |column| view.provider_slug(column.provider)));
            }),
            "key" => self.each(|cell, text| text.push_str(&told(view, cell).1)),
            "owner" => self.each(|cell, text| {
                if let Given::Key(key) = cell.given {
                    text.push_str(&words::owner(view, view.owner_of_key(key)).0);
                }
            }),
            "dept" => view.department_of(self.workflow()).map(|ix| view.department_name(ix)).unwrap_or_default(),
            "env" => Cow::Borrowed(it.environment.as_deref().unwrap_or("none")),
            "is" => self.each(|cell, text| {
                text.push_str(if cell.problems > 0 { "problem" } else { "ok" });
                text.push_str(if cell.staged { " staged" } else { "" });
            }),
            _ => return None,
        })
    }
}

/// The matrix, as far as it is known, and which rows of it are seen.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// What was found last; none before the first answer.
    pub found: Option<Arc<Matrix>>,
    /// The rows that the filter shows.
    pub shown: Vec<u32>,
}

/// The cell under the cursor: a workflow and a provider, whether or not a node calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The workflow.
    pub workflow: Ix<Workflow>,
    /// The provider.
    pub provider: ProviderIx,
    /// What its nodes get; none if no node calls it.
    pub cell: Option<Cell>,
}

impl Pair {
    /// Returns the nodes of the workflow that call the provider.
    pub fn nodes(&self, view: &View) -> Vec<Ix<Node>> {
        nodes(view, self.workflow, self.provider)
    }

    /// Returns who asks: the first node, else the pair itself.
    pub fn place(&self, view: &View) -> Place {
        place(view, self.workflow, self.provider)
    }
}

/// Returns the nodes of a workflow that call a provider.
pub fn nodes(view: &View, workflow: Ix<Workflow>, provider: ProviderIx) -> Vec<Ix<Node>> {
    let calls = |node: &Ix<Node>| view.model_of(*node).is_some_and(|(known, _)| known == provider);
    view.nodes_of(workflow).iter().copied().filter(calls).collect()
}

/// Returns who asks at a workflow for a provider: the first node that calls it, else the pair itself.
pub fn place(view: &View, workflow: Ix<Workflow>, provider: ProviderIx) -> Place {
    match nodes(view, workflow, provider).first() {
        Some(&node) => Place::Node(node),
        None => Place::Pair {
            at: At::Workflow(workflow),
            provider: view.provider_slug(provider).clone(),
            model: None,
            kind: ModelKind::default(),
        },
    }
}

impl State {
    /// Returns the cell under the cursor of the matrix.
    pub fn pair(&self) -> Option<Pair> {
        let route = self.route();
        let matrix = self.grid.found.as_ref().filter(|_| route.screen == Screen::Matrix)?;
        let row = *self.grid.shown.get(route.list.cursor)? as usize;
        let column = matrix.columns.get(route.across.cursor)?;
        let cell = matrix.cell(row, route.across.cursor).copied();
        Some(Pair { workflow: matrix.rows[row].workflow, provider: column.provider, cell })
    }

    /// Returns the thing that the cell under the cursor is about: the one node that calls the provider, else the
    /// workflow.
    pub fn pair_thing(&self) -> Option<Thing> {
        let pair = self.pair()?;
        match pair.nodes(self.ground()?).as_slice() {
            [node] => Some(Thing::Node(*node)),
            _ => Some(Thing::Workflow(pair.workflow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_shared_out_and_never_exceeded() {
        for width in 20..240 {
            let shape = columns(width);
            let used = u32::from(2 + shape.name) + u32::try_from(shape.count).unwrap() * u32::from(shape.cell + 1);
            assert!(used <= u32::from(width).max(30), "{width}: {shape:?}");
            assert!(shape.count >= 1);
        }
        assert_eq!(columns(80).count, 3);
        assert_eq!(columns(120).count, 5);
    }
}
