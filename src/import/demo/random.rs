//! Chance that repeats itself: the same seed and stream give the same numbers on every machine and in every version.
//!
//! Every thing draws from a stream of its own, so things can be made in any order, again, or not at all, and the rest
//! stays as it was. The generator is `SplitMix64` (Steele, Lea and Flood, 2014); nothing here guards a secret.

use jiff::Timestamp;
use uuid::Uuid;

/// A source of numbers for one thing.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Begins the stream that `path` names under a seed.
    pub(super) fn new(seed: u64, path: &[u64]) -> Self {
        let mut random = Self(seed);
        for &step in path {
            random.0 = random.next().wrapping_add(step);
        }
        random
    }

    /// Returns the next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `low` to `high`, both included.
    pub(super) const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Says yes in so many of a hundred cases.
    pub(super) const fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// Chooses one of several.
    ///
    /// # Panics
    /// If there is none.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let last = from.len() as u64 - 1;
        usize::try_from(self.between(0, last)).map_or(&from[0], |at| &from[at])
    }
}

/// The stable ids of a demo: UUIDs of version 7, whose time says only in which order they were given out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    seed: u64,
    start: u64,
}

impl Ids {
    /// Begins at an instant.
    pub(super) fn new(seed: u64, start: Timestamp) -> Self {
        Self { seed, start: u64::try_from(start.as_millisecond()).unwrap_or(0) }
    }

    /// Returns the id of the thing with a number in a series.
    pub(super) fn of(&self, series: u64, number: u64) -> Uuid {
        let mut random = Random::new(self.seed, &[series, number]);
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&random.next().to_be_bytes());
        bytes[8..].copy_from_slice(&random.next().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(self.start + number, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // The first outputs of SplitMix64 for the seed 1234567, as its authors' C code prints them.
        let mut random = Random::new(1_234_567, &[]);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |path: &[u64]| Random::new(7, path).next();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
    }

    #[test]
    fn ids_are_ordered_within_a_series() {
        let ids = Ids::new(7, Timestamp::UNIX_EPOCH);
        assert!(ids.of(1, 1) < ids.of(1, 2));
        assert_ne!(ids.of(1, 1), ids.of(2, 1));
        assert_eq!(ids.of(1, 1).get_version_num(), 7);
    }
}
