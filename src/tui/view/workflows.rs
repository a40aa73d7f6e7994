//! The tree of workflows: which key each node uses, who owns it, which layer decided, what it costs.
//!
//! ```text
//!   workflow                 model         key              owner     decided by   cost
//! › ▾ Finance                3 workflows                    ✓                      $41.20 30d
//!   ├╴▾ billing              2 workflows                    ! 1 of 5 without key   $30.00 30d
//!   │ ├╴▾ invoice-bot        2 nodes                                               $12.40 30d
//!   │ │ ├╴ draft             gpt-4o        openai-finance   Finance   department   2.50/10.00 /M
//!   │ │ └╴ check             gpt-4o-mini   ✗ expired                  workflow     0.15/0.60 /M
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    domain::{
        catalogue::Ix,
        workflow::{Node, Workflow},
    },
    ops::view::View,
    resolve::{
        answer::Answer,
        query::{Inputs, Place, Query},
    },
    tui::{
        state::{
            State, TREE_FIELDS,
            columns::{Laid, laid},
            layout::Layout,
            table::Head,
            tree::{Spot, Summary, TreeRow, label, workflow_summary},
        },
        theme::{Role, Theme},
        widget::{
            filter::Filter,
            found::Found,
            list::{List, RowMarks},
            table::{Column, head_line, row_line},
            tree::{Branch, tree_prefix},
            width::{truncate, width, wrap},
        },
        words,
    },
};

/// Draws heads and visible rows.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let Some(data) = &state.data else { return };
    if state.tree_rows.is_empty() {
        return empty(state, layout, buffer);
    }
    let (columns, widths) = head(state, layout, buffer);
    let inputs = state.inputs();
    let drawer =
        Rows { state, view: &data.view, after: state.after(), inputs: &inputs, columns: &columns, widths: &widths };
    let mut found = Found::new(Filter::parse(state.route().filter.text(), TREE_FIELDS), &state.theme);
    List {
        state: state.route().list,
        count: state.tree_rows.len(),
        focused: state.overlays.is_empty(),
        row: |at, _| {
            let row = &state.tree_rows[at];
            let (line, marks) = drawer.row(row);
            let is_match = matches!(row.spot, Spot::Workflow(_));
            (if is_match { found.mark(line) } else { found.mark_whole(line) }, marks)
        },
        theme: &state.theme,
    }
    .draw(layout.list, buffer);
}

/// Draws the heads, and returns the columns with their widths.
pub(super) fn head(state: &State, layout: &Layout, buffer: &mut Buffer) -> (Vec<Column>, Vec<usize>) {
    let Laid { columns, widths, .. } = laid(state, layout);
    let line = head_line(&columns, &widths, &[], &state.theme);
    buffer.set_line(layout.head.x + 2, layout.head.y, &line, layout.head.width.saturating_sub(2));
    (columns, widths)
}

/// Returns the shapes of columns.
pub(super) fn shapes(heads: &[Head]) -> Vec<Column> {
    heads.iter().map(|head| head.shape).collect()
}

/// Returns what the cells of a row say behind its name, for exports.
pub fn tree_cells(state: &State, view: &View, row: &TreeRow) -> Vec<String> {
    let inputs = state.inputs();
    let rows = Rows { state, view, after: state.after(), inputs: &inputs, columns: &[], widths: &[] };
    let texts = |cells: &[Cell]| cells.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
    let [counted, keys, cost] = match row.spot {
        Spot::Node(ix) => return texts(&rows.node(ix)),
        Spot::Workflow(ix) => rows.workflow(ix),
        Spot::App(..) | Spot::Department(_) => rows.branch(row),
    };
    vec![counted.0, keys.0, String::new(), String::new(), cost.0]
}

/// What teaches where nothing is.
fn empty(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let lines: &[&str] = match state.matching {
        Some(_) => &[
            "No workflow matches the filter.",
            "esc takes it away; field:value looks into one field: dept, app, node, env, owner, provider, model, key, layer, is (is:problem).",
        ],
        None if !state.afar => &[
            "No workflows yet.",
            "I brings them in, from Dify, FeedForward and others; N adds one by hand; keydeck demo shows a made-up organisation.",
        ],
        None => &[
            "No workflows yet.",
            "keydeck import dify-dsl FILE… brings them in from Dify; N adds one by hand; keydeck demo shows a made-up organisation.",
        ],
    };
    paragraph(state, layout.list, buffer, lines);
}

/// Writes sentences where a list would stand, the first of them strong.
pub(super) fn paragraph(state: &State, area: Rect, buffer: &mut Buffer, lines: &[&str]) {
    let columns = usize::from(area.width.saturating_sub(4));
    let mut y = area.y + u16::from(area.height > 4);
    for (at, text) in lines.iter().enumerate() {
        let role = if at == 0 { Role::Strong } else { Role::Muted };
        for line in wrap(text, columns) {
            if y >= area.bottom() {
                return;
            }
            buffer.set_string(area.x + 2, y, truncate(&line, columns), state.theme.style(role));
            y += 1;
        }
    }
}

