//! Loading: the whole of a workspace in one consistent snapshot.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    Store,
    codec::{Reader, Texts},
    engine::{Row, Session, Value},
    error::StoreError,
    fact, query,
    record::Stored,
    relay::Relay,
};
use crate::domain::{
    Timestamp,
    assignment::{Assignment, Origin},
    credential::{Credential, Instance, Pool},
    fact::Facts,
    hash::Keyed,
    id::Id,
    people::{Department, Operator, OwnerPolicy, Workspace},
    provider::{Model, Price, Provider},
    record::Record,
    workflow::{App, Node, Workflow},
};

/// A workspace as it was at one moment.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Every record, in the order in which they can be written, the workspace first; rules with who wrote them.
    pub records: Vec<(Record, Option<Arc<Origin>>)>,
    /// Which state it is.
    pub numbers: Numbers,
    /// What is known beside the configuration.
    pub facts: Facts,
}

/// Which state a workspace is in. Two snapshots with equal numbers are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The revision of the workspace's configuration.
    pub revision: u64,
    /// The number of its facts.
    pub facts: u64,
    /// The number of the operators, whom all workspaces share: a change set of another workspace may raise it.
    pub people: u64,
}

pub(super) const WORKSPACES: &str =
    "SELECT id, name, allow_request_overrides, owner_policy, approval, note FROM workspaces ORDER BY name";
pub(super) const WORKSPACE: &str =
    "SELECT id, name, allow_request_overrides, owner_policy, approval, note FROM workspaces WHERE id = $1";
pub(super) const NUMBERS: &str = "SELECT w.revision, w.facts, d.people FROM workspaces w, database d WHERE w.id = $1";
pub(super) const ORIGINS: &str = "SELECT number, login, at FROM revisions WHERE workspace = $1 \
     AND number IN (SELECT revision FROM assignments WHERE workspace = $1)";

pub(super) fn read_workspace(row: &mut Reader<'_>) -> Result<Workspace, StoreError> {
    Ok(Workspace {
        id: row.id()?,
        name: row.text()?,
        allow_request_overrides: row.flag()?,
        owner_policy: row.word(OwnerPolicy::from_word)?,
        approval: row.flag()?,
        note: row.maybe_text()?,
    })
}

/// Reads which state a workspace is in.
pub(super) async fn numbers(session: &mut dyn Session, workspace: Id<Workspace>) -> Result<Numbers, StoreError> {
    let read = |row: &mut Reader<'_>| Ok(Numbers { revision: row.count()?, facts: row.count()?, people: row.count()? });
    let found = query::maybe_one(session, NUMBERS, vec![workspace.into()], read).await?;
    found.ok_or(StoreError::NoWorkspace(workspace.uuid()))
}

impl Store {
    /// Returns every workspace, by name.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        let mut session = self.engine.read().await?;
        query::all(&mut *session, WORKSPACES, Vec::new(), read_workspace).await
    }

    /// Returns which state a workspace is in: cheap, for those who were told that something changed.
    pub async fn numbers(&self, workspace: Id<Workspace>) -> Result<Numbers, StoreError> {
        numbers(&mut *self.engine.read().await?, workspace).await
    }

    /// Loads a workspace whole, as it is at one moment; `now` says which thirty days are the last.
    pub async fn load(&self, workspace: Id<Workspace>, now: Timestamp) -> Result<Loaded, StoreError> {
        let push = |records: &mut Vec<_>, record, origin| records.push((record, origin));
        let (records, numbers, facts) = self.load_into(workspace, now, Vec::new(), push).await?;
        Ok(Loaded { records, numbers, facts })
    }

    /// Loads a workspace whole, and has each record taken in as it comes, in the order in which they can be written,
    /// the workspace first; so nobody holds them all twice. It works on threads of its own.
    pub async fn load_into<T: Send + 'static>(
        &self,
        workspace: Id<Workspace>,
        now: Timestamp,
        into: T,
        mut take: impl FnMut(&mut T, Record, Option<Arc<Origin>>) + Send + 'static,
    ) -> Result<(T, Numbers, Facts), StoreError> {
        let store = self.clone();
        super::aside(Box::pin(async move {
            let mut session = store.engine.sweep().await?;
            let numbers = numbers(&mut *session, workspace).await?;
            let mut relay = Relay::new(into, move |into: &mut T, (record, origin)| take(into, record, origin));
            let mut each = |record, origin| relay.put((record, origin));
            Loading::new(&mut *session, workspace.uuid(), &mut each).everything().await?;
            let facts = fact::load(&mut *session, workspace, now).await?;
            Ok((relay.end()?, numbers, facts))
        }))
        .await
    }
}

