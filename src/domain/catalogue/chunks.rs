//! A vector in shared chunks: copies share everything, and a write copies one chunk.

use std::sync::Arc;

/// How many values one chunk holds. A write copies at most this many, a copy of the vector one pointer for as many.
const CHUNK: usize = 128;

/// A growing vector whose copies are cheap and independent.
///
/// Full chunks are slices, so that a value is two steps away; only the last chunk grows.
#[derive(Clone, Debug)]
pub struct Chunks<T> {
    full: Vec<Arc<[T]>>,
    last: Arc<Vec<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Arc::default() }
    }
}

impl<T: Clone> Chunks<T> {
    /// Returns how many values there are.
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len()
    }

    /// Returns the value at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> Option<&T> {
        match self.full.get(at / CHUNK) {
            Some(chunk) => chunk.get(at % CHUNK),
            None => self.last.get(at.checked_sub(self.full.len() * CHUNK)?),
        }
    }

    /// Returns the value at `at` for writing, after copying its chunk if others share it.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let before_last = self.full.len() * CHUNK;
        match self.full.get_mut(at / CHUNK) {
            Some(chunk) => Arc::make_mut(chunk).get_mut(at % CHUNK),
            None => Arc::make_mut(&mut self.last).get_mut(at.checked_sub(before_last)?),
        }
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) {
        Arc::make_mut(&mut self.last).push(value);
        if self.last.len() == CHUNK {
            let chunk = std::mem::take(Arc::make_mut(&mut self.last));
            self.full.push(chunk.into());
        }
    }

    /// Returns the values in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.full.iter().flat_map(|chunk| chunk.iter()).chain(self.last.iter())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_vector_whose_copies_do_not_change(
            first in prop::collection::vec(any::<u16>(), 0..400),
            writes in prop::collection::vec((0usize..400, any::<u16>()), 0..40),
        ) {
            let mut chunks = Chunks::default();
            for &value in &first { chunks.push(value); }
            let copy = chunks.clone();
            let mut expected = first.clone();
            for (at, value) in writes {
                if let Some(slot) = chunks.get_mut(at) { *slot = value; }
                if let Some(slot) = expected.get_mut(at) { *slot = value; }
            }
            prop_assert_eq!(chunks.iter().copied().collect::<Vec<_>>(), expected);
            prop_assert_eq!(copy.iter().copied().collect::<Vec<_>>(), first);
        }
    }
}
