//! Writing changes as rows: first everything is compared with what its change expects, then written kind by kind.
//!
//! Removals come first, then edits, then additions, so that a name that one thing gives up can be taken by another.
//! References are checked by the engine when the transaction ends.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    attempt::Passing,
    codec::Writer,
    engine::{Row, Session, Value},
    error::{ApplyError, Refusal, StoreError},
    query::{delete_rows, write_rows},
    record::{self, Rows},
    table::{BATCH, BySize, Table},
};
use crate::domain::{
    change::Change,
    people::Workspace,
    record::{Kind, Record},
};

pub(super) const EDIT_WORKSPACE: &str = "UPDATE workspaces SET name = $2, allow_request_overrides = $3, \
     owner_policy = $4, approval = $5, note = $6 WHERE id = $1 AND name = $7 AND allow_request_overrides = $8 \
     AND owner_policy = $9 AND approval = $10 AND note IS NOT DISTINCT FROM $11";

/// The changes of one kind.
struct OfKind<'a> {
    kind: Kind,
    table: Table,
    workspace: Uuid,
    /// What a removed thing was, and the change.
    removed: Vec<(&'a Change, Rows)>,
    /// What an edited thing was and shall be.
    edited: Vec<(&'a Change, Rows, Rows)>,
    /// What a new thing shall be.
    added: Vec<(&'a Change, Rows)>,
}

/// Why changes were not written.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// Something of the batch that begins with this thing would exist twice.
    Batch(Uuid),
    /// What the caller is told.
    Apply(ApplyError),
}

impl From<ApplyError> for Unwritten {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Apply(error.into())
    }
}

impl From<Unwritten> for ApplyError {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::Batch(_) => StoreError::Constraint(Refusal::Twice("something".to_owned())).into(),
            Unwritten::Apply(error) => error,
        }
    }
}

impl Passing for Unwritten {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Apply(error) if error.is_contention())
    }
}

/// Where and how changes are written.
#[derive(Clone, Copy)]
struct Place {
    revision: u64,
    /// The first thing of a batch that is written one by one.
    doubtful: Option<Uuid>,
}

/// Writes changes of distinct things; the batch that begins with the thing `doubtful` one by one.
pub(super) async fn changes(
    session: &mut dyn Session,
    workspace: Uuid,
    changes: &[Change],
    revision: u64,
    doubtful: Option<Uuid>,
) -> Result<(), Unwritten> {
    let place = Place { revision, doubtful };
    for change in changes.iter().filter(|change| change.kind() == Kind::Workspace) {
        edit_workspace(session, workspace, change).await?;
    }
    let kinds: Vec<OfKind<'_>> =
        Kind::ALL.iter().filter_map(|&kind| OfKind::gather(kind, workspace, changes)).collect();
    for kind in &kinds {
        kind.compare(session).await?;
    }
    // What refers goes before what is referred to, so that the engine has no open references to remember.
    for kind in kinds.iter().rev() {
        kind.remove(session).await?;
    }
    for kind in &kinds {
        kind.edit(session, place).await?;
    }
    for kind in &kinds {
        kind.add(session, place).await?;
    }
    Ok(())
}

impl<'a> OfKind<'a> {
    /// Sorts out the changes of a kind; `None` if there are none.
    fn gather(kind: Kind, workspace: Uuid, changes: &'a [Change]) -> Option<Self> {
        let table = record::table(kind)?;
        let mut own = Self { kind, table, workspace, removed: Vec::new(), edited: Vec::new(), added: Vec::new() };
        for change in changes.iter().filter(|change| change.kind() == kind) {
            match (change.before().and_then(record::rows), change.after().and_then(record::rows)) {
                (Some(before), None) => own.removed.push((change, before)),
                (Some(before), Some(after)) => own.edited.push((change, before, after)),
                (None, Some(after)) => own.added.push((change, after)),
                (None, None) => {}
            }
        }
        (own.removed.len() + own.edited.len() + own.added.len() > 0).then_some(own)
    }

