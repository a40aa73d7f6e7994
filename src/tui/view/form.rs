//! A form: one line for each field, mistakes in words below, values that fit beside what is typed.
//!
//! ```text
//! ╭ New key ─────────────────────────────────╮
//! │ name *          openai-finance           │
//! │ provider *      openai                   │
//! │ API key *       ••••••••                 │
//! │ owner           dep│artment/Finance      │
//! │ environment     any                      │
//! │                                          │
//! │ who it belongs to                        │
//! │ ctrl-n: system, department/Finance, …    │
//! ╰──────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    domain::name::printable,
    form::ssh_key::PublicKey,
    tui::{
        action::Action,
        state::{
            State,
            form::{Asked, Form, Line},
            layer,
        },
        theme::Role,
        widget::{
            dialog::{boxed, centred},
            input::TextInput,
            list::scrollbar,
            touch::{Touch, Touches},
            width::{fit, truncate, width},
        },
    },
};

/// How many lines stand below the fields.
const BELOW: u16 = 3;

/// Draws the form, and returns where the cursor is to be seen.
pub(super) fn draw(
    state: &State,
    form: &Form,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let theme = &state.theme;
    let rows_of = |at: usize, line: &Line| line.rows(at == form.at);
    let count: usize = form.lines.iter().enumerate().map(|(at, line)| rows_of(at, line)).sum();
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    let height = count.saturating_add(2 + BELOW).min(screen.height);
    let area = centred(screen, screen.width.saturating_sub(if screen.width > 60 { 8 } else { 0 }).min(86), height);
    let inner = boxed(area, buffer, &form.title(), Role::DialogTitle, theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let rows = inside.height.saturating_sub(BELOW);
    let labels =
        form.lines.iter().map(|line| width(&line.label()) + 2).max().unwrap_or(0).min(usize::from(inside.width) / 2);
    let top = window(form, usize::from(rows));
    let mut cursor = None;
    let (mut y, end) = (inside.y, inside.y + rows);
    for (at, line) in form.lines.iter().enumerate().skip(top) {
        if y >= end {
            break;
        }
        let taken = u16::try_from(rows_of(at, line)).unwrap_or(1).min(end - y);
        touches.add(Rect { y, height: taken, ..inside }, Touch::Field(at));
        let here = at == form.at;
        let star = if line.is_required() && !form.keeps(line) { " *" } else { "" };
        let role = match (here, line.error.is_some()) {
            (_, true) => Role::InputError,
            (true, false) => Role::Strong,
            (false, false) => Role::Muted,
        };
        buffer.set_string(inside.x, y, fit(&format!("{}{star}", line.label()), labels), theme.style(role));
        let x = inside.x + u16::try_from(labels).unwrap_or(0) + 1;
        let field = Rect { x, y, width: inside.right().saturating_sub(x + 1), height: taken };
        let drawn = if line.is_secret() {
            let placeholder = match (here, form.keeps(line)) {
                (true, true) => "paste or type another, or leave it as it is",
                (true, false) => "paste or type it",
                (false, true) => "as it is",
                (false, false) => "",
            };
            line.secret.draw(field, buffer, placeholder, theme)
        } else {
            let placeholder = if here && line.is_list() { "one on each line" } else { placeholder(&line.label()) };
            match &line.area {
                Some(area) if here => area.draw(field, buffer, placeholder, theme),
                Some(_) => {
                    TextInput::new(line.text().replace('\n', " ¶ ")).draw_from_start(field, buffer, placeholder, theme)
                }
                None => line.input.draw(field, buffer, placeholder, theme),
            }
        };
        if here {
            cursor = drawn;
            buffer.set_string(inside.x.saturating_sub(1), y, "›", theme.style(Role::Accent));
        }
        y += taken;
    }
    let track = Rect { x: area.right().saturating_sub(2), y: inside.y, width: 1, height: rows };
    scrollbar(track, buffer, top, form.lines.len(), theme);
    let below = Rect { y: inside.y + rows, height: inside.height - rows, ..inside };
    draw_below(state, form, below, buffer, touches);
    cursor
}

/// The first line that is seen, so that the one that hears keys is, and the one behind it.
fn window(form: &Form, rows: usize) -> usize {
    let heights: Vec<usize> = form.lines.iter().enumerate().map(|(at, line)| line.rows(at == form.at)).collect();
    let upto: usize = heights.iter().take(form.at + 2).sum();
    let mut gone = 0;
    heights
        .iter()
        .position(|height| {
            let fits = upto - gone <= rows;
            gone += height;
            fits
        })
        .unwrap_or(form.at)
        .min(form.at)
}

fn placeholder(label: &str) -> &'static str {
    match label {
        "environment" | "model" | "models" | "kind" => "any",
        "expires" => "never",
        _ => "",
    }
}

