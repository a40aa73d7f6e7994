//! What usage would go away: a day of a source is replaced as a whole, so a file of another origin under the same source
//! takes the place of what an earlier one brought.
//!
//! A file that says of a day what is known, or more, loses nothing. What it lacks is told before it is written.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Coming;
use crate::{
    domain::{fact::Usage, id::Id, money::MicroDollars, name::printable},
    ops::{failure::Failure, session::Session},
};

/// What would go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The source that it came from.
    source: String,
    /// The first and the last day of it.
    days: (Date, Date),
    requests: u64,
    tokens: u64,
    /// What it came to, as far as that is known.
    money: Option<MicroDollars>,
}

/// How much was used at one place.
#[derive(Clone, Copy, Default)]
struct Sum {
    requests: u64,
    tokens: u64,
    money: Option<MicroDollars>,
}

impl Session {
    /// Finds out what usage would go away that came from the same source, and tells it in the report.
    pub async fn losing(&self, coming: &mut Coming) -> Result<Option<Loss>, Failure> {
        let days = coming.taken.usage.iter().map(|line| line.day);
        let Some((first, last)) = days.clone().min().zip(days.max()) else { return Ok(None) };
        let known = self.door().store.usage_of(self.workspace(), &coming.usage, first, last).await?;
        let loss = lost(&coming.usage, &known, &coming.taken.usage);
        if let Some(loss) = &loss {
            coming.taken.report.warn(&coming.place, loss.sentence());
        }
        Ok(loss)
    }
}

impl Loss {
    /// Says what goes away, and what to do if it should not.
    pub fn sentence(&self) -> String {
        let Self { source, days: (first, last), requests, tokens, money } = self;
        let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let of = if *requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") };
        let money = money.map_or_else(|| "of unknown cost".to_owned(), |money| format!("${}", money.cents()));
        format!(
            "it takes the place of what the source {} brought for its days, and lacks {of} of it ({tokens} tokens, \
             {money}; {days}), which goes away; a file of another origin needs a name of its own: --source NAME",
            printable(source)
        )
    }
}

/// Compares what is known of the days of new lines with these, place by place.
fn lost(source: &str, known: &[Usage], new: &[Usage]) -> Option<Loss> {
    let spoken: std::collections::BTreeSet<Date> = new.iter().map(|line| line.day).collect();
    let (before, after) = (by_place(known.iter().filter(|line| spoken.contains(&line.day))), by_place(new.iter()));
    let mut loss: Option<Loss> = None;
    for (place, was) in before {
        let is = after.get(&place).copied().unwrap_or_default();
        if is.requests >= was.requests && is.tokens >= was.tokens {
            continue;
        }
        let day = place.0;
        let empty = Loss { source: source.to_owned(), days: (day, day), requests: 0, tokens: 0, money: None };
        let sum = loss.get_or_insert(empty);
        sum.days = (sum.days.0.min(day), sum.days.1.max(day));
        sum.requests = sum.requests.saturating_add(was.requests.saturating_sub(is.requests));
        sum.tokens = sum.tokens.saturating_add(was.tokens.saturating_sub(is.tokens));
        // What a place of which something is left came to is not known by parts.
        if is.requests == 0 {
            sum.money = both(sum.money, was.money);
        }
    }
    loss
}

/// Adds what is known.
fn both(one: Option<MicroDollars>, other: Option<MicroDollars>) -> Option<MicroDollars> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

/// Where something was used, as the source says it: what is stamped here plays no part.
type Place<'a> = (Date, &'a str, &'a str, Option<uuid::Uuid>, Option<&'a str>, Option<uuid::Uuid>, Option<&'a str>);

fn by_place<'a>(lines: impl Iterator<Item = &'a Usage>) -> BTreeMap<Place<'a>, Sum> {
    let mut places: BTreeMap<Place<'a>, Sum> = BTreeMap::new();
    for line in lines {
        let place: Place<'a> = (
            line.day,
            &line.provider,
            &line.model,
            line.workflow.map(Id::uuid),
            line.node.as_deref(),
            line.credential.map(Id::uuid),
            line.customer.as_deref(),
        );
        let sum = places.entry(place).or_default();
        sum.requests = sum.requests.saturating_add(line.requests);
        sum.tokens = sum.tokens.saturating_add(line.input_tokens).saturating_add(line.output_tokens);
        sum.money = both(sum.money, line.spend.or(line.recorded));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::importing::stamping::tests::line;

    #[test]
    fn what_a_file_lacks_of_the_days_that_it_speaks_of_goes_away() {
        let with = |day: i8, model: &str, requests: u64| Usage { model: model.into(), requests, ..line(day) };
        let known = [with(1, "a", 2), with(1, "b", 3), with(2, "a", 5), with(4, "c", 7)];
        assert_eq!(lost("usage", &known, &known), None, "the same once more");
        let more = [with(1, "a", 2), with(1, "b", 4), with(2, "a", 5), with(2, "d", 1), with(4, "c", 7)];
        assert_eq!(lost("usage", &known, &more), None, "and more of it");
        assert_eq!(lost("usage", &known, &[with(3, "a", 1)]), None, "days that it does not speak of stay");
        let loss = lost("usage", &known, &[with(1, "a", 2), with(2, "a", 1)]).expect("3 of b and 4 of a");
        assert_eq!((loss.requests, loss.tokens), (7, 2));
        assert_eq!(
            loss.sentence(),
            "it takes the place of what the source usage brought for its days, and lacks 7 requests of it (2 tokens, of \
             unknown cost; 2026-11-01 to 2026-11-02), which goes away; a file of another origin needs a name of its own: \
             --source NAME"
        );
    }
}
