//! The overview: counts of the workspace, then what needs attention, group by group, worst first.
//!
//! ```text
//!   100 workflows · 212 nodes, 18 without a key · 41 keys · 35 rules · $412.30 in 30 days
//!   ✗ 18 errors · ! 6 warnings · ~ 20 hints
//!   last change: revision 12 by ana.moreau 3 h ago: Rename app billing
//!
//!   severity   finding                 what is wrong                                  mend
//! › ✗ error    ▾ no key · 18           A node gets no key.
//!   ✗ error      node/dunning/draft    No rule gives a key for openai here.           m
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::name::printable,
    ops::lint::Severity,
    tui::{
        action::Action,
        state::{
            State,
            layout::Layout,
            overview::{FIELDS, Line, Overview},
            table::columns,
        },
        theme::Role,
        widget::{
            filter::Filter,
            found::Found,
            list::{List, RowMarks},
            table::{GAP, head_line, row_line, widths},
            width::{truncate, width},
        },
        words,
    },
};

use super::workflows::{paragraph, shapes};

/// Returns the sign, the word and the role of a severity: what colour says, they say too.
pub(super) const fn severity(severity: Severity) -> (&'static str, &'static str, Role) {
    match severity {
        Severity::Error => ("✗", "error", Role::Danger),
        Severity::Warning => ("!", "warning", Role::Warn),
        Severity::Hint => ("~", "hint", Role::Muted),
    }
}

/// Draws counts, heads and visible lines.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let Some(overview) = &state.attention.found else {
        let lines = ["Looking for what needs attention …", "Every node is asked once."];
        return paragraph(state, layout.list, buffer, &lines);
    };
    summary(state, overview, layout.summary, buffer);
    if state.attention.lines.is_empty() {
        return empty(state, overview, layout, buffer);
    }
    let columns = shapes(columns(&state.route().screen));
    let bar = if state.attention.lines.len() > usize::from(layout.list.height) { 2 } else { 1 };
    let widths = widths(&columns, usize::from(layout.list.width.saturating_sub(2 + bar)));
    let head = head_line(&columns, &widths, &[], &state.theme);
    buffer.set_line(layout.head.x + 2, layout.head.y, &head, layout.head.width.saturating_sub(2));
    let key = state.keymap.keys_for(&["overview"], Action::Mend).first().map(ToString::to_string).unwrap_or_default();
    let filtered = !state.route().filter.text().is_empty();
    let mut found = Found::new(Filter::parse(state.route().filter.text(), FIELDS), &state.theme);
    List {
        state: state.route().list,
        count: state.attention.lines.len(),
        focused: state.overlays.is_empty(),
        row: |at, _| {
            let cells = cells(state, overview, state.attention.lines[at], filtered, &key);
            let mut widths = widths.clone();
            // Where there is nothing to mend, what is wrong takes its room, too.
            if cells[3].0.is_empty() && widths[3] > 0 {
                widths[2] += widths[3] + GAP;
                widths[3] = 0;
            }
            let cells: Vec<(&str, Role)> = cells.iter().map(|(text, role)| (text.as_str(), *role)).collect();
            (found.mark(row_line(&columns, &widths, &cells, &state.theme)), RowMarks::default())
        },
        theme: &state.theme,
    }
    .draw(layout.list, buffer);
}

fn cells(state: &State, overview: &Overview, line: Line, filtered: bool, key: &str) -> [(String, Role); 4] {
    match line {
        Line::Group(at) => {
            let group = overview.groups[at];
            let (sign, word, role) = severity(group.severity);
            let open = filtered || state.attention.open.contains(&(group.severity, group.code));
            let branch = if open { '▾' } else { '▸' };
            let name = format!("{branch} {} · {}", group.name(), words::grouped(group.count as u64));
            let meaning = group.code.meaning().trim_end_matches('.').to_owned();
            [
                (format!("{sign} {word}"), role),
                (name, Role::Strong),
                (meaning, Role::Muted),
                (String::new(), Role::Muted),
            ]
        }
        Line::Finding(at) => {
            let finding = &overview.lint.findings[at];
            let (sign, _, role) = severity(finding.severity);
            let mend = if finding.suggestion.changes().is_empty() { "" } else { key };
            [
                (sign.to_owned(), role),
                (format!("  {}", printable(&overview.places[at])), Role::Text),
                (overview.sentences[at].clone(), Role::Text),
                (mend.to_owned(), Role::Key),
            ]
        }
    }
}

