//! Contents: references that lead somewhere, keys of the right provider, lists, amounts, times.

use std::{collections::HashSet, hash::Hash};

use super::{Fault, Judge};
use crate::domain::{
    Text, Timestamp,
    catalogue::{Catalogue, Noun, Table},
    credential::{Credential, Instance, Owner, Pool, SecretRef, UsableBy},
    id::Id,
    money::{Budget, MicroDollars},
    name,
    people::{Department, GrantScope, Operator, Role},
    provider::{Price, Provider},
    record::Record,
    workflow::{App, Node, Ownership, Uses, Workflow},
};
use crate::form::ssh_key::PublicKey;

impl Judge<'_> {
    pub(super) fn content(&mut self, was: Option<&Record>, record: &Record) {
        match record {
            Record::Workspace(_) => {}
            Record::Department(it) => self.department(record, it),
            Record::Operator(it) => self.operator(record, it),
            Record::Provider(it) => self.provider_record(record, it),
            Record::Model(it) => self.slug(record, &it.provider),
            Record::Price(it) => self.price(record, it),
            Record::Credential(it) => {
                self.credential(record, it);
                if let Some(Record::Credential(was)) = was
                    && was.provider != it.provider
                {
                    self.followers_of_key(record, it);
                    if matches!(it.secret, SecretRef::Sealed(_)) && was.secret == it.secret {
                        let message = "its stored secret is bound to the provider that it was entered for";
                        self.refuse(
                            record,
                            Fault::OtherProvider,
                            message,
                            "give the secret of the new provider with it",
                        );
                    }
                }
            }
            Record::Pool(it) => {
                self.pool(record, it);
                if matches!(was, Some(Record::Pool(was)) if was.provider != it.provider) {
                    self.followers_of_pool(record, it);
                }
            }
            Record::Instance(it) => {
                self.instance(record, it);
                if matches!(was, Some(Record::Instance(was)) if was.provider != it.provider) {
                    self.followers_of_instance(record, it);
                }
            }
            Record::App(it) => self.app(record, it),
            Record::Workflow(it) => self.workflow(record, it),
            Record::Node(it) => self.node(record, it),
            Record::Assignment(it) => self.assignment(record, it),
        }
    }

    fn department(&mut self, record: &Record, it: &Department) {
        self.there(record, Catalogue::departments, it.parent, "the department above");
        self.budget(record, it.budget);
        let parent = it.parent.and_then(|id| self.after.departments().find(id));
        if self.after.path(parent).any(|ix| self.after.departments().id(ix) == it.id) {
            let message = "it would be below itself";
            self.refuse(record, Fault::Cycle, message, "choose a department above that is not one of those below");
        }
    }

    fn operator(&mut self, record: &Record, it: &Operator) {
        self.once(record, &it.grants, "a role");
        self.ssh_keys(record, it);
        for grant in &it.grants {
            if (grant.role == Role::Keeper) != (grant.on == GrantScope::Database) {
                let message = format!("the role {} can't be granted there", grant.role.word());
                let hint = "grant keeper on the database, and every other role on a workspace or a department";
                self.refuse(record, Fault::Grant, message, hint);
            }
            // A department of another workspace can't be looked up here; one that was here must stay.
            if let GrantScope::Department(id) = grant.on
                && self.before.departments().by_id(id).is_some()
            {
                self.there(record, Catalogue::departments, Some(id), "the department of a role");
            }
        }
    }

    /// A key opens for one operator only, and is nothing but a key.
    fn ssh_keys(&mut self, record: &Record, it: &Operator) {
        let mut own: Vec<PublicKey> = Vec::new();
        for text in &it.ssh_keys {
            match PublicKey::parse(text) {
                Err(error) => self.refuse(record, Fault::SshKey, error.to_string(), "give the line of the .pub file"),
                Ok(key) if own.iter().any(|other| other.is_same(&key)) => {
                    self.refuse(record, Fault::List, "an SSH key stands twice", "leave one of them out");
                }
                Ok(key) => own.push(key),
            }
        }
        let others = self.after.operators().iter().filter(|(_, other)| other.id != it.id);
        let theirs: Vec<PublicKey> =
            others.flat_map(|(_, other)| &other.ssh_keys).filter_map(|text| PublicKey::parse(text).ok()).collect();
        if own.iter().any(|key| theirs.iter().any(|other| other.is_same(key))) {
            let message = "an SSH key opens for another operator already";
            self.refuse(record, Fault::SshKey, message, "one key belongs to one operator: make another key");
        }
    }

    fn provider_record(&mut self, record: &Record, it: &Provider) {
        self.slug(record, &it.slug);
        self.once(record, it.fields.iter().map(|field| &field.name).collect::<Vec<_>>().as_slice(), "a field");
    }

    fn price(&mut self, record: &Record, it: &Price) {
        self.slug(record, &it.provider);
        if it.input < MicroDollars::ZERO || it.output.is_some_and(|output| output < MicroDollars::ZERO) {
            self.refuse(record, Fault::Range, "a price can't be below zero", "write 0.00 or more");
        }
    }

    fn credential(&mut self, record: &Record, it: &Credential) {
        self.slug(record, &it.provider);
        self.owner(record, Some(it.owner));
        self.budget(record, it.budget);
        self.window(record, it.not_before, it.expires, ("it would expire before it is valid", "expires", "not_before"));
        if let Some(models) = &it.models {
            if models.is_empty() {
                let hint = "name at least one, or leave the list out for any model";
                self.refuse(record, Fault::List, "its list of models is empty", hint);
            }
            self.once(record, models, "a model");
        }
        self.once(record, &it.usable_by, "usable_by");
        for by in &it.usable_by {
            let what = "what it is lent to";
            match *by {
                UsableBy::Department(id) => self.there(record, Catalogue::departments, Some(id), what),
                UsableBy::App(id) => self.there(record, Catalogue::apps, Some(id), what),
                UsableBy::Workflow(id) => self.there(record, Catalogue::workflows, Some(id), what),
            }
        }
    }

    fn pool(&mut self, record: &Record, it: &Pool) {
        self.slug(record, &it.provider);
        let keys: Vec<_> = it.members.iter().map(|member| member.key).collect();
        self.once(record, &keys, "a member");
        for key in keys {
            self.key_of(record, &it.provider, key, "a member");
        }
    }

    fn instance(&mut self, record: &Record, it: &Instance) {
        self.slug(record, &it.provider);
        self.owner(record, Some(it.owner));
        if let Some(key) = it.key {
            self.key_of(record, &it.provider, key, "its key");
        }
    }

    fn app(&mut self, record: &Record, it: &App) {
        self.there(record, Catalogue::departments, it.department, "its department");
        self.owner(record, it.owner);
        self.budget(record, it.budget);
    }

    fn workflow(&mut self, record: &Record, it: &Workflow) {
        self.there(record, Catalogue::apps, it.app, "its app");
        self.there(record, Catalogue::departments, it.department, "its department");
        if let Ownership::Named(owner) = it.owner {
            self.owner(record, Some(owner));
        }
        self.budget(record, it.budget);
    }

    fn node(&mut self, record: &Record, it: &Node) {
        self.there(record, Catalogue::workflows, Some(it.workflow), "its workflow");
        if it.runs == 0 {
            self.refuse(record, Fault::Range, "it would never run", "write 1 or more runs");
        }
        let provider = match &it.uses {
            Uses::Model { provider, .. } => {
                self.slug(record, provider);
                Some(provider.clone())
            }
            Uses::Instance(id) => {
                self.there(record, Catalogue::instances, Some(*id), "its instance");
                self.after.instances().by_id(*id).map(|instance| instance.provider.clone())
            }
        };
        if let (Some(key), Some(provider)) = (it.key, provider) {
            self.key_of(record, &provider, key, "its key");
        }
    }

    /// Requires that something referred to is there.
    pub(super) fn there<T: Noun>(
        &mut self,
        record: &Record,
        table: fn(&Catalogue) -> &Table<T>,
        id: Option<Id<T>>,
        what: &str,
    ) {
        if let Some(id) = id
            && table(self.after).by_id(id).is_none()
        {
            self.refuse(record, Fault::Dangling, format!("{what} is not there"), "name one that is, or add it as well");
        }
    }

    /// Requires that a key is there and of a provider.
    pub(super) fn key_of(&mut self, record: &Record, provider: &Text, key: Id<Credential>, what: &str) {
        match self.after.credentials().by_id(key) {
            None => self.there(record, Catalogue::credentials, Some(key), what),
            Some(found) if found.provider != *provider => {
                let message = format!("{what} belongs to {}, not to {provider}", found.provider);
                self.refuse(record, Fault::OtherProvider, message, format!("choose a key of {provider}"));
            }
            Some(_) => {}
        }
    }

    fn owner(&mut self, record: &Record, owner: Option<Owner>) {
        match owner {
            None | Some(Owner::System) => {}
            Some(Owner::Department(id)) => self.there(record, Catalogue::departments, Some(id), "its owner"),
            Some(Owner::Operator(id)) => self.there(record, Catalogue::operators, Some(id), "its owner"),
        }
    }

    /// Requires that a provider is written by its own id, by which everything is compared.
    pub(super) fn slug(&mut self, record: &Record, slug: &Text) {
        if let Err(fault) = name::check(slug) {
            self.refuse(record, Fault::Name, format!("its provider can't be called so: {fault}"), "write its id");
            return;
        }
        let canonical = self.after.vocabulary().canonical(slug);
        if canonical != *slug {
            let message = format!("\"{slug}\" is another name of the provider {canonical}");
            self.refuse(record, Fault::Alias, message, format!("write {canonical}"));
        }
    }

    fn budget(&mut self, record: &Record, budget: Option<Budget>) {
        if budget.is_some_and(|budget| budget.monthly < MicroDollars::ZERO) {
            self.refuse(record, Fault::Range, "its budget is below zero", "write 0.00 for never, or more");
        }
    }

    /// Requires that a time ends after it begins.
    pub(super) fn window(
        &mut self,
        record: &Record,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        (message, end, start): (&str, &str, &str),
    ) {
        if matches!((from, until), (Some(from), Some(until)) if from >= until) {
            self.refuse(record, Fault::Window, message, format!("let {end} be later than {start}"));
        }
    }

    /// Requires that a list holds nothing twice.
    pub(super) fn once<T: Hash + Eq>(&mut self, record: &Record, list: &[T], what: &str) {
        let mut seen = HashSet::new();
        if !list.iter().all(|item| seen.insert(item)) {
            self.refuse(record, Fault::List, format!("{what} stands there twice"), "name each one once");
        }
    }
}
