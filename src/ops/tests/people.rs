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
    let mut grants = [test.id, other.id].map(|on| Grant { role: Role::Admin, on: GrantScope::Workspace(on) }).to_vec();
    grants.push(KEEPER);
    hire(&here, "eve", grants).await;
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

#[tokio::test]
async fn rights_that_were_taken_away_in_another_workspace_are_gone_at_once() {
    let house = house().await;
    let other = house.door.found("other", &somebody("founder"), Founding::default()).await.unwrap();
    let test = house.door.workspace(Some("test")).await.unwrap();
    let here = house.door.session(&test, somebody("founder"), false).await.unwrap();
    hire(&here, "eve", vec![Grant { role: Role::Admin, on: GrantScope::Workspace(test.id) }]).await;
    let eve = house.door.session(&test, somebody("eve"), false).await.unwrap();
    add(&eve, Noun::App, &[("name", "first")]).await;

    // Her console has not heard of it when she goes on: the revision of her workspace is the same as before.
    let there = house.door.session(&other, somebody("founder"), false).await.unwrap();
    let was = person(&there, "eve");
    let dismissed = Change::edit(was.clone(), Operator { grants: Vec::new(), ..was }).unwrap();
    there.apply(Request::new(vec![dismissed], "dismissed")).await.unwrap();
    let app = thing(&eve, Noun::App, &[("name", "second")]);
    let refused = eve.apply(Request::new(vec![Change::add(app)], "late")).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed, "{refused:?}");
}

#[tokio::test]
async fn one_sees_the_workspaces_in_which_one_was_granted_something_and_no_other() {
    let house = house().await;
    for name in ["other", "secret"] {
        house.door.found(name, &somebody("founder"), Founding::default()).await.unwrap();
    }
    let session_in = async |name: &str, login: &str| {
        let workspace = house.door.workspace(Some(name)).await.unwrap();
        house.door.session(&workspace, somebody(login), false).await.unwrap()
    };
    let there = session_in("other", "founder").await;
    let department = thing(&there, Noun::Department, &[("name", "Legal")]);
    let Record::Department(legal) = department.clone() else { panic!() };
    there.apply(Request::new(vec![Change::add(department)], "found")).await.unwrap();
    let here = session_in("test", "founder").await;
    hire(&here, "eve", vec![Grant { role: Role::Viewer, on: GrantScope::Workspace(here.view().workspace().id) }]).await;
    there.refresh().await.unwrap();
    let was = person(&there, "eve");
    let mut is = was.clone();
    is.grants.push(Grant { role: Role::Assigner, on: GrantScope::Department(legal.id) });
    there.apply(Request::new(vec![Change::edit(was, is).unwrap()], "promote")).await.unwrap();

    let eve = session_in("test", "eve").await;
    assert_eq!(eve.workspaces().await.unwrap(), ["other".into(), "test".into()] as [crate::domain::Text; 2]);
    let elsewhere = eve.elsewhere("other").await.unwrap();
    assert_eq!(&*elsewhere.view().workspace().name, "other");
    let refused = eve.elsewhere("secret").await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed);
    assert!(!refused.hints.concat().contains("secret"), "{refused:?}");
    assert_eq!(session_in("test", "founder").await.workspaces().await.unwrap().len(), 3);
    assert_eq!(session_in("secret", "nobody").await.workspaces().await.unwrap().len(), 1);

    // Where none is named, one begins where one was last, if one may still go there.
    let home = async |last| house.door.home(None, "eve", last).await.unwrap().name;
    assert_eq!(
        (&*home(None).await, &*home(Some("test")).await, &*home(Some("secret")).await),
        ("other", "test", "other")
    );
    assert!(house.door.home(None, "nobody", Some("secret")).await.is_err());
}
