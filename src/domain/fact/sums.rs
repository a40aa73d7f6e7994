//! Sums of money by thing: made once, read often, and held without room to spare.

use crate::domain::{fact::Spent, id::Id, money::MicroDollars};

/// What each of many things spent.
#[derive(Debug, PartialEq, Eq)]
pub struct Sums<T> {
    /// In ascending order; the other two in that of their ids.
    ids: Box<[Id<T>]>,
    amounts: Box<[MicroDollars]>,
    estimates: Box<[bool]>,
}

impl<T> Sums<T> {
    /// Returns what a thing spent, if it spent anything.
    pub fn get(&self, id: Id<T>) -> Option<Spent> {
        let at = self.ids.binary_search(&id).ok()?;
        Some(Spent { amount: self.amounts[at], estimate: self.estimates[at] })
    }

    /// Returns everything that spent, in the order of ids, and how much.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, Spent)> + '_ {
        self.ids.iter().filter_map(|&id| Some((id, self.get(id)?)))
    }

    /// Adds to what a thing spent. Each time costs what all of it costs: for few.
    pub fn add(&mut self, id: Id<T>, spent: Spent) {
        let mut sum = self.get(id).unwrap_or_default();
        sum += spent;
        *self = self.iter().filter(|(other, _)| *other != id).chain([(id, sum)]).collect();
    }
}

/// Takes in things, each once.
impl<T> FromIterator<(Id<T>, Spent)> for Sums<T> {
    fn from_iter<I: IntoIterator<Item = (Id<T>, Spent)>>(things: I) -> Self {
        let mut things: Vec<(Id<T>, Spent)> = things.into_iter().collect();
        things.sort_unstable_by_key(|(id, _)| *id);
        Self {
            ids: things.iter().map(|(id, _)| *id).collect(),
            amounts: things.iter().map(|(_, spent)| spent.amount).collect(),
            estimates: things.iter().map(|(_, spent)| spent.estimate).collect(),
        }
    }
}

impl<T> Default for Sums<T> {
    fn default() -> Self {
        Self { ids: Box::default(), amounts: Box::default(), estimates: Box::default() }
    }
}

impl<T> Clone for Sums<T> {
    fn clone(&self) -> Self {
        Self { ids: self.ids.clone(), amounts: self.amounts.clone(), estimates: self.estimates.clone() }
    }
}
