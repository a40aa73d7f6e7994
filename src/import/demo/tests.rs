use std::collections::{BTreeMap, HashMap, HashSet};

use super::*;
use crate::domain::{
    assignment::{Assignment, Scope, Strength, Target},
    credential::{Credential, Instance, Owner, SecretRef, State},
    money::{BudgetKind, MicroDollars},
    people::{Department, Operator, Role},
    provider::ModelKind,
    workflow::{Force, Node, Uses, Workflow},
};

const NOW: &str = "2026-11-21T09:30:00Z";

fn demo(workflows: usize) -> Demo {
    demo_at(workflows, NOW)
}

fn demo_at(workflows: usize, now: &str) -> Demo {
    Demo::generate(&Options { workflows, seed: SEED, now: now.parse().unwrap() })
}

fn prices() -> crate::cost::price::BundledPrices {
    crate::cost::price::BundledPrices::new(
        [
            ("openai", "openai"),
            ("anthropic", "anthropic"),
            ("gemini", "google"),
            ("mistral", "mistral"),
            ("voyage", "voyageai"),
        ]
        .map(|(ours, theirs)| (ours.into(), theirs.into())),
    )
}

macro_rules! all {
    ($demo:expr, $kind:ident) => {
        $demo
            .records()
            .filter_map(|record| match record {
                Record::$kind(it) => Some(it),
                _ => None,
            })
            .collect::<Vec<$kind>>()
    };
}

// After the macro, which they use.
mod answers;
mod validity;

/// Everything about a demo as text, secrets exposed.
fn bytes(demo: &Demo) -> String {
    let mut text = String::new();
    for record in demo.records() {
        text += &serde_json::to_string(&record).unwrap();
    }
    for secret in demo.secrets() {
        let fields: Vec<_> = secret.fields.iter().map(|(name, value)| (name, value.expose())).collect();
        text.extend([secret.credential.to_string(), format!("{fields:?}")]);
    }
    for line in demo.usage(&prices()) {
        text += &serde_json::to_string(&line).unwrap();
    }
    text
}

#[test]
fn a_seed_a_day_and_a_size_decide_everything() {
    let one = bytes(&demo(120));
    assert_eq!(one, bytes(&demo(120)));
    assert_eq!(one, bytes(&demo_at(120, "2026-11-21T23:59:59Z")), "the hour doesn't count");
    assert_ne!(one, bytes(&demo_at(120, "2026-11-22T09:30:00Z")));
    let other = Demo::generate(&Options { workflows: 120, seed: SEED + 1, now: NOW.parse().unwrap() });
    assert_ne!(one, bytes(&other));
}

#[test]
fn the_demo_has_as_many_workflows_as_were_asked_for() {
    for wanted in [organisation::told(), 60, 100, 101, 150, 1000] {
        assert_eq!(all!(demo(wanted), Workflow).len(), wanted);
    }
    assert_eq!(all!(demo(1), Workflow).len(), organisation::told(), "those with something to tell are always there");
    assert_eq!(organisation::told(), 33);
}

#[test]
fn records_come_in_the_order_in_which_they_can_be_written() {
    let demo = demo(400);
    let kinds: Vec<Kind> = demo.records().map(|record| record.kind()).collect();
    assert!(kinds.is_sorted());
    assert_eq!(kinds[0], Kind::Workspace);
    assert_eq!(&*demo.workspace().name, "larkspur");
    let mut written = HashSet::new();
    for it in all!(demo, Department) {
        assert!(it.parent.is_none_or(|parent| written.contains(&parent)), "{} before what is above it", it.name);
        written.insert(it.id);
    }
}