/// What may be written; of a public key its fingerprint, as the person who has it sees it.
fn told(line: &Line) -> String {
    let is_key = matches!(&line.what, Asked::Field(field) if field.name == "ssh_keys");
    match PublicKey::parse(line.entry()) {
        Ok(key) if is_key => format!("{} {} {}", key.fingerprint(), key.kind(), printable(key.comment())),
        // What files and the command line write in one line stands on several here.
        _ if line.is_list() => line.help().replace("with commas between them", "one on each line"),
        _ => line.help().to_owned(),
    }
}

/// The budgets that will count above what is being written, where a field decides about that.
fn budgets(state: &State, form: &Form, label: &str) -> Option<String> {
    let decides = ["budget", "department", "app", "parent", "target", "scope", "key", "workflow"].contains(&label);
    let view = state.ground().filter(|_| decides)?;
    let notes = view.budgets_above(&form.record, state.now);
    (!notes.is_empty()).then(|| {
        let told: Vec<String> = notes.iter().map(|note| printable(&note.sentence()).into_owned()).collect();
        format!("counts too: {}", told.join("; "))
    })
}

/// What the field is for, what is wrong, and what could stand in it.
fn draw_below(state: &State, form: &Form, area: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let theme = &state.theme;
    let columns = usize::from(area.width);
    let Some(line) = form.lines.get(form.at) else { return };
    let mut texts: Vec<(String, Role)> = Vec::new();
    match form.error.as_ref().or(line.error.as_ref()) {
        Some(error) => texts.push((format!("✗ {error}"), Role::InputError)),
        None => match budgets(state, form, line.label().as_str()) {
            Some(text) => texts.push((text, Role::Money)),
            None => texts.push((told(line), Role::Muted)),
        },
    }
    if let Some(view) = state.ground() {
        let all = form.suggestions(view);
        let key = state.keymap.keys_for(&layer::layers(state), Action::NextChoice).first().map(ToString::to_string);
        if let (Some(key), false) = (key, all.is_empty()) {
            let y = area.y + 1 + u16::try_from(texts.len()).unwrap_or(0);
            values(Rect { y, height: 1, ..area }.intersection(area), width(&key) + 2, &all, 3, touches);
            texts.push((format!("{key}: {}", all.join(" · ")), Role::Accent));
        }
    }
    for (y, (text, role)) in (area.y + 1..area.bottom()).zip(texts) {
        buffer.set_string(area.x, y, truncate(&text, columns), theme.style(role));
    }
}

/// Notes where the values stand that fit into a field: after so many columns, and with so many between them.
pub(super) fn values(area: Rect, before: usize, all: &[String], between: usize, touches: &mut Touches) {
    let mut at = before;
    for (number, value) in all.iter().enumerate() {
        let Some(x) = u16::try_from(at).ok().and_then(|at| area.x.checked_add(at)).filter(|x| *x < area.right()) else {
            return;
        };
        let place = Rect { x, width: u16::try_from(width(value)).unwrap_or(area.width), ..area };
        touches.add(place.intersection(area), Touch::Value(number));
        at += width(value) + between;
    }
}
