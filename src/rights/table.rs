//! The table of the design: which role holds which right on a thing, given how its grant stands to the thing.

use super::{
    right::Right,
    subject::{Home, Subject},
};
use crate::domain::{catalogue::row::ScopeIx, people::Role};

/// How one grant of an operator stands to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    /// Whether the thing is the operator's own.
    pub(super) own: bool,
    /// Whether the grant is on the whole workspace.
    pub(super) whole: bool,
    /// Where the thing lies.
    pub(super) tie: Tie,
}

/// Where a thing lies, seen from a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// In the departments of the grant; or nowhere, with a grant on the whole workspace.
    Scope,
    /// With the whole organisation.
    Organisation,
    /// Elsewhere, but lent to something in scope.
    Lent,
    /// With a person: oneself, if the thing is one's own.
    Person,
    /// Elsewhere.
    Outside,
}

impl Relation {
    /// Says whether the grant covers the thing, as it must for a change.
    pub(super) fn held(self) -> bool {
        self.tie == Tie::Scope || self.whole && matches!(self.tie, Tie::Organisation | Tie::Person)
    }

    /// Says whether it is a thing that others of its scope share, rather than somebody's alone.
    fn shared(self) -> bool {
        matches!(self.tie, Tie::Scope | Tie::Organisation | Tie::Lent)
    }
}

/// Says whether a grant of `role` gives `right` on `subject`, to which it stands as `it` says. One arm is one row.
pub(super) fn allows(role: Role, right: Right, subject: Subject, it: Relation) -> bool {
    use Role::{Admin, Assigner, Auditor, Keeper, Member};
    let private = it.tie == Tie::Person && !it.own;
    match right {
        Right::Keep(_) => role == Keeper,
        _ if role == Keeper => false,
        Right::List => it.own || it.shared() || it.whole && !matches!(subject, Subject::Credential(_)),
        Right::Audit => match role {
            Auditor | Admin => it.held(),
            Member => it.own && matches!(subject, Subject::DeedOf(_)),
            _ => false,
        },
        Right::Use => match role {
            Member => it.own || it.tie == Tie::Organisation || it.tie == Tie::Scope && !it.whole,
            Assigner | Admin => it.own || it.shared(),
            _ => false,
        },
        Right::Edit | Right::Rotate | Right::Reveal | Right::Verify => match role {
            Member => it.own,
            Assigner => right == Right::Verify && (it.own || it.held() && !private),
            Admin => it.own || it.held(),
            _ => false,
        },
        Right::Assign if everybodys_rule(subject) => role == Admin && it.whole,
        Right::Assign => match role {
            Member => it.own && own_scope(subject),
            Assigner | Admin => it.held(),
            _ => false,
        },
        Right::Revoke | Right::Disable => match role {
            Member => it.own,
            Assigner => it.own || it.held() && !private,
            Admin => it.own || it.held(),
            _ => false,
        },
        Right::Reinstate => role == Admin && (it.own || it.held()),
        Right::Structure => match role {
            Member => it.own && matches!(subject, Subject::Instance(_)),
            Admin => it.held() || it.own && matches!(subject, Subject::Instance(_) | Subject::Credential(_)),
            _ => false,
        },
        Right::Approve => role == Assigner || role == Admin && it.whole,
        _ => right.is_for_whole_admins() && role == Admin && it.whole,
    }
}

/// Says whether a role gives a right on anything at all.
pub(super) fn ever_allows(role: Role, right: Right, subject: Subject) -> bool {
    [Tie::Scope, Tie::Person]
        .into_iter()
        .any(|tie| allows(role, right, subject, Relation { own: true, whole: true, tie }))
}

/// Rules of the workspace and of the last resort are a right of their own.
const fn everybodys_rule(subject: Subject) -> bool {
    matches!(subject, Subject::Rule(ScopeIx::Workspace | ScopeIx::System))
}

/// Where a member may assign, if it is theirs. An app may hold workflows of others.
const fn own_scope(subject: Subject) -> bool {
    matches!(subject, Subject::Workflow(_) | Subject::Node(_) | Subject::Rule(ScopeIx::Workflow(_) | ScopeIx::Owner(_)))
}

/// Says whether only grants on the whole workspace can cover what lives at `home`.
pub(super) const fn needs_whole(home: Home) -> bool {
    matches!(home, Home::Organisation | Home::Nobody)
}
