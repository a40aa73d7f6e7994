//! Secrets: who may seal, how versions follow the records, what is destroyed, and how the vault moves to another key.

use uuid::Uuid;

use super::site::{apply, at, credential, entry, secret_row, sites};
use crate::{
    domain::{
        Text,
        change::Change,
        credential::{Credential, Sealed, SecretRef},
        fact::{Answer, OldSecret, Tested},
        people::Workspace,
    },
    store::{ApplyError, OldVault, Refusal, ResealedRow, SecretRow, Store, StoreError, VaultRow, VersionState},
};

/// Gives a key the secret of a row.
fn holding(key: &Credential, row: &SecretRow) -> Credential {
    let sealed = Sealed { version: row.version, last4: None, fields: vec!["api_key".into()] };
    Credential { secret: SecretRef::Sealed(sealed), ..key.clone() }
}

/// Returns the states of a key's versions, oldest first.
async fn states(store: &Store, acme: &Workspace, key: &Credential) -> Vec<VersionState> {
    store.secret_versions(acme.id, key.id).await.expect("reads").iter().map(|row| row.state).collect()
}

/// Adds a key with a secret as revision 1.
async fn with_key(store: &Store, acme: &Workspace) -> (Credential, SecretRow) {
    let key = credential("a");
    let row = secret_row(store, key.id).await;
    store.put_secrets(acme.id, std::slice::from_ref(&row)).await.expect("seals");
    let key = holding(&key, &row);
    apply(store, acme, 0, &[Change::add(key.clone())]).await.expect("adds");
    (key, row)
}

/// What the vault becomes when it moves to `key_id`.
fn moved(from: Uuid, key_id: Uuid) -> VaultRow {
    let old = OldVault { key_id: from, parameters: "{}".to_owned(), root: "wrapped".to_owned() };
    VaultRow { key_id, parameters: "{}".to_owned(), old: Some(old) }
}

#[tokio::test]
async fn secrets_are_sealed_by_the_active_key_alone() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        assert_eq!(store.vault().await.expect("reads"), None);
        let (key, row) = with_key(&store, &acme).await;
        let first = row.key_id;
        assert!(matches!(store.make_vault(first, "{}").await, Err(StoreError::OtherKey)), "only once");
        let found = store.secret_version(acme.id, row.version).await.expect("reads").expect("is there");
        assert_eq!(found, SecretRow { state: VersionState::Current, marks: Vec::new(), ..row });

        let second = Uuid::now_v7();
        let late = secret_row(&store, key.id).await;
        store.begin_rekey(&moved(first, second), &entry("rekey")).await.expect("moves");
        let again = store.begin_rekey(&moved(second, Uuid::now_v7()), &entry("rekey")).await;
        assert!(matches!(again, Err(StoreError::OtherKey)), "one at a time");
        let refused = store.put_secrets(acme.id, std::slice::from_ref(&late)).await;
        assert!(matches!(refused, Err(StoreError::OtherKey)));
        let refused = store.add_next(acme.id, &late, &entry("rotate")).await;
        assert!(matches!(refused, Err(StoreError::OtherKey)));
    }
}

#[tokio::test]
async fn versions_follow_the_records() {
    use VersionState::{Current, Old};
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, _) = with_key(&store, &acme).await;
        assert_eq!(states(&store, &acme, &key).await, [Current]);

        let second = holding(&key, &secret_row(&store, key.id).await);
        let replaced = Change::edit(key.clone(), second.clone()).expect("differs");
        apply(&store, &acme, 1, std::slice::from_ref(&replaced)).await.expect("replaces");
        assert_eq!(states(&store, &acme, &key).await, [Old, Current]);
        let facts = store.facts(acme.id, at(0)).await.expect("reads");
        let SecretRef::Sealed(first) = &key.secret else { panic!("sealed") };
        assert_eq!(facts.old[&key.id], [OldSecret { version: first.version, until: at(100) }]);

        apply(&store, &acme, 2, &[replaced.invert()]).await.expect("undoes");
        assert_eq!(states(&store, &acme, &key).await, [Current, Old]);

        let gone = Change::remove(key.clone());
        apply(&store, &acme, 3, std::slice::from_ref(&gone)).await.expect("removes");
        assert_eq!(states(&store, &acme, &key).await, [Old, Old]);
        apply(&store, &acme, 4, &[gone.invert()]).await.expect("undoes");
        assert_eq!(states(&store, &acme, &key).await, [Current, Old]);
    }
}

