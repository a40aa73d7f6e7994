//! How the fields of records become values of a row and come back. Columns are written and read in one order.

use std::collections::HashSet;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    engine::{Row, Value},
    error::StoreError,
};
use crate::domain::{
    Text, Timestamp,
    credential::Owner,
    hash::Keyed,
    id::Id,
    money::{Budget, BudgetKind, MicroDollars},
};

/// The values of one row, in the order of its columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer(pub(super) Vec<Value>);

impl Writer {
    pub(super) fn text(&mut self, text: &Text) -> &mut Self {
        self.put(Value::from(text))
    }

    pub(super) fn maybe_text(&mut self, text: Option<&Text>) -> &mut Self {
        self.put(Value::Text(text.cloned()))
    }

    pub(super) fn word(&mut self, word: &'static str) -> &mut Self {
        self.put(Value::from(word))
    }

    pub(super) fn maybe_word(&mut self, word: Option<&'static str>) -> &mut Self {
        self.put(Value::Text(word.map(Text::from)))
    }

    pub(super) fn id<T>(&mut self, id: Id<T>) -> &mut Self {
        self.put(Value::from(id))
    }

    pub(super) fn maybe_id<T>(&mut self, id: Option<Id<T>>) -> &mut Self {
        self.put(Value::Uuid(id.map(Id::uuid)))
    }

    pub(super) fn flag(&mut self, flag: bool) -> &mut Self {
        self.put(Value::from(flag))
    }

    pub(super) fn count(&mut self, number: impl Into<u64>) -> &mut Self {
        self.put(Value::from(number.into()))
    }

    pub(super) fn maybe_count(&mut self, number: Option<u64>) -> &mut Self {
        self.put(number.map_or(Value::Int(None), Value::from))
    }

    pub(super) fn maybe_money(&mut self, amount: Option<MicroDollars>) -> &mut Self {
        self.put(Value::Int(amount.map(|amount| amount.0)))
    }

    pub(super) fn maybe_time(&mut self, at: Option<Timestamp>) -> &mut Self {
        self.put(at.map_or(Value::Int(None), Value::from))
    }

    /// Small lists without a life of their own. Maps are sorted, so that equal records are equal rows.
    pub(super) fn json(&mut self, value: &impl Serialize) -> &mut Self {
        self.put(Value::from(to_json(value)))
    }

    /// Two columns: the amount, and what happens when it is spent.
    pub(super) fn budget(&mut self, budget: Option<Budget>) -> &mut Self {
        self.maybe_money(budget.map(|budget| budget.monthly));
        self.maybe_word(budget.map(|budget| match budget.kind {
            BudgetKind::Soft => "soft",
            BudgetKind::Hard => "hard",
        }))
    }

    /// Three columns: what kind of owner, the department, the operator.
    pub(super) fn owner(&mut self, owner: Owner) -> &mut Self {
        match owner {
            Owner::System => self.no_owner(Some("system")),
            Owner::Department(id) => self.word("department").id(id).put(Value::Uuid(None)),
            Owner::Operator(id) => self.word("operator").put(Value::Uuid(None)).id(id),
        }
    }

    /// Three columns, of which the first alone says something.
    pub(super) fn no_owner(&mut self, word: Option<&'static str>) -> &mut Self {
        self.maybe_word(word).put(Value::Uuid(None)).put(Value::Uuid(None))
    }

    pub(super) fn put(&mut self, value: Value) -> &mut Self {
        self.0.push(value);
        self
    }
}

/// Writes JSON, which nothing in a record can prevent.
pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("records have text keys and no failing parts")
}

/// Texts that many rows share, one copy each.
#[derive(Default)]
pub(super) struct Texts(HashSet<Text, Keyed>);

impl Texts {
    fn share(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text = Text::from(text);
        self.0.insert(text.clone());
        text
    }
}

