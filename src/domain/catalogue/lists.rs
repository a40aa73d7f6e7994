//! Lists: for each thing of one kind, the things of another that point at it, in ascending order.

use std::{marker::PhantomData, sync::Arc};

use super::{chunks::Chunks, table::Ix};

/// Up to how many values a list has no room to spare: most lists have very few.
const SHORT: usize = 8;

/// For each `K`, a sorted list of `V`. Copies are cheap; a write copies one list.
#[derive(Debug)]
pub struct Lists<K, V> {
    lists: Chunks<Option<Arc<Vec<V>>>>,
    key: PhantomData<fn(K)>,
}

impl<K, V> Clone for Lists<K, V> {
    fn clone(&self) -> Self {
        Self { lists: self.lists.clone(), key: PhantomData }
    }
}

impl<K, V> Default for Lists<K, V> {
    fn default() -> Self {
        Self { lists: Chunks::default(), key: PhantomData }
    }
}

impl<K, V: Clone + Ord> Lists<K, V> {
    /// Returns what points at `key`.
    #[inline]
    pub fn of(&self, key: Ix<K>) -> &[V] {
        match self.lists.get(key.position()) {
            Some(Some(list)) => list,
            _ => &[],
        }
    }

    pub(super) fn add(&mut self, key: Ix<K>, value: V) {
        while self.lists.len() <= key.position() {
            self.lists.push(None);
        }
        if let Some(slot) = self.lists.get_mut(key.position()) {
            let list = Arc::make_mut(slot.get_or_insert_with(Arc::default));
            if let Err(at) = list.binary_search(&value) {
                if list.len() < SHORT {
                    list.reserve_exact(1);
                }
                list.insert(at, value);
            }
        }
    }

    pub(super) fn drop(&mut self, key: Ix<K>, value: &V) {
        if !self.of(key).contains(value) {
            return;
        }
        if let Some(slot @ Some(_)) = self.lists.get_mut(key.position())
            && let Some(shared) = slot
        {
            let list = Arc::make_mut(shared);
            list.retain(|other| other != value);
            if list.is_empty() {
                *slot = None;
            }
        }
    }
}
