//! Budgets as they stand: which of them count where, what of each is spent this month, and when it runs out.

use jiff::tz::TimeZone;

use super::forecast::{Forecast, forecast};
use crate::domain::{
    Timestamp,
    assignment::{Scope, Target},
    catalogue::{Catalogue, Ix},
    credential::Credential,
    fact::{Month, Spend, Spent},
    id::Id,
    money::{Budget, MicroDollars},
    people::Department,
    record::Record,
    workflow::{App, Workflow},
};

/// What carries a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// A credential.
    Credential(Ix<Credential>),
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// An app.
    App(Ix<App>),
    /// A department.
    Department(Ix<Department>),
}

/// How a budget stands in the month of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What carries it.
    pub on: Carrier,
    /// The budget.
    pub budget: Budget,
    /// What is spent of it, as far as that is known.
    pub spent: Option<Spent>,
    /// What is to be expected.
    pub forecast: Forecast,
}

impl Standing {
    /// Returns what is left; below zero if more was spent.
    pub fn left(&self) -> MicroDollars {
        self.budget.monthly - self.spent.unwrap_or_default().amount
    }
}

impl Carrier {
    /// Returns the budget that it carries.
    pub fn budget(self, catalogue: &Catalogue) -> Option<Budget> {
        match self {
            Self::Credential(ix) => catalogue.credentials().get(ix)?.budget,
            Self::Workflow(ix) => catalogue.workflows().get(ix)?.budget,
            Self::App(ix) => catalogue.apps().get(ix)?.budget,
            Self::Department(ix) => catalogue.departments().get(ix)?.budget,
        }
    }

    /// Returns what it spent in a month.
    fn spent(self, catalogue: &Catalogue, spend: &Spend) -> Option<Spent> {
        match self {
            Self::Credential(ix) => spend.credentials.get(catalogue.credentials().id(ix)),
            Self::Workflow(ix) => spend.workflows.get(catalogue.workflows().id(ix)),
            Self::App(ix) => spend.apps.get(catalogue.apps().id(ix)),
            Self::Department(ix) => spend.departments.get(catalogue.departments().id(ix)),
        }
    }

    /// Says how its budget stands at `now`, if it has one.
    pub fn standing(self, catalogue: &Catalogue, now: Timestamp) -> Option<Standing> {
        let budget = self.budget(catalogue)?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let of = |month: Month| self.spent(catalogue, catalogue.facts().spend.get(&month)?);
        let month = Month::of(now);
        let (spent, before) = (of(month), of(month.before()));
        let amount = |spent: Option<Spent>| spent.unwrap_or_default().amount;
        let forecast = forecast(budget.monthly, amount(spent), amount(before), today);
        Some(Standing { on: self, budget, spent, forecast })
    }
}

/// Returns what carries budgets above a record as it is written, the nearest first, besides itself; and the key that a
/// rule, a node or an instance names.
pub fn above(catalogue: &Catalogue, record: &Record) -> Vec<Carrier> {
    let department = |id: Option<Id<Department>>| {
        catalogue.path(id.and_then(|id| catalogue.departments().find(id))).map(Carrier::Department)
    };
    let key = |id: Option<Id<Credential>>| {
        id.and_then(|id| catalogue.credentials().find(id)).map(Carrier::Credential).into_iter()
    };
    match record {
        Record::Department(it) => department(it.parent).collect(),
        Record::App(it) => department(it.department).collect(),
        Record::Workflow(it) => {
            let app = it.app.and_then(|id| catalogue.apps().find(id));
            let of_app = app.and_then(|ix| catalogue.apps().get(ix)?.department);
            app.map(Carrier::App).into_iter().chain(department(it.department.or(of_app))).collect()
        }
        Record::Instance(it) => key(it.key).collect(),
        Record::Node(it) => {
            let workflow = catalogue.workflows().find(it.workflow);
            key(it.key).chain(workflow.into_iter().flat_map(|ix| carriers(catalogue, ix))).collect()
        }
        Record::Assignment(it) => {
            let named = match &it.target {
                Target::Key(id) => Some(*id),
                _ => None,
            };
            let scope: Vec<Carrier> = match it.scope {
                Scope::Workflow(id) => {
                    let found = catalogue.workflows().find(id);
                    found.into_iter().flat_map(|ix| carriers(catalogue, ix)).collect()
                }
                Scope::App(id) => {
                    let found = catalogue.apps().find(id);
                    found.into_iter().flat_map(|ix| carriers_of_app(catalogue, ix)).collect()
                }
                Scope::Department(id) => department(Some(id)).collect(),
                Scope::Owner(_) | Scope::Workspace | Scope::System => Vec::new(),
            };
            key(named).chain(scope).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns everything above a workflow that may carry a budget for it, nearest first: itself, its app, its departments.
pub fn carriers(catalogue: &Catalogue, workflow: Ix<Workflow>) -> impl Iterator<Item = Carrier> + '_ {
    let app = catalogue.workflows().row(workflow).and_then(|row| row.app);
    let departments = catalogue.path(catalogue.department_of(workflow)).map(Carrier::Department);
    std::iter::once(Carrier::Workflow(workflow)).chain(app.map(Carrier::App)).chain(departments)
}

/// Returns the same for an app.
pub fn carriers_of_app(catalogue: &Catalogue, app: Ix<App>) -> impl Iterator<Item = Carrier> + '_ {
    let department = catalogue.apps().row(app).and_then(|row| row.department);
    std::iter::once(Carrier::App(app)).chain(catalogue.path(department).map(Carrier::Department))
}
