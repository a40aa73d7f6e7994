//! The tree of workflows: departments, apps and workflows in the order of the screen, and the rows that are visible.
//!
//! The tree is one list in preorder, built once for each state of the database; opening and closing only walks it.
//! Nodes are not in it: they are looked up where their workflow is open.

mod builder;

use std::collections::{HashMap, HashSet};

use crate::{
    domain::{
        Timestamp,
        catalogue::{Ix, row::OwnerIx},
        people::Department,
        workflow::{App, Node, Workflow},
    },
    ops::{find::Thing, plan::Plan, reverse::Uses, view::View},
    plan::effect::What,
    resolve::query::{Inputs, Place, Query},
    tui::widget::{
        filter::{Filter, Search},
        tree::Children,
    },
};

use self::builder::Builder;
use super::sought::SoughtWorkflow;

/// What a row of the tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A department; without one, everything that belongs to none.
    Department(Option<Ix<Department>>),
    /// An app, as far as its workflows belong to this department.
    App(Option<Ix<Department>>, Ix<App>),
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// A node.
    Node(Ix<Node>),
}

impl Spot {
    /// Returns the thing that it shows.
    pub const fn thing(self) -> Option<Thing> {
        match self {
            Self::Department(None) => None,
            Self::Department(Some(ix)) => Some(Thing::Department(ix)),
            Self::App(_, ix) => Some(Thing::App(ix)),
            Self::Workflow(ix) => Some(Thing::Workflow(ix)),
            Self::Node(ix) => Some(Thing::Node(ix)),
        }
    }

    /// Returns the spot of a thing that stands in the tree.
    pub const fn of(thing: Thing) -> Option<Self> {
        match thing {
            Thing::Department(ix) => Some(Self::Department(Some(ix))),
            Thing::App(ix) => Some(Self::App(None, ix)),
            Thing::Workflow(ix) => Some(Self::Workflow(ix)),
            Thing::Node(ix) => Some(Self::Node(ix)),
            _ => None,
        }
    }
}

/// One department, app or workflow.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is.
    pub spot: Spot,
    /// How deep it hangs; departments at the top have 0.
    pub depth: u8,
    /// The entry after everything that hangs under it.
    pub end: u32,
}

/// What stands under an entry, summed up. Computed off the screen's thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Workflows under it.
    pub workflows: u32,
    /// Nodes under it.
    pub nodes: u32,
    /// Nodes that get no key.
    pub problems: u32,
    /// What the workflows cost in the last thirty days, in micro-dollars.
    pub spend: i64,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.workflows += other.workflows;
        self.nodes += other.nodes;
        self.problems += other.problems;
        self.spend = self.spend.saturating_add(other.spend);
    }
}

/// The sums of all entries, and how many nodes use each key.
#[derive(Debug, Default)]
pub struct Census {
    /// One for each entry of the tree.
    pub sums: Vec<Summary>,
    /// How many nodes use a key.
    pub uses: Uses,
}

/// What a filter shows of a tree.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// For each entry, whether it is shown: workflows that match, and what they hang under.
    pub shown: Vec<bool>,
    /// How many workflows match.
    pub workflows: usize,
    /// The entry of the workflow that matches best by its name, then by all else; the first of equals.
    pub best: Option<u32>,
}

/// A visible row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// What it shows.
    pub spot: Spot,
    /// How deep it hangs.
    pub depth: u8,
    /// For each depth, one bit: whether the ancestor there (or the row itself) has a sibling below.
    pub below: u32,
    /// What hangs under it.
    pub children: Children,
    /// Its entry in the tree; of a node, its workflow's.
    pub entry: u32,
}

/// Departments, apps and workflows in preorder.
#[derive(Debug, Default)]
pub struct Tree {
    entries: Vec<Entry>,
    workflows: usize,
}

impl Tree {
    /// Builds the tree of everything that is seen.
    pub fn of(view: &View) -> Self {
        Builder::new(view).build()
    }

    /// Returns the entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns how many workflows there are.
    pub const fn workflows(&self) -> usize {
        self.workflows
    }

    /// Returns the entry of a spot.
    pub fn find(&self, spot: Spot) -> Option<usize> {
        self.entries.iter().position(|entry| entry.spot == spot)
    }

    /// Returns the entries that an entry hangs under, the outermost first.
    pub fn ancestors(&self, entry: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < entry {
            if self.entries[at].end as usize > entry {
                found.push(at);
                at += 1;
            } else {
                at = self.entries[at].end as usize;
            }
        }
        found
    }

