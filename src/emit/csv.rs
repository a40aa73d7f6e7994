//! CSV that spreadsheets open (RFC 4180), in which no cell is taken for a formula.

use std::borrow::Cow;

/// What a cell must not begin with: spreadsheets would compute it, and a name from outside may be anything.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Adds a row to a text.
pub fn row<S: AsRef<str>>(text: &mut String, cells: impl IntoIterator<Item = S>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let cell = harmless(cell.as_ref());
        if cell.contains([',', ';', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
}

/// Puts a quote before what would be a formula; a number is none, nor the dash that stands for nothing.
fn harmless(cell: &str) -> Cow<'_, str> {
    let is_number = cell == "-" || cell.parse::<f64>().is_ok_and(f64::is_finite);
    let begins = cell.trim_start_matches(' ').starts_with(FORMULA) || cell.starts_with('\n');
    if begins && !is_number { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut text = String::new();
        row(&mut text, cells);
        text
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(written(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            written(&["a,b", "say \"hi\"", "two\nlines", "x;y"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"x;y\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for evil in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"] {
            assert!(written(&[evil]).trim_start_matches('"').starts_with('\''), "{evil:?}");
        }
        assert_eq!(written(&["-12.50", "+1", "12.40", "a=b", "1-2", "-"]), "-12.50,+1,12.40,a=b,1-2,-\r\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec("[ -~äß完\n\"]{0,12}", 1..6)) {
            let mut text = String::new();
            row(&mut text, ["head,er".to_owned()].iter().chain(&cells));
            let rows = crate::import::csv::read(text.as_bytes(), 1 << 20).unwrap();
            let expected: Vec<String> = cells.iter().map(|cell| harmless(cell).into_owned()).collect();
            prop_assert_eq!(&rows[0].cells[1..], expected.as_slice());
        }
    }
}
