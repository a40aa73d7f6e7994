//! Turns changed cells into the fewest bytes: a backend for ratatui that writes into memory and asks no terminal.
//!
//! crossterm's own backend asks the process's tty for its size and cursor, and reads `NO_COLOR` of the server for every
//! session; both are wrong where the terminal is at the other end of a channel.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Write as _;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth as _};
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, NAMED, reduce};

/// How cells look: what a terminal keeps between the bytes that draw them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    foreground: Color,
    background: Color,
    underline: Color,
    attributes: Modifier,
}

/// Collects the bytes of a frame; it knows where the terminal's cursor stands and how it draws at the moment.
#[derive(Debug)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    size: Size,
    depth: Depth,
    /// Where the next character would land; unknown after anything whose width terminals disagree about.
    position: Option<Position>,
    /// Unknown at first, and after others wrote to the terminal.
    look: Option<Look>,
    /// The same before colours came down: most cells look like the one before them.
    asked: Option<Look>,
    cursor: Option<Position>,
}

impl Encoder {
    pub(super) fn new(size: Size, depth: Depth) -> Self {
        Self { bytes: Vec::new(), size, depth, position: None, look: None, asked: None, cursor: None }
    }

    /// Takes the bytes since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    pub(super) fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Returns where the frame wants the cursor to be seen.
    pub(super) fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// Forgets what is known of the terminal.
    pub(super) fn forget(&mut self) {
        self.position = None;
        self.look = None;
        self.asked = None;
    }

    /// Moves the cursor with the shortest sequence that does it.
    pub(super) fn move_to(&mut self, to: Position) {
        let (column, row) = (u32::from(to.x) + 1, u32::from(to.y) + 1);
        match self.position {
            Some(at) if at == to => {}
            Some(at) if at.y == to.y => self.put(format_args!("\x1b[{column}G")),
            Some(at) if to.x == 0 && at.y + 1 == to.y => self.bytes.extend_from_slice(b"\r\n"),
            _ if to.x == 0 => self.put(format_args!("\x1b[{row}H")),
            _ => self.put(format_args!("\x1b[{row};{column}H")),
        }
        self.position = Some(to);
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.bytes.write_fmt(text).expect("writing to memory cannot fail");
    }

    /// Makes room for so many bytes at once.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Writes one printable character that stands in no cell.
    pub(super) fn letter(&mut self, at: Position, letter: char, style: Style) {
        self.move_to(at);
        self.wear(style.fg.unwrap_or_default(), style.bg.unwrap_or_default(), Color::Reset, style.add_modifier);
        self.bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        self.position = (letter.is_ascii() && at.x + 1 < self.size.width).then_some(Position { x: at.x + 1, y: at.y });
    }

    /// Makes what is drawn next look like this.
    fn wear(&mut self, foreground: Color, background: Color, underline: Color, attributes: Modifier) {
        let asked = Look { foreground, background, underline, attributes };
        if self.asked == Some(asked) {
            return;
        }
        self.asked = Some(asked);
        let wanted = Look {
            foreground: reduce(foreground, self.depth),
            background: reduce(background, self.depth),
            underline: reduce(underline, self.depth),
            attributes,
        };
        if self.look != Some(wanted) {
            let parameters = transition(self.look, wanted);
            self.put(format_args!("\x1b[{parameters}m"));
            self.look = Some(wanted);
        }
    }

    fn cell(&mut self, at: Position, cell: &Cell) {
        self.move_to(at);
        self.wear(cell.fg, cell.bg, cell.underline_color, cell.modifier);
        let symbol = cell.symbol();
        // A control character would reach the terminal as a command.
        if symbol.chars().any(char::is_control) {
            self.bytes.push(b' ');
        } else {
            self.bytes.extend_from_slice(symbol.as_bytes());
        }
        let narrow = symbol.is_ascii() || (symbol.chars().count() == 1 && symbol.cell_width() == 1);
        self.position = (narrow && at.x + 1 < self.size.width).then_some(Position { x: at.x + 1, y: at.y });
    }
}

