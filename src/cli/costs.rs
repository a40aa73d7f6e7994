//! `keydeck costs`: what was used and what it came to, by whatever one asks for; as a table, JSON, or CSV for a bill.

use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};

use super::{context::Context, output::Tone, report::Exit, table::Table};
use crate::{
    domain::{fact::Month, money::MicroDollars, name::printable},
    ops::{
        costs::{self, CostQuestion, CostRow, Costs, Dimension, Figures, LONGEST_DAYS, Period, Within},
        failure::Failure,
    },
};

/// What `costs` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "\"spend\" is what our prices make of the tokens, \"recorded\" what the source wrote; unknown is \
    never 0. Days and months are UTC.\nA department counts those below it; the total counts everything once."
)]
pub struct CostsArgs {
    /// By what to sum up
    #[arg(long, value_name = "WHAT", default_value = "department", value_parser = dimension())]
    by: Dimension,
    /// The last so many days, today included
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST_DAYS)))]
    days: u32,
    /// A calendar month instead
    #[arg(long, value_name = "YYYY-MM", conflicts_with = "days")]
    month: Option<Month>,
    /// One day instead
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["days", "month"])]
    day: Option<jiff::civil::Date>,
    /// Only what this used: a link, customer/NAME or cost-centre/NAME
    #[arg(long, value_name = "LINK")]
    of: Option<String>,
    /// Print CSV, for spreadsheets
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// All workspaces in which you may list anything
    #[arg(long, conflicts_with = "of")]
    all_workspaces: bool,
}

fn dimension() -> impl TypedValueParser<Value = Dimension> {
    PossibleValuesParser::new(Dimension::ALL.map(Dimension::word))
        .map(|word| Dimension::from_word(&word).unwrap_or_default())
}

/// Says what was used, and what it came to.
pub async fn run(cx: &mut Context, args: &CostsArgs) -> Result<Exit, Failure> {
    let period = match (args.month, args.day) {
        (Some(month), _) => Period::Month(month),
        (_, Some(day)) => Period::Day(day),
        (None, None) => Period::Days(args.days),
    };
    let costs = if args.all_workspaces {
        let question = CostQuestion { by: args.by, period, within: None };
        let identity = cx.identity.clone();
        cx.open().await?.costs_of_all(&identity, &question).await?
    } else {
        let session = cx.session().await?;
        let within = args.of.as_deref().map(|text| Within::read(text, &session.view())).transpose()?;
        session.costs(&CostQuestion { by: args.by, period, within }).await?
    };
    if cx.out.json {
        cx.out.document(&costs);
    } else if args.csv {
        cx.out.raw(&costs::sheet(&costs));
    } else {
        tell(cx, &costs);
    }
    Ok(Exit::DONE)
}

fn tell(cx: &mut Context, costs: &Costs) {
    let period = match &costs.month {
        Some(month) => month.clone(),
        None if costs.days == 1 => costs.first.to_string(),
        None => format!("{} to {}", costs.first, costs.last),
    };
    if costs.rows.is_empty() {
        cx.out.remark(format!("No usage is known of {period}."));
        cx.out.remark("\"keydeck import\" brings usage in: of Dify, FeedForward, LiteLLM or a CSV.");
        return;
    }
    let heading = cx.out.tone(Tone::Heading, &format!("Costs by {}, {period}, in US dollars", costs.by));
    cx.out.remark(heading);
    let named = if costs.by == "day" { "DAY" } else { "NAME" };
    let mut table =
        Table::new(&["WORKSPACE", named, "SPEND", "RECORDED", "TOKENS", "REQUESTS", "BUDGET", "RUNS OUT", "NOTE"]);
    let mut rows: Vec<[String; 9]> = costs.rows.iter().map(cells).collect();
    rows.push(total(&costs.total.figures));
    for column in [2, 3, 4, 5] {
        let width = rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
        for row in &mut rows {
            row[column] = format!("{:>width$}", row[column]);
        }
    }
    if rows.iter().all(|row| matches!(row[3].trim(), "unknown")) {
        for row in &mut rows {
            row[3].clear();
        }
    }
    for row in &rows {
        table.row(row);
    }
    cx.out.table(&table);
}

fn cells(row: &CostRow) -> [String; 9] {
    let figures = &row.figures;
    let budget = row.budget.map(|budget| {
        let spent = money(budget.spent);
        format!("{spent} of {} {}", budget.monthly, budget.kind.word())
    });
    [
        row.workspace.as_deref().unwrap_or_default().to_owned(),
        format!("{}{}", "  ".repeat(row.depth), printable(&row.name)),
        money(figures.spend),
        money(figures.recorded),
        grouped(figures.tokens),
        grouped(figures.requests),
        budget.unwrap_or_default(),
        row.runs_out.map_or_else(String::new, |day| day.to_string()),
        note(figures),
    ]
}

fn total(figures: &Figures) -> [String; 9] {
    [
        String::new(),
        "TOTAL".to_owned(),
        money(figures.spend),
        money(figures.recorded),
        grouped(figures.tokens),
        grouped(figures.requests),
        String::new(),
        String::new(),
        note(figures),
    ]
}

fn money(amount: Option<MicroDollars>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |amount| amount.cents().to_string())
}

/// Writes a whole number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let (head, rest) = digits.split_at(first);
    rest.as_bytes().chunks(3).fold(head.to_owned(), |text, three| format!("{text},{}", String::from_utf8_lossy(three)))
}

/// Says what the figures of a row are not.
fn note(figures: &Figures) -> String {
    let unpriced = match figures.unpriced_requests {
        0 => None,
        all if all == figures.requests => Some("no known price".to_owned()),
        some => Some(format!("{some} requests without a known price")),
    };
    let later = match figures.priced_later_requests {
        0 => None,
        all if all == figures.requests => Some("priced later".to_owned()),
        1 => Some("1 request priced later".to_owned()),
        some => Some(format!("{some} requests priced later")),
    };
    let estimate = figures.estimate.then(|| "estimate".to_owned());
    estimate.into_iter().chain(later).chain(unpriced).collect::<Vec<_>>().join(", ")
}
