//! Rotation: the steps that can be chosen once a new secret is stored beside the one in use.

use crate::domain::fact::Answer;

/// A step of a rotation that is chosen from the list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Ask its vendor whether it works, and note the answer.
    Ask,
    /// Note how the new secret did at the vendor.
    Tested(Answer),
    /// Put it in use.
    Promote {
        /// Although nobody said that it works.
        untested: bool,
    },
    /// Destroy it.
    Abandon,
}
