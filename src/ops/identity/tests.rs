//! Who somebody is, and what they may as somebody else.

use std::sync::Arc;

use super::{Identity, Witness, name_of};
use crate::{
    domain::{change::Change, record::Kind as Noun},
    form::ssh_key::PublicKey,
    ops::{
        disclose::{Purpose, Wish},
        failure::{Failure, Kind},
        session::{Request, Session},
        tests::{House, add, house, somebody, thing},
    },
    store::AuditFilter,
};

#[test]
fn a_user_is_found_by_number() {
    let table = "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:\nalice:x:1000:1000::/home/alice:/bin/sh\n";
    assert_eq!(name_of(1000, table), Some("alice"));
    assert_eq!(name_of(7, table), None);
    assert_eq!(name_of(42, table), None);
}

async fn acting(house: &House, login: &str, other: &str, source: &str) -> Result<Arc<Session>, Failure> {
    let identity = Identity { acting: Some(other.to_owned()), source: source.to_owned(), ..somebody(login) };
    let workspace = house.door.workspace(None).await.unwrap();
    house.door.session(&workspace, identity, false).await
}

/// Bob assigns in Finance and has a key of his own; carol is admin of Finance.
async fn with_people() -> House {
    let house = house().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::Department, &[("name", "Finance")]).await;
    add(&founder, Noun::Department, &[("name", "Legal")]).await;
    add(&founder, Noun::Operator, &[("login", "bob"), ("roles", "assigner@Finance")]).await;
    add(&founder, Noun::Operator, &[("login", "carol"), ("roles", "admin@Finance")]).await;
    for (name, owner) in [("books", "department/Finance"), ("law", "department/Legal"), ("bobs", "operator/bob")] {
        add(&founder, Noun::Credential, &[("name", name), ("provider", "openai"), ("owner", owner)]).await;
    }
    house
}

#[tokio::test]
async fn an_admin_as_another_sees_and_may_what_both_may() {
    let house = with_people().await;
    let session = acting(&house, "founder", "bob", "local").await.unwrap();
    let view = session.view();
    let seen: Vec<_> = view.credentials().map(|(_, key)| key.name.to_string()).collect();
    assert_eq!(seen, ["books"], "not Legal's, which bob does not see, nor his private one, which the admin does not");
    assert_eq!(house.session("bob").await.view().credentials().count(), 2);

    let department = thing(&session, Noun::Department, &[("name", "More")]);
    let refused = session.apply(Request::new(vec![Change::add(department)], "test")).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed, "the founder might, and bob may not");

    // What is done is the real person's, and says so.
    let rule = [("scope", "department/Finance"), ("provider", "openai"), ("target", "key/books")];
    let change = Change::add(thing(&session, Noun::Assignment, &rule));
    session.apply(Request::new(vec![change], "as bob would")).await.unwrap();
    assert_eq!(&*session.log(None, 1).await.unwrap()[0].login, "founder");
    let rows = house.door.store.audit(&AuditFilter::default(), 1).await.unwrap();
    assert_eq!((&*rows[0].entry.login, &*rows[0].entry.proof), ("founder", "uid 7, as bob"));
    let rows =
        house.door.store.audit(&AuditFilter { action: Some("act-as".into()), ..AuditFilter::default() }, 9).await;
    let told: Vec<_> =
        rows.unwrap().iter().map(|it| (it.entry.subject.to_string(), it.entry.outcome.to_string())).collect();
    assert_eq!(told, [("operator/bob".to_owned(), "done".to_owned())]);
}

