//! An index: finds things by a key that they keep themselves, so that no key is held twice.
//!
//! A place in it is eight bytes, of which four are of the key's hash: hardly any thing is looked at in vain. It is kept
//! in shared shards: copies share everything, and a write copies one, and the pointers to all.

use std::{
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use crate::domain::hash::Keyed;

/// How many shards an index has.
const SHARDS: usize = 256;

/// How many places a shard has at first.
const FIRST: usize = 4;

/// Where things are, by the hashes of their keys. Copies are cheap and independent.
#[derive(Clone, Debug, Default)]
pub struct Index {
    shards: Arc<Vec<Arc<Shard>>>,
    hasher: Keyed,
}

/// A power of two of places. A thing stands at the one that its hash names, or behind it, before the next free one.
#[derive(Clone, Debug, Default)]
struct Shard {
    places: Box<[Place]>,
    taken: usize,
}

/// Part of a hash, and the number of a thing; 0 where the place is free.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    hash: u32,
    number: u32,
}

impl Index {
    /// Returns the shard of a key, and the part of its hash that this one looks at.
    #[expect(clippy::cast_possible_truncation, reason = "parts of a hash are wanted")]
    fn place<Q: Hash + ?Sized>(&self, key: &Q) -> (usize, u32) {
        let hash = self.hasher.hash_one(key);
        ((hash >> 40) as usize % SHARDS, hash as u32)
    }

    /// Returns the number of the thing with `key`; `has` says whether a number's thing has it.
    pub fn find<Q: Hash + ?Sized>(&self, key: &Q, has: impl Fn(u32) -> bool) -> Option<u32> {
        let (shard, hash) = self.place(key);
        let shard = self.shards.get(shard)?;
        shard.find(hash, has).map(|at| shard.places[at].number)
    }

    /// Lets `key` lead to the thing with a number above 0, and no longer to another that `has` it.
    pub fn put<Q: Hash + ?Sized>(&mut self, key: &Q, number: u32, has: impl Fn(u32) -> bool) {
        let (shard, hash) = self.place(key);
        let shards = Arc::make_mut(&mut self.shards);
        if shards.is_empty() {
            shards.resize(SHARDS, Arc::default());
        }
        let shard = Arc::make_mut(&mut shards[shard]);
        match shard.find(hash, has) {
            Some(at) => shard.places[at].number = number,
            None => shard.add(Place { hash, number }),
        }
    }

    /// Forgets that `key` leads to a thing, if it does.
    pub fn drop<Q: Hash + ?Sized>(&mut self, key: &Q, number: u32) {
        let (shard, hash) = self.place(key);
        let at = self.shards.get(shard).and_then(|shard| shard.find(hash, |other| other == number));
        if let Some(at) = at {
            Arc::make_mut(&mut Arc::make_mut(&mut self.shards)[shard]).clear(at);
        }
    }
}

impl Shard {
    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    /// Returns where a hash belongs.
    fn home(&self, hash: u32) -> usize {
        hash as usize & (self.places.len() - 1)
    }

    fn find(&self, hash: u32, has: impl Fn(u32) -> bool) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        // At least one place in five is free.
        while self.places[at].number != 0 {
            if self.places[at].hash == hash && has(self.places[at].number) {
                return Some(at);
            }
            at = self.next(at);
        }
        None
    }

    fn add(&mut self, place: Place) {
        if (self.taken + 1) * 5 > self.places.len() * 4 {
            let larger = (self.places.len() * 2).max(FIRST);
            let former = std::mem::replace(&mut self.places, vec![Place::default(); larger].into());
            former.iter().filter(|place| place.number != 0).for_each(|place| self.set(*place));
        }
        self.set(place);
        self.taken += 1;
    }

    fn set(&mut self, place: Place) {
        let mut at = self.home(place.hash);
        while self.places[at].number != 0 {
            at = self.next(at);
        }
        self.places[at] = place;
    }

    /// Frees a place, and moves those behind it up, so that nothing is looked for in vain.
    fn clear(&mut self, at: usize) {
        let last = self.places.len() - 1;
        let (mut free, mut next) = (at, self.next(at));
        while self.places[next].number != 0 {
            let from_home = next.wrapping_sub(self.home(self.places[next].hash)) & last;
            if from_home >= next.wrapping_sub(free) & last {
                self.places[free] = self.places[next];
                free = next;
            }
            next = self.next(next);
        }
        self.places[free] = Place::default();
        self.taken -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// What is done to an index: a thing gets a key, or loses its own.
    fn deeds() -> impl Strategy<Value = Vec<(u32, Option<u16>)>> {
        prop::collection::vec((1..200u32, prop::option::weighted(0.7, 0..120u16)), 0..600)
    }

    proptest! {
        #[test]
        fn it_leads_where_a_map_does_and_copies_do_not_change(deeds in deeds(), crowded: bool) {
            let (mut index, mut map) = (Index::default(), HashMap::<u16, u32>::new());
            let mut keys = HashMap::<u32, u16>::new();
            // A hash that tells hardly anything apart puts everything into one heap.
            let hashed = |key: u16| if crowded { key % 3 } else { key };
            let copy = index.clone();
            for (number, key) in deeds {
                if let Some(former) = keys.remove(&number) {
                    index.drop(&hashed(former), number);
                    if map.get(&former) == Some(&number) { map.remove(&former); }
                }
                if let Some(key) = key {
                    index.put(&hashed(key), number, |other| keys.get(&other) == Some(&key));
                    keys.insert(number, key);
                    map.insert(key, number);
                }
            }
            for key in 0..120u16 {
                let found = index.find(&hashed(key), |number| keys.get(&number) == Some(&key));
                prop_assert_eq!(found, map.get(&key).copied());
                prop_assert_eq!(copy.find(&hashed(key), |_| true), None);
            }
        }
    }
}
