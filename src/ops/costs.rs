//! Costs: what was used and what it came to, by whatever one asks for, as far as the viewer may list it.
//!
//! A line of usage is the viewer's to read where its workflow or the department that paid is; what belongs to neither is
//! for those who list the whole workspace. Names that may not be seen are masked, and what they stand for is one row.

mod budgets;
mod hints;
mod naming;
mod overview;
mod question;
mod rows;
mod sheet;

use serde::Serialize;

pub use self::{
    budgets::BudgetNote,
    overview::{CostOverview, DRAWN_DAYS},
    question::{CostQuestion, LONGEST_DAYS, Period, Within},
    rows::{BudgetState, CostRow, DayRow, Figures, Total},
    sheet::sheet,
};
use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    session::Session,
    view::View,
};
pub use crate::cost::report::Dimension;
use crate::{
    cost::report::report,
    domain::{
        Text, Timestamp,
        usage::{UsageSum, UsageWish},
    },
    rights::{Right, Subject, Visibility},
};

/// An answer about costs. The keys are those of the command line's contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// By what usage is summed up.
    pub by: &'static str,
    /// How many days it covers.
    pub days: i64,
    /// The calendar month that it covers, if it was asked for one.
    pub month: Option<String>,
    /// The first day.
    pub first: jiff::civil::Date,
    /// The last day.
    pub last: jiff::civil::Date,
    /// Always `USD`.
    pub currency: &'static str,
    /// All of it, each line once.
    pub total: Total,
    /// The rows: the dearest first, days in their order, departments below the one above them.
    pub rows: Vec<CostRow>,
}

impl Session {
    /// Says what was used, and what it came to.
    pub async fn costs(&self, question: &CostQuestion) -> Result<Costs, Failure> {
        let (view, now) = (self.view(), self.door().now());
        let wish = UsageWish {
            days: question.days(now),
            detail: question.by.detail(),
            only: question.within.as_ref().and_then(Within::only),
        };
        let sums = self.door().store.usage_sums(self.workspace(), &wish).await?;
        let question = question.clone();
        // Hundreds of thousands of lines keep a processor busy for a while.
        let summed = tokio::task::spawn_blocking(move || view.costs(sums, &question, now)).await;
        summed.map_err(|_| Failure::new(Kind::Internal, "summing up was interrupted").hint("try it again"))
    }
}

impl Door {
    /// Says the same of every workspace in which the operator may list anything; rows carry their workspace's name.
    pub async fn costs_of_all(
        self: &std::sync::Arc<Self>,
        identity: &Identity,
        question: &CostQuestion,
    ) -> Result<Costs, Failure> {
        let mut all: Option<Costs> = None;
        for workspace in self.workspaces().await? {
            let session = self.session(&workspace, identity.clone(), true).await?;
            if !session.view().may(Right::List, Subject::Workspace).is_yes() {
                continue;
            }
            let mut costs = session.costs(question).await?;
            costs.rows.iter_mut().for_each(|row| row.workspace = Some(Text::clone(&workspace.name)));
            match &mut all {
                None => all = Some(costs),
                Some(all) => {
                    all.total.add(&costs.total);
                    all.rows.extend(costs.rows);
                }
            }
        }
        all.ok_or_else(|| {
            Failure::new(Kind::NotAllowed, "you may list nothing in any workspace")
                .hint("ask an admin for a role: \"keydeck operator grant\"")
        })
    }
}

impl View {
    /// Sums up what the viewer may see of usage.
    pub fn costs(&self, sums: Vec<UsageSum>, question: &CostQuestion, now: Timestamp) -> Costs {
        let visibility = self.visibility();
        let sees_whole = visibility.sees_whole();
        let within = question.within.as_ref();
        let seen = sums
            .into_iter()
            .filter(|sum| self.sees_usage(&visibility, sees_whole, sum))
            .filter(|sum| within.is_none_or(|within| within.holds(self.catalogue(), sum)));
        let found = report(self.catalogue(), question.by, seen);
        let (first, last) = question.days(now);
        Costs {
            by: question.by.word(),
            days: i64::from((last - first).get_days()) + 1,
            month: match question.period {
                Period::Month(month) => Some(month.to_string()),
                Period::Days(_) | Period::Day(_) => None,
            },
            first,
            last,
            currency: "USD",
            total: Total::of(&found.total),
            rows: self.cost_rows(question, &found, now),
        }
    }

    fn sees_usage(&self, visibility: &Visibility<'_>, sees_whole: bool, sum: &UsageSum) -> bool {
        sees_whole
            || sum
                .department
                .and_then(|id| self.catalogue().departments().find(id))
                .is_some_and(|ix| visibility.sees_department(ix))
            || sum
                .workflow
                .and_then(|id| self.catalogue().workflows().find(id))
                .is_some_and(|ix| visibility.sees_workflow(ix))
    }
}

#[cfg(test)]
mod tests;
