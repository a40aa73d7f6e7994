//! What finished work brings back.

use std::sync::Arc;

use super::{Plain, Purpose};
use crate::{
    domain::Text,
    ops::{
        approval::{Approver, Waiting},
        audit::LogPage,
        costs::CostOverview,
        failure::Failure,
        find::Thing,
        meanwhile::Meanwhile,
        plan::Plan,
        presence::Other,
        verify::VerifyRow,
    },
    store::{Revision, Staged},
    tui::state::{
        Data,
        importing::Outlook,
        matrix::Matrix,
        others::Unresolved,
        overlay::Revealed,
        overview::Overview,
        tree::{Census, Matching},
    },
};

/// What finished work brings back.
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
    /// The workspaces that the operator may see.
    Workspaces(Vec<Text>),
    /// Another workspace is open, and can be gone into.
    MayEnter(String),
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
        /// What it shows.
        matching: Matching,
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
    /// What was written in an editor.
    Edited(Result<String, Failure>),
    /// Work began.
    Begun {
        /// Its number.
        number: u64,
        /// What it is, in words.
        words: &'static str,
        /// Whether it can be stopped.
        can_stop: bool,
        /// Whether it writes a revision.
        applies: bool,
    },
    /// Work ended, in whatever way.
    Ended(u64),
    /// What others changed from one revision to the newest.
    Touched {
        /// The newest revision.
        revision: u64,
        /// The things.
        things: Vec<Thing>,
    },
    /// Who else is here.
    Others(Vec<Other>),
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
