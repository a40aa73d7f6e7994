//! The box around a secret. The secret itself is painted over it, and stands in no frame.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::{
    state::{State, layout::Layout, overlay::Reveal},
    theme::{Role, Theme},
    widget::{
        dialog::{boxed, centred},
        width::{truncate, wrap},
    },
};

/// What is said below the secret.
const RULE: &str =
    "It is on record that you looked. It hides by itself, with any other key, and when the window is left.";

/// Where the parts of the box stand.
struct Parts {
    area: Rect,
    inside: Rect,
    /// For each field, its name's row and its window.
    fields: Vec<(Rect, Rect)>,
    rule: Rect,
}

/// Draws the box; the windows stay blank.
///
/// ```text
/// ╭ Secret of openai-finance ────────────────────────╮
/// │ api_key                                          │
/// │ sk-proj-…                                        │
/// │                                                  │
/// │ It is on record that you looked. It hides …      │
/// ╰───────────────────────────────────── hides in 14 s ─╯
/// ```
pub(super) fn draw(state: &State, reveal: &Reveal, screen: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let parts = parts(reveal, screen);
    boxed(parts.area, buffer, &format!("Secret of {}", reveal.name), Role::DialogTitle, theme);
    let columns = usize::from(parts.inside.width);
    if reveal.until.is_none() {
        buffer.set_string(parts.inside.x, parts.inside.y, truncate("Opening it …", columns), theme.style(Role::Muted));
    }
    let several = reveal.fields.len() > 1;
    for (at, (field, (name, window))) in reveal.fields.iter().zip(&parts.fields).enumerate() {
        let chosen = several && at == reveal.at;
        let mark = if chosen { "› " } else { "" };
        let cut = field.rows(columns) > usize::from(window.height);
        let more = if cut { " · longer than this window; y copies all of it" } else { "" };
        let role = if chosen { Role::Strong } else { Role::Muted };
        buffer.set_style(*window, secret_style(theme));
        if !name.is_empty() {
            buffer.set_string(
                name.x,
                name.y,
                truncate(&format!("{mark}{}{more}", field.name), columns),
                theme.style(role),
            );
        }
    }
    for (y, line) in (parts.rule.y..parts.rule.bottom()).zip(wrap(RULE, columns.max(1))) {
        buffer.set_string(parts.rule.x, y, truncate(&line, columns), theme.style(Role::Muted));
    }
    if let Some(until) = reveal.until {
        let left = u64::try_from(until.duration_since(state.now).as_secs()).unwrap_or(0);
        let text = format!(" hides in {left} s ");
        let shift = u16::try_from(text.len() + 2).unwrap_or(0).min(parts.area.width);
        let y = parts.area.bottom().saturating_sub(1);
        buffer.set_string(parts.area.right() - shift, y, truncate(&text, columns), theme.style(Role::Warn));
    }
}

/// Returns how a secret looks: like what stands in a field.
pub fn secret_style(theme: &Theme) -> Style {
    theme.style(Role::Dialog).patch(theme.style(Role::Input))
}

/// Returns where the secret is painted: for each field a window that the frame leaves blank.
pub fn windows(state: &State) -> Vec<Rect> {
    let layout = Layout::of(state);
    let Some(reveal) = state.reveal() else { return Vec::new() };
    parts(reveal, super::room(&layout)).fields.into_iter().map(|(_, window)| window).collect()
}

/// Lays the box out: as many rows as the fields take, as far as there is room; the sentence below goes first.
fn parts(reveal: &Reveal, screen: Rect) -> Parts {
    let columns = screen.width.saturating_sub(4).min(76);
    let text_columns = columns.saturating_sub(4).max(1);
    let wanted = |field: &crate::tui::state::overlay::Revealed| {
        u16::try_from(field.rows(usize::from(text_columns))).unwrap_or(u16::MAX)
    };
    let names_and_values: u16 =
        reveal.fields.iter().map(|field| wanted(field).saturating_add(1)).fold(0, u16::saturating_add).max(1);
    let rule = u16::try_from(wrap(RULE, usize::from(text_columns)).len()).unwrap_or(1);
    let rule = if screen.height >= names_and_values.saturating_add(rule + 3) { rule + 1 } else { 0 };
    let area = centred(screen, columns, names_and_values.saturating_add(rule + 2));
    let inside = Rect {
        x: area.x + area.width.min(2),
        y: area.y + area.height.min(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let (mut y, end) = (inside.y, inside.bottom().saturating_sub(rule));
    let mut row = |rows: u16| {
        let here = Rect { y: y.min(end), height: rows.min(end.saturating_sub(y)), ..inside };
        y = y.saturating_add(rows);
        here
    };
    let fields = reveal.fields.iter().map(|field| (row(1), row(wanted(field)))).collect();
    let rule = Rect {
        y: inside.bottom() - rule.saturating_sub(1).min(inside.height),
        height: rule.saturating_sub(1),
        ..inside
    };
    Parts { area, inside, fields, rule }
}
