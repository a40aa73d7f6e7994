//! Targets: where one leads with the values at hand, and what comes of it (design §2.3).

use super::{
    answer::{Outcome, Pointer, Reason},
    case::Case,
};
use crate::{
    domain::{
        catalogue::{
            Ix, Symbol,
            row::{NodeRow, TargetIx, ValueIx},
        },
        credential::{Credential, Pool},
    },
    rights,
};

/// What something that speaks asks for.
#[derive(Clone, Copy)]
pub(super) enum Demand<'a> {
    /// The caller's text.
    Override(&'a str),
    /// A variable that names a key, and the key for the case that it has no value.
    Named(Symbol, Option<Ix<Credential>>),
    /// One key.
    Key(Ix<Credential>),
    /// A rule's target.
    Rule(&'a TargetIx),
}

/// Where a demand leads.
#[derive(Clone, Copy)]
pub(super) enum Lead<'a> {
    Key(Ix<Credential>),
    Unknown(&'a str),
    Pool(Ix<Pool>),
    Deny,
}

/// What comes of a demand.
#[derive(Clone, Copy)]
pub(super) struct Finding<'a> {
    pub outcome: Outcome,
    pub reason: Option<Reason>,
    pub lead: Option<Lead<'a>>,
    /// The key that is given.
    pub credential: Option<Ix<Credential>>,
}

impl<'a> Finding<'a> {
    const fn failed(outcome: Outcome, reason: Reason, lead: Option<Lead<'a>>) -> Self {
        Self { outcome, reason: Some(reason), lead, credential: None }
    }

    /// Makes what comes of two equal rules.
    pub const fn ambiguous() -> Self {
        Self::failed(Outcome::Ambiguous, Reason::Ambiguous, None)
    }

    /// Returns the pool that it led to.
    pub const fn pool(&self) -> Option<Ix<Pool>> {
        match self.lead {
            Some(Lead::Pool(pool)) => Some(pool),
            _ => None,
        }
    }
}

impl Demand<'_> {
    /// Returns the variable that it asks for.
    pub const fn variable(self) -> Option<Symbol> {
        match self {
            Self::Named(symbol, _) => Some(symbol),
            Self::Rule(TargetIx::Variable { selector, .. }) => Some(*selector),
            _ => None,
        }
    }

    /// Says whether it asks for this key, by itself or where a variable has no value.
    pub fn is_key(self, key: Ix<Credential>) -> bool {
        match self {
            Self::Key(own) | Self::Named(_, Some(own)) => own == key,
            Self::Rule(TargetIx::Key(own)) => *own == key,
            _ => false,
        }
    }

    /// Returns what a node asks for itself.
    pub fn of_node(row: &NodeRow) -> Option<Self> {
        match (row.variable, row.key) {
            (Some(variable), fixed) => Some(Self::Named(variable, fixed)),
            (None, Some(key)) => Some(Self::Key(key)),
            (None, None) => None,
        }
    }
}

