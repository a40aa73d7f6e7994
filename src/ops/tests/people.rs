//! People who work in several workspaces.

use super::*;
use crate::domain::people::{Grant, GrantScope, Operator, Role};

const KEEPER: Grant = Grant { role: Role::Keeper, on: GrantScope::Database };

fn person(session: &Session, login: &str) -> Operator {
    let view = session.view();
    let it = view.operators().find(|(_, it)| &*it.login == login).map(|(_, it)| it.clone());
    it.unwrap()
}

/// Takes from somebody what makes them a keeper.
async fn dismiss(session: &Session, login: &str) -> Result<(), crate::ops::failure::Failure> {
    let was = person(session, login);
    let grants = was.grants.iter().copied().filter(|grant| *grant != KEEPER).collect();
    let change = Change::edit(was.clone(), Operator { grants, ..was }).unwrap();
    session.apply(Request::new(vec![change], "dismissed")).await.map(drop)
}

#[tokio::test]
async fn two_workspaces_at_once_leave_a_keeper() {
    let house = house().await;
    let other = house.door.found("other", &somebody("founder"), Founding::default()).await.unwrap();
    let test = house.door.workspace(Some("test")).await.unwrap();
    let here = house.door.session(&test, somebody("founder"), false).await.unwrap();
    let mut eve = thing(&here, Noun::Operator, &[("login", "eve")]);
    if let Record::Operator(it) = &mut eve {
        it.grants = [test.id, other.id].map(|on| Grant { role: Role::Admin, on: GrantScope::Workspace(on) }).to_vec();
        it.grants.push(KEEPER);
    }
    here.apply(Request::new(vec![Change::add(eve)], "hire")).await.unwrap();
    let there = house.door.session(&other, somebody("eve"), false).await.unwrap();

    // Each dismisses the other, and both are judged before either is written.
    let (one, two) = tokio::join!(dismiss(&here, "eve"), dismiss(&there, "founder"));
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(matches!(refused[0].kind, Kind::Conflict | Kind::NotAllowed), "{refused:?}");
    let view = here.refresh().await.unwrap();
    assert_eq!(view.operators().filter(|(_, it)| it.grants.contains(&KEEPER)).count(), 1);
    assert!(house.door.store.verify_audit(None).await.unwrap().faults.is_empty());
}
