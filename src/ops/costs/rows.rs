//! The rows of an answer about costs.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{
    CostQuestion, Dimension, Period, Within,
    budgets::carrier,
    naming::{Label, Named},
};
use crate::{
    cost::{
        budget::Standing,
        report::{Group, Key, Report},
    },
    domain::{
        Text, Timestamp,
        fact::Month,
        money::{BudgetKind, MicroDollars},
        usage::Amounts,
    },
    ops::{find::Thing, view::View},
};

/// What something used and what it came to. Unknown is empty, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// What our prices make of the tokens, as far as prices are known.
    pub spend: Option<MicroDollars>,
    /// What the source recorded, as far as it did.
    pub recorded: Option<MicroDollars>,
    /// Tokens in and out.
    pub tokens: u64,
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Requests.
    pub requests: u64,
    /// How many of them had no known price: `spend` lacks them.
    pub unpriced_requests: u64,
    /// Of how many the price was set after they came in: what they add to `spend` is an estimate.
    pub priced_later_requests: u64,
    /// Whether some of it is an estimate: a key was attributed to it, or its price was set later.
    pub estimate: bool,
    /// What budgets count: our price, and what was recorded where there is none.
    #[serde(skip)]
    pub counted: Option<MicroDollars>,
}

impl From<&Amounts> for Figures {
    fn from(it: &Amounts) -> Self {
        Self {
            spend: it.spend,
            recorded: it.recorded,
            tokens: it.tokens(),
            input_tokens: it.input_tokens,
            output_tokens: it.output_tokens,
            requests: it.requests,
            unpriced_requests: it.unpriced,
            priced_later_requests: it.late,
            estimate: it.estimate || it.late > 0,
            counted: it.counted,
        }
    }
}

impl Figures {
    fn add(&mut self, more: &Self) {
        let sum = |a: Option<MicroDollars>, b: Option<MicroDollars>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.spend = sum(self.spend, more.spend);
        self.recorded = sum(self.recorded, more.recorded);
        self.counted = sum(self.counted, more.counted);
        self.tokens = self.tokens.saturating_add(more.tokens);
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
        self.requests = self.requests.saturating_add(more.requests);
        self.unpriced_requests = self.unpriced_requests.saturating_add(more.unpriced_requests);
        self.priced_later_requests = self.priced_later_requests.saturating_add(more.priced_later_requests);
        self.estimate |= more.estimate;
    }
}

/// The money of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// The UTC day.
    pub day: Date,
    /// What our prices make of the tokens.
    pub spend: Option<MicroDollars>,
    /// What budgets count.
    #[serde(skip)]
    pub counted: Option<MicroDollars>,
}

fn days(group: &Group) -> Vec<DayRow> {
    group.days.iter().map(|(day, money)| DayRow { day: *day, spend: money.spend, counted: money.counted }).collect()
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// What was used.
    #[serde(flatten)]
    pub figures: Figures,
    /// Its money by day; days without usage are not there.
    pub days: Vec<DayRow>,
}

impl Total {
    pub(super) fn of(group: &Group) -> Self {
        Self { figures: (&group.amounts).into(), days: days(group) }
    }

    /// Adds what another workspace used.
    pub(super) fn add(&mut self, more: &Self) {
        self.figures.add(&more.figures);
        let mut sums: BTreeMap<Date, DayRow> = self.days.iter().map(|row| (row.day, *row)).collect();
        for row in &more.days {
            let add = |a: &mut Option<MicroDollars>, b: Option<MicroDollars>| {
                *a = a.map_or(b, |sum| Some(sum + b.unwrap_or_default()));
            };
            match sums.get_mut(&row.day) {
                Some(sum) => {
                    add(&mut sum.spend, row.spend);
                    add(&mut sum.counted, row.counted);
                }
                None => drop(sums.insert(row.day, *row)),
            }
        }
        self.days = sums.into_values().collect();
    }
}

/// How a budget stands in its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetState {
    /// What may be spent in a month.
    pub monthly: MicroDollars,
    /// What happens when it is.
    pub kind: BudgetKind,
    /// What is spent, as far as that is known.
    pub spent: Option<MicroDollars>,
    /// What is left; below zero if more was spent.
    pub left: MicroDollars,
    /// What the month will have cost at its end, at this pace.
    pub month_end: MicroDollars,
}

impl From<Standing> for BudgetState {
    fn from(it: Standing) -> Self {
        Self {
            monthly: it.budget.monthly,
            kind: it.budget.kind,
            spent: it.spent.map(|spent| spent.amount),
            left: it.left(),
            month_end: it.forecast.month_end,
        }
    }
}

