//! Costs as CSV, for the people who are billed.
//!
//! Among departments `spend` holds those below, too; who adds up a column takes `own_spend`, which counts each line once.

use super::{Costs, Dimension, Figures};
use crate::{domain::money::MicroDollars, emit::csv};

/// Writes the rows of an answer under a heading. Unknown is empty, never zero.
pub fn sheet(costs: &Costs) -> String {
    let nested = costs.by == Dimension::Department.word();
    let several = costs.rows.iter().any(|row| row.workspace.is_some());
    let by = costs.by.replace('-', "_");
    let mut head = vec!["first_day", "last_day"];
    head.extend(several.then_some("workspace"));
    head.extend([by.as_str(), "id"]);
    head.extend(nested.then_some("parent"));
    head.extend(["spend", "recorded"]);
    head.extend(nested.then_some(["own_spend", "own_recorded"]).into_iter().flatten());
    head.extend([
        "currency",
        "input_tokens",
        "output_tokens",
        "requests",
        "unpriced_requests",
        "priced_later_requests",
        "estimate",
    ]);
    head.extend(["budget", "budget_kind"]);
    let mut text = String::new();
    csv::row(&mut text, &head);
    let money = |amount: Option<MicroDollars>| amount.map_or_else(String::new, |amount| amount.to_string());
    for row in &costs.rows {
        let figures = &row.figures;
        let mut cells = vec![costs.first.to_string(), costs.last.to_string()];
        cells.extend(several.then(|| row.workspace.as_deref().unwrap_or_default().to_owned()));
        cells.extend([row.name.clone(), row.id.clone().unwrap_or_default()]);
        cells.extend(nested.then(|| row.parent.clone().unwrap_or_default()));
        cells.extend([money(figures.spend), money(figures.recorded)]);
        cells.extend(nested.then(|| [money(row.own_spend), money(row.own_recorded)]).into_iter().flatten());
        cells.push(costs.currency.to_owned());
        let Figures { input_tokens, output_tokens, requests, unpriced_requests, priced_later_requests, .. } = *figures;
        let counts = [input_tokens, output_tokens, requests, unpriced_requests, priced_later_requests];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(if figures.estimate { "yes" } else { "no" }.to_owned());
        cells.push(money(row.budget.map(|budget| budget.monthly)));
        cells.push(row.budget.map_or("", |budget| budget.kind.word()).to_owned());
        csv::row(&mut text, &cells);
    }
    text
}
