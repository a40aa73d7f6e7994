//! `LiteLLM`'s spend logs: one row for a request. Its table is `LiteLLM_SpendLogs`; times are UTC.
//!
//! A team is a department, an end user a customer. A tag `Credential: NAME`, which the proxy adds itself, names the key,
//! and a tag `workflow:NAME` the workflow. Hashes of the proxy's own keys, messages and answers are not read.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{Amount, Place, Tally, UsageError, own::dollars};
use crate::{
    domain::{money::MicroDollars, name},
    import::csv::Row,
};

/// Columns by which the CSV of the table is known.
const TELLING: [&str; 3] = ["request_id", "spend", "starttime"];

/// One request, as far as it matters.
#[derive(Default)]
struct Request {
    time: String,
    model: String,
    provider: String,
    input: Option<u64>,
    output: Option<u64>,
    spend: Option<MicroDollars>,
    team: String,
    end_user: String,
    tags: Vec<String>,
}

pub(super) fn is_header(cells: &[String]) -> bool {
    let cells: Vec<String> = cells.iter().map(|cell| cell.trim().to_lowercase()).collect();
    TELLING.iter().all(|name| cells.iter().any(|cell| cell == name))
}

pub(super) fn read_csv(
    header: &[String],
    rows: impl Iterator<Item = Row>,
    tally: &mut Tally<'_>,
) -> Result<(), UsageError> {
    let places: HashMap<String, usize> =
        header.iter().enumerate().map(|(at, cell)| (cell.trim().to_lowercase(), at)).collect();
    for Row { line, cells } in rows {
        let cell = |name: &str| places.get(name).and_then(|at| cells.get(*at)).map_or("", |cell| cell.trim());
        let number = |name: &str| Some(cell(name)).filter(|it| !it.is_empty()).map(|it| it.parse().ok());
        let request = Request {
            time: cell("starttime").to_owned(),
            model: cell("model").to_owned(),
            provider: cell("custom_llm_provider").to_owned(),
            input: number("prompt_tokens").unwrap_or(Some(0)),
            output: number("completion_tokens").unwrap_or(Some(0)),
            spend: Some(cell("spend")).filter(|it| !it.is_empty()).and_then(dollars),
            team: cell("team_id").to_owned(),
            end_user: cell("end_user").to_owned(),
            tags: tags(&serde_json::from_str(cell("request_tags")).unwrap_or_default()),
        };
        take(&request, &format!("line {line}"), tally)?;
    }
    Ok(())
}

pub(super) fn read_json(bytes: &[u8], tally: &mut Tally<'_>) -> Result<(), UsageError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let rows = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(rows)) => rows,
        Ok(Value::Object(mut whole)) => match whole.remove("data") {
            Some(Value::Array(rows)) => rows,
            _ => vec![Value::Object(whole)],
        },
        // One object a line.
        _ => {
            let lines = bytes.split(|byte| *byte == b'\n').enumerate();
            let filled = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
            filled
                .map(|(at, line)| serde_json::from_slice(line).map_err(|_| UsageError::Json { line: at + 1 }))
                .collect::<Result<_, _>>()?
        }
    };
    for (at, row) in rows.iter().enumerate() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("").trim().to_owned();
        let count = |name: &str| match row.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(value) => value.as_u64(),
        };
        let time = row.get("startTime").or_else(|| row.get("start_time"));
        let time = match time {
            Some(Value::Number(seconds)) => {
                seconds.as_f64().and_then(since_1970).map_or(String::new(), |it| it.to_string())
            }
            other => other.and_then(Value::as_str).unwrap_or("").to_owned(),
        };
        let request = Request {
            time,
            model: text("model"),
            provider: text("custom_llm_provider"),
            input: count("prompt_tokens"),
            output: count("completion_tokens"),
            spend: row
                .get("spend")
                .and_then(Value::as_f64)
                .filter(|it| *it >= 0.0)
                .and_then(MicroDollars::from_dollars),
            team: text("team_id"),
            end_user: text("end_user"),
            tags: tags(row.get("request_tags").unwrap_or(&Value::Null)),
        };
        take(&request, &format!("row {}", at + 1), tally)?;
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "a second that does not fit is no time and refused")]
fn since_1970(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}

/// Returns the tags, which stand as a list or as the text of one.
fn tags(value: &Value) -> Vec<String> {
    match value {
        Value::Array(tags) => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(list @ Value::Array(_)) => tags(&list),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn take(request: &Request, place: &str, tally: &mut Tally<'_>) -> Result<(), UsageError> {
    let refuse = |problem: &str| UsageError::Row { place: place.to_owned(), problem: problem.to_owned() };
    let day = day(&request.time).ok_or_else(|| refuse("startTime is no time such as 2026-11-30T12:00:00Z"))?;
    let (Some(input), Some(output)) = (request.input, request.output) else {
        return Err(refuse("its tokens are no whole numbers"));
    };
    let (prefix, bare) = match request.model.split_once('/') {
        Some((prefix, bare)) => (prefix, bare),
        None => ("", request.model.as_str()),
    };
    let provider = if request.provider.is_empty() { prefix } else { &request.provider };
    let model =
        if prefix.is_empty() || tally.provider(prefix) == tally.provider(provider) { bare } else { &request.model };
    if model.is_empty() || provider.is_empty() {
        return Err(refuse("it names no model, or nobody whose it is"));
    }
    let named =
        |begin: &str| request.tags.iter().find_map(|tag| tag.strip_prefix(begin)).map(|it| it.trim().to_owned());
    let filled = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| name::clean(text, "(none)"));
    let line = Place {
        day,
        provider: tally.provider(provider),
        model: name::clean(model, "model"),
        workflow: named("workflow:").and_then(|it| tally.workflow(&it, 1)),
        node: None,
        credential: named("Credential:").and_then(|it| tally.credential(&it, 1)),
        department: filled(&request.team).and_then(|it| tally.department(&it, 1)),
        cost_centre: None,
        customer: filled(&request.end_user),
    };
    tally.add(line, Amount { input, output, requests: 1, recorded: request.spend });
    Ok(())
}

/// Reads the UTC day of a time; one without an offset is UTC already.
fn day(time: &str) -> Option<Date> {
    let time = time.trim().trim_matches('"');
    if let Ok(instant) = time.parse::<Timestamp>() {
        return Some(instant.to_zoned(TimeZone::UTC).date());
    }
    time.parse::<jiff::civil::DateTime>().map(jiff::civil::DateTime::date).ok().filter(|_| time.len() >= 10)
}
