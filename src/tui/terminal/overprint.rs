//! What is painted over a frame: text that no frame, and so no picture of the screen that is kept, may hold.

use ratatui::{
    layout::{Position, Rect},
    style::Style,
};
use unicode_width::UnicodeWidthChar as _;

use super::encode::Encoder;
use crate::domain::name::is_unprintable;

/// Texts that are painted over a frame, in areas that the frame itself leaves blank.
#[derive(Clone)]
pub struct Overprint<'a> {
    /// Another number means other texts.
    pub mark: u64,
    /// How they look.
    pub style: Style,
    /// The texts, and where each is wrapped into.
    pub pieces: Vec<(Rect, &'a str)>,
}

impl Overprint<'_> {
    /// Returns where it stands, and which it is.
    pub(super) fn place(&self) -> Place {
        Place { mark: self.mark, areas: self.pieces.iter().map(|(area, _)| *area).collect() }
    }

    /// Returns more bytes than painting it takes: a buffer that grows leaves copies behind.
    pub(super) fn room(&self) -> usize {
        let each = |(area, text): &(Rect, &str)| 4 * text.len() + 32 * (usize::from(area.height) + 1);
        self.pieces.iter().map(each).sum::<usize>() + 64
    }

    /// Paints it. What a terminal would obey is shown as a mark, and what does not fit is left out.
    pub(super) fn paint(&self, encoder: &mut Encoder) {
        encoder.reserve(self.room());
        for (area, text) in &self.pieces {
            let (mut x, mut y) = (0, 0);
            for letter in text.chars() {
                if letter == '\n' {
                    (x, y) = (0, y + 1);
                    continue;
                }
                let letter = if is_unprintable(letter) { '\u{fffd}' } else { letter };
                let width = u16::try_from(letter.width().unwrap_or(0)).unwrap_or(0);
                if x + width > area.width {
                    (x, y) = (0, y + 1);
                }
                if y >= area.height || width > area.width {
                    break;
                }
                encoder.letter(Position { x: area.x + x, y: area.y + y }, letter, self.style);
                x += width;
            }
        }
    }
}

/// Where an overprint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    mark: u64,
    pub(super) areas: Vec<Rect>,
}
