//! A rekey from its beginning to its end: what opens when, who seals, what is on record, and what it does about damage.

use std::time::Instant;

use crate::{
    config::{DatabaseUrl, Vendors},
    domain::{
        change::Change,
        credential::{Credential, SecretRef},
        record::{Kind as Noun, Record},
    },
    ops::{
        disclose::{Purpose, Wish},
        door::{Access, Door, Founding},
        rekey::Wanted,
        session::{Request, Session},
        tests::{House, add, house, somebody, thing},
    },
    store::{AuditFilter, AuditSeal, Fault},
    vault::{Fields, Iterations, Secret, SecretKey},
};

use super::*;

fn secret_key(which: &str) -> SecretKey {
    SecretKey::new(zeroize::Zeroizing::new(format!("k3y-{which}-Zq7kdf83Lm2xpW0v").into_bytes())).unwrap()
}

fn to_new() -> Wanted {
    Wanted { secret_key: Some(secret_key("new")), iterations: None }
}

fn plain(key: &str) -> String {
    format!("sk-FAKE-{key}-0123456789")
}

fn fields(value: &str) -> Fields {
    Fields::from([("api_key".to_owned(), Secret::new(value.to_owned()))])
}

/// Adds a key with a secret.
async fn add_key(session: &Session, name: &str, value: &str) -> Credential {
    let record = thing(session, Noun::Credential, &[("name", name), ("provider", "openai")]);
    let Record::Credential(mut key) = record else { panic!("a credential") };
    let secrets = session.seal_into(&mut key, &fields(value)).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![Change::add(key.clone())], "test") }).await.unwrap();
    key
}

/// A database with a vault under the old key, and two keys.
async fn with_keys() -> House {
    let house = house().await;
    house.door.create_vault(secret_key("old")).await.unwrap();
    let session = house.session("founder").await;
    for key in ["a", "b"] {
        add_key(&session, key, &plain(key)).await;
    }
    house
}

/// Opens the same database as another process would.
async fn another(house: &House) -> Arc<Door> {
    Door::open(&DatabaseUrl::sqlite(&house.path()), &Vendors::built_in(), Access::default()).await.unwrap()
}

async fn reveal(door: &Arc<Door>, workspace: &str, key: &str) -> Result<String, Failure> {
    let workspace = door.workspace(Some(workspace)).await?;
    let session = door.session(&workspace, somebody("founder"), false).await?;
    let disclosed = session.disclose(Wish { key, field: None, purpose: Purpose::Reveal }).await?;
    Ok(disclosed.fields.iter().map(|(_, secret)| secret.expose().to_owned()).collect())
}

async fn keeper(door: &Arc<Door>) -> Keeper {
    door.may_rekey(&somebody("founder"), false).await.unwrap()
}

/// Returns the outcomes of rekeys that stand in the audit log, oldest first.
async fn log(door: &Door) -> Vec<String> {
    let filter = AuditFilter { action: Some("rekey".into()), ..AuditFilter::default() };
    let rows = door.store.audit(&filter, 100).await.unwrap();
    rows.iter().rev().map(|row| row.entry.outcome.to_string()).collect()
}

/// Does what nobody should: writes past the program.
async fn tamper(house: &House, sql: &'static str) {
    crate::store::tamper(&house.path(), sql).await.unwrap();
}

