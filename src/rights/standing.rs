//! Standing: the grants of one operator in one catalogue, and how they stand to things.

use super::{
    Verdict,
    denial::{Denial, Why},
    right::Right,
    subject::{Home, Subject, owned_by},
    table::{self, Relation, Tie},
};
use crate::domain::{
    catalogue::{
        Catalogue, Ix,
        row::{OwnerIx, UsableByIx},
    },
    credential::Credential,
    people::{Department, Grant, GrantScope, Operator, Role},
};

/// How far one grant reaches in this workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Over all of it; or over the database, for keepers.
    Whole,
    /// Over a department and those below.
    Below(Ix<Department>),
}

/// What an operator holds, seen in one catalogue.
#[derive(Clone, Debug)]
pub(super) struct Standing<'a> {
    catalogue: &'a Catalogue,
    operator: Option<Ix<Operator>>,
    grants: Vec<(Role, Reach)>,
}

impl<'a> Standing<'a> {
    /// Reads what an operator holds.
    pub(super) fn of(catalogue: &'a Catalogue, operator: Option<Ix<Operator>>) -> Self {
        Self::holding(catalogue, catalogue, operator)
    }

    /// Reads what an operator holds in `source`, to be measured against the things of `catalogue`: what somebody gives
    /// themselves by a change counts only after it.
    pub(super) fn holding(source: &Catalogue, catalogue: &'a Catalogue, operator: Option<Ix<Operator>>) -> Self {
        let record = operator.and_then(|ix| source.operators().get(ix));
        let granted = record.map_or(&[][..], |operator| &operator.grants);
        let grants = granted.iter().filter_map(|grant| Some((grant.role, reach(catalogue, grant)?))).collect();
        Self { catalogue, operator, grants }
    }

    pub(super) const fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// Says whether the operator is an admin of the whole workspace.
    pub(super) fn is_whole_admin(&self) -> bool {
        self.grants.contains(&(Role::Admin, Reach::Whole))
    }

    /// Says whether the operator lists the whole workspace, by whatever role; keepers keep the database and list nothing.
    pub(super) fn lists_whole(&self) -> bool {
        self.grants.iter().any(|&(role, reach)| role != Role::Keeper && reach == Reach::Whole)
    }

    /// Says whether the operator holds `right` on `subject`.
    pub(super) fn holds(&self, right: Right, subject: Subject) -> bool {
        Home::of(self.catalogue, subject).is_some_and(|home| self.holds_at(right, subject, home))
    }

    /// Says whether the operator holds `right` on `subject`, and if not, why.
    pub(super) fn may(&self, right: Right, subject: Subject) -> Verdict {
        let deny = |why| Verdict::No(Denial::new(right, why));
        if self.grants.is_empty() {
            return deny(Why::Unknown);
        }
        let Some(home) = Home::of(self.catalogue, subject) else { return deny(Why::Absent) };
        if right == Right::Approve && self.operator.is_some_and(|me| subject == Subject::DeedOf(me)) {
            return deny(Why::OwnChange);
        }
        if self.holds_at(right, subject, home) {
            return Verdict::Yes;
        }
        deny(self.why_not(right, subject, home))
    }

    /// Says whether the operator holds `right` on `subject` by more than being a member.
    pub(super) fn holds_beyond_member(&self, right: Right, subject: Subject) -> bool {
        Home::of(self.catalogue, subject)
            .is_some_and(|home| self.holds_as(right, subject, home, |role| role != Role::Member))
    }

    fn holds_at(&self, right: Right, subject: Subject, home: Home) -> bool {
        self.holds_as(right, subject, home, |_| true)
    }

    fn holds_as(&self, right: Right, subject: Subject, home: Home, counts: fn(Role) -> bool) -> bool {
        let own = self.operator.is_some() && owned_by(self.catalogue, subject) == self.operator;
        self.grants.iter().filter(|(role, _)| counts(*role)).any(|&(role, reach)| {
            let it = Relation { own, whole: reach == Reach::Whole, tie: self.tie(reach, subject, home) };
            table::allows(role, right, subject, it)
        })
    }

