//! Who is here: the sessions of a server, as long as they last.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::Timestamp;

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Whose it is.
    pub login: String,
    /// Where from.
    pub source: String,
    /// Since when.
    pub since: Timestamp,
    /// What it is: the console, or a command by its first word.
    pub what: String,
}

/// The sessions of a server.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<Sessions>>);

#[derive(Debug, Default)]
struct Sessions {
    next: u64,
    present: BTreeMap<u64, Present>,
}

/// A session that is listed until this is dropped.
#[derive(Debug)]
pub struct Listed {
    presence: Presence,
    number: u64,
}

impl Presence {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists a session.
    pub fn enter(&self, present: Present) -> Listed {
        let mut sessions = self.sessions();
        sessions.next += 1;
        let number = sessions.next;
        sessions.present.insert(number, present);
        drop(sessions);
        Listed { presence: self.clone(), number }
    }

    /// Returns who is here, in the order in which they came.
    pub fn all(&self) -> Vec<Present> {
        self.sessions().present.values().cloned().collect()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.presence.sessions().present.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_is_listed_until_they_go() {
        let presence = Presence::default();
        let come = |login: &str| {
            let (login, source, what) = (login.to_owned(), "192.0.2.1".to_owned(), "console".to_owned());
            presence.enter(Present { login, source, since: Timestamp::UNIX_EPOCH, what })
        };
        let (alice, _bob) = (come("alice"), come("bob"));
        let logins = || presence.all().into_iter().map(|it| it.login).collect::<Vec<_>>();
        assert_eq!(logins(), ["alice", "bob"]);
        drop(alice);
        assert_eq!(logins(), ["bob"]);
    }
}
