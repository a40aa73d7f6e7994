//! Rows of money: budgets and how they stand, prices, and what every source says of them.

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{by_name, rows};
use crate::{
    cost::quote::{self, Origin, Quote, disagreement, quotes},
    domain::{
        Text, Timestamp,
        catalogue::{ModelEntry, ModelIx},
        money::{BudgetKind, MicroDollars},
    },
    ops::{find::Thing, view::View},
};

rows! {
    /// A budget, whatever carries it.
    BudgetRow {
        id: String, name: String, on: &'static str, monthly: MicroDollars, kind: BudgetKind,
        spent: Option<MicroDollars>, left: MicroDollars, month_end: MicroDollars,
        runs_out: Option<Date>,
    }
    /// What a source says of a model's price.
    QuoteRow {
        source: Text, input_per_million: MicroDollars, output_per_million: Option<MicroDollars>, counts: bool,
        holds: bool, from: Option<Timestamp>, since: Option<Date>, age_days: Option<i32>,
        variant: Option<Text>, note: Option<Text>,
    }
    /// A price of the workspace: an operator's own, or one of an imported table.
    PriceRow {
        id: String, name: String, provider: Text, model: Text, input_per_million: MicroDollars,
        output_per_million: Option<MicroDollars>, source: Text, from: Option<Timestamp>,
        since: Option<Date>, note: Option<Text>, counts: bool, disagreement: Option<String>,
    }
}

/// Returns the budgets of everything that is seen, and how they stand in the month of `now`.
pub fn budgets(view: &View, now: Timestamp) -> Vec<BudgetRow> {
    let keys = view.credentials().map(|(ix, it)| (Thing::Credential(ix), it.id.to_string()));
    let departments = view.departments().map(|(ix, it)| (Thing::Department(ix), it.id.to_string()));
    let apps = view.apps().map(|(ix, it)| (Thing::App(ix), it.id.to_string()));
    let workflows = view.workflows().map(|(ix, it)| (Thing::Workflow(ix), it.id.to_string()));
    let row = |(thing, id): (Thing, String)| {
        let note = view.budget_of(thing, now)?;
        Some(BudgetRow {
            id,
            name: note.name,
            on: if note.on == "key" { "credential" } else { note.on },
            monthly: note.state.monthly,
            kind: note.state.kind,
            spent: note.state.spent,
            left: note.state.left,
            month_end: note.state.month_end,
            runs_out: note.runs_out,
        })
    };
    by_name(keys.chain(departments).chain(apps).chain(workflows).filter_map(row), |row| (row.on, row.name.clone()))
}

/// Returns what every source says of a model's price, in the order in which they are asked.
pub fn quotes_of(view: &View, model: ModelIx, now: Timestamp) -> Vec<QuoteRow> {
    let row = |it: Quote| QuoteRow {
        source: it.source,
        input_per_million: it.input,
        output_per_million: it.output,
        counts: it.counts,
        holds: it.holds,
        from: it.from,
        since: it.since,
        age_days: it.age_days,
        variant: it
            .variant
            .or_else(|| quote::variant(view.catalogue(), model, now).filter(|_| it.origin == Origin::Bundled)),
        note: it.note,
    };
    quotes(view.catalogue(), model, now).into_iter().map(row).collect()
}

/// Returns the workspace's own prices and those of imported tables, by provider and model.
pub fn prices(view: &View, now: Timestamp) -> Vec<PriceRow> {
    let of_model = |(ix, entry): (ModelIx, &ModelEntry)| {
        let all = if entry.prices.is_empty() { Vec::new() } else { quotes(view.catalogue(), ix, now) };
        let differs = disagreement(&all);
        let own = entry.prices.iter().map(|price| {
            let quote = all
                .iter()
                .find(|it| it.counts && it.from == price.from && (it.input, it.output) == (price.input, price.output));
            PriceRow {
                id: price.id.to_string(),
                name: format!("{}/{}", price.provider, price.model),
                provider: price.provider.clone(),
                model: price.model.clone(),
                input_per_million: price.input,
                output_per_million: price.output,
                source: price.source.clone().unwrap_or_else(|| "own price".into()),
                from: price.from,
                since: price.id.made_at().map(|at| at.to_zoned(TimeZone::UTC).date()),
                note: price.note.clone(),
                counts: quote.is_some(),
                disagreement: differs.clone(),
            }
        });
        own.collect::<Vec<_>>()
    };
    let rows = view.vocabulary().models().flat_map(of_model).collect::<Vec<_>>();
    by_name(rows.into_iter(), |row| (row.name.clone(), row.from))
}
