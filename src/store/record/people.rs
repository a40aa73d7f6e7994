//! Departments and operators as rows.

use super::{Stored, no_lists, part};
use crate::domain::{
    Text,
    people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role},
};
use crate::store::{
    codec::{Reader, Writer},
    error::StoreError,
    table::Table,
};

impl Stored for Department {
    const TABLE: Table = Table::new(
        "departments",
        &["id", "name", "parent", "cost_centre", "owner_policy", "budget", "budget_kind", "note", "foreign_id"],
    )
    .labelled(1);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).maybe_id(self.parent).maybe_text(self.cost_centre.as_ref());
        row.maybe_word(self.owner_policy.map(OwnerPolicy::word)).budget(self.budget);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            name: row.text()?,
            parent: row.maybe_id()?,
            cost_centre: row.maybe_shared()?,
            owner_policy: row.maybe_word(OwnerPolicy::from_word)?,
            budget: row.budget()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

/// The lists of an operator, in the order of its tables.
const GRANTS: usize = 0;
const SSH_KEYS: usize = 1;

/// A row of one of an operator's lists.
pub(in crate::store) enum OperatorPart {
    Grant(Grant),
    SshKey(Text),
}

impl Stored for Operator {
    const TABLE: Table = Table::new("operators", &["id", "login", "email", "service", "note", "foreign_id"])
        .of_database()
        .labelled(1)
        .with_lists(&[
            Table::new("operator_grants", &["operator", "ordinal", "role", "on_kind", "on_workspace", "on_department"])
                .of_database(),
            Table::new("operator_ssh_keys", &["operator", "ordinal", "ssh_key"]).of_database(),
        ]);

    type Part = OperatorPart;

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.login).maybe_text(self.email.as_ref()).flag(self.service);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, parts: Vec<OperatorPart>) -> Result<Self, StoreError> {
        let mut operator = Self {
            id: row.id()?,
            login: row.text()?,
            email: row.maybe_text()?,
            service: row.flag()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
            grants: Vec::new(),
            ssh_keys: Vec::new(),
        };
        for part in parts {
            match part {
                OperatorPart::Grant(grant) => operator.grants.push(grant),
                OperatorPart::SshKey(key) => operator.ssh_keys.push(key),
            }
        }
        Ok(operator)
    }

    fn write_parts(&self, each: &mut dyn FnMut(usize, Writer)) {
        for grant in &self.grants {
            each(GRANTS, part(|row| write_grant(*grant, row)));
        }
        for key in &self.ssh_keys {
            each(SSH_KEYS, part(|row| _ = row.text(key)));
        }
    }

    fn read_part(list: usize, row: &mut Reader<'_>) -> Result<OperatorPart, StoreError> {
        Ok(match list {
            GRANTS => OperatorPart::Grant(Grant { role: row.word(Role::from_word)?, on: read_scope(row)? }),
            _ => OperatorPart::SshKey(row.text()?),
        })
    }
}

fn write_grant(grant: Grant, row: &mut Writer) {
    let (kind, workspace, department) = match grant.on {
        GrantScope::Database => ("database", None, None),
        GrantScope::Workspace(id) => ("workspace", Some(id), None),
        GrantScope::Department(id) => ("department", None, Some(id)),
    };
    row.word(grant.role.word()).word(kind).maybe_id(workspace).maybe_id(department);
}

fn read_scope(row: &mut Reader<'_>) -> Result<GrantScope, StoreError> {
    let kind = row.shared()?;
    match (&*kind, row.maybe_id()?, row.maybe_id()?) {
        ("database", ..) => Ok(GrantScope::Database),
        (_, Some(id), _) => Ok(GrantScope::Workspace(id)),
        (_, _, Some(id)) => Ok(GrantScope::Department(id)),
        _ => Err(StoreError::Corrupt("a grant says nowhere where it holds".to_owned())),
    }
}
