//! The changes that a choice of the picker comes to: a key written on nodes, a rule added or edited.

use crate::{
    domain::{
        Timestamp,
        assignment::{Assignment, Scope, Strength, Target},
        catalogue::Ix,
        change::Change,
        id::Id,
        workflow::Node,
    },
    ops::{picker::Choice, view::View},
    tui::state::{
        ids::Ids,
        picker::{Offer, Picker, Reach},
        tree::Spot,
    },
};

/// Returns the changes that the choice under the cursor comes to.
///
/// # Errors
/// Why it can't be assigned this way.
pub(super) fn changes(picker: &Picker, view: &View, ids: &mut Ids, now: Timestamp) -> Result<Vec<Change>, String> {
    let offer = picker.offer().ok_or("there is no key to assign; leave with esc and add one (g c, then a)")?;
    let places: Vec<Reach> = match picker.reach() {
        Reach::Marked => picker.spots.iter().filter_map(|spot| place(view, *spot)).collect(),
        one => vec![one],
    };
    let mut changes = Vec::new();
    for place in places {
        let change = match place {
            Reach::Node(node) => on_node(view, node, offer)?,
            other => rule(picker, view, other, offer, ids, now)?,
        };
        changes.extend(change);
    }
    Ok(changes)
}

/// Returns where the rule of a row's own stands.
pub(super) fn place(view: &View, spot: Spot) -> Option<Reach> {
    match spot {
        Spot::Node(ix) => view.node(ix).map(|_| Reach::Node(ix)),
        Spot::Workflow(ix) => Some(Reach::Workflow(ix)),
        Spot::App(_, ix) => Some(Reach::App(ix)),
        Spot::Department(ix) => ix.map(Reach::Department),
    }
}

fn on_node(view: &View, node: Ix<Node>, offer: &Offer) -> Result<Option<Change>, String> {
    let Some(Choice::Key(key)) = offer.choice() else {
        return Err("a node takes a key itself; choose workflow or more with tab".to_owned());
    };
    let (Some(before), Some(key)) = (view.node(node), view.credential(key)) else { return Ok(None) };
    let after = Node { key: Some(key.id), ..before.clone() };
    Ok(Change::edit(before.clone(), after))
}

fn rule(
    picker: &Picker,
    view: &View,
    reach: Reach,
    offer: &Offer,
    ids: &mut Ids,
    now: Timestamp,
) -> Result<Option<Change>, String> {
    let scope = scope(view, reach).ok_or("the place is gone")?;
    let target = match offer.choice() {
        Some(Choice::Key(ix)) => Target::Key(view.credential(ix).ok_or("the key is gone")?.id),
        Some(Choice::Pool(ix)) => Target::Pool(view.pool(ix).ok_or("the pool is gone")?.id),
        None => Target::Deny,
    };
    let strength = if picker.preferred { Strength::Preferred } else { Strength::Required };
    let wanted = Assignment {
        id: Id::new(ids.next(now)),
        scope,
        provider: picker.provider.clone(),
        model: picker.model.clone().filter(|_| picker.model_only),
        kind: None,
        environment: picker.environment.clone(),
        target,
        strength,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    };
    let known = view.assignments().find(|(_, rule)| rule.same_place(&wanted) && rule.is_active(now));
    Ok(match known {
        Some((_, rule)) => {
            let after = Assignment { target: wanted.target, strength, ..rule.clone() };
            Change::edit(rule.clone(), after)
        }
        None => Some(Change::add(wanted)),
    })
}

pub(super) fn scope(view: &View, reach: Reach) -> Option<Scope> {
    Some(match reach {
        Reach::Workflow(ix) => Scope::Workflow(view.workflow(ix)?.id),
        Reach::App(ix) => Scope::App(view.app(ix)?.id),
        Reach::Owner(ix) => Scope::Owner(view.operator(ix)?.id),
        Reach::Department(ix) => Scope::Department(view.department(ix)?.id),
        Reach::Workspace => Scope::Workspace,
        Reach::System => Scope::System,
        Reach::Node(_) | Reach::Marked => return None,
    })
}
