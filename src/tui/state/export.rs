//! Exports of what is on the screen: the rows that pass the filter, in their order, with the columns that are chosen.
//!
//! Screens hold no secret, so neither does an export.

use std::fmt::Write as _;

use super::{
    State,
    columns::chosen,
    matrix::{Cell as MatrixCell, Given, told},
    overview::Line,
    route::Screen,
    table::{Cell, TREE, columns},
    tree::{Spot, label},
};
use crate::{
    domain::{money::MicroDollars, name::printable},
    emit::csv,
    ops::view::View,
    tui::{
        action::Availability,
        view::{preview_rows, tree_cells},
    },
};

/// The most that is sent to a clipboard: terminals cut off more without a word.
pub const CLIPBOARD: usize = 74_994;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, with heads.
    Csv,
    /// A list of objects.
    Json,
    /// A table in Markdown.
    Markdown,
}

impl Format {
    /// The words for formats, as they are typed.
    pub const WORDS: [(&'static str, Self, &'static str); 3] = [
        ("csv", Self::Csv, "for a spreadsheet"),
        ("json", Self::Json, "for a program"),
        ("md", Self::Markdown, "for a page or a ticket"),
    ];

    /// Reads a word.
    pub fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word)).map(|(_, format, _)| *format)
    }
}

/// What is exported: heads, and cells below them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the columns.
    pub heads: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// Says whether what is on the screen can be exported.
pub fn availability(state: &State) -> Availability {
    let unread = match &state.route().screen {
        Screen::Overview => state.attention.found.is_none(),
        Screen::Matrix => state.grid.found.is_none(),
        Screen::Costs(_) => state.cost_answer().is_none(),
        Screen::Preview(_) => state.view().is_none_or(|view| preview_rows(state, view).is_empty()),
        _ => false,
    };
    if unread { Availability::No("there is nothing on the screen yet".to_owned()) } else { Availability::Yes }
}

/// Returns what is on the screen.
pub fn sheet(state: &State) -> Sheet {
    match state.route().screen {
        Screen::Workflows => tree(state),
        Screen::Changes => changes(state),
        Screen::Overview => findings(state),
        Screen::Matrix => matrix(state),
        Screen::Preview(_) => preview(state),
        _ => list(state),
    }
}

/// What needs attention, as far as the filter shows it: each finding on a line, whether or not its group is open.
fn findings(state: &State) -> Sheet {
    let Some(overview) = &state.attention.found else { return Sheet::default() };
    let row = |at: usize| {
        let finding = overview.lint.findings.get(at)?;
        let mend = if finding.suggestion.changes().is_empty() { "" } else { "yes" };
        let (place, sentence) = (overview.places.get(at)?, overview.sentences.get(at)?);
        Some([finding.severity.word(), finding.code.word(), place, sentence, mend].map(str::to_owned).to_vec())
    };
    let is_filtered = !state.route().filter.text().is_empty();
    let numbers: Vec<usize> = if is_filtered {
        let shown = state.attention.lines.iter();
        shown.filter_map(|line| if let Line::Finding(at) = line { Some(*at) } else { None }).collect()
    } else {
        (0..overview.lint.findings.len()).collect()
    };
    let heads = ["severity", "code", "finding", "what is wrong", "can be mended"].map(str::to_owned).to_vec();
    Sheet { heads, rows: numbers.into_iter().filter_map(row).collect() }
}

/// The workflows that the filter shows, by every provider that any node calls.
fn matrix(state: &State) -> Sheet {
    let (Some(found), Some(view)) = (&state.grid.found, state.ground()) else { return Sheet::default() };
    let row = |at: &u32| {
        let row = *at as usize;
        let name = view.workflow(found.rows.get(row)?.workflow)?.name.to_string();
        let cell = |column: usize| found.cell(row, column).map_or_else(String::new, |cell| given(view, cell));
        Some(std::iter::once(name).chain((0..found.columns.len()).map(cell)).collect())
    };
    let providers = found.columns.iter().map(|column| view.provider_slug(column.provider).to_string());
    Sheet {
        heads: std::iter::once("workflow".to_owned()).chain(providers).collect(),
        rows: state.grid.shown.iter().filter_map(row).collect(),
    }
}

/// Says what nodes get where no sign and no colour says whether it is a key.
fn given(view: &View, cell: &MatrixCell) -> String {
    let (_, words, _) = told(view, cell);
    match cell.given {
        Given::Pool(_) => format!("pool {words}"),
        Given::Key(_) | Given::Nothing(None) => words,
        Given::Nothing(Some(_)) => format!("no key: {words}"),
        Given::Several => format!("not all the same: {words}"),
    }
}

/// The cascade of the place that is previewed, in the order in which it stands.
fn preview(state: &State) -> Sheet {
    let heads = ["node", "layer", "target", "what became of it", "why"].map(str::to_owned).to_vec();
    let rows = state.view().map(|view| preview_rows(state, view)).unwrap_or_default();
    Sheet { heads, rows }
}