/// Says how much there is, how bad it is, and what was changed last; in a low window only how bad it is.
fn summary(state: &State, overview: &Overview, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(4));
    let write = |buffer: &mut Buffer, y: u16, text: &str, role: Role| {
        buffer.set_string(area.x + 2, y, truncate(text, room), state.theme.style(role));
    };
    let mut y = area.y;
    if area.height > 1 {
        write(buffer, y, &tally(overview, room), Role::Text);
        if area.height > 2 {
            write(buffer, y + 2, &last_change(state), Role::Muted);
        }
        y += 1;
    }
    let mut x = area.x + 2;
    for (text, role) in counts(state, overview) {
        if area.height > 0 && usize::from(x) + width(&text) <= usize::from(area.right()) {
            (x, _) = buffer.set_stringn(x, y, &text, room, state.theme.style(role));
        }
    }
}

/// Counts what there is; where there is no room for all of it, what matters least is left out.
fn tally(overview: &Overview, room: usize) -> String {
    let tally = overview.tally;
    let nodes = words::count(tally.nodes, "node");
    let nodes = match tally.lacking {
        0 => nodes,
        some => format!("{nodes}, {} without a key", words::grouped(some as u64)),
    };
    let all = [
        words::count(tally.workflows, "workflow"),
        nodes,
        words::count(tally.keys, "key"),
        format!("{} in 30 days", words::money(tally.spend)),
        words::count(tally.rules, "rule"),
        words::count(tally.departments, "department"),
    ];
    let fits = |count: &usize| width(&all[..*count].join(" · ")) <= room;
    let count = (1..=all.len()).rev().find(fits).unwrap_or(1);
    all[..count].join(" · ")
}

/// How many findings there are of each severity, with what they are of.
fn counts(state: &State, overview: &Overview) -> Vec<(String, Role)> {
    let counted = overview.lint.counts();
    let mut parts: Vec<(String, Role)> = Vec::new();
    for it in Severity::ALL {
        let count = counted.get(&it).copied().unwrap_or_default();
        if count > 0 {
            let (sign, word, role) = severity(it);
            parts.push((format!("{sign} {}   ", words::count(count, word)), role));
        }
    }
    if parts.is_empty() {
        parts.push(("✓ nothing needs attention   ".to_owned(), Role::Ok));
    }
    let hidden: usize = overview.lint.hidden.values().sum();
    if hidden > 0 {
        parts.push((format!("and {} of things you may not see   ", words::grouped(hidden as u64)), Role::Muted));
    }
    if !state.staging.changes.is_empty() {
        parts.push(("with what is staged".to_owned(), Role::Staged));
    }
    parts
}

fn last_change(state: &State) -> String {
    let Some(last) = state.log.first() else { return "nothing was changed yet".to_owned() };
    let message = printable(last.message.lines().next().unwrap_or_default());
    format!(
        "last change: revision {} by {} {}: {message}",
        last.number,
        last.login,
        words::from_now(last.at, state.now)
    )
}

/// What teaches where nothing is to be listed.
fn empty(state: &State, overview: &Overview, layout: &Layout, buffer: &mut Buffer) {
    let lines: [&str; 2] = if !state.route().filter.text().is_empty() {
        ["No finding matches the filter.", "esc takes it away; field:value looks into severity, code, finding or what."]
    } else if overview.tally.workflows == 0 {
        [
            "There is nothing here yet.",
            "keydeck import dify-dsl FILE… brings workflows in; g c, then a adds a key; keydeck demo shows a made-up organisation.",
        ]
    } else {
        [
            "Nothing needs attention.",
            "Every node gets a key, and no key, rule or budget asks for anything. g w shows the workflows, g x who uses what.",
        ]
    };
    paragraph(state, layout.list, buffer, &lines);
}