#[test]
fn every_state_of_a_key_is_there() {
    let demo = demo(100);
    let now: Timestamp = NOW.parse().unwrap();
    let keys = all!(demo, Credential);
    let count = |is: &dyn Fn(&Credential) -> bool| keys.iter().filter(|key| is(key)).count();
    let soon = now + jiff::SignedDuration::from_hours(24 * 7);
    assert!((60..70).contains(&keys.len()), "{}", keys.len());
    for (what, least, found) in [
        ("active", 50, count(&|it| it.state == State::Active)),
        ("disabled", 2, count(&|it| it.state == State::Disabled)),
        ("revoked", 2, count(&|it| it.state == State::Revoked)),
        ("expired", 3, count(&|it| it.expires.is_some_and(|end| end <= now))),
        ("expiring", 2, count(&|it| it.expires.is_some_and(|end| now < end && end < soon))),
        ("not yet valid", 2, count(&|it| it.not_before.is_some_and(|from| now < from))),
        ("private", 3, count(&|it| matches!(it.owner, Owner::Operator(_)))),
        ("a department's", 10, count(&|it| matches!(it.owner, Owner::Department(_)))),
        ("the system's", 10, count(&|it| it.owner == Owner::System)),
        ("production", 5, count(&|it| it.environment.as_deref() == Some("production"))),
        ("staging", 2, count(&|it| it.environment.as_deref() == Some("staging"))),
        ("development", 2, count(&|it| it.environment.as_deref() == Some("development"))),
        ("for certain models", 3, count(&|it| it.models.is_some())),
        ("hard budget", 3, count(&|it| it.budget.is_some_and(|budget| budget.kind == BudgetKind::Hard))),
        ("soft budget", 2, count(&|it| it.budget.is_some_and(|budget| budget.kind == BudgetKind::Soft))),
        ("external", 1, count(&|it| matches!(it.secret, SecretRef::External(_)))),
        ("lent", 1, count(&|it| !it.usable_by.is_empty())),
        ("with a note", 10, count(&|it| it.note.is_some())),
    ] {
        assert!(found >= least, "{what}: {found}");
    }
}

#[test]
fn rules_are_of_every_kind_and_at_every_layer() {
    let demo = demo(100);
    let now: Timestamp = NOW.parse().unwrap();
    let rules = all!(demo, Assignment);
    let has = |is: &dyn Fn(&Assignment) -> bool| rules.iter().any(is);
    for (what, found) in [
        ("workflow", has(&|it| matches!(it.scope, Scope::Workflow(_)))),
        ("app", has(&|it| matches!(it.scope, Scope::App(_)))),
        ("owner", has(&|it| matches!(it.scope, Scope::Owner(_)))),
        ("department", has(&|it| matches!(it.scope, Scope::Department(_)))),
        ("workspace", has(&|it| it.scope == Scope::Workspace)),
        ("system", has(&|it| it.scope == Scope::System)),
        ("pool", has(&|it| matches!(it.target, Target::Pool(_)))),
        ("deny", has(&|it| it.target == Target::Deny)),
        ("table", has(&|it| matches!(&it.target, Target::Variable { values, .. } if values.len() >= 3))),
        ("by name", has(&|it| matches!(it.target, Target::Variable { by_name: true, .. }))),
        ("preferred", has(&|it| it.strength == Strength::Preferred)),
        ("past", has(&|it| it.until.is_some_and(|end| end <= now))),
        ("current", has(&|it| it.is_active(now) && it.from.is_some() && it.until.is_some())),
        ("future", has(&|it| it.from.is_some_and(|from| now < from))),
        ("for a model", has(&|it| it.model.is_some())),
        ("for a kind", has(&|it| it.kind.is_some())),
    ] {
        assert!(found, "{what}");
    }
    let nodes = all!(demo, Node);
    assert!(nodes.iter().any(|it| it.key.is_some()), "the layer of nodes");
    assert!(all!(demo, Instance).iter().any(|it| it.key.is_some()), "the layer of instances");
}

