//! Changes of operators and of what they were granted.

use super::{Attempt, Sides};
use crate::{
    domain::{
        catalogue::{Catalogue, Ix},
        id::Id,
        people::{Grant, GrantScope, Operator, Role},
    },
    rights::{
        denial::{Denial, Why},
        right::Right,
        subject::Subject,
    },
};

impl Attempt<'_> {
    pub(super) fn operator(&self, id: Id<Operator>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::operators, id) else { return Ok(()) };
        self.require(Right::People, Subject::Workspace)?;
        let grants = |side: Option<&'_ Operator>| side.map_or_else(Vec::new, |operator| operator.grants.clone());
        let (had, has) = (grants(was), grants(will));
        self.holds_as_much(was, will)?;
        let given = has.iter().filter(|grant| !had.contains(grant));
        let taken = had.iter().filter(|grant| !has.contains(grant));
        if given.chain(taken.clone()).any(|grant| !self.covers(grant)) {
            return Err(Denial::new(Right::Grants, Why::GrantsMore));
        }
        taken.into_iter().try_for_each(|grant| self.somebody_left(ix, grant))
    }

    /// Nobody edits one who holds more. Of somebody who also works in another workspace, the grants here may be
    /// changed, but not who they are: their SSH keys open the other workspace, too.
    fn holds_as_much(&self, was: Option<&Operator>, will: Option<&Operator>) -> Result<(), Denial> {
        let Some(was) = was else { return Ok(()) };
        let only_grants = will.is_some_and(|will| *was == Operator { grants: was.grants.clone(), ..will.clone() });
        let harmless = |grant: &Grant| self.covers(grant) || only_grants && grant.on != GrantScope::Database;
        if was.grants.iter().all(harmless) { Ok(()) } else { Err(Denial::new(Right::People, Why::HoldsMore)) }
    }

    /// Says whether the acting operator holds as much as a grant gives.
    fn covers(&self, grant: &Grant) -> bool {
        let mine = self.who.operator.and_then(|me| self.was.catalogue().operators().get(me));
        let Some(mine) = mine.map(|operator| &operator.grants) else { return false };
        let department_here =
            |id| [&self.was, &self.will].iter().any(|standing| standing.catalogue().departments().by_id(id).is_some());
        mine.contains(grant)
            || match grant.on {
                GrantScope::Database => false,
                GrantScope::Workspace(_) => {
                    grant.role != Role::Keeper && mine.contains(&Grant { role: Role::Admin, on: grant.on })
                }
                GrantScope::Department(id) => {
                    grant.role != Role::Keeper && department_here(id) && self.was.is_whole_admin()
                }
            }
    }

    /// Refuses to take the last grant that administrates a workspace or keeps the database.
    fn somebody_left(&self, from: Ix<Operator>, grant: &Grant) -> Result<(), Denial> {
        let why = match (grant.role, grant.on) {
            (Role::Admin, GrantScope::Workspace(_)) => Why::LastAdmin,
            (Role::Keeper, GrantScope::Database) => Why::LastKeeper,
            _ => return Ok(()),
        };
        let mut others = self.will.catalogue().operators().iter().filter(|(ix, _)| *ix != from);
        if !others.any(|(_, operator)| operator.grants.contains(grant)) {
            return Err(Denial::new(Right::Grants, why));
        }
        if grant.on == GrantScope::Workspace(self.was.catalogue().workspace().id) {
            self.two_left_to_approve(Right::Grants)?;
        }
        Ok(())
    }

    /// Where change sets wait for approval, two people must be able to give it: nobody approves their own.
    pub(super) fn two_left_to_approve(&self, right: Right) -> Result<(), Denial> {
        let will = self.will.catalogue();
        if !will.workspace().approval {
            return Ok(());
        }
        let admin = Grant { role: Role::Admin, on: GrantScope::Workspace(will.workspace().id) };
        let people = will.operators().iter().filter(|(_, it)| !it.service && it.grants.contains(&admin));
        if people.count() < 2 { Err(Denial::new(right, Why::LastApprover)) } else { Ok(()) }
    }
}
