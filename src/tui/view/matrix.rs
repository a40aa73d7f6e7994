//! The matrix: workflows by providers, one cell for one key, coloured by owner; problems stand out. Below it the cell
//! under the cursor in a sentence, and what the signs mean.
//!
//! ```text
//!   workflow            openai 42 ✗3      anthropic 17      ollama 5
//! › dunning-letters     ◆ openai-finance  ✗ expired         ·
//!   invoice-bot         ○ openai-last     ∴ anthropic-eu    ·
//! ───────────────────────────────────────────────────────────────────
//!   dunning-letters × openai: 2 nodes use openai-finance of Finance
//!   Finance gives openai-finance; nothing nearer speaks.
//!   ○ system  ◆ department  ● private  ∴ pool  ≠ several  ✗ no key
//! ```

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    ops::view::View,
    resolve::query::Query,
    tui::{
        state::{
            State,
            layout::Layout,
            matrix::{Cell, Columns, FIELDS, Given, Matrix, Pair, columns, told},
            tree::{Spot, label},
        },
        theme::Role,
        widget::{
            filter::Filter,
            found::Found,
            list::scrollbar,
            width::{fit, truncate, width, wrap},
        },
        words,
    },
};

use super::workflows::paragraph;

/// Draws heads, the visible cells, and the cell under the cursor in words.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let (Some(matrix), Some(view)) = (&state.grid.found, state.ground()) else {
        let lines = ["Asking every node …", "A cell will be the key that a workflow gets for a provider."];
        return paragraph(state, layout.list, buffer, &lines);
    };
    if state.grid.shown.is_empty() || matrix.columns.is_empty() {
        return empty(state, layout, buffer);
    }
    let scene = Scene { state, view, matrix, shape: columns(layout.list.width) };
    scene.heads(layout.head, buffer);
    let mut found = Found::new(Filter::parse(state.route().filter.text(), FIELDS), &state.theme);
    for (y, line) in
        (layout.list.y..).zip(state.route().list.visible(state.grid.shown.len(), layout.list.height.into()))
    {
        scene.row(Rect { y, height: 1, ..layout.list }, line, &mut found, buffer);
    }
    let track = Rect { x: layout.list.right().saturating_sub(1), width: 1, ..layout.list };
    scrollbar(track, buffer, state.route().list.top, state.grid.shown.len(), &state.theme);
    scene.sentence(layout.legend, buffer);
}

struct Scene<'a> {
    state: &'a State,
    view: &'a View,
    matrix: &'a Matrix,
    shape: Columns,
}

