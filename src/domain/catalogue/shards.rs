//! A hash map in shared shards: copies share everything, and a write copies one shard.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use crate::domain::hash::Keyed;

/// How many shards a map has. A write copies one of them, and the pointers to all; a copy of the map copies nothing.
const SHARDS: usize = 256;

type Shard<K, V> = Arc<HashMap<K, V, Keyed>>;

/// A map whose copies are cheap and independent.
#[derive(Clone, Debug)]
pub struct Shards<K, V> {
    shards: Arc<Vec<Shard<K, V>>>,
    hasher: Keyed,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self { shards: Arc::default(), hasher: Keyed::default() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    /// Chooses by bits that a shard's own map does not look at, whose hash is the same.
    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        ((self.hasher.hash_one(key) >> 40) % SHARDS as u64) as usize
    }

    /// Returns what `key` leads to.
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shards.get(self.shard(key))?.get(key)
    }

    /// Lets `key` lead to `value`.
    pub fn insert(&mut self, key: K, value: V) {
        let (shard, shards) = (self.shard(&key), Arc::make_mut(&mut self.shards));
        if shards.is_empty() {
            let empty = Arc::new(HashMap::with_hasher(self.hasher.clone()));
            shards.resize(SHARDS, empty);
        }
        Arc::make_mut(&mut shards[shard]).insert(key, value);
    }

    /// Forgets `key`.
    pub fn remove<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let shard = self.shard(key);
        if self.shards.get(shard).is_some_and(|map| map.contains_key(key)) {
            Arc::make_mut(&mut Arc::make_mut(&mut self.shards)[shard]).remove(key);
        }
    }
}