    /// Sums everything up: every node of the workspace is asked once.
    pub fn census(&self, view: &View, now: Timestamp) -> Census {
        let inputs = Inputs { operator: view.who().operator, ..Inputs::default() };
        let mut sums = vec![Summary::default(); self.entries.len()];
        let mut above: Vec<usize> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            above.truncate(usize::from(entry.depth));
            if let Spot::Workflow(workflow) = entry.spot {
                let own = workflow_summary(view, workflow, now, &inputs);
                sums[at] = own;
                for &ancestor in &above {
                    sums[ancestor].add(own);
                }
            }
            above.push(at);
        }
        Census { sums, uses: view.uses(now) }
    }

    /// Counts for each workflow by how much a plan changes its nodes without a key; where it doesn't, it is left out.
    pub fn swing(&self, plan: &Plan) -> Vec<(u32, i64)> {
        let mut of: HashMap<Ix<Workflow>, i64> = HashMap::new();
        for group in &plan.effects.groups {
            let by = match group.what {
                What::StartsToFail => 1,
                What::StartsToWork => -1,
                _ => continue,
            };
            for workflow in group.nodes.iter().filter_map(|node| plan.after.workflow_of(*node)) {
                *of.entry(workflow).or_default() += by;
            }
        }
        if of.is_empty() {
            return Vec::new();
        }
        let entries = self.entries.iter().enumerate().filter_map(|(at, entry)| {
            let Spot::Workflow(workflow) = entry.spot else { return None };
            Some((u32::try_from(at).ok()?, of.get(&workflow).copied().filter(|by| *by != 0)?))
        });
        entries.collect()
    }

    /// Tells what a filter shows.
    pub fn matching(&self, view: &View, filter: &Filter, now: Timestamp) -> Matching {
        let mut search = Search::default();
        let mut found = Matching { shown: vec![false; self.entries.len()], ..Matching::default() };
        let mut most = None;
        let mut above: Vec<usize> = Vec::new();
        let mut path: Vec<String> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            above.truncate(usize::from(entry.depth));
            path.truncate(usize::from(entry.depth));
            let name = label(view, entry.spot);
            if let Spot::Workflow(workflow) = entry.spot {
                let sought = SoughtWorkflow::new(view, workflow, &path, now);
                if let Some(score) = filter.score(&sought, &mut search) {
                    // Its own name says more than what it hangs under.
                    let score = (filter.words(&name, &mut search), score);
                    above.iter().chain([&at]).for_each(|&it| found.shown[it] = true);
                    found.workflows += 1;
                    if most.is_none_or(|most| score > most) {
                        most = Some(score);
                        found.best = u32::try_from(at).ok();
                    }
                }
            }
            above.push(at);
            path.push(name);
        }
        found
    }

    /// Returns the visible rows: what hangs under open entries; a filter opens departments and apps.
    pub fn rows(&self, view: &View, open: &HashSet<Spot>, matching: Option<&[bool]>) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            if matching.is_some_and(|shown| !shown[at]) {
                at = entry.end as usize;
                continue;
            }
            let forced = matching.is_some() && !matches!(entry.spot, Spot::Workflow(_));
            let is_open = forced || open.contains(&entry.spot);
            let row = |children| TreeRow {
                spot: entry.spot,
                depth: entry.depth,
                below: 0,
                children,
                entry: u32::try_from(at).unwrap_or(u32::MAX),
            };
            if let Spot::Workflow(workflow) = entry.spot {
                let nodes = view.nodes_of(workflow);
                rows.push(row(children(!nodes.is_empty(), is_open)));
                let under = nodes.iter().filter(|_| is_open).map(|&node| TreeRow {
                    spot: Spot::Node(node),
                    depth: entry.depth + 1,
                    ..row(Children::None)
                });
                rows.extend(under);
                at += 1;
            } else {
                let last = entry.end as usize;
                rows.push(row(children(last > at + 1, is_open)));
                at = if is_open { at + 1 } else { last };
            }
        }
        join(&mut rows);
        rows
    }
}

const fn children(any: bool, open: bool) -> Children {
    match (any, open) {
        (false, _) => Children::None,
        (true, false) => Children::Closed,
        (true, true) => Children::Open,
    }
}

/// Notes at each row where its lines go on below.
fn join(rows: &mut [TreeRow]) {
    let mut seen = 0_u32;
    for row in rows.iter_mut().rev() {
        let bit = 1_u32.checked_shl(u32::from(row.depth)).unwrap_or(0);
        row.below = seen & bit;
        seen = (seen & bit.wrapping_sub(1)) | bit;
    }
    let mut above = 0_u32;
    for row in rows {
        let bit = 1_u32.checked_shl(u32::from(row.depth)).unwrap_or(0);
        above = (above & bit.wrapping_sub(1)) | row.below;
        row.below = above;
    }
}

/// Sums up one workflow.
pub fn workflow_summary(view: &View, workflow: Ix<Workflow>, now: Timestamp, inputs: &Inputs) -> Summary {
    let nodes = view.nodes_of(workflow);
    let fails = |node: &&Ix<Node>| !view.answer(&Query { place: Place::Node(**node), now, inputs }).outcome.gives_key();
    Summary {
        workflows: 1,
        nodes: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
        problems: u32::try_from(nodes.iter().filter(fails).count()).unwrap_or(u32::MAX),
        spend: view.recent_spend(workflow).map_or(0, |spent| spent.amount.0),
    }
}

/// Returns the name under which a spot is shown.
pub fn label(view: &View, spot: Spot) -> String {
    match spot {
        Spot::Department(None) => "no department".to_owned(),
        Spot::Department(Some(ix)) => view.department_name(ix).into_owned(),
        Spot::App(_, ix) => view.app(ix).map_or_else(String::new, |app| app.name.to_string()),
        Spot::Workflow(ix) => view.workflow(ix).map_or_else(String::new, |it| it.name.to_string()),
        Spot::Node(ix) => view.node(ix).map_or_else(String::new, |it| it.label().to_string()),
    }
}

/// Says who owns a workflow, in the words of filters.
pub fn owner_words(view: &View, owner: Option<OwnerIx>) -> String {
    owner.map_or_else(|| "nobody".to_owned(), |owner| view.owner_name(owner).into_owned())
}

#[cfg(test)]
mod tests;
