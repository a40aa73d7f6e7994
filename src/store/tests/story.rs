//! A day in the life of a database.

use super::site::{
    apply, at, credential, department, entry, id, names, node, records, rule, sites, workflow, workspace,
};
use crate::{
    domain::{
        assignment::Scope,
        change::{Change, invert_all},
        fact::{Answer, Month, Spent, Usage, Verified},
        flaw::{Flaw, KnownFlaw, Wrong},
        id::Id,
        money::MicroDollars,
        provider::ModelKind,
        record::{Kind, Record},
        usage::{Amounts, UsageDetail, UsageOnly, UsageSum, UsageWish},
    },
    store::{ApplyError, Refusal, StoreError, UsageBatch},
};

#[tokio::test]
async fn a_change_set_is_applied_and_undone() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, flow) = (credential("openai-finance"), workflow("invoice-bot"));
        let step = node(flow.id, "draft");
        let give = rule(Scope::Workflow(flow.id), key.id);
        // The order inside a change set does not matter: the rule stands before what it is about.
        let set =
            [Change::add(give.clone()), Change::add(step.clone()), Change::add(flow.clone()), Change::add(key.clone())];
        let made = apply(&store, &acme, 0, &set).await.expect("applies");
        assert_eq!(made.number, 1);

        let loaded = store.load(acme.id, at(2)).await.expect("loads");
        assert_eq!(loaded.numbers.revision, 1);
        let expected: Vec<Record> = vec![acme.clone().into(), key.into(), flow.into(), step.into(), give.into()];
        assert_eq!(loaded.records.iter().map(|(record, _)| record.clone()).collect::<Vec<_>>(), expected);
        let origin = loaded.records[4].1.as_deref().expect("a rule knows who wrote it");
        assert_eq!((&*origin.author, origin.at, origin.revision), ("alice", at(1), 1));

        let (revision, changes) = store.revision(acme.id, 1).await.expect("is there");
        assert_eq!((&revision, changes.as_slice()), (&made, set.as_slice()));
        apply(&store, &acme, 1, &invert_all(changes)).await.expect("undoes");
        assert!(records(&store, &acme).await.is_empty());
        let log = store.revisions(acme.id, None, 10).await.expect("reads");
        assert_eq!(log.iter().map(|revision| revision.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(store.changes_since(acme.id, 1).await.expect("reads").len(), 4);
        assert!(matches!(store.revision(acme.id, 7).await, Err(StoreError::NoRevision(7))));
    }
}

#[tokio::test]
async fn a_stale_base_and_moved_ground_are_refused() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let key = credential("a");
        apply(&store, &acme, 0, &[Change::add(key.clone())]).await.expect("applies");

        let stale = apply(&store, &acme, 0, &[Change::add(credential("b"))]).await;
        assert!(matches!(stale, Err(ApplyError::Stale { base: 0, current: 1 })), "{stale:?}");

        let mut other = key.clone();
        other.models = Some(vec!["gpt-4o".into()]);
        let mut renamed = other.clone();
        renamed.name = "c".into();
        let edit = Change::edit(other, renamed).expect("differs");
        let moved = apply(&store, &acme, 1, &[Change::add(credential("b")), edit]).await;
        assert!(matches!(moved, Err(ApplyError::Moved { kind: Kind::Credential, id, .. }) if id == key.id.uuid()));
        assert_eq!(names(&store, &acme).await, ["a"], "nothing of it was written");
        assert_eq!(store.numbers(acme.id).await.expect("reads").revision, 1);
    }
}

