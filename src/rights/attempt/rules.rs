//! Changes of rules, and of the keys written on nodes.

use super::{Attempt, Sides};
use crate::{
    domain::{
        assignment::Assignment,
        catalogue::{
            Catalogue, Ix,
            row::{OwnerIx, RuleRow, ScopeIx, TargetIx, ValueIx},
        },
        credential::Credential,
        id::Id,
        workflow::Node,
    },
    rights::{
        denial::{Denial, Why},
        right::Right,
        standing::Standing,
        subject::Subject,
    },
};

/// The keys that a target can lead to.
struct Keys {
    named: Vec<Ix<Credential>>,
    /// Whether it is anything but a choice among them: a refusal, or any key whose name a caller gives.
    open: bool,
}

impl Attempt<'_> {
    pub(super) fn assignment(&self, id: Id<Assignment>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::assignments, id) else { return Ok(()) };
        for standing in [&self.was, &self.will] {
            let Some(row) = standing.catalogue().assignments().row(ix) else { continue };
            self.rule_in(standing, row)?;
        }
        let same_effect = |was: &Assignment, will: &Assignment| {
            *was == Assignment { note: was.note.clone(), foreign_id: was.foreign_id.clone(), ..will.clone() }
        };
        if matches!((was, will), (Some(was), Some(will)) if same_effect(was, will)) {
            return Ok(());
        }
        let Some(row) = self.will.catalogue().assignments().row(ix) else { return Ok(()) };
        keys_of(self.will.catalogue(), row).named.into_iter().try_for_each(|key| self.usable_ix(key))
    }

    /// Requires the right to assign at a rule's scope; of those who hold it as members alone, that the keys are theirs.
    fn rule_in(&self, standing: &Standing<'_>, row: &RuleRow) -> Result<(), Denial> {
        if matches!(row.scope, ScopeIx::Workspace | ScopeIx::System) {
            return self.require_in(standing, Right::WorkspaceRules, Subject::Workspace);
        }
        let scope = Subject::Rule(row.scope);
        self.require_in(standing, Right::Assign, scope)?;
        let keys = keys_of(standing.catalogue(), row);
        let own = |key: &Ix<Credential>| self.is_own(standing.catalogue(), *key);
        if standing.holds_beyond_member(Right::Assign, scope) || !keys.open && keys.named.iter().all(own) {
            Ok(())
        } else {
            Err(Denial::new(Right::Assign, Why::OwnKeysOnly))
        }
    }

    pub(super) fn node(&self, id: Id<Node>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::nodes, id) else { return Ok(()) };
        let subject = Subject::Node(ix);
        let key = |node: Option<&Node>| node.and_then(|node| node.key);
        let variable = |node: Option<&Node>| node.and_then(|node| node.variable.clone());
        let (rekeyed, revaried) = (key(was) != key(will), variable(was) != variable(will));
        let only_key = match (was, will) {
            (Some(was), Some(will)) => *was == Node { key: was.key, variable: was.variable.clone(), ..will.clone() },
            _ => false,
        };
        if !only_key {
            self.require(Right::Structure, subject)?;
        }
        if !rekeyed && !revaried {
            return Ok(());
        }
        self.require(Right::Assign, subject)?;
        if !self.was.holds_beyond_member(Right::Assign, subject)
            && !self.will.holds_beyond_member(Right::Assign, subject)
        {
            let own = |standing: &Standing<'_>, key: Option<Id<Credential>>| {
                let catalogue = standing.catalogue();
                key.is_none_or(|id| catalogue.credentials().find(id).is_some_and(|ix| self.is_own(catalogue, ix)))
            };
            if revaried || !own(&self.was, key(was)) || !own(&self.will, key(will)) {
                return Err(Denial::new(Right::Assign, Why::OwnKeysOnly));
            }
        }
        match key(will) {
            Some(key) if rekeyed => self.usable(key),
            _ => Ok(()),
        }
    }

    fn is_own(&self, catalogue: &Catalogue, key: Ix<Credential>) -> bool {
        let owner = catalogue.credentials().row(key).map(|row| row.owner);
        matches!((owner, self.who.operator), (Some(OwnerIx::Operator(owner)), Some(me)) if owner == me)
    }
}

fn keys_of(catalogue: &Catalogue, row: &RuleRow) -> Keys {
    let mut keys = Keys { named: Vec::new(), open: false };
    let mut value = |target: ValueIx| match target {
        ValueIx::Key(key) => keys.named.push(key),
        ValueIx::Pool(pool) => {
            let members = catalogue.pools().row(pool).map_or(&[][..], |row| &row.members);
            keys.named.extend(members.iter().map(|&(key, _)| key));
        }
        ValueIx::Deny => keys.open = true,
    };
    match &row.target {
        TargetIx::Key(key) => value(ValueIx::Key(*key)),
        TargetIx::Pool(pool) => value(ValueIx::Pool(*pool)),
        TargetIx::Deny => value(ValueIx::Deny),
        TargetIx::Variable { values, by_name, .. } => {
            values.iter().for_each(|&(_, target)| value(target));
            keys.open |= by_name;
        }
    }
    keys
}