struct Rows<'a> {
    state: &'a State,
    view: &'a View,
    after: Option<&'a View>,
    inputs: &'a Inputs,
    columns: &'a [Column],
    widths: &'a [usize],
}

/// A text and what it means.
type Cell = (String, Role);

impl Rows<'_> {
    fn row(&self, row: &TreeRow) -> (Line<'static>, RowMarks) {
        let changed = row.spot.thing().is_some_and(|thing| self.state.changed.contains_key(&thing));
        let marked = row.spot.thing().is_some_and(|thing| self.state.route().marks.contains(&thing));
        let theme = &self.state.theme;
        let mut spans = self.name(row, theme);
        let rest = match row.spot {
            Spot::Node(ix) => self.answered(&self.node(ix)),
            Spot::Workflow(ix) => self.summed(&self.workflow(ix)),
            Spot::App(..) | Spot::Department(_) => self.summed(&self.branch(row)),
        };
        spans.push(Span::raw("  "));
        spans.extend(rest.spans);
        (Line::from(spans), RowMarks { marked, changed })
    }

    /// The cells after the name.
    fn cells(&self, cells: &[Cell], columns: &[Column], widths: &[usize]) -> Line<'static> {
        let cells: Vec<(&str, Role)> = cells.iter().map(|(text, role)| (text.as_str(), *role)).collect();
        row_line(&columns[1..], &widths[1..], &cells, &self.state.theme)
    }

    /// The cells of a node; why it has no key takes the room of the owner, too.
    fn answered(&self, cells: &[Cell; 5]) -> Line<'static> {
        let mut widths = self.widths.to_vec();
        if cells[2].0.is_empty() && widths[3] > 0 {
            widths[2] += widths[3] + 2;
            widths[3] = 0;
        }
        self.cells(cells, self.columns, &widths)
    }

    /// The cells of a row that sums up: what it says of keys takes the room of owner and layer, too.
    fn summed(&self, [count, keys, cost]: &[Cell; 3]) -> Line<'static> {
        let wide = self.widths[2..5].iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>();
        let columns = [self.columns[0], self.columns[1], self.columns[2], self.columns[5]];
        let widths = [self.widths[0], self.widths[1], wide.saturating_sub(2), self.widths[5]];
        self.cells(&[count.clone(), keys.clone(), cost.clone()], &columns, &widths)
    }

    /// The guides of the tree and the name, filled to the width of the first column.
    fn name(&self, row: &TreeRow, theme: &Theme) -> Vec<Span<'static>> {
        let below: Vec<bool> = (0..=u32::from(row.depth)).map(|depth| row.below & (1 << depth.min(31)) != 0).collect();
        let own: &[bool] = if row.depth == 0 { &[] } else { &below[1..] };
        let (guides, sign) = tree_prefix(&Branch { below: own, children: row.children });
        let sign = if matches!(row.spot, Spot::Node(_)) { "" } else { sign };
        let columns = self.widths[0];
        let used = width(&guides) + width(sign);
        let name = label(self.view, row.spot);
        let role = match row.spot {
            Spot::Department(_) => Role::Heading,
            Spot::Workflow(_) => Role::Strong,
            Spot::App(..) | Spot::Node(_) => Role::Text,
        };
        let room = columns.saturating_sub(used);
        let name = truncate(&name, room).into_owned();
        let blanks = columns.saturating_sub(used + width(&name));
        vec![
            Span::styled(guides, theme.style(Role::Guide)),
            Span::styled(sign, theme.style(Role::Guide)),
            Span::styled(name, theme.style(role)),
            Span::raw(" ".repeat(blanks)),
        ]
    }

    fn answer(&self, view: &View, ix: Ix<Node>) -> Answer {
        view.answer(&Query { place: Place::Node(ix), now: self.state.now, inputs: self.inputs })
    }

    /// Returns what a node is answered once what is staged is applied, if that is not what it is answered now.
    fn staged(&self, ix: Ix<Node>, now: &Answer) -> Option<(&View, Answer)> {
        let after = self.after.filter(|after| after.node(ix).is_some())?;
        let then = self.answer(after, ix);
        ((then.credential, then.pool, then.outcome) != (now.credential, now.pool, now.outcome)).then_some((after, then))
    }

    fn node(&self, ix: Ix<Node>) -> [Cell; 5] {
        let view = self.view;
        let model = view.model_of(ix);
        let answer = self.answer(view, ix);
        let mut key = words::answer(view, &answer);
        let mut owner = words::answer_owner(view, &answer);
        // What staging would change stands in the place of the key, and says so.
        if let Some((after, then)) = self.staged(ix, &answer) {
            key = staged(&words::answer(after, &then).0);
            owner = words::answer_owner(after, &then);
        }
        let price = model.and_then(|(_, model)| words::price(view, model, self.state.now));
        let cost = match price {
            Some(price) => (format!("{price} /M"), Role::Money),
            None => ("unpriced".to_owned(), Role::Muted),
        };
        [
            (model.map_or_else(|| "?".to_owned(), |(_, model)| view.model_name(model).to_owned()), Role::Text),
            key,
            owner,
            (words::layer(view, &answer), Role::Muted),
            cost,
        ]
    }

    fn workflow(&self, ix: Ix<Workflow>) -> [Cell; 3] {
        let summary = workflow_summary(self.view, ix, self.state.now, self.inputs);
        let spent = self.view.recent_spend(ix).map_or_else(String::new, |spent| format!("{} 30d", words::spent(spent)));
        let nodes = words::count(summary.nodes as usize, "node");
        let (mut keys, mut role) = self.keys(self.view, ix, &summary);
        // As its nodes do, so that a closed branch says what an open one would.
        if let Some(after) = self.staged_under(ix) {
            let then = workflow_summary(after, ix, self.state.now, self.inputs);
            (keys, role) = staged(&self.keys(after, ix, &then).0);
        }
        let environment = self.view.workflow(ix).and_then(|it| it.environment.as_deref());
        let keys = environment.map_or_else(|| keys.clone(), |environment| format!("{keys} · {environment}"));
        [(nodes, Role::Muted), (keys, role), (spent, Role::Money)]
    }

    /// Returns the state that staging leads to, if a node of the workflow is answered otherwise there.
    fn staged_under(&self, ix: Ix<Workflow>) -> Option<&View> {
        let after = self.after.filter(|after| after.workflow(ix).is_some())?;
        let mut nodes = self.view.nodes_of(ix).iter();
        nodes.any(|&node| self.staged(node, &self.answer(self.view, node)).is_some()).then_some(after)
    }

    /// What the nodes of a workflow use together.
    fn keys(&self, view: &View, ix: Ix<Workflow>, summary: &Summary) -> Cell {
        if summary.nodes == 0 {
            return ("no model is called".to_owned(), Role::Muted);
        }
        if summary.problems > 0 {
            return (problems(summary), Role::Danger);
        }
        let mut used: Vec<(String, Role)> = Vec::new();
        for &node in view.nodes_of(ix) {
            let one = words::answer(view, &self.answer(view, node));
            if !used.contains(&one) {
                used.push(one);
            }
        }
        match used.as_slice() {
            [one] => one.clone(),
            several => (format!("{} keys", several.len()), Role::Ok),
        }
    }

    /// Returns by how much staging changes the nodes without a key under a row.
    fn swing(&self, row: &TreeRow) -> i64 {
        let swing = self.state.staging.swing.as_slice();
        let entries = self.state.data.as_ref().map(|data| data.tree.entries()).unwrap_or_default();
        let Some(entry) = entries.get(row.entry as usize) else { return 0 };
        let [first, end] = [row.entry, entry.end].map(|at| swing.partition_point(|(of, _)| *of < at));
        swing[first..end].iter().map(|(_, by)| by).sum()
    }

    fn branch(&self, row: &TreeRow) -> [Cell; 3] {
        let census = self.state.data.as_ref().and_then(|data| data.census.as_ref());
        let sum = census.and_then(|census| census.sums.get(row.entry as usize)).copied();
        let (workflows, keys, spend) = match sum {
            None => ("…".to_owned(), (String::new(), Role::Muted), String::new()),
            Some(sum) => {
                let mut keys = lacking(&sum);
                let then = i64::from(sum.problems) + self.swing(row);
                if let Ok(problems) = u32::try_from(then)
                    && problems != sum.problems
                {
                    keys = staged(&lacking(&Summary { problems, ..sum }).0);
                }
                let spend = match sum.spend {
                    0 => String::new(),
                    spend => format!("{} 30d", words::money(crate::domain::money::MicroDollars(spend))),
                };
                (words::count(sum.workflows as usize, "workflow"), keys, spend)
            }
        };
        [(workflows, Role::Muted), keys, (spend, Role::Money)]
    }
}

/// Says how many of the nodes lack a key, if there are any nodes.
fn lacking(summary: &Summary) -> Cell {
    match (summary.problems, summary.nodes) {
        (0, 0) => (String::new(), Role::Muted),
        (0, _) => ("✓ all have keys".to_owned(), Role::Ok),
        _ => (problems(summary), Role::Danger),
    }
}

/// Says what will be, where it stands in the place of what is.
fn staged(then: &str) -> Cell {
    (format!("→ {then}"), Role::Staged)
}

fn problems(summary: &Summary) -> String {
    if summary.problems == summary.nodes {
        return "✗ no key".to_owned();
    }
    format!("✗ {} of {} lack a key", summary.problems, summary.nodes)
}
