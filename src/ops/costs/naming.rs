//! What the groups of a report are called, and which of them the viewer may know by name.

use super::Dimension;
use crate::{
    cost::report::Key,
    domain::{Text, catalogue::Ix, id::Id, workflow::Workflow},
    ops::{costs::Within, find::Thing, view::View},
};

/// What stands where something is named that is gone by now.
const REMOVED: &str = "(removed)";

/// How a group is shown. Groups with equal labels are one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Label {
    /// Its name, or what may be said instead.
    pub(super) name: String,
    /// Its stable id, if it has one that the viewer may know.
    pub(super) id: Option<String>,
}

/// A label, what it stands for, and what a closer look would be restricted to.
pub(super) struct Named {
    pub(super) label: Label,
    pub(super) thing: Option<Thing>,
    pub(super) within: Option<Within>,
}

impl Named {
    fn plain(name: impl Into<String>) -> Self {
        Self { label: Label { name: name.into(), id: None }, thing: None, within: None }
    }

    fn removed<T>(id: &Id<T>) -> Self {
        Self { label: Label { name: REMOVED.to_owned(), id: Some(id.to_string()) }, thing: None, within: None }
    }

    fn text(text: &Text, within: Within) -> Self {
        Self { within: Some(within), ..Self::plain(&**text) }
    }
}

impl View {
    /// Names a group as the viewer may read it.
    pub(super) fn named_group(&self, by: Dimension, key: &Key) -> Named {
        let catalogue = self.catalogue();
        match key {
            Key::Department(id) => match catalogue.departments().find(*id) {
                Some(ix) => self.seen_group(Thing::Department(ix), self.department_name(ix).into_owned(), id, by),
                None => Named::removed(id),
            },
            Key::App(id) => match catalogue.apps().find(*id) {
                Some(ix) => {
                    let name = self.app(ix).map_or("an app you may not see", |it| &*it.name);
                    self.seen_group(Thing::App(ix), name.to_owned(), id, by)
                }
                None => Named::removed(id),
            },
            Key::Workflow(id) => match catalogue.workflows().find(*id) {
                Some(ix) => self.seen_group(Thing::Workflow(ix), self.workflow_label(ix), id, by),
                None => Named::removed(id),
            },
            Key::Node(workflow, node) => self.named_node(*workflow, node),
            Key::Operator(id) => match catalogue.operators().find(*id) {
                Some(ix) => self.seen_group(Thing::Operator(ix), self.operator_name(ix).into_owned(), id, by),
                None => Named::removed(id),
            },
            Key::Credential(id) => match catalogue.credentials().find(*id) {
                Some(ix) => self.seen_group(Thing::Credential(ix), self.credential_name(ix).into_owned(), id, by),
                None => Named::removed(id),
            },
            Key::System => Named {
                within: Some(Within::Owner(crate::domain::credential::Owner::System)),
                ..Named::plain("system")
            },
            Key::Model(provider, model) => self.named_model(provider, model),
            Key::Text(text) => match by {
                Dimension::CostCentre => Named::text(text, Within::CostCentre(text.clone())),
                Dimension::Customer => Named::text(text, Within::Customer(text.clone())),
                _ => Named {
                    thing: self.vocabulary().provider(text).map(Thing::Provider),
                    ..Named::text(text, Within::Provider(text.clone()))
                },
            },
            Key::Day(day) => Named::plain(day.to_string()),
            Key::Nothing => Named::plain(nothing(by)),
        }
    }

    /// Names a thing that is there: its id and what it leads to are for those who may list it.
    fn seen_group<T>(&self, thing: Thing, name: String, id: &Id<T>, by: Dimension) -> Named {
        let within = match (by, thing) {
            (Dimension::Owner, Thing::Department(ix)) => {
                self.department(ix).map(|it| Within::Owner(crate::domain::credential::Owner::Department(it.id)))
            }
            _ => Within::of(self, thing),
        };
        let seen = within.is_some();
        // An owner is written as in files: a department is told from a person.
        let name = match (by, thing) {
            (Dimension::Owner, Thing::Department(_)) if seen => format!("department/{name}"),
            _ => name,
        };
        Named { label: Label { name, id: seen.then(|| id.to_string()) }, thing: seen.then_some(thing), within }
    }

    fn workflow_label(&self, ix: Ix<Workflow>) -> String {
        self.workflow(ix).map_or("a workflow you may not see", |it| &*it.name).to_owned()
    }

    fn named_node(&self, workflow: Option<Id<Workflow>>, node: &Text) -> Named {
        let Some(id) = workflow else { return Named::plain(format!("{}/{node}", nothing(Dimension::Workflow))) };
        let Some(ix) = self.catalogue().workflows().find(id) else {
            let mut named = Named::removed(&id);
            named.label.name = format!("{REMOVED}/{node}");
            return named;
        };
        if self.workflow(ix).is_none() {
            return Named::plain("a workflow you may not see");
        }
        let found = self.catalogue().node_named(ix, node).filter(|node| self.node(*node).is_some());
        let id_of = found.and_then(|node| self.node(node)).map(|it| it.id.to_string());
        Named {
            label: Label { name: format!("{}/{node}", self.workflow_label(ix)), id: id_of },
            thing: found.map(Thing::Node),
            within: Some(Within::Node(id, node.clone())),
        }
    }

    fn named_model(&self, provider: &Text, model: &Text) -> Named {
        let vocabulary = self.vocabulary();
        let known = vocabulary.provider(provider).and_then(|ix| vocabulary.model(ix, model));
        Named {
            label: Label { name: format!("{provider}/{model}"), id: None },
            thing: known.map(Thing::Model),
            within: Some(Within::Model(provider.clone(), model.clone())),
        }
    }
}

/// What usage is called that names nothing in a dimension.
const fn nothing(by: Dimension) -> &'static str {
    match by {
        Dimension::Department => "(no department)",
        Dimension::CostCentre => "(no cost centre)",
        Dimension::App => "(no app)",
        Dimension::Workflow => "(no workflow)",
        Dimension::Node => "(no node)",
        Dimension::Owner => "(no owner)",
        Dimension::Customer => "(no customer)",
        Dimension::Provider => "(no provider)",
        Dimension::Model => "(no model)",
        Dimension::Credential => "(no key)",
        Dimension::Day => "(no day)",
    }
}
