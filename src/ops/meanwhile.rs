//! Meanwhile: what was applied since an operator planned a change set, whether it touches the set, and where both sides
//! changed one thing, the three states of it. Nothing is overwritten blindly: whoever applies has seen this.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    effects::{EffectRow, effect_rows},
    failure::{Failure, Kind},
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        change::{self, Change},
        name::printable,
        record::Kind as Noun,
    },
    plan::{self, Clash, Ground, Sides},
    resolve::query::Inputs,
    store::Revision,
};

/// How many of the newest revisions are told one by one, and how many of their changes.
const TOLD: usize = 50;

/// What was applied since a change set was planned, and what it means to the set.
#[derive(Clone, Debug, Serialize)]
pub struct Meanwhile {
    /// The revision on which it was planned.
    pub base_revision: u64,
    /// The present revision.
    pub revision: u64,
    /// What the others' changes mean to it.
    pub ground: Ground,
    /// The newest of the revisions that came, the oldest first.
    pub revisions: Vec<Foreign>,
    /// How many came before those.
    pub earlier: u64,
    /// What both sides changed.
    pub clashes: Vec<Contest>,
    /// Those of its changes that others have made in the same way.
    pub done_already: Vec<String>,
    /// Why else it can't be applied now.
    pub obstacles: Vec<String>,
    /// What it did to nodes when it was planned; only where that is something else now.
    pub did: Vec<EffectRow>,
    /// What it does to nodes now; only where that is something else than then.
    pub does: Vec<EffectRow>,
    /// What both sides changed, as records.
    #[serde(skip)]
    pub(super) raw: Vec<Clash>,
    /// The numbers of its changes that others have made in the same way.
    #[serde(skip)]
    pub(super) idle: Vec<u64>,
}

/// A revision that came meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// Its number.
    pub number: u64,
    /// Who applied it.
    pub author: Text,
    /// When.
    pub at: Timestamp,
    /// Each of its changes, as far as the operator may read it.
    pub changes: Vec<String>,
    /// Whether it changed a thing that the set changes, too.
    pub clashes: bool,
}

/// One thing that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contest {
    /// The numbers of the staged changes of it.
    pub numbers: Vec<u64>,
    /// What kind of thing.
    pub kind: Noun,
    /// Its id.
    pub id: Uuid,
    /// What I do to it.
    pub mine: String,
    /// What they did.
    pub theirs: String,
    /// In which revision.
    pub revision: u64,
    /// Who.
    pub author: Text,
    /// The fields on which the three states do not agree.
    pub fields: Vec<Sides>,
}

/// What came, and whose.
pub(super) struct Since {
    pub(super) base: u64,
    /// The changes that came, each with its revision, the oldest first.
    pub(super) changes: Vec<(u64, Change)>,
    /// The revisions that came, the newest first.
    pub(super) revisions: Vec<Revision>,
}

