//! Effects: what `update` asks to be done outside, and what comes back. Plain data, so that tests can look at it.

use std::{fmt, path::PathBuf, sync::Arc};

use zeroize::Zeroizing;

use super::{
    state::{
        Data,
        importing::Outlook,
        matrix::Matrix,
        others::Unresolved,
        overlay::Revealed,
        overview::Overview,
        tree::{Census, Tree},
    },
    widget::{filter::Filter, width::width},
};
use crate::{
    domain::{Text, Timestamp, catalogue::Ix, change::Change, credential::Credential, fact::Answer, id::Id},
    ops::{
        approval::{Approver, Waiting},
        audit::LogPage,
        costs::{CostOverview, CostQuestion},
        disclose::Disclosed,
        failure::Failure,
        find::Thing,
        importing::ImportWish,
        meanwhile::Meanwhile,
        plan::Plan,
        staging::Side,
        verify::VerifyRow,
        view::View,
    },
    resolve::query::Inputs,
    store::{Revision, Staged},
};

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Open the database.
    Open,
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
        /// How many days ahead a key's end is told.
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

/// What comes back.
#[derive(Debug)]
pub enum Done {
    /// The database is open.
    Opened {
        /// What is in it.
        data: Data,
        /// What is staged.
        staged: Staged,
        /// The newest revisions.
        log: Vec<Revision>,
        /// Whether secrets can be sealed and opened.
        unlocked: bool,
    },
    /// The database could not be opened.
    Broken(Failure),
    /// The newest state; somebody may have changed it.
    Fresh(Data),
    /// The sums over a tree.
    Counted {
        /// The revision and facts that were counted.
        of: (u64, u64),
        /// The sums.
        census: Arc<Census>,
    },
    /// What a filter of the tree shows.
    Found {
        /// The number of the question.
        generation: u64,
        /// For each entry, whether it is shown.
        shown: Vec<bool>,
    },
    /// What changes would do.
    Planned {
        /// The number of the question.
        generation: u64,
        /// What asked.
        purpose: Purpose,
        /// The answer.
        plan: Arc<Plan>,
    },
    /// What needs attention.
    Overview {
        /// The number of the question.
        generation: u64,
        /// The answer.
        overview: Arc<Overview>,
    },
    /// The matrix.
    Matrix {
        /// The number of the question.
        generation: u64,
        /// The answer.
        matrix: Arc<Matrix>,
    },
    /// The rows of the matrix that a filter shows.
    MatrixRows {
        /// The number of the question.
        generation: u64,
        /// The rows.
        rows: Vec<u32>,
    },
    /// What uses a thing.
    Used {
        /// The title.
        title: String,
        /// The nodes.
        things: Vec<Thing>,
    },
    /// What is staged now.
    Staged {
        /// The changes.
        staged: Staged,
        /// What to say.
        said: Option<String>,
    },
    /// A revision was written.
    Applied {
        /// Its number.
        revision: u64,
        /// How many changes it holds.
        changes: usize,
        /// The revision that it undid, and whether that was to redo another.
        reverted: Option<(u64, bool)>,
        /// The state after it.
        data: Data,
        /// What is still staged.
        staged: Staged,
        /// The newest revisions.
        log: Vec<Revision>,
    },
    /// A secret was disclosed, to be shown; it goes no further than the console's one place for it.
    Revealed {
        /// The number of the question.
        generation: u64,
        /// The secret.
        secret: Plain,
    },
    /// A secret is there to be shown: what is told of it.
    Shown {
        /// The number of the question.
        generation: u64,
        /// Its fields.
        fields: Vec<Revealed>,
    },
    /// A secret was not disclosed.
    NotRevealed {
        /// The number of the question.
        generation: u64,
        /// Why.
        failure: Failure,
    },
    /// So many vendors have answered.
    Answered {
        /// The number of the question.
        generation: u64,
        /// How many.
        done: usize,
    },
    /// Vendors were asked about keys.
    Verified {
        /// The number of the question.
        generation: u64,
        /// What each said.
        rows: Vec<VerifyRow>,
        /// The state with their answers.
        data: Data,
    },
    /// Nobody was asked.
    NotVerified {
        /// The number of the question.
        generation: u64,
        /// Why.
        failure: Failure,
    },
    /// The secret of the key of this name was sent to the clipboard.
    Copied(Text),
    /// What is staged, what others did to its ground, and what waits for approval.
    Looked {
        /// The number of the question.
        generation: u64,
        /// What is staged.
        staged: Staged,
        /// What others applied since it was planned.
        meanwhile: Option<Arc<Meanwhile>>,
        /// Who approved it as it is.
        approvals: Vec<Approver>,
        /// The sets that wait.
        waiting: Vec<Waiting>,
    },
    /// A step of a rotation is done.
    Rotated {
        /// What is in the database now.
        data: Data,
        /// What to say.
        said: String,
    },
    /// A key was revoked at once.
    Revoked {
        /// Its name.
        name: String,
        /// What that broke.
        damage: Vec<String>,
        /// The revision that it is.
        applied: Box<Done>,
    },
    /// Somebody wrote something that is no revision: an approval, or a staged change in another terminal.
    Stirred,
    /// Somebody else's set is approved.
    Approved(String),
    /// The database can't be reached.
    Lost(Failure),
    /// The database is back.
    Back {
        /// What is in it.
        data: Data,
        /// What is staged.
        staged: Staged,
        /// The newest revisions.
        log: Vec<Revision>,
    },
    /// Whether something was written is unknown, since the connection broke.
    Unknown {
        /// What may have been written.
        what: Unresolved,
        /// How it failed.
        failure: Failure,
    },
    /// What a path could go on with.
    Named {
        /// The path.
        text: String,
        /// The names.
        names: Vec<String>,
    },
    /// What a source would do, or why it can't be read.
    ImportLooked {
        /// The number of the question.
        generation: u64,
        /// The answer.
        read: Result<Box<Outlook>, Failure>,
    },
    /// What was read is written, in words; or why not.
    ImportTaken {
        /// The number of the question.
        generation: u64,
        /// How it went.
        taken: Result<String, Failure>,
    },
    /// Something was done, in words.
    Told(String),
    /// The newest revisions.
    Log(Vec<Revision>),
    /// The newest rows of the audit log, or why they can't be read.
    Audit(Result<LogPage, Failure>),
    /// What was spent, or why it can't be read.
    Costs {
        /// The number of the question.
        generation: u64,
        /// The answer.
        answer: Result<Box<CostOverview>, Failure>,
    },
    /// Whether secrets can be sealed and opened now; else why the vault could not be unlocked.
    Vault(Result<bool, Failure>),
    /// Deeds can't be put on record: nothing can be changed or disclosed.
    OffRecord(Failure),
    /// Something failed.
    Failed(Failure),
}