#[test]
fn people_hold_every_role_and_workflows_every_form() {
    let demo = demo(100);
    let operators = all!(demo, Operator);
    let roles: HashSet<Role> = operators.iter().flat_map(|it| &it.grants).map(|grant| grant.role).collect();
    assert_eq!(roles.len(), Role::ALL.len());
    assert!(operators.iter().any(|it| it.service));

    let workflows = all!(demo, Workflow);
    assert!(workflows.iter().any(|it| it.draft) && workflows.iter().any(|it| it.force == Force::Enforced));
    assert!(workflows.iter().all(|it| it.environment.is_some()));
    let mut nodes: HashMap<_, usize> = HashMap::new();
    let all = all!(demo, Node);
    for node in &all {
        *nodes.entry(node.workflow).or_default() += 1;
    }
    assert!(nodes.values().all(|count| (1..=6).contains(count)) && nodes.len() == workflows.len());
    let kinds: HashSet<ModelKind> = all.iter().map(|node| node.kind).collect();
    assert!([ModelKind::Llm, ModelKind::Embedding, ModelKind::Rerank].iter().all(|kind| kinds.contains(kind)));
    assert!(all.iter().any(|node| node.runs > 1));
    let providers: HashSet<&str> = all
        .iter()
        .filter_map(|node| match &node.uses {
            Uses::Model { provider, .. } => Some(&**provider),
            Uses::Instance(_) => None,
        })
        .collect();
    assert!(providers.len() >= 12, "{providers:?}");
}

#[test]
fn secrets_are_marked_fakes_and_some_keys_are_the_same() {
    let demo = demo(300);
    let names: HashMap<_, _> = all!(demo, Credential).into_iter().map(|it| (it.id, it.name)).collect();
    let mut holders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut with_secret = HashSet::new();
    for secret in demo.secrets() {
        with_secret.insert(&*names[&secret.credential]);
        assert!(!secret.fields.is_empty());
        for value in secret.fields.values() {
            assert!(value.expose().contains(MARK));
            holders.entry(value.expose().to_owned()).or_default().push(&names[&secret.credential]);
        }
    }
    let twice: Vec<_> = holders.into_values().filter(|names| names.len() > 1).collect();
    assert_eq!(twice.len(), 2, "{twice:?}");
    for without in ["anthropic-partner-site", "gemini-trial", "gateway-production"] {
        assert!(!with_secret.contains(without), "{without}");
    }
    assert_eq!(names.len() - with_secret.len(), 3);
}

#[test]
fn what_is_wrong_on_purpose_says_so_and_is_there() {
    let demo = demo(100);
    let workflows = all!(demo, Workflow);
    let wrong: HashSet<&str> = workflows
        .iter()
        .filter(|it| it.note.as_deref().is_some_and(|note| note.starts_with("wrong on purpose")))
        .map(|it| &*it.name)
        .collect();
    assert!(wrong.len() >= 12, "{wrong:?}");
    let keys: HashMap<_, _> = all!(demo, Credential).into_iter().map(|it| (it.id, it)).collect();
    let now: Timestamp = NOW.parse().unwrap();
    let key_of = |name: &str| -> (&Workflow, &Credential) {
        let workflow = workflows.iter().find(|it| &*it.name == name).unwrap();
        let rule = all!(demo, Assignment).into_iter().find(|it| it.scope == Scope::Workflow(workflow.id)).unwrap();
        let Target::Key(id) = rule.target else { panic!("{name} has a key") };
        assert_eq!(rule.strength, Strength::Required);
        (workflow, &keys[&id])
    };
    assert!(key_of("vendor-risk-check").1.expires.unwrap() <= now, "an expired required key");
    let (press, private) = key_of("press-digest");
    assert!(
        matches!(private.owner, Owner::Operator(_)) && press.owner == crate::domain::workflow::Ownership::Inherited
    );
    let (refund, staging) = key_of("refund-approver");
    assert_ne!(refund.environment, staging.environment);
    assert!(key_of("launch-translator").1.not_before.unwrap() > now);
    assert_eq!(key_of("log-explainer").1.state, State::Disabled);
    assert_eq!(key_of("qa-regression").1.budget.unwrap().kind, BudgetKind::Hard);
    assert!(!all!(demo, Assignment).iter().any(|it| &*it.provider == "openrouter"), "patent-scout has no key at all");
}

