//! Usage: what FeedForward's runs came to, by day, assignment and model.
//!
//! The program notes local times without an offset; the day is taken as it stands there. A key is attributed as an
//! estimate, since the program may have fallen back to its environment's.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{
    parts::{Model, id},
    read::Row,
    take::Take,
};
use crate::domain::{Text, fact::Usage, money::MicroDollars, name};

/// Returns a line for each day, assignment and model of the history, and tells what has no place in one.
pub(super) fn of(take: &mut Take<'_>) -> Vec<Usage> {
    let contents = take.contents;
    let models: HashMap<i64, usize> = take.models.iter().enumerate().map(|(at, model)| (model.id, at)).collect();
    let (mut lines, mut missed) = (Vec::new(), Missed::default());
    for row in &contents.history {
        let runs = row.number("runs").and_then(|it| u64::try_from(it).ok()).unwrap_or_default();
        let Ok(day) = row.get("day").parse::<Date>() else {
            missed.undated += runs;
            continue;
        };
        match row.number("model") {
            Some(0 | -1) => {}
            Some(number) => match models.get(&number) {
                Some(&at) => lines.push(line(take, &take.models[at], row, day, runs, &mut missed)),
                None => *missed.models.entry(number.to_string()).or_default() += runs,
            },
            None => *missed.models.entry("(none)".to_owned()).or_default() += runs,
        }
    }
    missed.tell(take);
    lines
}

/// What of the history leads nowhere.
#[derive(Default)]
struct Missed {
    undated: u64,
    models: HashMap<String, u64>,
    homeless: u64,
}

impl Missed {
    fn tell(self, take: &mut Take<'_>) {
        if self.undated > 0 {
            take.skip(format!("{} runs", self.undated), "they have no day");
        }
        let mut models: Vec<_> = self.models.into_iter().collect();
        models.sort();
        for (model, runs) in models {
            take.skip(format!("{runs} runs of model {model}"), "the model is not there");
        }
        if self.homeless > 0 {
            take.warn(format!("{} runs are of no assignment that is there; they count for no workflow", self.homeless));
        }
    }
}

fn line(take: &Take<'_>, model: &Model, row: &Row, day: Date, runs: u64, missed: &mut Missed) -> Usage {
    let place = id(row.get("assignment")).and_then(|it| take.workflows.get(&it));
    if place.is_none() {
        missed.homeless += runs;
    }
    let nodes = place.and_then(|(workflow, _)| take.nodes.get(&(*workflow, model.id)));
    let credential = take.keys.get(&model.id).map(|(key, _)| *key);
    let is_priced = row.number("priced").is_some_and(|it| it > 0);
    Usage {
        day,
        workflow: place.map(|(workflow, _)| *workflow),
        // Two nodes of one model can't be told apart afterwards.
        node: nodes.filter(|names| names.len() == 1).and_then(|names| names.first()).cloned(),
        provider: take.taking.catalogue.vocabulary().canonical(&model.provider),
        model: Text::from(name::clean(&model.vendor_id, "model")),
        credential,
        estimate: credential.is_some(),
        department: None,
        cost_centre: None,
        customer: place.and_then(|(_, course)| course.clone()),
        input_tokens: tokens(row.get("input")),
        output_tokens: tokens(row.get("output")),
        requests: runs,
        recorded: row.get("cost").parse().ok().filter(|_| is_priced).and_then(MicroDollars::from_dollars),
        spend: None,
    }
}

/// Reads a sum of tokens, which the database adds up as a number with a point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative and absurd sums stop at the ends"
)]
fn tokens(sum: &str) -> u64 {
    sum.parse::<f64>().map_or(0, |sum| sum.clamp(0.0, 1e15) as u64)
}
