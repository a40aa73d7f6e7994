//! What is staged, by whom it is approved, and the secrets that come with it.

use super::site::{apply, at, credential, entry, id, request, secret_row, sites, workflow};
use crate::{
    domain::{
        change::Change,
        credential::{Sealed, SecretRef},
    },
    store::{ApplyError, ApplyRequest, Approval, VersionState, Whose},
};

#[tokio::test]
async fn staged_changes_outlive_a_connection() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let alice = id();
        let whose = Whose { workspace: acme.id, operator: alice };
        let others = Whose { workspace: acme.id, operator: id() };
        let (one, two) = (Change::add(credential("one")), Change::add(credential("two")));
        store.stage(whose, 0, std::slice::from_ref(&one), &[], at(1)).await.expect("stages");
        store.stage(whose, 7, std::slice::from_ref(&two), &[], at(2)).await.expect("stages");
        store.close().await;

        let store = site.open().await;
        let staged = store.staged(whose).await.expect("reads");
        assert_eq!(
            (staged.base_revision, staged.updated_at),
            (0, Some(at(2))),
            "what others did since is not seen yet"
        );
        assert_eq!(staged.changes, [(0, one), (1, two.clone())]);
        store.unstage(whose, &[0]).await.expect("unstages");
        assert_eq!(store.staged(whose).await.expect("reads").changes, [(1, two.clone())]);
        assert!(store.staged(others).await.expect("reads").changes.is_empty(), "not another's");

        let three = Change::add(credential("three"));
        let (replaced, added) = ([(1, three.clone())], [two.clone()]);
        store.rebase(whose, 5, &[], &replaced, &added, at(3)).await.expect("rebases");
        let staged = store.staged(whose).await.expect("reads");
        assert_eq!((staged.base_revision, staged.changes), (5, vec![(1, three), (2, two.clone())]));
        assert_eq!(store.all_staged(acme.id).await.expect("reads").len(), 1);
        store.unstage(whose, &[1, 2]).await.expect("unstages");
        store.stage(whose, 9, &[two], &[], at(4)).await.expect("stages");
        assert_eq!(store.staged(whose).await.expect("reads").base_revision, 9, "an empty set is none");
        store.discard(whose).await.expect("discards");
        assert!(store.staged(whose).await.expect("reads").changes.is_empty());
    }
}

#[tokio::test]
async fn an_approval_is_of_a_set_as_it_is() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let strict = crate::domain::people::Workspace { approval: true, ..acme.clone() };
        let strict = Change::edit(acme.clone(), strict).expect("differs");
        apply(&store, &acme, 0, &[strict]).await.expect("applies");
        let (alice, bob, audit) = (id(), id(), [entry("apply")]);
        let whose = Whose { workspace: acme.id, operator: alice };
        let set = [Change::add(workflow("bot"))];
        let request =
            |approver, changes| ApplyRequest { author: Some(alice), approver, ..request(&acme, 1, changes, &audit) };
        let stage = || store.stage(whose, 1, &set, &[], at(1));
        let approve = |approver, plan| {
            let approval = Approval { approver, plan, at: at(2) };
            let store = &store;
            async move { store.approve(whose, &approval, &[entry("approve")]).await }
        };
        stage().await.expect("stages");
        approve(bob, whose.plan(&set)).await.expect("approves");
        assert!(approve(alice, whose.plan(&set)).await.is_err(), "nobody approves their own");
        let other = [Change::add(workflow("other"))];
        for refused in [request(None, &set), request(Some(id()), &set), request(Some(bob), &other)] {
            assert!(matches!(store.apply(refused).await, Err(ApplyError::Unapproved)));
        }
        stage().await.expect("stages");
        assert!(store.approvals(whose).await.expect("reads").is_empty(), "a change takes the approvals away");
        approve(bob, whose.plan(&set)).await.expect("approves");
        let approved = ApplyRequest { done_with: Some(9), ..request(Some(bob), &set) };
        assert_eq!(store.apply(approved).await.expect("applies").plan, Some(whose.plan(&set)));
        assert!(store.approvals(whose).await.expect("reads").is_empty(), "an approval is for once");
        let emergency = ApplyRequest { emergency: true, ..request(None, &other) };
        store.apply(ApplyRequest { base_revision: 2, ..emergency }).await.expect("an emergency waits for nobody");
    }
}

#[tokio::test]
async fn a_staged_secret_lives_and_dies_with_its_change() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let whose = Whose { workspace: acme.id, operator: id() };
        let audit = [entry("apply")];
        let mut rows = Vec::new();
        for name in ["one", "two", "three"] {
            let mut key = credential(name);
            let row = secret_row(&store, key.id).await;
            key.secret = SecretRef::Sealed(Sealed { version: row.version, last4: None, fields: Vec::new() });
            rows.push((Change::add(key), row));
        }
        let state = |version| {
            let store = &store;
            async move { store.secret_version(acme.id, version).await.expect("reads").expect("is there").state }
        };
        let (changes, secrets): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let [first, second, third] = &secrets[..] else { panic!("three") };
        store.stage(whose, 0, &changes, &secrets, at(1)).await.expect("stages");
        store.unstage(whose, &[1]).await.expect("unstages");
        assert_eq!(state(second.version).await, VersionState::Destroyed);
        let by_them =
            ApplyRequest { author: Some(whose.operator), done_with: Some(0), ..request(&acme, 0, &[], &audit) };
        store.apply(ApplyRequest { changes: &changes[..1], ..by_them }).await.expect("applies");
        assert_eq!(state(first.version).await, VersionState::Current);
        assert_eq!(state(third.version).await, VersionState::Staged, "what is staged behind it stays");
        store.discard(whose).await.expect("discards");
        assert_eq!(state(third.version).await, VersionState::Destroyed);
        assert_eq!(state(first.version).await, VersionState::Current);
    }
}
