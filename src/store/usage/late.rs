//! Usage whose price was set after it came in: priced by the prices of now, and marked.

use super::{day, read_day};
use crate::{
    domain::{
        id::Id,
        money::MicroDollars,
        people::Workspace,
        usage::{LatePrice, MOST_MONEY, Unpriced},
    },
    store::{Store, attempt::attempt, codec::Reader, error::StoreError, fact, query},
};

const UNPRICED: &str = "SELECT provider, model, day, MIN(late) FROM usage \
     WHERE workspace = $1 AND (spend IS NULL OR late = 1) GROUP BY provider, model, day ORDER BY provider, model, day";
const RESET: &str = "UPDATE usage SET spend = NULL, late = 0 WHERE workspace = $1 AND late = 1";
/// The last two keep the products within the engine's numbers.
const PRICE: &str = "UPDATE usage SET spend = (input_tokens * $6 + output_tokens * $7) / 1000000, late = 1 \
     WHERE workspace = $1 AND provider = $2 AND model = $3 AND day >= $4 AND day <= $5 AND spend IS NULL \
     AND input_tokens <= $8 AND output_tokens <= $9";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 3] = [UNPRICED, RESET, PRICE];

impl Store {
    /// Returns the models and days whose usage is not priced, or was priced late.
    pub async fn unpriced(&self, workspace: Id<Workspace>) -> Result<Vec<Unpriced>, StoreError> {
        let read = |row: &mut Reader<'_>| {
            let (provider, model) = (row.shared()?, row.shared()?);
            Ok(Unpriced { provider, model, day: read_day(row.int()?)?, late: row.flag()? })
        };
        query::all(&mut *self.engine.read().await?, UNPRICED, vec![workspace.into()], read).await
    }

    /// Prices what came in without a price, and anew what was priced so before. Returns the new number of facts.
    pub async fn price_late(&self, workspace: Id<Workspace>, prices: &[LatePrice]) -> Result<u64, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(RESET, vec![workspace.into()]).await?;
            for LatePrice { provider, model, days, input, output } in prices {
                let mut values = vec![workspace.into(), provider.into(), model.into()];
                values.extend([day(days.0).into(), day(days.1).into()]);
                values.extend([input.0.into(), output.map_or(0, |it| it.0).into()]);
                values.extend([most(*input).into(), output.map_or(0, most).into()]);
                session.execute(PRICE, values).await?;
            }
            fact::raise(session, workspace).await
        })
        .await
    }
}

/// Returns how many tokens of a price come to a quarter of the most that a line may.
fn most(price: MicroDollars) -> i64 {
    match i128::from(price.0) {
        price if price > 0 => i64::try_from(i128::from(MOST_MONEY.0) / 4 * 1_000_000 / price).unwrap_or(i64::MAX),
        _ => i64::MAX,
    }
}
