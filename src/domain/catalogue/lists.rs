//! Lists: for each thing of one kind, the things of another that point at it, in ascending order.

use std::{marker::PhantomData, slice::from_ref, sync::Arc};

use super::{chunks::Chunks, table::Ix};

/// Up to how many values a list has no room to spare: most lists have very few.
const SHORT: usize = 8;

/// For each `K`, a sorted list of `V`. Copies are cheap; a write copies one list.
#[derive(Debug)]
pub struct Lists<K, V> {
    lists: Chunks<List<V>>,
    key: PhantomData<fn(K)>,
}

/// One list. What stands alone, as most rules of a workflow do, is found without another step through memory.
#[derive(Clone, Debug)]
enum List<V> {
    Empty,
    One(V),
    Many(Arc<Vec<V>>),
}

impl<K, V: Clone> Clone for Lists<K, V> {
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
        self.lists.get(key.position()).map_or(&[], List::values)
    }

    pub(super) fn add(&mut self, key: Ix<K>, value: V) {
        while self.lists.len() <= key.position() {
            self.lists.push(List::Empty);
        }
        if let Some(list) = self.lists.get_mut(key.position()) {
            list.add(value);
        }
    }

    pub(super) fn drop(&mut self, key: Ix<K>, value: &V) {
        if !self.of(key).contains(value) {
            return;
        }
        if let Some(list) = self.lists.get_mut(key.position()) {
            list.drop(value);
        }
    }
}

impl<V: Clone + Ord> List<V> {
    #[inline]
    fn values(&self) -> &[V] {
        match self {
            Self::Empty => &[],
            Self::One(value) => from_ref(value),
            Self::Many(values) => values,
        }
    }

    fn add(&mut self, value: V) {
        let Err(at) = self.values().binary_search(&value) else { return };
        match self {
            Self::Empty => *self = Self::One(value),
            Self::One(first) => {
                let mut values = vec![first.clone()];
                values.reserve_exact(1);
                values.insert(at, value);
                *self = Self::Many(Arc::new(values));
            }
            Self::Many(values) => {
                let values = Arc::make_mut(values);
                if values.len() < SHORT {
                    values.reserve_exact(1);
                }
                values.insert(at, value);
            }
        }
    }

    /// Forgets a value that is in it.
    fn drop(&mut self, value: &V) {
        if let Self::Many(values) = self {
            let values = Arc::make_mut(values);
            values.retain(|other| other != value);
            if let [last] = &values[..] {
                *self = Self::One(last.clone());
            }
        } else {
            *self = Self::Empty;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_sets_whose_copies_do_not_change(
            steps in prop::collection::vec((any::<bool>(), 1u32..4, 0u8..6), 0..60),
            copied in 0usize..60,
        ) {
            let (mut lists, mut expected) = (Lists::<(), u8>::default(), vec![BTreeSet::new(); 4]);
            let mut copy = (lists.clone(), expected.clone());
            let all = |lists: &Lists<(), u8>| (1..4).map(|key| lists.of(Ix::at(key)).to_vec()).collect::<Vec<_>>();
            let sets = |sets: &[BTreeSet<u8>]| {
                sets[1..].iter().map(|set| set.iter().copied().collect::<Vec<_>>()).collect::<Vec<_>>()
            };
            for (step, (adds, key, value)) in steps.into_iter().enumerate() {
                if step == copied {
                    copy = (lists.clone(), expected.clone());
                }
                let (ix, set) = (Ix::at(key as usize), &mut expected[key as usize]);
                if adds {
                    lists.add(ix, value);
                    set.insert(value);
                } else {
                    lists.drop(ix, &value);
                    set.remove(&value);
                }
                prop_assert_eq!(all(&lists), sets(&expected));
            }
            prop_assert_eq!(all(&copy.0), sets(&copy.1));
        }
    }
}
