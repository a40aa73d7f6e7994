//! Whether a credential can be used in a case: the table of the design (§2.4), first reason reported.

use super::{answer::Reason, case::Case};
use crate::domain::{
    Timestamp,
    catalogue::{
        Catalogue, Ix,
        row::{CredentialRow, OwnerIx, UsableByIx},
    },
    credential::{Credential, SecretRef, State},
    fact::{Month, Spend, Spent},
    money::{Budget, BudgetKind, MicroDollars},
    people::{Department, OwnerPolicy},
    workflow::{App, Workflow},
};

/// What carries a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    Credential(Ix<Credential>),
    Workflow(Ix<Workflow>),
    App(Ix<App>),
    Department(Ix<Department>),
}

impl Case<'_> {
    /// Returns why a credential can't be used here; `None` if it can.
    ///
    /// For Dify's layers only what a key is in itself counts.
    pub fn fault(&self, key: Ix<Credential>) -> Option<Reason> {
        let Some(row) = self.catalogue.credentials().row(key) else { return Some(Reason::UnknownKey) };
        self.fault_of_itself(row)
            .or_else(|| if self.is_difys() { None } else { self.fault_of_relation(key, row) })
            .or_else(|| is_unreadable(self.catalogue, key).then_some(Reason::Unreadable))
    }

    #[inline]
    fn fault_of_itself(&self, row: &CredentialRow) -> Option<Reason> {
        if Some(row.provider) != self.provider {
            return Some(Reason::WrongProvider);
        }
        let allowed = || row.models.as_ref().is_none_or(|models| self.model.is_some_and(|it| models.contains(&it)));
        fault_of_state(row, self.now).or_else(|| (!allowed()).then_some(Reason::ModelNotAllowed))
    }

    #[inline]
    fn fault_of_relation(&self, key: Ix<Credential>, row: &CredentialRow) -> Option<Reason> {
        if row.environment.is_some() && row.environment != self.environment {
            return Some(Reason::WrongEnvironment);
        }
        if !self.is_its_owners(row.owner) && !row.usable_by.iter().any(|by| self.is_lent(*by)) {
            return Some(Reason::NotOwner);
        }
        if !self.policy_allows(row.owner) {
            return Some(Reason::OwnerPolicy);
        }
        self.fault_of_budget(key, row)
    }

    #[inline]
    fn fault_of_budget(&self, key: Ix<Credential>, row: &CredentialRow) -> Option<Reason> {
        if !is_hard(row.budget) && !self.above().hard_budget {
            return None;
        }
        if self.spent_budget(key, row).is_some() {
            return Some(Reason::OverBudget);
        }
        (!self.is_priced()).then_some(Reason::UnpricedModel)
    }

    fn is_its_owners(&self, owner: OwnerIx) -> bool {
        match owner {
            OwnerIx::System => true,
            OwnerIx::Department(department) => self.belongs_to(department),
            OwnerIx::Operator(_) => self.owner == Some(owner),
        }
    }

    fn is_lent(&self, by: UsableByIx) -> bool {
        match by {
            UsableByIx::Department(department) => self.belongs_to(department),
            UsableByIx::App(app) => self.app == Some(app),
            UsableByIx::Workflow(workflow) => self.workflow == Some(workflow),
        }
    }

    fn policy_allows(&self, owner: OwnerIx) -> bool {
        match self.above().policy {
            OwnerPolicy::Any => true,
            OwnerPolicy::SystemOnly => owner == OwnerIx::System,
            OwnerPolicy::OwnOnly => {
                self.owner == Some(owner) || matches!(owner, OwnerIx::Department(it) if self.belongs_to(it))
            }
        }
    }

    /// Returns the first hard budget that the month's spend has reached, of those that a use of the key counts against:
    /// the key's, the workflow's, its app's, and those of its departments from the nearest up.
    pub fn spent_budget(&self, key: Ix<Credential>, row: &CredentialRow) -> Option<Payer> {
        let catalogue = self.catalogue;
        let workflow = self.workflow.and_then(|ix| Some((Payer::Workflow(ix), catalogue.workflows().row(ix)?.budget)));
        let app = self.app.and_then(|ix| Some((Payer::App(ix), catalogue.apps().row(ix)?.budget)));
        let departments = catalogue
            .path(self.department)
            .filter_map(|ix| Some((Payer::Department(ix), catalogue.departments().row(ix)?.budget)));
        let mut budgets =
            std::iter::once((Payer::Credential(key), row.budget)).chain(workflow).chain(app).chain(departments);
        let spend = catalogue.facts().spend.get(&Month::of(self.now));
        let is_spent = |payer, budget: Option<Budget>| {
            is_hard(budget) && budget.is_some_and(|budget| self.spent_by(spend, payer) >= budget.monthly)
        };
        budgets.find(|(payer, budget)| is_spent(*payer, *budget)).map(|(payer, _)| payer)
    }

    fn spent_by(&self, spend: Option<&Spend>, payer: Payer) -> MicroDollars {
        let Some(spend) = spend else { return MicroDollars::ZERO };
        let spent: Option<Spent> = match payer {
            Payer::Credential(ix) => spend.credentials.get(self.catalogue.credentials().id(ix)),
            Payer::Workflow(ix) => spend.workflows.get(self.catalogue.workflows().id(ix)),
            Payer::App(ix) => spend.apps.get(self.catalogue.apps().id(ix)),
            Payer::Department(ix) => spend.departments.get(self.catalogue.departments().id(ix)),
        };
        spent.map_or(MicroDollars::ZERO, |spent| spent.amount)
    }
}

/// Says why a credential could be used nowhere: its state, or its time.
#[inline]
pub(super) fn fault_of_state(row: &CredentialRow, now: Timestamp) -> Option<Reason> {
    match row.state {
        State::Revoked => return Some(Reason::Revoked),
        State::Disabled => return Some(Reason::Disabled),
        State::Active => {}
    }
    if row.not_before.is_some_and(|from| now < from) {
        return Some(Reason::NotYetValid);
    }
    row.expires.is_some_and(|until| now >= until).then_some(Reason::Expired)
}

/// Says whether a credential's secret is known not to open.
pub(super) fn is_unreadable(catalogue: &Catalogue, key: Ix<Credential>) -> bool {
    let marks = &catalogue.facts().unreadable;
    !marks.is_empty()
        && matches!(catalogue.credentials().get(key).map(|it| &it.secret),
            Some(SecretRef::Sealed(sealed)) if marks.contains(&sealed.version))
}

pub(super) fn is_hard(budget: Option<Budget>) -> bool {
    budget.is_some_and(|budget| budget.kind == BudgetKind::Hard)
}
