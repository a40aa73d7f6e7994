//! A vector in shared chunks: copies share everything, and a write copies one chunk.

use std::sync::Arc;

/// How many values one chunk holds. A write copies at most this many, a copy of the vector one pointer for as many.
const CHUNK: usize = 128;

/// A growing vector whose copies are cheap and independent.
#[derive(Clone, Debug)]
pub struct Chunks<T> {
    chunks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Chunks<T> {
    /// Returns how many values there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns the value at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> Option<&T> {
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// Returns the value at `at` for writing, after copying its chunk if others share it.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        Arc::make_mut(self.chunks.get_mut(at / CHUNK)?).get_mut(at % CHUNK)
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::new(Vec::with_capacity(if self.len == 0 { 4 } else { CHUNK })));
        }
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).push(value);
            self.len += 1;
        }
    }

    /// Returns the values in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
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
