//! Usage: lines per day and place, as sources bring them.

mod late;
mod sums;

use std::sync::LazyLock;

use jiff::civil::Date;

use super::{
    Store,
    attempt::attempt,
    codec::{Reader, Writer},
    engine::Value,
    error::StoreError,
    fact, query,
    table::BySize,
};
use crate::domain::{fact::Usage, id::Id, people::Workspace};

#[cfg(test)]
pub(super) use self::{late::STATEMENTS as LATE_STATEMENTS, sums::STATEMENTS as SUM_STATEMENTS};

pub(super) const FORGET_DAYS: &str =
    "DELETE FROM usage WHERE workspace = $1 AND source = $2 AND day >= $3 AND day <= $4";
pub(super) const USAGE: &str = "SELECT day, workflow, node, provider, model, credential, estimate, department, \
     cost_centre, customer, input_tokens, output_tokens, requests, recorded, spend FROM usage \
     WHERE workspace = $1 AND day >= $2 AND day <= $3 ORDER BY day, source";

pub(super) const USAGE_OF: &str = "SELECT day, workflow, node, provider, model, credential, estimate, department, \
     cost_centre, customer, input_tokens, output_tokens, requests, recorded, spend FROM usage \
     WHERE workspace = $1 AND source = $2 AND day >= $3 AND day <= $4 ORDER BY day";

const USAGE_COLUMNS: &[&str] = &[
    "source",
    "month",
    "day",
    "workflow",
    "node",
    "provider",
    "model",
    "credential",
    "estimate",
    "department",
    "cost_centre",
    "customer",
    "input_tokens",
    "output_tokens",
    "requests",
    "recorded",
    "spend",
];

/// Lines of usage from one source.
#[derive(Clone, Debug)]
pub struct UsageBatch<'a> {
    /// Whose usage it is.
    pub workspace: Id<Workspace>,
    /// What brought it: `dify`, `litellm`, a file's name.
    pub source: &'a str,
    /// The days, both included, whose lines from this source go first, so that an import can be repeated.
    pub replaces: Option<(Date, Date)>,
    /// The lines.
    pub lines: &'a [Usage],
}

impl Store {
    /// Takes usage in and returns the new number of facts.
    pub async fn add_usage(&self, batch: UsageBatch<'_>) -> Result<u64, StoreError> {
        static INSERT: LazyLock<BySize> = LazyLock::new(|| BySize::insertion("usage", true, USAGE_COLUMNS));

        attempt(|| async {
            let mut session = self.engine.write().await?;
            if let Some((first, last)) = batch.replaces {
                let values = vec![batch.workspace.into(), batch.source.into(), day(first).into(), day(last).into()];
                session.execute(FORGET_DAYS, values).await?;
            }
            let rows = batch.lines.iter().map(|line| usage_row(&batch, line));
            query::write_rows(&mut *session, &INSERT, rows).await?;
            fact::raise(session, batch.workspace).await
        })
        .await
    }

    /// Returns the usage that one source brought for the days from `first` to `last`, both included.
    pub async fn usage_of(
        &self,
        workspace: Id<Workspace>,
        source: &str,
        first: Date,
        last: Date,
    ) -> Result<Vec<Usage>, StoreError> {
        let mut session = self.engine.read().await?;
        let values = vec![workspace.into(), source.into(), day(first).into(), day(last).into()];
        query::all(&mut *session, USAGE_OF, values, read_usage).await
    }

    /// Returns the usage of the days from `first` to `last`, both included, oldest first.
    pub async fn usage(&self, workspace: Id<Workspace>, first: Date, last: Date) -> Result<Vec<Usage>, StoreError> {
        let mut session = self.engine.read().await?;
        let values = vec![workspace.into(), day(first).into(), day(last).into()];
        query::all(&mut *session, USAGE, values, read_usage).await
    }
}

/// Days since 1970-01-01.
pub(super) fn day(date: Date) -> i64 {
    let first = jiff::civil::date(1970, 1, 1);
    i64::from((date - first).get_days())
}

/// Months since the year 0.
fn month(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

fn usage_row(batch: &UsageBatch<'_>, line: &Usage) -> Vec<Value> {
    let mut row = Writer::default();
    row.id(batch.workspace).put(batch.source.into()).put(month(line.day).into()).put(day(line.day).into());
    row.maybe_id(line.workflow).maybe_text(line.node.as_ref()).text(&line.provider).text(&line.model);
    row.maybe_id(line.credential).flag(line.estimate).maybe_id(line.department);
    row.maybe_text(line.cost_centre.as_ref()).maybe_text(line.customer.as_ref());
    row.count(line.input_tokens).count(line.output_tokens).count(line.requests);
    row.maybe_money(line.recorded).maybe_money(line.spend);
    row.0
}

fn read_usage(row: &mut Reader<'_>) -> Result<Usage, StoreError> {
    Ok(Usage {
        day: read_day(row.int()?)?,
        workflow: row.maybe_id()?,
        node: row.maybe_shared()?,
        provider: row.shared()?,
        model: row.shared()?,
        credential: row.maybe_id()?,
        estimate: row.flag()?,
        department: row.maybe_id()?,
        cost_centre: row.maybe_shared()?,
        customer: row.maybe_shared()?,
        input_tokens: row.count()?,
        output_tokens: row.count()?,
        requests: row.count()?,
        recorded: row.maybe_money()?,
        spend: row.maybe_money()?,
    })
}

fn read_day(days: i64) -> Result<Date, StoreError> {
    let span = jiff::Span::new().try_days(days);
    let date = span.and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
    date.map_err(|_| StoreError::Corrupt(format!("{days} is no day")))
}
