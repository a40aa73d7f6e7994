//! The security page: each requirement is met by a test that exists, or says why it isn't met.

use std::{fs, path::Path};

/// How many requirements the page answers.
pub const REQUIREMENTS: usize = 48;

/// Begins the last cell of a requirement that isn't met.
const NOT_MET: &str = "not met, because ";

/// Returns what is wrong with the table of the page in `text`, which stands in `folder`.
pub fn mistakes(text: &str, folder: &Path) -> Vec<String> {
    let rows: Vec<(usize, Vec<&str>)> = text.lines().filter_map(numbered).collect();
    let numbers: Vec<usize> = rows.iter().map(|(number, _)| *number).collect();
    let mut found = Vec::new();
    if numbers != (1..=REQUIREMENTS).collect::<Vec<_>>() {
        found.push(format!("the rows should be numbered 1 to {REQUIREMENTS}, and are {numbers:?}"));
    }
    for (number, cells) in &rows {
        let [_, requirement, how, tests] = cells[..] else {
            found.push(format!("row {number}: has {} cells instead of 4", cells.len()));
            continue;
        };
        if requirement.is_empty() || how.is_empty() {
            found.push(format!("row {number}: a cell is empty"));
        }
        if !tests.starts_with(NOT_MET) || tests.len() == NOT_MET.len() {
            found.extend(unfounded(tests, folder).into_iter().map(|it| format!("row {number}: {it}")));
        }
    }
    found
}

/// Reads a row of a table whose first cell is a number.
fn numbered(line: &str) -> Option<(usize, Vec<&str>)> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    Some((cells.first()?.parse().ok()?, cells))
}

/// Follows the links of a cell, `[test](file)`, and returns what isn't at their end.
fn unfounded(cell: &str, folder: &Path) -> Vec<String> {
    let links: Vec<(&str, &str)> = cell.split('[').skip(1).filter_map(link).collect();
    if links.is_empty() {
        return vec!["names no test, and doesn't say why".to_owned()];
    }
    links.into_iter().filter(|(test, file)| !is_test(&folder.join(file), test)).map(|it| format!("{it:?}")).collect()
}

fn link(text: &str) -> Option<(&str, &str)> {
    let (test, rest) = text.split_once("](")?;
    Some((test.trim_matches('`'), rest.split_once(')')?.0))
}

/// Says whether a file holds a test of this name: a function under an attribute that makes it one.
fn is_test(file: &Path, test: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let signature = format!("fn {test}(");
    let Some(at) = lines.iter().position(|line| line.contains(&signature)) else { return false };
    let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    attributes.filter(|line| line.starts_with("#[")).any(|line| line.contains("test"))
}