impl<'a> Case<'a> {
    /// Finds out what comes of a demand.
    pub fn judge(&self, demand: Demand<'a>) -> Finding<'a> {
        if let Demand::Override(text) = demand {
            return self.judge_override(text);
        }
        match self.lead(demand) {
            Ok(lead) => self.follow(lead),
            Err(reason @ Reason::MissingInput) => Finding::failed(Outcome::MissingInput, reason, None),
            Err(reason) => Finding::failed(Outcome::Unusable, reason, None),
        }
    }

    fn judge_override(&self, text: &'a str) -> Finding<'a> {
        if !self.catalogue.workspace().allow_request_overrides {
            return Finding::failed(Outcome::Denied, Reason::OverridesNotAllowed, None);
        }
        let lead = self.called(text);
        match lead {
            Lead::Key(key) if !rights::may_use(self.catalogue, self.inputs.operator, key) => {
                Finding::failed(Outcome::Denied, Reason::NotPermitted, Some(lead))
            }
            _ => self.follow(lead),
        }
    }

    /// Returns where a demand leads with the values at hand, or why it leads nowhere.
    fn lead(&self, demand: Demand<'a>) -> Result<Lead<'a>, Reason> {
        match demand {
            Demand::Override(text) => Ok(self.called(text)),
            Demand::Key(key) => Ok(Lead::Key(key)),
            Demand::Named(variable, fixed) => match (self.value(variable), fixed) {
                (Some(value), _) => Ok(self.called(value)),
                (None, Some(key)) => Ok(Lead::Key(key)),
                (None, None) => Err(Reason::MissingInput),
            },
            Demand::Rule(TargetIx::Key(key)) => Ok(Lead::Key(*key)),
            Demand::Rule(TargetIx::Pool(pool)) => Ok(Lead::Pool(*pool)),
            Demand::Rule(TargetIx::Deny) => Ok(Lead::Deny),
            Demand::Rule(TargetIx::Variable { selector, values, by_name }) => {
                let value = self.value(*selector).ok_or(Reason::MissingInput)?;
                match values.iter().find(|(known, _)| **known == *value) {
                    Some((_, ValueIx::Key(key))) => Ok(Lead::Key(*key)),
                    Some((_, ValueIx::Pool(pool))) => Ok(Lead::Pool(*pool)),
                    Some((_, ValueIx::Deny)) => Ok(Lead::Deny),
                    None if *by_name => Ok(self.called(value)),
                    None => Err(Reason::UnknownValue),
                }
            }
        }
    }

    fn called(&self, text: &'a str) -> Lead<'a> {
        self.credential_called(text).map_or(Lead::Unknown(text), Lead::Key)
    }

    fn follow(&self, lead: Lead<'a>) -> Finding<'a> {
        let unusable = |reason| Finding::failed(Outcome::Unusable, reason, Some(lead));
        let gives = |outcome, credential| Finding { outcome, reason: None, lead: Some(lead), credential };
        match lead {
            Lead::Unknown(_) => unusable(Reason::UnknownKey),
            Lead::Deny => Finding::failed(Outcome::Denied, Reason::Deny, Some(lead)),
            Lead::Key(key) => self.fault(key).map_or_else(|| gives(Outcome::Resolved, Some(key)), unusable),
            Lead::Pool(pool) if !self.can_choose(pool) => unusable(Reason::PoolEmpty),
            Lead::Pool(pool) => {
                gives(Outcome::Pooled, self.inputs.run_id.as_ref().and_then(|run| self.choose(pool, run)))
            }
        }
    }

    /// Returns what a demand points at as it is written.
    pub fn written(&self, demand: Demand<'a>) -> Pointer {
        match demand {
            Demand::Override(text) => Pointer::Unknown(text.into()),
            Demand::Key(key) => Pointer::Key(key),
            Demand::Rule(TargetIx::Key(key)) => Pointer::Key(*key),
            Demand::Named(symbol, Some(key)) if self.value(symbol).is_none() => Pointer::Key(key),
            Demand::Named(symbol, _) => Pointer::Variable(symbol),
            Demand::Rule(TargetIx::Pool(pool)) => Pointer::Pool(*pool),
            Demand::Rule(TargetIx::Variable { selector, .. }) => Pointer::Variable(*selector),
            Demand::Rule(TargetIx::Deny) => Pointer::Deny,
        }
    }

    /// Returns every credential that could come out of a demand whose variable has no value: those that its table
    /// names, as written, or any at all where the value names one; but none that can't be used here.
    pub fn could_be(&self, demand: Demand<'a>) -> Vec<Ix<Credential>> {
        let every = || self.catalogue.credentials().rows().map(|(ix, _)| ix).collect();
        let mut keys: Vec<Ix<Credential>> = match demand {
            Demand::Named(..) | Demand::Rule(TargetIx::Variable { by_name: true, .. }) => every(),
            Demand::Rule(TargetIx::Variable { values, .. }) => {
                values.iter().flat_map(|(_, to)| self.named_by(*to)).collect()
            }
            _ => Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| self.fault(*key).is_none() && seen.insert(*key));
        keys
    }

    /// Says whether one credential is among those that [`Case::could_be`] lists, without listing them.
    pub fn could_be_this(&self, demand: Demand<'a>, key: Ix<Credential>) -> bool {
        let named = match demand {
            Demand::Named(..) | Demand::Rule(TargetIx::Variable { by_name: true, .. }) => true,
            Demand::Rule(TargetIx::Variable { values, .. }) => {
                values.iter().any(|(_, to)| self.named_by(*to).contains(&key))
            }
            _ => false,
        };
        named && self.fault(key).is_none()
    }

    /// Returns the credentials that one value of a variable stands for, and that could be chosen.
    fn named_by(&self, value: ValueIx) -> Vec<Ix<Credential>> {
        match value {
            ValueIx::Key(key) => vec![key],
            ValueIx::Pool(pool) => {
                self.shares(pool).into_iter().filter(|share| share.weight > 0).map(|share| share.key).collect()
            }
            ValueIx::Deny => Vec::new(),
        }
    }
}

impl From<Lead<'_>> for Pointer {
    fn from(lead: Lead<'_>) -> Self {
        match lead {
            Lead::Key(key) => Self::Key(key),
            Lead::Unknown(text) => Self::Unknown(text.into()),
            Lead::Pool(pool) => Self::Pool(pool),
            Lead::Deny => Self::Deny,
        }
    }
}
