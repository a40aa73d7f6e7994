//! The rows of the list of keys, which may be long: a row says what it shows when somebody looks at it.

use std::sync::{Arc, OnceLock};

use super::{Cell, Row};
use crate::{
    domain::{
        Timestamp,
        catalogue::Ix,
        credential::Credential,
        fact::Month,
        money::{BudgetKind, MicroDollars},
    },
    ops::{find::Thing, rows, view::View},
    tui::{
        state::{names::Names, tree::Census},
        theme::Role,
        words,
    },
};

/// What the cells of a key are made from.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) view: View,
    /// How many nodes use each key, once that is known.
    pub(super) census: Option<Arc<Census>>,
    pub(super) now: Timestamp,
    /// How many days before its end a key is to be looked at.
    pub(super) soon: u32,
}

/// Returns the keys that are seen, by name: the order of the screen.
pub fn by_name(view: &View) -> Arc<[Ix<Credential>]> {
    let (mut names, mut keys) = (Names::default(), Vec::new());
    for (ix, key) in view.credentials() {
        keys.push((names.take(&key.name), names.take(&key.provider), ix));
    }
    keys.sort_by_key(|(name, provider, _)| (names.get(name), names.get(provider)));
    keys.into_iter().map(|(.., ix)| ix).collect()
}

/// Returns a row for each key.
pub(super) fn rows(keys: &[Ix<Credential>]) -> Vec<Row> {
    keys.iter().map(|ix| Row { thing: Some(Thing::Credential(*ix)), cells: OnceLock::new() }).collect()
}

impl Keys {
    /// Returns the cells of one key.
    pub(super) fn cells(&self, ix: Ix<Credential>) -> Vec<Cell> {
        let (view, now) = (&self.view, self.now);
        let Some(key) = view.credential(ix) else { return Vec::new() };
        let (owner, owner_role) = words::owner(view, view.owner_of_key(ix));
        let (state, state_role) = state_words(view, key, now);
        let (expires, expires_role) = words::expiry(key.expires, now, self.soon);
        // That it expired stands in the column beside.
        let expires = expires.strip_prefix("expired ").unwrap_or(&expires);
        let left = left_of(view, key, now);
        let budget = left.map_or_else(|| "-".to_owned(), |(left, _)| words::money(left));
        let budget_role = left.map_or(Role::Muted, |left| words::budget_left(Some(left)).1);
        let last4 = rows::credential(view, ix, key, 0).last4;
        let said = view.verified(ix);
        let (verified, verified_role) = words::verified(said, now);
        let uses = match &self.census {
            Some(census) => Cell::number(census.uses.of(ix)),
            None => Cell::new("…", Role::Muted),
        };
        vec![
            Cell::new(&*key.name, Role::Strong),
            Cell::plain(&*key.provider),
            Cell::new(owner, owner_role),
            Cell::muted(key.environment.as_deref(), "any"),
            Cell::new(state, state_role),
            Cell::new(expires, expires_role).ranked(key.expires.map(Timestamp::as_second)),
            Cell::new(last4.map_or_else(String::new, |last| last.to_string()), Role::Muted),
            uses,
            Cell::new(verified, verified_role).ranked(said.map(|it| it.at.as_second())),
            Cell::new(budget, budget_role).ranked(left.map(|(left, _)| left.0)),
        ]
    }
}

/// Says in one word how a key stands, with the role that fits.
pub fn state_words(view: &View, key: &Credential, now: Timestamp) -> (&'static str, Role) {
    use crate::domain::credential::State;
    match key.state {
        State::Revoked => ("revoked", Role::Danger),
        State::Disabled => ("disabled", Role::Warn),
        State::Active if key.expires.is_some_and(|at| at <= now) => ("expired", Role::Danger),
        State::Active if key.not_before.is_some_and(|at| now < at) => ("not yet", Role::Warn),
        State::Active => match rows::secret_word(view, key) {
            "unreadable" => ("unreadable", Role::Danger),
            "absent" => ("no secret", Role::Warn),
            _ => ("active", Role::Ok),
        },
    }
}

/// Returns what is left of a key's budget this month.
pub fn left_of(view: &View, key: &Credential, now: Timestamp) -> Option<(MicroDollars, BudgetKind)> {
    let budget = key.budget?;
    let spent = view.spent_by_key(key.id, Month::of(now)).map_or(MicroDollars::ZERO, |spent| spent.amount);
    Some((budget.monthly - spent, budget.kind))
}
