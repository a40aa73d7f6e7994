//! Usage: what was used on which day, from a CSV of one's own or from `LiteLLM`'s spend logs.
//!
//! The CSV has a header with any of [`COLUMNS`], in any order; `day`, `provider` and `model` must be there. Spend logs are
//! JSON (a list, `{"data": […]}`, or one object a line) or the CSV of the same table; they are summed up by day.
//! What a file says of a workflow, key or department that is not here is told, and the line comes in without it: what
//! was spent was spent. A row that can't be read refuses the whole file, since it may be a bill.

mod logs;
mod own;

use std::collections::BTreeMap;

use jiff::civil::Date;
use thiserror::Error;

use super::{
    csv::{self, CsvError},
    report::Report,
};
use crate::domain::{
    Text, catalogue::Catalogue, credential::Credential, fact::Usage, id::Id, money::MicroDollars, name,
    people::Department, workflow::Workflow,
};

pub use self::own::COLUMNS;

/// The largest file, in bytes.
pub const LARGEST: usize = 64 << 20;

/// What a file of usage holds.
pub struct UsageFile {
    /// What kind of source it is: `usage` or `litellm`.
    pub kind: &'static str,
    /// The lines, one for each day and place.
    pub lines: Vec<Usage>,
    /// What there is to tell.
    pub report: Report,
}

/// Why a file holds no usage that can be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsageError {
    /// It is larger than [`LARGEST`].
    #[error("it is larger than 64 MiB; split it by days")]
    TooLarge,
    /// It is no CSV.
    #[error("it {0}")]
    Csv(#[from] CsvError),
    /// The header names no known column, or lacks one.
    #[error("its first line must name the columns day, provider and model, and any of {}; {found}", COLUMNS.join(", "))]
    Header {
        /// What is wrong with it.
        found: String,
    },
    /// It is no JSON.
    #[error("line {line}: it is no JSON; export LiteLLM's spend logs again")]
    Json {
        /// The line.
        line: usize,
    },
    /// A row can't be read.
    #[error("{place}: {problem}; nothing was taken, correct the row and import again")]
    Row {
        /// Where it stands: `line 7`, `row 7`.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// It holds nothing.
    #[error("it holds no row; check that it is the right file")]
    Empty,
}

/// Reads a file of either kind.
pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<UsageFile, UsageError> {
    if bytes.len() > LARGEST {
        return Err(UsageError::TooLarge);
    }
    let mut tally = Tally { catalogue, lines: BTreeMap::new(), strangers: BTreeMap::new() };
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte));
    let kind = if matches!(first, Some(b'[' | b'{')) {
        logs::read_json(bytes, &mut tally)?;
        "litellm"
    } else {
        let mut rows = csv::read(bytes, LARGEST)?.into_iter();
        let header = rows.next().ok_or(UsageError::Empty)?;
        if logs::is_header(&header.cells) {
            logs::read_csv(&header.cells, rows, &mut tally)?;
            "litellm"
        } else {
            own::read(&header.cells, rows, &mut tally)?;
            "usage"
        }
    };
    if tally.lines.is_empty() {
        return Err(UsageError::Empty);
    }
    let mut report = Report::default();
    for ((what, called), requests) in std::mem::take(&mut tally.strangers) {
        let sentence = format!("there is no {what} \"{called}\"; its {requests} requests came in without one");
        report.warn(file, sentence);
    }
    Ok(UsageFile { kind, lines: tally.into_lines(), report })
}

/// What one line is summed up by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    day: Date,
    provider: String,
    model: String,
    workflow: Option<Id<Workflow>>,
    node: Option<String>,
    credential: Option<Id<Credential>>,
    department: Option<Id<Department>>,
    cost_centre: Option<String>,
    customer: Option<String>,
}

/// What one row adds.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    input: u64,
    output: u64,
    requests: u64,
    recorded: Option<MicroDollars>,
}

/// The sums so far, and what was met that is not here.
struct Tally<'a> {
    catalogue: &'a Catalogue,
    lines: BTreeMap<Place, Amount>,
    strangers: BTreeMap<(&'static str, String), u64>,
}

impl Tally<'_> {
    fn add(&mut self, place: Place, more: Amount) {
        let sum = self.lines.entry(place).or_default();
        sum.input = sum.input.saturating_add(more.input);
        sum.output = sum.output.saturating_add(more.output);
        sum.requests = sum.requests.saturating_add(more.requests);
        sum.recorded = match (sum.recorded, more.recorded) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }

    fn stranger(&mut self, what: &'static str, called: &str, requests: u64) {
        let sum = self.strangers.entry((what, name::clean(called, "(none)"))).or_default();
        *sum = sum.saturating_add(requests);
    }

    /// Finds a workflow by name, id or foreign id.
    fn workflow(&mut self, called: &str, requests: u64) -> Option<Id<Workflow>> {
        let table = self.catalogue.workflows();
        let found = table.named(called).or_else(|| called.parse().ok().and_then(|id| table.find(Id::new(id))));
        let found =
            found.or_else(|| table.iter().find(|(_, it)| it.foreign_id.as_deref() == Some(called)).map(|(ix, _)| ix));
        if found.is_none() {
            self.stranger("workflow", called, requests);
        }
        found.map(|ix| table.id(ix))
    }

    fn credential(&mut self, called: &str, requests: u64) -> Option<Id<Credential>> {
        let table = self.catalogue.credentials();
        let found = table.named(called).or_else(|| called.parse().ok().and_then(|id| table.find(Id::new(id))));
        let foreign = format!("litellm:credential:{called}");
        let found = found.or_else(|| {
            table.iter().find(|(_, it)| it.foreign_id.as_deref() == Some(foreign.as_str())).map(|(ix, _)| ix)
        });
        if found.is_none() {
            self.stranger("key", called, requests);
        }
        found.map(|ix| table.id(ix))
    }

    fn department(&mut self, called: &str, requests: u64) -> Option<Id<Department>> {
        let table = self.catalogue.departments();
        let foreign = format!("litellm:team:{called}");
        let found = table.named(called).or_else(|| {
            table.iter().find(|(_, it)| it.foreign_id.as_deref() == Some(foreign.as_str())).map(|(ix, _)| ix)
        });
        if found.is_none() {
            self.stranger("department", called, requests);
        }
        found.map(|ix| table.id(ix))
    }

    fn provider(&self, raw: &str) -> String {
        name::clean(&self.catalogue.vocabulary().canonical(raw), "unknown")
    }

    fn into_lines(self) -> Vec<Usage> {
        let text = |it: Option<String>| it.map(Text::from);
        let line = |(place, sum): (Place, Amount)| Usage {
            day: place.day,
            workflow: place.workflow,
            node: text(place.node),
            provider: place.provider.into(),
            model: place.model.into(),
            credential: place.credential,
            estimate: false,
            department: place.department,
            cost_centre: text(place.cost_centre),
            customer: text(place.customer),
            input_tokens: sum.input,
            output_tokens: sum.output,
            requests: sum.requests,
            recorded: sum.recorded,
            spend: None,
        };
        self.lines.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests;
