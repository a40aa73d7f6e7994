//! Overlays: what lies over the screen and hears keys first. They are a stack; Esc takes the top one away.

use super::{finder::Finder, form::Form, picker::Picker, preview::Input};
use crate::{
    domain::change::Change,
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
    /// Leaves a form and loses what was typed.
    LeaveForm,
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
