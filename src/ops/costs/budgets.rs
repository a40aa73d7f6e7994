//! Budgets as the viewer reads them: which count at a place, how much is left, and when they run out.

use jiff::civil::Date;
use serde::Serialize;

use super::rows::BudgetState;
use crate::{
    cost::budget::{Carrier, Standing, carriers, carriers_of_app},
    domain::{
        Timestamp,
        catalogue::Ix,
        credential::Credential,
        money::{BudgetKind, MicroDollars},
        workflow::{App, Workflow},
    },
    ops::{find::Thing, view::View},
};

/// A budget that counts somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetNote {
    /// What carries it: `key`, `workflow`, `app` or `department`.
    pub on: &'static str,
    /// The name of that.
    pub name: String,
    /// How it stands.
    #[serde(flatten)]
    pub state: BudgetState,
    /// On which day it is spent at this pace, if in this month; today, if it is spent already.
    pub runs_out: Option<Date>,
}

impl BudgetNote {
    /// Tells it in one sentence, without its end: `$12.00 of $50.00 hard left on key openai-finance; runs out on …`.
    pub fn sentence(&self) -> String {
        let Self { on, name, state, runs_out } = self;
        let (kind, monthly) = (state.kind.word(), state.monthly.for_people());
        let left = match (state.left <= MicroDollars::ZERO, state.kind) {
            (true, BudgetKind::Hard) => format!("nothing of {monthly} {kind} left"),
            (true, BudgetKind::Soft) => format!("{monthly} {kind} exceeded"),
            _ => format!("{} of {monthly} {kind} left", state.left.for_people()),
        };
        let end = match runs_out {
            Some(day) if state.left > MicroDollars::ZERO => format!(", spent on {day} at this pace"),
            _ => String::new(),
        };
        format!("{left} this month on {on} {name}{end}")
    }
}

impl View {
    /// Returns the budgets that count for a workflow with a key, the nearest first, as far as the viewer may list them.
    pub fn budgets_at(
        &self,
        workflow: Option<Ix<Workflow>>,
        key: Option<Ix<Credential>>,
        now: Timestamp,
    ) -> Vec<BudgetNote> {
        let above = workflow.into_iter().flat_map(|ix| carriers(self.catalogue(), ix));
        self.budget_notes(key.map(Carrier::Credential).into_iter().chain(above), now)
    }

    /// Returns the budgets that count for an app.
    pub fn budgets_of_app(&self, app: Ix<App>, now: Timestamp) -> Vec<BudgetNote> {
        self.budget_notes(carriers_of_app(self.catalogue(), app), now)
    }

    pub(super) fn budget_notes(&self, carriers: impl Iterator<Item = Carrier>, now: Timestamp) -> Vec<BudgetNote> {
        carriers.filter_map(|carrier| self.budget_note(carrier, now)).collect()
    }

    /// Says how the budget of one thing stands, if it has one and the viewer may list it.
    pub fn budget_of(&self, thing: Thing, now: Timestamp) -> Option<BudgetNote> {
        self.budget_note(carrier(thing)?, now)
    }

    fn budget_note(&self, carrier: Carrier, now: Timestamp) -> Option<BudgetNote> {
        let (on, name) = match carrier {
            Carrier::Credential(ix) => ("key", &self.credential(ix)?.name),
            Carrier::Workflow(ix) => ("workflow", &self.workflow(ix)?.name),
            Carrier::App(ix) => ("app", &self.app(ix)?.name),
            Carrier::Department(ix) => ("department", &self.department(ix)?.name),
        };
        let standing: Standing = carrier.standing(self.catalogue(), now)?;
        let runs_out = standing.forecast.runs_out;
        Some(BudgetNote { on, name: name.to_string(), state: standing.into(), runs_out })
    }

    /// Returns the budgets of all departments that are seen, the most pressing first: for bars.
    pub fn department_budgets(&self, now: Timestamp) -> Vec<BudgetNote> {
        let mut notes = self.budget_notes(self.departments().map(|(ix, _)| Carrier::Department(ix)), now);
        // What is spent of what may be, in thousandths; a budget of 0 is all spent.
        let used = |note: &BudgetNote| {
            let spent = i128::from(note.state.monthly.0) - i128::from(note.state.left.0);
            std::cmp::Reverse((spent * 1_000).checked_div(i128::from(note.state.monthly.0)).unwrap_or(i128::MAX))
        };
        notes.sort_by(|a, b| used(a).cmp(&used(b)).then_with(|| a.name.cmp(&b.name)));
        notes
    }
}

/// Returns what may carry a budget.
pub(super) const fn carrier(thing: Thing) -> Option<Carrier> {
    match thing {
        Thing::Credential(ix) => Some(Carrier::Credential(ix)),
        Thing::Workflow(ix) => Some(Carrier::Workflow(ix)),
        Thing::App(ix) => Some(Carrier::App(ix)),
        Thing::Department(ix) => Some(Carrier::Department(ix)),
        _ => None,
    }
}
