//! The recorder of a search: one that writes every step down, and one that compiles away.

use super::answer::{Layer, Reason, Step, Verdict};
use crate::domain::{catalogue::Ix, people::Department};

/// Hears every step of a search.
pub(super) trait Recorder {
    /// Whether it wants to hear of what comes after the decision.
    const LISTENS: bool;

    /// Takes one step down.
    fn note(&mut self, step: impl FnOnce() -> Step);

    /// Takes down that a layer, or a department, holds nothing for the query.
    fn silence(&mut self, layer: Layer, department: Option<Ix<Department>>, reason: Reason) {
        self.note(|| Step {
            layer,
            department,
            source: None,
            target: None,
            led_to: None,
            verdict: Verdict::NotApplicable,
            reason: Some(reason),
        });
    }
}

/// Hears nothing: the search is over at the decision.
pub(super) struct Silent;

impl Recorder for Silent {
    const LISTENS: bool = false;

    #[inline]
    fn note(&mut self, _: impl FnOnce() -> Step) {}
}

/// How many steps there is room for from the start: seldom are there more.
const STEPS: usize = 14;

/// Writes everything down.
pub(super) struct Trace {
    pub steps: Vec<Step>,
}

impl Default for Trace {
    fn default() -> Self {
        Self { steps: Vec::with_capacity(STEPS) }
    }
}

impl Recorder for Trace {
    const LISTENS: bool = true;

    #[inline]
    fn note(&mut self, step: impl FnOnce() -> Step) {
        self.steps.push(step());
    }
}
