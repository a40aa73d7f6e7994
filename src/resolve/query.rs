//! Queries: the place that asks, and everything besides the catalogue that the answer depends on.

use std::collections::BTreeMap;

use crate::domain::{
    Text, Timestamp,
    catalogue::Ix,
    people::Operator,
    provider::ModelKind,
    workflow::{App, Node, Workflow},
};

/// One question: which key is used here?
#[derive(Clone, Debug, PartialEq)]
pub struct Query<'a> {
    /// Who asks.
    pub place: Place,
    /// When. Resolution has no clock of its own.
    pub now: Timestamp,
    /// What the caller brings along.
    pub inputs: &'a Inputs,
}

/// Who asks: a node, or a provider and model at a workflow or app, whether or not a node uses them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A node of a workflow.
    Node(Ix<Node>),
    /// A pair at a workflow or app.
    Pair {
        /// Where.
        at: At,
        /// The canonical slug of the provider; it may be one that the catalogue never met.
        provider: Text,
        /// The model. Without one only rules for any model speak, and keys for certain models are not allowed.
        model: Option<Text>,
        /// What kind of model.
        kind: ModelKind,
    },
}

/// A workflow or an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// An app, as if it were a workflow of its own without layer 4.
    App(Ix<App>),
}

/// What a caller brings along. The default is what a run has that says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The environment.
    pub environment: Environment,
    /// The values of the workflow's variables, by bare selector; those not known are left out.
    pub variables: BTreeMap<Text, String>,
    /// The caller's overrides for this run: canonical provider slug → name or id of a credential.
    pub overrides: BTreeMap<Text, String>,
    /// The run, which chooses inside a pool.
    pub run_id: Option<String>,
    /// The acting operator; nobody may use no key.
    pub operator: Option<Ix<Operator>>,
    /// Which layers speak.
    pub layers: Layers,
}

/// The environment of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// The workflow's own, else none.
    #[default]
    Workflow,
    /// This one; the empty text means none.
    Is(Text),
}

/// Which layers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layers {
    /// All nine.
    #[default]
    All,
    /// The workspace's alone, as Dify resolves today.
    Dify,
}
