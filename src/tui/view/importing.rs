//! An import: the question, what is being done, and what would come.
//!
//! ```text
//! ╭ Import ──────────────────────────────────╮
//! │ what *        feedforward                │
//! │›file *        ~/ff/us│ers.db             │
//! │ department                               │
//! │                                          │
//! │ a path of this machine; ctrl-n completes │
//! │ users.db  users.db-wal                   │
//! ╰──────────────────────────────────────────╯
//! ```

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{effects, form::values, others::Panel};
use crate::{
    domain::{Timestamp, name::printable},
    ops::importing::Source,
    tui::{
        state::{
            State,
            importing::{Importing, Outlook, Step},
        },
        theme::Role,
        widget::{
            detail::Detail,
            dialog::{boxed, centred},
            spinner::spinner,
            touch::{Touch, Touches},
            width::{fit, truncate, wrap},
        },
        words,
    },
};

/// How many lines stand below the fields.
const BELOW: u16 = 4;

/// How many columns a label takes.
const LABELS: u16 = 16;

/// How many sentences of one part of a report are told.
const TOLD: usize = 8;

/// Draws an import, and returns where the cursor is to be seen.
pub(super) fn draw(
    state: &State,
    importing: &Importing,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    match &importing.step {
        Step::Asking => ask(state, importing, screen, buffer, touches),
        Step::Reading(since) => {
            wait(state, "Reading it, and working out what it would do …", *since, screen, buffer, touches);
            None
        }
        Step::Looking(outlook, on_deed) => {
            look(state, outlook, *on_deed, screen, buffer, touches);
            None
        }
        Step::Writing(since) => {
            wait(state, "Writing it, all of it or nothing …", *since, screen, buffer, touches);
            None
        }
    }
}

