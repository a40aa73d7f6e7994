//! Credentials, pools and instances as rows.

use super::{Stored, no_lists, part};
use crate::domain::{
    Text,
    credential::{Credential, Instance, Member, Pool, Sealed, SecretRef, State, UsableBy},
    provider::ModelKind,
};
use crate::store::{
    codec::{Reader, Writer},
    error::StoreError,
    table::Table,
};

/// The lists of a credential, in the order of its tables.
const MODELS: usize = 0;
const USABLE_BY: usize = 1;
const FIELDS: usize = 2;

/// A row of one of a credential's lists.
pub(in crate::store) enum CredentialPart {
    Model(Text),
    UsableBy(UsableBy),
    Field(Text, Text),
}

impl Stored for Credential {
    const TABLE: Table = Table::new(
        "credentials",
        &[
            "id",
            "name",
            "provider",
            "owner",
            "owner_department",
            "owner_operator",
            "environment",
            "listed_models",
            "state",
            "not_before",
            "expires",
            "secret",
            "secret_version",
            "secret_last4",
            "secret_fields",
            "reference",
            "budget",
            "budget_kind",
            "note",
            "foreign_id",
        ],
    )
    .labelled(1)
    .with_lists(&[
        Table::new("credential_models", &["credential", "ordinal", "model"]),
        Table::new("credential_usable_by", &["credential", "ordinal", "kind", "id"]),
        Table::new("credential_fields", &["credential", "ordinal", "name", "value"]),
    ]);

    type Part = CredentialPart;

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).text(&self.provider).owner(self.owner);
        // Whether models are listed is kept apart from the list: an empty list must never read back as "any model".
        row.maybe_text(self.environment.as_ref()).flag(self.models.is_some()).word(self.state.word());
        row.maybe_time(self.not_before).maybe_time(self.expires);
        write_secret(&self.secret, row);
        row.budget(self.budget).maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, parts: Vec<CredentialPart>) -> Result<Self, StoreError> {
        let mut credential = Self {
            id: row.id()?,
            name: row.text()?,
            provider: row.shared()?,
            owner: row.owner()?,
            environment: row.maybe_shared()?,
            models: row.flag()?.then(Vec::new),
            state: row.word(State::from_word)?,
            not_before: row.maybe_time()?,
            expires: row.maybe_time()?,
            secret: read_secret(row)?,
            budget: row.budget()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
            usable_by: Vec::new(),
            fields: std::collections::BTreeMap::new(),
        };
        for part in parts {
            match part {
                CredentialPart::Model(model) => credential.models.get_or_insert_default().push(model),
                CredentialPart::UsableBy(by) => credential.usable_by.push(by),
                CredentialPart::Field(name, value) => _ = credential.fields.insert(name, value),
            }
        }
        Ok(credential)
    }

    fn write_parts(&self, each: &mut dyn FnMut(usize, Writer)) {
        for model in self.models.iter().flatten() {
            each(MODELS, part(|row| _ = row.text(model)));
        }
        for by in &self.usable_by {
            each(USABLE_BY, part(|row| write_usable_by(*by, row)));
        }
        for (name, value) in &self.fields {
            each(FIELDS, part(|row| _ = row.text(name).text(value)));
        }
    }

    fn read_part(list: usize, row: &mut Reader<'_>) -> Result<CredentialPart, StoreError> {
        Ok(match list {
            MODELS => CredentialPart::Model(row.shared()?),
            USABLE_BY => CredentialPart::UsableBy(read_usable_by(row)?),
            _ => CredentialPart::Field(row.shared()?, row.text()?),
        })
    }
}

/// Five columns: where it is, then the three of a sealed one, then the reference.
fn write_secret(secret: &SecretRef, row: &mut Writer) {
    match secret {
        SecretRef::Absent => row.word("absent").maybe_id::<()>(None).maybe_text(None).maybe_text(None).maybe_text(None),
        SecretRef::Sealed(sealed) => row
            .word("sealed")
            .id(sealed.version)
            .maybe_text(sealed.last4.as_ref())
            .json(&sealed.fields)
            .maybe_text(None),
        SecretRef::External(reference) => {
            row.word("external").maybe_id::<()>(None).maybe_text(None).maybe_text(None);
            row.put(reference.to_string().into())
        }
    };
}

fn read_secret(row: &mut Reader<'_>) -> Result<SecretRef, StoreError> {
    let word = row.maybe_glimpse()?.unwrap_or_default();
    let (version, last4, fields, reference) =
        (row.maybe_id()?, row.maybe_text()?, row.maybe_json()?, row.maybe_text()?);
    match (word, version, reference) {
        ("absent", None, None) => Ok(SecretRef::Absent),
        ("sealed", Some(version), None) => {
            Ok(SecretRef::Sealed(Sealed { version, last4, fields: fields.unwrap_or_default() }))
        }
        ("external", None, Some(reference)) => {
            let broken = |error| StoreError::Corrupt(format!("a stored reference can't be read: {error}"));
            reference.parse().map(SecretRef::External).map_err(broken)
        }
        _ => Err(StoreError::Corrupt("a credential says in two ways where its secret is".to_owned())),
    }
}

fn write_usable_by(by: UsableBy, row: &mut Writer) {
    match by {
        UsableBy::Department(id) => row.word("department").id(id),
        UsableBy::App(id) => row.word("app").id(id),
        UsableBy::Workflow(id) => row.word("workflow").id(id),
    };
}

fn read_usable_by(row: &mut Reader<'_>) -> Result<UsableBy, StoreError> {
    Ok(match &*row.shared()? {
        "department" => UsableBy::Department(row.id()?),
        "app" => UsableBy::App(row.id()?),
        "workflow" => UsableBy::Workflow(row.id()?),
        word => return Err(StoreError::Corrupt(format!("a key is lent to a \"{word}\""))),
    })
}

impl Stored for Pool {
    const TABLE: Table = Table::new("pools", &["id", "name", "provider", "note", "foreign_id"])
        .labelled(1)
        .with_lists(&[Table::new("pool_members", &["pool", "ordinal", "credential", "weight"])]);

    type Part = Member;

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).text(&self.provider);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, members: Vec<Member>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            name: row.text()?,
            provider: row.shared()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
            members,
        })
    }

    fn write_parts(&self, each: &mut dyn FnMut(usize, Writer)) {
        for member in &self.members {
            each(0, part(|row| _ = row.id(member.key).count(member.weight)));
        }
    }

    fn read_part(_: usize, row: &mut Reader<'_>) -> Result<Member, StoreError> {
        Ok(Member { key: row.id()?, weight: row.count()? })
    }
}

impl Stored for Instance {
    const TABLE: Table = Table::new(
        "instances",
        &[
            "id",
            "name",
            "provider",
            "model",
            "kind",
            "parameters",
            "credential",
            "owner",
            "owner_department",
            "owner_operator",
            "note",
            "foreign_id",
        ],
    )
    .labelled(1);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.name).text(&self.provider).text(&self.model).word(self.kind.word());
        row.json(&self.parameters).maybe_id(self.key).owner(self.owner);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            name: row.text()?,
            provider: row.shared()?,
            model: row.shared()?,
            kind: row.word(ModelKind::from_word)?,
            parameters: row.json()?,
            key: row.maybe_id()?,
            owner: row.owner()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}
