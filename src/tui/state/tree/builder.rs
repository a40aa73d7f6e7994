//! Builds the tree of workflows from what belongs to what.

use std::collections::HashMap;

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

/// Things with the names by which they are ordered.
type Named<T> = Vec<(Name, Ix<T>)>;

/// What belongs to one department, while the tree is built.
#[derive(Default)]
struct Belongings {
    departments: Named<Department>,
    apps: HashMap<Ix<App>, Named<Workflow>>,
    workflows: Named<Workflow>,
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
            let named = (self.names.take(&department.name), ix);
            match view.parent_of(ix).filter(|parent| *parent != ix) {
                Some(parent) => self.of.entry(Some(parent)).or_default().departments.push(named),
                None => tops.push(named),
            }
        }
        for (ix, _) in view.apps() {
            self.app(view.department_of_app(ix), ix);
        }
        for (ix, workflow) in view.workflows() {
            self.workflow(ix, workflow);
        }
        for top in self.in_order(tops) {
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

    fn app(&mut self, department: Option<Ix<Department>>, ix: Ix<App>) -> &mut Named<Workflow> {
        self.of.entry(department).or_default().apps.entry(ix).or_default()
    }

    fn workflow(&mut self, ix: Ix<Workflow>, workflow: &Workflow) {
        let view = self.view;
        let department = view.department_of(ix);
        let named = (self.names.take(&workflow.name), ix);
        match view.app_of(ix).filter(|app| view.app(*app).is_some()) {
            Some(app) => self.app(department, app).push(named),
            None => self.of.entry(department).or_default().workflows.push(named),
        }
        self.tree.workflows += 1;
    }

    /// Orders things by their names, then as they came.
    fn in_order<T>(&self, mut named: Named<T>) -> impl Iterator<Item = Ix<T>> + use<T> {
        named.sort_by_key(|(name, ix)| (self.names.get(name), *ix));
        named.into_iter().map(|(_, ix)| ix)
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
        let name_of = |ix: Ix<App>| self.view.app(ix).map_or("", |app| &app.name);
        let apps = own.apps.keys().map(|ix| (self.names.take(name_of(*ix)), *ix)).collect();
        self.entry(Spot::Department(department), depth, |tree| {
            for below in tree.in_order(own.departments) {
                tree.department(Some(below), depth.saturating_add(1));
            }
            for app in tree.in_order(apps) {
                tree.entry(Spot::App(department, app), depth.saturating_add(1), |tree| {
                    tree.leaves(own.apps.remove(&app).unwrap_or_default(), depth.saturating_add(2));
                });
            }
            tree.leaves(own.workflows, depth.saturating_add(1));
        });
    }

    fn leaves(&mut self, workflows: Named<Workflow>, depth: u8) {
        for workflow in self.in_order(workflows) {
            self.entry(Spot::Workflow(workflow), depth, |_| {});
        }
    }
}
