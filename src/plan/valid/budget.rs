//! Budgets that can never be reached: a hard one above stops everything before, or nothing is spent there any more.
//!
//! Only a budget that is written anew is refused. What becomes unreachable by something else stays, and `lint` tells.

use super::{Fault, Judge};
use crate::{
    cost::budget::{Carrier, above},
    domain::{
        credential::State,
        money::{Budget, BudgetKind},
        record::Record,
    },
};

/// Returns the budget that a record carries.
pub(super) const fn budget_of(record: &Record) -> Option<Budget> {
    match record {
        Record::Credential(it) => it.budget,
        Record::Workflow(it) => it.budget,
        Record::App(it) => it.budget,
        Record::Department(it) => it.budget,
        _ => None,
    }
}

impl Judge<'_> {
    /// Requires that a new budget can be reached.
    pub(super) fn reachable(&mut self, was: Option<&Record>, record: &Record) {
        let Some(budget) = budget_of(record).filter(|budget| was.and_then(budget_of) != Some(*budget)) else { return };
        if matches!(record, Record::Credential(it) if it.state == State::Revoked) {
            let message = "its budget can never be reached: the key is revoked, and nothing is spent on it any more";
            return self.refuse(record, Fault::Unreachable, message, "leave the budget out");
        }
        let stops = |carrier: &Carrier| {
            let limit = carrier.budget(self.after).filter(|limit| limit.kind == BudgetKind::Hard);
            limit.is_some_and(|limit| limit.monthly < budget.monthly)
        };
        // Whoever writes it may not be allowed to list what stands above: the amount there is not repeated.
        let above = match above(self.after, record).into_iter().find(stops) {
            None => return,
            Some(Carrier::App(_)) => "the hard budget of its app",
            Some(_) => "the hard budget of a department above",
        };
        let message = format!("its budget of {} can never be reached: {above} stops everything before", budget.monthly);
        self.refuse(record, Fault::Unreachable, message, "write less than that one, or leave the budget out");
    }
}