/// Looks at a change set, with the numbers of its changes, on what others left.
pub(super) fn look(present: &View, since: &Since, mine: &[(u64, Change)], now: Timestamp) -> Meanwhile {
    let came = change::fold(since.changes.iter().map(|(_, change)| change.clone()));
    let folded = change::fold(mine.iter().map(|(_, change)| change.clone()));
    let base = present.with_changes(&change::invert_all(came.iter().cloned()));
    let inputs = Inputs { operator: present.who().operator, ..Inputs::default() };
    let review = plan::review(base.catalogue(), &came, &folded, now, &inputs);
    let (wanted, after) = (base.with_changes(&folded), present.with_changes(&review.changes));
    let numbers = numbers(mine);
    let idle: Vec<&Change> = folded
        .iter()
        .filter(|change| {
            !review.changes.iter().any(|left| (left.kind(), left.uuid()) == (change.kind(), change.uuid()))
        })
        .collect();
    let telling = Telling { base: &base, present, wanted: &wanted, since, came: &came, numbers: &numbers };
    let clashes: Vec<Contest> = review.clashes.iter().map(|clash| telling.contest(clash, &folded)).collect();
    let revisions = telling.revisions(&clashes);
    let (did, does) = (effect_rows(&base, &wanted, &review.was), effect_rows(present, &after, &review.effects));
    let same = did == does;
    Meanwhile {
        base_revision: since.base,
        revision: present.revision(),
        ground: review.ground,
        earlier: (present.revision() - since.base).saturating_sub(revisions.len() as u64),
        revisions,
        clashes,
        done_already: idle.iter().map(|change| base.words(&wanted).sentence(change)).collect(),
        obstacles: review.refusals.into_iter().map(|refusal| Failure::from(refusal).message).collect(),
        did: if same { Vec::new() } else { did },
        does: if same { Vec::new() } else { does },
        raw: review.clashes,
        idle: idle.iter().flat_map(|it| numbers.get(&(it.kind(), it.uuid())).cloned().unwrap_or_default()).collect(),
    }
}

/// The numbers of the changes of each thing.
pub(super) fn numbers(changes: &[(u64, Change)]) -> HashMap<(Noun, Uuid), Vec<u64>> {
    let mut numbers: HashMap<_, Vec<u64>> = HashMap::new();
    for (number, change) in changes {
        numbers.entry((change.kind(), change.uuid())).or_default().push(*number);
    }
    numbers
}

struct Telling<'a> {
    base: &'a View,
    present: &'a View,
    wanted: &'a View,
    since: &'a Since,
    came: &'a [Change],
    numbers: &'a HashMap<(Noun, Uuid), Vec<u64>>,
}

impl Telling<'_> {
    fn contest(&self, clash: &Clash, folded: &[Change]) -> Contest {
        let key = (clash.kind, clash.id);
        let of = |changes: &[Change], id: Uuid| {
            changes.iter().find(|it| (it.kind(), it.uuid()) == (clash.kind, id)).cloned()
        };
        let their_id = clash.theirs.as_ref().map_or(clash.id, crate::domain::record::Record::uuid);
        let theirs = of(self.came, their_id).map(|change| self.base.words(self.present).sentence(&change));
        let mine = of(folded, clash.id).map(|change| self.base.words(self.wanted).sentence(&change));
        let last = self.since.changes.iter().rev().find(|(_, it)| (it.kind(), it.uuid()) == (clash.kind, their_id));
        let revision = last.map_or(0, |(revision, _)| *revision);
        let author = self.since.revisions.iter().find(|it| it.number == revision).map(|it| it.login.clone());
        let lookups = [self.base.lookup(), self.present.lookup(), self.wanted.lookup()];
        Contest {
            numbers: self.numbers.get(&key).cloned().unwrap_or_default(),
            kind: clash.kind,
            id: clash.id,
            mine: mine.unwrap_or_default(),
            theirs: theirs.unwrap_or_default(),
            revision,
            author: author.unwrap_or_else(|| "?".into()),
            fields: plan::sides(clash, [&lookups[0], &lookups[1], &lookups[2]]),
        }
    }

    fn revisions(&self, clashes: &[Contest]) -> Vec<Foreign> {
        let mut changes: BTreeMap<u64, Vec<&Change>> = BTreeMap::new();
        for (revision, change) in &self.since.changes {
            changes.entry(*revision).or_default().push(change);
        }
        let words = self.base.words(self.present);
        let told = self.since.revisions.iter().take(TOLD).rev().map(|revision| {
            let all = changes.get(&revision.number).map_or(&[][..], Vec::as_slice);
            let mut sentences: Vec<String> = all.iter().take(TOLD).map(|change| words.sentence(change)).collect();
            if all.len() > TOLD {
                sentences.push(format!("… and {} more changes", all.len() - TOLD));
            }
            Foreign {
                number: revision.number,
                author: revision.login.clone(),
                at: revision.at,
                changes: sentences,
                clashes: clashes.iter().any(|clash| clash.revision == revision.number),
            }
        });
        told.collect()
    }
}

