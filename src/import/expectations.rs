//! Expectations: the file of `keydeck test`, TOML in which each `[[expect]]` says what some nodes should get.
//!
//! ```toml
//! [[expect]]
//! name = "invoices are on their own key"    # optional: what reports call it
//! workflow = "invoice-bot"                  # or app = "billing"
//! node = "draft"                            # optional: else every node, or with provider and model that pair
//! environment = "production"                # optional: else the workflow's own; "" means none
//! vars = { "env.llm_key" = "acme" }         # optional
//! at = 2027-01-01T00:00:00Z                 # optional: else now
//! key = "openai-finance"                    # one or several of key, pool, outcome, reason, layer
//! ```
//!
//! Unknown words are errors with a guess; every error names line and column.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;
use toml::{Spanned, value::Datetime};

use super::declarative::{self, DeclarativeError, Place};
use crate::{
    domain::{Timestamp, guess, name::printable},
    resolve::answer::{Layer, Outcome, Reason},
};

/// What some nodes should get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// What reports call it.
    pub name: String,
    /// The line of the file at which it stands, from 1.
    pub line: usize,
    /// The workflow, as `workflow/NAME`, or the app, as `app/NAME`.
    pub place: String,
    /// The one node.
    pub node: Option<String>,
    /// The provider, whether or not a node uses it.
    pub provider: Option<String>,
    /// The model of that provider.
    pub model: Option<String>,
    /// The environment; empty means none.
    pub environment: Option<String>,
    /// Values of variables.
    pub vars: Vec<(String, String)>,
    /// Overrides: provider and key.
    pub overrides: Vec<(String, String)>,
    /// When.
    pub at: Option<Timestamp>,
    /// The run, which chooses inside a pool.
    pub run_id: Option<String>,
    /// As whom.
    pub operator: Option<String>,
    /// What is expected.
    pub wants: Wants,
}

/// What is expected of each answer. What is absent may be anything; not all of it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The key, by name or id.
    pub key: Option<String>,
    /// The pool, by name or id.
    pub pool: Option<String>,
    /// How the search ends.
    pub outcome: Option<Outcome>,
    /// Why there is no key.
    pub reason: Option<Reason>,
    /// The layer that decides.
    pub layer: Option<Layer>,
}

/// Why a text is no file of expectations.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpectationsError {
    /// It is no text, or too large.
    #[error(transparent)]
    Text(DeclarativeError),
    /// It is not TOML, or not of our form.
    #[error("{file}:{line}:{column}: {message}{}", guess.as_ref().map(|g| format!("; did you mean {g}?")).unwrap_or_default())]
    Form {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// What may have been meant.
        guess: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expect: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Option<String>,
    workflow: Option<Spanned<String>>,
    app: Option<Spanned<String>>,
    node: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    environment: Option<String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
    #[serde(default)]
    overrides: BTreeMap<String, String>,
    at: Option<Spanned<Datetime>>,
    run_id: Option<String>,
    #[serde(rename = "as")]
    operator: Option<String>,
    key: Option<String>,
    pool: Option<String>,
    outcome: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    layer: Option<Spanned<String>>,
}

/// A mistake at an offset of the text.
struct Mistake {
    offset: usize,
    message: String,
    guess: Option<String>,
}

impl Mistake {
    fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), guess: None }
    }
}

/// Reads the text of a file of expectations. `file` is its name for errors.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Expectation>, ExpectationsError> {
    let parsed: File = declarative::parse(file, bytes).map_err(|error| match error {
        DeclarativeError::Form { file, place: Place { line, column }, message, guess } => {
            ExpectationsError::Form { file, line, column, message, guess }
        }
        other => ExpectationsError::Text(other),
    })?;
    let bare = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let place = |offset: usize| Place::of(bare, offset);
    let wrong = |mistake: Mistake| {
        let Place { line, column } = place(mistake.offset);
        let Mistake { message, guess, .. } = mistake;
        ExpectationsError::Form { file: printable(file).into_owned(), line, column, message, guess }
    };
    if parsed.expect.is_empty() {
        return Err(wrong(Mistake::at(0, "it expects nothing: write [[expect]] with a workflow and a key")));
    }
    parsed.expect.into_iter().map(|entry| expectation(entry, &place).map_err(wrong)).collect()
}

fn expectation(entry: Spanned<Entry>, place: &dyn Fn(usize) -> Place) -> Result<Expectation, Mistake> {
    let start = entry.span().start;
    let entry = entry.into_inner();
    let at = match (entry.workflow, entry.app) {
        (Some(workflow), None) => format!("workflow/{}", crate::domain::link::encode(workflow.get_ref())),
        (None, Some(app)) => format!("app/{}", crate::domain::link::encode(app.get_ref())),
        (Some(_), Some(app)) => return Err(Mistake::at(app.span().start, "name a workflow or an app, not both")),
        (None, None) => return Err(Mistake::at(start, "no workflow is named: write workflow = \"NAME\"")),
    };
    let wants = Wants {
        key: entry.key,
        pool: entry.pool,
        outcome: word(entry.outcome, "outcome", Outcome::ALL, Outcome::word)?,
        reason: word(entry.reason, "reason", Reason::ALL, Reason::word)?,
        layer: word(entry.layer, "layer", Layer::ALL, Layer::word)?,
    };
    if wants == Wants::default() {
        let message = "nothing is expected: write key, pool, outcome, reason or layer";
        return Err(Mistake::at(start, message));
    }
    let time = entry.at.map(|at| {
        let text = at.get_ref().to_string();
        let message = || format!("\"{text}\" is no instant: write 2027-01-01T00:00:00Z, with an offset");
        text.parse::<Timestamp>().map_err(|_| Mistake::at(at.span().start, message()))
    });
    let called = || {
        let of = entry.node.as_ref().or(entry.provider.as_ref()).map(|it| format!("/{it}")).unwrap_or_default();
        let environment = entry.environment.as_ref().filter(|it| !it.is_empty());
        format!("{at}{of}{}", environment.map(|it| format!(" in {it}")).unwrap_or_default())
    };
    Ok(Expectation {
        name: entry.name.clone().unwrap_or_else(called),
        line: place(start).line,
        at: time.transpose()?,
        node: entry.node,
        provider: entry.provider,
        model: entry.model,
        environment: entry.environment,
        vars: entry.vars.into_iter().collect(),
        overrides: entry.overrides.into_iter().collect(),
        run_id: entry.run_id,
        operator: entry.operator,
        place: at,
        wants,
    })
}

/// Reads a word of one of our closed lists.
fn word<T: Copy>(
    text: Option<Spanned<String>>,
    field: &str,
    all: &[T],
    spelled: fn(T) -> &'static str,
) -> Result<Option<T>, Mistake> {
    let Some(text) = text else { return Ok(None) };
    let known = all.iter().find(|one| spelled(**one) == text.get_ref());
    known.copied().map(Some).ok_or_else(|| Mistake {
        offset: text.span().start,
        message: format!("there is no {field} \"{}\"", printable(text.get_ref())),
        guess: guess::nearest(text.get_ref(), all.iter().map(|one| spelled(*one))).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
