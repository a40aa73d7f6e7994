//! The picker of keys: what could be assigned where, for how much of the tree, and what the choice would do.

use std::sync::Arc;

use super::tree::Spot;
use crate::{
    domain::{
        Text,
        catalogue::Ix,
        people::{Department, Operator},
        provider::ModelKind,
        workflow::{App, Node, Workflow},
    },
    ops::{
        picker::{Candidate, Choice},
        plan::Plan,
        view::View,
    },
    resolve::query::Place,
    tui::widget::{input::TextInput, list::ListState},
};

/// For how much a choice speaks, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// One node: the key is written on it.
    Node(Ix<Node>),
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// An app.
    App(Ix<App>),
    /// Everything of a person.
    Owner(Ix<Operator>),
    /// A department and those below.
    Department(Ix<Department>),
    /// The workspace.
    Workspace,
    /// The last resort.
    System,
    /// Each marked row for itself.
    Marked,
}

impl Reach {
    /// Says for what it speaks.
    pub fn words(self, view: &View, marked: usize) -> String {
        match self {
            Self::Node(ix) => format!("node {}", super::tree::label(view, Spot::Node(ix))),
            Self::Workflow(ix) => format!("workflow {}", super::tree::label(view, Spot::Workflow(ix))),
            Self::App(ix) => format!("app {}", super::tree::label(view, Spot::App(None, ix))),
            Self::Owner(ix) => format!("everything of {}", view.operator_name(ix)),
            Self::Department(ix) => format!("department {}", view.department_name(ix)),
            Self::Workspace => "the workspace".to_owned(),
            Self::System => "last resort (system)".to_owned(),
            Self::Marked => format!("{marked} marked rows, each for itself"),
        }
    }

    /// The one word for it, where the name is told elsewhere.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Node(_) => "node",
            Self::Workflow(_) => "workflow",
            Self::App(_) => "app",
            Self::Owner(_) => "owner",
            Self::Department(_) => "department",
            Self::Workspace => "workspace",
            Self::System => "system",
            Self::Marked => "marked",
        }
    }
}

/// What one line of the picker would assign.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// A key or pool.
    Candidate(Candidate),
    /// Deliberately nothing.
    Deny,
}

impl Offer {
    /// Returns the name that is shown and searched.
    pub fn name(&self) -> &str {
        match self {
            Self::Candidate(candidate) => &candidate.name,
            Self::Deny => "deny",
        }
    }

    /// Says whether it could be used.
    pub const fn is_usable(&self) -> bool {
        match self {
            Self::Candidate(candidate) => candidate.unusable.is_none(),
            Self::Deny => true,
        }
    }

    /// Returns the key or pool.
    pub const fn choice(&self) -> Option<Choice> {
        match self {
            Self::Candidate(candidate) => Some(candidate.target),
            Self::Deny => None,
        }
    }
}

/// The effect of the choice under the cursor.
#[derive(Clone, Debug)]
pub enum Outlook {
    /// It is being computed.
    Pending,
    /// It is known.
    Known(Arc<Plan>),
    /// It can't be assigned this way, for this reason.
    Impossible(String),
}

/// The picker.
#[derive(Clone, Debug)]
pub struct Picker {
    /// The rows that were marked, or the one under the cursor.
    pub spots: Vec<Spot>,
    /// A node that asks with this provider, or a pair that no node calls: the keys are judged for it.
    pub asks: Place,
    /// The provider.
    pub provider: Text,
    /// The model of the node that asks, if the rule is to be for it alone.
    pub model: Option<Text>,
    /// The kind of model of the node that asks.
    pub kind: ModelKind,
    /// Where the rule could stand, from the least to the most.
    pub reaches: Vec<Reach>,
    /// Which of them is chosen.
    pub reach: usize,
    /// Whether the rule is for the asking node's model alone.
    pub model_only: bool,
    /// The environment that the rule is for; any, if none.
    pub environment: Option<Text>,
    /// Whether the rule is only preferred.
    pub preferred: bool,
    /// Everything on offer, usable first.
    pub offers: Vec<Offer>,
    /// The lines that the filter shows.
    pub shown: Vec<usize>,
    /// The filter.
    pub filter: TextInput,
    /// The cursor.
    pub list: ListState,
    /// What the choice under the cursor does.
    pub outlook: Outlook,
    /// The number of the question that the outlook answers.
    pub generation: u64,
}

impl Picker {
    /// Returns where the rule would stand.
    pub fn reach(&self) -> Reach {
        self.reaches.get(self.reach).copied().unwrap_or(Reach::Marked)
    }

    /// Returns what is under the cursor.
    pub fn offer(&self) -> Option<&Offer> {
        self.shown.get(self.list.cursor).and_then(|&at| self.offers.get(at))
    }

    /// Says whether the key would be written on nodes themselves, where a rule's options mean nothing.
    pub fn is_on_nodes(&self) -> bool {
        match self.reach() {
            Reach::Node(_) => true,
            Reach::Marked => self.spots.iter().all(|spot| matches!(spot, Spot::Node(_))),
            _ => false,
        }
    }
}
