//! Links: who points at whom, for trees on screen and for the reverse of resolution.

use super::{
    lists::Lists,
    row::{
        AppRow, DepartmentRow, InstanceRow, NodeRow, OwnerIx, PoolRow, RuleRow, TargetIx, UsesIx, ValueIx, WorkflowRow,
    },
    table::Ix,
};
use crate::domain::{
    assignment::Assignment,
    credential::{Credential, Instance, Pool},
    people::{Department, Operator},
    workflow::{App, Node, Workflow},
};

/// The reverse of every reference between things.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The departments below one.
    pub departments_below: Lists<Department, Ix<Department>>,
    /// The apps of a department.
    pub apps_of_department: Lists<Department, Ix<App>>,
    /// The workflows that name a department themselves.
    pub workflows_of_department: Lists<Department, Ix<Workflow>>,
    /// The apps that an operator owns.
    pub apps_of_owner: Lists<Operator, Ix<App>>,
    /// The workflows that name an operator as their owner themselves.
    pub workflows_of_owner: Lists<Operator, Ix<Workflow>>,
    /// The workflows of an app.
    pub workflows_of_app: Lists<App, Ix<Workflow>>,
    /// The nodes of a workflow.
    pub nodes_of_workflow: Lists<Workflow, Ix<Node>>,
    /// The nodes that use an instance.
    pub nodes_of_instance: Lists<Instance, Ix<Node>>,
    /// The nodes on which a credential is fixed.
    pub nodes_fixing: Lists<Credential, Ix<Node>>,
    /// The instances that name a credential.
    pub instances_naming: Lists<Credential, Ix<Instance>>,
    /// The pools that a credential is a member of.
    pub pools_with: Lists<Credential, Ix<Pool>>,
    /// The rules that name a credential, by themselves or for a variable's value.
    pub rules_naming: Lists<Credential, Ix<Assignment>>,
    /// The rules that name a pool, by themselves or for a variable's value.
    pub rules_naming_pool: Lists<Pool, Ix<Assignment>>,
}

macro_rules! turn {
    ($on:expr, $list:expr, $key:expr, $value:expr) => {
        if $on { $list.add($key, $value) } else { $list.drop($key, &$value) }
    };
}

impl Links {
    pub(super) fn department(&mut self, on: bool, ix: Ix<Department>, row: &DepartmentRow) {
        if let Some(parent) = row.parent {
            turn!(on, self.departments_below, parent, ix);
        }
    }

    pub(super) fn app(&mut self, on: bool, ix: Ix<App>, row: &AppRow) {
        if let Some(department) = row.department {
            turn!(on, self.apps_of_department, department, ix);
        }
        if let Some(OwnerIx::Operator(owner)) = row.owner {
            turn!(on, self.apps_of_owner, owner, ix);
        }
    }

    pub(super) fn workflow(&mut self, on: bool, ix: Ix<Workflow>, row: &WorkflowRow) {
        if let Some(app) = row.app {
            turn!(on, self.workflows_of_app, app, ix);
        }
        if let Some(department) = row.department {
            turn!(on, self.workflows_of_department, department, ix);
        }
        if let Some(Some(OwnerIx::Operator(owner))) = row.owner {
            turn!(on, self.workflows_of_owner, owner, ix);
        }
    }

    pub(super) fn node(&mut self, on: bool, ix: Ix<Node>, row: &NodeRow) {
        turn!(on, self.nodes_of_workflow, row.workflow, ix);
        if let UsesIx::Instance(instance) = row.uses {
            turn!(on, self.nodes_of_instance, instance, ix);
        }
        if let Some(key) = row.key {
            turn!(on, self.nodes_fixing, key, ix);
        }
    }

    pub(super) fn instance(&mut self, on: bool, ix: Ix<Instance>, row: &InstanceRow) {
        if let Some(key) = row.key {
            turn!(on, self.instances_naming, key, ix);
        }
    }

    pub(super) fn pool(&mut self, on: bool, ix: Ix<Pool>, row: &PoolRow) {
        for &(key, _) in &row.members {
            turn!(on, self.pools_with, key, ix);
        }
    }

    pub(super) fn rule(&mut self, on: bool, ix: Ix<Assignment>, row: &RuleRow) {
        match &row.target {
            TargetIx::Key(key) => turn!(on, self.rules_naming, *key, ix),
            TargetIx::Pool(pool) => turn!(on, self.rules_naming_pool, *pool, ix),
            TargetIx::Variable { values, .. } => {
                for (_, value) in values {
                    match value {
                        ValueIx::Key(key) => turn!(on, self.rules_naming, *key, ix),
                        ValueIx::Pool(pool) => turn!(on, self.rules_naming_pool, *pool, ix),
                        ValueIx::Deny => {}
                    }
                }
            }
            TargetIx::Deny => {}
        }
    }
}
