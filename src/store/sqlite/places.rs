//! Statements of many rows without the numbers of their places.
//!
//! sqlx asks SQLite for the name of every place that it binds, and SQLite looks through all names for each: of a
//! statement with a thousand numbered places, that is nine tenths of the time. Places without a number have no name.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many places a statement has before it is worth while.
const MANY: usize = 64;

/// Returns the same statement without numbers, if it has many places and they stand in the order of their numbers.
pub(super) fn unnumbered(sql: &'static str, places: usize) -> &'static str {
    // Statements are made once and live for ever, so where one lies tells it from all others.
    static KNOWN: Mutex<Option<HashMap<(usize, usize), &'static str>>> = Mutex::new(None);
    if places < MANY {
        return sql;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(HashMap::new);
    known.entry((sql.as_ptr().addr(), sql.len())).or_insert_with(|| match without_numbers(sql, places) {
        Some(plain) => plain.leak(),
        None => sql,
    })
}

fn without_numbers(sql: &str, places: usize) -> Option<String> {
    let mut parts = sql.split('$');
    let mut plain = String::with_capacity(sql.len());
    plain.push_str(parts.next()?);
    let mut count = 0;
    for part in parts {
        count += 1;
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if part[..digits].parse() != Ok(count) {
            return None;
        }
        plain.push('?');
        plain.push_str(&part[digits..]);
    }
    (count == places).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_only_where_they_say_nothing() {
        assert_eq!(without_numbers("VALUES ($1, $2), ($3, $4)", 4).as_deref(), Some("VALUES (?, ?), (?, ?)"));
        for (sql, places) in [("$2 $1", 2), ("$1 $1", 2), ("$1 = $1", 1), ("$1 '$'", 1), ("$1", 2)] {
            assert_eq!(without_numbers(sql, places), None, "{sql}");
        }
    }

    #[test]
    fn a_statement_of_few_places_stays_as_it_is() {
        let sql = "SELECT $1";
        assert!(std::ptr::eq(unnumbered(sql, 1), sql));
    }
}
