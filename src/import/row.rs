//! Rows of foreign databases: every value as text, found by the name of its column.
//!
//! A column that an older schema lacks reads as empty, as NULL does: both mean that nobody said.

use zeroize::Zeroizing;

/// One row: the values of the columns that were asked for.
pub struct Row {
    columns: &'static [&'static str],
    values: Vec<Zeroizing<String>>,
}

impl Row {
    /// Returns the value of a column, trimmed; empty for NULL and for a column that is not there.
    pub fn get(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.values.get(at)).map_or("", |value| value.trim())
    }

    /// Returns the value of a column as a whole number.
    pub fn number(&self, column: &str) -> Option<i64> {
        self.get(column).parse().ok()
    }

    /// Makes a row of values in the order of the columns.
    pub const fn new(columns: &'static [&'static str], values: Vec<Zeroizing<String>>) -> Self {
        Self { columns, values }
    }

    /// Says whether the value of a column is true, as both engines write it.
    pub fn is(&self, column: &str) -> bool {
        matches!(self.get(column), "true" | "t" | "1")
    }

    /// Makes a row of texts, as tests have them.
    pub fn of(columns: &'static [&'static str], values: &[&str]) -> Self {
        Self { columns, values: values.iter().map(|it| Zeroizing::new((*it).to_owned())).collect() }
    }
}