#[test]
fn budgets_are_nearly_spent_and_overspent_on_any_day_of_the_month() {
    for now in [NOW, "2026-12-01T00:00:00Z", "2026-12-31T23:00:00Z", "2027-02-28T12:00:00Z"] {
        for seed in 0..2 {
            let demo = Demo::generate(&Options { workflows: 100, seed, now: now.parse().unwrap() });
            let keys = all!(demo, Credential);
            let part = |name: &str| {
                let key = keys.iter().find(|it| &*it.name == name).unwrap();
                let spent = month_spend(&demo, key, now.parse().unwrap());
                spent.0 * 1000 / key.budget.unwrap().monthly.0
            };
            let (evals, marketing) = (part("openai-evals"), part("openai-marketing"));
            assert!(evals >= 1000, "{now} {seed}: {evals}");
            assert!((930..1000).contains(&marketing), "{now} {seed}: {marketing}");
        }
    }
}

fn month_spend(demo: &Demo, key: &Credential, now: Timestamp) -> MicroDollars {
    let today = usage::day_of(now);
    let prices = prices();
    let lines = demo.usage(&prices).filter(|it| it.credential == Some(key.id));
    lines.filter(|it| it.day.first_of_month() == today.first_of_month()).filter_map(|it| it.spend).sum()
}

#[test]
fn usage_has_the_shape_of_a_quarter_of_work() {
    let demo = demo(100);
    let prices = prices();
    let lines: Vec<Usage> = demo.usage(&prices).collect();
    let today = usage::day_of(NOW.parse().unwrap());
    let first = today.saturating_sub(jiff::Span::new().days(DAYS - 1));
    assert!(lines.iter().all(|it| (first..=today).contains(&it.day) && it.requests > 0));
    assert!((15_000..40_000).contains(&lines.len()), "{}", lines.len());

    let requests = |is: &dyn Fn(&Usage) -> bool| lines.iter().filter(|it| is(it)).map(|it| it.requests).sum::<u64>();
    let weekend = requests(&|it| it.day.weekday().to_monday_zero_offset() >= 5);
    assert!(weekend * 5 < requests(&|_| true), "two days in seven bring less than a fifth");
    let middle = today.saturating_sub(jiff::Span::new().days(45));
    assert!(requests(&|it| it.day < middle) < requests(&|it| it.day >= middle), "it grows");

    assert!(lines.iter().any(|it| it.spend.is_none()), "some models have no known price");
    assert!(lines.iter().any(|it| it.customer.is_some()));
    assert!(lines.iter().any(|it| it.estimate) && lines.iter().any(|it| !it.estimate));
    assert!(lines.iter().all(|it| it.department.is_some() && it.cost_centre.is_some() && it.credential.is_some()));
    let openrouter = lines.iter().any(|it| &*it.provider == "openrouter");
    assert!(!openrouter, "what has no key has not run");
}

#[test]
fn a_large_demo_holds_its_promises() {
    let demo = demo(5_000);
    let counts = demo.records().fold(BTreeMap::<Kind, usize>::new(), |mut counts, record| {
        *counts.entry(record.kind()).or_default() += 1;
        counts
    });
    assert_eq!(counts[&Kind::Workflow], 5_000);
    assert!((14_000..16_500).contains(&counts[&Kind::Node]), "{counts:?}");
    assert!((500..600).contains(&counts[&Kind::Credential]), "{counts:?}");
    assert!((2_400..2_600).contains(&counts[&Kind::Assignment]), "{counts:?}");
    assert!((95..125).contains(&counts[&Kind::Department]), "{counts:?}");
    let lines = demo.usage(&prices()).count();
    assert!((20_000..60_000).contains(&lines), "{lines}");
}
