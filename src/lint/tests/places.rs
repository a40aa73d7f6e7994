//! Nodes, workflows, budgets, prices and departments.

use super::*;

const fn budget(dollars: i64, kind: BudgetKind) -> Budget {
    Budget { monthly: MicroDollars(dollars * 1_000_000), kind }
}

fn finance(edit: impl FnOnce(&mut Department)) -> Department {
    let mut it = crate::rights::fixture::department("Finance", Some("Corporate"));
    edit(&mut it);
    it
}

#[test]
fn a_node_without_a_key_is_an_error_in_the_words_of_the_resolution() {
    says(
        &World::new(),
        Code::NoKey,
        "error: No rule gives a key for openai. → Assign a key to the workflow, or to something above it.",
    );
    let off = Credential { state: State::Disabled, ..key("a") };
    says(&working().with(off.clone()), Code::NoKey, "error: The workspace requires a, but it is disabled. → Enable a.");
    let unpublished = Workflow { draft: true, ..invoice_bot() };
    says(
        &working().with(off).with(unpublished),
        Code::NoKey,
        "warning: The workspace requires a, but it is disabled. → Enable a.",
    );
    says(
        &working().with(rule("near", own(), Target::Deny)),
        Code::NoKey,
        "hint: Workflow invoice-bot allows no key. → Nothing, if that is meant; else assign a key nearer to the node.",
    );
    says(
        &working().with(Node { variable: Some("env.key".parse().unwrap()), ..draft() }),
        Code::NoKey,
        "hint: Node draft needs a value of env.key; 1 key could come out. → Give env.key a value.",
    );
    is_silent(&working(), Code::NoKey);
}

#[test]
fn a_budget_that_counts_nothing_can_go() {
    let empty = finance(|it| it.budget = Some(budget(10, BudgetKind::Soft)));
    says(
        &working().with(Workflow { app: None, ..invoice_bot() }).with(empty.clone()),
        Code::UnreachableBudget,
        "warning: The budget on Finance counts nothing: no workflow of it or below it calls a model. → +Edit department \
         Finance: budget 10.00 soft → none",
    );
    is_silent(&working().with(empty), Code::UnreachableBudget);
    let idle = Workflow { budget: Some(budget(5, BudgetKind::Hard)), ..invoice_bot() };
    says(
        &World::new().without(draft()).with(idle.clone()),
        Code::UnreachableBudget,
        "warning: The budget on workflow invoice-bot counts nothing: it calls no model. → +Edit workflow invoice-bot: \
         budget 5.00 hard → none",
    );
    is_silent(&working().with(idle), Code::UnreachableBudget);
}

#[test]
fn a_budget_behind_a_harder_one_is_never_reached() {
    let department = |kind| finance(|it| it.budget = Some(budget(10, kind)));
    let app = App { budget: Some(budget(50, BudgetKind::Soft)), ..billing() };
    says(
        &working().with(department(BudgetKind::Hard)).with(app.clone()),
        Code::UnreachableBudget,
        "warning: The budget of 50.00 a month on app billing is never reached: Finance stops at 10.00. → +Edit app \
         billing: budget 50.00 soft → none",
    );
    is_silent(&working().with(department(BudgetKind::Soft)).with(app), Code::UnreachableBudget);
    let nearer = App { budget: Some(budget(10, BudgetKind::Soft)), ..billing() };
    is_silent(&working().with(department(BudgetKind::Hard)).with(nearer), Code::UnreachableBudget);
}

#[test]
fn a_model_without_a_price_is_told_where_a_budget_counts() {
    let uses = Uses::Model { provider: "openai".into(), model: "house".into() };
    let unpriced = working().with(Node { uses, ..draft() });
    is_silent(&unpriced, Code::UnpricedModel);
    says(
        &unpriced.with(finance(|it| it.budget = Some(budget(10, BudgetKind::Soft)))),
        Code::UnpricedModel,
        "warning: openai house has no known price: no budget counts what 1 node spends on it. → Set a price for openai \
         house.",
    );
    is_silent(&working().with(finance(|it| it.budget = Some(budget(10, BudgetKind::Soft)))), Code::UnpricedModel);
}

#[test]
fn a_budget_without_a_cost_centre_is_told() {
    let bare = finance(|it| it.budget = Some(budget(10, BudgetKind::Soft)));
    says(
        &working().with(bare.clone()),
        Code::NoCostCentre,
        "hint: Finance has a budget and no cost centre, nor has any department above it. → Name the cost centre on \
         which it is booked.",
    );
    let booked =
        Department { cost_centre: Some("4100".into()), ..crate::rights::fixture::department("Corporate", None) };
    is_silent(&working().with(bare).with(booked), Code::NoCostCentre);
}

#[test]
fn a_workflow_of_dify_that_uses_another_key_is_told() {
    let of_dify = |force| Workflow { foreign_id: Some("dify:1".into()), force, ..invoice_bot() };
    let world = working().with_keys(["b"]).with(rule("near", own(), to("b")));
    says(
        &world.clone().with(of_dify(Force::Advisory)),
        Code::DifyDiffers,
        "warning: Dify uses for workflow invoice-bot another key than keydeck answers at 1 node, for instance a at node \
         draft of workflow invoice-bot. → Assign what Dify uses, or hand the keys out by keydeck and set force=enforced.",
    );
    is_silent(&world.clone().with(of_dify(Force::Enforced)), Code::DifyDiffers);
    is_silent(&world, Code::DifyDiffers);
    // What Dify uses is unknown while the workspace has no rule.
    let unknown = World::new().with_keys(["b"]).with(rule("near", own(), to("b"))).with(of_dify(Force::Advisory));
    is_silent(&unknown, Code::DifyDiffers);
    is_silent(&working().with(of_dify(Force::Advisory)), Code::DifyDiffers);
}
