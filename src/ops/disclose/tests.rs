//! Who is handed a secret, in which order, and what stands in the audit log afterwards.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    domain::{
        change::Change,
        credential::{Reference, SecretRef},
        record::Kind as Noun,
    },
    ops::{
        door::{Access, Door},
        identity::Identity,
        session::Request,
        tests::{House, add, add_sealed, house, somebody, thing},
    },
    rights::Subject,
    store::{AuditFilter, ResealedRow, VersionState},
    vault::{ReferencePolicy, SecretKey},
};

const CANARY: &str = "sk-FAKE-CANARY-disclosed-x9Kd";

fn key_text(seed: u8) -> SecretKey {
    SecretKey::new(zeroize::Zeroizing::new(format!("k3y-of-the-te{seed}t-Zq7kdf83Lm2x").into_bytes())).unwrap()
}

/// A database with a vault, Finance with its assigner bob, and keys of the system, of Finance and of bob.
async fn with_keys() -> (House, Arc<Session>) {
    let house = house().await;
    house.door.create_vault(key_text(1)).await.unwrap();
    let founder = house.session("founder").await;
    add(&founder, Noun::Department, &[("name", "Finance")]).await;
    add(&founder, Noun::Operator, &[("login", "bob"), ("roles", "assigner@Finance")]).await;
    for (name, owner) in [("main", "system"), ("books", "department/Finance"), ("bobs", "operator/bob")] {
        add_key(&founder, name, owner).await;
    }
    (house, founder)
}

async fn add_key(session: &Session, name: &str, owner: &str) {
    add_sealed(session, name, owner, &format!("{CANARY}-{name}")).await;
}

const fn wish(key: &str) -> Wish<'_> {
    Wish { key, field: None, purpose: Purpose::Reveal }
}

/// Returns what the audit log says of disclosures, oldest first: who, of what, how it went.
async fn log(house: &House) -> Vec<(String, String, String)> {
    let rows = house.door.store.audit(&AuditFilter::default(), 1000).await.unwrap();
    let told = rows.into_iter().rev().filter(|row| matches!(&*row.entry.action, "reveal" | "copy"));
    told.map(|row| (row.entry.login.to_string(), row.entry.subject.to_string(), row.entry.outcome.to_string()))
        .collect()
}

fn row(login: &str, subject: &str, outcome: &str) -> (String, String, String) {
    (login.to_owned(), subject.to_owned(), outcome.to_owned())
}

async fn reveal(session: &Session, key: &str) -> Result<String, Failure> {
    let disclosed = session.disclose(wish(key)).await?;
    let told: Vec<_> = disclosed.fields.iter().map(|(name, secret)| format!("{name}={}", secret.expose())).collect();
    Ok(told.join(" "))
}

#[tokio::test]
async fn a_secret_is_handed_out_between_its_intent_and_its_outcome() {
    let (house, founder) = with_keys().await;
    assert_eq!(reveal(&founder, "main").await.unwrap(), format!("api_key={CANARY}-main"));
    assert_eq!(log(&house).await, [row("founder", "key/main", "intent"), row("founder", "key/main", "done")]);
    let rows = house.door.store.audit(&AuditFilter::default(), 1000).await.unwrap();
    assert!(!format!("{rows:?}").contains("CANARY"), "the audit log holds no secret");

    let copied = founder.disclose(Wish { purpose: Purpose::Copy, field: Some("api_key"), ..wish("books") }).await;
    assert_eq!(copied.map(|it| it.fields.len()).ok(), Some(1));
    let rows = house.door.store.audit(&AuditFilter { action: Some("copy".into()), ..AuditFilter::default() }, 9).await;
    assert_eq!(rows.unwrap().len(), 2, "copying is a deed of its own");
    let none = founder.disclose(Wish { field: Some("api_kee"), ..wish("main") }).await.err().unwrap();
    assert_eq!((none.kind, &*none.hints[0]), (Kind::Usage, "did you mean api_key?"));
}

