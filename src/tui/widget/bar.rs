//! The bars at the top: what one works on, and the way that led here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::width::{truncate, width};
use crate::tui::theme::{Role, Theme};

/// One part of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderPart {
    /// A label and its value: `db demo.db`.
    Value(&'static str, String),
    /// A state that must not be missed, in words: `READ-ONLY`.
    Badge(String),
}

/// Draws the header: the program's name, then parts while there is room; badges go before values, at the right end.
pub fn header(area: Rect, buffer: &mut Buffer, parts: &[HeaderPart], theme: &Theme) {
    if area.is_empty() {
        return;
    }
    buffer.set_style(Rect { height: 1, ..area }, theme.style(Role::Header));
    let mut spans = vec![Span::styled(" keydeck ", theme.style(Role::HeaderName))];
    let badges: Vec<String> = parts
        .iter()
        .filter_map(|part| if let HeaderPart::Badge(text) = part { Some(format!(" {text} ")) } else { None })
        .collect();
    let right: usize = badges.iter().map(|badge| width(badge) + 1).sum();
    for (label, value, _) in values(area, parts) {
        spans.push(Span::styled(format!(" {label} "), theme.style(Role::Header)));
        spans.push(Span::styled(format!("{value} "), theme.style(Role::HeaderValue)));
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
    let mut x = area.right().saturating_sub(u16::try_from(right).unwrap_or(area.width)).max(area.x);
    for badge in badges {
        let left = usize::from(area.right().saturating_sub(x));
        (x, _) = buffer.set_stringn(x, area.y, &badge, left, theme.style(Role::HeaderBadge));
        x += 1;
    }
}

/// Returns the values for which there is room, and where each stands with its label.
pub fn values(area: Rect, parts: &[HeaderPart]) -> Vec<(&'static str, &str, std::ops::Range<u16>)> {
    let mut right = usize::from(NAME);
    right +=
        parts.iter().map(|part| if let HeaderPart::Badge(text) = part { width(text) + 3 } else { 0 }).sum::<usize>();
    let mut room = usize::from(area.width).saturating_sub(right);
    let mut x = area.x + NAME;
    let mut places = Vec::new();
    for part in parts {
        let HeaderPart::Value(label, value) = part else { continue };
        let needed = width(label) + width(value) + 3;
        if needed > room {
            break;
        }
        room -= needed;
        let end = x.saturating_add(u16::try_from(needed).unwrap_or(u16::MAX));
        places.push((*label, value.as_str(), x..end));
        x = end;
    }
    places
}

/// How many columns the program's name takes.
const NAME: u16 = 9;

/// Returns which steps of the way are shown, and where: where room is short its beginning goes first.
pub fn crumbs(area: Rect, steps: &[String]) -> Vec<(usize, std::ops::Range<u16>)> {
    let columns = usize::from(area.width).saturating_sub(1);
    let Some((here, before)) = steps.split_last().filter(|_| !area.is_empty()) else { return Vec::new() };
    let mut room = columns - width(&truncate(here, columns));
    let mut first = before.len();
    for (at, step) in before.iter().enumerate().rev() {
        let needed = width(step) + width(BETWEEN);
        if needed > room {
            break;
        }
        (first, room) = (at, room - needed);
    }
    let left_out = first > 0 && room > width(BETWEEN);
    let mut x = area.x + 1 + if left_out { 1 + u16::try_from(width(BETWEEN)).unwrap_or(0) } else { 0 };
    let mut places = Vec::new();
    for (at, step) in steps.iter().enumerate().skip(first) {
        let end = x.saturating_add(u16::try_from(width(step)).unwrap_or(u16::MAX)).min(area.right());
        places.push((at, x..end));
        x = end.saturating_add(u16::try_from(width(BETWEEN)).unwrap_or(0));
    }
    places
}

/// What stands between two steps of the way.
const BETWEEN: &str = " › ";

/// Draws the way that led here, `Workflows › Legal › invoice-bot`; where room is short its beginning goes first.
pub fn breadcrumbs(area: Rect, buffer: &mut Buffer, steps: &[String], theme: &Theme) {
    let places = crumbs(area, steps);
    let Some((first, place)) = places.first() else { return };
    if *first > 0 && place.start > area.x + 1 {
        buffer.set_string(area.x + 1, area.y, format!("…{BETWEEN}"), theme.style(Role::Breadcrumb));
    }
    for (at, place) in &places {
        let is_here = at + 1 == steps.len();
        let style = theme.style(if is_here { Role::BreadcrumbHere } else { Role::Breadcrumb });
        let room = usize::from(area.right().saturating_sub(place.start));
        if is_here {
            buffer.set_string(place.start, area.y, truncate(&steps[*at], room), style);
        } else {
            buffer.set_stringn(place.start, area.y, format!("{}{BETWEEN}", steps[*at]), room, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn draw(columns: u16, draw: impl FnOnce(Rect, &mut Buffer, &Theme)) -> String {
        let area = Rect::new(0, 0, columns, 1);
        let mut buffer = Buffer::empty(area);
        draw(area, &mut buffer, &Theme::builtin("mono"));
        text(&buffer)
    }

    #[test]
    fn the_header_drops_values_before_badges() {
        let parts = [
            HeaderPart::Value("db", "demo.db".to_owned()),
            HeaderPart::Badge("READ-ONLY".to_owned()),
            HeaderPart::Value("as", "alice (assigner)".to_owned()),
        ];
        let at = |columns| draw(columns, |area, buffer, theme| header(area, buffer, &parts, theme));
        assert_eq!(at(60), " keydeck  db demo.db  as alice (assigner)        READ-ONLY");
        assert_eq!(at(40), " keydeck  db demo.db         READ-ONLY");
        assert_eq!(at(12), " READ-ONLY");
    }

    #[test]
    fn the_way_loses_its_beginning_first() {
        let steps = ["Workflows", "Legal", "invoice-bot"].map(str::to_owned);
        let at = |columns| draw(columns, |area, buffer, theme| breadcrumbs(area, buffer, &steps, theme));
        assert_eq!(at(40), " Workflows › Legal › invoice-bot");
        assert_eq!(at(25), " … › Legal › invoice-bot");
        assert_eq!(at(9), " invoice…");
    }
}