    /// Makes sure that every thing is as its change expects it.
    async fn compare(&self, session: &mut dyn Session) -> Result<(), ApplyError> {
        let removed = self.removed.iter().map(|(change, before)| (*change, before));
        let expected: Vec<(&Change, &Rows)> =
            removed.chain(self.edited.iter().map(|(change, before, _)| (*change, before))).collect();
        for chunk in expected.chunks(BATCH) {
            let mut found = Found::new(chunk.iter().map(|(_, before)| *before));
            found.read_own(session, &self.table, self.workspace).await?;
            for (list, table) in self.table.lists.iter().enumerate() {
                found.read_list(session, table, list, self.workspace).await?;
            }
            if let Some((change, _)) = chunk.iter().find(|(_, before)| !found.is_as_expected(before)) {
                let (id, name) = (change.uuid(), name(change.subject()));
                return Err(ApplyError::Moved { kind: self.kind, id, name });
            }
        }
        Ok(())
    }

    async fn remove(&self, session: &mut dyn Session) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = self.removed.iter().map(|(_, before)| before.id).collect();
        Ok(delete_rows(session, &self.table, self.workspace, &ids).await?)
    }

    async fn edit(&self, session: &mut dyn Session, place: Place) -> Result<(), Unwritten> {
        let ids: Vec<Uuid> = self.edited.iter().map(|(_, before, _)| before.id).collect();
        for list in self.table.lists {
            delete_rows(session, list, self.workspace, &ids).await?;
        }
        self.vacate_names(session).await?;
        let edited: Vec<(&Change, &Rows)> = self.edited.iter().map(|(change, _, after)| (*change, after)).collect();
        self.write(session, &self.table.statements().replace, &edited, place).await
    }

    async fn add(&self, session: &mut dyn Session, place: Place) -> Result<(), Unwritten> {
        let added: Vec<(&Change, &Rows)> = self.added.iter().map(|(change, after)| (*change, after)).collect();
        self.write(session, &self.table.statements().insert, &added, place).await
    }

    /// Gives things that change names a name that nobody else has, so that two can exchange theirs.
    async fn vacate_names(&self, session: &mut dyn Session) -> Result<(), StoreError> {
        let Some((label, relabel)) = self.table.label.zip(self.table.statements().relabel.as_deref()) else {
            return Ok(());
        };
        let renamed: Vec<Uuid> = self
            .edited
            .iter()
            .filter(|(_, before, after)| before.own[label] != after.own[label])
            .map(|(_, before, _)| before.id)
            .collect();
        if renamed.len() > 1 {
            for id in renamed {
                let mut values = self.table.scope(self.workspace);
                values.extend([id.into(), format!("\u{1}{id}").into()]);
                session.execute(relabel, values).await?;
            }
        }
        Ok(())
    }

    async fn write(
        &self,
        session: &mut dyn Session,
        statement: &'static BySize,
        things: &[(&Change, &Rows)],
        place: Place,
    ) -> Result<(), Unwritten> {
        for chunk in things.chunks(BATCH) {
            self.write_own(session, statement, chunk, place).await?;
        }
        for (list, table) in self.table.lists.iter().enumerate() {
            let rows = things.iter().flat_map(|(_, rows)| list_rows(rows, list, table, self.workspace));
            write_rows(session, &table.statements().insert, rows).await?;
        }
        Ok(())
    }

    /// Writes the rows of some things; those that don't fill a batch, or are in doubt, one by one.
    async fn write_own(
        &self,
        session: &mut dyn Session,
        statement: &'static BySize,
        things: &[(&Change, &Rows)],
        place: Place,
    ) -> Result<(), Unwritten> {
        let row = |rows: &Rows| {
            let mut values = self.table.scope(self.workspace);
            values.extend(rows.own.iter().cloned());
            values.extend(self.table.stamped.then(|| Value::from(place.revision)));
            values
        };
        let first = things.first().map(|(_, rows)| rows.id);
        if let Some(first) = first.filter(|first| things.len() == BATCH && place.doubtful != Some(*first)) {
            let all = things.iter().flat_map(|(_, rows)| row(rows)).collect();
            return match session.execute(statement.of(BATCH), all).await {
                // The transaction can't go on: another names the culprit.
                Err(StoreError::Constraint(Refusal::Twice(_))) => Err(Unwritten::Batch(first)),
                other => Ok(other.map(drop)?),
            };
        }
        for (change, rows) in things {
            session.execute(statement.of(1), row(rows)).await.map_err(|error| match error {
                StoreError::Constraint(Refusal::Twice(_)) => {
                    ApplyError::Taken { kind: self.kind, name: name(change.subject()) }
                }
                other => other.into(),
            })?;
        }
        Ok(())
    }
}

