//! The rights by name, as the design's table lists them, and what no role can lift.

use super::{Who, denial::Why};

/// One thing that an operator may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// See a thing's metadata.
    List,
    /// Read what the audit log says of a thing or of somebody.
    Audit,
    /// Run with a key: `exec`, and overrides.
    Use,
    /// Add, change and remove a key.
    Edit,
    /// Replace a key's secret.
    Rotate,
    /// Ask the vendor whether a key works.
    Verify,
    /// See or copy a key's secret.
    Reveal,
    /// Say which key is used somewhere.
    Assign,
    /// Put a key out of use for good.
    Revoke,
    /// Put a key out of use for now, or back into use.
    Disable,
    /// Put a revoked key back into use.
    Reinstate,
    /// Change departments, apps, workflows, owners, pools, instances, budgets, prices.
    Structure,
    /// Add, change and remove operators and their SSH keys.
    People,
    /// Give and take roles.
    Grants,
    /// Write rules for the whole workspace and for the last resort.
    WorkspaceRules,
    /// Write references to secrets outside the database.
    References,
    /// Make and revoke the tokens of programs.
    Tokens,
    /// Approve somebody else's change set.
    Approve,
    /// Care for the database.
    Keep(Deed),
}

/// What a keeper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Writes a copy of the database.
    Backup,
    /// Brings a copy back.
    Restore,
    /// Moves the vault to another secret key.
    Rekey,
    /// Removes old audit rows below a sealed checkpoint.
    Retention,
    /// Makes a workspace.
    CreateWorkspace,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 23] = [
        Self::List,
        Self::Audit,
        Self::Use,
        Self::Edit,
        Self::Rotate,
        Self::Verify,
        Self::Reveal,
        Self::Assign,
        Self::Revoke,
        Self::Disable,
        Self::Reinstate,
        Self::Structure,
        Self::People,
        Self::Grants,
        Self::WorkspaceRules,
        Self::References,
        Self::Tokens,
        Self::Approve,
        Self::Keep(Deed::Backup),
        Self::Keep(Deed::Restore),
        Self::Keep(Deed::Rekey),
        Self::Keep(Deed::Retention),
        Self::Keep(Deed::CreateWorkspace),
    ];

    /// Says whether it leaves everything as it is and discloses nothing.
    pub const fn only_reads(self) -> bool {
        matches!(self, Self::List | Self::Audit)
    }

    /// Says whether it concerns everybody, and so takes an admin of the whole workspace.
    pub(super) const fn is_for_whole_admins(self) -> bool {
        matches!(self, Self::People | Self::Grants | Self::WorkspaceRules | Self::References | Self::Tokens)
    }

    /// What one does with it, after "may".
    pub const fn deed(self) -> &'static str {
        match self {
            Self::List => "see this",
            Self::Audit => "read this part of the audit log",
            Self::Use => "use this key",
            Self::Edit => "change this key",
            Self::Rotate => "rotate this key",
            Self::Verify => "verify this key",
            Self::Reveal => "reveal this key",
            Self::Assign => "assign keys here",
            Self::Revoke => "revoke this key",
            Self::Disable => "disable or enable this key",
            Self::Reinstate => "reinstate a revoked key",
            Self::Structure => "change this",
            Self::People => "add, change or remove operators",
            Self::Grants => "give or take roles",
            Self::WorkspaceRules => "change rules of the workspace and of the last resort",
            Self::References => "write references to secrets outside the database",
            Self::Tokens => "see, make or revoke the tokens of programs",
            Self::Approve => "approve change sets",
            Self::Keep(Deed::Backup) => "back the database up",
            Self::Keep(Deed::Restore) => "restore the database",
            Self::Keep(Deed::Rekey) => "move the vault to another secret key",
            Self::Keep(Deed::Retention) => "remove old audit rows",
            Self::Keep(Deed::CreateWorkspace) => "make a workspace",
        }
    }
}

/// Returns why `right` is refused whatever the roles: unknown operators, read-only sessions, the reach from afar.
///
/// What a single command may do from afar is declared with its action; here stands only what no role can lift.
pub(super) const fn refused_everywhere(right: Right, who: Who) -> Option<Why> {
    if who.operator.is_none() {
        Some(Why::Unknown)
    } else if who.read_only && !right.only_reads() {
        Some(Why::ReadOnly)
    } else if who.afar && matches!(right, Right::Keep(Deed::Backup | Deed::Restore | Deed::Rekey)) {
        Some(Why::Afar)
    } else {
        None
    }
}
