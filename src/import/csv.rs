//! CSV as spreadsheets write it (RFC 4180): commas or semicolons, quotes doubled inside quotes, any line end.

use thiserror::Error;

/// One row and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub line: usize,
    /// The cells, without their quotes.
    pub cells: Vec<String>,
}

/// Why bytes are no CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CsvError {
    /// The file is too large.
    #[error("is larger than {} MiB; check that it is the right file", bytes >> 20)]
    TooLarge {
        /// The most bytes that are read.
        bytes: usize,
    },
    /// The bytes are no UTF-8.
    #[error("is not UTF-8 text; save it as \"CSV UTF-8\"")]
    NotUtf8,
    /// A quote is never closed.
    #[error("opens a quote in line {line} that is never closed; close it")]
    OpenQuote {
        /// The line of the opening quote.
        line: usize,
    },
    /// Text follows a closing quote.
    #[error("goes on after a closing quote in line {line}; double the quotes inside a cell")]
    AfterQuote {
        /// The line.
        line: usize,
    },
}

/// Reads all rows but blank ones, of a file of at most `largest` bytes. Semicolons separate if the first line has some
/// and no comma.
pub fn read(bytes: &[u8], largest: usize) -> Result<Vec<Row>, CsvError> {
    if bytes.len() > largest {
        return Err(CsvError::TooLarge { bytes: largest });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CsvError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or("");
    let separator = if first.contains(';') && !first.contains(',') { ';' } else { ',' };
    let mut reader = Reader { rest: text, line: 1, separator };
    let mut rows = Vec::new();
    while !reader.rest.is_empty() {
        let row = reader.row()?;
        if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl Reader<'_> {
    fn row(&mut self) -> Result<Row, CsvError> {
        let mut row = Row { line: self.line, cells: Vec::new() };
        loop {
            let cell = self.cell()?;
            row.cells.push(cell);
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
            } else {
                let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
                self.rest = rest.strip_prefix('\n').unwrap_or(rest);
                self.line += 1;
                return Ok(row);
            }
        }
    }

    /// Reads one cell, up to a separator, a line end or the end.
    fn cell(&mut self) -> Result<String, CsvError> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([self.separator, '\r', '\n']).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Ok(cell.to_owned());
        };
        let (opened, mut cell) = (self.line, String::new());
        self.rest = quoted;
        loop {
            let (part, rest) = self.rest.split_once('"').ok_or(CsvError::OpenQuote { line: opened })?;
            cell.push_str(part);
            self.line += part.matches('\n').count();
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix('"') {
                cell.push('"');
                self.rest = rest;
            } else if rest.is_empty() || rest.starts_with([self.separator, '\r', '\n']) {
                return Ok(cell);
            } else {
                return Err(CsvError::AfterQuote { line: self.line });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<(usize, Vec<String>)> {
        read(text.as_bytes(), 1 << 20).unwrap().into_iter().map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        let expected = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        let rows = [expected(1, ["a", "b"]), expected(3, ["x, \"y\"\n", ""]), expected(5, ["z", "w"])];
        assert_eq!(cells("a,b\n\n\"x, \"\"y\"\"\n\",\nz,w"), rows);
        assert_eq!(cells("\u{feff}a;b\r\nx;y, z\r\n"), [expected(1, ["a", "b"]), expected(2, ["x", "y, z"])]);
        assert!(cells("").is_empty() && cells("\n,,\n").is_empty());
    }

    #[test]
    fn faults_have_their_line() {
        assert_eq!(read(b"a\n\"b\n\n", 99), Err(CsvError::OpenQuote { line: 2 }));
        assert_eq!(read(b"a\n\"b\nc\"d", 99), Err(CsvError::AfterQuote { line: 3 }));
        assert_eq!(read(b"\xff", 99), Err(CsvError::NotUtf8));
        assert_eq!(read(&[b'a'; 100], 99), Err(CsvError::TooLarge { bytes: 99 }));
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(rows in proptest::collection::vec(proptest::collection::vec(".{1,8}[x\n\r\",;]", 2..4), 1..5)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            // A header with a comma, so that the separator is known.
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",");
            let text = format!("a,b\n{}", rows.iter().map(line).collect::<Vec<_>>().join("\n"));
            let read: Vec<_> = cells(&text).into_iter().skip(1).map(|(_, cells)| cells).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, 1 << 20);
        }
    }
}
