//! Visibility: what one operator may see, for masking answers that are computed on everything.

use super::{
    Who,
    right::Right,
    standing::Standing,
    subject::{Home, Subject},
};
use crate::domain::{
    catalogue::{
        Catalogue, Ix,
        row::{OwnerIx, ScopeIx},
    },
    credential::{Credential, Instance, Pool},
    people::{Department, Operator},
    workflow::{App, Node, Workflow},
};

/// How much of a credential somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing at all.
    Nothing,
    /// That it exists, and whose it is: another's private key, to an admin of the whole workspace.
    Existence,
    /// All metadata.
    Full,
}

/// What one operator may see in one catalogue. Making one reads the grants once; a question costs a path of departments.
///
/// Who looks as somebody else sees what both may see.
#[derive(Clone, Debug)]
pub struct Visibility<'a> {
    own: Standing<'a>,
    behind: Option<Standing<'a>>,
}

macro_rules! sees {
    ($($(#[$doc:meta])* $sees:ident: $noun:ident;)*) => {$(
        $(#[$doc])*
        pub fn $sees(&self, ix: Ix<$noun>) -> bool {
            self.lists(Subject::$noun(ix))
        }
    )*};
}

impl<'a> Visibility<'a> {
    /// Reads what `who` may see.
    pub fn of(catalogue: &'a Catalogue, who: Who) -> Self {
        let behind = who.behind.map(|behind| Standing::of(catalogue, Some(behind)));
        Self { own: Standing::of(catalogue, who.operator), behind }
    }

    fn lists(&self, subject: Subject) -> bool {
        self.all().all(|standing| standing.holds(Right::List, subject))
    }

    fn all(&self) -> impl Iterator<Item = &Standing<'a>> {
        std::iter::once(&self.own).chain(&self.behind)
    }

    /// Says whether everything of the workspace is seen that has no other home: what nobody's usage was spent for.
    pub fn sees_whole(&self) -> bool {
        self.all().all(Standing::lists_whole)
    }

    /// Says how much of a credential is seen.
    pub fn sees_credential(&self, ix: Ix<Credential>) -> Sight {
        self.all().map(|standing| sight(standing, ix)).min().unwrap_or(Sight::Nothing)
    }

    sees! {
        /// Says whether a department is seen.
        sees_department: Department;
        /// Says whether an operator is seen: oneself, colleagues of the departments in scope, all with a grant on the
        /// whole workspace.
        sees_operator: Operator;
        /// Says whether an instance is seen.
        sees_instance: Instance;
        /// Says whether an app is seen.
        sees_app: App;
        /// Says whether a workflow is seen.
        sees_workflow: Workflow;
        /// Says whether a node is seen: as its workflow.
        sees_node: Node;
    }

    /// Says whether a pool is seen: if any of its members is, since it is a name for them.
    pub fn sees_pool(&self, ix: Ix<Pool>) -> bool {
        let subject = Subject::Pool(ix);
        let members = self.own.catalogue().pools().row(ix).map_or(&[][..], |row| &row.members);
        self.lists(subject) || members.iter().any(|&(key, _)| self.sees_credential(key) == Sight::Full)
    }

    /// Says whether the rules at a scope are seen. What they point at is another question.
    pub fn sees_rules_at(&self, scope: ScopeIx) -> bool {
        self.lists(Subject::Rule(scope))
    }

    /// Says whether the subject is there and seen, whatever it is.
    pub fn sees(&self, subject: Subject) -> bool {
        match subject {
            Subject::Credential(ix) => self.sees_credential(ix) == Sight::Full,
            Subject::Pool(ix) => self.sees_pool(ix),
            other => Home::of(self.own.catalogue(), other).is_some() && self.lists(other),
        }
    }
}

/// Says how much of a credential one operator sees.
fn sight(standing: &Standing<'_>, ix: Ix<Credential>) -> Sight {
    if standing.holds(Right::List, Subject::Credential(ix)) {
        return Sight::Full;
    }
    let private =
        matches!(standing.catalogue().credentials().row(ix), Some(row) if matches!(row.owner, OwnerIx::Operator(_)));
    if private && standing.is_whole_admin() { Sight::Existence } else { Sight::Nothing }
}
