//! Prices of models, from the genai-prices table that the program carries.
//!
//! The table is asked for exactly the provider that was meant. Where it would answer with another provider's price
//! (models on Azure fall back to the list of another vendor), or lists a model without a price for tokens (it is included in a
//! subscription, or billed otherwise, or nobody has looked it up), the answer is unknown, never zero: a wrong price would
//! pass a hard budget in silence, and a missing one is mended by a price row of the operator's own.
//!
//! Where a price rises with the size of a prompt the lowest step counts; where it depends on the hour, the asked one's.

use std::collections::HashMap;

use genai_prices::{Calculator, PriceRequest, Usage, UsageKey};
use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};

use crate::domain::{
    Text, Timestamp,
    fact::{ListedPrice, PriceTable},
    money::MicroDollars,
};

/// The table's name and version, as answers show it.
pub const SOURCE: &str = "genai-prices 0.2.1";

/// The day on which that version was published (crates.io's index), after which its prices have not been looked at.
pub const PUBLISHED: Date = date(2026, 10, 30);

/// Returns how many days old the table's prices are at `now`; never less than 0.
pub fn age_in_days(now: Timestamp) -> i32 {
    days_between(PUBLISHED, now.to_zoned(TimeZone::UTC).date())
}

/// Returns how many days lie between two days; never less than 0.
pub(super) fn days_between(since: Date, until: Date) -> i32 {
    until.duration_since(since).as_hours().max(0).try_into().map_or(i32::MAX, |hours: i32| hours / 24)
}

/// A prompt that lies beyond every step of a stepped price.
const LONG_PROMPT: f64 = 1e6;

/// The table that came with the program.
///
/// It is decoded at the first question, which takes tens of milliseconds: ask none before the first frame.
#[derive(Clone, Debug)]
pub struct BundledPrices {
    ids: HashMap<Text, Text>,
    source: Text,
}

impl BundledPrices {
    /// Makes a table that knows some providers by another id: pairs of our id and the table's. It answers for no other.
    pub fn new(ids: impl IntoIterator<Item = (Text, Text)>) -> Self {
        Self { ids: ids.into_iter().collect(), source: SOURCE.into() }
    }
}

impl PriceTable for BundledPrices {
    fn price(&self, provider: &str, model: &str, at: Timestamp) -> Option<ListedPrice> {
        let (input, output) = token_prices(self.ids.get(provider)?, model, at)?;
        let listed = |amount: MicroDollars| (amount > MicroDollars::ZERO).then_some(amount);
        Some(ListedPrice { input: listed(input)?, output: listed(output), source: self.source.clone() })
    }

    fn variant(&self, provider: &str, model: &str, at: Timestamp) -> Option<Text> {
        let id = self.ids.get(provider)?;
        let short = prices_of(id, model, at, 1.0)?;
        if prices_of(id, model, at, LONG_PROMPT)? != short {
            return Some("the lowest of several steps by the size of the prompt".into());
        }
        let other = |hour: i64| prices_of(id, model, at + jiff::SignedDuration::from_hours(hour), 1.0);
        let by_hour = (1..24).any(|hour| other(hour).is_some_and(|price| price != short));
        by_hour.then(|| "that of midnight; it depends on the hour".into())
    }
}

/// Returns what a million input and a million output tokens cost, zero where no price is listed; `None` if the table
/// has no such model of this very provider.
fn token_prices(provider: &str, model: &str, at: Timestamp) -> Option<(MicroDollars, MicroDollars)> {
    // One token stays on the lowest step of a stepped price; a million would be on the highest.
    prices_of(provider, model, at, 1.0)
}

