//! Presence: which operators have a console open on the database. A row for each session, touched once in a while; a
//! session that ended without a word is forgotten when its row is old.

use super::{Store, attempt::attempt, codec::Reader, error::StoreError, query};
use crate::domain::{
    Text, Timestamp,
    id::Id,
    people::{Operator, Workspace},
};

pub(super) const TOUCH: &str = "INSERT INTO presence (workspace, seat, operator, door, since, seen) \
     VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (workspace, seat) DO UPDATE SET seen = excluded.seen";
pub(super) const LEAVE: &str = "DELETE FROM presence WHERE workspace = $1 AND seat = $2";
pub(super) const FORGET: &str = "DELETE FROM presence WHERE seen < $1";
pub(super) const PRESENT: &str = "SELECT seat, operator, door, since, seen FROM presence \
     WHERE workspace = $1 AND seen >= $2 ORDER BY since, seat";

/// A session, which has its place among those who are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat;

/// Somebody who has a console open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// The session.
    pub seat: Id<Seat>,
    /// Who it is.
    pub operator: Id<Operator>,
    /// How they came: `console`, `ssh`.
    pub door: Text,
    /// Since when.
    pub since: Timestamp,
    /// When they were last heard of.
    pub seen: Timestamp,
}

impl Store {
    /// Notes that a session is there at this moment, and forgets those that were last heard of before another.
    pub async fn appear(
        &self,
        workspace: Id<Workspace>,
        present: &Present,
        forget_before: Timestamp,
    ) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let values = vec![
                workspace.into(),
                present.seat.into(),
                present.operator.into(),
                (&*present.door).into(),
                present.seen.into(),
            ];
            session.execute(TOUCH, values).await?;
            session.execute(FORGET, vec![forget_before.into()]).await?;
            session.commit().await
        })
        .await
    }

    /// Notes that a session is over.
    pub async fn vanish(&self, workspace: Id<Workspace>, seat: Id<Seat>) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(LEAVE, vec![workspace.into(), seat.into()]).await?;
            session.commit().await
        })
        .await
    }

    /// Returns who was heard of since an instant, whoever has been there longest first.
    pub async fn present(&self, workspace: Id<Workspace>, since: Timestamp) -> Result<Vec<Present>, StoreError> {
        let read = |row: &mut Reader<'_>| {
            Ok(Present {
                seat: row.id()?,
                operator: row.id()?,
                door: row.text()?,
                since: row.time()?,
                seen: row.time()?,
            })
        };
        query::all(&mut *self.engine.read().await?, PRESENT, vec![workspace.into(), since.into()], read).await
    }
}
