//! What the design says is refused when written (§2.4, last point) is nowhere in a demo.

use super::*;
use crate::domain::{credential::Pool, id::Id, name};

/// The keys, pools and instances of a demo by id, each with its provider.
struct Providers {
    keys: HashMap<Id<Credential>, Text>,
    pools: HashMap<Id<Pool>, Text>,
    instances: HashMap<Id<Instance>, Text>,
}

impl Providers {
    fn of(demo: &Demo) -> Self {
        Self {
            keys: all!(demo, Credential).into_iter().map(|it| (it.id, it.provider)).collect(),
            pools: all!(demo, Pool).into_iter().map(|it| (it.id, it.provider)).collect(),
            instances: all!(demo, Instance).into_iter().map(|it| (it.id, it.provider)).collect(),
        }
    }
}

#[test]
fn ids_and_names_are_unique_and_names_lawful() {
    for workflows in [100, 5_000] {
        let demo = demo(workflows);
        let mut ids = HashSet::new();
        let mut names = HashSet::new();
        for record in demo.records() {
            assert!(ids.insert(record.uuid()), "{record:?}");
            let Some(text) = record.name() else { continue };
            assert_eq!(name::check(text), Ok(()));
            let within = match &record {
                Record::Node(node) => Some(node.workflow),
                _ => None,
            };
            assert!(names.insert((record.kind(), within, text.clone())), "{text} twice");
        }
    }
}

#[test]
fn every_reference_leads_to_a_thing_that_can_be_written_before() {
    for workflows in [33, 100, 300] {
        let demo = demo(workflows);
        let mut written: HashSet<uuid::Uuid> = HashSet::new();
        let mut later: Vec<uuid::Uuid> = Vec::new();
        for record in demo.records() {
            let text = serde_json::to_string(&record).unwrap();
            let ids = text.split('"').filter_map(|part| part.parse::<uuid::Uuid>().ok());
            let lent = matches!(record, Record::Credential(_));
            for id in ids.filter(|id| *id != record.uuid() && !written.contains(id)) {
                assert!(lent, "{record:?} refers to {id}");
                later.push(id);
            }
            written.insert(record.uuid());
        }
        assert!(later.iter().all(|id| written.contains(id)), "a key is lent to what is written later, not to nothing");
    }
}

#[test]
fn whatever_names_a_key_is_of_its_provider() {
    let demo = demo(300);
    let known = Providers::of(&demo);
    for pool in all!(demo, Pool) {
        let members: HashSet<_> = pool.members.iter().map(|it| it.key).collect();
        assert_eq!(members.len(), pool.members.len());
        assert!(members.iter().all(|key| known.keys[key] == pool.provider), "{}", pool.name);
    }
    for instance in all!(demo, Instance) {
        assert!(instance.key.is_none_or(|key| known.keys[&key] == instance.provider), "{}", instance.name);
    }
    for node in all!(demo, Node) {
        let provider = match &node.uses {
            Uses::Model { provider, .. } => provider,
            Uses::Instance(id) => &known.instances[id],
        };
        assert!(node.key.is_none_or(|key| known.keys[&key] == *provider), "{}", node.name);
    }
    for rule in all!(demo, Assignment) {
        assert!(providers_of(&rule.target, &known).all(|it| it == rule.provider), "{rule:?}");
    }
}

fn providers_of<'a>(target: &'a Target, known: &'a Providers) -> Box<dyn Iterator<Item = Text> + 'a> {
    use crate::domain::assignment::ValueTarget;
    match target {
        Target::Key(key) => Box::new(std::iter::once(known.keys[key].clone())),
        Target::Pool(pool) => Box::new(std::iter::once(known.pools[pool].clone())),
        Target::Deny => Box::new(std::iter::empty()),
        Target::Variable { values, .. } => Box::new(values.iter().filter_map(|(_, value)| match value {
            ValueTarget::Key(key) => Some(known.keys[key].clone()),
            ValueTarget::Pool(pool) => Some(known.pools[pool].clone()),
            ValueTarget::Deny => None,
        })),
    }
}

#[test]
fn no_two_rules_speak_at_one_place_at_once() {
    let demo = demo(1_000);
    let mut places: HashMap<_, Vec<Assignment>> = HashMap::new();
    for rule in all!(demo, Assignment) {
        assert!(rule.from.zip(rule.until).is_none_or(|(from, until)| from < until), "{rule:?}");
        let here = places.entry((rule.scope, rule.provider.clone())).or_default();
        for other in here.iter() {
            assert!(!(rule.same_place(other) && rule.overlaps(other)), "{rule:?} {other:?}");
        }
        here.push(rule);
    }
}

#[test]
fn keys_and_departments_are_lawful() {
    let demo = demo(1_000);
    for key in all!(demo, Credential) {
        assert!(key.models.as_ref().is_none_or(|models| !models.is_empty()), "{}", key.name);
        assert!(key.not_before.zip(key.expires).is_none_or(|(from, until)| from < until), "{}", key.name);
    }
    let parents: HashMap<_, _> = all!(demo, Department).into_iter().map(|it| (it.id, it.parent)).collect();
    for &id in parents.keys() {
        let path = std::iter::successors(Some(id), |id| parents[id]).take(parents.len() + 1).count();
        assert!(path <= 3, "no cycle, and not deeper than people read");
    }
}

#[test]
fn what_a_vendor_requires_is_given() {
    let vendors = crate::config::vendors::Vendors::built_in();
    let demo = demo(300);
    let secrets: HashMap<_, _> = demo.secrets().map(|it| (it.credential, it.fields)).collect();
    let mut met = HashSet::new();
    for key in all!(demo, Credential) {
        let Some(vendor) = vendors.get(&key.provider) else {
            assert_eq!(&*key.provider, "larkspur-gateway");
            continue;
        };
        met.insert(key.provider.clone());
        let form = &vendor.provider.fields;
        for field in form.iter().filter(|field| field.required && !field.secret) {
            assert!(key.fields.contains_key(&field.name), "{}: {}", key.name, field.name);
        }
        let public = |name: &Text| form.iter().any(|field| field.name == *name && !field.secret);
        assert!(key.fields.keys().all(public), "{}", key.name);
        let Some(fields) = secrets.get(&key.id) else { continue };
        for field in form.iter().filter(|field| field.required && field.secret) {
            assert!(fields.contains_key(&field.name), "{}: {}", key.name, field.name);
        }
        let secret = |name: &Text| form.iter().any(|field| field.name == *name && field.secret);
        assert!(fields.keys().all(secret), "{}", key.name);
    }
    assert!(met.len() >= 12, "{met:?}");
}