#[tokio::test]
async fn names_are_unique_and_can_be_exchanged() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let many: Vec<Change> = (0..100).map(|n| Change::add(workflow(&format!("flow {n}")))).collect();
        apply(&store, &acme, 0, &many).await.expect("applies");
        let twin = Change::add(workflow("flow 77"));
        let more: Vec<Change> = (100..200).map(|n| Change::add(workflow(&format!("flow {n}")))).collect();
        let taken = apply(&store, &acme, 1, &[more, vec![twin]].concat()).await;
        assert!(
            matches!(&taken, Err(ApplyError::Taken { kind: Kind::Workflow, name }) if name == "flow 77"),
            "{taken:?}"
        );

        // Within a batch that is written at once, too.
        let mut crowd: Vec<Change> = (200..300).map(|n| Change::add(workflow(&format!("flow {n}")))).collect();
        crowd[30] = Change::add(workflow("flow 77"));
        let taken = apply(&store, &acme, 1, &crowd).await;
        assert!(matches!(&taken, Err(ApplyError::Taken { name, .. }) if name == "flow 77"), "{taken:?}");

        let exchange = |from: &Change, name: &str| {
            let Some(Record::Workflow(before)) = from.after().cloned() else { panic!("a workflow") };
            let mut after = before.clone();
            after.name = name.into();
            Change::edit(before, after).expect("differs")
        };
        let swap = [exchange(&many[0], "flow 1"), exchange(&many[1], "flow 0")];
        apply(&store, &acme, 1, &swap).await.expect("two things exchange their names");
    }
}

#[tokio::test]
async fn structure_is_kept_whole() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let parent = department("Corporate", None);
        let child = department("Finance", Some(parent.id));
        let set = [Change::add(child), Change::add(parent.clone())];
        apply(&store, &acme, 0, &set).await.expect("a child may come before its parent");
        for dangling in [Change::remove(parent), Change::add(node(id(), "of no workflow"))] {
            let refused = apply(&store, &acme, 1, &[dangling]).await;
            let dangles = matches!(refused, Err(ApplyError::Store(StoreError::Constraint(Refusal::Dangling))));
            assert!(dangles, "{refused:?}");
        }
        // A workspace's things are out of another's reach.
        let other = workspace("other");
        store.create_workspace(&other, &[entry("create")]).await.expect("a second workspace");
        let foreign = workflow("mine");
        apply(&store, &acme, 1, &[Change::add(foreign.clone())]).await.expect("applies");
        let reach = apply(&store, &other, 0, &[Change::add(node(foreign.id, "theirs"))]).await;
        assert!(matches!(reach, Err(ApplyError::Store(StoreError::Constraint(Refusal::Dangling)))), "{reach:?}");
    }
}

#[tokio::test]
async fn the_workspace_itself_is_edited_but_not_made_or_removed() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let mut strict = acme.clone();
        strict.allow_request_overrides = true;
        let edit = Change::edit(acme.clone(), strict.clone()).expect("differs");
        apply(&store, &acme, 0, std::slice::from_ref(&edit)).await.expect("applies");
        assert_eq!(store.workspaces().await.expect("reads"), [strict.clone()]);
        assert!(matches!(apply(&store, &acme, 1, &[edit]).await, Err(ApplyError::Moved { .. })));
        let removed = apply(&store, &acme, 1, &[Change::remove(strict)]).await;
        assert!(matches!(removed, Err(ApplyError::Workspace)));
        let again = store.create_workspace(&workspace("acme"), &[entry("create")]).await;
        assert!(matches!(again, Err(ApplyError::Taken { kind: Kind::Workspace, .. })));
    }
}

