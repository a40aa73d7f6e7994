//! Sealed secrets and the vault's parameters, as opaque as they come: nothing here opens anything.

use super::{
    Store,
    codec::{Reader, Writer},
    engine::{Session, Value},
    error::StoreError,
    fact, query,
};
use crate::domain::{
    Text, Timestamp,
    credential::{Credential, SecretVersion},
    id::Id,
    people::Workspace,
};
use uuid::Uuid;

pub(super) const VAULT: &str =
    "SELECT key_id, parameters, old_key_id, old_parameters, old_root FROM vault WHERE one = 1";
pub(super) const MAKE_VAULT: &str = "INSERT INTO vault (one, key_id, parameters, old_key_id, old_parameters, old_root) \
     VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (one) DO NOTHING";
pub(super) const MOVE_VAULT: &str = "UPDATE vault SET key_id = $1, parameters = $2, old_key_id = $3, \
     old_parameters = $4, old_root = $5 WHERE one = 1 AND key_id = $6";
pub(super) const PUT: &str = "INSERT INTO secret_versions (workspace, id, credential, state, key_id, token, \
     created_at, valid_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace, id) DO UPDATE \
     SET state = excluded.state, key_id = excluded.key_id, token = excluded.token, valid_until = excluded.valid_until";
pub(super) const OF_CREDENTIAL: &str = "SELECT id, credential, state, key_id, token, created_at, valid_until \
     FROM secret_versions WHERE workspace = $1 AND credential = $2 ORDER BY created_at, id";
pub(super) const BY_ID: &str = "SELECT id, credential, state, key_id, token, created_at, valid_until \
     FROM secret_versions WHERE workspace = $1 AND id = $2";
pub(super) const NOT_UNDER: &str = "SELECT workspace, id, credential, state, key_id, token, created_at, valid_until \
     FROM secret_versions WHERE key_id <> $1 AND token IS NOT NULL ORDER BY workspace, id LIMIT $2";
pub(super) const FORGET_MARKS: &str = "DELETE FROM fingerprints WHERE workspace = $1 AND version = $2";
pub(super) const ADD_MARK: &str = "INSERT INTO fingerprints (workspace, version, field, mark) VALUES ($1, $2, $3, $4)";
pub(super) const TWINS: &str = "SELECT f.mark, v.credential FROM fingerprints f \
     JOIN secret_versions v ON v.workspace = f.workspace AND v.id = f.version \
     WHERE f.workspace = $1 AND v.state = 'current' AND f.mark IN (SELECT o.mark FROM fingerprints o \
     JOIN secret_versions w ON w.workspace = o.workspace AND w.id = o.version \
     WHERE o.workspace = $1 AND w.state = 'current' AND w.credential <> v.credential) ORDER BY f.mark, v.credential";

/// What the database keeps about its vault. Nothing in it opens anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRow {
    /// The key that seals.
    pub key_id: Uuid,
    /// Salt, iterations and check value, as the vault writes them.
    pub parameters: String,
    /// The key before, while a rekey runs.
    pub old: Option<OldVault>,
}

/// The vault's former key while rows are moved away from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldVault {
    /// The key that still opens.
    pub key_id: Uuid,
    /// Its parameters.
    pub parameters: String,
    /// Its root, wrapped under the new one.
    pub root: String,
}

/// Where a version of a secret stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// Part of a change set that is not applied.
    Staged,
    /// Stored beside the current one, to be tried and promoted.
    Next,
    /// In use.
    Current,
    /// Kept until a date after a newer one took over.
    Old,
    /// Gone; the row remembers that it was there.
    Destroyed,
}

impl VersionState {
    const ALL: [Self; 5] = [Self::Staged, Self::Next, Self::Current, Self::Old, Self::Destroyed];

    const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Next => "next",
            Self::Current => "current",
            Self::Old => "old",
            Self::Destroyed => "destroyed",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One version of a credential's secret, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its stable id.
    pub version: Id<SecretVersion>,
    /// Whose secret it is.
    pub credential: Id<Credential>,
    /// Where it stands.
    pub state: VersionState,
    /// The key that sealed it.
    pub key_id: Uuid,
    /// The sealed secret; absent exactly when destroyed.
    pub token: Option<Text>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when an old one is kept.
    pub valid_until: Option<Timestamp>,
    /// The keyed marks of its fields. Written whole with each write, and not read back.
    pub marks: Vec<(Text, [u8; 32])>,
}

impl Store {
    /// Returns what the database keeps about its vault; nothing before the first `SECRET_KEY`.
    pub async fn vault(&self) -> Result<Option<VaultRow>, StoreError> {
        vault(&mut *self.engine.read().await?).await
    }

    /// Keeps a vault's parameters in place of those with the key `expected`, or as the first if that is `None`.
    ///
    /// Fails with [`StoreError::OtherKey`] if somebody else was faster.
    pub async fn set_vault(&self, expected: Option<Uuid>, vault: &VaultRow) -> Result<(), StoreError> {
        let mut session = self.engine.write().await?;
        let old = vault.old.as_ref();
        let text = |text: Option<&String>| Value::Text(text.map(|text| text.as_str().into()));
        let mut values = vec![
            vault.key_id.into(),
            vault.parameters.as_str().into(),
            Value::Uuid(old.map(|old| old.key_id)),
            text(old.map(|old| &old.parameters)),
            text(old.map(|old| &old.root)),
        ];
        values.extend(expected.map(Value::from));
        let sql = if expected.is_some() { MOVE_VAULT } else { MAKE_VAULT };
        if session.execute(sql, values).await? != 1 {
            return Err(StoreError::OtherKey);
        }
        session.commit().await
    }

