//! Providers, models and prices as rows.

use super::{Stored, no_lists};
use crate::domain::{
    money::MicroDollars,
    provider::{Model, ModelKind, Price, Provider},
};
use crate::store::{
    codec::{Reader, Writer},
    error::StoreError,
    table::Table,
};

impl Stored for Provider {
    const TABLE: Table =
        Table::new("providers", &["id", "slug", "name", "base_url", "fields", "aliases", "note", "foreign_id"])
            .labelled(1);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.slug).text(&self.name).maybe_text(self.base_url.as_ref());
        row.json(&self.fields).json(&self.aliases);
        row.maybe_text(self.note.as_ref()).maybe_text(self.foreign_id.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            slug: row.shared()?,
            name: row.text()?,
            base_url: row.maybe_text()?,
            fields: row.json()?,
            aliases: row.json()?,
            note: row.maybe_text()?,
            foreign_id: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

impl Stored for Model {
    const TABLE: Table = Table::new("models", &["id", "provider", "name", "kind", "context", "note"]).labelled(2);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.provider).text(&self.name).word(self.kind.word());
        row.maybe_count(self.context).maybe_text(self.note.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            provider: row.shared()?,
            name: row.shared()?,
            kind: row.word(ModelKind::from_word)?,
            context: row.maybe_count()?,
            note: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}

impl Stored for Price {
    const TABLE: Table =
        Table::new("prices", &["id", "provider", "model", "input", "output", "starts", "note", "source"]);

    type Part = ();

    fn write(&self, row: &mut Writer) {
        row.id(self.id).text(&self.provider).text(&self.model);
        row.maybe_money(Some(self.input)).maybe_money(self.output).maybe_time(self.from);
        row.maybe_text(self.note.as_ref()).maybe_text(self.source.as_ref());
    }

    fn read(row: &mut Reader<'_>, _: Vec<()>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id()?,
            provider: row.shared()?,
            model: row.shared()?,
            input: MicroDollars(row.int()?),
            output: row.maybe_money()?,
            from: row.maybe_time()?,
            note: row.maybe_text()?,
            source: row.maybe_text()?,
        })
    }

    fn read_part(_: usize, _: &mut Reader<'_>) -> Result<(), StoreError> {
        no_lists()
    }
}