    fn why_not(&self, right: Right, subject: Subject, home: Home) -> Why {
        let possible = self.grants.iter().any(|&(role, _)| table::ever_allows(role, right, subject));
        let key = matches!(subject, Subject::Credential(_));
        if key && matches!(home, Home::Person(_)) && owned_by(self.catalogue, subject) != self.operator {
            Why::Private
        } else if !possible {
            Why::Role
        } else if table::needs_whole(home) || right.is_for_whole_admins() {
            Why::WholeWorkspace
        } else {
            Why::Scope
        }
    }

    fn tie(&self, reach: Reach, subject: Subject, home: Home) -> Tie {
        if let Subject::Pool(pool) = subject {
            return self.tie_of_pool(reach, pool);
        }
        match home {
            Home::Organisation => Tie::Organisation,
            Home::Person(person) if matches!(subject, Subject::Operator(_)) && self.works_in(reach, person) => {
                Tie::Scope
            }
            Home::Person(_) => Tie::Person,
            Home::Department(department) if self.covers(reach, department) => Tie::Scope,
            Home::Nobody if reach == Reach::Whole => Tie::Scope,
            Home::Department(_) | Home::Nobody => match subject {
                Subject::Credential(key) if self.is_lent(reach, key) => Tie::Lent,
                _ => Tie::Outside,
            },
        }
    }

    /// A pool is as far away as the member that is farthest; others' private keys are left to the check of each key.
    fn tie_of_pool(&self, reach: Reach, pool: Ix<crate::domain::credential::Pool>) -> Tie {
        let members = self.catalogue.pools().row(pool).map_or(&[][..], |row| &row.members);
        if members.is_empty() || reach == Reach::Whole {
            return Tie::Organisation;
        }
        let ties = members.iter().map(|&(key, _)| {
            let subject = Subject::Credential(key);
            Home::of(self.catalogue, subject).map_or(Tie::Outside, |home| self.tie(reach, subject, home))
        });
        let distance = |tie: &Tie| match tie {
            Tie::Scope => 0,
            Tie::Organisation => 1,
            Tie::Lent => 2,
            Tie::Person => 3,
            Tie::Outside => 4,
        };
        ties.max_by_key(distance).unwrap_or(Tie::Organisation)
    }

    fn covers(&self, reach: Reach, department: Ix<Department>) -> bool {
        match reach {
            Reach::Whole => true,
            Reach::Below(top) => self.catalogue.path(Some(department)).any(|ix| ix == top),
        }
    }

    /// Says whether another operator holds a role inside `reach`: colleagues know each other.
    fn works_in(&self, reach: Reach, person: Ix<Operator>) -> bool {
        let record = self.catalogue.operators().get(person);
        record.is_some_and(|operator| {
            operator.grants.iter().filter_map(|grant| self::reach(self.catalogue, grant)).any(|theirs| {
                reach == Reach::Whole || matches!(theirs, Reach::Below(department) if self.covers(reach, department))
            })
        })
    }

    fn is_lent(&self, reach: Reach, key: Ix<Credential>) -> bool {
        let Some(row) = self.catalogue.credentials().row(key) else { return false };
        let covers = |department: Option<Ix<Department>>| department.is_some_and(|ix| self.covers(reach, ix));
        let department_of = |app| self.catalogue.apps().row(app).and_then(|row| row.department);
        !matches!(row.owner, OwnerIx::Operator(_))
            && row.usable_by.iter().any(|by| match *by {
                UsableByIx::Department(ix) => covers(Some(ix)),
                UsableByIx::App(ix) => covers(department_of(ix)),
                UsableByIx::Workflow(ix) => covers(self.catalogue.department_of(ix)),
            })
    }
}

/// Returns how far a grant reaches here; `None` if it is for elsewhere, or makes no sense and so gives nothing.
fn reach(catalogue: &Catalogue, grant: &Grant) -> Option<Reach> {
    match (grant.role, grant.on) {
        (Role::Keeper, GrantScope::Database) => Some(Reach::Whole),
        (Role::Keeper, _) | (_, GrantScope::Database) => None,
        (_, GrantScope::Workspace(id)) => (id == catalogue.workspace().id).then_some(Reach::Whole),
        (_, GrantScope::Department(id)) => {
            let ix = catalogue.departments().find(id)?;
            catalogue.departments().row(ix).map(|_| Reach::Below(ix))
        }
    }
}
