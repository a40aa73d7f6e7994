//! Quotes: what every source says of a model's price, which of them counts, and where they disagree.

use jiff::{civil::Date, tz::TimeZone};

use super::price;
use crate::domain::{
    Text, Timestamp,
    catalogue::{Catalogue, ModelIx},
    money::MicroDollars,
};

/// Where a price comes from, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An operator's own.
    Own,
    /// The table that comes with the program.
    Bundled,
    /// A table that somebody imported.
    Imported,
}

/// What one source says of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Where it comes from.
    pub origin: Origin,
    /// What the source is called, with its version or date.
    pub source: Text,
    /// For a million tokens in.
    pub input: MicroDollars,
    /// For a million tokens out; not applicable or unknown if absent.
    pub output: Option<MicroDollars>,
    /// Since when it holds, or will; always, if absent.
    pub from: Option<Timestamp>,
    /// Who wrote it and when, or what they noted.
    pub note: Option<Text>,
    /// The day on which it was written down, if that is known.
    pub since: Option<Date>,
    /// How many days old the source is, if that is known.
    pub age_days: Option<i32>,
    /// Which of several prices it is, if there are several by size or hour.
    pub variant: Option<Text>,
    /// Whether it holds at the time that was asked for.
    pub holds: bool,
    /// Whether it is the one that counts.
    pub counts: bool,
}

/// Returns what every source says of a model at `now`, in the order in which they are asked.
pub fn quotes(catalogue: &Catalogue, model: ModelIx, now: Timestamp) -> Vec<Quote> {
    let vocabulary = catalogue.vocabulary();
    let Some(entry) = vocabulary.model_entry(model) else { return Vec::new() };
    let own = entry.prices.iter().map(|it| {
        let since = it.id.made_at().map(day);
        Quote {
            origin: if it.source.is_some() { Origin::Imported } else { Origin::Own },
            source: it.source.clone().unwrap_or_else(|| "own price".into()),
            input: it.input,
            output: it.output,
            from: it.from,
            note: it.note.clone(),
            since,
            age_days: since.map(|since| price::days_between(since, day(now))),
            variant: None,
            holds: it.from.is_none_or(|from| from <= now),
            counts: false,
        }
    });
    let Some(slug) = vocabulary.provider_entry(entry.provider).map(|provider| &provider.slug) else {
        return Vec::new();
    };
    let dawn = day(now).to_zoned(TimeZone::UTC).map_or(now, |dawn| dawn.timestamp());
    let bundled = vocabulary.listed_price(slug, &entry.name, dawn).map(|listed| Quote {
        origin: Origin::Bundled,
        source: listed.source,
        input: listed.input,
        output: listed.output,
        from: None,
        note: None,
        since: Some(price::PUBLISHED),
        age_days: Some(price::age_in_days(now)),
        variant: None,
        holds: true,
        counts: false,
    });
    let mut all: Vec<Quote> = own.chain(bundled).collect();
    all.sort_by_key(|quote| quote.origin);
    if let Some(first) = all.iter_mut().find(|quote| quote.holds) {
        first.counts = true;
    }
    all
}

/// Says which of several prices the bundled table's is, if there are several: this asks it many times.
pub fn variant(catalogue: &Catalogue, model: ModelIx, now: Timestamp) -> Option<Text> {
    let vocabulary = catalogue.vocabulary();
    let entry = vocabulary.model_entry(model)?;
    let slug = &vocabulary.provider_entry(entry.provider)?.slug;
    let dawn = day(now).to_zoned(TimeZone::UTC).ok()?.timestamp();
    vocabulary.listed_variant(slug, &entry.name, dawn)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Says in one sentence how the sources that hold differ from the one that counts; `None` if they agree.
pub fn disagreement(quotes: &[Quote]) -> Option<String> {
    let counts = quotes.iter().find(|quote| quote.counts)?;
    // Of one's own prices and of one table the latest holds; the others are history.
    let mut seen = vec![counts.origin];
    let mut told = Vec::new();
    for other in quotes.iter().filter(|quote| quote.holds && !quote.counts) {
        if seen.contains(&other.origin) {
            continue;
        }
        seen.push(other.origin);
        if (other.input, other.output) != (counts.input, counts.output) {
            told.push(format!("{} says {}", other.source, amounts(other)));
        }
    }
    (!told.is_empty()).then(|| format!("{} counts with {}; {}", counts.source, amounts(counts), told.join("; ")))
}

fn amounts(quote: &Quote) -> String {
    match quote.output {
        Some(output) => format!("{}/{output}", quote.input),
        None => quote.input.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(origin: Origin, source: &str, input: i64, holds: bool) -> Quote {
        Quote {
            origin,
            source: source.into(),
            input: MicroDollars(input * 1_000_000),
            output: Some(MicroDollars(10_000_000)),
            from: None,
            note: None,
            since: None,
            age_days: None,
            variant: None,
            holds,
            counts: false,
        }
    }

    #[test]
    fn sources_that_differ_are_told_and_history_is_not() {
        let mut all = vec![
            quote(Origin::Own, "own price", 4, false),
            quote(Origin::Own, "own price", 2, true),
            quote(Origin::Own, "own price", 1, true),
            quote(Origin::Bundled, "genai", 3, true),
            quote(Origin::Imported, "LiteLLM", 2, true),
        ];
        all[1].counts = true;
        assert_eq!(disagreement(&all).as_deref(), Some("own price counts with 2.00/10.00; genai says 3.00/10.00"));
        all.truncate(3);
        assert_eq!(disagreement(&all), None);
        assert_eq!(disagreement(&[]), None);
    }
}
