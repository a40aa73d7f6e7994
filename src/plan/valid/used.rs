//! Removals: nothing disappears while something that stays refers to it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Fault, Judge};
use crate::domain::{
    Text,
    catalogue::{Catalogue, Ix, row::ScopeIx},
    change::Change,
    credential::{Owner, UsableBy},
    people::{Department, GrantScope, Operator},
    record::{Kind, Record},
    workflow::{App, Ownership, Uses, Workflow},
};

/// How many things of each kind refer to something, in the words of a sentence.
type Counts = Vec<(&'static str, usize)>;

impl Judge<'_> {
    pub(super) fn in_use(&mut self, changes: &[Change]) {
        let removed: Vec<&Record> =
            changes.iter().filter(|change| change.after().is_none()).map(Change::subject).collect();
        let owned = Owned::of(self.after, &removed);
        for record in removed {
            if record.kind() == Kind::Workspace {
                let hint = "keep it, or make another database";
                self.refuse(record, Fault::InUse, "a workspace can't be removed by a change", hint);
                continue;
            }
            let mut counts = linked(self.after, record);
            counts.extend(owned.counts(record));
            counts.retain(|(_, count)| *count > 0);
            if !counts.is_empty() {
                let hint = "remove or change those first, or in the same change set";
                self.refuse(record, Fault::InUse, format!("{} to it", listed(&counts)), hint);
            }
        }
    }
}

/// Counts by the catalogue's links.
fn linked(after: &Catalogue, record: &Record) -> Counts {
    let links = after.links();
    match record {
        Record::Department(it) => after.departments().find(it.id).map(|ix| department(after, ix)),
        Record::Operator(it) => after.operators().find(it.id).map(|ix| operator(after, ix)),
        Record::App(it) => after.apps().find(it.id).map(|ix| app(after, ix)),
        Record::Workflow(it) => after.workflows().find(it.id).map(|ix| workflow(after, ix)),
        Record::Credential(it) => after.credentials().find(it.id).map(|ix| {
            vec![
                ("rule", links.rules_naming.of(ix).len()),
                ("pool", links.pools_with.of(ix).len()),
                ("instance", links.instances_naming.of(ix).len()),
                ("node", links.nodes_fixing.of(ix).len()),
            ]
        }),
        Record::Pool(it) => after.pools().find(it.id).map(|ix| vec![("rule", links.rules_naming_pool.of(ix).len())]),
        Record::Instance(it) => {
            after.instances().find(it.id).map(|ix| vec![("node", links.nodes_of_instance.of(ix).len())])
        }
        _ => None,
    }
    .unwrap_or_default()
}

fn department(after: &Catalogue, ix: Ix<Department>) -> Counts {
    let links = after.links();
    vec![
        ("department", links.departments_below.of(ix).len()),
        ("app", links.apps_of_department.of(ix).len()),
        ("workflow", links.workflows_of_department.of(ix).len()),
        ("rule", after.rules().of(ScopeIx::Department(ix)).len()),
    ]
}

fn operator(after: &Catalogue, ix: Ix<Operator>) -> Counts {
    let links = after.links();
    vec![
        ("app", links.apps_of_owner.of(ix).len()),
        ("workflow", links.workflows_of_owner.of(ix).len()),
        ("rule", after.rules().of(ScopeIx::Owner(ix)).len()),
    ]
}

fn app(after: &Catalogue, ix: Ix<App>) -> Counts {
    let rules = after.rules().of(ScopeIx::App(ix)).len();
    vec![("workflow", after.links().workflows_of_app.of(ix).len()), ("rule", rules)]
}

fn workflow(after: &Catalogue, ix: Ix<Workflow>) -> Counts {
    let rules = after.rules().of(ScopeIx::Workflow(ix)).len();
    vec![("node", after.links().nodes_of_workflow.of(ix).len()), ("rule", rules)]
}

/// What refers to removed things without a link back: owners, lendings, grants, and slugs of providers.
#[derive(Default)]
struct Owned {
    by_id: HashMap<Uuid, [usize; FORMS.len()]>,
    by_slug: HashMap<Text, usize>,
}

/// The ways of [`Owned`], as a sentence names them.
const FORMS: [&str; 6] = ["key", "instance", "role", "lent key", "app's owner", "workflow's owner"];

