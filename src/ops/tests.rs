//! One story through the door: found, apply, refuse, stage, revert, meet others.

mod changes;
mod confinement;
pub(in crate::ops) mod office;
mod people;
mod record;
mod scope;
mod spending;
mod unwritten;

use std::sync::Arc;

use uuid::Uuid;

use super::{
    door::{Access, Door, Founding},
    failure::Kind,
    identity::{Identity, Proof},
    session::{Request, Session},
};
use crate::{
    config::{DatabaseUrl, Vendors},
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        change::Change,
        id::Id,
        people::{Grant, Operator},
        record::{Kind as Noun, Record},
    },
    form::{self, lookup::Lookup},
    vault::{Fields, Secret, SecretKey},
};

pub(super) struct House {
    folder: tempfile::TempDir,
    pub(super) door: Arc<Door>,
}

pub(super) fn somebody(login: &str) -> Identity {
    Identity { login: login.to_owned(), proof: Proof::LocalUser(7), source: "local".to_owned(), acting: None }
}

pub(super) async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::sqlite(&folder.path().join("test.db"));
    let access = Access { create: true, ..Access::default() };
    let door = Door::open(&url, &Vendors::built_in(), access).await.unwrap();
    door.found("test", &somebody("founder"), Founding::default()).await.unwrap();
    House { folder, door }
}

impl House {
    pub(super) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("test.db")
    }

    pub(super) async fn session(&self, login: &str) -> Arc<Session> {
        let workspace = self.door.workspace(None).await.unwrap();
        self.door.session(&workspace, somebody(login), false).await.unwrap()
    }
}

pub(super) fn thing(session: &Session, kind: Noun, fields: &[(&str, &str)]) -> Record {
    let view = session.view();
    let lookup: Lookup<'_> = view.lookup();
    let mut record = form::blank(kind, Uuid::now_v7());
    for (field, text) in fields {
        form::set(&mut record, field, text, &lookup).unwrap();
    }
    record
}

pub(super) async fn add(session: &Session, kind: Noun, fields: &[(&str, &str)]) -> u64 {
    let record = thing(session, kind, fields);
    session.apply(Request::new(vec![Change::add(record)], "test")).await.unwrap().revision
}

/// Makes somebody an operator with some grants.
pub(super) async fn hire(session: &Session, login: &str, grants: Vec<Grant>) {
    let record = thing(session, Noun::Operator, &[("login", login)]);
    let Record::Operator(operator) = record else { panic!("an operator") };
    session.apply(Request::new(vec![Change::add(Operator { grants, ..operator })], "hire")).await.unwrap();
}

/// Adds a key whose secret is sealed; the vault is unlocked.
pub(super) async fn add_sealed(session: &Session, name: &str, owner: &str, secret: &str) {
    let record = thing(session, Noun::Credential, &[("name", name), ("provider", "openai"), ("owner", owner)]);
    let Record::Credential(mut key) = record else { panic!("a credential") };
    let fields = Fields::from([("api_key".to_owned(), Secret::new(secret.to_owned()))]);
    let secrets = session.seal_into(&mut key, &fields).unwrap();
    session.apply(Request { secrets, ..Request::new(vec![Change::add(key)], "test") }).await.unwrap();
}

/// A `SECRET_KEY` like those that people make.
pub(super) fn secret_key(which: &str) -> SecretKey {
    SecretKey::new(zeroize::Zeroizing::new(format!("k3y-{which}-Zq7kdf83Lm2xpW0v").into_bytes())).unwrap()
}

#[tokio::test]
async fn the_founder_may_work_and_a_stranger_may_not() {
    let house = house().await;
    let founder = house.session("founder").await;
    assert_eq!(founder.view().revision(), 1);
    assert_eq!(add(&founder, Noun::Department, &[("name", "Finance")]).await, 2);

    let stranger = house.session("mallory").await;
    let record = thing(&stranger, Noun::Department, &[("name", "Mine")]);
    let refused = stranger.apply(Request::new(vec![Change::add(record)], "")).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed);
    assert_eq!(stranger.view().departments().count(), 0, "who holds no role sees nothing");
    let log = house.door.store.audit(&crate::store::AuditFilter::default(), 100).await.unwrap();
    assert!(log.iter().any(|row| &*row.entry.login == "mallory" && &*row.entry.outcome == "denied"));
}

