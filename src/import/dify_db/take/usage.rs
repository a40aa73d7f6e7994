//! Usage: what was recorded there, by the workflows, nodes and keys that are here.
//!
//! No table says which key served a call. Each line is attributed as Dify's own order chooses today, and is an estimate;
//! what a pool shares is divided among its members by weight.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Take;
use crate::{
    domain::{
        Text,
        credential::Credential,
        fact::Usage,
        id::Id,
        money::MicroDollars,
        name,
        provider::ModelKind,
        usage::{MOST_MONEY, MOST_TOKENS},
        workflow::Workflow,
    },
    import::dify_db::{
        choice::{Choices, Chosen, Slot},
        spent::{UNITS, Used, Where},
    },
};

/// What stands for a provider or model that nothing names.
const UNKNOWN: &str = "unknown";
/// What stands for the node of an app without a graph.
const CONFIG: &str = "model_config";

/// A place of use here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    day: Date,
    workflow: Option<Id<Workflow>>,
    node: Option<Text>,
    provider: Text,
    model: Text,
    kind: ModelKind,
    customer: Option<Text>,
}

/// What of the records leads nowhere.
#[derive(Default)]
struct Missed {
    homeless: u64,
    nameless: u64,
    undated: u64,
    absurd: u64,
}

/// Returns a line for each day, node, model, key and customer.
pub(super) fn of(take: &mut Take<'_>, choices: &Choices<'_>) -> Vec<Usage> {
    let spent = &take.tenant.spent;
    let (mut lines, mut missed): (BTreeMap<Line, Used>, _) = (BTreeMap::new(), Missed::default());
    for (place, used) in &spent.lines {
        if let Some(line) = line(take, place, used, &mut missed) {
            lines.entry(line).or_default().add(used);
        }
    }
    // Rounding must not add up: what one line loses the next one gets.
    let mut exact = 0;
    let mut usage = Vec::new();
    for (line, used) in lines {
        if !is_lawful(&used) {
            missed.absurd += used.requests;
            continue;
        }
        let recorded = used.price.map(|price| {
            let before = rounded(exact);
            exact += price;
            MicroDollars(rounded(exact) - before)
        });
        divide(&keys(take, choices, &line), &line, &used, recorded, &mut usage);
    }
    tell(take, &missed);
    usage
}

/// Says whether a bill can hold what was used: whoever wrote the records may have written anything.
fn is_lawful(used: &Used) -> bool {
    let most = i128::from(MOST_MONEY.0) * (UNITS / 1_000_000);
    [used.input, used.output, used.requests].into_iter().all(|count| count <= MOST_TOKENS)
        && used.price.is_none_or(|price| (0..=most).contains(&price))
}

fn rounded(units: i128) -> i64 {
    let micro = UNITS / 1_000_000;
    let half = if units < 0 { -micro / 2 } else { micro / 2 };
    i64::try_from((units + half) / micro).unwrap_or(i64::MAX)
}

/// Finds the place of a record here; none if it repeats what is recorded elsewhere.
fn line(take: &Take<'_>, place: &Where, used: &Used, missed: &mut Missed) -> Option<Line> {
    if place.day == Date::ZERO {
        missed.undated += used.requests;
        return None;
    }
    let app = take.apps.get(place.app.as_str());
    // A tool has a price only if it is a workflow, unless the graph says that it is none.
    let is_workflow = || app.and_then(|app| app.tools.get(&place.node)).copied().unwrap_or(true);
    if place.may_repeat && is_workflow() {
        return None;
    }
    let draft = app.and_then(|app| app.draft.as_ref()).filter(|(row, _)| *row == place.workflow).map(|(_, id)| *id);
    let main = app.and_then(|app| app.workflow);
    let workflow = draft.or(main);
    if workflow.is_none() {
        missed.homeless += used.requests;
    }
    let node = if place.node.is_empty() { CONFIG } else { &place.node };
    let node = Text::from(name::clean(node, UNKNOWN));
    let called =
        [draft, main].into_iter().flatten().find_map(|id| app.and_then(|app| app.nodes.get(&(id, node.clone()))));
    let named = !place.provider.is_empty() && !place.model.is_empty();
    let (provider, model, kind) = match called {
        _ if named => {
            let provider = take.taking.catalogue.vocabulary().canonical(&place.provider);
            (
                Text::from(name::clean(&provider, UNKNOWN)),
                Text::from(name::clean(&place.model, UNKNOWN)),
                called.map(|it| it.kind),
            )
        }
        Some(called) => (called.provider.clone(), called.model.clone(), Some(called.kind)),
        None => {
            missed.nameless += used.requests;
            (UNKNOWN.into(), UNKNOWN.into(), None)
        }
    };
    Some(Line {
        day: place.day,
        workflow,
        node: called.map(|it| it.name.clone()),
        provider,
        model,
        kind: kind.unwrap_or(ModelKind::Llm),
        customer: place.customer.clone(),
    })
}

