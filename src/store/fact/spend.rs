//! What was spent: sums over usage, by month and by whatever may carry a budget.
//!
//! A line counts with our price of its tokens, else with what its source recorded; one with neither is unknown and
//! counts nowhere. A sum is an estimate if one of its lines is.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Timestamp,
    credential::Credential,
    fact::{Month, Spend, Spent},
    id::Id,
    money::MicroDollars,
    people::{Department, Workspace},
    workflow::{App, Workflow},
};
use crate::store::{codec::Reader, engine::Session, error::StoreError, query, usage};

const SPEND: &str = "SELECT month, workflow, credential, department, \
     CAST(SUM(COALESCE(spend, recorded)) AS BIGINT), MAX(estimate) FROM usage \
     WHERE workspace = $1 AND COALESCE(spend, recorded) IS NOT NULL GROUP BY month, workflow, credential, department";
const RECENT: &str = "SELECT workflow, CAST(SUM(COALESCE(spend, recorded)) AS BIGINT), MAX(estimate) \
     FROM usage WHERE workspace = $1 AND day > $2 AND day <= $3 AND workflow IS NOT NULL \
     AND COALESCE(spend, recorded) IS NOT NULL GROUP BY workflow";
const APPS: &str = "SELECT id, app FROM workflows WHERE workspace = $1 AND app IS NOT NULL";
const PARENTS: &str = "SELECT id, parent FROM departments WHERE workspace = $1 AND parent IS NOT NULL";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 4] = [SPEND, RECENT, APPS, PARENTS];

/// How many days the last thirty are.
const RECENT_DAYS: i64 = 30;

/// Departments above one another; data from outside may hold a cycle.
const DEEPEST: usize = 64;

/// What one workflow spent of one credential, on one department's account, in one month.
struct Line {
    month: Month,
    workflow: Option<Id<Workflow>>,
    credential: Option<Id<Credential>>,
    department: Option<Id<Department>>,
    spent: Spent,
}

/// Sums up what each workflow spent in the last thirty days, today included.
pub(super) async fn recent(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    now: Timestamp,
) -> Result<HashMap<Id<Workflow>, Spent>, StoreError> {
    let today = usage::day(now.to_zoned(jiff::tz::TimeZone::UTC).date());
    let values = vec![workspace.into(), (today - RECENT_DAYS).into(), today.into()];
    let sums = query::all(session, RECENT, values, |row| Ok((row.id()?, read_spent(row)?))).await?;
    Ok(sums.into_iter().collect())
}

/// Sums up what was spent in each month.
pub(super) async fn by_month(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
) -> Result<BTreeMap<Month, Spend>, StoreError> {
    let scope = || vec![workspace.into()];
    let lines = query::all(session, SPEND, scope(), read_line).await?;
    let apps: HashMap<Id<Workflow>, Id<App>> =
        query::all(session, APPS, scope(), |row| Ok((row.id()?, row.id()?))).await?.into_iter().collect();
    let parents: HashMap<Id<Department>, Id<Department>> =
        query::all(session, PARENTS, scope(), |row| Ok((row.id()?, row.id()?))).await?.into_iter().collect();
    let mut months: BTreeMap<Month, Spend> = BTreeMap::new();
    for line in lines {
        let month = months.entry(line.month).or_default();
        add(&mut month.credentials, line.credential, line.spent);
        add(&mut month.workflows, line.workflow, line.spent);
        add(&mut month.apps, line.workflow.and_then(|id| apps.get(&id).copied()), line.spent);
        let path = std::iter::successors(line.department, |id| parents.get(id).copied()).take(DEEPEST);
        path.for_each(|id| add(&mut month.departments, Some(id), line.spent));
    }
    Ok(months)
}

fn add<K: std::hash::Hash + Eq>(sums: &mut HashMap<K, Spent>, key: Option<K>, spent: Spent) {
    if let Some(key) = key {
        let sum = sums.entry(key).or_default();
        sum.amount += spent.amount;
        sum.estimate |= spent.estimate;
    }
}

fn read_line(row: &mut Reader<'_>) -> Result<Line, StoreError> {
    Ok(Line {
        month: read_month(row.int()?)?,
        workflow: row.maybe_id()?,
        credential: row.maybe_id()?,
        department: row.maybe_id()?,
        spent: read_spent(row)?,
    })
}

fn read_spent(row: &mut Reader<'_>) -> Result<Spent, StoreError> {
    Ok(Spent { amount: MicroDollars(row.int()?), estimate: row.flag()? })
}

fn read_month(number: i64) -> Result<Month, StoreError> {
    let month = i16::try_from(number.div_euclid(12)).ok().zip(i8::try_from(number.rem_euclid(12) + 1).ok());
    let (year, month) = month.ok_or_else(|| StoreError::Corrupt(format!("{number} is no month")))?;
    Ok(Month { year, month })
}
