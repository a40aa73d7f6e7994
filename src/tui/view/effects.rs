//! What changes would do, in the groups in which people think of it: for the picker, staging and the question before
//! applying.

use crate::{
    domain::name::printable,
    ops::{plan::Plan, view::View},
    plan::{Group, Used, What},
    tui::{
        state::tree::{Spot, label},
        theme::Role,
        widget::detail::Detail,
        words,
    },
};

/// How many nodes of a group are named.
const NAMED: usize = 3;

/// Returns what a plan does, as lines of details: obstacles first, then each group, most pressing first.
pub(super) fn lines(plan: &Plan, view: &View) -> Vec<Detail> {
    let mut lines = Vec::new();
    for obstacle in &plan.obstacles {
        lines.push(Detail::Text(format!("✗ {}", obstacle.message), Role::Danger));
        lines.extend(obstacle.hints.first().map(|hint| Detail::Text(format!("  {hint}"), Role::Muted)));
    }
    for group in &plan.effects.groups {
        lines.push(Detail::Text(sentence(group, view, &plan.after), role(group.what)));
        lines.push(Detail::Text(format!("  {}", named(group, view, &plan.after)), Role::Muted));
    }
    for (what, count) in &plan.effects.hidden {
        let text = format!("{} you may not see: {}", words::count(*count, "node"), what.words());
        lines.push(Detail::Text(text, role(*what)));
    }
    if lines.is_empty() {
        lines.push(Detail::Text("No node is touched by it now.".to_owned(), Role::Muted));
    }
    lines.extend(plan.costs.iter().map(|text| Detail::Text(printable(text).into_owned(), Role::Muted)));
    lines
}

/// Says in one line what a plan does, for titles and dialogs.
pub(super) fn summary(plan: &Plan) -> (String, Role) {
    if let Some(obstacle) = plan.obstacles.first() {
        return (format!("can't be applied: {}", obstacle.message), Role::Danger);
    }
    let count = |what: What| {
        let seen: usize = plan.effects.groups.iter().filter(|it| it.what == what).map(|it| it.nodes.len()).sum();
        seen + plan.effects.hidden.get(&what).copied().unwrap_or_default()
    };
    let parts: Vec<String> = What::ALL
        .iter()
        .filter(|what| count(**what) > 0)
        .map(|what| format!("{} {}", words::grouped(count(*what) as u64), what.words()))
        .collect();
    let worst = What::ALL.iter().find(|what| count(**what) > 0);
    match worst {
        None => ("no node is touched".to_owned(), Role::Muted),
        Some(worst) => (parts.join(" · "), role(*worst)),
    }
}

fn sentence(group: &Group, view: &View, after: &View) -> String {
    let nodes = words::count(group.nodes.len(), "node");
    let plural = if group.nodes.len() == 1 { "s" } else { "" };
    let from = group.from.map(|used| used_name(used, view)).unwrap_or_default();
    let to = group.to.map(|used| used_name(used, after)).unwrap_or_default();
    let what = match group.what {
        What::StartsToFail if from.is_empty() => format!("✗ {nodes} fail{plural}"),
        What::StartsToFail => format!("✗ {nodes} start{plural} to fail (had {from})"),
        What::Moves => format!("→ {nodes} move{plural} from {from} to {to}"),
        What::StartsToWork => format!("✓ {nodes} start{plural} to work, with {to}"),
        What::OtherShares => format!("~ {nodes}: same pool {to}, other shares"),
        What::OtherRule => format!("= {nodes} keep{plural} {to}, by another rule"),
        What::FailsOtherwise => format!("✗ {nodes} still fail{plural}, for another reason"),
        What::Disappears => format!("- {nodes} {} removed", if group.nodes.len() == 1 { "is" } else { "are" }),
    };
    let unknown = group.money.unknown == group.nodes.len();
    if unknown { what } else { format!("{what} · {} in 30 days", words::money(group.money.amount)) }
}

fn named(group: &Group, view: &View, after: &View) -> String {
    let name = |node: &crate::domain::catalogue::Ix<crate::domain::workflow::Node>| {
        let view = if view.node(*node).is_some() { view } else { after };
        let workflow = view.workflow_of(*node).map(|ix| label(view, Spot::Workflow(ix))).unwrap_or_default();
        format!("{workflow} › {}", label(view, Spot::Node(*node)))
    };
    let first: Vec<String> = group.nodes.iter().take(NAMED).map(name).collect();
    match group.nodes.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {} more", first.join(", "), words::grouped(more as u64)),
    }
}

/// Names what gives a key.
fn used_name(used: Used, view: &View) -> String {
    match used {
        Used::Key(ix) => view.credential_name(ix).into_owned(),
        Used::Pool(ix) => format!("pool {}", view.pool_name(ix)),
    }
}

const fn role(what: What) -> Role {
    match what {
        What::StartsToFail | What::FailsOtherwise => Role::Danger,
        What::Moves => Role::Staged,
        What::StartsToWork => Role::Ok,
        What::OtherShares | What::OtherRule => Role::Text,
        What::Disappears => Role::Warn,
    }
}
