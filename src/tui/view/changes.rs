//! Changes: what is staged and what it comes to, then what was applied.
//!
//! ```text
//! Staged: 3 starts to work · 1 moves to another key
//! › + Assign openai-finance to workflow invoice-bot for openai
//!   ~ Edit key openai-old: state active → disabled
//!
//! Applied
//!   12  alice  5 min ago   Assign openai-finance …
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    domain::change::Change,
    tui::{
        state::{State, layout::Layout},
        theme::Role,
        widget::{
            list::{List, RowMarks},
            width::{fit, fit_right, truncate},
        },
        words,
    },
};

use super::{effects, workflows::paragraph};

/// Draws both lists as one, the staged first.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let (staged, applied) = (state.staging.changes.len(), state.log.len());
    if staged + applied == 0 {
        let lines = [
            "Nothing is staged.",
            "Assigning and editing stage changes; here you see what they come to, and ctrl-s applies them.",
        ];
        return paragraph(state, layout.list, buffer, &lines);
    }
    heading(state, layout.head, buffer);
    let theme = &state.theme;
    let row = |at: usize, columns: usize| {
        let line = match state.staging.changes.get(at) {
            Some((_, change)) => staged_line(state, change, columns),
            None => applied_line(state, at - staged, columns),
        };
        (line, RowMarks::default())
    };
    List { state: state.route().list, count: staged + applied, focused: state.overlays.is_empty(), row, theme }
        .draw(layout.list, buffer);
}

fn heading(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (text, role) = match (&state.staging.plan, state.staging.changes.len()) {
        (_, 0) => ("Nothing is staged · applied revisions:".to_owned(), Role::Muted),
        (None, _) => ("Asking what the staged changes come to …".to_owned(), Role::Muted),
        (Some(plan), count) => {
            let (text, role) = effects::summary(plan);
            (format!("{}: {text}", words::count(count, "staged change")), role)
        }
    };
    let columns = usize::from(area.width.saturating_sub(2));
    buffer.set_string(area.x + 2, area.y, truncate(&text, columns), state.theme.style(role));
}

fn staged_line(state: &State, change: &Change, columns: usize) -> Line<'static> {
    let (sign, role) = match (change.before(), change.after()) {
        (None, _) => ("+ ", Role::StagedAdd),
        (_, None) => ("- ", Role::StagedRemove),
        _ => ("~ ", Role::Staged),
    };
    let text = match state.view() {
        Some(view) => view.words(state.after().unwrap_or(view)).sentence(change),
        None => String::new(),
    };
    let theme = &state.theme;
    let mark = "staged  ";
    Line::from(vec![
        Span::styled(mark, theme.style(Role::Muted)),
        Span::styled(sign, theme.style(role)),
        Span::styled(truncate(&text, columns.saturating_sub(mark.len() + 2)).into_owned(), theme.style(Role::Text)),
    ])
}

fn applied_line(state: &State, at: usize, columns: usize) -> Line<'static> {
    let Some(revision) = state.log.get(at) else { return Line::default() };
    let theme = &state.theme;
    let number = format!("{}  ", fit_right(&revision.number.to_string(), 6));
    let who = format!("{}  ", fit(&revision.login, 10));
    let when = format!("{}  ", fit(&words::from_now(revision.at, state.now), 12));
    let used = 6 + 2 + 10 + 2 + 12 + 2;
    let message = truncate(&revision.message, columns.saturating_sub(used)).into_owned();
    Line::from(vec![
        Span::styled(number, theme.style(Role::Accent)),
        Span::styled(who, theme.style(Role::Text)),
        Span::styled(when, theme.style(Role::Muted)),
        Span::styled(message, theme.style(Role::Text)),
    ])
}
