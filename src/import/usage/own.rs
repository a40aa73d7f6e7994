//! The CSV of one's own: one row for a day, a place and a model.

use super::{Amount, Place, Tally, UsageError};
use crate::{
    domain::{guess, money::MicroDollars, name},
    import::csv::Row,
};

/// The columns that the header may name. The amounts are sums of the row: tokens, requests, dollars as the source has
/// them.
pub const COLUMNS: [&str; 13] = [
    "day",
    "provider",
    "model",
    "workflow",
    "node",
    "key",
    "department",
    "cost_centre",
    "customer",
    "input_tokens",
    "output_tokens",
    "requests",
    "recorded",
];

/// The columns that must be there.
const NEEDED: [&str; 3] = ["day", "provider", "model"];

pub(super) fn read(
    header: &[String],
    rows: impl Iterator<Item = Row>,
    tally: &mut Tally<'_>,
) -> Result<(), UsageError> {
    let columns = columns(header)?;
    for Row { line, cells } in rows {
        let refuse = |problem: String| UsageError::Row { place: format!("line {line}"), problem };
        if cells.len() > columns.len() {
            let problem = format!("it has {} cells and the header {}", cells.len(), columns.len());
            return Err(refuse(problem));
        }
        let cell = |wanted: &str| {
            let at = columns.iter().position(|name| *name == wanted);
            at.and_then(|at| cells.get(at)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
        };
        let needed = |wanted: &str| cell(wanted).ok_or_else(|| refuse(format!("it names no {wanted}")));
        let whole = |wanted: &str, default: u64| match cell(wanted) {
            None => Ok(default),
            Some(text) => text.parse::<u64>().map_err(|_| refuse(format!("{wanted} is no whole number"))),
        };
        let day = needed("day")?.parse().map_err(|_| refuse("day is no date such as 2026-11-30".to_owned()))?;
        let (provider, model) = (needed("provider")?, needed("model")?);
        let requests = whole("requests", 1)?;
        let recorded = match cell("recorded") {
            None => None,
            Some(text) => Some(dollars(text).ok_or_else(|| refuse("recorded is no amount such as 12.50".to_owned()))?),
        };
        let more = Amount { input: whole("input_tokens", 0)?, output: whole("output_tokens", 0)?, requests, recorded };
        let text = |wanted: &str| cell(wanted).map(|text| name::clean(text, "(none)"));
        let place = Place {
            day,
            provider: tally.provider(provider),
            model: name::clean(model, "model"),
            workflow: cell("workflow").and_then(|it| tally.workflow(it, requests)),
            node: text("node"),
            credential: cell("key").and_then(|it| tally.credential(it, requests)),
            department: cell("department").and_then(|it| tally.department(it, requests)),
            cost_centre: text("cost_centre"),
            customer: text("customer"),
        };
        tally.add(place, more);
    }
    Ok(())
}

/// Reads an amount in dollars with any number of decimals, rounded to a millionth.
pub(super) fn dollars(text: &str) -> Option<MicroDollars> {
    text.parse::<f64>().ok().filter(|it| *it >= 0.0).and_then(MicroDollars::from_dollars)
}

fn columns(header: &[String]) -> Result<Vec<&'static str>, UsageError> {
    let mut columns = Vec::new();
    for cell in header {
        let wanted = cell.trim().to_lowercase().replace([' ', '-'], "_");
        let wanted = match wanted.as_str() {
            "date" => "day",
            "credential" => "key",
            "cost_center" => "cost_centre",
            other => other,
        };
        let known = COLUMNS.into_iter().find(|column| *column == wanted && !columns.contains(column));
        let near =
            guess::nearest(wanted, COLUMNS).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        let found = || format!("\"{}\" is none of them, or stands twice{near}", name::printable(cell.trim()));
        columns.push(known.ok_or_else(|| UsageError::Header { found: found() })?);
    }
    match NEEDED.iter().find(|name| !columns.contains(*name)) {
        Some(lacking) => Err(UsageError::Header { found: format!("{lacking} is missing") }),
        None => Ok(columns),
    }
}
