//! Who is here: operators with a console open on the same workspace, so that two admins see each other.
//!
//! A session says once a minute that it is there. That is no deed: nothing else of the database changes by it, nobody's
//! rights depend on it, and who can't write is not seen.

use jiff::SignedDuration;

use super::{failure::Failure, session::Session};
use crate::{
    domain::{Text, Timestamp, id::Id},
    store::{Present, Seat},
};

/// How often a session says that it is there.
pub const EVERY: std::time::Duration = std::time::Duration::from_mins(1);

/// After how long without a word somebody is taken to be gone.
const GONE: SignedDuration = SignedDuration::from_secs(150);

/// Somebody else who is here, as far as the operator may see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Who; nothing if the operator may not see them.
    pub login: Option<Text>,
    /// How they came.
    pub door: Text,
    /// Since when.
    pub since: Timestamp,
}

impl Session {
    /// Says that the session is there, and returns who else is. Who may not write, or is no operator, only looks.
    pub async fn show_presence(&self, seat: Id<Seat>) -> Result<Vec<Other>, Failure> {
        let (now, view) = (self.door().now(), self.view());
        let me = super::session::operator(&view).filter(|_| !self.is_read_only());
        if let Some(operator) = me {
            let door = if self.identity().is_afar() { "ssh" } else { "console" };
            let present = Present { seat, operator, door: door.into(), since: now, seen: now };
            let gone = now.checked_sub(GONE).unwrap_or(now);
            self.door().store.appear(self.workspace(), &present, gone).await?;
        }
        self.others_here(seat).await
    }

    /// Returns who else is here.
    pub async fn others_here(&self, seat: Id<Seat>) -> Result<Vec<Other>, Failure> {
        let view = self.view();
        let now = self.door().now();
        let since = now.checked_sub(GONE).unwrap_or(now);
        let all = self.door().store.present(self.workspace(), since).await?;
        let seen =
            |it: &Present| view.operators().find(|(_, known)| known.id == it.operator).map(|(_, it)| it.login.clone());
        let others = all.into_iter().filter(|it| it.seat != seat);
        Ok(others.map(|it| Other { login: seen(&it), door: it.door, since: it.since }).collect())
    }

    /// Says that the session is over.
    pub async fn end_presence(&self, seat: Id<Seat>) -> Result<(), Failure> {
        if self.is_read_only() || self.view().me().is_none() {
            return Ok(());
        }
        Ok(self.door().store.vanish(self.workspace(), seat).await?)
    }
}