impl Scene<'_> {
    fn put(&self, buffer: &mut Buffer, x: u16, y: u16, text: &str, columns: u16, role: Role) {
        buffer.set_stringn(x, y, fit(text, columns.into()), columns.into(), self.state.theme.style(role));
    }

    /// The number of each visible column, and where it stands.
    fn across(&self, area: Rect) -> impl Iterator<Item = (usize, u16)> {
        let first = self.state.route().across.top;
        let end = (first + self.shape.count).min(self.matrix.columns.len());
        let (x, step) = (area.x + 2 + self.shape.name, self.shape.cell + 1);
        (first..end).zip((0..).map(move |at| x + at * step))
    }

    /// The heads: each provider, how many workflows call it, and in how many a node gets no key.
    fn heads(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        self.put(buffer, area.x + 2, area.y, "workflow", self.shape.name, Role::Heading);
        for (at, x) in self.across(area) {
            let column = self.matrix.columns[at];
            let sums = match column.problems {
                0 => format!(" {}", words::grouped(column.workflows as u64)),
                some => format!(" {} ✗{}", words::grouped(column.workflows as u64), words::grouped(some as u64)),
            };
            let room = usize::from(self.shape.cell).saturating_sub(width(&sums));
            let slug = truncate(self.view.provider_slug(column.provider), room);
            let role = if at == self.state.route().across.cursor { Role::Accent } else { Role::Heading };
            self.put(buffer, x, area.y, &format!("{slug}{sums}"), self.shape.cell, role);
        }
        let first = self.state.route().across.top;
        let (before, behind) = (first > 0, first + self.shape.count < self.matrix.columns.len());
        let arrows = match (before, behind) {
            (true, true) => "‹›",
            (true, false) => "‹ ",
            (false, true) => " ›",
            (false, false) => "",
        };
        let x = area.right().saturating_sub(2);
        buffer.set_stringn(x, area.y, arrows, 2, self.state.theme.style(Role::Accent));
    }

    fn row(&self, area: Rect, line: usize, found: &mut Found, buffer: &mut Buffer) {
        let theme = &self.state.theme;
        let at = self.state.grid.shown[line] as usize;
        let here = line == self.state.route().list.cursor;
        let focused = self.state.overlays.is_empty();
        buffer.set_style(area, theme.style(Role::Row));
        if here {
            buffer.set_style(area, theme.style(Role::RowUnfocused));
            buffer.set_string(area.x, area.y, "›", theme.style(Role::Accent));
        }
        let name = label(self.view, Spot::Workflow(self.matrix.rows[at].workflow));
        let columns = self.shape.name.saturating_sub(1);
        let name = found.mark(Line::styled(fit(&name, columns.into()), theme.style(Role::Strong)));
        buffer.set_line(area.x + 2, area.y, &name, columns);
        for (column, x) in self.across(area) {
            let (text, role) = match self.matrix.cell(at, column) {
                None => ("·".to_owned(), Role::Muted),
                Some(cell) => {
                    let (sign, text, role) = told(self.view, cell);
                    let mark = if cell.staged { "→" } else { sign };
                    (format!("{mark} {text}"), if cell.staged { Role::Staged } else { role })
                }
            };
            self.put(buffer, x, area.y, &text, self.shape.cell, role);
            if here && column == self.state.route().across.cursor {
                let role = if focused { Role::RowSelected } else { Role::RowUnfocused };
                let cell = Rect { x: x.saturating_sub(1), width: self.shape.cell + 1, ..area };
                buffer.set_style(cell, theme.style(role));
                // What colour says, the brackets say too.
                buffer.set_string(x.saturating_sub(1), area.y, "[", theme.style(role));
                buffer.set_string(x + self.shape.cell, area.y, "]", theme.style(role));
            }
        }
    }

    /// The cell under the cursor in words, then the signs.
    fn sentence(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let theme = &self.state.theme;
        buffer.set_string(area.x, area.y, "─".repeat(area.width.into()), theme.style(Role::Border));
        let Some(pair) = self.state.pair() else { return };
        let columns = area.width.saturating_sub(4);
        let (title, role) = self.title(&pair);
        let mut lines = vec![(title, role)];
        let inputs = self.state.inputs();
        let query = Query { place: pair.place(self.view), now: self.state.now, inputs: &inputs };
        let answer = self.view.sentences(&query).answer(&self.view.resolve(&query));
        lines.extend(wrap(&answer, columns.into()).into_iter().take(2).map(|line| (line, Role::Text)));
        let signs = "○ system  ◆ department  ● private  ∴ pool  ≠ several  ✗ no key  → staged";
        let end = area.bottom().saturating_sub(1);
        for (y, (text, role)) in (area.y + 1..end).zip(lines) {
            buffer.set_string(area.x + 2, y, truncate(&text, columns.into()), theme.style(role));
        }
        if end > area.y {
            buffer.set_string(area.x + 2, end, truncate(signs, columns.into()), theme.style(Role::Muted));
        }
    }

    /// The pair, how many nodes ask, and what they get: key and owner in words.
    fn title(&self, pair: &Pair) -> (String, Role) {
        let workflow = label(self.view, Spot::Workflow(pair.workflow));
        let provider = self.view.provider_slug(pair.provider);
        let Some(cell) = pair.cell else {
            return (format!("{workflow} × {provider}: no node calls it; this is what one would get"), Role::Muted);
        };
        let (_, text, role) = told(self.view, &cell);
        let nodes = words::count(cell.nodes.into(), "node");
        (format!("{workflow} × {provider}: {nodes} · {text}{}", self.owner(&cell)), role)
    }

    fn owner(&self, cell: &Cell) -> String {
        match cell.given {
            Given::Key(key) => format!(" · {}", words::owner(self.view, self.view.owner_of_key(key)).0),
            Given::Pool(_) => " · a pool".to_owned(),
            Given::Several if cell.problems == 0 => " · not all the same key".to_owned(),
            Given::Several | Given::Nothing(_) => String::new(),
        }
    }
}

/// What teaches where nothing is to be shown.
fn empty(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let lines: [&str; 2] = if state.route().filter.text().is_empty() {
        [
            "No workflow calls a model yet.",
            "A cell of this screen is the key that a workflow gets for a provider. N on the workflows (g w) adds one by hand.",
        ]
    } else {
        [
            "No workflow matches the filter.",
            "esc takes it away; field:value looks into workflow, provider, key, owner, dept, env, is (is:problem, is:staged).",
        ]
    };
    paragraph(state, layout.list, buffer, &lines);
}
