//! Old rows go below sealed ones alone, and the chain tells of it; what is repeated is counted.

use jiff::SignedDuration;

use super::site::{Site, apply, at, credential, entry, sites};
use crate::{
    domain::{change::Change, people::Workspace},
    store::{AuditFilter, AuditRow, AuditSeal, Fault, RETAIN, Store},
};

/// Makes a chain of eight rows, one a second: revisions are made by rows 2 to 5.
async fn chain(site: &Site) -> (Store, Workspace) {
    let (store, acme) = site.with_workspace().await;
    for base in 0..4 {
        apply(&store, &acme, base, &[Change::add(credential(&format!("key {base}")))]).await.expect("applies");
    }
    for second in 6..9 {
        let mut late = entry("deed");
        late.at = at(second);
        store.append_audit(&[late]).await.expect("appends");
    }
    (store, acme)
}

async fn rows(store: &Store) -> Vec<AuditRow> {
    store.audit(&AuditFilter::default(), 100).await.expect("reads")
}

/// Seals a row and removes what is below it.
async fn retain(store: &Store, below: u64) -> u64 {
    let row = rows(store).await.into_iter().find(|row| row.sequence == below).expect("the row");
    let key_id = uuid::Uuid::from_u128(9);
    let seal = AuditSeal { sequence: below, hash: row.hash, key_id, mac: vec![1; 32], at: at(9) };
    store.add_audit_seal(&seal).await.expect("keeps");
    store.retain_audit(below, row.hash, &entry(RETAIN)).await.expect("retains")
}

#[tokio::test]
async fn old_rows_go_below_a_sealed_one_and_the_chain_verifies_from_there() {
    for site in sites() {
        let (store, acme) = chain(&site).await;
        let old = rows(&store).await;
        assert_eq!(store.audit_row_at(at(7)).await.expect("reads").map(|(row, _)| row), Some(7));
        assert_eq!(retain(&store, 4).await, 3);
        let report = store.verify_audit(None).await.expect("reads");
        assert_eq!((report.faults, report.begins), (vec![], Some(4)));
        let told = rows(&store).await.remove(0);
        assert_eq!((&*told.entry.action, told.entry.details["rows"].as_u64()), (RETAIN, Some(3)));

        apply(&store, &acme, 4, &[Change::add(credential("later"))]).await.expect("applies");
        assert_eq!(retain(&store, 8).await, 4, "once more, over the revisions whose rows went before");
        let report = store.verify_audit(None).await.expect("reads");
        assert_eq!((report.faults, report.begins), (vec![], Some(8)));
        assert_eq!(rows(&store).await.len(), 4);
        assert_eq!(store.audit_size().await.expect("reads").rows, 4);
        assert_eq!(store.revisions(acme.id, None, 10).await.expect("reads").len(), 5, "revisions stay");

        let gone = old.iter().find(|row| row.sequence == 2).expect("a row that went");
        let faults = store.verify_audit(Some((2, gone.hash))).await.expect("reads").faults;
        assert_eq!(faults, [Fault::NotedGone(2)]);
    }
}

#[tokio::test]
async fn nothing_but_retention_lets_rows_go() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        retain(&store, 4).await;
        for sql in [
            "DELETE FROM audit WHERE sequence = 4",
            "DELETE FROM audit WHERE sequence = 6",
            "DELETE FROM audit_retention",
            "UPDATE audit_retention SET sequence = 3",
            "UPDATE audit_retention SET sequence = 6",
            "UPDATE audit_retention SET sequence = 6, hash = (SELECT hash FROM audit WHERE sequence = 6)",
        ] {
            let mut session = store.engine.write().await.expect("begins");
            assert!(session.execute(sql, Vec::new()).await.is_err(), "{sql}");
        }
        let refused = store.retain_audit(6, [0; 32], &entry(RETAIN)).await;
        assert!(refused.is_err(), "row 6 is not sealed");
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
    }
}

#[tokio::test]
async fn a_retention_that_no_row_tells_of_is_found() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        retain(&store, 4).await;
        site.tamper(&site.either(
            ["DROP TRIGGER audit_stay", "DROP TRIGGER audit_retention_rises"],
            ["DROP TRIGGER audit_stay ON audit", "DROP TRIGGER audit_retention_rises ON audit_retention"],
        ))
        .await;
        site.tamper(&[
            "UPDATE audit_retention SET sequence = 6, hash = (SELECT hash FROM audit WHERE sequence = 6)",
            "DELETE FROM audit WHERE sequence < 6",
        ])
        .await;
        let faults = store.verify_audit(None).await.expect("reads").faults;
        assert!(faults.contains(&Fault::Unretained(6)), "{faults:?}");
    }
}

#[tokio::test]
async fn revisions_whose_rows_went_are_still_held_fast() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        retain(&store, 4).await;
        site.tamper(&site.either(
            ["DROP TRIGGER revisions_stay", "DROP TRIGGER revision_changes_stay"],
            ["DROP TRIGGER revisions_stay ON revisions", "DROP TRIGGER revision_changes_stay ON revision_changes"],
        ))
        .await;
        site.tamper(&["DELETE FROM revision_changes WHERE revision = 1", "DELETE FROM revisions WHERE number = 1"])
            .await;
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, [Fault::OldRevisions]);
    }
}

#[tokio::test]
async fn what_is_repeated_is_counted_and_told_once() {
    let window = SignedDuration::from_secs(60);
    for site in sites() {
        let store = site.open().await;
        let denied = |second, reason: &str| {
            let mut entry = entry("apply");
            (entry.at, entry.outcome) = (at(second), "denied".into());
            entry.details.insert("reason".to_owned(), reason.into());
            entry
        };
        for second in 0..50 {
            store.append_repeated(&denied(second, "no role"), window).await.expect("notes");
        }
        store.append_repeated(&denied(50, "another reason"), window).await.expect("notes");
        assert_eq!(rows(&store).await.len(), 2, "one row for each reason");
        store.settle_repeated(at(55), window).await.expect("settles");
        assert_eq!(rows(&store).await.len(), 2, "it is too early to tell");
        store.append_repeated(&denied(70, "no role"), window).await.expect("notes");
        let told = rows(&store).await;
        let times = told[1].entry.details["times"].as_u64();
        assert_eq!((told.len(), times, &*told[1].entry.outcome), (4, Some(49), "denied"));
        store.settle_repeated(at(1000), window).await.expect("settles");
        assert_eq!(rows(&store).await.len(), 4, "what happened once was told at once");

        for number in 0..500 {
            let mut entry = denied(1001, "no role");
            entry.subject = format!("key/{number}").into();
            store.append_repeated(&entry, window).await.expect("notes");
        }
        let told = rows(&store).await;
        assert_eq!(told.len(), 4 + 33, "many different ones are told one by one no more");
        assert_eq!(&*told[0].entry.subject, "");
        store.settle_repeated(at(2000), window).await.expect("settles");
        assert_eq!(rows(&store).await[0].entry.details["times"].as_u64(), Some(467));
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
    }
}
