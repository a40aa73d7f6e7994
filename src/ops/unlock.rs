//! Unlocking: who opened the vault stands on record, and so does who tried with another key.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    session::Session,
};
use crate::vault::SecretKey;

/// How many wrong keys are answered at once: slips of the finger.
const FREE: u32 = 3;

/// The longest that a wrong key waits for its answer.
const LONGEST: Duration = Duration::from_secs(30);

/// How many wrong keys this process was given in a row.
#[derive(Debug, Default)]
pub(super) struct Wrong(AtomicU32);

impl Wrong {
    /// Counts one more.
    fn count(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Returns how long the answer to a wrong key is held back: nothing at first, then twice as long each time.
fn delay(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None | Some(0) => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << (more - 1).min(5)).min(LONGEST),
    }
}

impl Door {
    /// Unlocks the vault for somebody, and writes down that they did, or that their key was another.
    ///
    /// A vault whose unlocking can't be written down stays locked; in a database that is open for reading only, nothing
    /// is written, and nothing disclosed either.
    pub async fn unlock_for(&self, who: &Identity, key: SecretKey) -> Result<(), Failure> {
        let unlocked = self.unlock(key).await;
        let mut entry = who.entry(self.now(), "unlock");
        entry.subject = "vault".into();
        match unlocked {
            Ok(()) => {
                self.wrong_keys().forget();
                if !self.is_read_only()
                    && let Err(error) = self.store.append_audit(&[entry]).await
                {
                    self.lock();
                    return Err(
                        Failure::from(error).hint("the vault stays locked: what can't be written down is not done")
                    );
                }
                Ok(())
            }
            Err(failure) if failure.kind == Kind::NotAllowed => {
                let wrong = self.wrong_keys().count();
                entry = entry.because("denied", &failure);
                entry.details.insert("in_a_row".to_owned(), wrong.into());
                // That it can't be noted does not make the key right.
                let _ = self.store.append_audit(&[entry]).await;
                tokio::time::sleep(delay(wrong)).await;
                Err(failure)
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Session {
    /// Says whether secrets can be sealed and opened in this session now.
    pub fn is_unlocked(&self) -> bool {
        self.door().is_unlocked()
    }

    /// Unlocks the vault for this session's operator.
    pub async fn unlock(&self, key: SecretKey) -> Result<(), Failure> {
        self.door().unlock_for(self.identity(), key).await
    }

    /// Forgets the keys.
    pub fn lock(&self) {
        self.door().lock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ops::tests::{house, somebody},
        store::AuditFilter,
    };

    fn key(text: &str) -> SecretKey {
        SecretKey::new(zeroize::Zeroizing::new(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn wrong_keys_wait_longer_and_longer_after_the_first() {
        let waits: Vec<u64> = (1..=10).map(|wrong| delay(wrong).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(delay(u32::MAX), LONGEST);
    }

    #[tokio::test]
    async fn unlocking_is_on_record_and_a_wrong_key_opens_nothing() {
        let house = house().await;
        house.door.create_vault(key("k3y-of-the-test-Zq7kdf83Lm2x")).await.unwrap();
        let session = house.session("founder").await;
        session.lock();
        let refused = session.unlock(key("another-k3y-Zq7kdf83Lm2x")).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotAllowed);
        assert!(refused.message.contains("not the one of this database") && !session.is_unlocked());
        house.door.unlock_for(&somebody("founder"), key("k3y-of-the-test-Zq7kdf83Lm2x")).await.unwrap();
        assert!(session.is_unlocked());

        let filter = AuditFilter { action: Some("unlock".into()), ..AuditFilter::default() };
        let rows = house.door.store.audit(&filter, 9).await.unwrap();
        let told: Vec<_> = rows.iter().rev().map(|row| (&*row.entry.login, &*row.entry.outcome)).collect();
        assert_eq!(told, [("founder", "denied"), ("founder", "done")]);
        assert!(!format!("{rows:?}").contains("Zq7kdf"), "no key is on record");
    }
}
