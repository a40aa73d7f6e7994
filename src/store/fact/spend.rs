//! What was spent: sums over usage, by month and by whatever may carry a budget.
//!
//! A line counts with our price of its tokens, else with what its source recorded; one with neither is unknown and
//! counts nowhere. A sum is an estimate if one of its lines is.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Timestamp,
    credential::Credential,
    fact::{Month, Spend, Spent, Sums},
    hash::Keyed,
    id::Id,
    money::MicroDollars,
    people::{Department, Workspace},
    workflow::{App, Workflow},
};
use crate::store::{
    codec::{Reader, Texts},
    engine::{Row, Session},
    error::StoreError,
    query, usage,
};

/// Reads all lines as they lie: grouping them in the engine sorts them first, and looking them up by workspace jumps
/// from page to page (`IS TRUE` keeps from it), for hardly fewer rows than there are lines.
const LINES: &str = "SELECT month, day, workflow, credential, department, COALESCE(spend, recorded), \
     CASE WHEN late = 1 THEN 1 ELSE estimate END \
     FROM usage WHERE (workspace = $1) IS TRUE AND COALESCE(spend, recorded) IS NOT NULL";
const APPS: &str = "SELECT id, app FROM workflows WHERE workspace = $1 AND app IS NOT NULL";
const PARENTS: &str = "SELECT id, parent FROM departments WHERE workspace = $1 AND parent IS NOT NULL";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 3] = [LINES, APPS, PARENTS];

/// How many days the last thirty are.
const RECENT_DAYS: i64 = 30;

/// Departments above one another; data from outside may hold a cycle.
const DEEPEST: usize = 64;

/// What all that was used sums up to.
pub(super) struct Spending {
    /// What each workflow spent in the last thirty days, today included.
    pub(super) recent: Sums<Workflow>,
    /// What was spent in each month.
    pub(super) by_month: BTreeMap<Month, Spend>,
}

/// Sums that are still added to.
type Open<T> = HashMap<Id<T>, Spent, Keyed>;

/// The sums of everything, still added to.
#[derive(Default)]
struct OpenSpending {
    recent: Open<Workflow>,
    by_month: BTreeMap<Month, OpenMonth>,
}

/// The sums of one month, still added to.
#[derive(Default)]
struct OpenMonth {
    credentials: Open<Credential>,
    workflows: Open<Workflow>,
    apps: Open<App>,
    departments: Open<Department>,
}

/// What each department is below, for sums that include what is below.
type Parents = HashMap<Id<Department>, Id<Department>, Keyed>;

/// Sums up what was spent; `now` says which thirty days are the last.
pub(super) async fn sums(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    now: Timestamp,
) -> Result<Spending, StoreError> {
    let scope = || vec![workspace.into()];
    let parents = query::all(session, PARENTS, scope(), |row| Ok((row.id()?, row.id()?))).await?.into_iter().collect();
    let today = usage::day(now.to_zoned(jiff::tz::TimeZone::UTC).date());
    let (mut sums, mut texts) = (OpenSpending::default(), Texts::default());
    let mut each = |row: &dyn Row| sums.line(&mut Reader::new(row, &mut texts), &parents, today);
    session.rows(LINES, scope(), &mut each).await?;
    // What an app spent is what its workflows did; so nobody has to know all of them while lines are read.
    let mut each = |row: &dyn Row| {
        let mut row = Reader::new(row, &mut texts);
        sums.app(row.id()?, row.id()?);
        Ok(())
    };
    session.rows(APPS, scope(), &mut each).await?;
    Ok(sums.close())
}

impl OpenSpending {
    fn line(&mut self, row: &mut Reader<'_>, parents: &Parents, today: i64) -> Result<(), StoreError> {
        let (month, day) = (read_month(row.int()?)?, row.int()?);
        let (workflow, credential, department) = (row.maybe_id()?, row.maybe_id()?, row.maybe_id()?);
        let spent = read_spent(row)?;
        if day > today - RECENT_DAYS && day <= today {
            add(&mut self.recent, workflow, spent);
        }
        let month = self.by_month.entry(month).or_default();
        add(&mut month.credentials, credential, spent);
        add(&mut month.workflows, workflow, spent);
        let path = std::iter::successors(department, |id| parents.get(id).copied()).take(DEEPEST);
        path.for_each(|id| add(&mut month.departments, Some(id), spent));
        Ok(())
    }

    /// Adds what a workflow spent to its app's sums.
    fn app(&mut self, workflow: Id<Workflow>, app: Id<App>) {
        for month in self.by_month.values_mut() {
            if let Some(spent) = month.workflows.get(&workflow).copied() {
                add(&mut month.apps, Some(app), spent);
            }
        }
    }

    fn close(self) -> Spending {
        let month = |(month, sums): (Month, OpenMonth)| (month, sums.close());
        Spending { recent: self.recent.into_iter().collect(), by_month: self.by_month.into_iter().map(month).collect() }
    }
}

impl OpenMonth {
    fn close(self) -> Spend {
        Spend {
            credentials: self.credentials.into_iter().collect(),
            workflows: self.workflows.into_iter().collect(),
            apps: self.apps.into_iter().collect(),
            departments: self.departments.into_iter().collect(),
        }
    }
}

fn add<T>(sums: &mut Open<T>, id: Option<Id<T>>, spent: Spent) {
    if let Some(id) = id {
        *sums.entry(id).or_default() += spent;
    }
}

fn read_spent(row: &mut Reader<'_>) -> Result<Spent, StoreError> {
    Ok(Spent { amount: MicroDollars(row.int()?), estimate: row.flag()? })
}

fn read_month(number: i64) -> Result<Month, StoreError> {
    let month = i16::try_from(number.div_euclid(12)).ok().zip(i8::try_from(number.rem_euclid(12) + 1).ok());
    let (year, month) = month.ok_or_else(|| StoreError::Corrupt(format!("{number} is no month")))?;
    Ok(Month { year, month })
}
