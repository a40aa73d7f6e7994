//! Budgets that can never match: nothing that they count ever runs, or a hard one above them stops before.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, say},
    survey::Survey,
};
use crate::domain::{
    catalogue::{Catalogue, Ix, row::DepartmentRow},
    change::Change,
    money::{Budget, BudgetKind, MicroDollars},
    people::Department,
    workflow::{App, Workflow},
};

/// Which apps and departments have nodes, by position.
struct Running {
    apps: Vec<bool>,
    departments: Vec<bool>,
}

/// A hard budget, and what it is on.
#[derive(Clone, Copy)]
struct Limit {
    on: Subject,
    monthly: MicroDollars,
}

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let catalogue = survey.catalogue;
    let running = Running::of(catalogue);
    for (ix, it) in catalogue.workflows().iter() {
        let Some(budget) = it.budget else { continue };
        let row = catalogue.workflows().row(ix);
        let app = row.and_then(|row| row.app).and_then(|app| of_app(catalogue, app));
        let above = app.into_iter().chain(of_path(catalogue, catalogue.department_of(ix)));
        let runs = !catalogue.links().nodes_of_workflow.of(ix).is_empty();
        let without = Change::edit(it.clone(), Workflow { budget: None, ..it.clone() });
        findings.extend(judge(Subject::Workflow(ix), budget, runs, above, without));
    }
    for (ix, it) in catalogue.apps().iter() {
        let Some(budget) = it.budget else { continue };
        let department = catalogue.apps().row(ix).and_then(|row| row.department);
        let without = Change::edit(it.clone(), App { budget: None, ..it.clone() });
        let above = of_path(catalogue, department);
        findings.extend(judge(Subject::App(ix), budget, running.apps[ix.position()], above, without));
    }
    for (ix, it) in catalogue.departments().iter() {
        let Some(budget) = it.budget else { continue };
        let without = Change::edit(it.clone(), Department { budget: None, ..it.clone() });
        let above = of_path(catalogue, Some(ix)).filter(|limit| limit.on != Subject::Department(ix));
        findings.extend(judge(Subject::Department(ix), budget, running.departments[ix.position()], above, without));
    }
}

impl Running {
    fn of(catalogue: &Catalogue) -> Self {
        let mut running = Self {
            apps: vec![false; catalogue.apps().slots()],
            departments: vec![false; catalogue.departments().slots()],
        };
        for (ix, row) in catalogue.workflows().rows() {
            if catalogue.links().nodes_of_workflow.of(ix).is_empty() {
                continue;
            }
            if let Some(app) = row.app {
                running.apps[app.position()] = true;
            }
            catalogue.path(catalogue.department_of(ix)).for_each(|it| running.departments[it.position()] = true);
        }
        running
    }
}

fn judge(
    on: Subject,
    budget: Budget,
    runs: bool,
    above: impl Iterator<Item = Limit>,
    without: Option<Change>,
) -> Option<Finding> {
    let before = above.filter(|limit| limit.monthly < budget.monthly).min_by_key(|limit| limit.monthly);
    let message = match before {
        _ if !runs => nothing_runs(on),
        Some(limit) => say![
            Part::from(format!("The budget of {} a month on ", budget.monthly)),
            on,
            " is never reached: ",
            limit.on,
            format!(" stops at {}.", limit.monthly)
        ],
        None => return None,
    };
    Some(Finding {
        code: Code::UnreachableBudget,
        severity: Severity::Warning,
        subject: on,
        message,
        suggestion: Suggestion::change(without),
    })
}

fn nothing_runs(on: Subject) -> Message {
    let why = match on {
        Subject::Department(_) => " counts nothing: no workflow of it or below it calls a model.",
        Subject::App(_) => " counts nothing: no workflow of it calls a model.",
        _ => " counts nothing: it calls no model.",
    };
    say!["The budget on ", on, why]
}

fn hard(budget: Option<Budget>, on: Subject) -> Option<Limit> {
    budget.filter(|budget| budget.kind == BudgetKind::Hard).map(|budget| Limit { on, monthly: budget.monthly })
}

fn of_app(catalogue: &Catalogue, ix: Ix<App>) -> Option<Limit> {
    hard(catalogue.apps().row(ix)?.budget, Subject::App(ix))
}

fn of_path(catalogue: &Catalogue, from: Option<Ix<Department>>) -> impl Iterator<Item = Limit> + '_ {
    let limit = |ix| {
        let row: &DepartmentRow = catalogue.departments().row(ix)?;
        hard(row.budget, Subject::Department(ix))
    };
    catalogue.path(from).filter_map(limit)
}
