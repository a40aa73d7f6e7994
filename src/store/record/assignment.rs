//! Rules as rows.

use super::{Stored, part};
use crate::domain::{
    Text,
    assignment::{Assignment, Scope, Strength, Target, ValueTarget},
    id::Id,
    provider::ModelKind,
};
use crate::store::{
    codec::{Reader, Writer},
    engine::Value,
    error::StoreError,
    table::Table,
};

impl Stored for Assignment {
    const TABLE: Table = Table::new(
        "assignments",
        &[
            "id",
            "scope",
            "scope_workflow",
            "scope_app",
            "scope_operator",
            "scope_department",
            "provider",
            "model",
            "kind",
            "environment",
            "target",
            "target_id",
            "variable",
            "by_name",
            "strength",
            "starts",
            "ends",
            "note",
            "foreign_id",
        ],
    )
    .stamped()
    .with_lists(&[Table::new("assignment_values", &["assignment", "ordinal", "value", "target", "target_id"])]);

    type Part = (Text, ValueTarget);

    fn write(&self, row: &mut Writer) {
        row.id(self.id);
        write_scope(self.scope, row);
        row.text(&self.provider).maybe_text(self.model.as_ref()).maybe_word(self.kind.map(ModelKind::word));
        row.maybe_text(self.environment.as_ref());
        write_target(&self.target, row);
        row.word(self.strength.word()).maybe_time(self.from).maybe_time(self.until);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, values: Vec<(Text, ValueTarget)>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            scope: read_scope(row)?,
            provider: row.shared()?,
            model: row.maybe_shared()?,
            kind: row.maybe_word(ModelKind::from_word)?,
            environment: row.maybe_shared()?,
            target: read_target(row, values)?,
            strength: row.word(Strength::from_word)?,
            from: row.maybe_time()?,
            until: row.maybe_time()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn write_parts(&self, each: &mut dyn FnMut(usize, Writer)) {
        if let Target::Variable { values, .. } = &self.target {
            for (value, target) in values {
                each(0, part(|row| write_value_target(*target, row.text(value))));
            }
        }
    }

    fn read_part(_: usize, row: &mut Reader<'_>) -> Result<(Text, ValueTarget), StoreError> {
        Ok((row.text()?, read_value_target(row)?))
    }
}

/// Five columns: the word, then one for each kind of subject.
fn write_scope(scope: Scope, row: &mut Writer) {
    let (word, at) = match scope {
        Scope::Workflow(id) => ("workflow", Some((0, id.uuid()))),
        Scope::App(id) => ("app", Some((1, id.uuid()))),
        Scope::Owner(id) => ("owner", Some((2, id.uuid()))),
        Scope::Department(id) => ("department", Some((3, id.uuid()))),
        Scope::Workspace => ("workspace", None),
        Scope::System => ("system", None),
    };
    row.word(word);
    for column in 0..4 {
        row.put(Value::Uuid(at.filter(|(own, _)| *own == column).map(|(_, id)| id)));
    }
}

fn read_scope(row: &mut Reader<'_>) -> Result<Scope, StoreError> {
    let word = row.shared()?;
    match (&*word, row.maybe_id()?, row.maybe_id()?, row.maybe_id()?, row.maybe_id()?) {
        ("workspace", ..) => Ok(Scope::Workspace),
        ("system", ..) => Ok(Scope::System),
        (_, Some(id), ..) => Ok(Scope::Workflow(id)),
        (_, _, Some(id), ..) => Ok(Scope::App(id)),
        (_, _, _, Some(id), _) => Ok(Scope::Owner(id)),
        (.., Some(id)) => Ok(Scope::Department(id)),
        _ => Err(StoreError::Corrupt("a rule says nowhere where it speaks".to_owned())),
    }
}

/// Four columns: the word, what it names, the variable, whether other values are names.
fn write_target(target: &Target, row: &mut Writer) {
    match target {
        Target::Key(id) => row.word("key").id(*id).maybe_text(None).flag(false),
        Target::Pool(id) => row.word("pool").id(*id).maybe_text(None).flag(false),
        Target::Variable { selector, by_name, .. } => {
            row.word("variable").maybe_id::<()>(None).text(selector.text()).flag(*by_name)
        }
        Target::Deny => row.word("deny").maybe_id::<()>(None).maybe_text(None).flag(false),
    };
}

fn read_target(row: &mut Reader<'_>, values: Vec<(Text, ValueTarget)>) -> Result<Target, StoreError> {
    let word = row.shared()?;
    let id = row.maybe_id::<()>()?.map(Id::uuid);
    let selector = row.maybe_word(|text| text.parse().ok())?;
    let by_name = row.flag()?;
    match (&*word, id, selector) {
        ("key", Some(id), _) => Ok(Target::Key(Id::new(id))),
        ("pool", Some(id), _) => Ok(Target::Pool(Id::new(id))),
        ("variable", _, Some(selector)) => Ok(Target::Variable { selector, values, by_name }),
        ("deny", ..) => Ok(Target::Deny),
        _ => Err(StoreError::Corrupt("a rule's target is incomplete".to_owned())),
    }
}

/// Two columns: the word, what it names.
fn write_value_target(target: ValueTarget, row: &mut Writer) {
    match target {
        ValueTarget::Key(id) => row.word("key").id(id),
        ValueTarget::Pool(id) => row.word("pool").id(id),
        ValueTarget::Deny => row.word("deny").maybe_id::<()>(None),
    };
}

fn read_value_target(row: &mut Reader<'_>) -> Result<ValueTarget, StoreError> {
    let word = row.shared()?;
    match (&*word, row.maybe_id::<()>()?.map(Id::<()>::uuid)) {
        ("key", Some(id)) => Ok(ValueTarget::Key(Id::new(id))),
        ("pool", Some(id)) => Ok(ValueTarget::Pool(Id::new(id))),
        ("deny", None) => Ok(ValueTarget::Deny),
        _ => Err(StoreError::Corrupt("a value's target is incomplete".to_owned())),
    }
}