/// Takes in a record, and who wrote it.
type Take<'a> = dyn FnMut(Record, Option<Arc<Origin>>) + Send + 'a;

struct Loading<'a> {
    session: &'a mut dyn Session,
    workspace: Uuid,
    texts: Texts,
    origins: HashMap<u64, Arc<Origin>>,
    take: &'a mut Take<'a>,
}

impl<'a> Loading<'a> {
    fn new(session: &'a mut dyn Session, workspace: Uuid, take: &'a mut Take<'a>) -> Self {
        Self { session, workspace, texts: Texts::default(), origins: HashMap::new(), take }
    }

    async fn everything(mut self) -> Result<(), StoreError> {
        self.own().await?;
        self.kind::<Department>().await?;
        self.kind::<Operator>().await?;
        self.kind::<Provider>().await?;
        self.kind::<Model>().await?;
        self.kind::<Price>().await?;
        self.kind::<Credential>().await?;
        self.kind::<Pool>().await?;
        self.kind::<Instance>().await?;
        self.kind::<App>().await?;
        self.kind::<Workflow>().await?;
        self.kind::<Node>().await?;
        self.origins().await?;
        self.kind::<Assignment>().await
    }

    async fn own(&mut self) -> Result<(), StoreError> {
        let workspace = query::one(self.session, WORKSPACE, vec![self.workspace.into()], read_workspace).await?;
        (self.take)(workspace.into(), None);
        Ok(())
    }

    /// Reads who wrote the rules there are: one origin per revision, shared by its rules.
    async fn origins(&mut self) -> Result<(), StoreError> {
        let read = |row: &mut Reader<'_>| {
            let revision = row.count()?;
            Ok((revision, Arc::new(Origin { author: row.shared()?, at: row.time()?, revision })))
        };
        self.origins =
            query::all(self.session, ORIGINS, vec![self.workspace.into()], read).await?.into_iter().collect();
        Ok(())
    }

    async fn kind<T>(&mut self) -> Result<(), StoreError>
    where
        T: Stored + Into<Record> + Send,
        T::Part: Send,
    {
        let mut parts = self.parts::<T>().await?;
        let (texts, origins, take) = (&mut self.texts, &self.origins, &mut self.take);
        let mut each = |row: &dyn Row| {
            let id = row.uuid(0)?.unwrap_or_default();
            let mut reader = Reader::new(row, texts);
            let record = T::read(&mut reader, parts.remove(&id).unwrap_or_default())?;
            let origin = if T::TABLE.stamped { origins.get(&reader.count()?).cloned() } else { None };
            take(record.into(), origin);
            Ok(())
        };
        self.session.rows(&T::TABLE.statements().all, T::TABLE.scope(self.workspace), &mut each).await
    }

    /// Reads the rows of the lists of every `T`, by the thing that they belong to.
    async fn parts<T>(&mut self) -> Result<HashMap<Uuid, Vec<T::Part>, Keyed>, StoreError>
    where
        T: Stored,
        T::Part: Send,
    {
        let mut parts: HashMap<Uuid, Vec<T::Part>, Keyed> = HashMap::default();
        for (list, table) in T::TABLE.lists.iter().enumerate() {
            let texts = &mut self.texts;
            let mut each = |row: &dyn Row| {
                let mut reader = Reader::new(row, texts);
                let (owner, _ordinal) = (reader.id::<T>()?, reader.int()?);
                parts.entry(owner.uuid()).or_default().push(T::read_part(list, &mut reader)?);
                Ok(())
            };
            let values: Vec<Value> = table.scope(self.workspace);
            self.session.rows(&table.statements().all, values, &mut each).await?;
        }
        Ok(parts)
    }
}
