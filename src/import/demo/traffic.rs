//! Traffic: how much one node is used, day by day or week by week, and the lines of usage that this leaves.

use jiff::{
    Span,
    civil::{Date, Weekday},
};

use super::random::Random;
use crate::cost::stamp::spend;
use crate::domain::{
    Text,
    credential::Credential,
    fact::{ListedPrice, Usage},
    id::Id,
    people::Department,
    provider::ModelKind,
    workflow::Workflow,
};

/// How much a working day, a Saturday and a Sunday bring, in hundredths; a week is their sum.
const WEEKDAY: u64 = 100;
const SATURDAY: u64 = 25;
const SUNDAY: u64 = 20;
const WEEK: u64 = 5 * WEEKDAY + SATURDAY + SUNDAY;

/// How finely the usage of a node is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// A line for each of so many days, today included.
    Days(i64),
    /// A line for each of so many whole weeks before today, on the week's first day.
    Weeks(i64),
}

/// How much a node is used, by whom and at whose cost.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    pub(super) workflow: Id<Workflow>,
    pub(super) node: Text,
    pub(super) provider: Text,
    pub(super) model: Text,
    pub(super) key: Id<Credential>,
    pub(super) estimate: bool,
    pub(super) department: Option<Id<Department>>,
    pub(super) cost_centre: Option<Text>,
    pub(super) customer: Option<Text>,
    pub(super) load: Load,
    pub(super) price: Option<ListedPrice>,
}

/// Requests on a working day of late, and tokens of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Load {
    /// Draws a load that suits a kind of model and an environment.
    pub(super) fn draw(kind: ModelKind, environment: Option<&str>, runs: u32, random: &mut Random) -> Self {
        let requests = match environment {
            Some("production") => random.between(30, 300),
            Some("staging") => random.between(4, 40),
            _ => random.between(2, 20),
        };
        let (input, output) = match kind {
            ModelKind::Llm => (random.between(800, 4_000), random.between(120, 700)),
            ModelKind::Embedding => (random.between(100, 600), 0),
            ModelKind::Rerank => (random.between(1_500, 5_000), 0),
            ModelKind::Speech | ModelKind::Tts => (random.between(2_000, 6_000), random.between(200, 900)),
            ModelKind::Moderation => (random.between(100, 900), 0),
        };
        Self { requests: requests * u64::from(runs), input, output }
    }
}

impl Traffic {
    /// Returns the lines that the node leaves until `today`, oldest first; quiet days leave none.
    pub(super) fn lines(self, today: Date, grain: Grain, mut random: Random) -> impl Iterator<Item = Usage> {
        let (count, length) = match grain {
            Grain::Days(days) => (days, 1),
            Grain::Weeks(weeks) => (weeks, 7),
        };
        (0..count).filter_map(move |at| {
            let back = if grain == Grain::Days(count) { count - 1 - at } else { (count - at) * length };
            let day = today.saturating_sub(Span::new().days(back));
            let share = if length == 1 { share(day) } else { WEEK };
            // From three fifths of today's load to all of it, a quarter more or less.
            let growth = 600 + 400 * at.unsigned_abs() / count.unsigned_abs();
            let requests = self.load.requests * share * growth * random.between(75, 125) / 10_000_000;
            (requests > 0).then(|| self.line(day, requests))
        })
    }

    /// Returns the line of so many requests.
    pub(super) fn line(&self, day: Date, requests: u64) -> Usage {
        let (input_tokens, output_tokens) = (requests * self.load.input, requests * self.load.output);
        Usage {
            day,
            workflow: Some(self.workflow),
            node: Some(self.node.clone()),
            provider: self.provider.clone(),
            model: self.model.clone(),
            credential: Some(self.key),
            estimate: self.estimate,
            department: self.department,
            cost_centre: self.cost_centre.clone(),
            customer: self.customer.clone(),
            input_tokens,
            output_tokens,
            requests,
            recorded: None,
            spend: self.price.as_ref().and_then(|price| spend(price, input_tokens, output_tokens)),
        }
    }
}

fn share(day: Date) -> u64 {
    match day.weekday() {
        Weekday::Saturday => SATURDAY,
        Weekday::Sunday => SUNDAY,
        _ => WEEKDAY,
    }
}
