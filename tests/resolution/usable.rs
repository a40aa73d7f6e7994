//! The table of design §2.4 in its order, the shares of a pool, and who may use a key (design §5): slow and obvious.

use keydeck::{
    domain::{
        Timestamp,
        credential::{Credential, Owner, Pool, SecretRef, State, UsableBy},
        fact::{Month, PriceTable, Spend, Sums},
        id::Id,
        money::{Budget, BudgetKind, MicroDollars},
        people::{GrantScope, Operator, OwnerPolicy, Role},
    },
    resolve::answer::Reason,
};

use super::{
    situation::{Situation, path},
    world::{Part, Prices, World},
};

/// Returns the first reason why a credential can't be used; `None` if it can.
pub fn unusable(world: &World, now: Timestamp, here: &Situation, key: Id<Credential>) -> Option<Reason> {
    let Some(key) = world.credentials.iter().find(|it| it.id == key) else { return Some(Reason::UnknownKey) };
    let priced = is_priced(world, now, here);
    let budgets = budgets(world, now, here, key);
    let hard = || budgets.iter().filter(|(budget, _)| budget.kind == BudgetKind::Hard);
    let model_listed = |models: &Vec<_>| here.model.as_ref().is_some_and(|model| models.contains(model));
    let environment = key.environment.as_ref().filter(|text| !text.is_empty());
    let unreadable = match &key.secret {
        SecretRef::Sealed(sealed) => world.facts.unreadable.contains(&sealed.version),
        SecretRef::Absent | SecretRef::External(_) => false,
    };
    let table = [
        (Reason::WrongProvider, here.provider.as_ref() != Some(&key.provider)),
        (Reason::Revoked, key.state == State::Revoked),
        (Reason::Disabled, key.state == State::Disabled),
        (Reason::NotYetValid, key.not_before.is_some_and(|begin| now < begin)),
        (Reason::Expired, key.expires.is_some_and(|end| now >= end)),
        (Reason::ModelNotAllowed, !key.models.as_ref().is_none_or(model_listed)),
        (Reason::WrongEnvironment, environment.is_some() && environment != here.environment.as_ref()),
        (Reason::NotOwner, !is_owned_here(here, key) && !is_lent_here(here, key)),
        (Reason::OwnerPolicy, !policy_allows(here, key.owner)),
        (Reason::OverBudget, hard().any(|(budget, spent)| *spent >= budget.monthly)),
        (Reason::UnpricedModel, hard().count() > 0 && !priced),
        (Reason::Unreadable, unreadable),
    ];
    table.into_iter().find(|(_, fails)| *fails).map(|(reason, _)| reason)
}

fn is_owned_here(here: &Situation, key: &Credential) -> bool {
    match key.owner {
        Owner::System => true,
        Owner::Department(id) => here.path.contains(&id),
        Owner::Operator(id) => here.owner == Some(Owner::Operator(id)),
    }
}

fn is_lent_here(here: &Situation, key: &Credential) -> bool {
    key.usable_by.iter().any(|by| match by {
        UsableBy::Workflow(id) => here.workflow == Some(*id),
        UsableBy::App(id) => here.app == Some(*id),
        UsableBy::Department(id) => here.path.contains(id),
    })
}

fn policy_allows(here: &Situation, owner: Owner) -> bool {
    let on_path = matches!(owner, Owner::Department(id) if here.path.contains(&id));
    match here.policy {
        OwnerPolicy::Any => true,
        OwnerPolicy::OwnOnly => here.owner == Some(owner) || on_path,
        OwnerPolicy::SystemOnly => owner == Owner::System,
    }
}

/// Returns every budget that counts for a key here, with what was spent of it in the month of `now`.
fn budgets(world: &World, now: Timestamp, here: &Situation, key: &Credential) -> Vec<(Budget, MicroDollars)> {
    let nothing = Spend::default();
    let spend = world.facts.spend.get(&Month::of(now)).unwrap_or(&nothing);
    let mut all = Vec::new();
    all.extend(key.budget.map(|budget| (budget, of(&spend.credentials, key.id))));
    for workflow in world.workflows.iter().filter(|it| here.workflow == Some(it.id)) {
        all.extend(workflow.budget.map(|budget| (budget, of(&spend.workflows, workflow.id))));
    }
    for app in world.apps.iter().filter(|it| here.app == Some(it.id)) {
        all.extend(app.budget.map(|budget| (budget, of(&spend.apps, app.id))));
    }
    for department in world.departments.iter().filter(|it| here.path.contains(&it.id)) {
        all.extend(department.budget.map(|budget| (budget, of(&spend.departments, department.id))));
    }
    all
}

/// Returns what a thing spent, found by looking at every sum.
fn of<T>(sums: &Sums<T>, id: Id<T>) -> MicroDollars {
    sums.iter().find(|(other, _)| *other == id).map_or(MicroDollars::ZERO, |(_, spent)| spent.amount)
}

fn is_priced(world: &World, now: Timestamp, here: &Situation) -> bool {
    let (Some(provider), Some(model)) = (&here.provider, &here.model) else { return false };
    let own = world
        .prices
        .iter()
        .any(|price| price.provider == *provider && price.model == *model && price.from.is_none_or(|from| from <= now));
    own || Prices.price(provider, model, now).is_some()
}

/// Returns the members of a pool in the order written, the shares of the unusable ones given to the others.
pub fn usable_share(world: &World, now: Timestamp, here: &Situation, pool: Id<Pool>) -> Vec<Part> {
    let Some(pool) = world.pools.iter().find(|it| it.id == pool) else { return Vec::new() };
    let judged: Vec<_> = pool.members.iter().map(|it| (it, unusable(world, now, here, it.key))).collect();
    let total: u64 = judged.iter().filter(|(_, reason)| reason.is_none()).map(|(it, _)| u64::from(it.weight)).sum();
    let part = |(member, reason): &(&keydeck::domain::credential::Member, Option<Reason>)| {
        let counts = reason.is_none() && member.weight > 0;
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
        let share = if counts { f64::from(member.weight) / total as f64 } else { 0.0 };
        Part { key: member.key, weight: member.weight, share, reason: *reason }
    };
    judged.iter().map(part).collect()
}

/// Says whether an operator may use a key: a member their own, the system's and their departments'; an assigner or
/// administrator besides every key in scope that is not private. Roles grow, so that neither loses what a member has.
///
/// The design doesn't say which departments are a member's own. Here: the one of the grant and those below it, so a
/// member of the whole workspace has none. A grant on a department that this workspace does not hold is one for
/// another workspace.
pub fn may_use(world: &World, operator: Option<Id<Operator>>, key: Id<Credential>) -> bool {
    let Some(operator) = operator.and_then(|id| world.operators.iter().find(|it| it.id == id)) else { return false };
    let Some(key) = world.credentials.iter().find(|it| it.id == key) else { return false };
    operator.grants.iter().filter(|grant| matches!(grant.role, Role::Member | Role::Assigner | Role::Admin)).any(
        |grant| {
            let holds_here = match grant.on {
                GrantScope::Database => false,
                GrantScope::Workspace(id) => id == world.workspace.id,
                GrantScope::Department(id) => world.departments.iter().any(|it| it.id == id),
            };
            let covers = |department| match grant.on {
                GrantScope::Department(id) => path(world, Some(department)).contains(&id),
                GrantScope::Workspace(_) => grant.role != Role::Member,
                GrantScope::Database => false,
            };
            holds_here
                && match key.owner {
                    Owner::System => true,
                    Owner::Operator(owner) => owner == operator.id,
                    Owner::Department(department) => covers(department),
                }
        },
    )
}
