//! Denials: why something is not allowed, in one plain sentence that names nothing the reader may not see.

use std::fmt;

use super::right::Right;

/// A right that is missing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Denial {
    /// What was asked for.
    pub right: Right,
    /// Why it is refused.
    pub why: Why,
}

/// Why a right is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The operator is not known, or holds no role in this workspace.
    Unknown,
    /// The session is for reading only.
    ReadOnly,
    /// It can't be done over SSH or HTTP.
    Afar,
    /// None of the operator's roles allows it anywhere.
    Role,
    /// A role would allow it, but not on this thing.
    Scope,
    /// The thing is another operator's private key.
    Private,
    /// It takes a grant on the whole workspace.
    WholeWorkspace,
    /// The thing is not there.
    Absent,
    /// A member assigns anything but their own keys.
    OwnKeysOnly,
    /// The target of a rule is a key that the operator may not use.
    Target,
    /// Somebody else is named as owner.
    NamesOther,
    /// A role is given that the giver doesn't hold.
    GrantsMore,
    /// The other operator holds more than oneself.
    HoldsMore,
    /// Nobody would be left to administrate a workspace.
    LastAdmin,
    /// Nobody would be left to keep the database.
    LastKeeper,
    /// Fewer than two people would be left who can approve each other's change sets.
    LastApprover,
    /// A program is no second person.
    Service,
    /// One's own change set.
    OwnChange,
    /// Leaving `revoked` was not asked for expressly.
    NotAskedFor,
}

impl Denial {
    pub(super) const fn new(right: Right, why: Why) -> Self {
        Self { right, why }
    }
}

impl std::error::Error for Denial {}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = self.right.deed();
        match self.why {
            Why::Unknown => f.write_str("you hold no role in this workspace: ask one of its admins for one"),
            Why::ReadOnly => write!(f, "this session is read-only: to {deed}, start it without --read-only"),
            Why::Afar => write!(f, "nobody may {deed} over SSH or HTTP: run it on the machine that holds the database"),
            Why::Role => write!(f, "only {} may {deed}", holders(self.right)),
            Why::Scope => write!(f, "your role does not reach this: only {} there may {deed}", holders(self.right)),
            Why::Private => write!(f, "this key is private: {} may {deed}", private_holders(self.right)),
            Why::WholeWorkspace => write!(f, "only admins of the whole workspace may {deed}"),
            Why::Absent => f.write_str("there is no such thing here, or no longer: look again"),
            Why::OwnKeysOnly => f.write_str("members may assign only their own keys to their own workflows"),
            Why::Target => {
                f.write_str("you may assign only keys that you may use, and one of these isn't: pick another")
            }
            Why::NamesOther => f.write_str(
                "only an admin of the whole workspace may name somebody else as owner: name yourself, or ask one",
            ),
            Why::GrantsMore => {
                f.write_str("nobody may give or take a role that they don't hold: ask somebody who does")
            }
            Why::HoldsMore => f.write_str("this operator holds more than you do: ask somebody who holds as much"),
            Why::LastAdmin => {
                f.write_str("this is the last admin of the whole workspace: make somebody else an admin first")
            }
            Why::LastKeeper => {
                f.write_str("this is the last keeper of the database: make somebody else a keeper first")
            }
            Why::LastApprover => f.write_str(
                "change sets here wait for a second person's approval, which takes two admins of the whole workspace: \
                 make somebody else one first (keydeck operator add LOGIN --role admin)",
            ),
            Why::Service => f.write_str("a service account is no second person: ask somebody to approve it"),
            Why::OwnChange => f.write_str("nobody may approve their own change set: ask somebody else"),
            Why::NotAskedFor => {
                f.write_str("this key was revoked: to put it back into use, ask for it with --reinstate")
            }
        }
    }
}

/// Who may do something, by the design's table.
const fn holders(right: Right) -> &'static str {
    match right {
        Right::List => "those who were granted a role",
        Right::Audit => "auditors and admins",
        Right::Use | Right::Assign | Right::Revoke | Right::Disable => {
            "members with their own keys, assigners and admins"
        }
        Right::Verify => "a key's owner, assigners and admins",
        Right::Edit | Right::Rotate | Right::Reveal => "a key's owner and admins",
        Right::Structure | Right::Reinstate => "admins",
        Right::People | Right::Grants | Right::WorkspaceRules | Right::References | Right::Tokens => {
            "admins of the whole workspace"
        }
        Right::Approve => "assigners and admins of the whole workspace",
        Right::Keep(_) => "keepers of the database",
    }
}

/// Who may do something with a private key.
const fn private_holders(right: Right) -> &'static str {
    match right {
        Right::Use | Right::Assign | Right::List => "only its owner",
        _ => "only its owner or an admin of the whole workspace",
    }
}
