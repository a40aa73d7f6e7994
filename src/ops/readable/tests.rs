//! Which damage is found, what a mark does, and what takes it away.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE};

use super::*;
use crate::{
    domain::{
        change::Change,
        credential::{Credential, SecretRef},
        record::{Kind as Noun, Record},
    },
    ops::{
        health::Status,
        session::Request,
        tests::{House, house, somebody, thing},
    },
    store::ResealedRow,
    vault::{Fields, Secret, SecretKey},
};

/// A database with a vault and two keys.
async fn with_keys() -> (House, Arc<Session>, [Credential; 2]) {
    let house = house().await;
    let secret_key = SecretKey::new(zeroize::Zeroizing::new(b"k3y-for-reading-Zq7kdf83".to_vec())).unwrap();
    house.door.create_vault(secret_key).await.unwrap();
    let session = house.session("founder").await;
    let keys = [add_key(&session, "a").await, add_key(&session, "b").await];
    (house, session, keys)
}

async fn add_key(session: &Session, name: &str) -> Credential {
    let record = thing(session, Noun::Credential, &[("name", name), ("provider", "openai")]);
    let Record::Credential(mut key) = record else { panic!("a credential") };
    let secrets = session.seal_into(&mut key, &fields(&format!("sk-FAKE-{name}-0123456789"))).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![Change::add(key.clone())], "test") }).await.unwrap();
    key
}

fn fields(value: &str) -> Fields {
    Fields::from([("api_key".to_owned(), Secret::new(value.to_owned()))])
}

/// Puts a token into a key's row, as only somebody past the program could.
async fn put(house: &House, session: &Session, key: &Credential, token: &str) {
    let SecretRef::Sealed(sealed) = &key.secret else { panic!("sealed") };
    let row = house.door.store.secret_version(session.workspace(), sealed.version).await.unwrap().unwrap();
    let place = (session.workspace(), sealed.version);
    let tampered = ResealedRow { place, opened: row.token.unwrap(), token: token.into(), marks: Vec::new() };
    house.door.store.reseal(row.key_id, &[tampered], &[], house.door.now()).await.unwrap();
}

async fn token_of(house: &House, session: &Session, key: &Credential) -> String {
    let SecretRef::Sealed(sealed) = &key.secret else { panic!("sealed") };
    let row = house.door.store.secret_version(session.workspace(), sealed.version).await.unwrap().unwrap();
    row.token.unwrap().to_string()
}

async fn closed(house: &House) -> Vec<Option<Text>> {
    let tried = house.door.try_secrets(&somebody("founder")).await.unwrap();
    assert_eq!(tried.all, 2);
    tried.closed.into_iter().map(|it| it.key).collect()
}

#[tokio::test]
async fn a_flipped_bit_in_any_part_of_a_token_is_found_and_marked_and_healing_takes_the_mark_away() {
    let (house, session, [a, _]) = with_keys().await;
    assert_eq!(closed(&house).await, []);
    let whole = token_of(&house, &session, &a).await;
    let bytes = URL_SAFE.decode(&whole).unwrap();
    // Version, timestamp, IV, ciphertext, tag.
    for part in [0, 4, 12, 30, bytes.len() - 5] {
        let mut flipped = bytes.clone();
        flipped[part] ^= 1;
        put(&house, &session, &a, &URL_SAFE.encode(flipped)).await;
        assert_eq!(closed(&house).await, [Some("a".into())], "byte {part}");
        let SecretRef::Sealed(sealed) = &a.secret else { panic!("sealed") };
        assert!(session.refresh().await.unwrap().catalogue().facts().unreadable.contains(&sealed.version));
        put(&house, &session, &a, &whole).await;
        house.door.store.mark_unreadable(session.workspace(), sealed.version, house.door.now()).await.unwrap();
        assert_eq!(closed(&house).await, []);
        assert!(session.refresh().await.unwrap().catalogue().facts().unreadable.is_empty(), "it opens after all");
    }
}

#[tokio::test]
async fn a_token_moved_to_another_row_is_found_and_a_new_secret_replaces_it() {
    let (house, session, [a, b]) = with_keys().await;
    put(&house, &session, &a, &token_of(&house, &session, &b).await).await;
    let tried = house.door.try_secrets(&somebody("founder")).await.unwrap();
    assert!(tried.closed[0].sentence().contains("sealed for another credential"), "{:?}", tried.closed);
    let finding = house.door.examine_secrets(&somebody("founder")).await.unwrap();
    assert_eq!(finding.status, Status::Warning);
    assert!(finding.message.starts_with("1 of 2 can't be opened: a (current secret)"), "{}", finding.message);

    let mut healed = a.clone();
    let secrets = session.seal_into(&mut healed, &fields("sk-FAKE-anew-0123456789")).unwrap();
    let change = Change::edit(a.clone(), healed).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![change], "heal") }).await.unwrap();
    let tried = house.door.try_secrets(&somebody("founder")).await.unwrap();
    assert_eq!((tried.all, tried.closed.len(), tried.closed[0].state), (3, 1, "old"), "the old one still does not");
    let view = session.refresh().await.unwrap();
    let key = view.credential(view.find_credential("a").unwrap()).unwrap().clone();
    let SecretRef::Sealed(sealed) = &key.secret else { panic!("sealed") };
    assert!(!view.catalogue().facts().unreadable.contains(&sealed.version), "the key is usable again");
    session.apply(Request::new(vec![Change::remove(key)], "or it is removed")).await.unwrap();
}

#[tokio::test]
async fn who_may_not_see_a_key_is_not_told_its_name() {
    let (house, session, [a, _]) = with_keys().await;
    put(&house, &session, &a, "gAAAAAbroken").await;
    let tried = house.door.try_secrets(&somebody("a stranger")).await.unwrap();
    assert_eq!(tried.closed[0].key, None);
    house.door.lock();
    assert!(house.door.try_secrets(&somebody("founder")).await.is_err());
    assert_eq!(house.door.examine_secrets(&somebody("founder")).await, None, "locked, nothing is said");
}

#[tokio::test]
async fn a_stored_secret_stays_with_its_provider() {
    let (_house, session, [a, _]) = with_keys().await;
    let moved = Credential { provider: "anthropic".into(), ..a.clone() };
    let refused = session.apply(Request::new(vec![Change::edit(a, moved).unwrap()], "")).await.unwrap_err();
    assert!(refused.message.contains("bound to the provider"), "{refused}");
}