#[tokio::test]
async fn no_key_gets_the_secret_of_another_or_one_that_is_destroyed() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, row) = with_key(&store, &acme).await;
        let thief = holding(&credential("thief"), &row);
        let refused = apply(&store, &acme, 1, &[Change::add(thief)]).await;
        assert!(matches!(refused, Err(ApplyError::Destroyed { name }) if name == "thief"));

        let second = holding(&key, &secret_row(&store, key.id).await);
        let replaced = Change::edit(key.clone(), second).expect("differs");
        apply(&store, &acme, 1, std::slice::from_ref(&replaced)).await.expect("replaces");
        let old = [(acme.id, row.version)];
        assert_eq!(store.destroy(&old, at(99), &entry("purge")).await.expect("asks"), [], "its date has not passed");
        assert_eq!(store.destroy(&old, at(100), &entry("purge")).await.expect("destroys"), old);
        let found = store.secret_version(acme.id, row.version).await.expect("reads").expect("is remembered");
        assert_eq!((found.state, found.token), (VersionState::Destroyed, None));
        let refused = apply(&store, &acme, 2, &[replaced.invert()]).await;
        assert!(matches!(refused, Err(ApplyError::Destroyed { name }) if name == "a"));
    }
}

#[tokio::test]
async fn what_is_due_are_old_secrets_and_forgotten_staged_ones() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, row) = with_key(&store, &acme).await;
        let second = holding(&key, &secret_row(&store, key.id).await);
        apply(&store, &acme, 1, &[Change::edit(key.clone(), second.clone()).expect("differs")]).await.expect("applies");
        let (staged, forgotten) = (secret_row(&store, key.id).await, secret_row(&store, key.id).await);
        store.put_secrets(acme.id, &[staged.clone(), forgotten.clone()]).await.expect("seals");
        let change = Change::edit(second.clone(), holding(&key, &staged)).expect("differs");
        let whose = crate::store::Whose { workspace: acme.id, operator: super::site::id() };
        store.stage(whose, 2, &[change], &[], at(1)).await.expect("stages");

        assert_eq!(store.due(at(99), at(-1)).await.expect("reads"), []);
        assert_eq!(store.due(at(100), at(-1)).await.expect("reads"), [(acme.id, row.version)]);
        assert_eq!(store.due(at(99), at(1)).await.expect("reads"), [(acme.id, forgotten.version)]);
        let destroyed = store.destroy(&[(acme.id, forgotten.version)], at(1), &entry("purge")).await;
        assert_eq!(destroyed.expect("destroys").len(), 1);
        let current = [(acme.id, second.id)].map(|(workspace, _)| match &second.secret {
            SecretRef::Sealed(sealed) => (workspace, sealed.version),
            _ => panic!("sealed"),
        });
        assert_eq!(store.destroy(&current, at(1000), &entry("purge")).await.expect("asks"), [], "what is in use stays");
    }
}

#[tokio::test]
async fn one_next_secret_is_stored_beside_the_one_in_use() {
    use VersionState::{Current, Next, Old};
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, _) = with_key(&store, &acme).await;
        let next = SecretRow { state: Next, ..secret_row(&store, key.id).await };
        store.add_next(acme.id, &next, &entry("rotate")).await.expect("stores");
        let second = SecretRow { state: Next, ..secret_row(&store, key.id).await };
        let refused = store.add_next(acme.id, &second, &entry("rotate")).await;
        assert!(matches!(refused, Err(StoreError::Constraint(Refusal::Twice(_)))), "{refused:?}");

        let facts = store.facts(acme.id, at(0)).await.expect("reads");
        assert_eq!((facts.next[&key.id].version, &facts.next[&key.id].tested), (next.version, &None));
        let tested = Tested { at: at(3), answer: Answer::Works, by: "alice".into() };
        assert!(store.note_test(acme.id, next.version, &tested, &entry("rotate")).await.expect("notes"));
        let facts = store.facts(acme.id, at(0)).await.expect("reads");
        assert_eq!(facts.next[&key.id].tested, Some(tested.clone()));

        let promoted = Change::edit(key.clone(), holding(&key, &next)).expect("differs");
        apply(&store, &acme, 1, &[promoted]).await.expect("promotes");
        assert_eq!(states(&store, &acme, &key).await, [Old, Current]);
        let late = store.note_test(acme.id, next.version, &tested, &entry("rotate")).await;
        assert!(!late.expect("asks"), "it is no next one any more");
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
    }
}

