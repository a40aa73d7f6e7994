//! Forecasts: what a month will have cost at the pace of now, and on which day a budget runs out.
//!
//! The pace is that of the month so far. While the month is younger than a week, the days that a week lacks are taken
//! from the month before, so that one dear Monday does not ring the bell, and a quiet Sunday does not silence it.

use jiff::{Span, civil::Date};

use crate::domain::money::MicroDollars;

/// How many days make a pace.
const SETTLED: i8 = 7;

/// What is to be expected of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// What a day costs.
    pub per_day: MicroDollars,
    /// What the month will have cost at its end.
    pub month_end: MicroDollars,
    /// The day on which the budget is spent, if that is in this month; today, if it is spent already.
    pub runs_out: Option<Date>,
}

/// Looks ahead from `today`, when `spent` of `monthly` is spent and the month before had cost `before`.
pub fn forecast(monthly: MicroDollars, spent: MicroDollars, before: MicroDollars, today: Date) -> Forecast {
    let (sum, days) = pace(spent, before, today);
    let left = i128::from(monthly.0) - i128::from(spent.0);
    let to_come = i128::from(today.days_in_month() - today.day());
    let runs_out = match sum {
        _ if left <= 0 => Some(today),
        ..=0 => None,
        _ => {
            let until = (left * days + sum - 1) / sum;
            (until <= to_come)
                .then(|| i64::try_from(until).ok())
                .flatten()
                .and_then(|until| today.checked_add(Span::new().try_days(until).ok()?).ok())
        }
    };
    let amount = |micros: i128| MicroDollars(i64::try_from(micros).unwrap_or(i64::MAX));
    Forecast { per_day: amount(sum / days), month_end: amount(i128::from(spent.0) + sum * to_come / days), runs_out }
}

/// Returns what was spent in how many days.
fn pace(spent: MicroDollars, before: MicroDollars, today: Date) -> (i128, i128) {
    let lacking = if before > MicroDollars::ZERO { SETTLED.saturating_sub(today.day()).max(0) } else { 0 };
    let of_before = today.first_of_month().yesterday().map_or(30, Date::days_in_month);
    let borrowed = i128::from(before.0) * i128::from(lacking) / i128::from(of_before);
    (i128::from(spent.0) + borrowed, i128::from(today.day()) + i128::from(lacking))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn dollars(dollars: i64) -> MicroDollars {
        MicroDollars(dollars * 1_000_000)
    }

    #[test]
    fn a_budget_runs_out_when_the_pace_says() {
        let mid = date(2026, 11, 10);
        let found = forecast(dollars(150), dollars(100), dollars(0), mid);
        assert_eq!((found.per_day, found.month_end), (dollars(10), dollars(300)));
        assert_eq!(found.runs_out, Some(date(2026, 11, 15)));
        assert_eq!(forecast(dollars(155), dollars(100), dollars(0), mid).runs_out, Some(date(2026, 11, 16)));
        assert_eq!(forecast(dollars(300), dollars(100), dollars(0), mid).runs_out, Some(date(2026, 11, 30)));
        assert_eq!(forecast(dollars(301), dollars(100), dollars(0), mid).runs_out, None, "the month ends before");
        assert_eq!(forecast(dollars(100), dollars(100), dollars(0), mid).runs_out, Some(mid), "it is spent");
        assert_eq!(forecast(dollars(0), dollars(0), dollars(0), mid).runs_out, Some(mid), "0 means never");
        assert_eq!(forecast(dollars(5), dollars(0), dollars(0), mid).runs_out, None, "nothing is spent");
    }

    #[test]
    fn a_young_month_leans_on_the_one_before() {
        // October cost 10 a day; the first of November 50.
        let first = date(2026, 11, 1);
        assert_eq!(forecast(dollars(900), dollars(50), dollars(310), first).per_day, MicroDollars(15_714_285));
        assert_eq!(forecast(dollars(900), dollars(50), dollars(0), first).per_day, dollars(50), "nothing is known");
        let week = date(2026, 11, 7);
        assert_eq!(forecast(dollars(900), dollars(70), dollars(9_000), week).per_day, dollars(10));
    }

    proptest! {
        #[test]
        fn it_is_never_late_and_never_beyond_the_month(
            monthly in 0_i64..1_000_000_000, spent in 0_i64..1_000_000_000, before in 0_i64..1_000_000_000, day in 1_i8..=30
        ) {
            let today = date(2026, 11, day);
            let found = forecast(MicroDollars(monthly), MicroDollars(spent), MicroDollars(before), today);
            let end = date(2026, 11, 30);
            match found.runs_out {
                Some(out) => {
                    prop_assert!(out >= today && out <= end);
                    // At the pace as it is, a budget that runs out is exceeded by the end.
                    prop_assert!(found.month_end.0 >= monthly - 1);
                }
                None => prop_assert!(found.month_end.0 < monthly),
            }
        }
    }
}
