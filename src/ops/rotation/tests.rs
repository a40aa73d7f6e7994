//! Rotation step by step, what it leaves alone, and what it refuses.

use std::sync::Arc;

use super::*;
use crate::{
    domain::record::{Kind as Noun, Record},
    ops::{
        disclose::{Purpose, Wish},
        rows,
        session::Request,
        tests::{House, add, house, thing},
    },
    store::AuditFilter,
    vault::{Secret, SecretKey},
};

fn fields(value: &str) -> Fields {
    Fields::from([("api_key".to_owned(), Secret::new(value.to_owned()))])
}

/// A database with a vault, and the key "a".
async fn with_key() -> (House, Arc<Session>) {
    let house = house().await;
    let secret_key = SecretKey::new(zeroize::Zeroizing::new(b"k3y-for-rotations-Zq7kdf83".to_vec())).unwrap();
    house.door.create_vault(secret_key).await.unwrap();
    let session = house.session("founder").await;
    add_key(&session, "a", "system", "sk-FAKE-first-0123456789").await;
    (house, session)
}

async fn add_key(session: &Session, name: &str, owner: &str, value: &str) {
    let record = thing(session, Noun::Credential, &[("name", name), ("provider", "openai"), ("owner", owner)]);
    let Record::Credential(mut key) = record else { panic!("a credential") };
    let secrets = session.seal_into(&mut key, &fields(value)).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![Change::add(key)], "test") }).await.unwrap();
}

fn key(session: &Session) -> Ix<Credential> {
    session.view().find_credential("a").unwrap()
}

async fn reveal(session: &Session) -> Result<String, Failure> {
    let disclosed = session.disclose(Wish { key: "a", field: None, purpose: Purpose::Reveal }).await?;
    Ok(disclosed.fields.iter().map(|(_, secret)| secret.expose().to_owned()).collect())
}

async fn promote(session: &Session, old_until: Option<Timestamp>) -> u64 {
    let promotion = session.promotion(key(session), false).await.unwrap();
    let request = Request { old_until, ..Request::new(vec![promotion.change], promotion.message) };
    session.apply(request).await.unwrap().revision
}

const FIRST: &str = "sk-FAKE-first-0123456789";
const SECOND: &str = "sk-FAKE-second-0123456789";

