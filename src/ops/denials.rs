//! Denials: what was tried and refused is on record, in a transaction of its own, and counted so that it can't flood.

use jiff::SignedDuration;

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    session::Session,
};

/// For how long one denial stands for the same that follow: of one login, one action, for one reason.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

impl Session {
    /// Notes a refusal. That it can't be noted, as in a database that can only be read, does not undo the refusal.
    pub(super) async fn note_denial(&self, action: &str, subject: &str, failure: &Failure) {
        if self.is_read_only() {
            return;
        }
        let entry = self.entry(action, subject, "denied").because("denied", failure);
        let _ = self.door().store.append_repeated(&entry, WINDOW).await;
    }

    /// Notes a lack of rights, and hands the refusal on.
    pub(super) async fn denied(&self, action: &str, subject: &str, failure: Failure) -> Failure {
        if failure.kind == Kind::NotAllowed {
            self.note_denial(action, subject, &failure).await;
        }
        failure
    }
}

impl Door {
    /// Notes that somebody came whom the database does not know, or who holds nothing in it.
    pub(super) async fn turned_away(&self, identity: &Identity, why: &str) {
        if self.is_read_only() {
            return;
        }
        let entry = identity.entry(self.now(), "login").because("denied", why);
        let _ = self.store.append_repeated(&entry, WINDOW).await;
    }

    /// Writes down the counts of what was repeated some time ago.
    pub(super) async fn settle_repeated(&self) -> Result<(), Failure> {
        Ok(self.store.settle_repeated(self.now(), WINDOW).await?)
    }
}
