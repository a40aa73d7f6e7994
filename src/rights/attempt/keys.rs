//! Changes of keys, and of the pools and instances that name them.

use super::{Attempt, Sides};
use crate::{
    domain::{
        catalogue::{Catalogue, Ix},
        credential::{Credential, Instance, Owner, Pool, SecretRef, State},
        id::Id,
    },
    rights::{
        denial::{Denial, Why},
        right::Right,
        subject::Subject,
    },
};

impl Attempt<'_> {
    pub(super) fn credential(&self, id: Id<Credential>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::credentials, id) else { return Ok(()) };
        rights_for(was, will).into_iter().try_for_each(|right| {
            if right == Right::Reinstate && !self.reinstate {
                return Err(Denial::new(right, Why::NotAskedFor));
            }
            self.require(right, Subject::Credential(ix))
        })
    }

    pub(super) fn pool(&self, id: Id<Pool>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::pools, id) else { return Ok(()) };
        self.require(Right::Structure, Subject::Pool(ix))?;
        let had = |key| was.is_some_and(|pool| pool.members.iter().any(|member| member.key == key));
        let members = will.map_or(&[][..], |pool| &pool.members);
        members.iter().filter(|member| !had(member.key)).try_for_each(|member| self.usable(member.key))
    }

    pub(super) fn instance(&self, id: Id<Instance>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::instances, id) else { return Ok(()) };
        self.require(Right::Structure, Subject::Instance(ix))?;
        let key = will.and_then(|instance| instance.key);
        match key {
            Some(key) if was.and_then(|instance| instance.key) == Some(key) => Ok(()),
            Some(key) if will.is_some_and(|instance| self.is_their_own(instance, key)) => Ok(()),
            Some(key) => self.usable(key),
            None => Ok(()),
        }
    }

    /// Says whether an instance and the key that it names belong to one person, and whoever says so may edit that key:
    /// so people's instances come in with their keys, which resolution still gives to no workflow but theirs.
    fn is_their_own(&self, instance: &Instance, key: Id<Credential>) -> bool {
        let keys = self.will.catalogue().credentials();
        let theirs = |key: &Credential| matches!(key.owner, Owner::Operator(_)) && key.owner == instance.owner;
        keys.by_id(key).is_some_and(theirs)
            && keys.find(key).is_some_and(|ix| self.will.holds(Right::Edit, Subject::Credential(ix)))
    }

    /// Requires that a key which something is to name may be used by whoever names it.
    pub(super) fn usable(&self, key: Id<Credential>) -> Result<(), Denial> {
        match self.will.catalogue().credentials().find(key) {
            Some(ix) => self.usable_ix(ix),
            None => Err(Denial::new(Right::Assign, Why::Absent)),
        }
    }

    pub(super) fn usable_ix(&self, key: Ix<Credential>) -> Result<(), Denial> {
        if self.will.holds(Right::Use, Subject::Credential(key)) {
            Ok(())
        } else {
            Err(Denial::new(Right::Assign, Why::Target))
        }
    }
}

/// Returns every right that it takes to lead a key from one state to another.
fn rights_for(was: Option<&Credential>, will: Option<&Credential>) -> Vec<Right> {
    let mut rights = Vec::new();
    let mut needs = |right, needed: bool| {
        if needed {
            rights.push(right);
        }
    };
    match (was, will) {
        (None, None) => {}
        (Some(_), None) => needs(Right::Edit, true),
        (None, Some(new)) => {
            needs(Right::Edit, true);
            needs(Right::Structure, new.budget.is_some());
            needs(Right::References, matches!(new.secret, SecretRef::External(_)));
        }
        (Some(was), Some(will)) => {
            if let Some(right) = right_for_state(was.state, will.state) {
                needs(right, true);
            }
            let rotated = was.secret != will.secret;
            needs(Right::Rotate, rotated);
            needs(Right::References, rotated && matches!(will.secret, SecretRef::External(_)));
            needs(Right::Structure, was.budget != will.budget || was.owner != will.owner);
            // A base URL decides where the secret is sent: the secret again, or the right to see it.
            needs(Right::Reveal, was.fields != will.fields && !rotated);
            let rest = Credential {
                state: was.state,
                secret: was.secret.clone(),
                budget: was.budget,
                fields: was.fields.clone(),
                ..will.clone()
            };
            needs(Right::Edit, rest != *was || was.fields != will.fields);
        }
    }
    rights
}

fn right_for_state(was: State, will: State) -> Option<Right> {
    match (was, will) {
        (was, will) if was == will => None,
        (State::Revoked, _) => Some(Right::Reinstate),
        (_, State::Revoked) => Some(Right::Revoke),
        _ => Some(Right::Disable),
    }
}