impl Owned {
    /// Looks at everything once, if something was removed that needs it.
    fn of(after: &Catalogue, removed: &[&Record]) -> Self {
        let mut owned = Self::default();
        for record in removed {
            match record {
                Record::Department(_) | Record::Operator(_) | Record::App(_) | Record::Workflow(_) => {
                    owned.by_id.insert(record.uuid(), [0; FORMS.len()]);
                }
                Record::Provider(it) if !is_built_in(after, &it.slug) => {
                    owned.by_slug.insert(it.slug.clone(), 0);
                }
                _ => {}
            }
        }
        if !owned.by_id.is_empty() {
            owned.count_owners(after, removed.iter().any(|record| record.kind() == Kind::Department));
        }
        if !owned.by_slug.is_empty() {
            owned.count_slugs(after);
        }
        owned
    }

    fn add(&mut self, id: Uuid, form: usize) {
        if let Some(counts) = self.by_id.get_mut(&id) {
            counts[form] += 1;
        }
    }

    fn add_owner(&mut self, owner: Owner, form: usize) {
        match owner {
            Owner::System => {}
            Owner::Department(id) => self.add(id.uuid(), form),
            Owner::Operator(id) => self.add(id.uuid(), form),
        }
    }

    fn count_owners(&mut self, after: &Catalogue, departments: bool) {
        for (_, key) in after.credentials().iter() {
            self.add_owner(key.owner, 0);
            for by in &key.usable_by {
                let id = match by {
                    UsableBy::Department(id) => id.uuid(),
                    UsableBy::App(id) => id.uuid(),
                    UsableBy::Workflow(id) => id.uuid(),
                };
                self.add(id, 3);
            }
        }
        for (_, instance) in after.instances().iter() {
            self.add_owner(instance.owner, 1);
        }
        if !departments {
            return;
        }
        for (_, operator) in after.operators().iter() {
            for grant in &operator.grants {
                if let GrantScope::Department(id) = grant.on {
                    self.add(id.uuid(), 2);
                }
            }
        }
        // Apps and workflows of an operator have links; of a department only those that it pays for.
        for (_, app) in after.apps().iter() {
            if let Some(Owner::Department(id)) = app.owner {
                self.add(id.uuid(), 4);
            }
        }
        for (_, workflow) in after.workflows().iter() {
            if let Ownership::Named(Owner::Department(id)) = workflow.owner {
                self.add(id.uuid(), 5);
            }
        }
    }

    fn count_slugs(&mut self, after: &Catalogue) {
        let keys = after.credentials().iter().map(|(_, it)| &it.provider);
        let pools = after.pools().iter().map(|(_, it)| &it.provider);
        let instances = after.instances().iter().map(|(_, it)| &it.provider);
        let rules = after.assignments().iter().map(|(_, it)| &it.provider);
        let nodes = after.nodes().iter().filter_map(|(_, it)| match &it.uses {
            Uses::Model { provider, .. } => Some(provider),
            Uses::Instance(_) => None,
        });
        for slug in keys.chain(pools).chain(instances).chain(rules).chain(nodes) {
            if let Some(count) = self.by_slug.get_mut(slug) {
                *count += 1;
            }
        }
    }

    fn counts(&self, record: &Record) -> Counts {
        if let Record::Provider(it) = record {
            return vec![("thing", self.by_slug.get(&it.slug).copied().unwrap_or_default())];
        }
        let counts = self.by_id.get(&record.uuid()).copied().unwrap_or_default();
        FORMS.into_iter().zip(counts).collect()
    }
}

fn is_built_in(catalogue: &Catalogue, slug: &str) -> bool {
    let vocabulary = catalogue.vocabulary();
    let entry = vocabulary.provider(slug).and_then(|ix| vocabulary.provider_entry(ix));
    entry.is_some_and(|entry| entry.built_in.is_some())
}

/// Writes `2 rules, 1 pool and 3 nodes still refer`.
fn listed(counts: &Counts) -> String {
    let words: Vec<String> =
        counts.iter().map(|(word, count)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" })).collect();
    let verb = if matches!(counts[..], [(_, 1)]) { "refers" } else { "refer" };
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} still {verb}", rest.join(", ")),
        _ => format!("{} still {verb}", words.concat()),
    }
}