/// Returns the keys that Dify uses for a line, with their weights.
fn keys(take: &Take<'_>, choices: &Choices<'_>, line: &Line) -> Vec<(Id<Credential>, u32)> {
    let slot = Slot { provider: line.provider.clone(), kind: line.kind, model: line.model.clone() };
    let chosen = choices.models.get(&slot).or_else(|| choices.providers.get(&slot.provider));
    match chosen {
        Some(Chosen::Key(stored)) => take.keys.get(stored).map(|key| (*key, 1)).into_iter().collect(),
        Some(Chosen::Pool) => {
            let members = choices.pools.get(&slot).map_or(&[][..], |pool| &pool.members);
            members.iter().filter_map(|(stored, weight)| Some((*take.keys.get(stored)?, *weight))).collect()
        }
        Some(Chosen::Error(_) | Chosen::Nothing) | None => Vec::new(),
    }
}

/// Writes a line for each key, by weight; the sums stay what they are.
fn divide(
    keys: &[(Id<Credential>, u32)],
    line: &Line,
    used: &Used,
    recorded: Option<MicroDollars>,
    usage: &mut Vec<Usage>,
) {
    let written = |credential: Option<Id<Credential>>, used: &Used, recorded| Usage {
        day: line.day,
        workflow: line.workflow,
        node: line.node.clone(),
        provider: line.provider.clone(),
        model: line.model.clone(),
        credential,
        estimate: credential.is_some(),
        department: None,
        cost_centre: None,
        customer: line.customer.clone(),
        input_tokens: used.input,
        output_tokens: used.output,
        requests: used.requests,
        recorded,
        spend: None,
    };
    let total: i128 = keys.iter().map(|(_, weight)| i128::from(*weight)).sum();
    if total == 0 {
        usage.push(written(None, used, recorded));
        return;
    }
    let mut before = 0;
    for (key, weight) in keys.iter().filter(|(_, weight)| *weight > 0) {
        let after = before + i128::from(*weight);
        let part = |whole: i128| whole * after / total - whole * before / total;
        let count = |whole: u64| u64::try_from(part(whole.into())).unwrap_or_default();
        let share =
            Used { input: count(used.input), output: count(used.output), requests: count(used.requests), price: None };
        let recorded = recorded.map(|whole| MicroDollars(i64::try_from(part(whole.0.into())).unwrap_or_default()));
        before = after;
        if share != Used::default() || recorded.is_some_and(|it| it != MicroDollars::ZERO) {
            usage.push(written(Some(*key), &share, recorded));
        }
    }
}

fn tell(take: &mut Take<'_>, missed: &Missed) {
    let spent = &take.tenant.spent;
    if spent.unreadable > 0 {
        take.skip(format!("{} records of use", spent.unreadable), "what they say is no JSON");
    }
    if missed.undated > 0 {
        take.skip(format!("{} records of use", missed.undated), "they have no day");
    }
    if missed.absurd > 0 {
        take.skip(
            format!("{} records of use", missed.absurd),
            "they come to less than nothing, or to more than a bill holds",
        );
    }
    if spent.tools > 0 {
        let reason = "Dify does not say which model they called";
        take.skip(format!("{} calls of models by tools", spent.tools), reason);
    }
    for (currency, count) in &spent.currencies {
        take.warn(format!("{count} records are in {currency}; their price was left out, and their tokens were taken"));
    }
    if missed.homeless > 0 {
        take.warn(format!("{} records are of no app that is there; they count for no workflow", missed.homeless));
    }
    if missed.nameless > 0 {
        take.warn(format!(
            "{} records name no model, and their node is gone; they count for \"unknown\"",
            missed.nameless
        ));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_a_pool_shares_adds_up() {
        let line = Line {
            day: jiff::civil::date(2026, 11, 1),
            workflow: None,
            node: None,
            provider: "openai".into(),
            model: "gpt-4o".into(),
            kind: ModelKind::Llm,
            customer: None,
        };
        let keys: Vec<_> = [(1, 3), (2, 0), (3, 4)].map(|(id, weight)| (Id::new(Uuid::from_u128(id)), weight)).into();
        let used = Used { input: 1000, output: 11, requests: 2, price: None };
        let mut usage = Vec::new();
        divide(&keys, &line, &used, Some(MicroDollars(100)), &mut usage);
        assert_eq!(usage.len(), 2);
        let sum = |of: fn(&Usage) -> u64| usage.iter().map(of).sum::<u64>();
        assert_eq!((sum(|it| it.input_tokens), sum(|it| it.output_tokens), sum(|it| it.requests)), (1000, 11, 2));
        assert_eq!(usage.iter().filter_map(|it| it.recorded).sum::<MicroDollars>(), MicroDollars(100));
        assert!(usage.iter().all(|it| it.estimate && it.credential.is_some()));
    }

    #[test]
    fn what_no_bill_can_hold_is_left_out() {
        let used = |input, price| is_lawful(&Used { input, output: 0, requests: 1, price });
        assert!(used(MOST_TOKENS, Some(UNITS)) && used(0, None) && used(1, Some(0)));
        for absurd in [used(MOST_TOKENS + 1, None), used(1, Some(-1)), used(1, Some(i128::MAX))] {
            assert!(!absurd);
        }
    }

    #[test]
    fn rounding_is_to_the_nearest() {
        assert_eq!([rounded(499_999), rounded(500_000), rounded(-500_000), rounded(1_000_000)], [0, 1, -1, 1]);
    }
}