#[tokio::test]
async fn a_new_secret_is_stored_tried_and_put_in_use_and_the_old_one_comes_back() {
    let (house, session) = with_key().await;
    let before = session.view().credential(key(&session)).unwrap().clone();
    session.store_next(key(&session), &fields(SECOND)).await.unwrap();
    assert_eq!(reveal(&session).await.unwrap(), FIRST, "nothing uses it yet");
    assert_eq!(session.view().credential(key(&session)), Some(&before), "and the record knows nothing of it");
    let again = session.store_next(key(&session), &fields("sk-FAKE-third-0123456789")).await.unwrap_err();
    assert_eq!(again.kind, Kind::Conflict, "{again}");

    let untested = session.promotion(key(&session), false).await.unwrap_err();
    assert!(untested.message.contains("not tested yet"), "{untested}");
    session.tell_test(key(&session), Answer::Refused).await.unwrap();
    let refused = session.promotion(key(&session), false).await.unwrap_err();
    assert_eq!((refused.kind, refused.message.contains("it was refused")), (Kind::NotAllowed, true), "{refused}");
    session.tell_test(key(&session), Answer::Works).await.unwrap();
    let revision = promote(&session, None).await;
    assert_eq!(reveal(&session).await.unwrap(), SECOND);
    let after = session.view().credential(key(&session)).unwrap().clone();
    assert_eq!(Credential { secret: before.secret.clone(), ..after }, before, "all else is as it was");
    assert_eq!(session.view().old_secrets(key(&session)).len(), 1);

    session.revert(revision, false).await.unwrap();
    assert_eq!(reveal(&session).await.unwrap(), FIRST, "within its time the old one comes back");
    let filter = AuditFilter { action: Some("rotate".into()), ..AuditFilter::default() };
    let steps: Vec<String> = house
        .door
        .store
        .audit(&filter, 9)
        .await
        .unwrap()
        .iter()
        .rev()
        .map(|row| row.entry.details["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps, ["stored", "tested", "tested"]);
}

#[tokio::test]
async fn a_destroyed_secret_never_comes_back_by_undoing() {
    let (house, session) = with_key().await;
    session.store_next(key(&session), &fields(SECOND)).await.unwrap();
    session.tell_test(key(&session), Answer::Works).await.unwrap();
    let revision = promote(&session, Some(house.door.now())).await;
    assert!(session.refresh().await.unwrap().old_secrets(key(&session)).is_empty(), "its time passed at once");
    session.revert(revision, false).await.unwrap();
    let view = session.view();
    assert_eq!(view.credential(key(&session)).unwrap().secret, SecretRef::Absent);
    let gone = reveal(&session).await.unwrap_err();
    assert!(!gone.message.contains("sk-FAKE"), "{gone}");

    let filter = AuditFilter { action: Some("purge".into()), ..AuditFilter::default() };
    let purged = house.door.store.audit(&filter, 9).await.unwrap();
    assert_eq!(purged.len(), 1, "what is destroyed is on record");
    // Undoing the undoing brings the one back that was in use: it is old by now, and not destroyed.
    session.revert(view.revision(), false).await.unwrap();
    assert_eq!(reveal(&session).await.unwrap(), SECOND);
}

#[tokio::test]
async fn a_next_secret_can_be_given_up() {
    let (_house, session) = with_key().await;
    session.store_next(key(&session), &fields(SECOND)).await.unwrap();
    session.abandon_next(key(&session)).await.unwrap();
    assert_eq!(session.view().next_secret(key(&session)), None);
    assert!(session.promotion(key(&session), true).await.is_err());
    assert!(session.abandon_next(key(&session)).await.is_err());
    session.store_next(key(&session), &fields(SECOND)).await.unwrap();
}

#[tokio::test]
async fn the_same_secret_a_reference_and_a_name_alone_are_no_rotation() {
    let (_house, session) = with_key().await;
    let same = session.store_next(key(&session), &fields(FIRST)).await.unwrap_err();
    assert!(same.message.contains("has already") && !same.message.contains("sk-FAKE"), "{same}");
    add(&session, Noun::Credential, &[("name", "bare"), ("provider", "openai")]).await;
    add(&session, Noun::Credential, &[("name", "far"), ("provider", "openai"), ("reference", "env:FAR_KEY")]).await;
    for (name, words) in [("bare", "no secret to replace"), ("far", "is in env:FAR_KEY")] {
        let ix = session.view().find_credential(name).unwrap();
        let refused = session.store_next(ix, &fields(SECOND)).await.unwrap_err();
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn who_may_not_rotate_is_refused_at_every_step_and_it_is_on_record() {
    let (house, founder) = with_key().await;
    add(&founder, Noun::Operator, &[("login", "bob"), ("roles", "assigner")]).await;
    founder.store_next(key(&founder), &fields(SECOND)).await.unwrap();
    let bob = house.session("bob").await;
    let ix = key(&bob);
    assert_eq!(bob.store_next(ix, &fields(SECOND)).await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(bob.tell_test(ix, Answer::Works).await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(bob.promotion(ix, true).await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(bob.abandon_next(ix).await.unwrap_err().kind, Kind::NotAllowed);
    let filter = AuditFilter { outcome: Some("denied".into()), ..AuditFilter::default() };
    assert!(!house.door.store.audit(&filter, 9).await.unwrap().is_empty());
    let reading = house.door.session(founder.view().workspace(), founder.identity().clone(), true).await.unwrap();
    assert!(reading.abandon_next(ix).await.is_err(), "not in a read-only session");
}

#[tokio::test]
async fn that_a_key_equals_a_private_one_is_told_to_nobody_who_may_not_list_it() {
    let (house, founder) = with_key().await;
    add(&founder, Noun::Operator, &[("login", "bob"), ("roles", "member")]).await;
    add_key(&founder, "twin", "system", FIRST).await;
    add_key(&founder, "bobs", "operator/bob", FIRST).await;
    let twins = |session: &Session| -> Vec<String> {
        let view = session.view();
        view.same_secret_as(key(session)).into_iter().map(|ix| view.credential_name(ix).into_owned()).collect()
    };
    add(&founder, Noun::Operator, &[("login", "carl"), ("roles", "member")]).await;
    let (bob, carl) = (house.session("bob").await, house.session("carl").await);
    assert_eq!(twins(&bob), ["twin", "bobs"]);
    assert_eq!(twins(&carl), ["twin"]);
    founder.refresh().await.unwrap();
    assert_eq!(twins(&founder), ["twin"], "an admin knows that private keys exist, and no more");
    let bobs = carl.view().catalogue().credentials().named("bobs").unwrap();
    assert!(carl.view().same_secret_as(bobs).is_empty(), "nor the other way round");
}

#[tokio::test]
async fn a_key_tells_since_when_it_is_there_and_since_when_its_secret() {
    let (_house, session) = with_key().await;
    let mut it = session.view().credential(key(&session)).unwrap().clone();
    it.id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f".parse().unwrap();
    let told = |it: &Credential| {
        let row = serde_json::to_value(rows::credential(&session.view(), key(&session), it, 0)).unwrap();
        (row["created_at"].clone(), row["secret_since"].clone())
    };
    let SecretRef::Sealed(sealed) = &mut it.secret else { panic!("sealed") };
    sealed.version = "018bcfe5-6800-7cc3-98c4-dc0c0c07398f".parse().unwrap();
    assert_eq!(told(&it), ("2022-02-22T19:22:22Z".into(), "2023-11-14T22:13:20Z".into()));
    it.secret = SecretRef::Absent;
    assert_eq!(told(&it), ("2022-02-22T19:22:22Z".into(), serde_json::Value::Null));

    // Rotating changes the one and not the other.
    let ids = |session: &Session| {
        let view = session.view();
        let it = view.credential(key(session)).unwrap();
        (it.id, it.secret.since().is_some(), it.secret.clone())
    };
    let before = ids(&session);
    session.store_next(key(&session), &fields(SECOND)).await.unwrap();
    session.tell_test(key(&session), Answer::Works).await.unwrap();
    promote(&session, None).await;
    let after = ids(&session);
    assert_eq!((before.0, before.1, after.1), (after.0, true, true));
    assert_ne!(before.2, after.2);
}