/// Returns the rows of one list of a thing, complete with their keys.
fn list_rows<'a>(
    rows: &'a Rows,
    list: usize,
    table: &'a Table,
    workspace: Uuid,
) -> impl Iterator<Item = Vec<Value>> + 'a {
    rows.parts_of(list).zip(0u64..).map(move |(part, ordinal)| {
        let mut values = table.scope(workspace);
        values.extend([rows.id.into(), ordinal.into()]);
        values.extend(part.iter().cloned());
        values
    })
}

/// What the database holds of some things, compared with what is expected of them.
struct Found<'a> {
    expected: HashMap<Uuid, &'a Rows>,
    /// How many rows were as expected: a thing's own, and those of its lists.
    right: HashMap<Uuid, usize>,
}

impl<'a> Found<'a> {
    fn new(expected: impl Iterator<Item = &'a Rows>) -> Self {
        Self { expected: expected.map(|rows| (rows.id, rows)).collect(), right: HashMap::new() }
    }

    fn ids(&self) -> Vec<Uuid> {
        self.expected.keys().copied().collect()
    }

    async fn read_own(&mut self, session: &mut dyn Session, table: &Table, workspace: Uuid) -> Result<(), StoreError> {
        let values = table.about(workspace, &self.ids());
        let sql = table.statements().some.of(self.expected.len());
        let mut each = |row: &dyn Row| {
            let id = row.uuid(0)?.unwrap_or_default();
            if let Some(rows) = self.expected.get(&id)
                && same(&rows.own, row, 0)?
            {
                *self.right.entry(id).or_default() += 1;
            }
            Ok(())
        };
        session.rows(sql, values, &mut each).await
    }

    async fn read_list(
        &mut self,
        session: &mut dyn Session,
        table: &Table,
        list: usize,
        workspace: Uuid,
    ) -> Result<(), StoreError> {
        let values = table.about(workspace, &self.ids());
        let sql = table.statements().some.of(self.expected.len());
        let mut parts: HashMap<Uuid, _> = self.expected.iter().map(|(id, rows)| (*id, rows.parts_of(list))).collect();
        let right = &mut self.right;
        let mut each = |row: &dyn Row| {
            let id = row.uuid(0)?.unwrap_or_default();
            let part = parts.get_mut(&id).and_then(Iterator::next);
            // A row too many can't be made up for by another that is missing: it takes the thing out for good.
            let as_expected = part.map_or(Ok(false), |part| same(part, row, 2))?;
            let count = right.entry(id).or_default();
            *count = if as_expected { count.saturating_add(1) } else { usize::MAX };
            Ok(())
        };
        session.rows(sql, values, &mut each).await
    }

    fn is_as_expected(&self, rows: &Rows) -> bool {
        self.right.get(&rows.id) == Some(&(1 + rows.parts.len()))
    }
}

/// Says whether `row` holds `values` from `column` on.
fn same(values: &[Value], row: &dyn Row, column: usize) -> Result<bool, StoreError> {
    for (value, column) in values.iter().zip(column..) {
        if !value.is_in(row, column)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name for a message; the id of what has none.
fn name(record: &Record) -> String {
    record.name().map_or_else(|| record.uuid().to_string(), ToString::to_string)
}

/// Returns the values of a workspace's own row.
pub(super) fn workspace_row(workspace: &Workspace) -> Vec<Value> {
    let mut row = Writer::default();
    row.id(workspace.id).text(&workspace.name).flag(workspace.allow_request_overrides);
    row.word(workspace.owner_policy.word()).flag(workspace.approval).maybe_text(workspace.note.as_ref());
    row.0
}

async fn edit_workspace(session: &mut dyn Session, id: Uuid, change: &Change) -> Result<(), ApplyError> {
    let (Some(Record::Workspace(before)), Some(Record::Workspace(after))) = (change.before(), change.after()) else {
        return Err(ApplyError::Workspace);
    };
    if after.id.uuid() != id {
        return Err(ApplyError::Workspace);
    }
    let values = workspace_row(after).into_iter().chain(workspace_row(before).into_iter().skip(1)).collect();
    match session.execute(EDIT_WORKSPACE, values).await {
        Ok(1) => Ok(()),
        Ok(_) => Err(ApplyError::Moved { kind: Kind::Workspace, id, name: before.name.to_string() }),
        Err(StoreError::Constraint(Refusal::Twice(_))) => {
            Err(ApplyError::Taken { kind: Kind::Workspace, name: after.name.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}