/// Returns the parameters of the SGR sequence from one look to another, the shorter of changing and starting anew.
fn transition(from: Option<Look>, to: Look) -> String {
    let mut anew = String::from("0");
    append_changes(&mut anew, Look::default(), to);
    let Some(from) = from else { return anew };
    let mut changed = String::new();
    append_changes(&mut changed, from, to);
    let changed = changed.strip_prefix(';').unwrap_or(&changed).to_owned();
    if changed.len() <= anew.len() { changed } else { anew }
}

/// The attributes with the parameter that sets each, and the one that unsets it; the order lets bold and dim share 22.
const ATTRIBUTES: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

fn append_changes(parameters: &mut String, from: Look, to: Look) {
    let mut kept = from.attributes;
    for (attribute, _, unset) in ATTRIBUTES {
        if kept.contains(attribute) && !to.attributes.contains(attribute) {
            append(parameters, format_args!("{unset}"));
            for (other, _, shared) in ATTRIBUTES {
                if shared == unset {
                    kept.remove(other);
                }
            }
        }
    }
    for (attribute, set, _) in ATTRIBUTES {
        if to.attributes.contains(attribute) && !kept.contains(attribute) {
            append(parameters, format_args!("{set}"));
        }
    }
    for (before, after, base) in
        [(from.foreground, to.foreground, 30), (from.background, to.background, 40), (from.underline, to.underline, 50)]
    {
        if before != after {
            append_colour(parameters, after, base);
        }
    }
}

/// Appends a colour; `base` is 30 for the foreground, 40 for the background, 50 for the underline (which has no names).
fn append_colour(parameters: &mut String, colour: Color, base: u8) {
    let named = NAMED.iter().position(|known| *known == colour).and_then(|index| u8::try_from(index).ok());
    match (colour, named) {
        (Color::Rgb(red, green, blue), _) => append(parameters, format_args!("{};2;{red};{green};{blue}", base + 8)),
        (Color::Indexed(index), _) => append(parameters, format_args!("{};5;{index}", base + 8)),
        (_, Some(index)) if base == 50 => append(parameters, format_args!("58;5;{index}")),
        (_, Some(index @ 0..=7)) => append(parameters, format_args!("{}", base + index)),
        (_, Some(index)) => append(parameters, format_args!("{}", base + 60 + index - 8)),
        (_, None) => append(parameters, format_args!("{}", base + 9)),
    }
}

fn append(parameters: &mut String, text: std::fmt::Arguments<'_>) {
    write!(parameters, ";{text}").expect("writing to memory cannot fail");
}

impl Backend for Encoder {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.cell(Position { x, y }, cell);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.clear_region(ClearType::All)
    }

    /// Clears everything, whatever the region: the screen only ever clears to draw anew.
    fn clear_region(&mut self, _region: ClearType) -> Result<(), Infallible> {
        self.forget();
        self.bytes.extend_from_slice(b"\x1b[0m\x1b[2J");
        self.look = Some(Look::default());
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(foreground: Color, attributes: Modifier) -> Look {
        Look { foreground, attributes, ..Look::default() }
    }

    #[test]
    fn a_control_character_never_passes() {
        let mut encoder = Encoder::new(Size::new(9, 1), Depth::TrueColor);
        let mut cell = Cell::EMPTY;
        cell.set_symbol("\x1b");
        encoder.cell(Position::ORIGIN, &cell);
        assert_eq!(encoder.take(), b"\x1b[1H\x1b[0m ");
    }

    #[test]
    fn the_shorter_transition_wins() {
        let plain = Look::default();
        let bold = look(Color::Red, Modifier::BOLD);
        assert_eq!(transition(None, plain), "0");
        assert_eq!(transition(Some(plain), bold), "1;31");
        assert_eq!(transition(Some(bold), plain), "0");
        assert_eq!(transition(Some(bold), look(Color::Red, Modifier::DIM)), "22;2");
        let both = look(Color::Rgb(1, 2, 3), Modifier::BOLD | Modifier::DIM);
        assert_eq!(transition(Some(both), look(Color::Rgb(1, 2, 3), Modifier::BOLD)), "22;1");
        assert_eq!(transition(Some(plain), look(Color::LightBlue, Modifier::empty())), "94");
    }
}
