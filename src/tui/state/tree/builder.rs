//! Builds the tree of workflows from what belongs to what.

use std::collections::{BTreeMap, HashMap};

use super::{Entry, Spot, Tree};
use crate::{
    domain::{
        catalogue::Ix,
        people::Department,
        workflow::{App, Workflow},
    },
    ops::view::View,
    tui::state::names::{Name, Names},
};

/// Workflows with the names by which they are ordered.
type Leaves = Vec<(Name, Ix<Workflow>)>;

/// What belongs to one department, while the tree is built.
#[derive(Default)]
struct Belongings {
    departments: Vec<(String, Ix<Department>)>,
    /// By name, then by position.
    apps: BTreeMap<(String, usize), (Ix<App>, Leaves)>,
    workflows: Leaves,
}

/// A tree that is being built.
pub(super) struct Builder<'a> {
    view: &'a View,
    of: HashMap<Option<Ix<Department>>, Belongings>,
    names: Names,
    tree: Tree,
}

impl<'a> Builder<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        Self { view, of: HashMap::new(), names: Names::default(), tree: Tree::default() }
    }

    pub(super) fn build(mut self) -> Tree {
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

    fn app(&mut self, department: Option<Ix<Department>>, ix: Ix<App>, app: &App) -> &mut Leaves {
        let apps = &mut self.of.entry(department).or_default().apps;
        &mut apps.entry((app.name.to_lowercase(), ix.position())).or_insert_with(|| (ix, Vec::new())).1
    }

    fn workflow(&mut self, ix: Ix<Workflow>, workflow: &Workflow) {
        let view = self.view;
        let department = view.department_of(ix);
        let name = (self.names.take(&workflow.name), ix);
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
        self.entry(Spot::Department(department), depth, |tree| {
            for (_, below) in own.departments {
                tree.department(Some(below), depth.saturating_add(1));
            }
            for (app, workflows) in own.apps.into_values() {
                tree.entry(Spot::App(department, app), depth.saturating_add(1), |tree| {
                    tree.leaves(workflows, depth.saturating_add(2));
                });
            }
            tree.leaves(own.workflows, depth.saturating_add(1));
        });
    }

    fn leaves(&mut self, mut workflows: Leaves, depth: u8) {
        workflows.sort_by_key(|(name, workflow)| (self.names.get(name), *workflow));
        for (_, workflow) in workflows {
            self.entry(Spot::Workflow(workflow), depth, |_| {});
        }
    }
}
