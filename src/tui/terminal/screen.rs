//! Draws frames: what changed since the last one, as the bytes of one synchronized update.

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption, CellWidth as _};
use ratatui::layout::{Position, Rect};
use zeroize::Zeroizing;

use super::Size;
use super::colour::Depth;
use super::encode::Encoder;
use super::overprint::{Overprint, Place};
use crate::domain::symbol;

/// Begins and ends a synchronized update: a terminal that knows it shows the frame at once, others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The console's picture of one terminal, and how to bring the terminal to the next frame.
///
/// It asks the terminal nothing, and writes nothing where nothing changed.
#[derive(Debug)]
pub struct Screen {
    terminal: ratatui::Terminal<Encoder>,
    /// Where the terminal shows its cursor now.
    cursor: Option<Position>,
    /// Where the terminal shows characters of two columns, by their first.
    wide: Vec<Position>,
    /// What was painted over the last frame.
    over: Option<Place>,
    /// Whether the terminal shows nothing but ASCII.
    ascii: bool,
}

impl Screen {
    /// Begins with an empty terminal of that size, its cursor hidden, as after [`super::modes::enter`].
    pub fn new(size: Size, depth: Depth) -> Self {
        let encoder = Encoder::new(ratatui::layout::Size::new(size.width, size.height), depth);
        let terminal = match ratatui::Terminal::new(encoder) {
            Ok(terminal) => terminal,
            Err(impossible) => match impossible {},
        };
        Self { terminal, cursor: None, wide: Vec::new(), over: None, ascii: false }
    }

    /// Draws with ASCII alone, if it is so.
    #[must_use]
    pub fn in_ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    /// Notes that the window has another size; the next frame is drawn whole.
    pub fn resize(&mut self, size: Size) {
        let size = ratatui::layout::Size::new(size.width, size.height);
        if self.terminal.backend().size() != size {
            self.terminal.backend_mut().set_size(size);
            self.invalidate();
        }
    }

    /// Forgets what the terminal shows; the next frame is drawn whole.
    pub fn invalidate(&mut self) {
        self.over = None;
        let backend = self.terminal.backend_mut();
        backend.forget();
        let area = Rect::from((Position::ORIGIN, backend.size()));
        match self.terminal.resize(area) {
            Ok(()) => {}
            Err(impossible) => match impossible {},
        }
        // Clearing comes twice where the window shrinks.
        let backend = self.terminal.backend_mut();
        backend.take();
        match ratatui::backend::Backend::clear(backend) {
            Ok(()) => {}
            Err(impossible) => match impossible {},
        }
    }

    /// Draws a frame and returns the bytes that bring the terminal to it; none if it shows the same already.
    ///
    /// What is painted over the frame is in none of the buffers that are kept: it is gone when the bytes are dropped.
    /// Once it is not wanted any more, everything that stood under it is drawn anew.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>), over: Option<&Overprint<'_>>) -> Zeroizing<Vec<u8>> {
        let before = std::mem::replace(&mut self.over, over.map(Overprint::place));
        let is_new = before != self.over;
        let stale = before.filter(|_| is_new);
        let drawn = self.terminal.draw(|frame| {
            view(frame);
            if self.ascii {
                simplify(frame.buffer_mut());
            }
            self.wide = mend(frame.buffer_mut(), &self.wide);
            for area in stale.into_iter().flat_map(|place| place.areas) {
                uncover(frame.buffer_mut(), area);
            }
        });
        match drawn {
            Ok(_) => {}
            Err(impossible) => match impossible {},
        }
        let encoder = self.terminal.backend_mut();
        let wanted = encoder.cursor();
        let cells = Zeroizing::new(encoder.take());
        if cells.is_empty() && wanted == self.cursor && !is_new {
            return cells;
        }
        let mut frame = Zeroizing::new(Vec::with_capacity(cells.len() + over.map_or(0, Overprint::room) + 64));
        frame.extend_from_slice(BEGIN);
        if self.cursor.is_some() && wanted.is_none() {
            frame.extend_from_slice(b"\x1b[?25l");
        }
        frame.extend_from_slice(&cells);
        if let Some(over) = over {
            over.paint(encoder);
            frame.extend_from_slice(&Zeroizing::new(encoder.take()));
        }
        if let Some(position) = wanted {
            encoder.move_to(position);
            frame.extend_from_slice(&encoder.take());
            if self.cursor.is_none() {
                frame.extend_from_slice(b"\x1b[?25h");
            }
        }
        self.cursor = wanted;
        frame.extend_from_slice(END);
        frame
    }
}

/// Has an area drawn whole, whatever the last frame held there.
fn uncover(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(*buffer.area()).positions() {
        buffer[position].set_diff_option(CellDiffOption::AlwaysUpdate);
    }
}

/// Puts ASCII in the place of everything else; foreign letters that have none are question marks.
fn simplify(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let first = cell.symbol().chars().next().unwrap_or(' ');
            cell.set_char(symbol::ascii(first).unwrap_or('?'));
        }
    }
}

/// Has both columns of the wide characters drawn that are gone since the last frame, and returns those of this frame.
///
/// ratatui's difference takes the second column of a wide character for a blank. Overwriting its first column blanks
/// the second on the terminal, in whatever look is set then, so it has to be drawn even where the cells are equal.
fn mend(buffer: &mut Buffer, before: &[Position]) -> Vec<Position> {
    let area = *buffer.area();
    let mut now: Vec<Position> = Vec::new();
    for (index, cell) in buffer.content().iter().enumerate() {
        if !cell.symbol().is_ascii() && cell.symbol().cell_width() > 1 {
            let (x, y) = buffer.pos_of(index);
            // What stands in the second column of another is not shown.
            let is_covered = now.last().is_some_and(|last| (last.x + 1, last.y) == (x, y));
            if !is_covered {
                now.push(Position { x, y });
            }
        }
    }
    let in_reading_order = |position: &Position| (position.y, position.x);
    let is_gone =
        |position: &&Position| now.binary_search_by_key(&in_reading_order(position), in_reading_order).is_err();
    for gone in before.iter().filter(is_gone) {
        for x in [gone.x, gone.x + 1] {
            if x < area.width && gone.y < area.height {
                buffer[(x, gone.y)].set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
    }
    now
}

#[cfg(test)]
mod tests;
