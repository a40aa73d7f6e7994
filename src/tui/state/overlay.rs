//! Overlays: what lies over the screen and hears keys first. They are a stack; Esc takes the top one away.

use std::sync::Arc;

use super::{
    columns::Chooser, finder::Finder, form::Form, importing::Importing, others::ApproveDialog, picker::Picker,
    preview::Input,
};
use crate::{
    domain::{Text, Timestamp, catalogue::Ix, change::Change, credential::Credential, id::Id},
    ops::{failure::Failure, plan::Plan},
    tui::widget::{
        dialog::{Dialog, DialogState},
        input::TextInput,
        secret::SecretInput,
    },
};

/// Something that lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// A question with Cancel as its default.
    Confirm(Box<Confirm>),
    /// The question before staged changes are applied.
    Apply(ApplyDialog),
    /// The keys to assign.
    Picker(Box<Picker>),
    /// A form.
    Form(Box<Form>),
    /// An import.
    Import(Box<Importing>),
    /// A list that is searched by typing.
    Finder(Finder),
    /// The filter at the bottom of the list.
    Filter {
        /// The filter before, which Esc brings back.
        before: String,
    },
    /// One input of the preview.
    Prompt(Prompt),
    /// The secret key of the vault.
    Unlock(Unlock),
    /// A secret that is shown, or asked for.
    Reveal(Reveal),
    /// What others applied meanwhile; which button hears keys.
    Others(usize),
    /// Changes that are looked at before they are staged.
    Proposal(Box<Proposal>),
    /// The question whether to approve what somebody else has staged.
    Approve(Box<ApproveDialog>),
    /// Something that is told in a box.
    Told(Box<Told>),
    /// A failure that takes more than a line.
    Failure(Box<Failure>),
    /// The columns of the list, to be chosen and ordered.
    Columns(Chooser),
}

/// A secret that is shown, or asked for: everything about it but the secret, which is painted over the frame.
#[derive(Debug)]
pub struct Reveal {
    /// The key.
    pub key: Id<Credential>,
    /// Its name.
    pub name: Text,
    /// The number of the question; a secret that comes for another is dropped.
    pub generation: u64,
    /// Its fields, once they are there.
    pub fields: Vec<Revealed>,
    /// Which of them is copied.
    pub at: usize,
    /// When it hides; nothing while it is being opened.
    pub until: Option<Timestamp>,
}

/// A field of a secret, as far as it takes room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// Its name.
    pub name: String,
    /// How many columns each of its lines takes.
    pub lines: Vec<usize>,
}

impl Revealed {
    /// Returns how many rows it takes in a window of so many columns.
    pub fn rows(&self, columns: usize) -> usize {
        self.lines.iter().map(|line| line.div_ceil(columns.max(1)).max(1)).sum()
    }
}

/// A question, and what follows a yes.
#[derive(Debug)]
pub struct Confirm {
    /// The question.
    pub dialog: Dialog,
    /// Where the user is in it.
    pub state: DialogState,
    /// What a yes does.
    pub deed: Deed,
}

/// What a confirmed question does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Stages changes; the sentence is told afterwards.
    Stage(Vec<Change>, String),
    /// Takes every staged change back.
    DiscardAll,
    /// Undoes a revision.
    Revert(u64),
    /// Destroys the next secret of a key.
    Abandon(Ix<Credential>),
    /// Revokes the key of this name at once.
    RevokeNow(Change, String),
    /// Leaves a form and loses what was typed.
    LeaveForm,
    /// Leaves the program.
    Leave,
}

/// Something that is told in a box until it is closed.
#[derive(Debug)]
pub struct Told {
    /// What it is about.
    pub title: String,
    /// What is told.
    pub lines: Vec<String>,
}

/// Changes that somebody may want, and what they would do.
#[derive(Debug)]
pub struct Proposal {
    /// The question in short.
    pub title: String,
    /// Why, and what is left out.
    pub notes: Vec<String>,
    /// The changes in sentences.
    pub told: Vec<String>,
    /// The changes.
    pub changes: Vec<Change>,
    /// What they would do; it comes a moment later.
    pub plan: Option<Arc<Plan>>,
    /// Whether Enter stages them; it begins so, since staging is undone with one key.
    pub on_deed: bool,
}

/// The question before staged changes are applied.
#[derive(Debug, Default)]
pub struct ApplyDialog {
    /// Why they are applied, for the log.
    pub message: TextInput,
    /// Which part hears keys: the message, Apply, Cancel.
    pub at: usize,
}

/// One input of the preview that is being edited.
#[derive(Debug)]
pub struct Prompt {
    /// Which one.
    pub input: Input,
    /// What is typed.
    pub text: TextInput,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// The secret key of the vault, while it is typed.
#[derive(Debug, Default)]
pub struct Unlock {
    /// What is typed or pasted.
    pub secret: SecretInput,
    /// Whether the keys are being derived from it.
    pub busy: bool,
    /// What was wrong with it.
    pub error: Option<String>,
}
