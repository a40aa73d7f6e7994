//! In force: what Dify uses today beside our answer, for workflows that it runs by rules of its own.
//!
//! A rule here does not by itself change what Dify does. Where its answer is another than ours, every place that shows
//! ours says so.

use serde::Serialize;

use super::view::View;
use crate::{
    domain::{Timestamp, catalogue::Ix, name::printable, workflow::Node},
    resolve::{
        answer::{Answer, Outcome, Reason},
        query::{Inputs, Layers, Place, Query},
    },
};

/// What Dify uses today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifyToday {
    /// The key, as far as its name may be told.
    pub key: Option<String>,
    /// How Dify's own search ends.
    pub outcome: Outcome,
    /// Why it gives no key.
    pub reason: Option<Reason>,
    /// Whether it is what we answer.
    pub same: bool,
    /// All of it in one sentence. It is safe to print.
    pub sentence: String,
}

impl View {
    /// Says what Dify uses today for a node, beside our answer; none for a workflow that is not Dify's, or whose keys
    /// come through keydeck.
    pub fn dify_today(&self, node: Ix<Node>, ours: &Answer, now: Timestamp) -> Option<DifyToday> {
        let workflow = self.workflow_of(node).and_then(|ix| self.workflow(ix))?;
        if !workflow.is_difys() {
            return None;
        }
        let inputs = Inputs { layers: Layers::Dify, operator: self.who().operator, ..Inputs::default() };
        let theirs = self.answer(&Query { place: Place::Node(node), now, inputs: &inputs });
        let same = (ours.credential, ours.pool, ours.outcome) == (theirs.credential, theirs.pool, theirs.outcome);
        let cell = self.cell(&theirs);
        let sentence = match (&cell.key, same) {
            (Some(_), true) => "Dify uses the same today.".to_owned(),
            (Some(key), false) => format!("Dify uses {} today.", printable(key)),
            (None, true) => "Dify has no key for it either.".to_owned(),
            (None, false) => {
                let reason = theirs.reason.map_or_else(|| theirs.outcome.word(), |reason| reason.word());
                format!("Dify has no key for it today: {}.", reason.replace('_', " "))
            }
        };
        Some(DifyToday { key: cell.key, outcome: theirs.outcome, reason: theirs.reason, same, sentence })
    }
}
