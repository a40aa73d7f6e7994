//! Effects: what `update` asks to be done outside, and what comes back. Plain data, so that tests can look at it.

mod done;

use std::{fmt, path::PathBuf, sync::Arc};

use zeroize::Zeroizing;

use super::{
    state::{Data, matrix::Matrix, overlay::Revealed, tree::Tree},
    widget::{filter::Filter, width::width},
};
use crate::{
    domain::{Timestamp, catalogue::Ix, change::Change, credential::Credential, fact::Answer, id::Id},
    ops::{
        approval::Waiting, costs::CostQuestion, disclose::Disclosed, find::Thing, importing::ImportWish, staging::Side,
        verify::Which, view::View,
    },
    resolve::query::Inputs,
    store::Staged,
};

pub use done::Done;

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Open the database.
    Open,
    /// Read which workspaces the operator may see.
    Workspaces,
    /// Open another workspace, beside the one that is on the screen.
    Enter(String),
    /// Go on in the workspace that was opened.
    Move,
    /// Read what others changed.
    Refresh,
    /// Sum the tree up.
    Census(Data, Timestamp),
    /// Find what a filter of the tree shows.
    Search {
        /// The number of the question.
        generation: u64,
        /// What is looked through.
        view: View,
        /// Its tree.
        tree: Arc<Tree>,
        /// What is looked for.
        filter: Filter,
        /// When.
        now: Timestamp,
    },
    /// Find out what changes would do.
    Plan {
        /// The number of the question.
        generation: u64,
        /// What asks.
        purpose: Purpose,
        /// The state that they change.
        base: View,
        /// The changes.
        changes: Vec<Change>,
        /// When.
        now: Timestamp,
    },
    /// Find what needs attention.
    Overview {
        /// The number of the question.
        generation: u64,
        /// Where.
        view: View,
        /// How many days ahead the end of a key, rule or token is told.
        within_days: u32,
        /// When.
        now: Timestamp,
    },
    /// Ask every node, for the matrix.
    Matrix {
        /// The number of the question.
        generation: u64,
        /// Where.
        view: View,
        /// The state before staging, if anything is staged.
        before: Option<View>,
        /// What nodes are asked with.
        inputs: Inputs,
        /// When.
        now: Timestamp,
    },
    /// Find which rows of the matrix a filter shows.
    MatrixRows {
        /// The number of the question.
        generation: u64,
        /// What is looked through.
        matrix: Arc<Matrix>,
        /// Where.
        view: View,
        /// What is looked for.
        filter: Filter,
    },
    /// Find what uses a key or pool.
    Uses {
        /// The title of the answer.
        title: String,
        /// The key or pool.
        thing: Thing,
        /// Where.
        view: View,
        /// When.
        now: Timestamp,
    },
    /// Stage changes.
    Stage {
        /// The changes.
        changes: Vec<Change>,
        /// The key of a new or edited credential, to be sealed first.
        sealing: Option<Box<Sealing>>,
        /// What is said when it is done.
        said: String,
    },
    /// Take staged changes back.
    Unstage {
        /// Their numbers.
        numbers: Vec<u64>,
        /// What is said when it is done.
        said: String,
    },
    /// Take every staged change back.
    Discard,
    /// Apply what is staged, as it was shown.
    Apply {
        /// Why.
        message: String,
        /// What was shown.
        staged: Staged,
    },
    /// Undo a revision by a new one.
    Revert {
        /// The revision.
        number: u64,
        /// Whether it is one by which another was undone.
        redo: bool,
    },
    /// Do a step of the rotation of a key.
    Rotate {
        /// The key.
        key: Ix<Credential>,
        /// The step.
        step: Step,
    },
    /// Revoke a key at once.
    RevokeNow {
        /// The change.
        change: Box<Change>,
        /// The key's name.
        name: String,
    },
    /// Read what is staged, what others did to its ground, and what waits for approval.
    Look {
        /// The number of the question.
        generation: u64,
    },
    /// Take note of what others applied up to a revision, and plan what is staged on that.
    Rebase(u64),
    /// Decide what both this operator and others changed.
    Keep {
        /// Whose state is kept.
        side: Side,
        /// For which staged changes.
        numbers: Vec<u64>,
        /// What is said when it is done.
        said: String,
    },
    /// Approve what somebody else has staged.
    Approve(Box<Waiting>),
    /// Read the newest revisions.
    Log,
    /// Read the newest rows of the audit log.
    Audit,
    /// Sum costs up.
    Costs {
        /// The number of the question.
        generation: u64,
        /// The question.
        question: CostQuestion,
    },
    /// Find what a path could go on with.
    Names(String),
    /// Read a source, and find out what it would do.
    ImportRead {
        /// The number of the question.
        generation: u64,
        /// What is read.
        wish: Box<ImportWish>,
    },
    /// Write what was read.
    ImportTake {
        /// The number of the question.
        generation: u64,
    },
    /// Let go of what was read.
    ImportForget,
    /// Send a text to the clipboard of the user's terminal (OSC 52).
    Copy(String),
    /// Write an export into a file of this machine, which must not be there.
    Export {
        /// What is written.
        text: String,
        /// The file.
        path: PathBuf,
        /// How much it is, in words.
        rows: String,
    },
    /// Let the user write a note in an editor of their own.
    EditOutside(String),
    /// Stop the work with this number, which changes nothing.
    Stop(u64),
    /// Hear the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Disclose the secret of a key, to be shown.
    Reveal {
        /// The number of the question.
        generation: u64,
        /// The key.
        key: Id<Credential>,
    },
    /// Disclose the secret of a key, and send it to the clipboard of the user's terminal.
    CopySecret {
        /// The key.
        key: Id<Credential>,
        /// One of its fields, or else the main one.
        field: Option<String>,
    },
    /// Ask vendors about keys.
    Verify {
        /// The number of the question.
        generation: u64,
        /// The keys.
        keys: Vec<Id<Credential>>,
        /// Whether they are asked about the secrets in use, or about those that are stored beside them.
        which: Which,
    },
    /// Ask no more vendors.
    StopVerifying,
    /// Ask the clipboard of the user's terminal to forget what was sent.
    ClearClipboard,
    /// Unlock the vault.
    Unlock(Typed),
    /// Unlock the vault with the `SECRET_KEY` that is at hand.
    UnlockWithKeyAtHand,
    /// Forget the keys of the vault.
    Lock,
}