#[tokio::test]
async fn who_may_not_is_refused_and_on_record_and_learns_nothing() {
    let (house, founder) = with_keys().await;
    let bob = house.session("bob").await;
    // He may use the key of his department, and see it; not look into it.
    assert_eq!(reveal(&bob, "books").await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(reveal(&bob, "bobs").await.unwrap_err().kind, Kind::NotAllowed, "an assigner reveals nothing");
    add_key(&founder, "founders", "operator/founder").await;
    bob.refresh().await.unwrap();
    let (hidden, absent) = (reveal(&bob, "founders").await.unwrap_err(), reveal(&bob, "foundest").await.unwrap_err());
    assert_eq!((hidden.kind, hidden.message), (Kind::Usage, "there is no key \"founders\"".to_owned()));
    assert_eq!((absent.kind, absent.message), (Kind::Usage, "there is no key \"foundest\"".to_owned()));
    let stranger = house.session("mallory").await;
    assert_eq!(reveal(&stranger, "main").await.unwrap_err().kind, Kind::Usage, "who holds no role sees no key");

    let denied = ["books", "bobs", "founders", "foundest"].map(|key| row("bob", &format!("key/{key}"), "denied"));
    let all: Vec<_> = denied.into_iter().chain([row("mallory", "key/main", "denied")]).collect();
    assert_eq!(log(&house).await, all);
    // A private key is its owner's; and an admin of the whole workspace may, on record.
    assert!(reveal(&founder, "bobs").await.is_ok());
}

#[tokio::test]
async fn a_right_that_was_taken_meanwhile_is_gone() {
    let (house, founder) = with_keys().await;
    add(&founder, Noun::Operator, &[("login", "carol"), ("roles", "admin@Finance")]).await;
    let carol = house.session("carol").await;
    assert!(reveal(&carol, "books").await.is_ok());
    let view = founder.view();
    let (_, record) = view.operators().find(|(_, it)| &*it.login == "carol").unwrap();
    let without = crate::domain::people::Operator { grants: Vec::new(), ..record.clone() };
    let change = Change::edit(record.clone(), without).unwrap();
    founder.apply(Request::new(vec![change], "test")).await.unwrap();
    // Her session still holds the state in which she might.
    assert!(carol.view().may(Right::Reveal, Subject::Credential(carol.view().named("books").unwrap())).is_yes());
    assert!(reveal(&carol, "books").await.is_err());

    // And in the transaction itself: an intent that was judged on another state is not written.
    let (_, numbers) = founder.fresh().await.unwrap();
    let entry = founder.entry("reveal", "key/main", "intent");
    let judged_on = Numbers { revision: numbers.revision - 1, ..numbers };
    let request = IntentRequest {
        workspace: founder.workspace(),
        judged_on,
        versions: &[],
        latest: Timestamp::MAX,
        entries: &[entry],
    };
    let before = house.door.store.audit_head().await.unwrap().sequence;
    assert!(matches!(house.door.store.intend(request).await.unwrap(), Intent::Moved));
    assert_eq!(house.door.store.audit_head().await.unwrap().sequence, before);
}

#[tokio::test]
async fn nothing_is_disclosed_for_reading_only_locked_revoked_or_without_a_secret() {
    let (house, founder) = with_keys().await;
    let workspace = house.door.workspace(None).await.unwrap();
    let reader = house.door.session(&workspace, somebody("founder"), true).await.unwrap();
    assert!(reveal(&reader, "main").await.unwrap_err().message.contains("read-only"));

    add(&founder, Noun::Credential, &[("name", "named"), ("provider", "openai")]).await;
    assert_eq!(reveal(&founder, "named").await.unwrap_err().kind, Kind::NoKey);

    let key = founder.view().credential(founder.view().named("books").unwrap()).cloned().unwrap();
    let change = Change::edit(key.clone(), Credential { state: State::Revoked, ..key }).unwrap();
    founder.apply(Request::new(vec![change], "test")).await.unwrap();
    assert!(reveal(&founder, "books").await.unwrap_err().message.contains("revoked"));

    house.door.lock();
    assert_eq!(reveal(&founder, "main").await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(founder.may_disclose(wish("main")).await, Ok(true), "it only takes SECRET_KEY");
    assert!(log(&house).await.iter().all(|(.., outcome)| outcome == "denied"));
}

#[tokio::test]
async fn a_clock_that_was_set_back_discloses_nothing_whatever_is_written_under_it() {
    let (house, founder) = with_keys().await;
    let mut entry = founder.entry("apply", "", "done");
    entry.at = Timestamp::now().checked_add(Duration::from_mins(4)).unwrap();
    house.door.store.append_audit(std::slice::from_ref(&entry)).await.unwrap();
    assert!(reveal(&founder, "main").await.is_ok(), "four minutes are a clock that is not quite right");

    entry.at = entry.at.checked_add(Duration::from_mins(2)).unwrap();
    house.door.store.append_audit(&[entry]).await.unwrap();
    for _ in 0..2 {
        // The refusal is a row with the clock's own time. It does not make the clock right.
        let refused = reveal(&founder, "main").await.unwrap_err();
        assert!(refused.message.contains("minutes behind the newest audit row"), "{refused}");
    }
    add(&founder, Noun::App, &[("name", "still writing")]).await;
    assert!(reveal(&founder, "main").await.is_err());
}

#[tokio::test]
async fn what_does_not_open_is_marked_and_said() {
    let (house, founder) = with_keys().await;
    let store = &house.door.store;
    let (view, workspace) = (founder.view(), founder.workspace());
    let version = |name: &str| match &view.credential(view.named(name).unwrap()).unwrap().secret {
        SecretRef::Sealed(sealed) => sealed.version,
        _ => panic!("{name} is sealed"),
    };
    // Another key's token in this key's row.
    let other = store.secret_version(workspace, version("books")).await.unwrap().unwrap();
    let row_of_main = store.secret_version(workspace, version("main")).await.unwrap().unwrap();
    assert_eq!(row_of_main.state, VersionState::Current);
    let place = (workspace, version("main"));
    let (opened, token) = (row_of_main.token.unwrap(), other.token.unwrap());
    let tampered = ResealedRow { place, opened, token, marks: Vec::new() };
    store.reseal(row_of_main.key_id, &[tampered], &[], house.door.now()).await.unwrap();

    let refused = reveal(&founder, "main").await.unwrap_err();
    assert!(refused.message.contains("sealed for another credential"), "{refused}");
    assert_eq!(log(&house).await, [row("founder", "key/main", "intent"), row("founder", "key/main", "failed")]);
    let fresh = founder.refresh().await.unwrap();
    assert!(fresh.catalogue().facts().unreadable.contains(&version("main")));
    assert!(reveal(&founder, "books").await.is_ok(), "the others open");
}

#[tokio::test]
async fn a_secret_goes_to_the_origin_it_was_sealed_for() {
    let (_house, founder) = with_keys().await;
    let key = founder.view().credential(founder.view().named("main").unwrap()).cloned().unwrap();
    let mut moved = key.clone();
    moved.fields.insert("base_url".into(), "https://elsewhere.example.com/v1".into());
    founder.apply(Request::new(vec![Change::edit(key, moved).unwrap()], "test")).await.unwrap();
    let refused = reveal(&founder, "main").await.unwrap_err();
    assert!(refused.message.contains("https://elsewhere.example.com"), "{refused}");
}

#[tokio::test]
async fn a_reference_is_opened_here_as_the_machine_allows_and_from_afar_as_it_lists() {
    let (house, founder) = with_keys().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("key");
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let reference = format!("file:{}", file.display());
    add(&founder, Noun::Credential, &[("name", "outside"), ("provider", "openai"), ("reference", &reference)]).await;
    assert!(reveal(&founder, "outside").await.is_err(), "before the machine says what is allowed, nothing is");

    let door = reopened(&house).await;
    door.allow_references(ReferencePolicy { allowed: None, forbidden: Vec::new() });
    let workspace = door.workspace(None).await.unwrap();
    let here = door.session(&workspace, somebody("founder"), false).await.unwrap();
    assert_eq!(reveal(&here, "outside").await.unwrap(), format!("api_key={CANARY}"));
    let identity = Identity { source: "192.0.2.7".to_owned(), ..somebody("founder") };
    let afar = door.session(&workspace, identity, false).await.unwrap();
    let refused = reveal(&afar, "outside").await.unwrap_err();
    assert!(refused.message.contains("does not allow"), "{refused}");
    let rows = house.door.store.audit(&AuditFilter::default(), 2).await.unwrap();
    assert!(rows.iter().all(|row| &*row.entry.source == "192.0.2.7"));
}

async fn reopened(house: &House) -> Arc<Door> {
    let url = crate::config::DatabaseUrl::sqlite(&house.path());
    Door::open(&url, &crate::config::Vendors::built_in(), Access::default()).await.unwrap()
}

#[tokio::test]
async fn a_reference_takes_an_admin_of_the_whole_workspace_by_every_way() {
    let house = house().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::Department, &[("name", "Finance")]).await;
    add(&founder, Noun::Operator, &[("login", "carol"), ("roles", "admin@Finance")]).await;
    let carol = house.session("carol").await;
    let fields = |name| [("name", name), ("provider", "openai"), ("owner", "department/Finance")];
    let outside = |session: &Session, name| {
        thing(session, Noun::Credential, &[&fields(name)[..], &[("reference", "env:HOME_OF_FINANCE")]].concat())
    };
    let refuses = |refused: Result<_, Failure>| {
        let refused: Failure = refused.map(|_: crate::ops::session::Applied| ()).unwrap_err();
        assert!(refused.message.contains("references to secrets outside the database"), "{refused}");
    };
    // The department's admin may make the key, and not point it somewhere.
    add(&carol, Noun::Credential, &fields("inside")).await;
    refuses(carol.apply(Request::new(vec![Change::add(outside(&carol, "new"))], "")).await);
    let inside = carol.view().credential(carol.view().named("inside").unwrap()).cloned().unwrap();
    let reference: Reference = "file:/etc/hostname".parse().unwrap();
    let pointed = Credential { secret: SecretRef::External(reference), ..inside.clone() };
    refuses(carol.apply(Request::new(Change::edit(inside, pointed).into_iter().collect(), "")).await);
    // Staged: judged when it is applied.
    carol.stage(&[Change::add(outside(&carol, "staged"))], &[]).await.unwrap();
    let staged = carol.staged().await.unwrap();
    refuses(carol.apply_staged(&staged, "", false).await);
    // Undone: the revision that brought it back is hers.
    let record = outside(&founder, "gone");
    founder.apply(Request::new(vec![Change::add(record.clone())], "")).await.unwrap();
    let removed = founder.apply(Request::new(vec![Change::remove(record)], "")).await.unwrap();
    refuses(carol.revert(removed.revision, false).await);
}
