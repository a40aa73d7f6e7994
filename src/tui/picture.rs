//! Pictures of frames: SVG for documents, text for tests and for `--plain`.

mod svg;

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

pub use svg::svg;

/// Returns a frame as text, one line for each row, without blanks at the end of lines and of the frame.
pub fn text(buffer: &Buffer) -> String {
    let lines: Vec<String> = rows(buffer)
        .map(|row| row.iter().map(|(_, cell)| cell.symbol()).collect::<String>().trim_end().to_owned())
        .collect();
    lines.join("\n").trim_end_matches('\n').to_owned()
}

/// Returns a frame as text with its looks: `‹fg=… bg=… bold›` where the look changes, `‹›` where it is plain again.
pub fn marked_text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for row in rows(buffer) {
        let mut line = String::new();
        let mut look = String::new();
        for (_, cell) in row {
            let now = described(cell);
            if now != look {
                write!(line, "‹{now}›").expect("writing to memory cannot fail");
                look = now;
            }
            line.push_str(cell.symbol());
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n").trim_end_matches('\n').to_owned()
}

/// Returns the rows of a frame: columns and cells, without those that a wide character covers.
fn rows(buffer: &Buffer) -> impl Iterator<Item = Vec<(u16, &Cell)>> {
    let area = *buffer.area();
    (area.top()..area.bottom()).map(move |y| {
        let mut row = Vec::new();
        let mut x = area.left();
        while x < area.right() {
            let cell = &buffer[(x, y)];
            row.push((x, cell));
            x += cell.symbol().cell_width().max(1);
        }
        row
    })
}

/// Names a cell's look; empty for a plain one.
fn described(cell: &Cell) -> String {
    let mut words = Vec::new();
    for (name, colour) in [("fg", cell.fg), ("bg", cell.bg)] {
        if colour != Color::Reset {
            words.push(format!("{name}={colour}"));
        }
    }
    for (name, attribute) in [
        ("bold", Modifier::BOLD),
        ("dim", Modifier::DIM),
        ("italic", Modifier::ITALIC),
        ("underline", Modifier::UNDERLINED),
        ("reverse", Modifier::REVERSED),
        ("strike", Modifier::CROSSED_OUT),
    ] {
        if cell.modifier.contains(attribute) {
            words.push(name.to_owned());
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn frame() -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
        buffer.set_string(0, 0, "日本 <key>", Style::new());
        let style =
            Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD | Modifier::CROSSED_OUT);
        buffer.set_string(2, 1, "gone & by", style);
        buffer
    }

    #[test]
    fn text_with_and_without_looks() {
        assert_eq!(text(&frame()), "日本 <key>\n  gone & by");
        assert_eq!(marked_text(&frame()), "日本 <key>\n  ‹fg=Red bg=#010203 bold strike›gone & by‹›");
    }

    #[test]
    fn a_picture_holds_text_colours_and_a_title() {
        insta::assert_snapshot!(svg(&frame(), "keydeck <demo>", [0xd5, 0xda, 0xe6], [0x12, 0x15, 0x1c]));
    }
}
