//! An index: finds things by a key that they keep themselves, so that no key is held twice.
//!
//! A place in it is eight bytes, of which four are of the key's hash: hardly any thing is looked at in vain. It is kept
//! in shared shards: copies share everything, and a write copies one, and the pointers to all.

use std::{
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use hashbrown::HashTable;

use crate::domain::hash::Keyed;

/// How many shards an index has.
const SHARDS: usize = 256;

/// Where things are, by the hashes of their keys. Copies are cheap and independent.
#[derive(Clone, Debug, Default)]
pub struct Index {
    shards: Arc<Vec<Arc<HashTable<Place>>>>,
    hasher: Keyed,
}

/// Part of a hash, and the number of a thing.
#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    number: u32,
}

/// Returns part of a hash as a table wants a whole one: it looks at both ends.
fn whole(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
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
        let is_it = |place: &Place| place.hash == hash && has(place.number);
        self.shards.get(shard)?.find(whole(hash), is_it).map(|place| place.number)
    }

    /// Lets `key` lead to the thing with a number, and no longer to another that `has` it.
    pub fn put<Q: Hash + ?Sized>(&mut self, key: &Q, number: u32, has: impl Fn(u32) -> bool) {
        let (shard, hash) = self.place(key);
        let shards = Arc::make_mut(&mut self.shards);
        if shards.is_empty() {
            shards.resize(SHARDS, Arc::default());
        }
        let shard = Arc::make_mut(&mut shards[shard]);
        match shard.find_mut(whole(hash), |place| place.hash == hash && has(place.number)) {
            Some(place) => place.number = number,
            None => drop(shard.insert_unique(whole(hash), Place { hash, number }, |place| whole(place.hash))),
        }
    }

    /// Forgets that `key` leads to a thing, if it does.
    pub fn drop<Q: Hash + ?Sized>(&mut self, key: &Q, number: u32) {
        let (shard, hash) = self.place(key);
        let is_it = |place: &Place| place.hash == hash && place.number == number;
        // Nothing is copied where there is nothing to forget.
        if self.shards.get(shard).is_none_or(|shard| shard.find(whole(hash), is_it).is_none()) {
            return;
        }
        let shard = Arc::make_mut(&mut Arc::make_mut(&mut self.shards)[shard]);
        if let Ok(place) = shard.find_entry(whole(hash), is_it) {
            place.remove();
        }
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
