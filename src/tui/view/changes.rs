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
    ops::view::View,
    plan::Ground,
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
    let (staged, waiting, applied) = (state.staging.changes.len(), state.waiting.len(), state.log.len());
    if staged + waiting + applied == 0 {
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
            None if at < staged + waiting => waiting_line(state, at - staged, columns),
            None => applied_line(state, at - staged - waiting, columns),
        };
        (line, RowMarks::default())
    };
    List {
        state: state.route().list,
        count: staged + waiting + applied,
        focused: state.overlays.is_empty(),
        row,
        theme,
    }
    .draw(layout.list, buffer);
}

fn heading(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (text, role) = match (&state.staging.plan, state.staging.changes.len()) {
        (_, 0) if !state.waiting.is_empty() => {
            (format!("{} of others for your approval", words::count(state.waiting.len(), "change set")), Role::Warn)
        }
        (_, 0) => ("Nothing is staged · applied revisions:".to_owned(), Role::Muted),
        (None, _) => ("Asking what the staged changes come to …".to_owned(), Role::Muted),
        (Some(plan), count) => {
            let (text, role) = effects::summary(plan);
            let (ground, behind) = behind(state);
            let changes = words::count(count, "staged change");
            let text = match ground {
                // What stands in the way is what others did: how far that goes is said first.
                Some(Role::Danger) => format!("{changes}{behind}{}", approved(state)),
                _ => format!("{changes}: {text}{behind}{}", approved(state)),
            };
            (text, ground.unwrap_or(role))
        }
    };
    let columns = usize::from(area.width.saturating_sub(2));
    buffer.set_string(area.x + 2, area.y, truncate(&text, columns), state.theme.style(role));
}

/// Says how far behind the plan is, and whether that matters.
fn behind(state: &State) -> (Option<Role>, String) {
    let Some(meanwhile) = &state.staging.meanwhile else { return (None, String::new()) };
    let count = meanwhile.count();
    let revisions = if count == 1 { "1 revision".to_owned() } else { format!("{count} revisions") };
    let touching = meanwhile.revisions.iter().filter(|revision| revision.clashes).count();
    let (role, matters) = match (meanwhile.ground, touching) {
        (Ground::Untouched, _) => (None, "none touches your plan".to_owned()),
        (Ground::Touched, _) => (Some(Role::Warn), "your plan does something else now".to_owned()),
        (Ground::Conflict, 0) => (Some(Role::Danger), "your plan can't be applied".to_owned()),
        (Ground::Conflict, 1) => (Some(Role::Danger), "1 touches your plan".to_owned()),
        (Ground::Conflict, more) => (Some(Role::Danger), format!("{more} touch your plan")),
    };
    (role, format!(" · {revisions} behind, {matters}"))
}

/// Says whether the set may go on, where the workspace wants approval.
fn approved(state: &State) -> String {
    match (state.view().is_some_and(View::wants_approval), state.staging.approvals.first()) {
        (false, _) => String::new(),
        (true, None) => " · waits for approval".to_owned(),
        (true, Some(first)) => format!(" · approved by {}", first.login),
    }
}

/// A set of somebody else that waits for approval.
fn waiting_line(state: &State, at: usize, columns: usize) -> Line<'static> {
    let Some(waiting) = state.waiting.get(at) else { return Line::default() };
    let theme = &state.theme;
    let what = words::count(waiting.staged.changes.len(), "change");
    let approved = match waiting.approvals.first() {
        Some(first) => format!("approved by {}", first.login),
        None => "waits for approval".to_owned(),
    };
    let when = waiting.staged.updated_at.map(|at| words::from_now(at, state.now)).unwrap_or_default();
    let text = format!("{} has staged {what} {when}: {approved}", waiting.login);
    let role = if waiting.is_approved() { Role::Ok } else { Role::Warn };
    Line::from(vec![
        Span::styled("waits   ", theme.style(Role::Muted)),
        Span::styled("? ", theme.style(role)),
        Span::styled(truncate(&text, columns.saturating_sub(10)).into_owned(), theme.style(Role::Text)),
    ])
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
