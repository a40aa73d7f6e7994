//! What a forger leaves behind.

use super::site::{Site, apply, at, credential, department, entry, sites, workspace};
use crate::{
    domain::change::Change,
    store::{ApplyError, AuditFilter, AuditSeal, Fault, Store, StoreError},
};

/// Makes a chain of ten rows: one for the workspace, two revisions, seven others.
async fn chain(site: &Site) -> (Store, crate::domain::people::Workspace) {
    let (store, acme) = site.with_workspace().await;
    for base in 0..2 {
        let set = [Change::add(credential(&format!("key {base}")))];
        apply(&store, &acme, base, &set).await.expect("applies");
    }
    let mut more: Vec<_> = (0..7).map(|n| entry(&format!("deed {n}"))).collect();
    for (entry, second) in more.iter_mut().zip(1..) {
        entry.at = at(second);
    }
    store.append_audit(&more).await.expect("appends");
    (store, acme)
}

/// Makes a seal of a row, as a key whose MACs nobody compares would.
async fn seal_of(store: &Store, sequence: u64) -> AuditSeal {
    let page = AuditFilter { before: Some(sequence + 1), ..AuditFilter::default() };
    let row = store.audit(&page, 1).await.expect("reads").remove(0);
    AuditSeal { sequence, hash: row.hash, key_id: uuid::Uuid::from_u128(9), mac: vec![1; 32], at: at(9) }
}

#[tokio::test]
async fn an_honest_chain_verifies() {
    for site in sites() {
        let (store, acme) = chain(&site).await;
        let head = store.audit_head().await.expect("reads");
        let report = store.verify_audit(Some((head.sequence, head.hash))).await.expect("reads");
        assert_eq!((report.head.sequence, report.faults, report.clock_set_back), (10, vec![], vec![]));

        let filter = AuditFilter { workspace: Some(acme.id), action: Some("apply".into()), ..AuditFilter::default() };
        let rows = store.audit(&filter, 10).await.expect("reads");
        assert_eq!(
            rows.iter().map(|row| (row.sequence, row.entry.revision)).collect::<Vec<_>>(),
            [(3, Some(2)), (2, Some(1))]
        );
        let page = AuditFilter { before: Some(9), ..AuditFilter::default() };
        let rows = store.audit(&page, 2).await.expect("reads");
        assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [8, 7]);
    }
}

#[tokio::test]
async fn a_clock_that_went_back_is_noted_in_the_row() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let at_second = |second| crate::store::AuditEntry { at: at(second), ..entry("deed") };
        store.append_audit(&[at_second(60), at_second(20), at_second(59), at_second(60)]).await.expect("appends");
        // The row of a change set is written under the same eye: it is of the time 0.
        apply(&store, &acme, 0, &[Change::add(credential("late"))]).await.expect("applies");
        let rows = store.audit(&AuditFilter::default(), 5).await.expect("reads");
        let noted =
            rows.iter().rev().map(|row| row.entry.details.get("clock_behind").and_then(serde_json::Value::as_i64));
        assert_eq!(noted.collect::<Vec<_>>(), [None, Some(40), None, None, Some(60)], "a second is a turn waited for");
        let third = rows.iter().find(|row| row.sequence == 4).expect("is there");
        assert_eq!(third.entry.at, at(60), "which it is written in");
        let report = store.verify_audit(None).await.expect("reads");
        assert_eq!((report.faults, report.clock_set_back), (vec![], vec![3, 6]));
    }
}

