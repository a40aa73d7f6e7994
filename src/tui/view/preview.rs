//! The preview: which key is used at a place, and why, drawn like the computed styles of a browser.
//!
//! ```text
//! ✓ openai-finance   Finance · production · 2.50/10.00 /M
//!   Finance gives openai-finance; nothing nearer speaks.
//!
//!   layer              target                 what became of it
//! › 7 department       key openai-finance     ✓ decides
//!   1 request          -                      no rule
//!   8 workspace        k̶e̶y̶ ̶o̶p̶e̶n̶a̶i̶-̶c̶o̶r̶p̶        replaced by Finance
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    ops::view::View,
    resolve::{
        answer::{Layer, Pointer, Reason, Resolution, Step, Verdict},
        query::{Inputs, Place, Query},
    },
    tui::{
        state::{
            State,
            layout::Layout,
            preview::{Preview, cascade},
            tree::{Spot, label},
        },
        theme::Role,
        widget::{
            detail::{Detail, details},
            list::{List, ListState, RowMarks},
            width::{fit, truncate, width, wrap},
        },
        words,
    },
};

use super::workflows::paragraph;

/// Draws nodes, answer, inputs, cascade and the step under the cursor.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let (Some(preview), Some(view)) = (state.preview(), state.view()) else { return };
    let Some(place) = preview.place(view) else {
        let lines = [
            "No node here calls a model.",
            "Nothing is resolved for a workflow without nodes; N adds one on the screen of workflows.",
        ];
        return paragraph(state, layout.body, buffer, &lines);
    };
    let inputs = preview.inputs(view);
    let query = Query { place, now: preview.time(state.now), inputs: &inputs };
    let resolution = view.resolve(&query);
    let scene = Scene { state, view, preview, query: &query, inputs: &inputs, resolution: &resolution };
    let areas = layout.preview;
    scene.nodes(areas.nodes, buffer);
    scene.answer(areas.answer, buffer);
    scene.inputs(areas.inputs, buffer);
    scene.cascade(areas.cascade, buffer);
    scene.step(areas.step, buffer);
}

/// Returns the rows of the cascade as texts: node, layer, target, what became of it, and why.
pub fn rows(state: &State, view: &View) -> Vec<Vec<String>> {
    let Some((preview, place)) = state.preview().and_then(|it| Some((it, it.place(view)?))) else { return Vec::new() };
    let inputs = preview.inputs(view);
    let node = match place {
        Place::Node(node) => label(view, Spot::Node(node)),
        Place::Pair { .. } => String::new(),
    };
    let query = Query { place, now: preview.time(state.now), inputs: &inputs };
    let resolution = view.resolve(&query);
    let scene = Scene { state, view, preview, query: &query, inputs: &inputs, resolution: &resolution };
    let sentences = view.sentences(&query);
    let row = |step: &&Step| {
        let why = sentences.step(&resolution, step);
        vec![node.clone(), scene.layer(step), scene.target(step).0, scene.fate(step).0, why]
    };
    cascade(&resolution).iter().map(row).collect()
}

struct Scene<'a> {
    state: &'a State,
    view: &'a View,
    preview: &'a Preview,
    query: &'a Query<'a>,
    inputs: &'a Inputs,
    resolution: &'a Resolution,
}