#[tokio::test]
async fn facts_are_summed_up_and_numbered() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (parent, flow, key) = (department("Corporate", None), workflow("invoice-bot"), credential("k"));
        let child = department("Finance", Some(parent.id));
        let set: [Change; 4] = [parent.clone().into(), child.clone().into(), flow.clone().into(), key.clone().into()]
            .map(|record: Record| Change::add(record));
        apply(&store, &acme, 0, &set).await.expect("applies");
        let line = |day: jiff::civil::Date, spend, recorded| Usage {
            day,
            workflow: Some(flow.id),
            node: Some("draft".into()),
            provider: "openai".into(),
            model: "gpt-4o".into(),
            credential: Some(key.id),
            estimate: true,
            department: Some(child.id),
            cost_centre: None,
            customer: None,
            input_tokens: 10,
            output_tokens: 20,
            requests: 1,
            recorded,
            spend,
        };
        let today = at(0).to_zoned(jiff::tz::TimeZone::UTC).date();
        let long_ago = today.saturating_sub(jiff::Span::new().days(30));
        let lines = [
            line(today, Some(MicroDollars(5)), Some(MicroDollars(99))),
            line(today, None, Some(MicroDollars(3))),
            line(today, None, None),
            line(long_ago, Some(MicroDollars(100)), None),
        ];
        let batch = UsageBatch { workspace: acme.id, source: "dify", replaces: Some((long_ago, today)), lines: &lines };
        for _ in 0..2 {
            store.add_usage(batch.clone()).await.expect("a repeated import replaces");
        }
        assert_eq!(store.usage(acme.id, long_ago, today).await.expect("reads").len(), 4);

        let facts = store.facts(acme.id, at(0)).await.expect("reads");
        let spent = |amount| Some(Spent { amount: MicroDollars(amount), estimate: true });
        assert_eq!(facts.number, 2);
        assert_eq!(facts.recent.get(flow.id), spent(8));
        let total: i64 =
            facts.spend.values().filter_map(|month| month.departments.get(parent.id)).map(|it| it.amount.0).sum();
        assert_eq!(total, 108, "a department's sum includes those below");
        assert_eq!(facts.spend[&Month::of(at(0))].credentials.get(key.id), spent(8));

        let version = id();
        store.mark_unreadable(acme.id, version, at(1)).await.expect("marks");
        let verified = Verified { at: at(2), answer: Answer::OutOfQuota };
        let number = store.set_verified(acme.id, &[(key.id, verified.clone())]).await.expect("notes");
        let facts = store.load(acme.id, at(0)).await.expect("loads").facts;
        assert_eq!((facts.number, number), (4, 4));
        assert!(facts.unreadable.contains(&version));
        assert_eq!(facts.verified[&key.id], verified);
        store.mark_secrets(&[], &[(acme.id, version)], at(2)).await.expect("unmarks");
        assert!(store.facts(acme.id, at(0)).await.expect("reads").unreadable.is_empty());

        let flaw = |wrong, source: &str| KnownFlaw {
            source: source.into(),
            seen: at(3),
            flaw: Flaw {
                wrong,
                provider: "openai".into(),
                model: (wrong != Wrong::Gone).then(|| "gpt-4o".into()),
                kind: (wrong == Wrong::Drifted).then_some(ModelKind::Llm),
                key: (wrong == Wrong::Drifted).then_some(key.id),
                detail: (wrong != Wrong::Drifted).then(|| "ä".into()),
            },
        };
        let (one, two) = (Wrong::ALL.iter().map(|&it| flaw(it, "one")).collect::<Vec<_>>(), flaw(Wrong::Gone, "two"));
        store.set_flaws(acme.id, "two", std::slice::from_ref(&two)).await.expect("notes");
        store.set_flaws(acme.id, "one", &one[1..]).await.expect("notes");
        store.set_flaws(acme.id, "one", &one).await.expect("replaces");
        let known = store.facts(acme.id, at(0)).await.expect("reads").flaws;
        assert_eq!(known, one.into_iter().chain([two]).collect::<Vec<_>>());
        store.set_flaws(acme.id, "one", &[]).await.expect("forgets");
        assert_eq!(store.facts(acme.id, at(0)).await.expect("reads").flaws.len(), 1);
    }
}

#[tokio::test]
async fn others_hear_of_a_commit() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let other = site.open().await;
        let mut feed = other.watch(std::time::Duration::from_millis(1)).await.expect("listens");
        apply(&store, &acme, 0, &[Change::add(credential("new"))]).await.expect("applies");
        tokio::time::timeout(std::time::Duration::from_secs(10), feed.changed())
            .await
            .expect("hears of it")
            .expect("can ask");
        assert_eq!(other.numbers(acme.id).await.expect("reads").revision, 1);
    }
}