    /// Returns every version of a credential's secret, oldest first.
    pub async fn secret_versions(
        &self,
        workspace: Id<Workspace>,
        credential: Id<Credential>,
    ) -> Result<Vec<SecretRow>, StoreError> {
        let values = vec![workspace.into(), credential.into()];
        query::all(&mut *self.engine.read().await?, OF_CREDENTIAL, values, read_secret).await
    }

    /// Returns one version of a secret.
    pub async fn secret_version(
        &self,
        workspace: Id<Workspace>,
        version: Id<SecretVersion>,
    ) -> Result<Option<SecretRow>, StoreError> {
        self::version(&mut *self.engine.read().await?, workspace, version).await
    }

    /// Writes sealed versions that no record refers to yet, or whose seal alone changes: staging and rekeying.
    pub async fn put_secrets(&self, workspace: Id<Workspace>, secrets: &[SecretRow]) -> Result<(), StoreError> {
        let mut session = self.engine.write().await?;
        put(&mut *session, workspace, secrets).await?;
        session.commit().await
    }

    /// Returns at most `limit` sealed versions of any workspace that another key than `key_id` sealed.
    pub async fn secrets_not_under(
        &self,
        key_id: Uuid,
        limit: u32,
    ) -> Result<Vec<(Id<Workspace>, SecretRow)>, StoreError> {
        let values = vec![key_id.into(), u64::from(limit).into()];
        let read = |row: &mut Reader<'_>| Ok((row.id()?, read_secret(row)?));
        query::all(&mut *self.engine.read().await?, NOT_UNDER, values, read).await
    }

    /// Returns the credentials whose current secrets have a field in common, group by group.
    pub async fn same_secrets(&self, workspace: Id<Workspace>) -> Result<Vec<Vec<Id<Credential>>>, StoreError> {
        let read = |row: &mut Reader<'_>| Ok((row.bytes::<32>()?, row.id()?));
        let marks = query::all(&mut *self.engine.read().await?, TWINS, vec![workspace.into()], read).await?;
        let mut groups: Vec<Vec<Id<Credential>>> = marks
            .chunk_by(|(one, _), (other, _)| one == other)
            .map(|group| group.iter().map(|(_, credential)| *credential).collect())
            .collect();
        groups.sort();
        groups.dedup();
        Ok(groups)
    }
}

/// Reads one version of a secret.
pub(super) async fn version(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    version: Id<SecretVersion>,
) -> Result<Option<SecretRow>, StoreError> {
    query::maybe_one(session, BY_ID, vec![workspace.into(), version.into()], read_secret).await
}

/// Reads what the database keeps about its vault.
pub(super) async fn vault(session: &mut dyn Session) -> Result<Option<VaultRow>, StoreError> {
    let read = |row: &mut Reader<'_>| {
        let (key_id, parameters) = (row.id::<()>()?.uuid(), row.text()?.to_string());
        let (old, old_parameters, root) = (row.maybe_id::<()>()?, row.maybe_text()?, row.maybe_text()?);
        let old = old.zip(old_parameters).zip(root).map(|((key_id, parameters), root)| OldVault {
            key_id: key_id.uuid(),
            parameters: parameters.to_string(),
            root: root.to_string(),
        });
        Ok(VaultRow { key_id, parameters, old })
    };
    query::maybe_one(session, VAULT, Vec::new(), read).await
}

/// Says whether the token is there already: moving a version on is no sealing.
async fn is_stored(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    secret: &SecretRow,
) -> Result<bool, StoreError> {
    let stored = version(session, workspace, secret.version).await?;
    Ok(stored.is_some_and(|stored| stored.token == secret.token && stored.key_id == secret.key_id))
}

/// Writes sealed versions within a transaction that does more. Only the active key may have sealed them.
pub(super) async fn put(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    secrets: &[SecretRow],
) -> Result<(), StoreError> {
    if secrets.is_empty() {
        return Ok(());
    }
    let active = vault(session).await?.map(|vault| vault.key_id);
    for secret in secrets {
        if secret.token.is_some() && active != Some(secret.key_id) && !is_stored(session, workspace, secret).await? {
            return Err(StoreError::OtherKey);
        }
        let mut values = Writer::default();
        values.id(workspace).id(secret.version).id(secret.credential).word(secret.state.word());
        values.put(secret.key_id.into()).maybe_text(secret.token.as_ref());
        values.put(secret.created_at.into()).maybe_time(secret.valid_until);
        session.execute(PUT, values.0).await?;
        let version = || vec![workspace.into(), secret.version.into()];
        session.execute(FORGET_MARKS, version()).await?;
        for (field, mark) in &secret.marks {
            let values = [version(), vec![field.into(), mark.as_slice().into()]].concat();
            session.execute(ADD_MARK, values).await?;
        }
        session.execute(fact::UNMARK, version()).await?;
    }
    Ok(())
}

fn read_secret(row: &mut Reader<'_>) -> Result<SecretRow, StoreError> {
    Ok(SecretRow {
        version: row.id()?,
        credential: row.id()?,
        state: row.word(VersionState::from_word)?,
        key_id: row.id::<()>()?.uuid(),
        token: row.maybe_text()?,
        created_at: row.time()?,
        valid_until: row.maybe_time()?,
        marks: Vec::new(),
    })
}
