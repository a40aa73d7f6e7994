//! Tables: columns aligned by display width; on a narrow terminal the widest columns give way, in a pipe none does.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::name::printable;

/// What stands between two columns.
const GAP: usize = 2;

/// A column that gives way keeps this much.
const LEAST: usize = 8;

/// Rows under headings. Cells are made printable when they enter.
#[derive(Clone, Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Makes an empty table.
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row<I: IntoIterator<Item = S>, S: AsRef<str>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(|cell| printable(cell.as_ref()).into_owned()).collect());
    }

    /// Says whether it has no rows.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table, with `heading` applied to the line of headings. Columns that are empty everywhere are left out.
    pub fn render(&self, terminal: Option<usize>, heading: impl Fn(&str) -> String) -> String {
        let filled = |column: usize| self.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
        let columns: Vec<usize> = (0..self.headings.len()).filter(|&column| filled(column)).collect();
        let mut widths: Vec<usize> = columns
            .iter()
            .map(|&column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
                cells.chain([self.headings[column].width()]).max().unwrap_or_default()
            })
            .collect();
        if let Some(terminal) = terminal {
            fit(&mut widths, terminal);
        }
        let heads: Vec<&str> = columns.iter().map(|&column| self.headings[column]).collect();
        let mut text = heading(&line(&heads, &widths)) + "\n";
        for row in &self.rows {
            let cells: Vec<&str> = columns.iter().map(|&column| row.get(column).map_or("", String::as_str)).collect();
            text.push_str(&line(&cells, &widths));
            text.push('\n');
        }
        text
    }
}

/// Makes the widest columns narrower until all fit, or none can give more.
fn fit(widths: &mut [usize], terminal: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > terminal {
        match widths.iter_mut().max().filter(|widest| **widest > LEAST) {
            Some(widest) => *widest -= 1,
            None => return,
        }
    }
}

fn line(cells: &[&str], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        let cell = cut(cell, width);
        let blanks = width.saturating_sub(cell.width()) + GAP;
        text.push_str(&cell);
        text.extend(std::iter::repeat_n(' ', blanks));
    }
    text.truncate(text.trim_end().len());
    text
}

/// Cuts a text to a display width; what is cut ends with `…`.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or_default();
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["name", "note", "owner"]);
        table.row(["完蛋", "", "system"]);
        table.row(["a long name of something", "", "x\u{1b}[31m"]);
        table
    }

    #[test]
    fn columns_align_by_width_and_empty_ones_are_left_out() {
        let text = table().render(None, str::to_owned);
        let expected = "name                      owner\n完蛋                      system\n\
                        a long name of something  x\u{fffd}[31m\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_column() {
        let text = table().render(Some(20), str::to_owned);
        assert!(text.lines().all(|line| line.width() <= 20), "{text}");
        assert!(text.contains("a long name…"), "{text}");
    }
}
