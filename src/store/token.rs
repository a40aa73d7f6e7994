//! Tokens of programs: what each may, and the hash of its secret part, which alone is kept.

use super::{
    Hash, Store,
    attempt::attempt,
    audit::{self, AuditEntry},
    codec::{Reader, Writer},
    engine::Session,
    error::StoreError,
    fact,
    load::{self, Numbers},
    query,
};
use crate::domain::{Text, Timestamp, fact::TokenEnd, id::Id, people::Workspace, token::Token};

pub(super) const ADD: &str = "INSERT INTO tokens (workspace, id, name, operator, hash, scope, made_at, made_by, \
     expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LIST: &str = "SELECT id, name, operator, scope, made_at, made_by, expires, revoked_at, revoked_by, \
     last_used FROM tokens WHERE workspace = $1 ORDER BY name, made_at, id";
pub(super) const ENDS: &str = "SELECT name, operator, expires FROM tokens WHERE workspace = $1 AND revoked_at IS NULL \
     ORDER BY name, expires";
pub(super) const BY_ID: &str = "SELECT workspace, hash, id, name, operator, scope, made_at, made_by, expires, \
     revoked_at, revoked_by, last_used FROM tokens WHERE id = $1";
pub(super) const REVOKE: &str = "UPDATE tokens SET revoked_at = $3, revoked_by = $4 \
     WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL";
pub(super) const USE: &str = "UPDATE tokens SET last_used = $2 WHERE id = $1 AND (last_used < $2 OR last_used IS NULL)";

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Where it holds.
    pub workspace: Id<Workspace>,
    /// The hash of its secret part.
    pub hash: Hash,
    /// The rest.
    pub token: Token,
}

/// A deed about tokens, and the state on which it was allowed.
#[derive(Clone, Copy, Debug)]
pub struct TokenDeed<'a> {
    /// The workspace.
    pub workspace: Id<Workspace>,
    /// The state on which it was allowed.
    pub judged_on: Numbers,
    /// The row of the audit that tells of it.
    pub entry: &'a AuditEntry,
}

impl Store {
    /// Keeps a new token, with the row that tells of it. Writes nothing and says no if the state moved since it was
    /// judged.
    pub async fn add_token(&self, deed: TokenDeed<'_>, row: &TokenRow) -> Result<bool, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            if !is_still(&mut *session, deed).await? {
                return Ok(false);
            }
            let token = &row.token;
            let mut values = Writer::default();
            values.id(row.workspace).id(token.id).text(&token.name).id(token.operator);
            values.put(row.hash.as_slice().into()).json(&token.scope).put(token.made_at.into());
            values.text(&token.made_by).put(token.expires.into());
            session.execute(ADD, values.0).await?;
            session.execute(fact::RAISE, vec![row.workspace.into()]).await?;
            audit::append(&mut *session, std::slice::from_ref(deed.entry)).await?;
            session.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Takes a token back, with the row that tells of it. Writes nothing and says no if the state moved since it was
    /// judged, or if somebody took it back already.
    pub async fn revoke_token(&self, deed: TokenDeed<'_>, token: Id<Token>) -> Result<bool, StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            if !is_still(&mut *session, deed).await? {
                return Ok(false);
            }
            let entry = deed.entry;
            let values = vec![deed.workspace.into(), token.into(), entry.at.into(), (&entry.login).into()];
            if session.execute(REVOKE, values).await? != 1 {
                return Ok(false);
            }
            session.execute(fact::RAISE, vec![deed.workspace.into()]).await?;
            audit::append(&mut *session, std::slice::from_ref(entry)).await?;
            session.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Notes when a token was used last.
    pub async fn note_token_used(&self, token: Id<Token>, at: Timestamp) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            session.execute(USE, vec![token.into(), at.into()]).await?;
            session.commit().await
        })
        .await
    }

    /// Returns every token of a workspace by name, also those that are over.
    pub async fn tokens(&self, workspace: Id<Workspace>) -> Result<Vec<Token>, StoreError> {
        query::all(&mut *self.engine.read().await?, LIST, vec![workspace.into()], read_token).await
    }

    /// Returns a token of any workspace.
    pub async fn token(&self, id: Id<Token>) -> Result<Option<TokenRow>, StoreError> {
        let read =
            |row: &mut Reader<'_>| Ok(TokenRow { workspace: row.id()?, hash: row.bytes()?, token: read_token(row)? });
        query::maybe_one(&mut *self.engine.read().await?, BY_ID, vec![id.into()], read).await
    }
}

/// Reads when the tokens of a workspace end that nobody took back.
pub(super) async fn ends(session: &mut dyn Session, workspace: Id<Workspace>) -> Result<Vec<TokenEnd>, StoreError> {
    let read = |row: &mut Reader<'_>| Ok(TokenEnd { name: row.text()?, operator: row.id()?, expires: row.time()? });
    query::all(session, ENDS, vec![workspace.into()], read).await
}

/// Says whether the state is the one on which a deed was judged. Every change set waits for the end of the audit chain
/// before it commits, so none comes between.
async fn is_still(session: &mut dyn Session, deed: TokenDeed<'_>) -> Result<bool, StoreError> {
    audit::lock(session).await?;
    Ok(load::numbers(session, deed.workspace).await? == deed.judged_on)
}

fn read_token(row: &mut Reader<'_>) -> Result<Token, StoreError> {
    let (id, name, operator, scope) = (row.id()?, row.text()?, row.id()?, row.json()?);
    let (made_at, made_by, expires) = (row.time()?, row.text()?, row.time()?);
    let (at, by): (Option<Timestamp>, Option<Text>) = (row.maybe_time()?, row.maybe_text()?);
    Ok(Token {
        id,
        name,
        operator,
        scope,
        made_at,
        made_by,
        expires,
        revoked: at.zip(by),
        last_used: row.maybe_time()?,
    })
}
