//! The tree of workflows: departments, apps and workflows in the order of the screen, and the rows that are visible.
//!
//! The tree is one list in preorder, built once for each state of the database; opening and closing only walks it.
//! Nodes are not in it: they are looked up where their workflow is open.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    domain::{
        Timestamp,
        catalogue::{Ix, row::OwnerIx},
        people::Department,
        workflow::{App, Node, Workflow},
    },
    ops::{find::Thing, view::View},
    resolve::query::{Inputs, Place, Query},
    tui::widget::{
        filter::{Filter, Search},
        tree::Children,
    },
};

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
    /// How many nodes resolve to a key.
    pub uses: HashMap<Ix<crate::domain::credential::Credential>, usize>,
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
                above.iter().for_each(|&ancestor| sums[ancestor].add(own));
            }
            above.push(at);
        }
        Census { sums, uses: crate::ops::rows::uses(view, now) }
    }

    /// Tells for each entry whether a filter shows it: workflows that match, and what they hang under.
    pub fn matching(&self, view: &View, filter: &Filter, now: Timestamp) -> Vec<bool> {
        let mut search = Search::default();
        let mut shown = vec![false; self.entries.len()];
        let mut above: Vec<usize> = Vec::new();
        let mut path: Vec<String> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            above.truncate(usize::from(entry.depth));
            path.truncate(usize::from(entry.depth));
            if let Spot::Workflow(workflow) = entry.spot {
                let sought = SoughtWorkflow::new(view, workflow, &path, now);
                if filter.score(&sought, &mut search).is_some() {
                    shown[at] = true;
                    above.iter().for_each(|&ancestor| shown[ancestor] = true);
                }
            }
            above.push(at);
            path.push(label(view, entry.spot));
        }
        shown
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

/// What belongs to one department, while the tree is built.
#[derive(Default)]
struct Belongings {
    departments: Vec<(String, Ix<Department>)>,
    apps: BTreeMap<(String, usize), (Ix<App>, Vec<(String, Ix<Workflow>)>)>,
    workflows: Vec<(String, Ix<Workflow>)>,
}

struct Builder<'a> {
    view: &'a View,
    of: HashMap<Option<Ix<Department>>, Belongings>,
    tree: Tree,
}

impl<'a> Builder<'a> {
    fn new(view: &'a View) -> Self {
        Self { view, of: HashMap::new(), tree: Tree::default() }
    }

    fn build(mut self) -> Tree {
        let view = self.view;
        let mut tops = Vec::new();
        for (ix, department) in view.departments() {
            match view.parent_of(ix).filter(|parent| *parent != ix) {
                Some(parent) => {
                    let below = &mut self.of.entry(Some(parent)).or_default().departments;
                    below.push((department.name.to_lowercase(), ix));
                }
                None => tops.push((department.name.to_lowercase(), ix)),
            }
        }
        for (ix, app) in view.apps() {
            self.app(view.department_of_app(ix), ix, app);
        }
        for (ix, workflow) in view.workflows() {
            self.workflow(ix, workflow);
        }
        tops.sort();
        for (_, top) in tops {
            self.department(Some(top), 0);
        }
        if self.of.contains_key(&None) {
            self.department(None, 0);
        }
        // Departments that are above themselves, in data from outside, would else be nowhere.
        while let Some(stray) = self.of.keys().copied().min() {
            self.department(stray, 0);
        }
        self.tree
    }

    fn app(&mut self, department: Option<Ix<Department>>, ix: Ix<App>, app: &App) -> &mut Vec<(String, Ix<Workflow>)> {
        let apps = &mut self.of.entry(department).or_default().apps;
        &mut apps.entry((app.name.to_lowercase(), ix.position())).or_insert_with(|| (ix, Vec::new())).1
    }

    fn workflow(&mut self, ix: Ix<Workflow>, workflow: &Workflow) {
        let view = self.view;
        let department = view.department_of(ix);
        let name = (workflow.name.to_lowercase(), ix);
        let app = view.app_of(ix).and_then(|app| view.app(app).map(|it| (app, it)));
        match app {
            Some((app, it)) => self.app(department, app, it).push(name),
            None => self.of.entry(department).or_default().workflows.push(name),
        }
        self.tree.workflows += 1;
    }

    /// Opens an entry, lets its inside be written, and closes it.
    fn entry(&mut self, spot: Spot, depth: u8, inside: impl FnOnce(&mut Self)) {
        let at = self.tree.entries.len();
        self.tree.entries.push(Entry { spot, depth, end: 0 });
        inside(self);
        self.tree.entries[at].end = u32::try_from(self.tree.entries.len()).unwrap_or(u32::MAX);
    }

    fn department(&mut self, department: Option<Ix<Department>>, depth: u8) {
        let mut own = self.of.remove(&department).unwrap_or_default();
        own.departments.sort();
        own.workflows.sort();
        self.entry(Spot::Department(department), depth, |tree| {
            for (_, below) in own.departments {
                tree.department(Some(below), depth.saturating_add(1));
            }
            for (app, mut workflows) in own.apps.into_values() {
                workflows.sort();
                tree.entry(Spot::App(department, app), depth.saturating_add(1), |tree| {
                    tree.leaves(workflows, depth.saturating_add(2));
                });
            }
            tree.leaves(own.workflows, depth.saturating_add(1));
        });
    }

    fn leaves(&mut self, workflows: Vec<(String, Ix<Workflow>)>, depth: u8) {
        for (_, workflow) in workflows {
            self.entry(Spot::Workflow(workflow), depth, |_| {});
        }
    }
}

#[cfg(test)]
mod tests;
