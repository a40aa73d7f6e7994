//! Rule lists: the rules of one subject, sorted so that the first applicable one is the one that decides.

use std::{cmp::Ordering, sync::Arc};

use super::{
    lists::Lists,
    row::{RuleRow, ScopeIx},
    table::Ix,
    vocabulary::{ModelIx, ProviderIx, Symbol},
};
use crate::domain::{
    Timestamp,
    assignment::Assignment,
    people::{Department, Operator},
    provider::ModelKind,
    workflow::{App, Workflow},
};

/// What decides whether a rule speaks, and its place among its subject's: exact model before any, then exact kind,
/// then exact environment (design §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleKey {
    /// The provider that it is for.
    pub provider: ProviderIx,
    /// The model that it is for.
    pub model: Option<ModelIx>,
    /// The kind that it is for.
    pub kind: Option<ModelKind>,
    /// The environment that it is for.
    pub environment: Option<Symbol>,
    /// When it begins to speak.
    pub from: Option<Timestamp>,
    /// The rule.
    pub rule: Ix<Assignment>,
}

impl RuleKey {
    fn new(rule: Ix<Assignment>, row: &RuleRow) -> Self {
        let RuleRow { provider, model, kind, environment, from, .. } = *row;
        Self { provider, model, kind, environment, from, rule }
    }

    /// Says whether two rules answer the same question, whatever their windows.
    pub fn same_place(&self, other: &Self) -> bool {
        (self.provider, self.model, self.kind, self.environment)
            == (other.provider, other.model, other.kind, other.environment)
    }
}

impl Ord for RuleKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let exactness = |key: &Self| (key.provider, key.model.is_none(), key.kind.is_none(), key.environment.is_none());
        let values = |key: &Self| (key.model, key.kind, key.environment, key.from, key.rule);
        exactness(self).cmp(&exactness(other)).then_with(|| values(self).cmp(&values(other)))
    }
}

impl PartialOrd for RuleKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The rules of every subject.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    workflows: Lists<Workflow, RuleKey>,
    apps: Lists<App, RuleKey>,
    owners: Lists<Operator, RuleKey>,
    departments: Lists<Department, RuleKey>,
    workspace: Arc<Vec<RuleKey>>,
    system: Arc<Vec<RuleKey>>,
}

impl Rules {
    /// Returns the rules of a subject, all providers together.
    #[inline]
    pub fn of(&self, scope: ScopeIx) -> &[RuleKey] {
        match scope {
            ScopeIx::Workflow(ix) => self.workflows.of(ix),
            ScopeIx::App(ix) => self.apps.of(ix),
            ScopeIx::Owner(ix) => self.owners.of(ix),
            ScopeIx::Department(ix) => self.departments.of(ix),
            ScopeIx::Workspace => &self.workspace,
            ScopeIx::System => &self.system,
        }
    }

    /// Returns the rules of a subject for one provider, the one to try first in front.
    #[inline]
    pub fn for_provider(&self, scope: ScopeIx, provider: ProviderIx) -> &[RuleKey] {
        let rules = self.of(scope);
        let (Some(first), Some(last)) = (rules.first(), rules.last()) else { return &[] };
        if first.provider == provider && last.provider == provider {
            return rules;
        }
        let start = rules.partition_point(|key| key.provider < provider);
        let end = start + rules[start..].partition_point(|key| key.provider == provider);
        &rules[start..end]
    }

    pub(super) fn add(&mut self, rule: Ix<Assignment>, row: &RuleRow) {
        let key = RuleKey::new(rule, row);
        match row.scope {
            ScopeIx::Workflow(ix) => self.workflows.add(ix, key),
            ScopeIx::App(ix) => self.apps.add(ix, key),
            ScopeIx::Owner(ix) => self.owners.add(ix, key),
            ScopeIx::Department(ix) => self.departments.add(ix, key),
            ScopeIx::Workspace => insert(&mut self.workspace, key),
            ScopeIx::System => insert(&mut self.system, key),
        }
    }

    pub(super) fn drop(&mut self, rule: Ix<Assignment>, row: &RuleRow) {
        let key = RuleKey::new(rule, row);
        match row.scope {
            ScopeIx::Workflow(ix) => self.workflows.drop(ix, &key),
            ScopeIx::App(ix) => self.apps.drop(ix, &key),
            ScopeIx::Owner(ix) => self.owners.drop(ix, &key),
            ScopeIx::Department(ix) => self.departments.drop(ix, &key),
            ScopeIx::Workspace => Arc::make_mut(&mut self.workspace).retain(|other| *other != key),
            ScopeIx::System => Arc::make_mut(&mut self.system).retain(|other| *other != key),
        }
    }
}

fn insert(list: &mut Arc<Vec<RuleKey>>, key: RuleKey) {
    if let Err(at) = list.binary_search(&key) {
        Arc::make_mut(list).insert(at, key);
    }
}
