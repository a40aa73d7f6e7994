//! A frame as an SVG image: a window with a title bar, backgrounds as rectangles, runs of text on a grid of cells.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

use super::rows;
use crate::tui::terminal::colour::rgb;

/// A cell, in pixels: the advance of common monospace fonts is 0.6 of their size.
const CELL: (f64, f64) = (8.4, 18.0);
const FONT: f64 = 14.0;
/// How far the baseline is below a cell's top.
const BASELINE: f64 = 13.5;
const MARGIN: f64 = 12.0;
const TITLE_BAR: f64 = 30.0;

type Rgb = [u8; 3];

/// What a run of cells has in common.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    foreground: Rgb,
    background: Rgb,
    attributes: Modifier,
}

/// Draws a frame; `foreground` and `background` stand for the terminal's own colours.
///
/// Every run of text is stretched to its cells, so that columns stay straight whatever font the reader has. The text
/// stays text: it can be selected and searched, and a screen reader reads it.
pub fn svg(buffer: &Buffer, title: &str, foreground: Rgb, background: Rgb) -> String {
    let (columns, lines) = (f64::from(buffer.area().width), f64::from(buffer.area().height));
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, lines * CELL.1 + TITLE_BAR + 2.0 * MARGIN);
    let mut out = Svg(String::new());
    out.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:.1} {height:.1}" width="{width:.0}" height="{height:.0}" role="img" aria-label="{}">"#,
        escaped(title)
    ));
    out.line(format_args!(
        r#"<style>text{{font:{FONT}px ui-monospace,"SF Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}}</style>"#
    ));
    out.line(format_args!(r#"<rect width="{width:.1}" height="{height:.1}" rx="9" fill="{}"/>"#, hex(background)));
    for (index, colour) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = MARGIN + 6.0 + 18.0 * f64::from(u8::try_from(index).unwrap_or(0));
        out.line(format_args!(r#"<circle cx="{x}" cy="17" r="5.5" fill="{colour}"/>"#));
    }
    out.line(format_args!(
        r#"<text x="{:.1}" y="21.5" text-anchor="middle" fill="{}" fill-opacity="0.75">{}</text>"#,
        width / 2.0,
        hex(foreground),
        escaped(title)
    ));
    for (y, row) in rows(buffer).enumerate() {
        let top = TITLE_BAR + MARGIN + CELL.1 * f64::from(u16::try_from(y).unwrap_or(u16::MAX));
        for (x, columns, look, text) in runs(&row, foreground, background) {
            out.run((MARGIN + CELL.0 * f64::from(x), top), columns, look, &text, background);
        }
    }
    out.0.push_str("</svg>\n");
    out.0
}

/// Joins neighbouring cells of one look: first column, columns, look, text.
fn runs(row: &[(u16, &Cell)], foreground: Rgb, background: Rgb) -> Vec<(u16, u16, Look, String)> {
    let mut runs: Vec<(u16, u16, Look, String)> = Vec::new();
    for (x, cell) in row {
        let columns = cell.symbol().cell_width().max(1);
        let look = look(cell, foreground, background);
        match runs.last_mut() {
            // A wide character stands alone: fonts disagree about its width.
            Some((_, length, same, text)) if *same == look && columns == 1 && *length == width_of(text) => {
                *length += 1;
                text.push_str(cell.symbol());
            }
            _ => runs.push((*x, columns, look, cell.symbol().to_owned())),
        }
    }
    runs
}

/// Counts the characters of a run of narrow ones.
fn width_of(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}

fn look(cell: &Cell, foreground: Rgb, background: Rgb) -> Look {
    let resolve = |colour: Color, default| rgb(colour).unwrap_or(default);
    let (mut fg, mut bg) = (resolve(cell.fg, foreground), resolve(cell.bg, background));
    if cell.modifier.contains(Modifier::REVERSED) {
        (fg, bg) = (bg, fg);
    }
    Look { foreground: fg, background: bg, attributes: cell.modifier }
}

/// An image that is being written.
struct Svg(String);

impl Svg {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{text}").expect("writing to memory cannot fail");
    }

    fn run(&mut self, (x, y): (f64, f64), columns: u16, look: Look, text: &str, ground: Rgb) {
        let width = CELL.0 * f64::from(columns);
        if look.background != ground {
            self.line(format_args!(
                r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{}"/>"#,
                CELL.1,
                hex(look.background)
            ));
        }
        let lines = Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        if text.trim().is_empty() && !look.attributes.intersects(lines) {
            return;
        }
        let mut style = String::new();
        for (attribute, property) in [
            (Modifier::BOLD, r#" font-weight="bold""#),
            (Modifier::DIM, r#" fill-opacity="0.6""#),
            (Modifier::ITALIC, r#" font-style="italic""#),
        ] {
            if look.attributes.contains(attribute) {
                style.push_str(property);
            }
        }
        let decoration = [(Modifier::UNDERLINED, "underline"), (Modifier::CROSSED_OUT, "line-through")]
            .into_iter()
            .filter(|(attribute, _)| look.attributes.contains(*attribute))
            .map(|(_, name)| name)
            .collect::<Vec<_>>();
        if !decoration.is_empty() {
            write!(style, r#" text-decoration="{}""#, decoration.join(" ")).expect("writing to memory cannot fail");
        }
        self.line(format_args!(
            r#"<text x="{x:.1}" y="{:.1}" textLength="{width:.1}" lengthAdjust="spacingAndGlyphs" fill="{}"{style}>{}</text>"#,
            y + BASELINE,
            hex(look.foreground),
            escaped(text)
        ));
    }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