fn list(state: &State) -> Sheet {
    let heads = columns(&state.route().screen);
    let shown: Vec<usize> = chosen(state).shown().collect();
    let rows = (0..state.table.order.len()).filter_map(|line| state.table.cells(line));
    let cells = |row: &[Cell]| shown.iter().map(|column| row.get(*column).map_or_else(String::new, exported)).collect();
    Sheet {
        heads: shown.iter().map(|column| heads[*column].field.to_owned()).collect(),
        rows: rows.map(cells).collect(),
    }
}

/// The visible rows of the tree; a name stands behind the names that it hangs under.
fn tree(state: &State) -> Sheet {
    let Some(view) = state.view() else { return Sheet::default() };
    let mut path: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(state.tree_rows.len());
    for row in &state.tree_rows {
        path.truncate(usize::from(row.depth));
        path.push(label(view, row.spot));
        let kind = match row.spot {
            Spot::Department(_) => "department",
            Spot::App(..) => "app",
            Spot::Workflow(_) => "workflow",
            Spot::Node(_) => "node",
        };
        rows.push([vec![kind.to_owned(), path.join(" / ")], tree_cells(state, view, row)].concat());
    }
    let heads = ["kind"].into_iter().chain(TREE.iter().map(|head| head.field));
    Sheet { heads: heads.map(str::to_owned).collect(), rows }
}

fn changes(state: &State) -> Sheet {
    let Some(ground) = state.view() else { return Sheet::default() };
    let changes: Vec<_> = state.staging.changes.iter().map(|(_, change)| change.clone()).collect();
    let after = ground.with_changes(&changes);
    let words = ground.words(&after);
    let rows = state.staging.changes.iter().map(|(number, change)| vec![number.to_string(), words.sentence(change)]);
    Sheet { heads: vec!["number".to_owned(), "staged change".to_owned()], rows: rows.collect() }
}

impl Sheet {
    /// Writes the sheet.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Csv => self.csv(),
            Format::Json => self.json(),
            Format::Markdown => self.markdown(),
        }
    }

    fn csv(&self) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.heads).chain(&self.rows) {
            csv::row(&mut text, row.iter().map(|cell| printable(cell)));
        }
        text
    }

    fn json(&self) -> String {
        let object = |row: &Vec<String>| {
            let cells = self.heads.iter().zip(row).map(|(head, cell)| (head.clone(), cell.clone().into()));
            serde_json::Value::Object(cells.collect())
        };
        let rows: Vec<serde_json::Value> = self.rows.iter().map(object).collect();
        let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
        text.push('\n');
        text
    }

    fn markdown(&self) -> String {
        let cell = |text: &String| printable(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
        let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
        let mut text = line(&self.heads);
        let _ = writeln!(text, "|{}", " --- |".repeat(self.heads.len()));
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }
}

/// Returns what a cell exports: an amount or a number whole and without signs for people, anything else as it stands.
fn exported(cell: &Cell) -> String {
    let text = &cell.text;
    let digits = text.strip_suffix(['k', 'M']).unwrap_or(text).replace(',', "");
    match cell.rank {
        Some(rank) if text.starts_with('$') || text.starts_with("-$") => MicroDollars(rank).to_string(),
        Some(rank) if digits.parse::<u64>().is_ok() => rank.to_string(),
        _ => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        Sheet {
            heads: vec!["key".to_owned(), "note".to_owned()],
            rows: vec![row(["=HYPERLINK(\"http://x\")", "-5"]), row(["a|b", "one, \"two\""]), row(["@sum", "-"])],
        }
    }

    #[test]
    fn a_spreadsheet_calculates_nothing_of_what_others_wrote() {
        assert_eq!(
            sheet().write(Format::Csv),
            "key,note\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-5\r\na|b,\"one, \"\"two\"\"\"\r\n'@sum,-\r\n"
        );
    }

    #[test]
    fn amounts_are_exported_whole() {
        let cell =
            |text: &str, rank| exported(&Cell { text: text.to_owned(), role: crate::tui::theme::Role::Text, rank });
        assert_eq!(cell("-$1,234.56", Some(-1_234_567_890)), "-1234.56789");
        assert_eq!(cell("1,036M", Some(1_036_558_123)), "1036558123");
        assert_eq!(cell("unknown", None), "unknown");
        assert_eq!(cell("in 12 days", Some(7)), "in 12 days");
    }

    #[test]
    fn json_and_markdown_hold_the_same() {
        let read: serde_json::Value = serde_json::from_str(&sheet().write(Format::Json)).unwrap();
        assert_eq!(read[1]["note"], "one, \"two\"");
        assert!(sheet().write(Format::Markdown).contains("| a\\|b | one, \"two\" |"));
    }
}
