//! Who may do what: one pure function over roles, grants and relations (design §5).
//!
//! The table of the design is `table`; everything else only finds out how an operator stands to a thing. Where the
//! table is silent, these decisions hold:
//!
//! - What belongs to the whole organisation (system keys and instances, providers, models, prices, workspace and system
//!   rules) is in everybody's scope to list, and system keys in the scope of everybody who may use keys. Changing any
//!   of it takes a grant on the whole workspace.
//! - A key lent to something in scope may be listed there, and used by assigners and admins, unless it is private. To
//!   members it is lent through the workflows alone.
//! - The department of a member's own is the subtree of the grant. A member of the whole workspace has none.
//! - Oneself's private key is in one's own scope; nobody else uses it, whatever their role.
//! - A pool is as far in scope as all of its members are; an empty one belongs to the organisation.
//! - A rule at an owner speaks in every department, so it takes a grant on the whole workspace, or to be that owner.

mod attempt;
mod denial;
mod right;
mod standing;
mod subject;
mod table;
mod visibility;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use self::standing::Standing;
pub use self::{
    attempt::Attempt,
    denial::{Denial, Why},
    right::{Deed, Right},
    subject::{Home, Subject},
    visibility::{Sight, Visibility},
};
use crate::domain::{
    catalogue::{Catalogue, Ix},
    credential::Credential,
    people::Operator,
};

/// Who acts, and through which door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The operator; none for somebody unknown, who gets nothing.
    pub operator: Option<Ix<Operator>>,
    /// Who really sits there, if they look and work as somebody else: both have to hold a right.
    pub behind: Option<Ix<Operator>>,
    /// Whether the session was opened for reading only.
    pub read_only: bool,
    /// Whether the operator comes over SSH or HTTP.
    pub afar: bool,
}

/// Whether something is allowed, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Yes,
    /// It isn't.
    No(Denial),
}

impl Verdict {
    /// Says whether it is allowed.
    pub const fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }

    /// Turns it into a result, for `?`.
    pub fn allow(self) -> Result<(), Denial> {
        match self {
            Self::Yes => Ok(()),
            Self::No(denial) => Err(denial),
        }
    }
}

/// Says whether `who` holds `right` on `subject`, and if not, why.
pub fn may(catalogue: &Catalogue, who: Who, right: Right, subject: Subject) -> Verdict {
    if let Some(why) = right::refused_everywhere(right, who) {
        return Verdict::No(Denial::new(right, why));
    }
    let verdict = Standing::of(catalogue, who.operator).may(right, subject);
    match who.behind {
        Some(behind) if verdict.is_yes() => Standing::of(catalogue, Some(behind)).may(right, subject),
        _ => verdict,
    }
}

/// Says whether an operator is an admin of the whole workspace.
pub fn is_whole_admin(catalogue: &Catalogue, operator: Ix<Operator>) -> bool {
    Standing::of(catalogue, Some(operator)).is_whole_admin()
}

/// Says whether an operator may use a credential in a run of theirs: `exec`, and overrides of one request.
pub fn may_use(catalogue: &Catalogue, operator: Option<Ix<Operator>>, credential: Ix<Credential>) -> bool {
    let standing = Standing::of(catalogue, operator);
    standing.holds(Right::Use, Subject::Credential(credential))
}