#[tokio::test]
async fn twins_are_told_of_secrets_in_use_alone() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (key, _) = with_key(&store, &acme).await;
        let same = || async { store.facts(acme.id, at(0)).await.expect("reads").same };
        let twin = credential("b");
        let row = secret_row(&store, twin.id).await;
        store.put_secrets(acme.id, std::slice::from_ref(&row)).await.expect("seals");
        assert!(same().await.is_empty(), "a staged one is nobody's twin yet");
        let twin = holding(&twin, &row);
        apply(&store, &acme, 1, &[Change::add(twin.clone())]).await.expect("adds");
        let mut both = vec![key.id, twin.id];
        both.sort();
        assert_eq!(same().await, [both]);
        apply(&store, &acme, 2, &[Change::remove(twin)]).await.expect("removes");
        assert!(same().await.is_empty());
    }
}

#[tokio::test]
async fn a_rekey_replaces_what_it_read_and_ends_when_nothing_readable_is_left() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let (_, row) = with_key(&store, &acme).await;
        let broken = secret_row(&store, super::site::id()).await;
        store.put_secrets(acme.id, std::slice::from_ref(&broken)).await.expect("seals");
        let (first, second) = (row.key_id, Uuid::now_v7());
        store.begin_rekey(&moved(first, second), &entry("rekey")).await.expect("begins");
        assert_eq!(store.sealed(Some(second), None, 10).await.expect("reads").len(), 2);
        assert!(!store.end_rekey(second, &entry("rekey")).await.expect("asks"), "two are left");

        let place = (acme.id, row.version);
        let resealed = |opened: &str| ResealedRow {
            place,
            opened: opened.into(),
            token: "gAAAAB".into(),
            marks: vec![("api_key".into(), [2; 32])],
        };
        store.mark_unreadable(acme.id, row.version, at(1)).await.expect("marks");
        store.reseal(second, &[resealed("another")], &[], at(2)).await.expect("is no error");
        let token = || async { store.secret_version(acme.id, row.version).await.expect("reads").expect("there").token };
        assert_eq!(token().await, row.token, "what was replaced meanwhile stays");
        let refused = store.reseal(first, &[resealed("gAAAAA")], &[], at(2)).await;
        assert!(matches!(refused, Err(StoreError::OtherKey)), "only to the active key");
        store.reseal(second, &[resealed("gAAAAA")], &[], at(2)).await.expect("seals anew");
        assert_eq!(token().await, Some(Text::from("gAAAAB")));
        assert!(store.facts(acme.id, at(0)).await.expect("reads").unreadable.is_empty(), "it was read");

        assert!(!store.end_rekey(second, &entry("rekey")).await.expect("asks"), "one is left");
        store.reseal(second, &[], &[(acme.id, broken.version)], at(3)).await.expect("marks");
        assert!(store.end_rekey(second, &entry("rekey")).await.expect("ends"), "the rest is unreadable, and marked");
        assert_eq!(store.vault().await.expect("reads").expect("is there").old, None);
        let kept = store.secret_version(acme.id, broken.version).await.expect("reads").expect("is there");
        assert_eq!((kept.key_id, kept.token), (first, broken.token), "it keeps its token and its key id");
        let ended = store.end_rekey(second, &entry("rekey")).await;
        assert!(matches!(ended, Err(StoreError::OtherKey)), "only once");
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, []);
    }
}