impl Meanwhile {
    /// Looks without a database, for rehearsals of the screens.
    #[cfg(test)]
    pub(crate) fn rehearsed(
        present: &View,
        base: u64,
        came: &[(u64, Change)],
        revisions: &[Revision],
        mine: &[(u64, Change)],
        now: Timestamp,
    ) -> Self {
        let since = Since { base, changes: came.to_vec(), revisions: revisions.to_vec() };
        look(present, &since, mine, now)
    }

    /// Returns how many revisions came.
    pub const fn count(&self) -> u64 {
        self.revision - self.base_revision
    }

    /// Says in one sentence what came and whether it matters, without a full stop.
    pub fn sentence(&self) -> String {
        let came = match self.count() {
            1 => "1 revision was".to_owned(),
            more => format!("{more} revisions were"),
        };
        let matters = match (self.ground, self.count()) {
            (Ground::Untouched, 1) => "it does not touch this",
            (Ground::Untouched, _) => "none touches this",
            (Ground::Touched, _) => "this does something else now than when it was planned",
            (Ground::Conflict, _) => "this can't be applied as it is",
        };
        format!("{came} applied since revision {}: {matters}", self.base_revision)
    }

    /// Returns everything that is to be known, a line each; what belongs to the line before is indented.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for revision in &self.revisions {
            let mark = if revision.clashes { "✗" } else { "·" };
            let first = revision.changes.first().map_or("", String::as_str);
            lines.push(format!("{mark} revision {} by {}: {first}", revision.number, printable(&revision.author)));
            lines.extend(revision.changes.iter().skip(1).map(|change| format!("    {change}")));
        }
        for clash in &self.clashes {
            lines.push(format!("Both changed one thing: {} by {}: {}", clash.revision, clash.author, clash.theirs));
            lines.push(format!("    yours: {}", clash.mine));
            lines.extend(clash.fields.iter().map(|field| format!("    {}", field_line(field))));
        }
        lines.extend(self.done_already.iter().map(|change| format!("Done by others already: {change}")));
        lines.extend(self.obstacles.iter().map(|obstacle| format!("In its way: {obstacle}")));
        lines.extend(self.did.iter().map(|effect| format!("It did: {}", effect.sentence())));
        lines.extend(self.does.iter().map(|effect| format!("It does now: {}", effect.sentence())));
        if self.does.is_empty() && !self.did.is_empty() {
            lines.push("It does nothing to any node now".to_owned());
        }
        lines
    }

    /// Makes the failure of applying it now.
    pub fn failure(&self, staged: bool) -> Failure {
        let message = std::iter::once(self.sentence()).chain(self.lines()).collect::<Vec<_>>().join("\n");
        let failure = Failure::new(Kind::Conflict, message).details(json!(self));
        match (staged, self.ground) {
            (false, _) => failure.hint("nothing was written; do it again to see what it does now"),
            (true, Ground::Conflict) if !self.clashes.is_empty() => failure
                .hint("\"keydeck staged keep mine\" or \"keydeck staged keep theirs\" decides what both changed")
                .hint("\"keydeck staged discard N\" takes one change back"),
            (true, Ground::Conflict) => failure.hint("\"keydeck staged discard N\" takes a change back"),
            (true, _) => failure.hint("if it is still what you want: keydeck staged rebase, then keydeck staged apply"),
        }
    }
}

/// Says what the three states of a field are.
fn field_line(field: &Sides) -> String {
    let value = |text: &str| if text.is_empty() { "none".to_owned() } else { printable(text).into_owned() };
    let Sides { field, base, theirs, mine } = field;
    format!("{field}: was {} · theirs {} · yours {}", value(base), value(theirs), value(mine))
}
