//! The line at the bottom: the keys that matter here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::width::width;
use crate::tui::theme::{Role, Theme};

/// One hint, made from the live keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key, as the keymap writes it.
    pub keys: String,
    /// What it does, in a word or two.
    pub label: String,
    /// Whether it can be done now; what can't is dim and in brackets.
    pub available: bool,
}

/// Draws hints from the left while they fit, and a text (a counter, an age) at the right end, which comes first.
pub fn footer(area: Rect, buffer: &mut Buffer, hints: &[Hint], right: &str, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    buffer.set_style(Rect { height: 1, ..area }, theme.style(Role::Footer));
    let right_width = u16::try_from(width(right)).unwrap_or(u16::MAX);
    let mut end = area.right();
    if right_width > 0 && right_width + 2 <= area.width {
        end -= right_width + 1;
        buffer.set_string(end, area.y, right, theme.style(Role::Footer));
    }
    let mut x = area.x + 1;
    for hint in hints {
        let label = if hint.available { hint.label.clone() } else { format!("({})", hint.label) };
        let needed = u16::try_from(width(&hint.keys) + 1 + width(&label)).unwrap_or(u16::MAX);
        if x.saturating_add(needed) >= end {
            break;
        }
        let (keys, text) =
            if hint.available { (Role::FooterKey, Role::Footer) } else { (Role::Disabled, Role::Disabled) };
        (x, _) = buffer.set_stringn(x, area.y, &hint.keys, usize::from(needed), theme.style(keys));
        (x, _) = buffer.set_stringn(x + 1, area.y, &label, usize::from(needed), theme.style(text));
        x += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    #[test]
    fn hints_give_way_to_what_stands_at_the_right() {
        let hint =
            |keys: &str, label: &str, available| Hint { keys: keys.to_owned(), label: label.to_owned(), available };
        let hints = [hint("a", "assign", true), hint("ctrl-s", "apply", false), hint("?", "help", true)];
        let at = |columns| {
            let area = Rect::new(0, 0, columns, 1);
            let mut buffer = Buffer::empty(area);
            footer(area, &mut buffer, &hints, "12/4096", &Theme::builtin("mono"));
            text(&buffer)
        };
        assert_eq!(at(48), " a assign  ctrl-s (apply)  ? help       12/4096");
        assert_eq!(at(24), " a assign       12/4096");
        assert_eq!(at(6), "");
    }
}
