//! The box that shows how a begun sequence of keys goes on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialog::boxed;
use super::width::{truncate, width};
use crate::tui::theme::{Role, Theme};

/// One way on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The next key.
    pub key: String,
    /// What it does, or which group it opens.
    pub label: String,
    /// Why it can't be done now.
    pub reason: Option<String>,
}

/// Draws the box over the bottom of `screen`, in as many columns as fit.
pub fn which_key(screen: Rect, buffer: &mut Buffer, pressed: &str, ways: &[Way], theme: &Theme) {
    let keys = ways.iter().map(|way| width(&way.key)).max().unwrap_or(0);
    let labels = ways.iter().map(|way| width(&label(way))).max().unwrap_or(0);
    let room = usize::from(screen.width.saturating_sub(4));
    let cell = (keys + 1 + labels + 2).min(room.max(1));
    let across = (room / cell).clamp(1, 4);
    let rows = ways.len().div_ceil(across);
    let height = u16::try_from(rows + 2).unwrap_or(u16::MAX).min(screen.height);
    if screen.width < 8 || height < 3 {
        return;
    }
    let area = Rect { y: screen.bottom() - height, height, ..screen };
    let inner = boxed(area, buffer, pressed, Role::Key, theme);
    for (index, way) in ways.iter().enumerate() {
        let (column, row) = (index / rows, index % rows);
        let y = inner.y + u16::try_from(row).unwrap_or(u16::MAX);
        if y >= inner.bottom() {
            continue;
        }
        let x = inner.x + 1 + u16::try_from(column * cell).unwrap_or(u16::MAX);
        let (key_role, text_role) =
            if way.reason.is_some() { (Role::Disabled, Role::Disabled) } else { (Role::Key, Role::Dialog) };
        let shift = u16::try_from(keys - width(&way.key)).unwrap_or(0);
        let (after, _) = buffer.set_stringn(x + shift, y, &way.key, cell, theme.style(key_role));
        let left = cell.saturating_sub(keys + 1);
        buffer.set_stringn(after + 1, y, truncate(&label(way), left), left, theme.style(text_role));
    }
}

fn label(way: &Way) -> String {
    match &way.reason {
        Some(reason) => format!("{} ({reason})", way.label),
        None => way.label.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn way(key: &str, label: &str, reason: Option<&str>) -> Way {
        Way { key: key.to_owned(), label: label.to_owned(), reason: reason.map(str::to_owned) }
    }

    #[test]
    fn ways_stand_in_columns_and_say_why_not() {
        let ways = [
            way("g", "first row", None),
            way("w", "workflows", None),
            way("c", "credentials", None),
            way("space", "changes", Some("none")),
        ];
        let area = Rect::new(0, 0, 50, 5);
        let mut buffer = Buffer::empty(area);
        which_key(area, &mut buffer, "g", &ways, &Theme::builtin("mono"));
        insta::assert_snapshot!(text(&buffer), @r"

        ╭ g ─────────────────────────────────────────────╮
        │     g first row           c credentials        │
        │     w workflows       space changes (none)     │
        ╰────────────────────────────────────────────────╯
        ");
        for columns in 0..20 {
            let area = Rect::new(0, 0, columns, 4);
            which_key(area, &mut Buffer::empty(area), "g", &ways, &Theme::builtin("mono"));
        }
    }
}
