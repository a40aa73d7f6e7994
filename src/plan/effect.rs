//! Effects: what a change set does to nodes, in the groups in which people think of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    domain::{
        catalogue::Ix,
        credential::{Credential, Pool},
        money::MicroDollars,
        workflow::Node,
    },
    resolve::answer::{Answer, Outcome},
    rights::Visibility,
};

/// What happens to a node. The order is the one in which people want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It had a key, or is new, and has none.
    StartsToFail,
    /// It uses another key or pool than before.
    Moves,
    /// It had no key, or is new, and has one.
    StartsToWork,
    /// It uses the same pool, whose members share the load otherwise.
    OtherShares,
    /// It uses the same key, but another rule decides.
    OtherRule,
    /// It had no key and has none, but for another reason or by another rule.
    FailsOtherwise,
    /// It is removed.
    Disappears,
}

impl What {
    /// Everything that can happen, most pressing first.
    pub const ALL: [Self; 7] = [
        Self::StartsToFail,
        Self::Moves,
        Self::StartsToWork,
        Self::OtherShares,
        Self::OtherRule,
        Self::FailsOtherwise,
        Self::Disappears,
    ];

    /// What a screen says of the nodes of a group.
    pub const fn words(self) -> &'static str {
        match self {
            Self::StartsToFail => "starts to fail",
            Self::Moves => "moves to another key",
            Self::StartsToWork => "starts to work",
            Self::OtherShares => "same pool, other shares",
            Self::OtherRule => "same key, another rule",
            Self::FailsOtherwise => "still fails, otherwise",
            Self::Disappears => "is removed",
        }
    }

    /// Says what happens between two answers; a side is missing where the node is. `None` if nothing does.
    pub fn between(before: Option<&Answer>, after: Option<&Answer>) -> Option<Self> {
        let (from, to) = (before.and_then(Used::by), after.and_then(Used::by));
        match (before, after) {
            (None, None) => None,
            (Some(_), None) => Some(Self::Disappears),
            (None, Some(_)) if to.is_none() => Some(Self::StartsToFail),
            (None, Some(_)) => Some(Self::StartsToWork),
            (Some(before), Some(after)) if from == to => match from {
                _ if before == after => None,
                None => Some(Self::FailsOtherwise),
                Some(_) => Some(Self::OtherRule),
            },
            _ if to.is_none() => Some(Self::StartsToFail),
            _ if from.is_none() => Some(Self::StartsToWork),
            _ => Some(Self::Moves),
        }
    }
}

/// What gives a node its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Used {
    /// One credential.
    Key(Ix<Credential>),
    /// A pool, of which the run chooses a member.
    Pool(Ix<Pool>),
}

impl Used {
    /// Returns what an answer gives; `None` if it gives no key.
    pub fn by(answer: &Answer) -> Option<Self> {
        match answer.outcome {
            Outcome::Resolved | Outcome::Pooled => {
                answer.credential.map(Self::Key).or_else(|| answer.pool.map(Self::Pool))
            }
            _ => None,
        }
    }
}

/// What happens to one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The node.
    pub node: Ix<Node>,
    /// What happens.
    pub what: What,
    /// The answer before; none for a new node.
    pub before: Option<Answer>,
    /// The answer after; none for a removed node.
    pub after: Option<Answer>,
    /// What the node cost in the last thirty days; `None` if nobody knows.
    pub money: Option<MicroDollars>,
}

impl Effect {
    /// Returns what the node used.
    pub fn from(&self) -> Option<Used> {
        self.before.as_ref().and_then(Used::by)
    }

    /// Returns what the node will use.
    pub fn to(&self) -> Option<Used> {
        self.after.as_ref().and_then(Used::by)
    }
}

/// Money that moves with nodes: what they cost in the last thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The sum of what is known.
    pub amount: MicroDollars,
    /// Of how many nodes it is not known.
    pub unknown: usize,
}

impl Moved {
    fn add(&mut self, money: Option<MicroDollars>) {
        match money {
            Some(amount) => self.amount += amount,
            None => self.unknown += 1,
        }
    }
}

/// Nodes to which the same happens, from the same key to the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What happens.
    pub what: What,
    /// What they used.
    pub from: Option<Used>,
    /// What they will use.
    pub to: Option<Used>,
    /// The nodes, in ascending order.
    pub nodes: Vec<Ix<Node>>,
    /// The money that goes with them.
    pub money: Moved,
}

/// Everything that a change set does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    effects: Vec<Effect>,
    examined: usize,
}

/// Effects as one operator may see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What happens to nodes that the operator sees. Keys in it may still have to be masked.
    pub groups: Vec<Group>,
    /// To how many others something happens, without naming them or their money.
    pub hidden: BTreeMap<What, usize>,
}

impl Effects {
    pub(super) fn new(mut effects: Vec<Effect>, examined: usize) -> Self {
        effects.sort_unstable_by_key(|effect| (effect.what, effect.node));
        Self { effects, examined }
    }

    /// Says whether nothing happens.
    pub const fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// Returns to how many nodes something happens.
    pub const fn len(&self) -> usize {
        self.effects.len()
    }

    /// Returns how many nodes were asked.
    pub const fn examined(&self) -> usize {
        self.examined
    }

    /// Returns the effects, most pressing first, then by node.
    pub fn iter(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter()
    }

    /// Returns to how many nodes this happens.
    pub fn count(&self, what: What) -> usize {
        self.effects.iter().filter(|effect| effect.what == what).count()
    }

    /// Returns the effects in groups, most pressing first.
    pub fn groups(&self) -> Vec<Group> {
        grouped(self.effects.iter())
    }

    /// Returns what one operator may see of them, before or after; the rest is only counted.
    pub fn seen_by(&self, before: &Visibility<'_>, after: &Visibility<'_>) -> Seen {
        let named = |effect: &&Effect| before.sees_node(effect.node) || after.sees_node(effect.node);
        let mut hidden = BTreeMap::new();
        for effect in self.effects.iter().filter(|effect| !named(effect)) {
            *hidden.entry(effect.what).or_default() += 1;
        }
        Seen { groups: grouped(self.effects.iter().filter(named)), hidden }
    }
}

fn grouped<'a>(effects: impl Iterator<Item = &'a Effect>) -> Vec<Group> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for effect in effects {
        let (what, from, to) = (effect.what, effect.from(), effect.to());
        let group = groups.entry((what, from, to)).or_insert_with(|| Group {
            what,
            from,
            to,
            nodes: Vec::new(),
            money: Moved::default(),
        });
        group.nodes.push(effect.node);
        group.money.add(effect.money);
    }
    groups.into_values().collect()
}