#[tokio::test]
async fn every_secret_of_every_workspace_and_state_is_sealed_anew() {
    let house = with_keys().await;
    let door = &house.door;
    let session = house.session("founder").await;
    // The same secret twice, an old one, a next one, a staged one, and another workspace.
    let twin = add_key(&session, "twin", &plain("a")).await;
    let mut replaced = twin.clone();
    let secrets = session.seal_into(&mut replaced, &fields(&plain("b"))).unwrap();
    let change = Change::edit(twin, replaced).unwrap();
    let revision = session.apply(Request { secrets, ..Request::new(vec![change], "replace") }).await.unwrap().revision;
    let a = session.view().find_credential("a").unwrap();
    session.store_next(a, &fields("sk-FAKE-next-0123456789")).await.unwrap();
    let Record::Credential(mut staged) = thing(&session, Noun::Credential, &[("name", "s"), ("provider", "openai")])
    else {
        panic!("a credential")
    };
    let secrets = session.seal_into(&mut staged, &fields(&plain("s"))).unwrap();
    session.stage(&[Change::add(staged)], &secrets).await.unwrap();
    let other = door.found("other", &somebody("founder"), Founding::default()).await.unwrap();
    let there = door.session(&other, somebody("founder"), false).await.unwrap();
    add_key(&there, "c", &plain("c")).await;

    let who = keeper(door).await;
    door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();
    let done = door.finish_rekey(&who, false).await.unwrap();
    assert_eq!((done.resealed, done.unreadable.len(), done.iterations), (7, 0, Iterations::LEAST.get()));
    assert_eq!(log(door).await, ["intent", "done"]);

    let again = another(&house).await;
    let refused = again.unlock(secret_key("old")).await.unwrap_err();
    assert!(refused.message.contains("not the one of this database"), "{refused}");
    again.unlock(secret_key("new")).await.unwrap();
    assert!(again.vault().unwrap().former().is_none(), "the old key is gone");
    for (workspace, key, value) in [("test", "a", "a"), ("test", "b", "b"), ("test", "twin", "b"), ("other", "c", "c")]
    {
        assert_eq!(reveal(&again, workspace, key).await.unwrap(), plain(value));
    }
    let workspace = again.workspace(Some("test")).await.unwrap();
    let session = again.session(&workspace, somebody("founder"), false).await.unwrap();
    let twins = |name: &str| {
        let view = session.view();
        let others = view.same_secret_as(view.find_credential(name).unwrap());
        others.into_iter().map(|ix| view.credential_name(ix).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!((twins("b"), twins("a")), (vec!["twin".to_owned()], vec![]), "the marks are the new key's");
    session.promotion(session.view().find_credential("a").unwrap(), true).await.unwrap();
    let staged = session.staged().await.unwrap();
    session.apply_staged(&staged, "go", false).await.unwrap();
    assert_eq!(reveal(&again, "test", "s").await.unwrap(), plain("s"));
    session.revert(revision, false).await.unwrap();
    assert_eq!(reveal(&again, "test", "twin").await.unwrap(), plain("a"), "the old one opens, too");

    let report = again.store.verify_audit(None).await.unwrap();
    assert_eq!(report.faults, []);
    let seal = report.seals.last().unwrap();
    let vault = again.vault().unwrap();
    assert_eq!(seal.key_id, vault.key_id());
    assert!(vault.audit_key().verifies(&AuditSeal::bytes(seal.sequence, &seal.hash), &seal.mac));
}

#[tokio::test]
async fn a_rekey_that_stopped_goes_on_with_the_new_key_alone() {
    let house = with_keys().await;
    let held_before = another(&house).await;
    held_before.unlock(secret_key("old")).await.unwrap();
    let who = keeper(&house.door).await;
    house.door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();

    // Who unlocked before can't seal, and is told to unlock again; both keys open.
    let workspace = held_before.workspace(None).await.unwrap();
    let session = held_before.session(&workspace, somebody("founder"), false).await.unwrap();
    let record = thing(&session, Noun::Credential, &[("name", "late"), ("provider", "openai")]);
    let Record::Credential(mut key) = record else { panic!("a credential") };
    let secrets = session.seal_into(&mut key, &fields(&plain("late"))).unwrap();
    let refused = session.apply(Request { secrets, ..Request::new(vec![Change::add(key)], "test") }).await.unwrap_err();
    assert!(refused.message.contains("the vault has another key by now"), "{refused}");
    assert_eq!(reveal(&held_before, "test", "a").await.unwrap(), plain("a"), "what is still under the old key opens");

    let next = another(&house).await;
    let refused = next.unlock(secret_key("old")).await.unwrap_err();
    assert!(refused.message.contains("the old SECRET_KEY") && refused.hints.len() == 2, "{refused:?}");
    next.unlock(secret_key("new")).await.unwrap();
    assert_eq!(reveal(&next, "test", "a").await.unwrap(), plain("a"), "what is under the old key opens, too");
    assert!(next.running_rekey().await.unwrap().is_some());
    let other = Wanted { secret_key: Some(secret_key("third")), iterations: None };
    let refused = next.start_rekey(&who, secret_key("new"), other).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "{refused}");
    let session = next.session(&workspace, somebody("founder"), false).await.unwrap();
    add_key(&session, "during", &plain("during")).await;

    let done = next.finish_rekey(&keeper(&next).await, false).await.unwrap();
    assert_eq!((done.resealed, done.unreadable.len()), (2, 0), "what was added meanwhile is under the new key");
    assert!(next.running_rekey().await.unwrap().is_none());
    for key in ["a", "b", "during"] {
        assert_eq!(reveal(&next, "test", key).await.unwrap(), plain(key));
    }
    let refused = reveal(&held_before, "test", "a").await.unwrap_err();
    assert!(refused.message.contains("moved to another SECRET_KEY"), "{refused}");
}

#[tokio::test]
async fn what_opens_under_neither_key_is_told_marked_and_kept_and_can_be_replaced() {
    let house = with_keys().await;
    let session = house.session("founder").await;
    tamper(
        &house,
        "UPDATE secret_versions SET token = 'gAAAAAbroken' WHERE id = (SELECT min(id) FROM secret_versions)",
    )
    .await;
    let who = keeper(&house.door).await;
    house.door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();
    let done = house.door.finish_rekey(&who, false).await.unwrap();
    assert_eq!((done.resealed, done.unreadable.len()), (1, 1));
    assert_eq!((done.unreadable[0].key.as_deref(), done.unreadable[0].state), (Some("a"), "current"));

    let view = session.refresh().await.unwrap();
    let a = view.find_credential("a").unwrap();
    let key = view.credential(a).unwrap().clone();
    let SecretRef::Sealed(sealed) = &key.secret else { panic!("sealed") };
    assert!(view.catalogue().facts().unreadable.contains(&sealed.version));
    let kept = house.door.store.secret_version(session.workspace(), sealed.version).await.unwrap().unwrap();
    assert_eq!(kept.token.as_deref(), Some("gAAAAAbroken"), "what is stored is kept");
    assert_ne!(kept.key_id, house.door.vault().unwrap().key_id(), "and it says under which key");

    // The next rekey tries it again, and ends as well; a new secret takes the mark away.
    let again = Wanted { secret_key: Some(secret_key("third")), iterations: None };
    house.door.start_rekey(&who, secret_key("new"), again).await.unwrap();
    assert_eq!(house.door.finish_rekey(&who, false).await.unwrap().unreadable.len(), 1);
    let mut replaced = key.clone();
    let secrets = session.seal_into(&mut replaced, &fields(&plain("a2"))).unwrap();
    let change = Change::edit(key, replaced).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![change], "replace") }).await.unwrap();
    assert_eq!(reveal(&house.door, "test", "a").await.unwrap(), plain("a2"));
}

