//! Taking: from one tenant to changes, each kind of thing after what it refers to.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{
    choice::{self, Choices, Found, Stored},
    graph::{self, Model, Surroundings},
    keys::TenantKey,
    read::Tenant,
};
use crate::{
    domain::{
        Text,
        credential::{Credential, Instance, Owner, Pool},
        flaw::Flaw,
        id::Id,
        name,
        people::Operator,
        provider::ModelKind,
    },
    import::{
        row::Row,
        taking::{Ground, Taken, Taking},
    },
};

mod apps;
mod credentials;
mod nodes;
mod rules;
mod usage;

/// What else an import is told.
pub struct Options<'a> {
    /// What the database is called in the report.
    pub place: &'a str,
    /// The tenant's private key.
    pub key: Option<&'a TenantKey>,
    /// What one of Dify's fields is here: its name, and whether it is secret. `None` if keydeck has no such field.
    pub forms: &'a Forms<'a>,
    /// The tags that are departments, the more important first; every tag, if nobody says.
    pub departments: Option<&'a [String]>,
    /// What the source said of each thing the last time.
    pub heard: HashMap<Text, Value>,
}

/// Finds our field for one of a provider's form in Dify.
pub type Forms<'a> = dyn Fn(&str, &str) -> Option<(Text, bool)> + 'a;

/// Returns what a tenant is called among sources: its foreign ids begin so, wherever its database may be.
pub fn source(tenant: &Tenant) -> String {
    format!("dify:db/{}", tenant.id)
}

/// Returns the changes that bring what a tenant holds, and what there is to tell. A second call on the state after them,
/// with what was said, returns none.
pub fn take<'a>(tenant: &'a Tenant, options: Options<'a>, ground: Ground<'a>) -> Taken {
    let mut taking = Taking::begin(&source(tenant), Ground { source: None, ..ground });
    taking.remember(options.heard, options.place);
    let catalogue = taking.catalogue;
    let canonical = |raw: &str| Text::from(name::clean(&catalogue.vocabulary().canonical(raw), "unknown"));
    let choices = choice::choices(tenant, &canonical, options.key);
    let mut take = Take {
        tenant,
        place: name::printable(options.place).into_owned(),
        key: options.key,
        forms: options.forms,
        wanted: options.departments,
        around: surroundings(tenant),
        taking,
        people: HashMap::new(),
        keys: BTreeMap::new(),
        pools: BTreeMap::new(),
        apps: HashMap::new(),
    };
    take.people();
    take.credentials(&choices);
    take.pools(&choices);
    take.rules(&choices);
    take.defaults();
    take.apps();
    take.tell(&choices);
    let usage = usage::of(&mut take, &choices);
    let flaws = take.flaws(&choices);
    Taken { usage, flaws: Some(flaws), ..take.taking.end(&take.place) }
}

/// One import of one tenant.
struct Take<'a> {
    tenant: &'a Tenant,
    place: String,
    key: Option<&'a TenantKey>,
    forms: &'a Forms<'a>,
    wanted: Option<&'a [String]>,
    around: Surroundings,
    taking: Taking<'a>,
    /// The operator of each account.
    people: HashMap<&'a str, Id<Operator>>,
    /// The credential of each stored one.
    keys: BTreeMap<Stored, Id<Credential>>,
    /// The pool of each place.
    pools: BTreeMap<choice::Slot, Id<Pool>>,
    /// What became of each app.
    apps: HashMap<&'a str, apps::Taken>,
}

impl Take<'_> {
    fn skip(&mut self, what: impl std::fmt::Display, reason: impl std::fmt::Display) {
        self.taking.report.skip(&self.place, what, reason);
    }

    fn warn(&mut self, message: impl std::fmt::Display) {
        self.taking.report.warn(&self.place, message);
    }

    /// Makes operators of the accounts. None has any right here until somebody grants one.
    fn people(&mut self) {
        let tenant = self.tenant;
        for row in tenant.accounts.iter().filter(|row| !row.get("email").is_empty()) {
            let id = self.taking.operator(row.get("email"));
            self.people.insert(row.get("id"), id);
        }
    }

    /// Returns who an app belongs to: who maintains it, else who made it, else who owns the workspace.
    fn owner(&self, app: &Row) -> Option<Owner> {
        let of = |account: &str| self.people.get(account).copied();
        let of_workspace = || {
            let owner = self.tenant.accounts.iter().find(|row| row.get("role") == "owner")?;
            of(owner.get("id"))
        };
        of(app.get("maintainer")).or_else(|| of(app.get("created_by"))).or_else(of_workspace).map(Owner::Operator)
    }

    /// Takes the models that are used where none is chosen.
    fn defaults(&mut self) {
        let mut defaults: Vec<(ModelKind, Model)> =
            self.around.defaults.iter().map(|(kind, model)| (*kind, model.clone())).collect();
        defaults.sort();
        for (kind, (provider, model)) in defaults {
            let provider = self.taking.provider(&provider, &self.place);
            let foreign = self.taking.foreign("default", kind.word());
            let say = |id, foreign_id| Instance {
                id,
                name: format!("Dify default ({})", kind.word()).into(),
                provider,
                model,
                kind,
                parameters: BTreeMap::new(),
                key: None,
                owner: Owner::System,
                note: None,
                foreign_id: Some(foreign_id),
            };
            self.taking.sync(&foreign, say, |_| ());
        }
    }

    /// Tells what the database alone does not decide.
    fn tell(&mut self, choices: &Choices<'_>) {
        for note in &choices.notes {
            self.warn(note);
        }
        for provider in &choices.hosted {
            self.warn(format!(
                "Dify prefers a key of its host for {provider}, which is not in the database; where there is none it \
                 uses what was taken"
            ));
        }
    }

    /// Returns what is wrong there, with the credentials as they are known here.
    fn flaws(&self, choices: &Choices<'_>) -> Vec<Flaw> {
        let known = |Found { flaw, key }: &Found| {
            let key = key.as_ref().and_then(|stored| self.keys.get(stored)).copied();
            Flaw { key, ..flaw.clone() }
        };
        choices.flaws.iter().map(known).collect()
    }
}

/// Collects what graphs refer to without naming it.
fn surroundings(tenant: &Tenant) -> Surroundings {
    let model = |row: &Row, provider: &str, model: &str| {
        let [provider, model] = [provider, model].map(|column| name::clean(row.get(column), ""));
        (!provider.is_empty() && !model.is_empty()).then(|| (provider.into(), model.into()))
    };
    let datasets = tenant
        .datasets
        .iter()
        .filter_map(|row| Some((row.get("id").to_owned(), model(row, "embedding_model_provider", "embedding_model")?)));
    let mut defaults = HashMap::new();
    for row in &tenant.defaults {
        if let (Some(kind), Some(model)) =
            (ModelKind::from_foreign(row.get("model_type")), model(row, "provider_name", "model_name"))
        {
            defaults.entry(kind).or_insert(model);
        }
    }
    let agents = tenant.agents.iter().filter_map(|row| {
        let config = graph::parse(row.get("config"), "configuration").ok()?;
        let chosen = config.get("model")?;
        let [provider, model] = ["model_provider", "model"].map(|key| name::clean(chosen.word_at(key), ""));
        let place = (row.get("workflow").to_owned(), row.get("node").to_owned());
        (!provider.is_empty() && !model.is_empty()).then(|| (place, (provider.into(), model.into())))
    });
    Surroundings { datasets: datasets.collect(), agents: agents.collect(), defaults }
}
