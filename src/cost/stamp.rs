//! Stamping: what a line of usage gets when it comes in, so that later changes rewrite no bill.
//!
//! The department that pays and its cost centre are those of the workflow at that moment; the spend is what our price
//! of the day makes of the tokens. A model without a price has an unknown spend, never zero.

use jiff::{civil::Date, tz::TimeZone};

use crate::domain::{
    Timestamp,
    catalogue::Catalogue,
    fact::{ListedPrice, Usage},
    money::MicroDollars,
    usage::{LatePrice, Unpriced},
};

/// Fills in what the source does not say: the department, its cost centre, and what the tokens cost.
pub fn stamp(catalogue: &Catalogue, line: &mut Usage) {
    let workflow = line.workflow.and_then(|id| catalogue.workflows().find(id));
    let paying = line.department.and_then(|id| catalogue.departments().find(id));
    let department = paying.or_else(|| workflow.and_then(|ix| catalogue.department_of(ix)));
    if let Some(found) = department.and_then(|ix| catalogue.departments().get(ix)) {
        line.department = Some(found.id);
        // A department without a cost centre is booked where the one above it is.
        let mut path = catalogue.path(department).filter_map(|ix| catalogue.departments().get(ix));
        line.cost_centre = line.cost_centre.take().or_else(|| path.find_map(|it| it.cost_centre.clone()));
    }
    let price = price_on(catalogue, &line.provider, &line.model, line.day);
    line.spend = price.and_then(|price| spend(&price, line.input_tokens, line.output_tokens));
}

/// Returns what usage that came in without a price costs by the prices of now: the days of one model that have one price
/// together.
pub fn late_prices(catalogue: &Catalogue, unpriced: &[Unpriced]) -> Vec<LatePrice> {
    let mut prices: Vec<LatePrice> = Vec::new();
    for Unpriced { provider, model, day, .. } in unpriced {
        let Some(price) = price_on(catalogue, provider, model, *day) else { continue };
        match prices.last_mut() {
            Some(last)
                if (&last.provider, &last.model, last.input, last.output)
                    == (provider, model, price.input, price.output) =>
            {
                last.days.1 = *day;
            }
            _ => prices.push(LatePrice {
                provider: provider.clone(),
                model: model.clone(),
                days: (*day, *day),
                input: price.input,
                output: price.output,
            }),
        }
    }
    prices
}

/// Returns what a model costs on a day.
pub fn price_on(catalogue: &Catalogue, provider: &str, model: &str, day: Date) -> Option<ListedPrice> {
    let dawn = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    price(catalogue, provider, model, dawn)
}

/// Returns what a model costs at a time, whether the catalogue has met it or not.
fn price(catalogue: &Catalogue, provider: &str, model: &str, at: Timestamp) -> Option<ListedPrice> {
    let vocabulary = catalogue.vocabulary();
    match vocabulary.provider(provider).and_then(|ix| vocabulary.model(ix, model)) {
        Some(known) => vocabulary.price(known, at),
        None => vocabulary.listed_price(provider, model, at),
    }
}

/// Returns what tokens cost; unknown if some came out and nothing is known about their price.
pub fn spend(price: &ListedPrice, input: u64, output: u64) -> Option<MicroDollars> {
    let of = |tokens: u64, price: MicroDollars| i128::from(tokens) * i128::from(price.0);
    let out = match price.output {
        Some(price) => of(output, price),
        None if output == 0 => 0,
        None => return None,
    };
    let sum = of(input, price.input).checked_add(out)?;
    i64::try_from(sum / 1_000_000).ok().map(MicroDollars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_price_is_no_zero() {
        let price = |output| ListedPrice { input: MicroDollars(2_500_000), output, source: "test".into() };
        assert_eq!(spend(&price(Some(MicroDollars(10_000_000))), 1_000_000, 500_000), Some(MicroDollars(7_500_000)));
        assert_eq!(spend(&price(None), 1_000, 1), None);
        assert_eq!(spend(&price(None), 1_000, 0), Some(MicroDollars(2_500)));
        assert_eq!(spend(&price(Some(MicroDollars(i64::MAX))), u64::MAX, u64::MAX), None);
    }
}
