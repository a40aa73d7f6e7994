//! Staged changes on ground that has moved: whether what others changed since matters to them.
//!
//! Both sides are compared as a whole: their changes are applied to the base, and mine again on top of that. Facts and
//! time are the same for both, so that only what people changed makes a difference.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::{
    diff::diff,
    effect::{Effects, Used, What},
    valid::{self, Fault, Refusal},
};
use crate::{
    domain::{
        Timestamp,
        catalogue::Catalogue,
        change::{self, Change},
        record::{Kind, Record},
    },
    resolve::query::Inputs,
};

/// What the changes of others mean to a staged change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ground {
    /// They are about something else: it does exactly what it did.
    Untouched,
    /// It can be applied, but does something else than before, or a part of it was done by them already.
    Touched,
    /// It can't be applied as it is: both changed one thing, or theirs leaves no room for mine.
    Conflict,
}

/// One thing in three states: at the base, as others left it, as I want it. None means that it is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// What kind of thing.
    pub kind: Kind,
    /// The id of the thing, mine where two rules answer one question.
    pub id: Uuid,
    /// As it was when I began.
    pub base: Option<Record>,
    /// As others left it; or their rule that answers the same question.
    pub theirs: Option<Record>,
    /// As I want it.
    pub mine: Option<Record>,
}

/// A staged change set, looked at again.
#[derive(Clone, Debug)]
pub struct Review {
    /// What the changes of others mean to it.
    pub ground: Ground,
    /// What both changed.
    pub clashes: Vec<Clash>,
    /// Why else it can't be applied now.
    pub refusals: Vec<Refusal>,
    /// What is left of it: without what others did in the same way.
    pub changes: Vec<Change>,
    /// What it did on its base.
    pub was: Effects,
    /// What it does now.
    pub effects: Effects,
}

impl Clash {
    /// Returns the changes that do as I want on what others left: theirs are taken back where both can't be.
    pub fn keep_mine(&self) -> Vec<Change> {
        let beside = self.theirs.as_ref().filter(|theirs| theirs.uuid() != self.id);
        match beside {
            Some(rule) => {
                let mine = Change::between(self.base.clone(), self.mine.clone());
                [Some(Change::remove(rule.clone())), mine].into_iter().flatten().collect()
            }
            None => Change::between(self.theirs.clone(), self.mine.clone()).into_iter().collect(),
        }
    }
}

/// Looks again at `mine`, staged on `base`, after others applied `theirs` to it.
///
/// `base` is the catalogue on which `mine` was staged, under the facts of today.
pub fn review(base: &Catalogue, theirs: &[Change], mine: &[Change], now: Timestamp, inputs: &Inputs) -> Review {
    let theirs = change::fold(theirs.iter().cloned());
    let by_thing: HashMap<_, _> = theirs.iter().map(|change| ((change.kind(), change.uuid()), change)).collect();
    let mut clashes = Vec::new();
    let mut changes = Vec::new();
    for change in mine {
        match by_thing.get(&(change.kind(), change.uuid())) {
            Some(same) if same.after() == change.after() => {}
            // It was staged on what they had left.
            Some(same) if same.after() == change.before() => changes.push(change.clone()),
            Some(same) => {
                clashes.push(clash(base, Some(same), change));
                changes.push(change.clone());
            }
            None => {
                let other = same_question(&theirs, mine, change);
                clashes.extend(other.map(|other| clash(base, Some(other), change)));
                changes.push(change.clone());
            }
        }
    }
    let present = base.with_changes(&theirs, None);
    let after = present.with_changes(&changes, None);
    let mut refusals = valid::check(&present, &after, &changes);
    // What both changed is told by the clashes already.
    refusals.retain(|refusal| {
        !matches!(refusal.fault, Fault::Conflict | Fault::Overlap)
            || !clashes.iter().any(|clash| clash.id == refusal.id)
    });
    let effects = diff(&present, &after, &changes, now, inputs);
    let wanted = base.with_changes(mine, None);
    let was = diff(base, &wanted, mine, now, inputs);
    let ground = if !clashes.is_empty() || !refusals.is_empty() {
        Ground::Conflict
    } else if changes.len() < mine.len() || by_id(&was, &wanted) != by_id(&effects, &after) {
        Ground::Touched
    } else {
        Ground::Untouched
    };
    Review { ground, clashes, refusals, changes, was, effects }
}

fn clash(base: &Catalogue, theirs: Option<&Change>, mine: &Change) -> Clash {
    Clash {
        kind: mine.kind(),
        id: mine.uuid(),
        base: base.record(mine.kind(), mine.uuid()),
        theirs: theirs.and_then(|change| change.after().cloned()),
        mine: mine.after().cloned(),
    }
}

/// Finds a rule of others that speaks where and when a rule of mine is to speak, unless I change that rule, too.
fn same_question<'c>(theirs: &'c [Change], mine: &[Change], change: &Change) -> Option<&'c Change> {
    let Some(Record::Assignment(rule)) = change.after() else { return None };
    theirs.iter().find(|change| {
        matches!(change.after(), Some(Record::Assignment(other)) if other.same_place(rule) && other.overlaps(rule))
            && mine.iter().all(|mine| mine.uuid() != change.uuid())
    })
}

/// What happens to each node, by stable ids: two catalogues number new things differently.
fn by_id(effects: &Effects, catalogue: &Catalogue) -> BTreeMap<Uuid, (What, Option<Uuid>, Option<Uuid>)> {
    let uuid = |used: Used| match used {
        Used::Key(ix) => catalogue.credentials().id(ix).uuid(),
        Used::Pool(ix) => catalogue.pools().id(ix).uuid(),
    };
    let effect = |it: &super::effect::Effect| (it.what, it.from().map(uuid), it.to().map(uuid));
    effects.iter().map(|it| (catalogue.nodes().id(it.node).uuid(), effect(it))).collect()
}

#[cfg(test)]
mod tests;
