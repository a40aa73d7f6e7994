//! The size of the design: 100,000 workflows, 300,000 nodes, 50,000 rules.

use std::time::Instant;

use super::site::{apply, at, credential, node, rule, sites, workflow};
use crate::domain::{assignment::Scope, change::Change};

/// Takes half a minute without optimisation; prints what each step took.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "slow: run with --ignored --nocapture"]
async fn a_large_workspace_is_written_and_loaded() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let key = credential("everybody's");
        let mut set = vec![Change::add(key.clone())];
        for n in 0..100_000 {
            let flow = workflow(&format!("workflow {n}"));
            set.extend((0..3).map(|step| Change::add(node(flow.id, &format!("node {step}")))));
            if n % 2 == 0 {
                set.push(Change::add(rule(Scope::Workflow(flow.id), key.id)));
            }
            set.push(Change::add(flow));
        }
        let clock = Instant::now();
        apply(&store, &acme, 0, &set).await.expect("applies");
        eprintln!("applied {} changes in {:?}", set.len(), clock.elapsed());
        let clock = Instant::now();
        let loaded = store.load(acme.id, at(2)).await.expect("loads");
        eprintln!("loaded {} records in {:?}", loaded.records.len(), clock.elapsed());
        assert_eq!(loaded.records.len(), set.len() + 1);
        let clock = Instant::now();
        let undo = crate::domain::change::invert_all(set);
        apply(&store, &acme, 1, &undo).await.expect("undoes");
        eprintln!("undone in {:?}", clock.elapsed());
    }
}