impl Effect {
    /// Says in words what goes on while it is done, and whether stopping that leaves nothing half done; nothing of what is
    /// done at once.
    pub const fn job(&self) -> Option<(&'static str, bool)> {
        Some(match self {
            Self::Search { .. } => ("Searching", true),
            Self::Enter(_) => ("Opening the workspace", true),
            Self::Uses { .. } => ("Asking every node", true),
            Self::Refresh => ("Reading the database", true),
            Self::Audit => ("Reading the audit log", true),
            Self::Stage { .. } => ("Staging", false),
            Self::Unstage { .. } | Self::Discard => ("Taking changes back", false),
            Self::Apply { .. } => ("Applying", false),
            Self::Revert { .. } => ("Undoing", false),
            Self::Rebase(_) | Self::Keep { .. } => ("Deciding", false),
            Self::Approve(_) => ("Approving", false),
            Self::Export { .. } => ("Writing", false),
            Self::Unlock(_) | Self::UnlockWithKeyAtHand => ("Unlocking the vault", false),
            Self::Reveal { .. } | Self::CopySecret { .. } => ("Opening the secret", false),
            _ => return None,
        })
    }

    /// Says whether it writes to the database.
    pub const fn writes(&self) -> bool {
        matches!(
            self,
            Self::Stage { .. }
                | Self::Unstage { .. }
                | Self::Discard
                | Self::Apply { .. }
                | Self::Revert { .. }
                | Self::Rebase(_)
                | Self::Keep { .. }
                | Self::Approve(_)
                | Self::Rotate { .. }
                | Self::RevokeNow { .. }
                | Self::ImportTake { .. }
        )
    }
}

/// A step of a rotation.
#[derive(Debug)]
pub enum Step {
    /// Store a new secret beside the one in use.
    Store(Vec<(String, Typed)>),
    /// Note how it did at the vendor.
    Tested(Answer),
    /// Stage that it is put in use.
    Promote {
        /// Although nobody said that it works.
        untested: bool,
    },
    /// Destroy it.
    Abandon,
}

/// What asks for a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What is staged.
    Staged,
    /// The choice of the picker.
    Choice,
    /// Changes that are looked at before they are staged.
    Proposal,
    /// A set that waits for approval.
    Approval,
}

/// A secret that was typed. It has no other form than the one it was typed in, and is overwritten when dropped.
pub struct Typed(Zeroizing<String>);

impl Typed {
    /// Takes what was typed.
    pub const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Gives it away, to be sealed or derived from.
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut *self.0)
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// A disclosed secret on its way to the screen. It is overwritten when it is dropped, and never printed.
pub struct Plain(Disclosed);

impl Plain {
    /// Takes what was disclosed.
    pub const fn new(disclosed: Disclosed) -> Self {
        Self(disclosed)
    }

    /// Returns the texts of the fields.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.fields.iter().map(|(_, secret)| secret.expose())
    }

    /// Returns what is told of the fields: their names, and how much room they take.
    pub fn shape(&self) -> Vec<Revealed> {
        let lines = |text: &str| text.trim_end_matches('\n').split('\n').map(width).collect();
        let fields = self.0.fields.iter();
        fields.map(|(name, secret)| Revealed { name: name.clone(), lines: lines(secret.expose()) }).collect()
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(..)")
    }
}

/// A credential whose secret fields are to be sealed before it is staged.
#[derive(Debug)]
pub struct Sealing {
    /// The credential as it was; none for a new one.
    pub before: Option<Credential>,
    /// The credential as it is to be.
    pub after: Credential,
    /// Its secret fields.
    pub fields: Vec<(String, Typed)>,
}