#[tokio::test]
async fn nobody_else_may_and_nobody_is_handed_a_secret_so() {
    let house = with_people().await;
    for (login, other, source, kind) in [
        ("carol", "bob", "local", Kind::NotAllowed),
        ("bob", "founder", "local", Kind::NotAllowed),
        ("mallory", "founder", "local", Kind::NotAllowed),
        ("founder", "bob", "192.0.2.7", Kind::NotAllowed),
        ("founder", "bobby", "local", Kind::Usage),
    ] {
        let refused = acting(&house, login, other, source).await.err();
        assert_eq!(refused.map(|it| it.kind), Some(kind), "{login} as {other} from {source}");
    }
    let denied = AuditFilter { outcome: Some("denied".into()), ..AuditFilter::default() };
    let rows = house.door.store.audit(&denied, 9).await.unwrap();
    let told: Vec<&str> = rows.iter().rev().map(|row| &*row.entry.action).collect();
    // Mallory is no operator at all, which is a row of its own.
    assert_eq!(told, ["act-as", "act-as", "login", "act-as", "act-as", "act-as"], "each is on record");

    let session = acting(&house, "founder", "carol", "local").await.unwrap();
    let wish = Wish { key: "books", field: None, purpose: Purpose::Reveal };
    assert_eq!(session.disclose(wish).await.err().map(|it| it.kind), Some(Kind::Usage));

    // An admin who is one no more is nobody, in the session that is open.
    let founder = house.session("founder").await;
    add(&founder, Noun::Operator, &[("login", "dora"), ("roles", "admin")]).await;
    let session = acting(&house, "dora", "bob", "local").await.unwrap();
    let view = founder.refresh().await.unwrap();
    let dora = view.operators().find(|(_, it)| &*it.login == "dora").unwrap().1.clone();
    let change = Change::edit(dora.clone(), crate::domain::people::Operator { grants: Vec::new(), ..dora }).unwrap();
    founder.apply(Request::new(vec![change], "test")).await.unwrap();
    assert_eq!(session.refresh().await.unwrap().credentials().count(), 0);
}

/// Made with `ssh-keygen -t ed25519`.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwaubNf8I9LmiEY+AoEIUltNQ2VDYaWXCpn/GHViEbc alice@desk";

#[tokio::test]
async fn a_key_says_who_it_is_as_long_as_they_hold_it() {
    let house = house().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::Operator, &[("login", "alice"), ("roles", "admin"), ("ssh_keys", KEY)]).await;
    let key = PublicKey::parse(KEY).unwrap();
    let holder = house.door.holder_of(&key, Witness::Own, "192.0.2.7").await.unwrap().unwrap();
    assert_eq!((&*holder.identity.login, &*holder.identity.source), ("alice", "192.0.2.7"));
    let workspace = house.door.workspace(None).await.unwrap();
    let session = house.door.session(&workspace, holder.identity.clone(), false).await.unwrap();
    assert!(session.view().me().is_some() && holder.identity.is_afar());
    house.door.note_login(&holder).await;

    let record = founder.view().operator(founder.view().find_operator("alice").unwrap()).cloned().unwrap();
    let without = crate::domain::people::Operator { ssh_keys: Vec::new(), ..record.clone() };
    let change = Change::edit(record, without).unwrap();
    founder.apply(crate::ops::session::Request::new(vec![change], "lost")).await.unwrap();
    assert!(session.refresh().await.unwrap().me().is_none(), "the key that was taken away proves nothing");
    assert!(house.door.holder_of(&key, Witness::Own, "192.0.2.7").await.unwrap().is_none());
    house.door.note_stranger(&key.fingerprint(), Witness::OpenSsh, "192.0.2.7").await;

    let filter = AuditFilter { action: Some("login".into()), ..AuditFilter::default() };
    let rows = house.door.store.audit(&filter, 9).await.unwrap();
    let told: Vec<_> =
        rows.iter().rev().map(|row| (&*row.entry.login, &*row.entry.proof, &*row.entry.outcome)).collect();
    let proof = format!("SSH key {}", key.fingerprint());
    assert_eq!(told, [("alice", &*proof, "done"), ("unknown", &*format!("{proof}, by sshd"), "denied")]);
    assert!(
        rows[1].entry.operator == Some(holder.operator) && rows.iter().all(|row| &*row.entry.source == "192.0.2.7")
    );
}