#[tokio::test]
async fn a_broken_audit_chain_is_not_sealed_and_keeps_the_rekey_from_ending() {
    let house = with_keys().await;
    tamper(&house, "DROP TRIGGER audit_keep").await;
    tamper(&house, "UPDATE audit SET login = 'mallory' WHERE sequence = 2").await;
    let who = keeper(&house.door).await;
    house.door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();
    let refused = house.door.finish_rekey(&who, false).await.unwrap_err();
    assert!(refused.message.contains("the audit chain is broken"), "{refused}");
    assert!(house.door.running_rekey().await.unwrap().is_some());
    assert_eq!(reveal(&house.door, "test", "a").await.unwrap(), plain("a"), "everything goes on working");

    let done = house.door.finish_rekey(&who, true).await.unwrap();
    assert_eq!((done.resealed, done.sealed_to), (0, None));
    let report = house.door.store.verify_audit(None).await.unwrap();
    assert!(report.faults.contains(&Fault::Edited(2)) && report.seals.is_empty());
}

#[tokio::test]
async fn more_iterations_keep_the_secret_key_and_bounds_hold() {
    let house = with_keys().await;
    let who = keeper(&house.door).await;
    let wanted = |iterations| Wanted { secret_key: None, iterations: Some(iterations) };
    for refused in [0, 599_999, 10_000_001, 600_000] {
        let failure = house.door.start_rekey(&who, secret_key("old"), wanted(refused)).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Usage, "{refused}: {failure}");
    }
    let same = Wanted { secret_key: Some(secret_key("old")), iterations: None };
    assert!(house.door.start_rekey(&who, secret_key("old"), same).await.is_err(), "nothing would change");
    assert!(house.door.start_rekey(&who, secret_key("wrong"), wanted(600_001)).await.is_err());
    assert!(house.door.running_rekey().await.unwrap().is_none());

    house.door.start_rekey(&who, secret_key("old"), wanted(600_001)).await.unwrap();
    assert_eq!(house.door.finish_rekey(&who, false).await.unwrap().iterations, 600_001);
    let again = another(&house).await;
    again.unlock(secret_key("old")).await.unwrap();
    assert_eq!(reveal(&again, "test", "b").await.unwrap(), plain("b"));
}

