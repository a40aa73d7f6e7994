//! Small boxes: the question before applying, one input of the preview, the vault's secret key.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::tui::{
    state::{
        State,
        overlay::{ApplyDialog, Prompt, Unlock},
    },
    theme::Role,
    widget::{
        detail::{Detail, details},
        dialog::{boxed, buttons, centred},
        touch::{Touch, Touches},
        width::{truncate, width, wrap},
    },
    words,
};

use super::effects;

/// Draws what will be applied and asks for the reason; Apply has to be reached on purpose.
///
/// ```text
/// ╭ Apply 2 staged changes? ─────────────────────────╮
/// │ ✓ 1 node starts to work, with openai-finance     │
/// │   invoice-bot › draft                            │
/// │                                                  │
/// │ message  why, for the log                        │
/// │                            [ Apply ]    Cancel   │
/// ╰──────────────────────────────────────────────────╯
/// ```
pub(super) fn apply(
    state: &State,
    dialog: &ApplyDialog,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let theme = &state.theme;
    let view = state.view()?;
    let mut lines = match &state.staging.plan {
        Some(plan) => effects::lines(plan, view),
        None => vec![Detail::Text("Asking what they come to …".to_owned(), Role::Muted)],
    };
    if let Some(meanwhile) = &state.staging.meanwhile {
        lines.push(Detail::Text(format!("{}.", meanwhile.sentence()), Role::Muted));
    }
    if let Some(first) = state.staging.approvals.first() {
        lines.push(Detail::Text(format!("Approved by {}.", first.login), Role::Ok));
    }
    let columns = screen.width.saturating_sub(4).min(76);
    let text_columns = usize::from(columns.saturating_sub(4)).max(1);
    let wrapped: usize = lines
        .iter()
        .map(|line| if let Detail::Text(text, _) = line { wrap(text, text_columns).len() } else { 1 })
        .sum();
    let height = u16::try_from(wrapped).unwrap_or(u16::MAX).saturating_add(6).min(screen.height);
    let area = centred(screen, columns, height);
    let title = format!("Apply {}?", words::count(state.staging.changes.len(), "staged change"));
    let inner = boxed(area, buffer, &title, Role::DialogTitle, theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inside.height < 4 {
        return None;
    }
    let body = Rect { height: inside.height - 4, ..inside };
    details(body, buffer, &lines, 0, theme);
    let message = Rect { x: inside.x + 9, y: body.bottom() + 1, width: inside.width.saturating_sub(9), height: 1 };
    buffer.set_string(
        inside.x,
        message.y,
        "message",
        theme.style(if dialog.at == 0 { Role::Strong } else { Role::Muted }),
    );
    let cursor = dialog.message.draw(message, buffer, "why, for the log; enter goes on", theme);
    touches.add(Rect { x: inside.x, width: inside.width, ..message }, Touch::Field(0));
    let role = |at: usize| if dialog.at == at { Role::ButtonFocused } else { Role::Button };
    let line = Rect { y: inside.bottom() - 1, height: 1, ..inside };
    let all = [("Apply", role(1)), ("Cancel", role(2))];
    buttons(line, buffer, &all, dialog.at.checked_sub(1), theme, touches);
    cursor.filter(|_| dialog.at == 0)
}

/// Draws one input of the preview.
pub(super) fn prompt(state: &State, prompt: &Prompt, screen: Rect, buffer: &mut Buffer) -> Option<Position> {
    let area = centred(screen, screen.width.saturating_sub(4).min(64), 5);
    let inner = boxed(area, buffer, &prompt.input.label(), Role::DialogTitle, &state.theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), height: 1, ..inner };
    let cursor = prompt.text.draw(inside, buffer, "", &state.theme);
    let (text, role) = match &prompt.error {
        Some(error) => (error.as_str(), Role::InputError),
        None => (prompt.input.about(), Role::Muted),
    };
    below(state, inner, inside.y + 1, text, role, buffer);
    cursor
}

/// Draws the field for the vault's secret key.
pub(super) fn unlock(state: &State, unlock: &Unlock, screen: Rect, buffer: &mut Buffer) -> Option<Position> {
    let area = centred(screen, screen.width.saturating_sub(4).min(64), 6);
    let inner = boxed(area, buffer, "Unlock the vault", Role::DialogTitle, &state.theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), height: 1, ..inner };
    let cursor = unlock.secret.draw(inside, buffer, "SECRET_KEY: paste or type it", &state.theme);
    let (text, role) = match (&unlock.error, unlock.busy) {
        (_, true) => ("Deriving the keys from it …", Role::Muted),
        (Some(error), false) => (error.as_str(), Role::InputError),
        (None, false) => ("It stays in this process and is forgotten when the vault is locked.", Role::Muted),
    };
    below(state, inner, inside.y + 1, text, role, buffer);
    cursor.filter(|_| !unlock.busy)
}

fn below(state: &State, inner: Rect, from: u16, text: &str, role: Role, buffer: &mut Buffer) {
    let columns = usize::from(inner.width.saturating_sub(2));
    for (y, line) in (from..inner.bottom()).zip(wrap(text, columns.max(1))) {
        debug_assert!(width(&line) <= columns.max(2));
        buffer.set_string(inner.x + 1, y, truncate(&line, columns), state.theme.style(role));
    }
}