#[tokio::test]
async fn sessions_follow_each_other_and_collisions_are_conflicts() {
    let house = house().await;
    let (one, two) = (house.session("founder").await, house.session("founder").await);
    add(&one, Noun::Credential, &[("name", "a"), ("provider", "openai")]).await;
    assert_eq!(two.view().revision(), 1, "nothing is asked before a refresh");
    let seen = two.refresh().await.unwrap();
    let ix = seen.find_credential("a").unwrap();
    let before = seen.credential(ix).unwrap().clone();

    let edit = |note: &str| {
        let mut after = before.clone();
        after.note = Some(note.into());
        Change::edit(before.clone(), after).unwrap()
    };
    one.apply(Request::new(vec![edit("mine")], "first")).await.unwrap();
    let late = two.apply(Request::new(vec![edit("yours")], "second")).await.unwrap_err();
    assert_eq!(late.kind, Kind::Conflict);
    let view = two.refresh().await.unwrap();
    assert_eq!(view.credential(ix).unwrap().note.as_deref(), Some("mine"));
}

#[tokio::test]
async fn what_is_staged_survives_a_session_and_is_applied_once() {
    let house = house().await;
    let first = house.session("founder").await;
    let record = thing(&first, Noun::App, &[("name", "billing")]);
    first.stage(&[Change::add(record)], &[]).await.unwrap();
    drop(first);
    let second = house.session("founder").await;
    assert_eq!(second.staged().await.unwrap().changes.len(), 1);
    let shown = second.staged().await.unwrap();
    assert_eq!(second.apply_staged(&shown, "go", false).await.unwrap().changes, 1);
    let left = second.staged().await.unwrap();
    assert!(left.changes.is_empty());
    assert_eq!(second.apply_staged(&left, "again", false).await.unwrap().changes, 0, "nothing is left to apply");
}

#[tokio::test]
async fn a_revision_is_undone_by_a_new_one() {
    let house = house().await;
    let session = house.session("founder").await;
    let revision = add(&session, Noun::App, &[("name", "billing")]).await;
    let undone = session.revert(revision, false).await.unwrap();
    assert_eq!(undone.revision, revision + 1);
    assert_eq!(undone.view.apps().count(), 0);
    let redone = session.revert(undone.revision, false).await.unwrap();
    assert!(redone.view.find_app("billing").is_ok());
    let log = session.log(None, 10).await.unwrap();
    assert_eq!(log[0].reverts, Some(undone.revision));
}

#[tokio::test]
async fn a_plan_names_obstacles_and_effects_without_writing() {
    let house = house().await;
    let session = house.session("founder").await;
    add(&session, Noun::Workflow, &[("name", "bot")]).await;
    add(&session, Noun::Credential, &[("name", "a"), ("provider", "openai")]).await;
    let node = [("workflow", "bot"), ("name", "draft"), ("provider", "openai"), ("model", "gpt-4o")];
    add(&session, Noun::Node, &node).await;
    let view = session.view();
    let workflow = view.workflow(view.find_workflow("bot").unwrap()).unwrap().id;
    let key = view.credential(view.find_credential("a").unwrap()).unwrap().id;
    let rule = |provider: &str| Assignment {
        id: Id::new(Uuid::now_v7()),
        scope: Scope::Workflow(workflow),
        provider: provider.into(),
        model: None,
        kind: None,
        environment: None,
        target: Target::Key(key),
        strength: Strength::Required,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    };
    let good = session.plan(vec![Change::add(rule("openai"))]);
    assert!(good.is_lawful(), "{:?}", good.obstacles);
    assert_eq!(good.effects.groups.len(), 1);
    assert_eq!(good.effects.groups[0].what, crate::plan::What::StartsToWork);
    let bad = session.plan(vec![Change::add(rule("anthropic"))]);
    assert_eq!(bad.obstacles.len(), 1);
    assert_eq!(session.refresh().await.unwrap().assignments().count(), 0);
}

#[tokio::test]
async fn only_a_keeper_backs_up_and_every_try_is_on_record() {
    let house = house().await;
    let file = house.folder.path().join("saved.db");
    let refused = house.door.backup(&file, &somebody("mallory"), false).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed);
    assert!(!file.exists());
    assert_eq!(house.door.may_restore(&somebody("mallory"), false).await.unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(house.door.backup(&file, &somebody("founder"), true).await.unwrap_err().kind, Kind::NotAllowed);
    house.door.backup(&file, &somebody("founder"), false).await.unwrap();
    assert!(house.door.backup(&file, &somebody("founder"), false).await.is_err(), "it is there already");
    let log = house.door.store.audit(&crate::store::AuditFilter::default(), 100).await.unwrap();
    let deeds: Vec<_> = log.iter().rev().map(|row| &row.entry).filter(|it| &*it.subject == "database").collect();
    let told: Vec<_> = deeds.iter().map(|it| (&*it.login, &*it.action, &*it.outcome)).collect();
    let expected = [
        ("mallory", "backup", "denied"),
        ("mallory", "restore", "denied"),
        ("founder", "backup", "intent"),
        ("founder", "backup", "done"),
        ("founder", "backup", "intent"),
        ("founder", "backup", "failed"),
    ];
    assert_eq!(told, expected);
}
