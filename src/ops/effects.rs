//! What a plan does, told: a sentence for each change, and what becomes of nodes, as the viewer may read it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{find::Thing, plan::Plan, view::View};
use crate::{
    domain::{change::Change, money::MicroDollars, record::Kind},
    form::lookup::Lookup,
    plan::{
        Words,
        effect::{Effects, Group, Used, What},
    },
};

/// A plan in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Each change.
    pub changes: Vec<ChangeRow>,
    /// What becomes of nodes, most pressing first.
    pub effects: Vec<EffectRow>,
    /// To how many nodes the same happens that the viewer may not see.
    pub hidden: BTreeMap<What, usize>,
    /// What one weighs before it is written: prices of models that get a key, and budgets that count there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeRow {
    /// `add`, `edit` or `remove`.
    pub deed: &'static str,
    /// What kind of thing.
    pub kind: Kind,
    /// Its stable id.
    pub id: String,
    /// What happens, in one sentence.
    pub sentence: String,
}

/// Nodes to which the same happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectRow {
    /// What happens to them.
    pub what: What,
    /// What they used: a key's name, or `pool/NAME`.
    pub from: Option<String>,
    /// What they will use.
    pub to: Option<String>,
    /// The nodes, as links.
    pub nodes: Vec<String>,
    /// What they cost in the last thirty days, as far as it is known.
    pub spent_30d: MicroDollars,
    /// Of how many of them it is not known.
    pub spend_unknown: usize,
}

impl EffectRow {
    /// Says in words what happens, and to how many: `3 nodes move from openai-a to openai-b`.
    pub fn sentence(&self) -> String {
        let count = self.nodes.len();
        let nodes = if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") };
        let verb = |one: &'static str, many: &'static str| if count == 1 { one } else { many };
        let from = self.from.as_deref().unwrap_or("no key");
        let to = self.to.as_deref().unwrap_or("no key");
        match self.what {
            What::StartsToFail if self.from.is_none() => format!("{nodes} {} without a key", verb("is", "are")),
            What::StartsToFail => format!("{nodes} {} to fail, with {from} so far", verb("starts", "start")),
            What::Moves => format!("{nodes} {} from {from} to {to}", verb("moves", "move")),
            What::StartsToWork => format!("{nodes} {} to work, with {to}", verb("starts", "start")),
            What::OtherShares => format!("{nodes} {} {to}, with other shares", verb("keeps", "keep")),
            What::OtherRule => format!("{nodes} {} {to}, by another rule", verb("keeps", "keep")),
            What::FailsOtherwise => format!("{nodes} still {}, for another reason", verb("fails", "fail")),
            What::Disappears => format!("{nodes} {} removed", verb("is", "are")),
        }
    }
}

impl Plan {
    /// Tells the plan to the viewer of `before`, the view that it was made on.
    pub fn told(&self, before: &View) -> Told {
        let words = words(before, &self.after);
        Told {
            changes: self.changes.iter().map(|change| row(&words, change)).collect(),
            effects: self.effects.groups.iter().map(|group| effect(before, &self.after, group)).collect(),
            hidden: self.effects.hidden.clone(),
            costs: self.costs.clone(),
        }
    }
}

impl View {
    /// Tells changes that lead from this view to another.
    pub fn tell(&self, after: &Self, changes: &[Change]) -> Vec<ChangeRow> {
        let words = words(self, after);
        changes.iter().map(|change| row(&words, change)).collect()
    }
}

/// Tells effects to the viewer of both views.
pub(super) fn effect_rows(before: &View, after: &View, effects: &Effects) -> Vec<EffectRow> {
    let seen = effects.seen_by(&before.visibility(), &after.visibility());
    seen.groups.iter().map(|group| effect(before, after, group)).collect()
}

fn words<'a>(before: &'a View, after: &'a View) -> Words<'a> {
    Words::new(Lookup::masked(before.catalogue(), before), Lookup::masked(after.catalogue(), after))
}

fn row(words: &Words<'_>, change: &Change) -> ChangeRow {
    ChangeRow {
        deed: match (change.before(), change.after()) {
            (None, _) => "add",
            (_, None) => "remove",
            _ => "edit",
        },
        kind: change.kind(),
        id: change.uuid().to_string(),
        sentence: words.sentence(change),
    }
}

fn effect(before: &View, after: &View, group: &Group) -> EffectRow {
    let used = |view: &View, used: Option<Used>| {
        used.map(|used| match used {
            Used::Key(ix) => view.credential_name(ix).into_owned(),
            Used::Pool(ix) => format!("pool/{}", view.pool_name(ix)),
        })
    };
    let link = |&ix: &_| {
        let view = if after.node(ix).is_some() { after } else { before };
        view.link(Thing::Node(ix))
    };
    EffectRow {
        what: group.what,
        from: used(before, group.from),
        to: used(after, group.to),
        nodes: group.nodes.iter().map(link).collect(),
        spent_30d: group.money.amount,
        spend_unknown: group.money.unknown,
    }
}
