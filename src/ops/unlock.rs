//! Unlocking: who opened the vault stands on record, and so does who tried with another key.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    session::Session,
};
use crate::{
    domain::people::Role,
    vault::{KeySources, SecretKey, Vault},
};

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
        self.vault().is_some()
    }

    /// Returns the vault, if it is unlocked in this session.
    pub(super) fn vault(&self) -> Option<Arc<Vault>> {
        let is_open = !self.door().is_held() || self.confirmed.load(Ordering::Relaxed);
        self.door().vault().filter(|_| is_open)
    }

    /// Unlocks the vault for this session's operator. From afar nobody hands keys in.
    pub async fn unlock(&self, key: SecretKey) -> Result<(), Failure> {
        if self.identity().is_afar() {
            return Err(Failure::new(Kind::NotAllowed, "SECRET_KEY is not taken over SSH or HTTP")
                .hint("whoever runs the server starts it with --secret-key-file"));
        }
        self.door().unlock_for(self.identity(), key).await
    }

    /// Unlocks this session alone, where a server holds the keys: on record, and for those whose roles let them work
    /// with secrets. `keys` is where the server has them, if it did not read them yet. What is disclosed then is judged one by one, as everywhere.
    pub async fn confirm_unlock(&self, keys: Option<&KeySources>) -> Result<(), Failure> {
        if !self.door().is_held()
            && let Some(keys) = keys
        {
            self.door().hold(keys.read()?).await?;
        }
        if !self.door().is_held() {
            return Err(Failure::new(Kind::NotAllowed, "the server holds no SECRET_KEY, so the vault stays locked")
                .hint("whoever runs the server starts it with --secret-key-file"));
        }
        let view = self.refresh().await?;
        let works = |role: Role| !matches!(role, Role::Viewer | Role::Auditor);
        if self.is_read_only() || !view.really().is_some_and(|me| me.grants.iter().any(|grant| works(grant.role))) {
            let failure = Failure::new(Kind::NotAllowed, "your roles let you work with no secret");
            return Err(self.denied("unlock", "vault", failure).await);
        }
        self.note("unlock", "vault", "done", None).await?;
        self.confirmed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Locks the vault: for this session, where a server holds the keys, else by forgetting them.
    pub fn lock(&self) {
        self.confirmed.store(false, Ordering::Relaxed);
        if !self.door().is_held() {
            self.door().lock();
        }
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

    #[tokio::test]
    async fn where_a_server_holds_the_key_each_session_unlocks_for_itself_by_its_role_and_on_record() {
        let house = house().await;
        house.door.create_vault(key("k3y-of-the-test-Zq7kdf83Lm2x")).await.unwrap();
        house.door.hold(key("k3y-of-the-test-Zq7kdf83Lm2x")).await.unwrap();
        let founder = house.session("founder").await;
        crate::ops::tests::add(
            &founder,
            crate::domain::record::Kind::Operator,
            &[("login", "viv"), ("roles", "viewer")],
        )
        .await;
        let (viewer, other) = (house.session("viv").await, house.session("founder").await);
        assert!(house.door.is_unlocked() && !founder.is_unlocked());
        founder.confirm_unlock(None).await.unwrap();
        assert!(founder.is_unlocked() && !other.is_unlocked(), "it is unlocked for itself alone");
        assert_eq!(viewer.confirm_unlock(None).await.unwrap_err().kind, Kind::NotAllowed);
        assert!(!viewer.is_unlocked());
        founder.lock();
        assert!(!founder.is_unlocked() && house.door.is_unlocked(), "the server keeps the key");
        let afar = Identity { source: "192.0.2.7".to_owned(), ..somebody("founder") };
        let workspace = house.door.workspace(None).await.unwrap();
        let session = house.door.session(&workspace, afar, false).await.unwrap();
        assert!(session.unlock(key("k3y-of-the-test-Zq7kdf83Lm2x")).await.is_err(), "nobody types it from afar");

        let filter = AuditFilter { action: Some("unlock".into()), ..AuditFilter::default() };
        let rows = house.door.store.audit(&filter, 9).await.unwrap();
        let told: Vec<_> = rows.iter().rev().map(|row| (&*row.entry.login, &*row.entry.outcome)).collect();
        assert_eq!(told, [("founder", "done"), ("viv", "denied")]);
    }
}