fn ask(
    state: &State,
    importing: &Importing,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let theme = &state.theme;
    let count = u16::try_from(importing.lines.len()).unwrap_or(u16::MAX);
    let height = count.saturating_add(2 + BELOW).min(screen.height);
    let area = centred(screen, screen.width.saturating_sub(if screen.width > 60 { 8 } else { 0 }).min(86), height);
    let inner = boxed(area, buffer, "Import", Role::DialogTitle, theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let rows = inside.height.saturating_sub(BELOW);
    let top = (importing.at + 1).saturating_sub(usize::from(rows));
    let mut cursor = None;
    for (y, (at, line)) in (inside.y..inside.y + rows).zip(importing.lines.iter().enumerate().skip(top)) {
        let here = at == importing.at;
        touches.add(Rect { y, height: 1, ..inside }, Touch::Field(at));
        let role = if here { Role::Strong } else { Role::Muted };
        buffer.set_string(inside.x, y, fit(line.what.label(), usize::from(LABELS)), theme.style(role));
        let x = inside.x + LABELS.min(inside.width / 2);
        let field = Rect { x, y, width: inside.right().saturating_sub(x), height: 1 };
        let drawn = line.input.draw(field, buffer, "", theme);
        if here {
            cursor = drawn;
            buffer.set_string(inside.x.saturating_sub(1), y, "›", theme.style(Role::Accent));
        }
    }
    let below = Rect { y: inside.y + rows, height: inside.height - rows, ..inside };
    draw_below(state, importing, below, buffer, touches);
    cursor
}

/// What the line is for, what is wrong, and what could stand in it.
fn draw_below(state: &State, importing: &Importing, area: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let theme = &state.theme;
    let columns = usize::from(area.width).max(1);
    let Some(line) = importing.line() else { return };
    let mut texts: Vec<(String, Role)> = Vec::new();
    match &importing.error {
        Some(error) => texts.extend(wrap(&format!("✗ {error}"), columns).into_iter().map(|it| (it, Role::InputError))),
        None => texts.push((line.what.help().to_owned(), Role::Muted)),
    }
    if line.what == crate::tui::state::importing::Asked::Kind {
        texts.extend(importing.source().map(|source| (source.about().to_owned(), Role::Text)));
        let kinds = Source::ALL.map(|source| source.word().to_owned());
        let y = area.y + 1 + u16::try_from(texts.len()).unwrap_or(0);
        values(Rect { y, height: 1, ..area }.intersection(area), 0, &kinds, 3, touches);
        texts.push((kinds.join(" · "), Role::Accent));
    } else if line.what.is_path() && importing.error.is_none() {
        let names: Vec<String> = importing.names.1.iter().map(|name| printable(name).into_owned()).collect();
        let y = area.y + 1 + u16::try_from(texts.len()).unwrap_or(0);
        values(Rect { y, height: 1, ..area }.intersection(area), 0, &names, 2, touches);
        texts.push((names.join("  "), Role::Text));
    }
    for (y, (text, role)) in (area.y + 1..area.bottom()).zip(texts) {
        buffer.set_string(area.x, y, truncate(&text, columns), theme.style(role));
    }
}

fn wait(state: &State, text: &str, since: Timestamp, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let elapsed = Duration::try_from(state.now.duration_since(since)).unwrap_or_default();
    let turning = spinner(text, elapsed, !state.still);
    let lines = [
        Detail::Text(turning.unwrap_or_else(|| text.to_owned()), Role::Text),
        Detail::Gap,
        Detail::Text("Nothing is written before you have seen what would come.".to_owned(), Role::Muted),
    ];
    Panel { title: "Import", role: Role::DialogTitle, lines: &lines, buttons: &["Cancel"], at: 0 }
        .draw(state, screen, buffer, touches);
}

/// What would come: the counts, what it does to nodes, what was left out and why.
fn look(state: &State, outlook: &Outlook, on_deed: bool, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let Some(view) = state.view() else { return };
    let mut lines: Vec<Detail> = Vec::new();
    if outlook.is_nothing() {
        lines.push(Detail::Text("Nothing to do: it is so already.".to_owned(), Role::Ok));
    }
    lines.extend(outlook.counts.iter().map(|line| Detail::Text(line.clone(), Role::Text)));
    if outlook.secrets > 0 {
        let verb = if outlook.secrets == 1 { "is" } else { "are" };
        let sealed = format!("{} {verb} sealed by this vault", words::count(outlook.secrets, "secret"));
        lines.push(Detail::Text(sealed, Role::Text));
    }
    if !outlook.plan.changes.is_empty() {
        lines.push(Detail::Gap);
        lines.extend(effects::lines(&outlook.plan, view));
    }
    let report = &outlook.report;
    let warnings = report.warnings.iter().map(|it| it.message.clone()).collect();
    part(&mut lines, "Look at", Role::Warn, warnings);
    let skipped = report.skipped.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect();
    part(&mut lines, "Left out", Role::Muted, skipped);
    let failed = report.failed.iter().map(|it| format!("{}: {}", it.file, it.error)).collect();
    part(&mut lines, "Not read", Role::Danger, failed);
    let buttons: &[&str] = match (outlook.is_nothing(), view.wants_approval()) {
        (true, _) => &["Close"],
        (false, true) => &["Cancel", "Stage it"],
        (false, false) => &["Cancel", "Import"],
    };
    Panel { title: "What would come", role: Role::DialogTitle, lines: &lines, buttons, at: usize::from(on_deed) }
        .draw(state, screen, buffer, touches);
}

fn part(lines: &mut Vec<Detail>, heading: &str, role: Role, told: Vec<String>) {
    if told.is_empty() {
        return;
    }
    lines.push(Detail::Gap);
    lines.push(Detail::Text(format!("{heading}:"), Role::Strong));
    let more = told.len().saturating_sub(TOLD);
    lines.extend(told.into_iter().take(TOLD).map(|text| Detail::Text(text, role)));
    if more > 0 {
        lines.push(Detail::Text(format!("and {more} more; keydeck import --dry-run tells them all"), Role::Muted));
    }
}
