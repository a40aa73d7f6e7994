//! Operators belong to the whole database, and are changed through any of its workspaces, each with a revision of its
//! own. What must hold for all of them at once is looked at here, after the writes and in the same transaction.

use super::{
    Store,
    engine::Session,
    error::{ApplyError, StoreError},
    query,
};
use crate::domain::{
    Text,
    change::Change,
    id::Id,
    people::{Grant, GrantScope, Operator, Role, Workspace},
    record::{Kind, Record},
};

pub(super) const SSH_KEYS: &str = "SELECT operators.id, operators.login, operator_ssh_keys.ssh_key FROM operator_ssh_keys \
     JOIN operators ON operators.id = operator_ssh_keys.operator ORDER BY operators.login, operator_ssh_keys.ordinal";
pub(super) const RAISE: &str = "UPDATE database SET people = people + 1 WHERE one = 1";
pub(super) const KEEPERS: &str = "SELECT COUNT(*) FROM operator_grants WHERE role = 'keeper' AND on_kind = 'database'";
pub(super) const WORKSPACES_OF: &str = "SELECT w.id AS id, w.name AS name FROM operators o \
     JOIN operator_grants g ON g.operator = o.id JOIN workspaces w ON w.id = g.on_workspace WHERE o.login = $1 \
     UNION SELECT w.id AS id, w.name AS name FROM operators o JOIN operator_grants g ON g.operator = o.id \
     JOIN departments d ON d.id = g.on_department JOIN workspaces w ON w.id = d.workspace WHERE o.login = $1 \
     ORDER BY name";
pub(super) const ADMINS: &str = "SELECT COUNT(*) FROM operator_grants WHERE role = 'admin' AND on_workspace = $1";

impl Store {
    /// Returns every SSH key, with the id and login of whoever holds it.
    pub async fn ssh_keys(&self) -> Result<Vec<(Id<Operator>, Text, Text)>, StoreError> {
        let mut session = self.engine.read().await?;
        query::all(&mut *session, SSH_KEYS, Vec::new(), |row| Ok((row.id()?, row.text()?, row.text()?))).await
    }

    /// Returns the workspaces in which an operator was granted something, in whole or in a department, by name.
    pub async fn workspaces_of(&self, login: &str) -> Result<Vec<(Id<Workspace>, Text)>, StoreError> {
        let mut session = self.engine.read().await?;
        let read = |row: &mut super::codec::Reader<'_>| Ok((row.id()?, row.text()?));
        query::all(&mut *session, WORKSPACES_OF, vec![login.into()], read).await
    }
}

/// Tells every workspace that people changed, if some did, and makes sure that somebody is left to keep the database
/// and to administrate each workspace.
///
/// Raising the number makes writers of all workspaces take turns until they commit, so that what is counted after it is
/// what will be.
pub(super) async fn follow(session: &mut dyn Session, changes: &[Change]) -> Result<(), ApplyError> {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.kind() == Kind::Operator).collect();
    if changes.is_empty() {
        return Ok(());
    }
    session.execute(RAISE, Vec::new()).await?;
    for grant in taken(&changes) {
        if left(session, grant).await? == Some(0) {
            return Err(ApplyError::Deserted { role: grant.role });
        }
    }
    Ok(())
}

/// Returns the grants that changes take from somebody, each once.
fn taken(changes: &[&Change]) -> Vec<Grant> {
    let held = |record: Option<&Record>| match record {
        Some(Record::Operator(operator)) => operator.grants.clone(),
        _ => Vec::new(),
    };
    let of = |change: &&Change| {
        let has = held(change.after());
        held(change.before()).into_iter().filter(move |grant| !has.contains(grant))
    };
    let mut taken: Vec<Grant> = changes.iter().flat_map(of).collect();
    taken.sort_unstable();
    taken.dedup();
    taken
}

/// Counts who holds a grant that somebody must hold; `None` if nobody must.
async fn left(session: &mut dyn Session, grant: Grant) -> Result<Option<u64>, StoreError> {
    let (sql, values) = match (grant.role, grant.on) {
        (Role::Keeper, GrantScope::Database) => (KEEPERS, Vec::new()),
        (Role::Admin, GrantScope::Workspace(workspace)) => (ADMINS, vec![workspace.into()]),
        _ => return Ok(None),
    };
    query::one(session, sql, values, query::count).await.map(Some)
}
