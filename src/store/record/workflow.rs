//! Apps, workflows and nodes as rows.

use super::{Stored, no_lists};
use crate::domain::{
    people::OwnerPolicy,
    provider::ModelKind,
    workflow::{App, Force, Node, Ownership, Selector, Uses, Workflow},
};
use crate::store::{
    codec::{Reader, Writer},
    error::StoreError,
    table::Table,
};

impl Stored for App {
    const TABLE: Table = Table::new(
        "apps",
        &[
            "id",
            "name",
            "department",
            "owner",
            "owner_department",
            "owner_operator",
            "budget",
            "budget_kind",
            "note",
            "foreign_id",
        ],
    )
    .labelled(1);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).maybe_id(self.department);
        match self.owner {
            None => row.no_owner(None),
            Some(owner) => row.owner(owner),
        };
        row.budget(self.budget).maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            name: row.text()?,
            department: row.maybe_id()?,
            owner: row.ownership()?.1,
            budget: row.budget()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

impl Stored for Workflow {
    const TABLE: Table = Table::new(
        "workflows",
        &[
            "id",
            "name",
            "app",
            "department",
            "owner",
            "owner_department",
            "owner_operator",
            "environment",
            "owner_policy",
            "force",
            "draft",
            "budget",
            "budget_kind",
            "note",
            "foreign_id",
        ],
    )
    .labelled(1);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).maybe_id(self.app).maybe_id(self.department);
        match self.owner {
            Ownership::Inherited => row.no_owner(Some("inherited")),
            Ownership::Nobody => row.no_owner(Some("nobody")),
            Ownership::Named(owner) => row.owner(owner),
        };
        row.maybe_text(self.environment.as_ref()).maybe_word(self.owner_policy.map(OwnerPolicy::word));
        row.word(self.force.word()).flag(self.draft).budget(self.budget);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            name: row.text()?,
            app: row.maybe_id()?,
            department: row.maybe_id()?,
            owner: read_ownership(row)?,
            environment: row.maybe_shared()?,
            owner_policy: row.maybe_word(OwnerPolicy::from_word)?,
            force: row.word(Force::from_word)?,
            draft: row.flag()?,
            budget: row.budget()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

fn read_ownership(row: &mut Reader<'_>) -> Result<Ownership, StoreError> {
    match row.ownership()? {
        (_, Some(owner)) => Ok(Ownership::Named(owner)),
        (Some("inherited"), None) => Ok(Ownership::Inherited),
        (Some("nobody"), None) => Ok(Ownership::Nobody),
        _ => Err(StoreError::Corrupt("a workflow's owner is unknown".to_owned())),
    }
}

impl Stored for Node {
    const TABLE: Table = Table::new(
        "nodes",
        &[
            "id",
            "workflow",
            "name",
            "title",
            "node_type",
            "kind",
            "provider",
            "model",
            "instance",
            "credential",
            "variable",
            "runs",
            "note",
            "foreign_id",
        ],
    )
    .labelled(2);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).id(self.workflow).text(&self.name).maybe_text(self.title.as_ref());
        row.maybe_text(self.node_type.as_ref()).word(self.kind.word());
        match &self.uses {
            Uses::Model { provider, model } => row.text(provider).text(model).maybe_id::<()>(None),
            Uses::Instance(id) => row.maybe_text(None).maybe_text(None).id(*id),
        };
        row.maybe_id(self.key).maybe_text(self.variable.as_ref().map(Selector::text)).count(self.runs);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            workflow: row.id()?,
            // Most nodes are called as some other is: "LLM", "Answer".
            name: row.shared()?,
            title: row.maybe_shared()?,
            node_type: row.maybe_shared()?,
            kind: row.word(ModelKind::from_word)?,
            uses: read_uses(row)?,
            key: row.maybe_id()?,
            variable: row.maybe_word(|text| text.parse().ok())?,
            runs: row.count()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

fn read_uses(row: &mut Reader<'_>) -> Result<Uses, StoreError> {
    match (row.maybe_shared()?, row.maybe_shared()?, row.maybe_id()?) {
        (Some(provider), Some(model), None) => Ok(Uses::Model { provider, model }),
        (None, None, Some(id)) => Ok(Uses::Instance(id)),
        _ => Err(StoreError::Corrupt("a node names neither one model nor one instance".to_owned())),
    }
}
