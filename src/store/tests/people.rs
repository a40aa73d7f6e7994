//! Operators of several workspaces: somebody is always left to keep the database, and to administrate each workspace.

use super::site::{apply, entry, id, sites, workspace};
use crate::{
    domain::{
        change::Change,
        people::{Grant, GrantScope, Operator, Role, Workspace},
    },
    store::{ApplyError, Store},
};

const KEEPER: Grant = Grant { role: Role::Keeper, on: GrantScope::Database };

fn operator(login: &str, grants: &[Grant]) -> Operator {
    Operator {
        id: id(),
        login: login.into(),
        email: None,
        grants: grants.to_vec(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    }
}

fn without(operator: &Operator, grant: Grant) -> Change {
    let grants = operator.grants.iter().copied().filter(|it| *it != grant).collect();
    Change::edit(operator.clone(), Operator { grants, ..operator.clone() }).expect("it was held")
}

/// Two people who hold the same, and a second workspace through which they are known as well.
async fn two(store: &Store, acme: &Workspace, grant: Grant) -> (Workspace, [Operator; 2]) {
    let other = workspace("other");
    store.create_workspace(&other, &[entry("create")]).await.expect("a new workspace");
    let both = ["ann", "ben"].map(|login| operator(login, &[grant]));
    apply(store, acme, 0, &both.clone().map(Change::add)).await.expect("applies");
    (other, both)
}

/// Takes a grant from both in two workspaces at once, and returns who still holds it.
async fn race(store: &Store, acme: &Workspace, grant: Grant) -> (Vec<Role>, usize) {
    let (other, [ann, ben]) = two(store, acme, grant).await;
    let (first, second) = ([without(&ann, grant)], [Change::remove(ben)]);
    let (one, two) = tokio::join!(apply(store, acme, 1, &first), apply(store, &other, 0, &second));
    let refused = [one, two].into_iter().filter_map(Result::err).map(|error| match error {
        ApplyError::Deserted { role } => role,
        other => panic!("{other}"),
    });
    let records = store.load(acme.id, super::site::at(2)).await.expect("loads").records;
    let held = records.iter().filter(|(record, _)| match record {
        crate::domain::record::Record::Operator(it) => it.grants.contains(&grant),
        _ => false,
    });
    (refused.collect(), held.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_keeper_stays_though_two_workspaces_take_one_each_at_once() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        assert_eq!(race(&store, &acme, KEEPER).await, (vec![Role::Keeper], 1));
        assert_eq!(store.verify_audit(None).await.expect("reads").faults, [], "nothing of the refused one was written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_of_each_workspace_stays() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let admin = Grant { role: Role::Admin, on: GrantScope::Workspace(acme.id) };
        assert_eq!(race(&store, &acme, admin).await, (vec![Role::Admin], 1));
    }
}

#[tokio::test]
async fn what_nobody_must_hold_may_go_and_what_is_handed_over_is_not_lost() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let viewer = Grant { role: Role::Viewer, on: GrantScope::Workspace(acme.id) };
        let ann = operator("ann", &[KEEPER, viewer]);
        apply(&store, &acme, 0, &[Change::add(ann.clone())]).await.expect("applies");
        apply(&store, &acme, 1, &[without(&ann, viewer)]).await.expect("a viewer need not be");
        let ann = Operator { grants: vec![KEEPER], ..ann };
        let heir = operator("ben", &[KEEPER]);
        apply(&store, &acme, 2, &[Change::add(heir), Change::remove(ann)]).await.expect("somebody keeps it");
    }
}
