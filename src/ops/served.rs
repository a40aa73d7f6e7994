//! What a question gets: each place with its answer and the key itself, for those who hand keys on.

use super::{answers::AnswerRow, failure::Failure, question::Question, view::View};
use crate::{
    domain::{Timestamp, catalogue::Ix, credential::Credential, name::printable, provider::ModelKind, workflow::Node},
    resolve::{
        answer::Share,
        query::{Place, Query},
    },
};

/// One place, and what it gets.
pub(super) struct Served {
    /// The node; none where a provider was asked for.
    pub(super) node: Option<Ix<Node>>,
    /// What the model does.
    pub(super) kind: ModelKind,
    /// The answer in words, masked for the viewer.
    pub(super) row: AnswerRow,
    /// The key; of a pool without a run none.
    pub(super) key: Option<Ix<Credential>>,
    /// The members of the pool, where it is one.
    pub(super) pool: Vec<Share>,
}

impl Served {
    /// Returns what it is called in sentences. It is safe to print.
    pub(super) fn label(&self) -> String {
        let workflow = self.row.workflow.as_deref().map(|name| format!(" of {}", printable(name)));
        match &self.row.node {
            Some(node) => format!("node {}{}", printable(node), workflow.unwrap_or_default()),
            None => format!("{}{}", self.provider(), workflow.unwrap_or_default()),
        }
    }

    /// Returns the canonical provider; empty where a node's instance is not there.
    pub(super) fn provider(&self) -> &str {
        self.row.provider.as_deref().unwrap_or_default()
    }
}

impl View {
    /// Answers a question place by place, at `now`.
    pub(super) fn served(&self, question: &Question, now: Timestamp) -> Result<Vec<Served>, Failure> {
        let at = self.place(&question.place)?;
        let inputs = self.inputs(question, self)?;
        let places = self.places(at, question)?;
        let serve = |place: Place| {
            let (node, kind) = match &place {
                Place::Node(ix) => (Some(*ix), self.node(*ix).map(|it| it.kind).unwrap_or_default()),
                Place::Pair { kind, .. } => (None, *kind),
            };
            let resolution = self.resolve(&Query { place: place.clone(), now, inputs: &inputs });
            let row = self.answer_row(place, &inputs, now, &[]);
            Served { node, kind, row, key: resolution.answer.credential, pool: resolution.pool }
        };
        Ok(places.into_iter().map(serve).collect())
    }
}