#[tokio::test]
async fn only_keepers_rekey_and_a_refusal_is_on_record() {
    let house = with_keys().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::Operator, &[("login", "ann"), ("roles", "admin")]).await;
    let refused = house.door.may_rekey(&somebody("ann"), false).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed, "{refused}");
    assert_eq!(log(&house.door).await, ["denied"]);
    assert!(house.door.may_rekey(&somebody("founder"), true).await.is_err(), "not in a read-only session");
}

#[tokio::test]
async fn a_backup_from_before_opens_with_the_old_key() {
    let house = with_keys().await;
    let copy = house.path().with_extension("backup");
    house.door.store.backup_to(&copy).await.unwrap();
    let who = keeper(&house.door).await;
    house.door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();
    house.door.finish_rekey(&who, false).await.unwrap();
    let access = Access { read_only: true, ..Access::default() };
    let old = Door::open(&DatabaseUrl::sqlite(&copy), &Vendors::built_in(), access).await.unwrap();
    assert!(old.unlock(secret_key("new")).await.is_err());
    old.unlock(secret_key("old")).await.unwrap();
    let tried = old.try_secrets(&somebody("founder")).await.unwrap();
    assert_eq!((tried.all, tried.closed), (2, Vec::new()), "every secret opens");
}

/// The size of the design. Prints what each step took.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "slow: run with --ignored --nocapture"]
async fn ten_thousand_secrets_are_sealed_anew() {
    const ALL: usize = 10_000;
    let house = with_keys().await;
    let session = house.session("founder").await;
    let Some((_, a)) = session.view().credentials().next().map(|(ix, it)| (ix, it.clone())) else { panic!("a key") };
    let clock = Instant::now();
    let (mut changes, mut secrets) = (Vec::new(), Vec::new());
    for number in 2..ALL {
        let mut key = Credential { id: Id::new(house.door.new_id()), name: format!("k{number}").into(), ..a.clone() };
        secrets.extend(session.seal_into(&mut key, &fields(&plain(&number.to_string()))).unwrap());
        changes.push(Change::add(key));
    }
    eprintln!("sealed {} secrets in {:?}", secrets.len(), clock.elapsed());
    let clock = Instant::now();
    session.apply(Request { secrets, ..Request::new(changes, "test") }).await.unwrap();
    eprintln!("applied them in {:?}", clock.elapsed());

    let who = keeper(&house.door).await;
    let clock = Instant::now();
    house.door.start_rekey(&who, secret_key("old"), to_new()).await.unwrap();
    eprintln!("began, deriving two keys, in {:?}", clock.elapsed());
    let clock = Instant::now();
    let done = house.door.finish_rekey(&who, false).await.unwrap();
    eprintln!("sealed {} secrets anew and ended in {:?}", done.resealed, clock.elapsed());
    assert_eq!((done.resealed, done.unreadable.len()), (ALL, 0));
}
