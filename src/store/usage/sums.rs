//! Sums of usage by day and place, in as much detail as a question needs: the database adds up, so that a report on many
//! customers' requests brings no more rows than it shows.

use super::{day, read_day};
use crate::{
    domain::{
        id::Id,
        people::Workspace,
        usage::{Amounts, UsageDetail, UsageOnly, UsageSum, UsageWish},
    },
    store::{Store, codec::Reader, engine::Value, error::StoreError, query},
};

/// Writes the statement for a detail: up to two columns besides day, workflow and department; and a condition.
macro_rules! sums {
    ($only:expr; $($column:literal),*) => {
        concat!(
            "SELECT day, workflow, department", $(", ", $column,)*
            ", CAST(SUM(input_tokens) AS BIGINT), CAST(SUM(output_tokens) AS BIGINT), CAST(SUM(requests) AS BIGINT)",
            ", CAST(SUM(CASE WHEN spend IS NULL THEN requests ELSE 0 END) AS BIGINT)",
            ", CAST(SUM(spend) AS BIGINT), CAST(SUM(recorded) AS BIGINT)",
            ", CAST(SUM(COALESCE(spend, recorded)) AS BIGINT), MAX(estimate)",
            ", CAST(SUM(CASE WHEN late = 1 THEN requests ELSE 0 END) AS BIGINT) FROM usage",
            " WHERE workspace = $1 AND day >= $2 AND day <= $3", $only,
            " GROUP BY day, workflow, department", $(", ", $column,)*
        )
    };
}

/// Writes the statements for every detail under one condition, in the order of [`UsageDetail::ALL`].
macro_rules! details {
    ($only:expr) => {
        [
            sums!($only;),
            sums!($only; "cost_centre"),
            sums!($only; "customer"),
            sums!($only; "node"),
            sums!($only; "provider"),
            sums!($only; "provider", "model"),
            sums!($only; "credential"),
        ]
    };
}

/// The statements, by condition and detail.
pub(in crate::store) const STATEMENTS: [[&str; 7]; 7] = [
    details!(""),
    details!(" AND cost_centre = $4"),
    details!(" AND customer = $4"),
    details!(" AND node = $4"),
    details!(" AND provider = $4"),
    details!(" AND provider = $4 AND model = $5"),
    details!(" AND credential = $4"),
];

/// Returns which condition a wish is, and its values.
fn condition(only: Option<&UsageOnly>) -> (usize, Vec<Value>) {
    match only {
        None => (0, Vec::new()),
        Some(UsageOnly::CostCentre(text)) => (1, vec![text.into()]),
        Some(UsageOnly::Customer(text)) => (2, vec![text.into()]),
        Some(UsageOnly::Node(text)) => (3, vec![text.into()]),
        Some(UsageOnly::Provider(text)) => (4, vec![text.into()]),
        Some(UsageOnly::Model(provider, model)) => (5, vec![provider.into(), model.into()]),
        Some(UsageOnly::Credential(id)) => (6, vec![(*id).into()]),
    }
}

impl Store {
    /// Returns usage summed up by day, workflow, department and the detail that is asked for, in no order.
    pub async fn usage_sums(&self, workspace: Id<Workspace>, wish: &UsageWish) -> Result<Vec<UsageSum>, StoreError> {
        let (first, last) = wish.days;
        let (condition, values) = condition(wish.only.as_ref());
        let values = [vec![workspace.into(), day(first).into(), day(last).into()], values].concat();
        let mut session = self.engine.read().await?;
        query::all(&mut *session, STATEMENTS[condition][wish.detail as usize], values, |row| read(row, wish.detail))
            .await
    }
}

fn read(row: &mut Reader<'_>, detail: UsageDetail) -> Result<UsageSum, StoreError> {
    let has_text = !matches!(detail, UsageDetail::Place | UsageDetail::Credential);
    Ok(UsageSum {
        day: read_day(row.int()?)?,
        workflow: row.maybe_id()?,
        department: row.maybe_id()?,
        text: if has_text { row.maybe_shared()? } else { None },
        model: if detail == UsageDetail::Model { row.maybe_shared()? } else { None },
        credential: if detail == UsageDetail::Credential { row.maybe_id()? } else { None },
        amounts: Amounts {
            input_tokens: row.count()?,
            output_tokens: row.count()?,
            requests: row.count()?,
            unpriced: row.count()?,
            spend: row.maybe_money()?,
            recorded: row.maybe_money()?,
            counted: row.maybe_money()?,
            estimate: row.flag()?,
            late: row.count()?,
        },
    })
}