#[tokio::test]
async fn history_refuses_to_be_changed() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        store.add_audit_seal(&seal_of(&store, 3).await).await.expect("keeps");
        for sql in [
            "UPDATE audit SET login = 'mallory'",
            "DELETE FROM audit",
            "UPDATE revisions SET login = 'mallory'",
            "DELETE FROM revisions",
            "UPDATE revision_changes SET change = ''",
            "DELETE FROM revision_changes",
            "UPDATE audit_seals SET at = 0",
            "DELETE FROM audit_seals",
            "INSERT INTO audit_retention (one, sequence, hash) SELECT 1, sequence, hash FROM audit WHERE sequence = 5",
        ] {
            let mut session = store.engine.write().await.expect("begins");
            let refused = session.execute(sql, Vec::new()).await.expect_err(sql).to_string();
            // By the guard itself, and not by what else happens to stand in the way.
            assert!(["never", "append-only", "sealed rows"].iter().any(|it| refused.contains(it)), "{sql}: {refused}");
        }
    }
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_applied() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        site.tamper(&[site.either(
            "CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no more'); END",
            "ALTER TABLE audit ADD CONSTRAINT no_more CHECK (sequence < 2)",
        )])
        .await;
        let refused =
            apply(&store, &acme, 0, &[Change::add(credential("unheard"))]).await.expect_err("no row, no deed");
        assert!(matches!(refused, ApplyError::Store(StoreError::Unaudited(_))), "{refused:?}");
        let loaded = store.load(acme.id, at(2)).await.expect("loads");
        assert!(loaded.numbers.revision == 0 && loaded.records.len() == 1, "the workspace alone");
        assert!(store.revisions(acme.id, None, 10).await.expect("reads").is_empty());
    }
}

/// Opens every lock that a writable database has.
async fn unlock(site: &Site) {
    let sqlite = [
        "DROP TRIGGER audit_keep",
        "DROP TRIGGER audit_stay",
        "DROP TRIGGER revision_changes_keep",
        "DROP TRIGGER revisions_stay",
    ];
    let postgres = [
        "DROP TRIGGER audit_keep ON audit",
        "DROP TRIGGER audit_stay ON audit",
        "DROP TRIGGER revision_changes_keep ON revision_changes",
        "DROP TRIGGER revisions_stay ON revisions",
    ];
    site.tamper(&site.either(sqlite, postgres)).await;
}

/// What a forger does, and how to tell from the faults that it was found.
type Case = (&'static [&'static str], fn(&[Fault]) -> bool);

#[tokio::test]
async fn tampering_is_found_and_placed() {
    let cases: [Case; 8] = [
        (&["UPDATE audit SET login = 'mallory' WHERE sequence = 5"], |faults| faults == [Fault::Edited(5)]),
        (&["DELETE FROM audit WHERE sequence IN (5, 6)"], |faults| faults == [Fault::Missing { first: 5, last: 6 }]),
        (&["DELETE FROM audit WHERE sequence > 8"], |faults| faults == [Fault::End { found: 8, recorded: 10 }]),
        (&["DELETE FROM audit WHERE sequence = 1"], |faults| faults == [Fault::Missing { first: 1, last: 1 }]),
        (
            &[
                "UPDATE audit SET sequence = 99 WHERE sequence = 5",
                "UPDATE audit SET sequence = 5 WHERE sequence = 6",
                "UPDATE audit SET sequence = 6 WHERE sequence = 99",
            ],
            |faults| faults.contains(&Fault::Edited(5)) && faults.contains(&Fault::Unlinked(6)),
        ),
        (
            &["INSERT INTO audit SELECT 11, at, workspace, operator, login, proof, source, action, subject, outcome, \
               revision, details, hash, hash FROM audit WHERE sequence = 10"],
            |faults| faults.contains(&Fault::Edited(11)) && faults.contains(&Fault::End { found: 11, recorded: 10 }),
        ),
        (&["UPDATE revision_changes SET change = replace(change, 'key 0', 'key X')"], |faults| {
            matches!(faults, [Fault::Changes { revision: 1, .. }])
        }),
        (&["DELETE FROM audit WHERE sequence = 3"], |faults| {
            matches!(faults, [Fault::Missing { .. }, Fault::Unaudited { revision: 2, rows: 0, .. }])
        }),
    ];
    for (number, (forgery, expected)) in cases.into_iter().enumerate() {
        for site in sites() {
            let (store, _) = chain(&site).await;
            unlock(&site).await;
            site.tamper(forgery).await;
            let faults = store.verify_audit(None).await.expect("reads").faults;
            assert!(expected(&faults), "case {number}: {faults:?}");
        }
    }
}

