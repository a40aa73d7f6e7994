//! What a filter of the tree looks for in a workflow; answers are asked only if a field needs them.

use std::borrow::Cow;

use super::tree::{Spot, label, owner_words};
use crate::{
    domain::{
        Timestamp,
        catalogue::Ix,
        workflow::{Node, Workflow},
    },
    ops::view::View,
    resolve::{
        answer::Answer,
        query::{Inputs, Place, Query},
    },
    tui::widget::filter::Searched,
};

/// The fields that a filter of the tree knows.
pub const FIELDS: &[&str] =
    &["dept", "app", "workflow", "node", "env", "owner", "provider", "model", "key", "layer", "is"];

/// A workflow with its nodes, as a filter sees it.
#[derive(Debug)]
pub struct SoughtWorkflow<'a> {
    view: &'a View,
    workflow: Ix<Workflow>,
    path: &'a [String],
    now: Timestamp,
}

impl<'a> SoughtWorkflow<'a> {
    /// Looks at a workflow that hangs under `path`.
    pub const fn new(view: &'a View, workflow: Ix<Workflow>, path: &'a [String], now: Timestamp) -> Self {
        Self { view, workflow, path, now }
    }

    fn of_nodes(&self, text: impl Fn(Ix<Node>) -> String) -> Cow<'_, str> {
        let texts: Vec<String> = self.view.nodes_of(self.workflow).iter().map(|&node| text(node)).collect();
        Cow::Owned(texts.join(" "))
    }

    fn of_answers(&self, text: impl Fn(&Answer) -> String) -> Cow<'_, str> {
        let inputs = Inputs { operator: self.view.who().operator, ..Inputs::default() };
        self.of_nodes(|node| {
            text(&self.view.answer(&Query { place: Place::Node(node), now: self.now, inputs: &inputs }))
        })
    }

    fn model(&self, node: Ix<Node>) -> String {
        self.view.model_of(node).map_or_else(String::new, |(_, model)| self.view.model_name(model).to_owned())
    }
}

impl Searched for SoughtWorkflow<'_> {
    fn text(&self) -> Cow<'_, str> {
        let mut text = self.path.join(" ");
        text.push(' ');
        text.push_str(&label(self.view, Spot::Workflow(self.workflow)));
        for &node in self.view.nodes_of(self.workflow) {
            text.push(' ');
            text.push_str(&label(self.view, Spot::Node(node)));
        }
        Cow::Owned(text)
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let view = self.view;
        Some(match name {
            "dept" => {
                let path = view.path(view.department_of(self.workflow));
                Cow::Owned(path.into_iter().map(|ix| view.department_name(ix)).collect::<Vec<_>>().join(" "))
            }
            "app" => {
                let app = view.app_of(self.workflow).and_then(|ix| view.app(ix));
                Cow::Owned(app.map_or_else(String::new, |app| app.name.to_string()))
            }
            "workflow" => Cow::Owned(label(view, Spot::Workflow(self.workflow))),
            "env" => {
                let environment = view.workflow(self.workflow).and_then(|it| it.environment.clone());
                Cow::Owned(environment.map_or_else(|| "none".to_owned(), |it| it.to_string()))
            }
            "owner" => Cow::Owned(owner_words(view, view.owner_of(self.workflow))),
            "node" => self.of_nodes(|node| label(view, Spot::Node(node))),
            "model" => self.of_nodes(|node| self.model(node)),
            "provider" => self.of_nodes(|node| {
                view.model_of(node).map_or_else(String::new, |(provider, _)| view.provider_slug(provider).to_string())
            }),
            "key" => self.of_answers(|answer| match (answer.credential, answer.pool) {
                (Some(key), _) => view.credential_name(key).into_owned(),
                (None, Some(pool)) => view.pool_name(pool).into_owned(),
                (None, None) => "none".to_owned(),
            }),
            "layer" => self.of_answers(|answer| answer.layer.map_or("none", |layer| layer.word()).to_owned()),
            "is" => self.of_answers(|answer| match answer.reason {
                Some(reason) => format!("problem {}", reason.word()),
                None => "ok".to_owned(),
            }),
            _ => return None,
        })
    }
}