/// One row. The keys are those of the contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostRow {
    /// What it is about; a masked name where the viewer may not know it.
    pub name: String,
    /// Its stable id, if it has one that the viewer may know.
    pub id: Option<String>,
    /// Its workspace, where several were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Text>,
    /// The department above it, for departments.
    pub parent: Option<String>,
    /// What was used.
    #[serde(flatten)]
    pub figures: Figures,
    /// What is booked on it itself, without the departments below it: these add up to the total.
    pub own_spend: Option<MicroDollars>,
    /// What the source recorded of that.
    pub own_recorded: Option<MicroDollars>,
    /// How its budget stands in the month of now, or in the month that was asked for.
    pub budget: Option<BudgetState>,
    /// On which day the budget is spent at this pace, if in this month; today, if it is spent already.
    pub runs_out: Option<Date>,
    /// Its money by day; days without usage are not there.
    pub days: Vec<DayRow>,
    /// How many departments stand above it in the answer.
    #[serde(skip)]
    pub depth: usize,
    /// The thing itself, if the viewer may see it.
    #[serde(skip)]
    pub thing: Option<Thing>,
    /// What a closer look is restricted to.
    #[serde(skip)]
    pub within: Option<Within>,
}

/// A row that is being made.
struct Draft {
    named: Named,
    group: Group,
    /// Its label's place among those above it, for departments.
    parent: Option<Label>,
}

impl View {
    /// Makes the rows of a report.
    pub(super) fn cost_rows(&self, question: &CostQuestion, report: &Report, now: Timestamp) -> Vec<CostRow> {
        let mut drafts: HashMap<Label, Draft> = HashMap::new();
        for (key, group) in &report.groups {
            let named = self.named_group(question.by, key);
            if let Some(draft) = drafts.get_mut(&named.label) {
                draft.group.merge(group);
            } else {
                let parent = self.parent_label(question.by, key);
                drafts.insert(named.label.clone(), Draft { named, group: group.clone(), parent });
            }
        }
        let order = order(question.by, &drafts);
        let row = |(label, depth)| {
            let draft = drafts.remove(&label)?;
            Some(self.cost_row(question, draft, depth, now))
        };
        order.into_iter().filter_map(row).collect()
    }

    fn parent_label(&self, by: Dimension, key: &Key) -> Option<Label> {
        let Key::Department(id) = key else { return None };
        let ix = self.catalogue().departments().find(*id).filter(|_| by == Dimension::Department)?;
        let parent = self.catalogue().departments().row(ix)?.parent?;
        Some(self.named_group(by, &Key::Department(self.catalogue().departments().id(parent))).label)
    }

    fn cost_row(&self, question: &CostQuestion, draft: Draft, depth: usize, now: Timestamp) -> CostRow {
        let Draft { named, group, parent } = draft;
        let standing = named.thing.and_then(|thing| self.standing_in(question.period, thing, now));
        let present = is_present(question.period, now);
        // Where nothing was used it is known what that cost.
        let nothing = (group.own.requests == 0 && group.own.tokens() == 0).then_some(MicroDollars::ZERO);
        CostRow {
            name: named.label.name,
            id: named.label.id,
            workspace: None,
            parent: parent.map(|label| label.name),
            figures: (&group.amounts).into(),
            own_spend: group.own.spend.or(nothing),
            own_recorded: group.own.recorded.or(nothing),
            budget: standing.map(Into::into),
            runs_out: standing.filter(|_| present).and_then(|it| it.forecast.runs_out),
            days: days(&group),
            depth,
            thing: named.thing,
            within: named.within,
        }
    }

    /// Says how a thing's budget stands now, or stood at the end of a month that is over.
    fn standing_in(&self, period: Period, thing: Thing, now: Timestamp) -> Option<Standing> {
        let carrier = carrier(thing)?;
        let at = match period {
            Period::Month(month) if month < Month::of(now) => month.days()?.1.to_zoned(TimeZone::UTC).ok()?.timestamp(),
            _ => now,
        };
        carrier.standing(self.catalogue(), at)
    }
}

fn is_present(period: Period, now: Timestamp) -> bool {
    !matches!(period, Period::Month(month) if month < Month::of(now))
}

/// Puts rows in order: days as they came, departments below the one above, and what was dear first.
fn order(by: Dimension, drafts: &HashMap<Label, Draft>) -> Vec<(Label, usize)> {
    let mut labels: Vec<&Label> = drafts.keys().collect();
    let counted = |label: &Label| drafts[label].group.amounts.counted;
    match by {
        Dimension::Day => labels.sort(),
        _ => labels.sort_by_key(|label| (Reverse(counted(label)), *label)),
    }
    let mut below: HashMap<Option<&Label>, Vec<&Label>> = HashMap::new();
    for label in &labels {
        let parent = drafts[*label].parent.as_ref().filter(|parent| drafts.contains_key(*parent) && *parent != *label);
        below.entry(parent).or_default().push(label);
    }
    let mut ordered = Vec::with_capacity(labels.len());
    let mut waiting: Vec<(&Label, usize)> = below.get(&None).into_iter().flatten().rev().map(|it| (*it, 0)).collect();
    while let Some((label, depth)) = waiting.pop() {
        ordered.push((label.clone(), depth));
        let children = below.remove(&Some(label)).unwrap_or_default();
        waiting.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    // A cycle of departments, which only data from outside can hold, hangs below nothing.
    let known: std::collections::HashSet<Label> = ordered.iter().map(|(label, _)| label.clone()).collect();
    ordered.extend(labels.into_iter().filter(|label| !known.contains(*label)).map(|label| (label.clone(), 0)));
    ordered
}
