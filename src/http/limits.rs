//! Limits: how often somebody may come, and how many at once. Each address and each token has a bucket that fills with
//! time and from which every request takes.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config::subscriber;

/// How many buckets are kept at most. Full ones go first: they are as good as new ones.
const MOST_BUCKETS: usize = 10_000;

/// What one request takes out of a bucket.
pub const ONE: f64 = 1.0;

/// What a request takes that proves nothing: who guesses is slowed down ten times as much.
pub const UNPROVED: f64 = 10.0;

/// Where a request comes from, as far as it is counted: one address, or the network that one subscriber has in IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum From {
    /// An address.
    Address(IpAddr),
    /// A user of this machine, through a socket of the file system.
    User(u32),
}

impl From {
    /// Returns where a connection comes from.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(subscriber(address))
    }
}

/// Buckets by whatever is counted.
#[derive(Debug)]
pub struct Rate<K> {
    /// How much a bucket holds: a minute's worth.
    size: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Eq + Hash + Copy> Rate<K> {
    /// Allows so many requests a minute.
    pub fn per_minute(requests: u32) -> Self {
        Self { size: f64::from(requests), buckets: Mutex::default() }
    }

    /// Takes out of a bucket; says in how many seconds there is enough, if there is not.
    pub fn take(&self, key: K, amount: f64, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            self.make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: self.size, at: now });
        bucket.left = self.filled(*bucket, now);
        bucket.at = now;
        if bucket.left >= amount {
            bucket.left -= amount;
            return Ok(());
        }
        let missing = (amount - bucket.left) / self.size * 60.0;
        Err(Duration::from_secs_f64(missing.clamp(0.0, 60.0)).as_secs() + 1)
    }

    /// Takes more out of a bucket that was asked already; it may go below nothing by that much.
    pub fn punish(&self, key: K, amount: f64) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&key) {
            bucket.left -= amount;
        }
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + since / 60.0 * self.size).min(self.size)
    }

    /// Lets go of the buckets that are full, or else of the quarter that was touched longest ago: those are the nearest
    /// to full. A quarter at once, so that a crowd of new places costs little each.
    fn make_room(&self, buckets: &mut HashMap<K, Bucket>, now: Instant) {
        buckets.retain(|_, bucket| self.filled(*bucket, now) < self.size);
        if buckets.len() > MOST_BUCKETS * 3 / 4 {
            let mut touched: Vec<Instant> = buckets.values().map(|bucket| bucket.at).collect();
            let (_, quarter, _) = touched.select_nth_unstable(MOST_BUCKETS / 4);
            let quarter = *quarter;
            let mut left = MOST_BUCKETS / 4;
            buckets.retain(|_, bucket| {
                let goes = left > 0 && bucket.at <= quarter;
                left -= usize::from(goes);
                !goes
            });
        }
    }
}

/// How many connections are open, altogether and from each place.
#[derive(Debug)]
pub struct Open {
    most: usize,
    open: Mutex<HashMap<From, usize>>,
}

/// A place among the open connections; given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    open: Arc<Open>,
    from: From,
}

impl Open {
    /// Allows so many at once; half of them from one place, so that nobody keeps everybody out.
    pub fn at_most(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// Takes a seat, if there is one.
    pub fn enter(self: &Arc<Self>, from: From) -> Option<Seat> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = open.get(&from).copied().unwrap_or_default();
        if open.values().sum::<usize>() >= self.most || here >= self.most.div_ceil(2) {
            return None;
        }
        open.insert(from, here + 1);
        Some(Seat { open: Arc::clone(self), from })
    }

    /// Counts them.
    pub fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.from) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_with_time() {
        let (rate, start) = (Rate::per_minute(60), Instant::now());
        for _ in 0..60 {
            assert_eq!(rate.take(1, ONE, start), Ok(()));
        }
        assert_eq!(rate.take(1, ONE, start), Err(2), "one second's worth is missing");
        assert_eq!(rate.take(2, ONE, start), Ok(()), "everybody has their own");
        assert_eq!(rate.take(1, ONE, start + Duration::from_secs(1)), Ok(()));
        assert!(rate.take(1, ONE, start + Duration::from_secs(1)).is_err());
        rate.punish(1, UNPROVED);
        assert!(rate.take(1, ONE, start + Duration::from_secs(10)).is_err(), "who guessed waits longer");
        assert_eq!(rate.take(1, ONE, start + Duration::from_secs(13)), Ok(()));
    }

    #[test]
    fn many_places_take_no_more_room_than_there_is() {
        let (rate, start) = (Rate::per_minute(10), Instant::now());
        for key in 0..3 * MOST_BUCKETS {
            assert_eq!(rate.take(key, ONE, start), Ok(()));
        }
        assert!(rate.buckets.lock().unwrap().len() <= MOST_BUCKETS);
    }

    #[test]
    fn one_place_never_takes_all_seats() {
        let (open, one, other) = (Open::at_most(4), From::User(1), From::User(2));
        let seats: Vec<_> = (0..4).filter_map(|_| open.enter(one)).collect();
        assert_eq!((seats.len(), open.count()), (2, 2));
        let more: Vec<_> = (0..4).filter_map(|_| open.enter(other)).collect();
        assert_eq!((more.len(), open.count()), (2, 4));
        assert!(open.enter(From::User(3)).is_none());
        drop(seats);
        assert_eq!(open.count(), 2);
        assert!(open.enter(From::User(3)).is_some());
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_place() {
        let from = |text: &str| From::address(text.parse().unwrap());
        assert_eq!(from("2001:db8::1"), from("2001:db8::ffff:1"));
        assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
        assert_eq!(from("::ffff:10.0.0.1"), from("10.0.0.1"));
        assert_ne!(from("10.0.0.1"), from("10.0.0.2"));
    }
}