/// Reads the columns of one row from left to right.
pub(super) struct Reader<'a> {
    row: &'a dyn Row,
    texts: &'a mut Texts,
    column: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(row: &'a dyn Row, texts: &'a mut Texts) -> Self {
        Self { row, texts, column: 0 }
    }

    fn next(&mut self) -> usize {
        self.column += 1;
        self.column - 1
    }

    fn absent(&self) -> StoreError {
        StoreError::Corrupt(format!("column {} of a row is empty", self.column))
    }

    pub(super) fn maybe_text(&mut self) -> Result<Option<Text>, StoreError> {
        let column = self.next();
        Ok(self.row.text(column)?.map(Text::from))
    }

    pub(super) fn text(&mut self) -> Result<Text, StoreError> {
        self.maybe_text()?.ok_or_else(|| self.absent())
    }

    /// Reads a text that many rows have.
    pub(super) fn maybe_shared(&mut self) -> Result<Option<Text>, StoreError> {
        let column = self.next();
        Ok(self.row.text(column)?.map(|text| self.texts.share(text)))
    }

    pub(super) fn shared(&mut self) -> Result<Text, StoreError> {
        self.maybe_shared()?.ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_word<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        let column = self.next();
        let unknown = |word: &str| StoreError::Corrupt(format!("\"{word}\" stands where no such word can"));
        self.row.text(column)?.map(|word| read(word).ok_or_else(|| unknown(word))).transpose()
    }

    pub(super) fn word<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        self.maybe_word(read)?.ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_id<T>(&mut self) -> Result<Option<Id<T>>, StoreError> {
        let column = self.next();
        Ok(self.row.uuid(column)?.map(Id::new))
    }

    pub(super) fn id<T>(&mut self) -> Result<Id<T>, StoreError> {
        self.maybe_id()?.ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_int(&mut self) -> Result<Option<i64>, StoreError> {
        let column = self.next();
        self.row.int(column)
    }

    pub(super) fn int(&mut self) -> Result<i64, StoreError> {
        self.maybe_int()?.ok_or_else(|| self.absent())
    }

    pub(super) fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.int()? != 0)
    }

    pub(super) fn maybe_count<N: TryFrom<i64>>(&mut self) -> Result<Option<N>, StoreError> {
        let bounds = |number| StoreError::Corrupt(format!("{number} is out of bounds"));
        self.maybe_int()?.map(|number| N::try_from(number).map_err(|_| bounds(number))).transpose()
    }

    pub(super) fn count<N: TryFrom<i64>>(&mut self) -> Result<N, StoreError> {
        self.maybe_count()?.ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_money(&mut self) -> Result<Option<MicroDollars>, StoreError> {
        Ok(self.maybe_int()?.map(MicroDollars))
    }

    pub(super) fn maybe_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let bounds = |micros| StoreError::Corrupt(format!("{micros} is no time"));
        self.maybe_int()?.map(|micros| Timestamp::from_microsecond(micros).map_err(|_| bounds(micros))).transpose()
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.maybe_time()?.ok_or_else(|| self.absent())
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.maybe_bytes()?.ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        let column = self.next();
        let length = || StoreError::Corrupt(format!("column {column} of a row is not {N} bytes long"));
        self.row.bytes(column)?.map(|bytes| bytes.try_into().map_err(|_| length())).transpose()
    }

    /// Reads bytes of any length.
    pub(super) fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        let column = self.next();
        self.row.bytes(column)?.map(<[u8]>::to_vec).ok_or_else(|| self.absent())
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        let column = self.next();
        let broken = |error: serde_json::Error| StoreError::Corrupt(format!("a stored list can't be read: {error}"));
        self.row.text(column)?.map(|json| serde_json::from_str(json).map_err(broken)).transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        self.maybe_json()?.ok_or_else(|| self.absent())
    }

    pub(super) fn budget(&mut self) -> Result<Option<Budget>, StoreError> {
        let monthly = self.maybe_money()?;
        let kind = self.maybe_word(|word| match word {
            "soft" => Some(BudgetKind::Soft),
            "hard" => Some(BudgetKind::Hard),
            _ => None,
        })?;
        Ok(monthly.zip(kind).map(|(monthly, kind)| Budget { monthly, kind }))
    }

    /// Reads a text that is looked at and not kept.
    pub(super) fn maybe_glimpse(&mut self) -> Result<Option<&'a str>, StoreError> {
        let column = self.next();
        self.row.text(column)
    }

    /// Reads the three columns of an owner: the word, and the owner if the word is one of an owner's.
    pub(super) fn ownership(&mut self) -> Result<(Option<&'a str>, Option<Owner>), StoreError> {
        let word = self.maybe_glimpse()?;
        let (department, operator) = (self.maybe_id()?, self.maybe_id()?);
        let owner = match (word, department, operator) {
            (Some("system"), ..) => Some(Owner::System),
            (Some("department"), Some(id), _) => Some(Owner::Department(id)),
            (Some("operator"), _, Some(id)) => Some(Owner::Operator(id)),
            _ => None,
        };
        Ok((word, owner))
    }

    pub(super) fn owner(&mut self) -> Result<Owner, StoreError> {
        self.ownership()?.1.ok_or_else(|| self.absent())
    }
}
