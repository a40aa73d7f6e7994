//! Resolution: which key a node uses, and why.
//!
//! [`answer()`] and [`resolve`] are one search with two recorders: one hears nothing and compiles away, the other writes
//! every step down. They can't disagree.
//!
//! Where the design is silent:
//!
//! - **Dify's layers.** Dify knows a workspace, a provider and a model, and what a key is in itself. So only the
//!   workspace's rules for no environment speak, and a key is not tried for environment, owner, owner policy or budget.
//! - **A pair of provider and model** has no node, so layers 2 and 3 do not apply; an app asked for as such has no
//!   layer 4, no workflow's policy and no workflow's budget.
//! - **A node whose instance is not there** has no provider: no rule speaks, and its own key is of another provider.
//! - **A name that is also an id** is a name first.
//! - **A spent budget** is reported before a missing price, whichever of several budgets is the spent one.
//! - **What could come out** of a variable without value are the credentials that could be used here, no others.
//! - **A rule that stands behind two equal ones** is overridden, as behind any other decision.

pub mod answer;
pub mod everywhere;
pub mod matrix;
pub mod query;
pub mod reverse;
pub mod sentence;

mod case;
mod pool;
mod search;
mod target;
mod trace;
mod usable;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use self::{
    answer::{Answer, Missing, Outcome, Reason, Resolution, Share, Source},
    case::Case,
    query::Query,
    search::search,
    target::Demand,
    trace::{Silent, Trace},
};
use crate::domain::{
    Timestamp,
    catalogue::{Catalogue, Ix},
    credential::{Credential, Pool},
};

/// Answers a query in short. It allocates nothing, so that a whole workspace can be asked.
#[inline]
pub fn answer(catalogue: &Catalogue, query: &Query<'_>) -> Answer {
    search(&Case::new(catalogue, query), &mut Silent)
}

/// Answers a query with everything that was looked at.
pub fn resolve(catalogue: &Catalogue, query: &Query<'_>) -> Resolution {
    let case = Case::new(catalogue, query);
    let mut trace = Trace::default();
    let answer = search(&case, &mut trace);
    Resolution {
        answer,
        pool: answer.pool.map(|pool| case.shares(pool)).unwrap_or_default(),
        missing: case.missing(&answer),
        trace: trace.steps,
        revision: catalogue.revision(),
        facts: catalogue.facts().number,
    }
}

/// Says why a credential could not be used by whoever asks; `None` if it could. For pickers.
pub fn fault(catalogue: &Catalogue, query: &Query<'_>, key: Ix<Credential>) -> Option<Reason> {
    Case::new(catalogue, query).fault(key)
}

/// Says why a credential could be used nowhere at `now`: its state, its time, or a secret that does not open.
pub fn fault_of_itself(catalogue: &Catalogue, key: Ix<Credential>, now: Timestamp) -> Option<Reason> {
    let Some(row) = catalogue.credentials().row(key) else { return Some(Reason::UnknownKey) };
    usable::fault_of_state(row, now).or_else(|| usable::is_unreadable(catalogue, key).then_some(Reason::Unreadable))
}

/// Returns the members of a pool as whoever asks would get them. For pickers.
pub fn shares(catalogue: &Catalogue, query: &Query<'_>, pool: Ix<Pool>) -> Vec<Share> {
    Case::new(catalogue, query).shares(pool)
}

impl Case<'_> {
    /// Returns what decided, as far as a variable may be part of it.
    fn demand_of(&self, source: Source) -> Option<Demand<'_>> {
        match source {
            Source::Override => None,
            Source::Node(ix) => self.catalogue.nodes().row(ix).and_then(Demand::of_node),
            Source::Instance(ix) => self.catalogue.instances().row(ix)?.key.map(Demand::Key),
            Source::Rule(ix) => self.catalogue.assignments().row(ix).map(|row| Demand::Rule(&row.target)),
        }
    }

    fn missing(&self, answer: &Answer) -> Option<Missing> {
        let source = answer.source.filter(|_| answer.outcome == Outcome::MissingInput)?;
        let demand = self.demand_of(source)?;
        let variable = self.catalogue.vocabulary().text(demand.variable()?).into();
        Some(Missing { variable, could_be: self.could_be(demand) })
    }
}
