//! Sealed secrets and the vault's parameters, as opaque as they come: nothing here opens anything.
//!
//! A version comes as `staged` or `next`. Which one is `current` follows from the records: `version` moves them on.

use std::sync::LazyLock;

use uuid::Uuid;

use super::{
    Store,
    attempt::attempt,
    codec::{Reader, Writer},
    engine::{Session, Value},
    error::StoreError,
    query,
    table::BySize,
};
use crate::domain::{
    Text, Timestamp,
    credential::{Credential, SecretVersion},
    fact::{Answer, Tested},
    id::Id,
    people::Workspace,
};

pub(super) const VAULT: &str =
    "SELECT key_id, parameters, old_key_id, old_parameters, old_root FROM vault WHERE one = 1";
pub(super) const MAKE_VAULT: &str =
    "INSERT INTO vault (one, key_id, parameters) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING";
pub(super) const PUT: &str = "INSERT INTO secret_versions (workspace, id, credential, state, key_id, token, \
     created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(super) const OF_CREDENTIAL: &str = "SELECT id, credential, state, key_id, token, created_at, valid_until, \
     tested_at, tested, tested_by FROM secret_versions WHERE workspace = $1 AND credential = $2 ORDER BY created_at, id";
pub(super) const BY_ID: &str = "SELECT id, credential, state, key_id, token, created_at, valid_until, \
     tested_at, tested, tested_by FROM secret_versions WHERE workspace = $1 AND id = $2";
pub(super) const SEALED: &str = "SELECT workspace, id, credential, state, key_id, token, created_at, valid_until, \
     tested_at, tested, tested_by FROM secret_versions WHERE token IS NOT NULL AND (key_id <> $1 OR $1 IS NULL) \
     AND (workspace, id) > ($2, $3) ORDER BY workspace, id LIMIT $4";
pub(super) const MARKS: &str = "SELECT field, mark FROM fingerprints WHERE workspace = $1 AND version = $2";
pub(super) const FORGET_MARKS: &str = "DELETE FROM fingerprints WHERE workspace = $1 AND version = $2";
pub(super) const TWINS: &str = "SELECT f.mark, v.credential FROM fingerprints f \
     JOIN secret_versions v ON v.workspace = f.workspace AND v.id = f.version \
     WHERE f.workspace = $1 AND v.state = 'current' AND EXISTS (SELECT 1 FROM fingerprints o \
     JOIN secret_versions w ON w.workspace = o.workspace AND w.id = o.version WHERE o.workspace = f.workspace \
     AND o.mark = f.mark AND w.state = 'current' AND w.credential <> v.credential) ORDER BY f.mark, v.credential";

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

    /// The word for the database, and for lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Next => "next",
            Self::Current => "current",
            Self::Old => "old",
            Self::Destroyed => "destroyed",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The keyed mark of a field: equal for equal values.
pub type Mark = (Text, [u8; 32]);

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
    /// When an old one is destroyed.
    pub valid_until: Option<Timestamp>,
    /// How it was tried, if it was. Not written with it.
    pub tested: Option<Tested>,
    /// The keyed marks of its fields. Written with it, and not read back.
    pub marks: Vec<Mark>,
}

impl Store {
    /// Returns what the database keeps about its vault; nothing before the first `SECRET_KEY`.
    pub async fn vault(&self) -> Result<Option<VaultRow>, StoreError> {
        vault(&mut *self.engine.read().await?).await
    }

