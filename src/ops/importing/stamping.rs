//! Usage that comes in: stamped on the newest state, and a day of a source replaced as a whole.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    cost::stamp::{late_prices, price_on, stamp},
    domain::{
        change::Change,
        fact::Usage,
        money::MicroDollars,
        name::printable,
        record,
        usage::{MOST_MONEY, MOST_TOKENS, Unpriced},
    },
    ops::{
        failure::{Failure, Kind},
        session::Session,
        view::View,
    },
    rights::{Right, Subject},
    store::UsageBatch,
};

impl Session {
    /// Refuses whoever may not write usage: budgets hang on it, so it takes what budgets take.
    pub fn check_usage(&self) -> Result<(), Failure> {
        self.view().may(Right::Structure, Subject::Workspace).allow().map_err(Into::into)
    }

    /// Takes usage in: each day of `source` that it speaks of is replaced. Returns how many lines
    /// no price is known for.
    pub async fn take_usage(&self, source: &str, mut lines: Vec<Usage>) -> Result<usize, Failure> {
        self.check_usage()?;
        if self.door().is_read_only() {
            return Err(Failure::new(Kind::NotAllowed, "this session is read-only").hint("leave out --read-only"));
        }
        let view = self.refresh().await?;
        for line in &mut lines {
            stamp(view.catalogue(), line);
            check(line)?;
        }
        let unpriced = lines.iter().filter(|line| line.spend.is_none()).count();
        for run in runs(lines) {
            let replaces = run.first().zip(run.last()).map(|(first, last)| (first.day, last.day));
            let batch = UsageBatch { workspace: view.workspace().id, source, replaces, lines: &run };
            self.door().store.add_usage(batch).await?;
        }
        self.refresh().await?;
        self.price_late(false).await?;
        Ok(unpriced)
    }

    /// Prices what came in without a price, if changes were about prices. A bill that was priced stays as it is. That it
    /// can't be written now takes nothing back: the next prices or usage do it.
    pub(in crate::ops) async fn price_late_if_prices_moved(&self, changes: &[Change]) -> Option<View> {
        if !changes.iter().any(|change| change.kind() == record::Kind::Price) {
            return None;
        }
        self.price_late(true).await.ok()?
    }

    /// Prices what came in without a price by the prices of now, and marks it; `anew` also what was priced so before.
    /// Returns the new state if anything was written.
    async fn price_late(&self, anew: bool) -> Result<Option<View>, Failure> {
        let view = self.view();
        let unpriced = self.door().store.unpriced(view.workspace().id).await?;
        let has_price =
            |it: &Unpriced| !it.late && price_on(view.catalogue(), &it.provider, &it.model, it.day).is_some();
        if !unpriced.iter().any(|it| it.late && anew || has_price(it)) {
            return Ok(None);
        }
        let prices = late_prices(view.catalogue(), &unpriced);
        self.door().store.price_late(view.workspace().id, &prices).await?;
        Ok(Some(self.refresh().await?))
    }
}

/// Refuses a line that no bill can hold: sums of such lines would not fit into the database's numbers.
fn check(line: &Usage) -> Result<(), Failure> {
    let tokens = line.input_tokens > MOST_TOKENS || line.output_tokens > MOST_TOKENS || line.requests > MOST_TOKENS;
    let money = [line.spend, line.recorded].into_iter().flatten().any(|it| it > MOST_MONEY || it < MicroDollars::ZERO);
    if !tokens && !money {
        return Ok(());
    }
    let (provider, model) = (printable(&line.provider), printable(&line.model));
    let what =
        if tokens { format!("more than {MOST_TOKENS} tokens") } else { format!("more than {MOST_MONEY} dollars") };
    Err(Failure::usage(format!("the usage of {provider} {model} on {} comes to {what}: no usage was taken", line.day))
        .hint("correct the source; nobody uses so much at one place on one day"))
}

/// Splits lines into runs of days without a gap: a day that a source does not speak of stays as it is.
fn runs(lines: Vec<Usage>) -> Vec<Vec<Usage>> {
    let mut days: BTreeMap<Date, Vec<Usage>> = BTreeMap::new();
    for line in lines {
        days.entry(line.day).or_default().push(line);
    }
    let mut runs: Vec<(Date, Vec<Usage>)> = Vec::new();
    for (day, lines) in days {
        match runs.last_mut() {
            Some((last, run)) if last.tomorrow().ok() == Some(day) => {
                *last = day;
                run.extend(lines);
            }
            _ => runs.push((day, lines)),
        }
    }
    runs.into_iter().map(|(_, run)| run).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::ops::importing) fn line(day: i8) -> Usage {
        Usage {
            day: jiff::civil::date(2026, 11, day),
            workflow: None,
            node: None,
            provider: "openai".into(),
            model: "gpt-4o".into(),
            credential: None,
            estimate: false,
            department: None,
            cost_centre: None,
            customer: None,
            input_tokens: 1,
            output_tokens: 1,
            requests: 1,
            recorded: None,
            spend: None,
        }
    }

    #[test]
    fn what_no_bill_can_hold_is_refused() {
        let most = Usage { input_tokens: MOST_TOKENS, recorded: Some(MOST_MONEY), ..line(1) };
        assert_eq!(check(&most), Ok(()));
        for absurd in [
            Usage { output_tokens: MOST_TOKENS + 1, ..line(1) },
            Usage { requests: u64::MAX, ..line(1) },
            Usage { recorded: Some(MicroDollars(i64::MAX)), ..line(1) },
            Usage { spend: Some(MicroDollars(-1)), ..line(1) },
        ] {
            assert!(check(&absurd).is_err());
        }
    }

    #[test]
    fn days_that_nothing_speaks_of_are_in_no_run() {
        let found = runs([5, 3, 9, 4, 5].map(line).to_vec());
        let days: Vec<Vec<i8>> = found.iter().map(|run| run.iter().map(|it| it.day.day()).collect()).collect();
        assert_eq!(days, [vec![3, 4, 5, 5], vec![9]]);
    }
}
