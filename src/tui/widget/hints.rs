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
    /// Whether it is shown before others, however little room there is.
    pub stays: bool,
}

impl Hint {
    /// Returns the label as it is shown.
    fn shown(&self) -> String {
        if self.available { self.label.clone() } else { format!("({})", self.label) }
    }
}

/// Returns which hints are shown, by their numbers, and where: from the left while they fit, beside a text at the right
/// end. Those that stay have their room before the others; where there is no room for all, what can't be done goes first.
pub fn places(area: Rect, hints: &[Hint], right: &str) -> Vec<(usize, std::ops::Range<u16>)> {
    let end = area.right() - taken(area, right);
    let needed = |hint: &Hint| u16::try_from(width(&hint.keys) + 1 + width(&hint.shown())).unwrap_or(u16::MAX);
    let whole = hints.iter().map(|it| needed(it) + 2).fold(area.x + 1, u16::saturating_add);
    let mut kept: u16 = hints.iter().filter(|it| it.stays).map(|it| needed(it) + 2).fold(0, u16::saturating_add);
    let (mut x, mut is_full) = (area.x + 1, false);
    let mut places = Vec::new();
    for (at, hint) in hints.iter().enumerate() {
        if whole >= end && !hint.available && !hint.stays {
            continue;
        }
        let needed = needed(hint);
        if hint.stays {
            kept = kept.saturating_sub(needed + 2);
        }
        if is_full && !hint.stays || x.saturating_add(needed).saturating_add(kept) >= end {
            // What matters less does not stand where something was left out.
            is_full = true;
            continue;
        }
        places.push((at, x..x + needed));
        x += needed + 2;
    }
    places
}

/// Returns how many columns the text at the right end takes.
fn taken(area: Rect, right: &str) -> u16 {
    let needed = u16::try_from(width(right)).unwrap_or(u16::MAX);
    if needed > 0 && needed.saturating_add(2) <= area.width { needed + 1 } else { 0 }
}

/// Draws hints from the left while they fit, and a text (a counter, an age) at the right end, which comes first.
pub fn footer(area: Rect, buffer: &mut Buffer, hints: &[Hint], right: &str, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    buffer.set_style(Rect { height: 1, ..area }, theme.style(Role::Footer));
    let taken = taken(area, right);
    if taken > 0 {
        buffer.set_string(area.right() - taken, area.y, right, theme.style(Role::Footer));
    }
    for (at, place) in places(area, hints, right) {
        let hint = &hints[at];
        let (keys, text) =
            if hint.available { (Role::FooterKey, Role::Footer) } else { (Role::Disabled, Role::Disabled) };
        let (x, _) = buffer.set_stringn(place.start, area.y, &hint.keys, place.len(), theme.style(keys));
        buffer.set_stringn(x + 1, area.y, hint.shown(), place.len(), theme.style(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    #[test]
    fn hints_give_way_to_what_stands_at_the_right() {
        let hint = |keys: &str, label: &str, available| Hint {
            keys: keys.to_owned(),
            label: label.to_owned(),
            available,
            stays: keys == "?",
        };
        let hints = [hint("a", "assign", true), hint("ctrl-s", "apply", false), hint("?", "help", true)];
        let at = |columns| {
            let area = Rect::new(0, 0, columns, 1);
            let mut buffer = Buffer::empty(area);
            footer(area, &mut buffer, &hints, "12/4096", &Theme::builtin("mono"));
            text(&buffer)
        };
        assert_eq!(at(48), " a assign  ctrl-s (apply)  ? help       12/4096");
        assert_eq!(at(28), " a assign  ? help   12/4096", "what stays has its room first");
        assert_eq!(at(24), " ? help         12/4096");
        assert_eq!(at(6), "");
    }
}
