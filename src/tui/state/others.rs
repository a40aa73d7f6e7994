//! Others: what they mean to this session. A lost database, an apply of unknown outcome, a set that waits, and what the
//! dialog about others offers.

use std::sync::Arc;

use crate::{
    domain::Timestamp,
    ops::{approval::Waiting, meanwhile::Meanwhile, plan::Plan, staging::Staged},
    plan::Ground,
};

/// That the database can't be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
}

/// Something that may or may not have been written when the connection broke.
#[derive(Clone, Debug, PartialEq)]
pub enum Unresolved {
    /// A staged set was being applied.
    Apply {
        /// After which revision.
        after: u64,
        /// Why.
        message: String,
        /// What.
        staged: Staged,
    },
    /// A revision was being undone.
    Revert {
        /// After which revision.
        after: u64,
        /// Which one.
        number: u64,
    },
}

/// The question whether to approve what somebody else has staged.
#[derive(Debug)]
pub struct ApproveDialog {
    /// The set.
    pub waiting: Waiting,
    /// What it would do; it comes a moment later.
    pub plan: Option<Arc<Plan>>,
    /// Whether Enter would approve; it begins at Cancel.
    pub on_deed: bool,
}

/// What the dialog about others offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Leaves everything as it is.
    Cancel,
    /// Takes my change of the first contested thing back.
    KeepTheirs,
    /// Puts my change over theirs.
    KeepMine,
    /// Takes note of what they did, and goes on to applying.
    GoOn,
}

/// Returns the buttons of the dialog about others.
pub fn choices(meanwhile: &Meanwhile) -> &'static [Choice] {
    match meanwhile.ground {
        Ground::Conflict if meanwhile.clashes.is_empty() => &[Choice::Cancel],
        Ground::Conflict => &[Choice::Cancel, Choice::KeepTheirs, Choice::KeepMine],
        Ground::Touched | Ground::Untouched => &[Choice::Cancel, Choice::GoOn],
    }
}