#[tokio::test]
async fn sums_of_usage_are_what_its_lines_add_up_to() {
    let (first, last) = (jiff::civil::date(2026, 10, 30), jiff::civil::date(2026, 11, 3));
    let (key, flow, paying): (Id<_>, Id<_>, Id<_>) = (id(), id(), id());
    let line = |number: u32| Usage {
        day: first.saturating_add(jiff::Span::new().days(i64::from(number % 5))),
        workflow: (!number.is_multiple_of(3)).then_some(flow),
        node: number.is_multiple_of(2).then(|| format!("node {}", number % 4).into()),
        provider: if number.is_multiple_of(2) { "openai" } else { "mistral" }.into(),
        model: format!("model {}", number % 3).into(),
        credential: number.is_multiple_of(7).then_some(key),
        estimate: number.is_multiple_of(2),
        department: number.is_multiple_of(4).then_some(paying),
        cost_centre: number.is_multiple_of(6).then(|| "4100".into()),
        customer: number.is_multiple_of(11).then(|| "acme".into()),
        input_tokens: u64::from(number),
        output_tokens: 2,
        requests: 1,
        recorded: number.is_multiple_of(3).then_some(MicroDollars(7)),
        spend: number.is_multiple_of(2).then_some(MicroDollars(i64::from(number))),
    };
    let lines: Vec<Usage> = (0..300).map(line).collect();
    let only = [
        None,
        Some(UsageOnly::CostCentre("4100".into())),
        Some(UsageOnly::Customer("acme".into())),
        Some(UsageOnly::Node("node 2".into())),
        Some(UsageOnly::Provider("openai".into())),
        Some(UsageOnly::Model("openai".into(), "model 1".into())),
        Some(UsageOnly::Credential(key)),
    ];
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let batch = UsageBatch { workspace: acme.id, source: "test", replaces: None, lines: &lines };
        store.add_usage(batch).await.expect("takes usage");
        let days = (first.tomorrow().expect("a day"), last);
        for detail in UsageDetail::ALL {
            for only in &only {
                let wish = UsageWish { days, detail, only: only.clone() };
                let mut found = store.usage_sums(acme.id, &wish).await.expect("sums up");
                let mut expected: Vec<UsageSum> = Vec::new();
                for line in lines.iter().filter(|line| line.day > first && matches(line, only.as_ref())) {
                    let sum = UsageSum::of(line, detail);
                    let same = |known: &&mut UsageSum| {
                        UsageSum { amounts: Amounts::default(), ..UsageSum::clone(known) }
                            == UsageSum { amounts: Amounts::default(), ..sum.clone() }
                    };
                    match expected.iter_mut().find(same) {
                        Some(known) => known.amounts.add(&sum.amounts),
                        None => expected.push(sum),
                    }
                }
                let order = |sums: &mut Vec<UsageSum>| sums.sort_by_key(|sum| format!("{sum:?}"));
                order(&mut found);
                order(&mut expected);
                assert!(!found.is_empty());
                assert_eq!(found, expected, "{detail:?} {only:?}");
            }
        }
    }
}

fn matches(line: &Usage, only: Option<&UsageOnly>) -> bool {
    match only {
        None => true,
        Some(UsageOnly::CostCentre(text)) => line.cost_centre.as_ref() == Some(text),
        Some(UsageOnly::Customer(text)) => line.customer.as_ref() == Some(text),
        Some(UsageOnly::Node(text)) => line.node.as_ref() == Some(text),
        Some(UsageOnly::Provider(text)) => line.provider == *text,
        Some(UsageOnly::Model(provider, model)) => line.provider == *provider && line.model == *model,
        Some(UsageOnly::Credential(key)) => line.credential == Some(*key),
    }
}
