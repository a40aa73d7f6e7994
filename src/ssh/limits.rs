//! Limits: how many may come at once, in all, from one address, and before they have shown who they are; and how long
//! an address waits whose keys were refused too often.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::config::subscriber;

/// For how long refused logins count.
const REMEMBERED: Duration = Duration::from_mins(5);

/// How many addresses are remembered for their failures; more than that wait together with them.
const MOST_REMEMBERED: usize = 10_000;

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address (of IPv6: one /64).
    pub per_address: usize,
    /// Connections that have not shown yet who they are.
    pub unauthenticated: usize,
    /// How long they may take for that.
    pub login: Duration,
    /// How many connections of an address may fail within five minutes before it has to wait.
    pub failures: usize,
    /// How long it waits then.
    pub penalty: Duration,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMany {
    /// The server is full.
    #[error("the server has as many connections as it takes")]
    Connections,
    /// Too many from one address.
    #[error("there are too many connections from this address")]
    FromAddress,
    /// Too many have not logged in.
    #[error("too many are logging in just now")]
    Unauthenticated,
    /// Too many logins of the address were refused.
    #[error("too many logins from this address were refused; wait a minute")]
    Failures,
}

/// Counts who is there.
#[derive(Clone, Debug)]
pub struct Admission {
    limits: Limits,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: usize,
    unauthenticated: usize,
    per_address: HashMap<IpAddr, usize>,
    failures: HashMap<IpAddr, Vec<Instant>>,
}

/// A place among those who are let in, given back when it is dropped.
#[derive(Debug)]
pub struct Ticket {
    admission: Admission,
    address: IpAddr,
    is_authenticated: bool,
}

impl Admission {
    /// Begins with nobody.
    pub fn new(limits: Limits) -> Self {
        Self { limits, counts: Arc::default() }
    }

    /// Returns the limits.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody in, if there is room.
    pub fn admit(&self, address: IpAddr, now: Instant) -> Result<Ticket, TooMany> {
        let address = subscriber(address);
        let mut counts = self.counts();
        if counts.must_wait(address, &self.limits, now) {
            return Err(TooMany::Failures);
        }
        if counts.connections >= self.limits.connections {
            return Err(TooMany::Connections);
        }
        if counts.per_address.get(&address).is_some_and(|count| *count >= self.limits.per_address) {
            return Err(TooMany::FromAddress);
        }
        if counts.unauthenticated >= self.limits.unauthenticated {
            return Err(TooMany::Unauthenticated);
        }
        counts.connections += 1;
        counts.unauthenticated += 1;
        *counts.per_address.entry(address).or_default() += 1;
        drop(counts);
        Ok(Ticket { admission: self.clone(), address, is_authenticated: false })
    }
}

impl Counts {
    /// Says whether an address has to wait, and forgets what is long ago.
    fn must_wait(&mut self, address: IpAddr, limits: &Limits, now: Instant) -> bool {
        let Some(failures) = self.failures.get_mut(&address) else {
            return self.failures.len() >= MOST_REMEMBERED && self.forget(now) >= MOST_REMEMBERED;
        };
        failures.retain(|at| now.duration_since(*at) < REMEMBERED);
        let last = failures.last().copied();
        failures.len() >= limits.failures && last.is_some_and(|at| now.duration_since(at) < limits.penalty)
    }

    /// Forgets what is long ago of all addresses; returns how many are left.
    fn forget(&mut self, now: Instant) -> usize {
        self.failures.retain(|_, failures| failures.last().is_some_and(|at| now.duration_since(*at) < REMEMBERED));
        self.failures.len()
    }
}

impl Ticket {
    /// Notes that they showed who they are.
    pub fn authenticated(&mut self) {
        if !std::mem::replace(&mut self.is_authenticated, true) {
            let mut counts = self.admission.counts();
            counts.unauthenticated -= 1;
            counts.failures.remove(&self.address);
        }
    }

    /// Notes that their login failed.
    pub fn failed(&self, now: Instant) {
        let mut counts = self.admission.counts();
        let most = self.admission.limits.failures;
        let failures = counts.failures.entry(self.address).or_default();
        failures.push(now);
        let old = failures.len().saturating_sub(most.max(1));
        failures.drain(..old);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.connections -= 1;
        counts.unauthenticated -= usize::from(!self.is_authenticated);
        if let Some(count) = counts.per_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.per_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        connections: 4,
        per_address: 2,
        unauthenticated: 3,
        login: Duration::from_secs(30),
        failures: 2,
        penalty: Duration::from_mins(1),
    };

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn each_limit_holds_and_places_are_given_back() {
        let (admission, now) = (Admission::new(LIMITS), Instant::now());
        let mut first = admission.admit(address(1), now).unwrap();
        let second = admission.admit(address(1), now).unwrap();
        assert_eq!(admission.admit(address(1), now).unwrap_err(), TooMany::FromAddress);
        let third = admission.admit(address(2), now).unwrap();
        assert_eq!(admission.admit(address(3), now).unwrap_err(), TooMany::Unauthenticated);
        first.authenticated();
        let fourth = admission.admit(address(3), now).unwrap();
        assert_eq!(admission.admit(address(4), now).unwrap_err(), TooMany::Connections);
        drop(fourth);
        assert!(admission.admit(address(4), now).is_ok());
        drop((first, second, third));
        let counts = admission.counts();
        assert_eq!((counts.connections, counts.unauthenticated, counts.per_address.len()), (0, 0, 0));
    }

    #[test]
    fn an_address_whose_logins_fail_waits_and_a_login_that_succeeds_is_forgiven() {
        let (admission, now) = (Admission::new(LIMITS), Instant::now());
        for _ in 0..2 {
            admission.admit(address(1), now).unwrap().failed(now);
        }
        assert_eq!(admission.admit(address(1), now).unwrap_err(), TooMany::Failures);
        assert!(admission.admit(address(2), now).is_ok());
        let later = now + LIMITS.penalty;
        let mut back = admission.admit(address(1), later).unwrap();
        back.failed(later);
        assert_eq!(admission.admit(address(1), later).unwrap_err(), TooMany::Failures);
        back.authenticated();
        assert!(admission.admit(address(1), later).is_ok());
    }
}
