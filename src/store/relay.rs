//! A relay: what one thread reads, another takes in, so that rows are decoded while records are found a place.

use std::{
    mem::replace,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{JoinHandle, spawn},
};

use super::error::StoreError;

/// How many values are handed over at once: each time costs as much as reading a few of them.
const BATCH: usize = 128;

/// How many batches may wait. Whoever reads waits then, too, so that little is held twice.
const WAITING: usize = 16;

/// Takes in one value.
type Take<T, V> = Box<dyn FnMut(&mut T, V) + Send>;

/// Hands values over to what takes them in, in the order in which they come. For a few no thread is begun.
pub(super) struct Relay<T, V> {
    batch: Vec<V>,
    taker: Taker<T, V>,
}

enum Taker<T, V> {
    /// Nothing was handed over yet.
    Here(T, Take<T, V>),
    Aside(SyncSender<Vec<V>>, JoinHandle<T>),
    /// It is on its way from the one to the other.
    Gone,
}

impl<T: Send + 'static, V: Send + 'static> Relay<T, V> {
    pub(super) fn new(into: T, take: impl FnMut(&mut T, V) + Send + 'static) -> Self {
        Self { batch: Vec::new(), taker: Taker::Here(into, Box::new(take)) }
    }

    pub(super) fn put(&mut self, value: V) {
        self.batch.push(value);
        if self.batch.len() == BATCH {
            let batch = replace(&mut self.batch, Vec::with_capacity(BATCH));
            self.taker = replace(&mut self.taker, Taker::Gone).aside();
            if let Taker::Aside(send, _) = &self.taker {
                // Nobody listens only after a panic, of which the end will tell.
                let _told_at_the_end = send.send(batch);
            }
        }
    }

    /// Returns what everything was taken into; keeps the thread busy until it was.
    pub(super) fn end(self) -> Result<T, StoreError> {
        let interrupted = || StoreError::Engine("taking in what was read was interrupted".to_owned());
        match self.taker {
            Taker::Here(mut into, mut take) => {
                self.batch.into_iter().for_each(|value| take(&mut into, value));
                Ok(into)
            }
            Taker::Aside(send, done) => {
                let _told_below = send.send(self.batch);
                drop(send);
                done.join().map_err(|_| interrupted())
            }
            Taker::Gone => Err(interrupted()),
        }
    }
}

impl<T: Send + 'static, V: Send + 'static> Taker<T, V> {
    /// Takes in on a thread of its own from now on. It ends when nothing more can come.
    fn aside(self) -> Self {
        let Self::Here(mut into, mut take) = self else { return self };
        let (send, receive) = sync_channel::<Vec<V>>(WAITING);
        let done = spawn(move || {
            receive.into_iter().flatten().for_each(|value| take(&mut into, value));
            into
        });
        Self::Aside(send, done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_or_many_arrive_in_their_order() {
        for count in [0, 1, BATCH - 1, BATCH, BATCH + 1, BATCH * (WAITING + 3) + 7] {
            let mut relay = Relay::new(Vec::new(), |into: &mut Vec<usize>, value| into.push(value));
            (0..count).for_each(|value| relay.put(value));
            assert_eq!(relay.end().expect("nobody interrupts"), (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_few_are_taken_in_where_they_are_read() {
        let here = std::thread::current().id();
        let threads = |count: usize| {
            let mut relay = Relay::new(Vec::new(), |into: &mut Vec<_>, _| into.push(std::thread::current().id()));
            (0..count).for_each(|value| relay.put(value));
            relay.end().expect("nobody interrupts")
        };
        assert!(threads(BATCH - 1).iter().all(|thread| *thread == here));
        assert!(threads(BATCH).iter().all(|thread| *thread != here));
    }

    #[test]
    fn a_panic_where_values_are_taken_in_is_told_where_they_are_read() {
        let mut relay = Relay::new((), |(), value: usize| assert!(value != BATCH, "on purpose"));
        (0..BATCH * (WAITING + 3)).for_each(|value| relay.put(value));
        assert!(matches!(relay.end(), Err(StoreError::Engine(_))));
    }
}