#[tokio::test]
async fn a_chain_written_anew_is_found_by_seals_and_by_noted_heads() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        let head = store.audit_head().await.expect("reads");
        let seal = seal_of(&store, head.sequence).await;
        store.add_audit_seal(&seal).await.expect("keeps");
        assert_eq!(store.verify_audit(None).await.expect("reads").seals, [seal]);

        // The forger takes the last row away, moves the head back, and goes on as if nothing had been.
        unlock(&site).await;
        site.tamper(&[
            "UPDATE audit_head SET sequence = 9, hash = (SELECT previous FROM audit WHERE sequence = 10)",
            "DELETE FROM audit WHERE sequence = 10",
        ])
        .await;
        store.append_audit(&[entry("innocent")]).await.expect("appends");
        let faults = store.verify_audit(Some((head.sequence, head.hash))).await.expect("reads").faults;
        assert_eq!(faults, [Fault::Sealed(10), Fault::Noted(10)]);
    }
}

/// Takes the rows from one on away, and puts others in their place with hashes that fit.
async fn rewrite(site: &Site, store: &Store, from: u64, edit: impl Fn(&mut crate::store::AuditEntry)) {
    let rows = store.audit(&AuditFilter::default(), 100).await.expect("reads");
    let mut entries: Vec<_> = rows.into_iter().filter(|row| row.sequence >= from).map(|row| row.entry).collect();
    entries.reverse();
    entries.iter_mut().for_each(edit);
    assert_eq!(from, 5, "the statements below say so");
    unlock(site).await;
    site.tamper(&[
        "UPDATE audit_head SET sequence = 4, hash = (SELECT previous FROM audit WHERE sequence = 5)",
        "DELETE FROM audit WHERE sequence >= 5",
    ])
    .await;
    store.append_audit(&entries).await.expect("appends");
}

#[tokio::test]
async fn a_chain_whose_hashes_were_all_computed_anew_is_told_by_seals_and_noted_heads_alone() {
    for site in sites() {
        let (store, _) = chain(&site).await;
        let head = store.audit_head().await.expect("reads");
        let (early, late) = (seal_of(&store, 3).await, seal_of(&store, 8).await);
        store.add_audit_seal(&early).await.expect("keeps");
        rewrite(&site, &store, 5, |entry| entry.login = "bob".into()).await;
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, [], "nothing else can tell");
        let noted = store.verify_audit(Some((head.sequence, head.hash))).await.expect("reads").faults;
        assert_eq!(noted, [Fault::Noted(10)]);
        store.add_audit_seal(&late).await.expect("a seal of before");
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, [Fault::Sealed(8)]);
        assert_eq!(store.verify_audit_from(&early).await.expect("reads").faults, [Fault::Sealed(8)]);
        assert_eq!(store.verify_audit_from(&late).await.expect("reads").faults, [Fault::Sealed(8)]);
    }
}

#[tokio::test]
async fn a_chain_that_was_cut_off_with_its_head_is_told_by_seals_and_revisions() {
    for site in sites() {
        let (store, acme) = chain(&site).await;
        apply(&store, &acme, 2, &[Change::add(credential("late"))]).await.expect("applies");
        store.add_audit_seal(&seal_of(&store, 11).await).await.expect("keeps");
        unlock(&site).await;
        site.tamper(&[
            "UPDATE audit_head SET sequence = 9, hash = (SELECT previous FROM audit WHERE sequence = 10)",
            "DELETE FROM audit WHERE sequence >= 10",
        ])
        .await;
        let faults = store.verify_audit(None).await.expect("reads").faults;
        let expected = matches!(faults[..], [Fault::Cut(11), Fault::Unaudited { revision: 3, rows: 0, .. }]);
        assert!(expected, "{faults:?}");
    }
}

#[tokio::test]
async fn without_a_row_of_the_audit_nothing_is_applied() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let changes = [Change::add(department("Finance", None))];
        let refused = store.apply(super::site::request(&acme, 0, &changes, &[])).await;
        assert!(matches!(refused, Err(ApplyError::Unaudited)), "{refused:?}");
        let refused = store.create_workspace(&workspace("other"), &[]).await;
        assert!(matches!(refused, Err(ApplyError::Unaudited)), "{refused:?}");
        assert_eq!(store.numbers(acme.id).await.expect("reads").revision, 0);
    }
}
