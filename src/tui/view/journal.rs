//! The command log: what the last keys did, and the commands that do the same, the newest lowest.
//!
//! ```text
//! ─ What the last keys did ───────────────────────────────────
//! g c     Credentials: the keys, their owners and states
//!         $ keydeck list credentials
//! j ×12   Move down
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{
    state::State,
    theme::Role,
    widget::width::{fit, truncate},
};

/// How many columns the keys take.
const KEYS: usize = 12;

/// Draws the pane, if it is shown.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &state.theme;
    let columns = usize::from(area.width);
    let title = "─ What the last keys did ";
    buffer.set_string(area.x, area.y, "─".repeat(columns), theme.style(Role::Border));
    buffer.set_string(area.x, area.y, truncate(title, columns), theme.style(Role::Muted));
    let mut y = area.bottom();
    for deed in state.journal.newest() {
        let lines = 1 + u16::try_from(deed.commands.len()).unwrap_or(u16::MAX);
        let Some(first) = y.checked_sub(lines).filter(|first| *first > area.y) else { break };
        y = first;
        let keys = match deed.times {
            1 => deed.keys.clone(),
            times => format!("{} ×{times}", deed.keys),
        };
        let room = columns.saturating_sub(KEYS + 2);
        buffer.set_string(area.x + 1, y, fit(&keys, KEYS.min(columns)), theme.style(Role::Key));
        if room == 0 {
            continue;
        }
        let x = area.x + 1 + u16::try_from(KEYS).unwrap_or(0);
        buffer.set_string(x, y, truncate(&deed.what, room), theme.style(Role::Text));
        for (line, command) in (y + 1..).zip(&deed.commands) {
            let command = format!("$ {command}");
            buffer.set_string(x, line, truncate(&command, room), theme.style(Role::Muted));
        }
    }
}
