//! Names: lawful, and free.

use super::{Fault, Judge};
use crate::domain::{
    Text,
    catalogue::{Catalogue, Noun, Table},
    id::Id,
    name,
    provider::{Model, Price, Provider},
    record::Record,
    workflow::Node,
};

impl Judge<'_> {
    pub(super) fn unique(&mut self, record: &Record) {
        if let Some(text) = record.name()
            && let Err(error) = name::check(text)
        {
            self.refuse(record, Fault::Name, error.to_string(), "write another name");
        }
        let (before, after) = (self.before, self.after);
        match record {
            Record::Department(it) => self.free(record, before.departments(), after.departments(), it),
            Record::Operator(it) => self.free(record, before.operators(), after.operators(), it),
            Record::Credential(it) => self.free(record, before.credentials(), after.credentials(), it),
            Record::Pool(it) => self.free(record, before.pools(), after.pools(), it),
            Record::Instance(it) => self.free(record, before.instances(), after.instances(), it),
            Record::App(it) => self.free(record, before.apps(), after.apps(), it),
            Record::Workflow(it) => self.free(record, before.workflows(), after.workflows(), it),
            Record::Node(it) => self.free_node(record, it),
            Record::Provider(it) => self.free_provider(record, it),
            Record::Model(it) => self.free_model(record, it),
            Record::Price(it) => self.free_price(record, it),
            Record::Workspace(_) | Record::Assignment(_) => {}
        }
    }

    /// Two things of one name would be found as one: whoever of them the index names, the other one is refused.
    fn free<T: Noun>(&mut self, record: &Record, before: &Table<T>, after: &Table<T>, it: &T) {
        let Some(name) = it.key() else { return };
        let holder = |table: &Table<T>| {
            let ix = table.named(name)?;
            after.by_id(table.id(ix)).filter(|other| other.uuid() != it.uuid() && other.key() == Some(name)).cloned()
        };
        if holder(before).or_else(|| holder(after)).is_some() {
            let taken = |wanted: &str| before.named(wanted).is_some() || after.named(wanted).is_some();
            self.taken(record, name, taken);
        }
    }

    fn taken(&mut self, record: &Record, wanted: &Text, taken: impl Fn(&str) -> bool) {
        let free = name::free(wanted, taken);
        self.refuse(
            record,
            Fault::Taken,
            "another one has this name",
            format!("take another, for instance \"{free}\""),
        );
    }

    fn free_node(&mut self, record: &Record, it: &Node) {
        let nodes = self.after.nodes();
        let Some(workflow) = self.after.workflows().find(it.workflow) else { return };
        let siblings = self.after.links().nodes_of_workflow.of(workflow);
        let named =
            |name: &str| siblings.iter().filter_map(|&ix| nodes.get(ix)).any(|n| n.id != it.id && *n.name == *name);
        if named(&it.name) {
            self.taken(record, &it.name, named);
        }
    }

    fn free_provider(&mut self, record: &Record, it: &Provider) {
        let slug = |id: Id<Provider>| {
            let found = self.before.vocabulary().own_providers().find(|provider| provider.id == id);
            found.map(|provider| provider.slug.clone())
        };
        if slug(it.id).is_some_and(|slug| slug != it.slug) {
            self.refuse(record, Fault::Identity, "a provider keeps its id", "add another provider instead");
        }
        // Of two descriptions the catalogue keeps the later one: so both states are asked.
        let own = |catalogue: &Catalogue| {
            let vocabulary = catalogue.vocabulary();
            vocabulary.provider_entry(vocabulary.provider(&it.slug)?)?.own.clone()
        };
        if [own(self.before), own(self.after)].into_iter().flatten().any(|provider| provider.id != it.id) {
            self.refuse(record, Fault::Taken, "this provider is described already", "edit that description");
        }
    }

    fn free_model(&mut self, record: &Record, it: &Model) {
        let entry = |catalogue: &Catalogue| {
            let vocabulary = catalogue.vocabulary();
            let provider = vocabulary.provider(&it.provider)?;
            vocabulary.model_entry(vocabulary.model(provider, &it.name)?)?.own.clone()
        };
        let moved = self.before.vocabulary().own_models().find(|model| model.id == it.id);
        if moved.is_some_and(|model| (&model.provider, &model.name) != (&it.provider, &it.name)) {
            self.refuse(record, Fault::Identity, "a model keeps its provider and id", "add another model instead");
        }
        if [entry(self.before), entry(self.after)].into_iter().flatten().any(|model| model.id != it.id) {
            self.refuse(record, Fault::Taken, "this model is described already", "edit that description");
        }
    }

    fn free_price(&mut self, record: &Record, it: &Price) {
        let vocabulary = self.after.vocabulary();
        let entry = vocabulary
            .provider(&it.provider)
            .and_then(|provider| vocabulary.model_entry(vocabulary.model(provider, &it.model)?));
        let same = |other: &Price| other.from == it.from && other.source.is_some() == it.source.is_some();
        let twice = entry.is_some_and(|entry| entry.prices.iter().any(|other| other.id != it.id && same(other)));
        if twice {
            let message = format!("{} {} has a price from that time on already", it.provider, it.model);
            self.refuse(record, Fault::Taken, message, "edit that price, or let this one begin at another time");
        }
    }
}
