//! Reports: sums of usage by whatever one asks for. A department counts what those below it use; the total counts each
//! line once.
//!
//! What usage names by id may be gone by now, and what it does not name has no place in a dimension: both have a group
//! of their own, since what was spent was spent.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::{
    Text,
    catalogue::{Catalogue, Ix, row::OwnerIx},
    credential::Credential,
    id::Id,
    money::MicroDollars,
    people::{Department, Operator},
    usage::{Amounts, UsageDetail, UsageSum},
    workflow::{App, Workflow},
};

/// By what usage is summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// By department, with those below it.
    #[default]
    Department,
    /// By cost centre, as it was stamped.
    CostCentre,
    /// By app.
    App,
    /// By workflow.
    Workflow,
    /// By node.
    Node,
    /// By the owner of the workflow.
    Owner,
    /// By whose requests were served.
    Customer,
    /// By provider.
    Provider,
    /// By model.
    Model,
    /// By key, as an estimate where the source does not tell.
    Credential,
    /// By UTC day.
    Day,
}

impl Dimension {
    /// Every dimension, in the order in which one goes through them.
    pub const ALL: [Self; 11] = [
        Self::Department,
        Self::CostCentre,
        Self::App,
        Self::Workflow,
        Self::Node,
        Self::Owner,
        Self::Customer,
        Self::Provider,
        Self::Model,
        Self::Credential,
        Self::Day,
    ];

    /// The word for the command line, files and screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::CostCentre => "cost-centre",
            Self::App => "app",
            Self::Workflow => "workflow",
            Self::Node => "node",
            Self::Owner => "owner",
            Self::Customer => "customer",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Credential => "credential",
            Self::Day => "day",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Returns the detail in which usage has to be summed up for it.
    pub const fn detail(self) -> UsageDetail {
        match self {
            Self::Department | Self::App | Self::Workflow | Self::Owner | Self::Day => UsageDetail::Place,
            Self::CostCentre => UsageDetail::CostCentre,
            Self::Customer => UsageDetail::Customer,
            Self::Node => UsageDetail::Node,
            Self::Provider => UsageDetail::Provider,
            Self::Model => UsageDetail::Model,
            Self::Credential => UsageDetail::Credential,
        }
    }
}

/// What a group is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A department.
    Department(Id<Department>),
    /// An app.
    App(Id<App>),
    /// A workflow.
    Workflow(Id<Workflow>),
    /// A node of a workflow, by its name.
    Node(Option<Id<Workflow>>, Text),
    /// What is owned by the organisation.
    System,
    /// What somebody owns.
    Operator(Id<Operator>),
    /// A credential.
    Credential(Id<Credential>),
    /// A model of a provider.
    Model(Text, Text),
    /// A cost centre, customer or provider.
    Text(Text),
    /// A day.
    Day(Date),
    /// What usage does not name.
    Nothing,
}

/// The money of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayMoney {
    /// What our prices make of the tokens.
    pub spend: Option<MicroDollars>,
    /// What budgets count.
    pub counted: Option<MicroDollars>,
}

/// What one group used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// All of it.
    pub amounts: Amounts,
    /// What is booked on the group itself: without the departments below.
    pub own: Amounts,
    /// The money by day; days without usage are not there.
    pub days: BTreeMap<Date, DayMoney>,
}

impl Group {
    fn take(&mut self, sum: &UsageSum, is_own: bool) {
        self.amounts.add(&sum.amounts);
        if is_own {
            self.own.add(&sum.amounts);
        }
        self.days.entry(sum.day).or_default().add(DayMoney { spend: sum.amounts.spend, counted: sum.amounts.counted });
    }

    /// Adds another group, as where two have one masked name.
    pub fn merge(&mut self, other: &Self) {
        self.amounts.add(&other.amounts);
        self.own.add(&other.own);
        for (day, money) in &other.days {
            self.days.entry(*day).or_default().add(*money);
        }
    }
}

impl DayMoney {
    fn add(&mut self, more: Self) {
        let sum = |a: Option<MicroDollars>, b: Option<MicroDollars>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.spend = sum(self.spend, more.spend);
        self.counted = sum(self.counted, more.counted);
    }
}

/// What was used, by group, and in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The groups.
    pub groups: BTreeMap<Key, Group>,
    /// All of it, each line once.
    pub total: Group,
}

/// Sums up. Only the dimension of keys knows keys by estimate: everything else is as the source has it.
pub fn report(catalogue: &Catalogue, by: Dimension, sums: impl IntoIterator<Item = UsageSum>) -> Report {
    let mut report = Report::default();
    for mut sum in sums {
        sum.amounts.estimate &= by == Dimension::Credential && sum.credential.is_some();
        let place = sum.department.filter(|_| by == Dimension::Department);
        let above = place.and_then(|id| catalogue.departments().find(id));
        for ix in catalogue.path(above).skip(1) {
            report.groups.entry(Key::Department(catalogue.departments().id(ix))).or_default().take(&sum, false);
        }
        report.groups.entry(key(catalogue, by, &sum)).or_default().take(&sum, true);
        report.total.take(&sum, true);
    }
    report.total.amounts.estimate = false;
    report
}

fn key(catalogue: &Catalogue, by: Dimension, sum: &UsageSum) -> Key {
    let workflow = || sum.workflow.and_then(|id| catalogue.workflows().find(id));
    let text = || sum.text.clone();
    let found = match by {
        Dimension::Department => sum.department.map(Key::Department),
        Dimension::App => workflow().and_then(|ix| app_of(catalogue, ix)).map(|ix| Key::App(catalogue.apps().id(ix))),
        Dimension::Workflow => sum.workflow.map(Key::Workflow),
        Dimension::Node => text().map(|node| Key::Node(sum.workflow, node)),
        Dimension::Owner => workflow().and_then(|ix| catalogue.owner_of(ix)).map(|owner| of_owner(catalogue, owner)),
        Dimension::CostCentre | Dimension::Customer | Dimension::Provider => text().map(Key::Text),
        Dimension::Model => text().zip(sum.model.clone()).map(|(provider, model)| Key::Model(provider, model)),
        Dimension::Credential => sum.credential.map(Key::Credential),
        Dimension::Day => Some(Key::Day(sum.day)),
    };
    found.unwrap_or(Key::Nothing)
}

fn app_of(catalogue: &Catalogue, workflow: Ix<Workflow>) -> Option<Ix<App>> {
    catalogue.workflows().row(workflow)?.app
}

fn of_owner(catalogue: &Catalogue, owner: OwnerIx) -> Key {
    match owner {
        OwnerIx::System => Key::System,
        OwnerIx::Department(ix) => Key::Department(catalogue.departments().id(ix)),
        OwnerIx::Operator(ix) => Key::Operator(catalogue.operators().id(ix)),
    }
}

#[cfg(test)]
mod tests;
