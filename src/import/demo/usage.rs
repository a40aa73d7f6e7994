//! Usage: what a quarter of work leaves behind, and two keys whose hard budgets run out.
//!
//! The organisation's own workflows leave a line for each day, node and customer. Of a site's workflows every fourth is
//! in use, and leaves a line for each week and its writing node: about 300,000 lines for 100,000 workflows. A key is
//! attributed as a platform would have chosen it, the nearest department's own first, and is an estimate unless it is
//! fixed on the node or its instance. A node for which there is no key has not run.

use std::collections::HashMap;

use jiff::{Span, civil::Date, tz::TimeZone};

use super::{
    Options,
    ledger::Ledger,
    random::Random,
    site::Site,
    traffic::{Grain, Load, Traffic},
};
use crate::domain::{
    Text, Timestamp,
    fact::{ListedPrice, PriceTable, Usage},
    money::MicroDollars,
    provider::ModelKind,
    workflow::{Node, Uses},
};

/// How many days the organisation's own usage covers, today included.
pub const DAYS: i64 = 90;
const WEEKS: i64 = 12;
/// Every how manyth workflow of a site is in use.
const IN_USE: usize = 4;
/// Sets the streams of usage apart from those of configuration.
const STREAM: u64 = 0x75_7361_6765;

/// The app whose workflows serve several customers, and who they are.
const SERVING: (&str, [&str; 3]) = ("Partner Portal", ["acme", "globex", "initech"]);

/// Long documents that spend a hard budget to so many thousandths by today, whatever the day of the month.
struct Sweep {
    workflow: &'static str,
    node: &'static str,
    key: &'static str,
    permille: i64,
}

const SWEEPS: [Sweep; 2] = [
    Sweep { workflow: "eval-harness", node: "grade", key: "openai-evals", permille: 1_040 },
    Sweep { workflow: "campaign-writer", node: "draft", key: "openai-marketing", permille: 960 },
];
/// Over how many days a sweep is spread, or as many as the month has had.
const SWEEP_DAYS: i8 = 5;
const SWEEP_LOAD: Load = Load { requests: 1, input: 24_000, output: 2_000 };

/// Returns the day of an instant in UTC, by which usage and budgets are kept.
pub(super) fn day_of(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Returns the lines of the organisation's own workflows.
pub(super) fn of_organisation(ledger: &Ledger<'_>, options: &Options, prices: &dyn PriceTable) -> Vec<Usage> {
    let today = day_of(options.now);
    let traffic: Vec<Traffic> =
        ledger.nodes.iter().enumerate().flat_map(|(at, node)| traffic(ledger, options, prices, node, at)).collect();
    let line = |(it, at): (&Traffic, u64)| {
        it.clone().lines(today, Grain::Days(DAYS), Random::new(options.seed, &[STREAM, 1, at]))
    };
    let mut lines: Vec<Usage> = traffic.iter().zip(0..).flat_map(line).collect();
    for sweep in &SWEEPS {
        let burst = sweep.lines(ledger, &traffic, &lines, today);
        lines.extend(burst);
    }
    lines
}

/// Returns what one node is used, once for each customer.
fn traffic(ledger: &Ledger<'_>, options: &Options, prices: &dyn PriceTable, node: &Node, at: usize) -> Vec<Traffic> {
    let Some((workflow, (provider, model))) = ledger.workflows.get(&node.workflow).zip(ledger.model(node)) else {
        return Vec::new();
    };
    let fixed = ledger.fixed(node);
    let Some(key) = fixed.or_else(|| ledger.chosen(workflow, provider, model, options.now, at)) else {
        return Vec::new();
    };
    let mut random = Random::new(options.seed, &[STREAM, 0, at as u64]);
    let department = ledger.department(workflow);
    let serving = ledger.app_name(workflow) == Some(SERVING.0);
    let customers = if serving { SERVING.1.map(Some).to_vec() } else { vec![None] };
    let price = ledger.price(prices, provider, model, options.now);
    let one = |customer: Option<&str>| Traffic {
        workflow: workflow.id,
        node: node.name.clone(),
        provider: provider.into(),
        model: model.into(),
        key: key.id,
        estimate: fixed.is_none(),
        department: department.map(|it| it.id),
        cost_centre: department.and_then(|it| it.cost_centre.clone()),
        customer: customer.map(Text::from),
        load: Load::draw(node.kind, workflow.environment.as_deref(), node.runs, &mut random),
        price: price.clone(),
    };
    customers.into_iter().map(one).collect()
}

impl Sweep {
    /// Returns the lines that bring the key to where it should be; none if there is no need or no price.
    fn lines(&self, ledger: &Ledger<'_>, traffic: &[Traffic], lines: &[Usage], today: Date) -> Vec<Usage> {
        let days = i64::from(today.day().min(SWEEP_DAYS));
        let sweep = || {
            let key = ledger.credential(self.key)?;
            let workflow = ledger.workflows.values().find(|it| &*it.name == self.workflow)?;
            let here = |it: &&Traffic| it.workflow == workflow.id && &*it.node == self.node && it.key == key.id;
            let sweep = Traffic { load: SWEEP_LOAD, ..traffic.iter().find(here)?.clone() };
            let counts = |it: &&Usage| it.credential == Some(key.id) && it.day >= today.first_of_month();
            let spent: MicroDollars = lines.iter().filter(counts).filter_map(|it| it.spend).sum();
            let wanted = key.budget?.monthly.0 / 1_000 * self.permille;
            let one = sweep.line(today, 1).spend.filter(|it| *it > MicroDollars::ZERO)?;
            let requests = u64::try_from((wanted - spent.0) / one.0 / days).ok().filter(|it| *it > 0)?;
            Some((sweep, requests))
        };
        let on = |(sweep, requests): (Traffic, u64)| {
            (0..days).map(move |back| sweep.line(today.saturating_sub(Span::new().days(back)), requests))
        };
        sweep().into_iter().flat_map(on).collect()
    }
}

/// Returns the lines of a site's workflows, one node each. `price` says what a provider's model costs.
pub(super) fn of_site(
    site: &Site,
    options: &Options,
    price: &mut impl FnMut(&Text, &Text) -> Option<ListedPrice>,
) -> Vec<Usage> {
    let department = site.department();
    let mut lines = Vec::new();
    for at in (0..site.workflow_count()).step_by(IN_USE) {
        let workflow = site.workflow(at);
        let nodes = site.nodes(at);
        let Some(node) = nodes.iter().find(|it| it.kind == ModelKind::Llm) else { continue };
        let Uses::Model { provider, model } = &node.uses else { continue };
        let Some(key) = site.key_for(provider) else { continue };
        let mut random = Random::new(options.seed, &[STREAM, 2, site.number(), at]);
        let traffic = Traffic {
            workflow: workflow.id,
            node: node.name.clone(),
            provider: provider.clone(),
            model: model.clone(),
            key: key.id,
            estimate: true,
            department: Some(department.id),
            cost_centre: department.cost_centre.clone(),
            customer: None,
            load: Load::draw(node.kind, workflow.environment.as_deref(), node.runs, &mut random),
            price: price(provider, model),
        };
        lines.extend(traffic.lines(day_of(options.now), Grain::Weeks(WEEKS), random));
    }
    lines
}

/// Prices by provider and model, each asked for once.
pub(super) type Known = HashMap<(Text, Text), Option<ListedPrice>>;
