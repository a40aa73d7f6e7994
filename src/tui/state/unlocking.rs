//! What the vault is unlocked for, and what goes on once it is.

use super::rotation::Choice;
use crate::{
    domain::{Text, catalogue::Ix, credential::Credential, id::Id},
    ops::verify::Which,
};

/// What waits for the vault to be unlocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The form on top is to be sent.
    Form,
    /// A key is to be revealed.
    Reveal(Id<Credential>, Text),
    /// A key's secret is to be copied.
    Copy(Id<Credential>, Option<String>),
    /// What an import looked at is to be brought.
    Import,
    /// Vendors are to be asked about keys.
    Verify(Vec<Id<Credential>>, Which),
    /// A step of a rotation is to be done.
    Rotate(Ix<Credential>, Choice),
}

/// Vendors that are being asked about keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verifying {
    /// The number of the question.
    pub generation: u64,
    /// How many have answered.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// Whether they are to be asked no more.
    pub is_stopping: bool,
}