    /// Keeps the parameters of the first vault of a database. Fails with [`StoreError::OtherKey`] if there is one.
    pub async fn make_vault(&self, key_id: Uuid, parameters: &str) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            if session.execute(MAKE_VAULT, vec![key_id.into(), parameters.into()]).await? != 1 {
                return Err(StoreError::OtherKey);
            }
            session.commit().await
        })
        .await
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

    /// Returns the keyed marks of a version.
    pub async fn marks_of(
        &self,
        workspace: Id<Workspace>,
        version: Id<SecretVersion>,
    ) -> Result<Vec<Mark>, StoreError> {
        let read = |row: &mut Reader<'_>| Ok((row.text()?, row.bytes()?));
        query::all(&mut *self.engine.read().await?, MARKS, vec![workspace.into(), version.into()], read).await
    }

    /// Writes new sealed versions that no record refers to yet.
    pub async fn put_secrets(&self, workspace: Id<Workspace>, secrets: &[SecretRow]) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            put(&mut *session, workspace, secrets).await?;
            session.commit().await
        })
        .await
    }

    /// Returns at most `limit` sealed versions of every workspace behind `after`, in the order of their ids; of all
    /// keys, or of all but one.
    pub async fn sealed(
        &self,
        but_under: Option<Uuid>,
        after: Option<(Id<Workspace>, Id<SecretVersion>)>,
        limit: u32,
    ) -> Result<Vec<(Id<Workspace>, SecretRow)>, StoreError> {
        let (workspace, version) = after.map_or((Uuid::nil(), Uuid::nil()), |(one, other)| (one.uuid(), other.uuid()));
        let values = vec![Value::Uuid(but_under), workspace.into(), version.into(), u64::from(limit).into()];
        let read = |row: &mut Reader<'_>| Ok((row.id()?, read_secret(row)?));
        query::all(&mut *self.engine.read().await?, SEALED, values, read).await
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

/// Returns the credentials whose current secrets have a field in common, group by group.
pub(super) async fn same(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
) -> Result<Vec<Vec<Id<Credential>>>, StoreError> {
    let read = |row: &mut Reader<'_>| Ok((row.bytes::<32>()?, row.id()?));
    let marks = query::all(session, TWINS, vec![workspace.into()], read).await?;
    let mut groups: Vec<Vec<Id<Credential>>> = marks
        .chunk_by(|(one, _), (other, _)| one == other)
        .map(|group| group.iter().map(|(_, credential)| *credential).collect())
        .collect();
    groups.sort();
    groups.dedup();
    Ok(groups)
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

/// Writes new sealed versions within a transaction that does more. Only the active key may have sealed them.
pub(super) async fn put(
    session: &mut dyn Session,
    workspace: Id<Workspace>,
    secrets: &[SecretRow],
) -> Result<(), StoreError> {
    if secrets.is_empty() {
        return Ok(());
    }
    let active = vault(session).await?.map(|vault| vault.key_id);
    if secrets.iter().any(|secret| active != Some(secret.key_id)) {
        return Err(StoreError::OtherKey);
    }
    for secret in secrets {
        let mut values = Writer::default();
        values.id(workspace).id(secret.version).id(secret.credential).word(secret.state.word());
        values.put(secret.key_id.into()).maybe_text(secret.token.as_ref()).put(secret.created_at.into());
        session.execute(PUT, values.0).await?;
    }
    let marks = secrets.iter().map(|secret| (workspace, secret.version, &secret.marks[..]));
    add_marks(session, marks).await
}

/// Writes the keyed marks of versions that have none.
pub(super) async fn add_marks<'a>(
    session: &mut dyn Session,
    marked: impl Iterator<Item = (Id<Workspace>, Id<SecretVersion>, &'a [Mark])> + Send,
) -> Result<(), StoreError> {
    static INSERT: LazyLock<BySize> =
        LazyLock::new(|| BySize::insertion("fingerprints", true, &["version", "field", "mark"]));
    let rows = marked.flat_map(|(workspace, version, marks)| {
        let row = move |(field, mark): &Mark| {
            vec![workspace.into(), version.into(), field.into(), Value::from(mark.as_slice())]
        };
        marks.iter().map(row)
    });
    query::write_rows(session, &INSERT, rows).await
}

pub(super) fn read_secret(row: &mut Reader<'_>) -> Result<SecretRow, StoreError> {
    Ok(SecretRow {
        version: row.id()?,
        credential: row.id()?,
        state: row.word(VersionState::from_word)?,
        key_id: row.id::<()>()?.uuid(),
        token: row.maybe_text()?,
        created_at: row.time()?,
        valid_until: row.maybe_time()?,
        tested: read_tested(row)?,
        marks: Vec::new(),
    })
}

/// Reads the three columns of a trial.
pub(super) fn read_tested(row: &mut Reader<'_>) -> Result<Option<Tested>, StoreError> {
    let (at, answer, by) = (row.maybe_time()?, row.maybe_word(Answer::from_word)?, row.maybe_text()?);
    Ok(at.zip(answer).zip(by).map(|((at, answer), by)| Tested { at, answer, by }))
}
