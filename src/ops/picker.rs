//! The picker: what could be assigned at a place, best first, each with what an operator weighs.

use std::cmp::Reverse;

use super::view::View;
use crate::{
    cost::budget::Carrier,
    domain::{
        Text, Timestamp,
        catalogue::{Ix, ProviderIx, row::OwnerIx},
        credential::{Credential, Pool},
        money::{BudgetKind, MicroDollars},
    },
    resolve::{
        self,
        answer::Reason,
        query::{Place, Query},
    },
};

/// Something that could be assigned.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub target: Choice,
    /// Its name.
    pub name: String,
    /// Why it can't be used here; nothing speaks against it if absent.
    pub unusable: Option<Reason>,
    /// Who it belongs to; a pool belongs to nobody.
    pub owner: Option<OwnerIx>,
    /// The environment that it is for.
    pub environment: Option<Text>,
    /// When it ends to be valid.
    pub expires: Option<Timestamp>,
    /// What it may still cost this month, and whether the budget is hard.
    pub budget_left: Option<(MicroDollars, BudgetKind)>,
    /// On which day that budget is spent at this pace, if in this month.
    pub runs_out: Option<jiff::civil::Date>,
    /// The last characters of its secret.
    pub last4: Option<Text>,
}

/// What a rule would point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// A credential.
    Key(Ix<Credential>),
    /// A pool.
    Pool(Ix<Pool>),
}

impl View {
    /// Returns the keys and pools of the query's provider: usable ones first, those of the workflow's own people and
    /// department before the organisation's, then by name; unusable ones after them, with the reason.
    pub fn candidates(&self, query: &Query<'_>) -> Vec<Candidate> {
        let catalogue = self.catalogue();
        let Some(provider) = self.provider_of(query) else { return Vec::new() };
        let keys = self
            .credentials()
            .filter(|(ix, _)| catalogue.credentials().row(*ix).is_some_and(|row| row.provider == provider));
        let keys = keys.map(|(ix, it)| Candidate {
            target: Choice::Key(ix),
            name: it.name.to_string(),
            unusable: resolve::fault(catalogue, query, ix),
            owner: catalogue.credentials().row(ix).map(|row| row.owner),
            environment: it.environment.clone(),
            expires: it.expires,
            budget_left: Carrier::Credential(ix)
                .standing(catalogue, query.now)
                .map(|standing| (standing.left(), standing.budget.kind)),
            runs_out: Carrier::Credential(ix).standing(catalogue, query.now).and_then(|it| it.forecast.runs_out),
            last4: match &it.secret {
                crate::domain::credential::SecretRef::Sealed(sealed) => sealed.last4.clone(),
                _ => None,
            },
        });
        let pools =
            self.pools().filter(|(ix, _)| catalogue.pools().row(*ix).is_some_and(|row| row.provider == provider));
        let pools = pools.map(|(ix, it)| {
            let usable = resolve::shares(catalogue, query, ix).iter().any(|share| share.share > 0.0);
            Candidate {
                target: Choice::Pool(ix),
                name: it.name.to_string(),
                unusable: (!usable).then_some(Reason::PoolEmpty),
                owner: None,
                environment: None,
                expires: None,
                budget_left: None,
                runs_out: None,
                last4: None,
            }
        });
        let mut all: Vec<Candidate> = keys.chain(pools).collect();
        all.sort_by_cached_key(|it| (it.unusable.is_some(), rank(it), Reverse(it.expires.is_none()), it.name.clone()));
        all
    }

    fn provider_of(&self, query: &Query<'_>) -> Option<ProviderIx> {
        match &query.place {
            Place::Node(node) => self.model_of(*node).map(|(provider, _)| provider),
            Place::Pair { provider, .. } => self.vocabulary().provider(provider),
        }
    }
}

/// Orders owners by nearness: a department's key is closer to its cost centre than the organisation's, a pool is shared.
const fn rank(candidate: &Candidate) -> u8 {
    match candidate.owner {
        Some(OwnerIx::Operator(_)) => 0,
        Some(OwnerIx::Department(_)) => 1,
        Some(OwnerIx::System) => 2,
        None => 3,
    }
}