/// Returns the same for a prompt of so many tokens.
fn prices_of(provider: &str, model: &str, at: Timestamp, prompt: f64) -> Option<(MicroDollars, MicroDollars)> {
    let table = Calculator::bundled();
    let usage = Usage::from([(UsageKey::INPUT_TOKENS, prompt), (UsageKey::OUTPUT_TOKENS, 1.0)]);
    let request = PriceRequest::new(model, &usage).with_provider_id(provider).with_timestamp(at);
    let answer = table.calculate(&request).ok()?;
    let asked = table.find_provider(Some(provider), None).ok()??;
    let own = answer.provider_id == provider && asked.models().any(|known| known.id() == answer.model_id);
    let per_million = |dollars: f64| MicroDollars::from_dollars(dollars * 1e6);
    own.then_some((per_million(answer.input_price / prompt)?, per_million(answer.output_price)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> BundledPrices {
        let ids = [("openai", "openai"), ("azure-openai", "azure"), ("cerebras", "cerebras"), ("deepseek", "deepseek")];
        let more = [("anthropic", "anthropic"), ("wrong", "openai-")];
        BundledPrices::new(ids.into_iter().chain(more).map(|(ours, theirs)| (ours.into(), theirs.into())))
    }

    fn price(provider: &str, model: &str, at: &str) -> Option<(String, Option<String>)> {
        let listed = table().price(provider, model, at.parse().unwrap())?;
        assert_eq!(&*listed.source, SOURCE);
        Some((listed.input.to_string(), listed.output.map(|amount| amount.to_string())))
    }

    fn dollars(input: &str, output: &str) -> (String, Option<String>) {
        (input.to_owned(), Some(output.to_owned()))
    }

    const NOON: &str = "2026-11-01T12:00:00Z";

    #[test]
    fn a_price_is_per_million_tokens() {
        assert_eq!(price("openai", "gpt-4o", NOON), Some(dollars("2.50", "10.00")));
    }

    #[test]
    fn a_stepped_price_is_that_of_a_short_prompt() {
        assert_eq!(price("anthropic", "claude-sonnet-4-5", NOON), Some(dollars("3.00", "15.00")));
    }

    #[test]
    fn a_price_of_several_says_which_it_is() {
        let variant = |provider: &str, model: &str| table().variant(provider, model, NOON.parse().unwrap());
        assert!(variant("anthropic", "claude-sonnet-4-5").is_some_and(|it| it.contains("steps")));
        assert_eq!(variant("openai", "gpt-4o"), None);
        let then = "2025-06-01T00:00:00Z".parse().unwrap();
        assert!(table().variant("deepseek", "deepseek-chat", then).is_some_and(|it| it.contains("hour")));
    }

    #[test]
    fn a_price_by_the_hour_is_that_of_the_hour() {
        let (day, night) = ("2025-06-01T20:00:00Z", "2025-06-01T02:00:00Z");
        let (dear, cheap) = (price("deepseek", "deepseek-chat", day), price("deepseek", "deepseek-chat", night));
        assert!(dear.is_some() && cheap.is_some());
        assert_ne!(dear, cheap);
    }

    #[test]
    fn tokens_that_never_come_out_have_no_price() {
        let (input, output) = price("openai", "text-embedding-3-small", NOON).unwrap();
        assert_eq!((input.as_str(), output), ("0.02", None));
    }

    #[test]
    fn another_providers_price_is_not_borrowed() {
        assert_eq!(price("azure-openai", "gpt-4o", NOON), None);
        assert_eq!(price("wrong", "gpt-4o", NOON), None, "an id that merely contains a known one");
        assert_eq!(price("our-openai-gateway", "gpt-4o", NOON), None);
        assert_eq!(price("openai", "house-model", NOON), None);
    }

    #[test]
    fn a_model_listed_without_a_price_is_unknown_and_not_free() {
        assert_eq!(price("cerebras", "qwen-3-coder-480b", NOON), None);
        for provider in Calculator::bundled().providers() {
            let table = BundledPrices::new([("p".into(), provider.id().into())]);
            for model in provider.models() {
                let listed = table.price("p", model.id(), NOON.parse().unwrap());
                let zero = |price: &ListedPrice| price.input.0 == 0 || price.output.is_some_and(|output| output.0 == 0);
                assert!(!listed.as_ref().is_some_and(zero), "{} {}", provider.id(), model.id());
            }
        }
    }

    #[test]
    fn the_table_ages_by_days() {
        assert_eq!(age_in_days("2026-11-09T23:00:00Z".parse().unwrap()), 10);
        assert_eq!(age_in_days("2020-01-01T00:00:00Z".parse().unwrap()), 0);
    }

    #[test]
    fn the_source_names_the_version_in_use() {
        let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
        let packages = lock["package"].as_array().unwrap();
        let used = packages.iter().find(|package| package["name"].as_str() == Some("genai-prices")).unwrap();
        assert_eq!(SOURCE, format!("genai-prices {}", used["version"].as_str().unwrap()));
    }
}
