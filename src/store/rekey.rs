//! Moving the vault to another key: begun once, done in batches, ended when nothing readable is left under the old one.
//!
//! Each batch is a transaction of its own, so others read and write in between, and a kill loses one batch at most. A
//! row is replaced only if it still holds the token that was opened.

use uuid::Uuid;

use super::{
    Store,
    attempt::attempt,
    audit::{self, AuditEntry},
    error::StoreError,
    fact, query,
    secret::{self, Mark, VaultRow},
    version::{Place, forget_marks},
};
use crate::domain::{Text, Timestamp};

pub(super) const BEGIN: &str = "UPDATE vault SET key_id = $1, parameters = $2, old_key_id = $3, old_parameters = $4, \
     old_root = $5 WHERE one = 1 AND key_id = $3 AND old_key_id IS NULL";
pub(super) const END: &str = "UPDATE vault SET old_key_id = NULL, old_parameters = NULL, old_root = NULL \
     WHERE one = 1 AND key_id = $1 AND old_key_id IS NOT NULL";
pub(super) const LEFT: &str = "SELECT count(*) FROM secret_versions v WHERE v.key_id <> $1 AND v.token IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM unreadable u WHERE u.workspace = v.workspace AND u.version = v.id)";
pub(super) const RESEAL: &str = "UPDATE secret_versions SET key_id = $1, token = $2 \
     WHERE workspace = $3 AND id = $4 AND token = $5";

/// A version sealed anew.
#[derive(Clone, Debug)]
pub struct ResealedRow {
    /// Which.
    pub place: Place,
    /// The token that was opened.
    pub opened: Text,
    /// The token under the new key.
    pub token: Text,
    /// The marks of its fields under the new key.
    pub marks: Vec<Mark>,
}

impl Store {
    /// Moves the vault to another key, whose row keeps the old one wrapped: from now on only the new one seals.
    ///
    /// Fails with [`StoreError::OtherKey`] if it moved meanwhile, or a rekey runs already.
    pub async fn begin_rekey(&self, vault: &VaultRow, entry: &AuditEntry) -> Result<(), StoreError> {
        let old = vault.old.as_ref().ok_or(StoreError::OtherKey)?;
        attempt(|| async {
            let mut session = self.engine.write().await?;
            let values = vec![
                vault.key_id.into(),
                vault.parameters.as_str().into(),
                old.key_id.into(),
                old.parameters.as_str().into(),
                old.root.as_str().into(),
            ];
            if session.execute(BEGIN, values).await? != 1 {
                return Err(StoreError::OtherKey);
            }
            audit::append(&mut *session, std::slice::from_ref(entry)).await?;
            session.commit().await
        })
        .await
    }

    /// Writes a batch: secrets sealed anew under `key_id`, and marks of those that open under neither key.
    ///
    /// Fails with [`StoreError::OtherKey`] if that is not the key that seals. A secret that was replaced or destroyed
    /// since it was read stays as it is.
    pub async fn reseal(
        &self,
        key_id: Uuid,
        resealed: &[ResealedRow],
        unreadable: &[Place],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            if secret::vault(&mut *session).await?.map(|vault| vault.key_id) != Some(key_id) {
                return Err(StoreError::OtherKey);
            }
            let mut written: Vec<&ResealedRow> = Vec::with_capacity(resealed.len());
            for row in resealed {
                let (workspace, version) = row.place;
                let token = |token: &Text| token.into();
                let values =
                    vec![key_id.into(), token(&row.token), workspace.into(), version.into(), token(&row.opened)];
                if session.execute(RESEAL, values).await? == 1 {
                    forget_marks(&mut *session, workspace, version).await?;
                    written.push(row);
                }
            }
            let marks = written.iter().map(|row| (row.place.0, row.place.1, &row.marks[..]));
            secret::add_marks(&mut *session, marks).await?;
            fact::mark_all(&mut *session, unreadable, at).await?;
            session.commit().await
        })
        .await
    }

    /// Ends a rekey to `key_id`: the old key is deleted. Says no if secrets that may be readable are still under another.
    pub async fn end_rekey(&self, key_id: Uuid, entry: &AuditEntry) -> Result<bool, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            if query::one(&mut *session, LEFT, vec![key_id.into()], query::int).await? > 0 {
                return Ok(false);
            }
            if session.execute(END, vec![key_id.into()]).await? != 1 {
                return Err(StoreError::OtherKey);
            }
            audit::append(&mut *session, std::slice::from_ref(entry)).await?;
            session.commit().await?;
            Ok(true)
        })
        .await
    }
}
