//! What a change set is about, for the audit and the log: which things, whose, what was granted and what became of keys.
//!
//! It is written down with the change, since things move and go. Names of private keys stay out of it; a reader whose
//! rights reach only a part of it sees that part.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::view::View;
use crate::{
    domain::{
        catalogue::Catalogue,
        change::Change,
        credential::{Credential, Owner, State},
        id::Id,
        people::{Department, Grant, GrantScope, Operator},
        record::{Kind, Record},
    },
    form::people::role_text,
    rights::{Home, Subject},
};

/// How many things a row names one by one.
const NAMED: usize = 32;

/// How many departments or people a row names before it only says that there are more.
const PLACES: usize = 64;

/// Where the things of a change set live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The departments.
    pub(super) departments: BTreeSet<Uuid>,
    /// Whether some of them belong to the organisation.
    pub(super) organisation: bool,
    /// Whether some of them belong to nobody, or to more places than a row holds.
    pub(super) elsewhere: bool,
    /// The people whose private things are among them.
    pub(super) people: BTreeSet<Uuid>,
}

impl Places {
    /// Says where one thing lives.
    pub(super) fn of(catalogue: &Catalogue, home: Option<Home>) -> Self {
        let mut places = Self::default();
        places.add(catalogue, home);
        places
    }

    fn add(&mut self, catalogue: &Catalogue, home: Option<Home>) {
        match home {
            Some(Home::Department(ix)) => {
                self.departments.insert(catalogue.departments().id(ix).uuid());
            }
            Some(Home::Person(ix)) => {
                self.people.insert(catalogue.operators().id(ix).uuid());
            }
            Some(Home::Organisation) => self.organisation = true,
            Some(Home::Nobody) => self.elsewhere = true,
            None => {}
        }
    }

    /// Reads what [`details`] wrote; `None` if a row says nothing of it.
    pub(super) fn read(details: &Map<String, Value>) -> Option<Self> {
        let places = details.get("places")?;
        let ids = |key: &str| -> BTreeSet<Uuid> {
            let list = places[key].as_array().into_iter().flatten();
            list.filter_map(|id| id.as_str()?.parse().ok()).collect()
        };
        let flag = |key: &str| places[key].as_bool().unwrap_or(true);
        let (organisation, elsewhere) = (flag("organisation"), flag("elsewhere"));
        Some(Self { departments: ids("departments"), organisation, elsewhere, people: ids("people") })
    }
}

/// Describes changes that lead from one state to another, for the details of their audit row.
pub(super) fn details(before: &View, after: &View, changes: &[Change]) -> Map<String, Value> {
    let (was, will) = (before.catalogue(), after.catalogue());
    let mut places = Places::default();
    for change in changes {
        for (catalogue, record) in [(was, change.before()), (will, change.after())] {
            let subject = record.and_then(|record| Subject::of(catalogue, record));
            places.add(catalogue, subject.and_then(|subject| Home::of(catalogue, subject)));
        }
    }
    if places.departments.len() > PLACES || places.people.len() > PLACES {
        places.elsewhere = true;
    }
    let ids = |all: &BTreeSet<Uuid>| all.iter().take(PLACES).map(Uuid::to_string).collect::<Vec<_>>();
    let mut details = Map::new();
    details.insert("count".to_owned(), changes.len().into());
    // Permissions and keys first: a long list is cut at its end.
    let first = |change: &&Change| matches!(change.kind(), Kind::Operator | Kind::Credential);
    let sorted = changes.iter().filter(first).chain(changes.iter().filter(|change| !first(change)));
    let deeds: Vec<Value> = sorted.take(NAMED).map(|change| deed(before, after, change)).collect();
    details.insert("deeds".to_owned(), deeds.into());
    let places = json!({
        "departments": ids(&places.departments), "organisation": places.organisation,
        "elsewhere": places.elsewhere, "people": ids(&places.people),
    });
    details.insert("places".to_owned(), places);
    details
}

/// Describes one change: what was done to which thing, and what was granted.
fn deed(before: &View, after: &View, change: &Change) -> Value {
    let mut deed = json!({ "deed": word(change), "kind": change.kind().word(), "id": change.uuid().to_string() });
    if let Some(owner) = private_owner(change) {
        deed["of"] = owner.to_string().into();
    } else if let Some(name) = change.subject().name() {
        deed["name"] = (&**name).into();
    }
    if let Some(department) = home(after, change.after()).or_else(|| home(before, change.before())) {
        deed["in"] = department.to_string().into();
    }
    if change.kind() == Kind::Operator {
        let (given, taken) = grants(before, after, change);
        for (name, roles) in [("given", given), ("taken", taken)] {
            if !roles.is_empty() {
                deed[name] = roles.into();
            }
        }
    }
    deed
}

/// Says what becomes of a thing in one word: keys are also enabled, disabled, revoked, reinstated and rotated.
pub(super) fn word(change: &Change) -> &'static str {
    match (change.before(), change.after()) {
        (None, _) => "add",
        (_, None) => "remove",
        (Some(Record::Credential(was)), Some(Record::Credential(will))) => key_word(was, will),
        _ => "edit",
    }
}

fn key_word(was: &Credential, will: &Credential) -> &'static str {
    match (was.state, will.state) {
        (was, will) if was == will => {}
        (State::Revoked, _) => return "reinstate",
        (_, State::Revoked) => return "revoke",
        (_, State::Disabled) => return "disable",
        (_, State::Active) => return "enable",
    }
    if was.secret == will.secret { "edit" } else { "rotate" }
}

/// Returns the operator whose private key a change is about, on either side.
fn private_owner(change: &Change) -> Option<Id<Operator>> {
    let owner = |record: Option<&Record>| match record {
        Some(Record::Credential(Credential { owner: Owner::Operator(id), .. })) => Some(*id),
        _ => None,
    };
    owner(change.after()).or_else(|| owner(change.before()))
}

fn home(view: &View, record: Option<&Record>) -> Option<Id<Department>> {
    let catalogue = view.catalogue();
    match Home::of(catalogue, Subject::of(catalogue, record?)?)? {
        Home::Department(ix) => Some(catalogue.departments().id(ix)),
        Home::Organisation | Home::Person(_) | Home::Nobody => None,
    }
}

/// Returns the roles that a change gives and takes, as they are written.
fn grants(before: &View, after: &View, change: &Change) -> (Vec<String>, Vec<String>) {
    let held = |record: Option<&Record>| match record {
        Some(Record::Operator(it)) => it.grants.clone(),
        _ => Vec::new(),
    };
    let (had, has) = (held(change.before()), held(change.after()));
    let text = |view: &View, grant: &Grant| {
        let elsewhere = || match grant.on {
            GrantScope::Workspace(id) => format!("{} in workspace {id}", grant.role.word()),
            GrantScope::Department(id) => format!("{}@{id}", grant.role.word()),
            GrantScope::Database => grant.role.word().to_owned(),
        };
        role_text(*grant, &crate::form::lookup::Lookup::new(view.catalogue())).unwrap_or_else(elsewhere)
    };
    let given = has.iter().filter(|grant| !had.contains(grant)).map(|grant| text(after, grant)).collect();
    let taken = had.iter().filter(|grant| !has.contains(grant)).map(|grant| text(before, grant)).collect();
    (given, taken)
}