impl Scene<'_> {
    fn set(&self, buffer: &mut Buffer, x: u16, y: u16, text: &str, columns: u16, role: Role) -> u16 {
        let text = truncate(text, usize::from(columns));
        buffer.set_string(x, y, &text, self.state.theme.style(role));
        u16::try_from(width(&text)).unwrap_or(columns)
    }

    /// One line for each node, with its answer.
    fn nodes(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let nodes = self.preview.nodes(self.view);
        let at = self.preview.node.min(nodes.len().saturating_sub(1));
        let mut list = ListState { cursor: at, top: 0 };
        list.settle(nodes.len(), usize::from(area.height.saturating_sub(1).max(1)));
        let names = nodes.iter().map(|&node| width(&label(self.view, Spot::Node(node)))).max().unwrap_or(0).min(28);
        let theme = &self.state.theme;
        let row = |index: usize, _: usize| {
            let node = nodes[index];
            let answer =
                self.view.answer(&Query { place: Place::Node(node), now: self.query.now, inputs: self.inputs });
            let (key, role) = words::answer(self.view, &answer);
            let model = self.view.model_of(node).map(|(_, model)| self.view.model_name(model)).unwrap_or_default();
            let line = Line::from(vec![
                Span::styled(fit(&label(self.view, Spot::Node(node)), names), theme.style(Role::Strong)),
                Span::styled(format!("  {}  ", fit(model, 18)), theme.style(Role::Muted)),
                Span::styled(key, theme.style(role)),
            ]);
            (line, RowMarks::default())
        };
        let height = area.height.saturating_sub(u16::from(area.height > nodes.len().try_into().unwrap_or(u16::MAX)));
        let rows = Rect { height: height.max(1), ..area };
        List { state: list, count: nodes.len(), focused: self.focused(2), row, theme }.draw(rows, buffer);
    }

    fn focused(&self, pane: usize) -> bool {
        self.state.route().pane == pane && self.state.overlays.is_empty()
    }

    /// The winner and the sentence.
    fn answer(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let (view, answer) = (self.view, &self.resolution.answer);
        let (key, _) = words::answer(view, answer);
        let gives = answer.outcome.gives_key();
        let (sign, role) = if gives { ("✓ ", Role::Winner) } else { ("", Role::Danger) };
        let mut x = area.x + 1;
        x += self.set(buffer, x, area.y, &format!("{sign}{key}"), area.width.saturating_sub(2), role) + 2;
        let (owner, owner_role) = words::answer_owner(view, answer);
        let left = |x: u16| area.right().saturating_sub(x);
        x += self.set(buffer, x, area.y, &owner, left(x), owner_role) + 2;
        let model = match &self.query.place {
            Place::Node(node) => view.model_of(*node),
            Place::Pair { .. } => None,
        };
        if let Some((provider, model)) = model {
            let price = words::price(view, model, self.state.now)
                .map_or_else(|| "unpriced".to_owned(), |it| format!("${it} per M tokens"));
            let text = format!("{} {} · {price}", view.provider_slug(provider), view.model_name(model));
            self.set(buffer, x, area.y, &text, left(x), Role::Muted);
        } else if let Some(provider) = self.preview.provider(view) {
            let text = format!("{} · no node here calls it", view.provider_slug(provider));
            self.set(buffer, x, area.y, &text, left(x), Role::Muted);
        }
        let mut sentence = view.sentences(self.query).answer(self.resolution);
        if let Place::Node(node) = self.query.place
            && let Some(today) = view.dify_today(node, answer, self.query.now).filter(|it| !it.same)
        {
            sentence = format!("{sentence} {}", today.sentence);
        }
        let columns = area.width.saturating_sub(4);
        let lines = wrap(&sentence, usize::from(columns));
        let room = area.height.saturating_sub(1).min(2);
        for (at, y) in (area.y + 1..area.y + 1 + room).enumerate() {
            // The last line that fits takes the rest, so that its end says that there is more.
            let last = y + 1 == area.y + 1 + room;
            let text = if last { lines.get(at..).unwrap_or_default().join(" ") } else { lines[at].clone() };
            self.set(buffer, area.x + 3, y, &text, columns, Role::Text);
        }
    }

    /// The inputs, each with what stands for it when it is not given.
    fn inputs(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let lines = self.preview.lines(self.view, self.state.now);
        let focused = self.focused(1);
        let title = if focused { "Inputs · enter edits" } else { "Inputs" };
        self.set(buffer, area.x + 1, area.y, title, area.width.saturating_sub(1), Role::Heading);
        let labels = lines.iter().map(|line| width(&line.label())).max().unwrap_or(0).min(24);
        let theme = &self.state.theme;
        let at = self.preview.input.min(lines.len().saturating_sub(1));
        let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let mut list = ListState { cursor: at, top: 0 };
        list.settle(lines.len(), usize::from(rows.height.max(1)));
        let row = |index: usize, _: usize| {
            let text = self.preview.text(&lines[index]);
            let (value, role) = if text.is_empty() {
                (self.preview.placeholder(&lines[index], self.view), Role::Muted)
            } else {
                (text, Role::Accent)
            };
            let line = Line::from(vec![
                Span::styled(fit(&lines[index].label(), labels), theme.style(Role::Muted)),
                Span::raw("  "),
                Span::styled(value, theme.style(role)),
            ]);
            (line, RowMarks::default())
        };
        if focused {
            List { state: list, count: lines.len(), focused, row, theme }.draw(rows, buffer);
            return;
        }
        for (y, index) in (rows.y..rows.bottom()).zip(list.visible(lines.len(), usize::from(rows.height))) {
            let (line, _) = row(index, 0);
            buffer.set_line(rows.x + 2, y, &line, rows.width.saturating_sub(2));
        }
    }

    fn cascade(&self, area: Rect, buffer: &mut Buffer) {
        let steps = cascade(self.resolution);
        let theme = &self.state.theme;
        let longest = |text: &dyn Fn(&Step) -> String| steps.iter().map(|step| width(&text(step))).max().unwrap_or(0);
        let layers = longest(&|step| self.layer(step)).min(usize::from(area.width) / 3).min(16);
        // Names come first: what became of a step gives way to them as far as half of the room.
        let (wanted, what) = (longest(&|step| self.target(step).0), longest(&|step| self.fate(step).0));
        let room = usize::from(area.width).saturating_sub(layers + 8);
        let targets = wanted.min(room.saturating_sub(what).max(room / 2)).max(8);
        let row = |index: usize, columns: usize| {
            let step = steps[index];
            let (target, target_role) = self.target(step);
            let (what, what_role) = self.fate(step);
            let struck = step.verdict == Verdict::Overridden;
            let target = truncate(&target, targets).into_owned();
            let blanks = " ".repeat(targets.saturating_sub(width(&target)) + 2);
            let mut spans = vec![
                Span::styled(
                    fit(&self.layer(step), layers),
                    theme.style(if step.source.is_some() { Role::Text } else { Role::Muted }),
                ),
                Span::raw("  "),
                Span::styled(target, theme.style(if struck { Role::Loser } else { target_role })),
                Span::raw(blanks),
            ];
            let left = columns.saturating_sub(layers + targets + 4);
            spans.push(Span::styled(truncate(&what, left).into_owned(), theme.style(what_role)));
            (Line::from(spans), RowMarks::default())
        };
        let list = self.state.route().list;
        List { state: list, count: steps.len(), focused: self.focused(0), row, theme }.draw(area, buffer);
    }

    fn layer(&self, step: &Step) -> String {
        let number = Layer::ALL.iter().position(|layer| *layer == step.layer).map_or(0, |at| at + 1);
        match step.department {
            Some(department) => format!("{number} {}", self.view.department_name(department)),
            None => format!("{number} {}", step.layer.word()),
        }
    }

    fn target(&self, step: &Step) -> (String, Role) {
        let view = self.view;
        let role = if step.verdict == Verdict::Decided && step.reason.is_none() { Role::Winner } else { Role::Text };
        let words = |pointer: &Pointer| match pointer {
            Pointer::Key(ix) => view.credential_name(*ix).into_owned(),
            Pointer::Pool(ix) => format!("pool {}", view.pool_name(*ix)),
            Pointer::Variable(name) => format!("variable {}", view.vocabulary().text(*name)),
            Pointer::Unknown(name) => format!("{name} (unknown)"),
            Pointer::Deny => "deny".to_owned(),
        };
        match (&step.target, &step.led_to) {
            (None, _) => ("·".to_owned(), Role::Muted),
            (Some(target), Some(led_to)) if target != led_to => {
                (format!("{} = {}", words(target), words(led_to)), role)
            }
            (Some(target), _) => (words(target), role),
        }
    }

    /// What became of a step, in words beside what the strike says.
    fn fate(&self, step: &Step) -> (String, Role) {
        let reason = step.reason.map(words::reason).unwrap_or_default();
        match step.verdict {
            Verdict::Decided if step.reason.is_none() => ("✓ decides".to_owned(), Role::Winner),
            Verdict::Decided => (format!("✗ decides: {reason}"), Role::Danger),
            Verdict::Skipped => (format!("passed over: {reason}"), Role::Warn),
            Verdict::Overridden => {
                let by = self.resolution.decision().map_or_else(
                    || "another".to_owned(),
                    |it| {
                        let layer = self.layer(it);
                        layer.split_once(' ').map_or(layer.clone(), |(_, name)| name.to_owned())
                    },
                );
                (format!("replaced by {by}"), Role::Muted)
            }
            Verdict::NotApplicable if step.source.is_none() => {
                let text = if step.reason == Some(Reason::NoRule) { "no rule" } else { "does not apply" };
                (text.to_owned(), Role::Muted)
            }
            Verdict::NotApplicable => (reason, Role::Warn),
        }
    }

    /// The step under the cursor in sentences, and what would let it win.
    fn step(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let steps = cascade(self.resolution);
        let Some(step) = steps.get(self.state.route().list.cursor) else { return };
        let sentences = self.view.sentences(self.query);
        let mut lines = vec![Detail::Text(sentences.step(self.resolution, step), Role::Text)];
        if let Some(remedy) = sentences.remedy(self.resolution, step) {
            lines.push(Detail::Text(format!("→ {remedy}"), Role::Accent));
        }
        if step.verdict == Verdict::Decided && area.height > 3 {
            lines.extend(self.members());
        }
        let rule = Rect { height: 1, ..area };
        for x in rule.x + 1..rule.right() {
            buffer.set_string(x, rule.y, "─", self.state.theme.style(Role::Border));
        }
        let inside =
            Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(3), height: area.height - 1 };
        details(inside, buffer, &lines, 0, &self.state.theme);
    }

    /// The members of the pool that decided, or the keys that a missing value could lead to.
    fn members(&self) -> Vec<Detail> {
        let mut lines = Vec::new();
        for share in &self.resolution.pool {
            let name = self.view.credential_name(share.key).into_owned();
            let (value, role) = match share.reason {
                Some(reason) => (format!("✗ {}", words::reason(reason)), Role::Danger),
                None => (format!("{:.0} % of runs", share.share * 100.0), Role::Text),
            };
            lines.push(Detail::Value(name, value, role));
        }
        if let Some(missing) = &self.resolution.missing {
            let keys: Vec<String> =
                missing.could_be.iter().map(|&key| self.view.credential_name(key).into_owned()).collect();
            lines.push(Detail::Value(
                missing.variable.to_string(),
                format!("could be {}", keys.join(", ")),
                Role::Warn,
            ));
        }
        lines
    }
}
