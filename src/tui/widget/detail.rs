//! Names and values of the thing under the cursor, beside or below its list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::width::{truncate, width, wrap};
use crate::tui::theme::{Role, Theme};

/// One line of details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A heading above what follows.
    Heading(String),
    /// A name, its value, and what the value means.
    Value(String, String, Role),
    /// Sentences over the whole width.
    Text(String, Role),
    /// An empty line.
    Gap,
}

/// One line as it is drawn: the name of a value, or an empty one where the value goes on; the text; what it means.
type Drawn<'a> = (Option<&'a str>, String, Role);

/// Returns how many lines details take in so many columns.
pub fn height(details: &[Detail], columns: usize) -> usize {
    lay_out(details, columns).1.len()
}

/// Lays details out in so many columns: where values begin, and each line.
fn lay_out(details: &[Detail], columns: usize) -> (usize, Vec<Drawn<'_>>) {
    let names = details.iter().map(|detail| if let Detail::Value(name, ..) = detail { width(name) } else { 0 });
    let indent = (names.max().unwrap_or(0) + 2).min(columns / 2);
    let mut lines: Vec<Drawn<'_>> = Vec::new();
    for detail in details {
        match detail {
            Detail::Gap => lines.push((None, String::new(), Role::Text)),
            Detail::Heading(text) => lines.push((None, truncate(text, columns).into_owned(), Role::Heading)),
            Detail::Text(text, role) => {
                lines.extend(wrap(text, columns).into_iter().map(|line| (None, line, *role)));
            }
            Detail::Value(name, value, role) => {
                let mut name = Some(name.as_str());
                let value = wrap(value, columns.saturating_sub(indent)).into_iter();
                lines.extend(value.map(|line| (Some(name.take().unwrap_or("")), line, *role)));
            }
        }
    }
    (indent, lines)
}

/// Draws details from the `skip`th line on, and returns how many lines there are in all.
///
/// The values stand under each other, and go on below where they are long.
pub fn details(area: Rect, buffer: &mut Buffer, details: &[Detail], skip: usize, theme: &Theme) -> usize {
    let (indent, lines) = lay_out(details, usize::from(area.width));
    for (y, (name, text, role)) in (area.y..area.bottom()).zip(lines.iter().skip(skip)) {
        let x = match name {
            Some(name) => {
                let name = truncate(name, indent.saturating_sub(1));
                buffer.set_string(area.x, y, name, theme.style(Role::Muted));
                area.x + u16::try_from(indent).unwrap_or(0)
            }
            None => area.x,
        };
        buffer.set_stringn(x, y, text, usize::from(area.right().saturating_sub(x)), theme.style(*role));
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    #[test]
    fn values_stand_under_each_other() {
        let value = |name: &str, value: &str| Detail::Value(name.to_owned(), value.to_owned(), Role::Text);
        let all = [
            Detail::Heading("openai-prod".to_owned()),
            value("owner", "Legal (department)"),
            value("environment", "production"),
            Detail::Gap,
            Detail::Text("Expires in 12 days.".to_owned(), Role::Warn),
        ];
        let area = Rect::new(0, 0, 24, 6);
        let mut buffer = Buffer::empty(area);
        let lines = details(area, &mut buffer, &all, 0, &Theme::builtin("mono"));
        assert_eq!((lines, height(&all, 24)), (6, 6), "a value that goes on counts twice");
        insta::assert_snapshot!(text(&buffer), @r"
        openai-prod
        owner       Legal
                    (department)
        environment production

        Expires in 12 days.
        ");
    }
}
