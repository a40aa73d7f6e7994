//! Two operators at once: what one staged and the other applied meanwhile, and what one staged and the other approves.

use super::*;
use crate::{
    domain::{
        credential::State,
        people::{Grant, GrantScope, Role},
        workflow::App,
    },
    ops::{approval::Waiting, staging::Side},
    plan::Ground,
    store::AuditFilter,
};

/// Makes somebody an operator with a role on the whole workspace, and opens a session of theirs.
async fn colleague(house: &House, login: &str, role: Role) -> Arc<Session> {
    let founder = house.session("founder").await;
    hire(&founder, login, vec![Grant { role, on: GrantScope::Workspace(founder.view().workspace().id) }]).await;
    house.session(login).await
}

fn app(session: &Session, name: &str) -> App {
    let view = session.view();
    view.app(view.find_app(name).unwrap()).unwrap().clone()
}

/// Changes the note of an app.
fn note(session: &Session, name: &str, note: &str) -> Change {
    let before = app(session, name);
    Change::edit(before.clone(), App { note: Some(note.into()), ..before }).unwrap()
}

/// An app, a founder who staged a note for it on revision 3, and a colleague.
async fn two_at_once() -> (House, Arc<Session>, Arc<Session>) {
    let house = house().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::App, &[("name", "billing")]).await;
    let other = colleague(&house, "eve", Role::Admin).await;
    founder.refresh().await.unwrap();
    founder.stage(&[note(&founder, "billing", "mine")], &[]).await.unwrap();
    (house, founder, other)
}

async fn apply(session: &Session, change: Change) {
    session.refresh().await.unwrap();
    session.apply(Request::new(vec![change], "meanwhile")).await.unwrap();
}

#[tokio::test]
async fn what_does_not_touch_a_staged_set_is_told_and_does_not_stop_it() {
    let (_house, mine, theirs) = two_at_once().await;
    add(&theirs, Noun::App, &[("name", "elsewhere")]).await;
    let staged = mine.staged().await.unwrap();
    let applied = mine.apply_staged(&staged, "go", false).await.unwrap();
    let meanwhile = applied.meanwhile.expect("somebody applied something");
    assert_eq!((meanwhile.count(), meanwhile.ground), (1, Ground::Untouched));
    assert_eq!(meanwhile.sentence(), "1 revision was applied since revision 3: it does not touch this");
    assert_eq!(&*meanwhile.revisions[0].author, "eve");
    assert_eq!(app(&mine, "billing").note.as_deref(), Some("mine"));
}

#[tokio::test]
async fn what_both_changed_is_shown_three_ways_and_decided() {
    let (_house, mine, theirs) = two_at_once().await;
    apply(&theirs, note(&theirs, "billing", "theirs")).await;
    let staged = mine.staged().await.unwrap();
    let refused = mine.apply_staged(&staged, "go", false).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    let told = refused.details.expect("programs are told the particulars");
    assert_eq!(told["clashes"][0]["fields"][0]["theirs"], "theirs");
    assert_eq!(told["clashes"][0]["numbers"], serde_json::json!([0]));
    assert_eq!(app(&theirs, "billing").note.as_deref(), Some("theirs"), "nothing was overwritten");
    assert!(mine.rebase(None).await.is_err(), "what both changed has to be decided first");

    let kept = mine.keep(Side::Mine, &[]).await.unwrap();
    assert_eq!(kept.changes.len(), 1);
    mine.apply_staged(&kept, "mine after all", false).await.unwrap();
    assert_eq!(app(&mine, "billing").note.as_deref(), Some("mine"));

    mine.stage(&[note(&mine, "billing", "again")], &[]).await.unwrap();
    theirs.refresh().await.unwrap();
    apply(&theirs, note(&theirs, "billing", "once more")).await;
    assert!(mine.keep(Side::Theirs, &[0]).await.unwrap().changes.is_empty());
    assert!(mine.keep(Side::Theirs, &[]).await.is_err(), "nothing is left to decide");
}

#[tokio::test]
async fn what_others_did_as_well_is_taken_out_when_it_is_planned_anew() {
    let (_house, mine, theirs) = two_at_once().await;
    mine.stage(&[Change::add(thing(&mine, Noun::App, &[("name", "another")]))], &[]).await.unwrap();
    apply(&theirs, note(&theirs, "billing", "mine")).await;
    let staged = mine.staged().await.unwrap();
    let refused = mine.apply_staged(&staged, "go", false).await.unwrap_err();
    assert!(refused.message.contains("Done by others already"), "{}", refused.message);
    let (staged, meanwhile) = mine.rebase(None).await.unwrap();
    assert_eq!(meanwhile.unwrap().ground, Ground::Touched);
    assert_eq!((staged.changes.len(), staged.base_revision), (1, 4));
    assert_eq!(mine.apply_staged(&staged, "go", false).await.unwrap().changes, 1);
}

#[tokio::test]
async fn a_rule_that_answers_the_same_question_is_replaced_by_keeping_mine() {
    let house = house().await;
    let mine = house.session("founder").await;
    for key in ["one", "two"] {
        add(&mine, Noun::Credential, &[("name", key), ("provider", "openai")]).await;
    }
    let theirs = colleague(&house, "eve", Role::Admin).await;
    mine.refresh().await.unwrap();
    let rule = |session: &Session, key: &str| {
        let fields = [("scope", "workspace"), ("provider", "openai"), ("target", key)];
        Change::add(thing(session, Noun::Assignment, &fields))
    };
    mine.stage(&[rule(&mine, "key/one")], &[]).await.unwrap();
    apply(&theirs, rule(&theirs, "key/two")).await;
    let staged = mine.staged().await.unwrap();
    assert!(mine.apply_staged(&staged, "", false).await.is_err());
    let kept = mine.keep(Side::Mine, &[]).await.unwrap();
    let applied = mine.apply_staged(&kept, "", false).await.unwrap();
    assert_eq!((applied.changes, applied.view.assignments().count()), (2, 1));
}

#[tokio::test]
async fn two_terminals_share_a_set_and_neither_applies_what_the_other_took_back() {
    let (house, one, _) = two_at_once().await;
    let two = house.session("founder").await;
    let shown = one.staged().await.unwrap();
    let record = thing(&two, Noun::App, &[("name", "late")]);
    two.stage(&[Change::add(record)], &[]).await.unwrap();
    assert_eq!(one.apply_staged(&shown, "", false).await.unwrap().changes, 1);
    let left = one.staged().await.unwrap();
    assert_eq!(left.changes.len(), 1, "what was staged meanwhile stays");
    two.discard().await.unwrap();
    assert_eq!(one.apply_staged(&left, "", false).await.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test]
async fn a_staged_set_is_nobody_elses_business() {
    let (_house, mine, theirs) = two_at_once().await;
    assert_eq!(mine.staged().await.unwrap().changes.len(), 1);
    assert!(theirs.staged().await.unwrap().changes.is_empty());
    assert!(theirs.waiting().await.unwrap().is_empty(), "without approval nobody looks over another's shoulder");
    assert!(theirs.waiting_of("founder").await.is_err());
}

/// A workspace that wants approval, its founder, another admin and a viewer.
async fn strict() -> (House, Arc<Session>, Arc<Session>, Arc<Session>) {
    let house = house().await;
    let founder = house.session("founder").await;
    add(&founder, Noun::App, &[("name", "billing")]).await;
    let (eve, vic) = (colleague(&house, "eve", Role::Admin).await, colleague(&house, "vic", Role::Viewer).await);
    founder.refresh().await.unwrap();
    want_approval(&founder, true).await.unwrap();
    for session in [&eve, &vic] {
        session.refresh().await.unwrap();
    }
    (house, founder, eve, vic)
}

async fn want_approval(session: &Session, approval: bool) -> Result<(), crate::ops::failure::Failure> {
    let view = session.refresh().await.unwrap();
    let before = view.workspace().clone();
    let change = Change::edit(before.clone(), crate::domain::people::Workspace { approval, ..before }).unwrap();
    session.apply(Request::new(vec![change], "policy")).await.map(drop)
}

#[tokio::test]
async fn a_change_set_waits_for_a_second_person_who_may() {
    let (house, founder, eve, vic) = strict().await;
    let change = note(&founder, "billing", "careful");
    let direct = founder.apply(Request::new(vec![change.clone()], "at once")).await.unwrap_err();
    assert_eq!(direct.kind, Kind::NotAllowed);
    let staged = founder.stage(&[change], &[]).await.unwrap();
    assert_eq!(founder.apply_staged(&staged, "", false).await.unwrap_err().kind, Kind::NotAllowed);

    let own = founder.waiting_of("founder").await.unwrap();
    assert_eq!(
        founder.approve(&own).await.unwrap_err().message,
        "nobody may approve their own change set: ask somebody else"
    );
    assert!(vic.waiting().await.unwrap().is_empty());
    assert_eq!(vic.waiting_of("founder").await.unwrap_err().kind, Kind::NotAllowed);

    let seen = eve.waiting_of("founder").await.unwrap();
    assert!(vic.approve(&seen).await.is_err(), "who may not approve does not, whatever they hold");
    eve.approve(&seen).await.unwrap();
    assert!(founder.waiting_of(&own.plan[..8]).await.unwrap().is_approved());
    let applied = founder.apply_staged(&staged, "approved", false).await.unwrap();
    let revision = founder.log(None, 1).await.unwrap().remove(0);
    assert_eq!(revision.number, applied.revision);
    assert_eq!(revision.plan.map(|plan| crate::store::hex(&plan)), Some(own.plan.clone()));
    let log = house.door.store.audit(&AuditFilter::default(), 50).await.unwrap();
    let apply = log.iter().find(|row| &*row.entry.action == "apply" && &*row.entry.outcome == "done").unwrap();
    assert_eq!(apply.entry.details["approved_by"], "eve");
    assert_eq!(apply.entry.details["plan"], own.plan.as_str());
    let approve = |outcome: &str| {
        log.iter().find(|row| &*row.entry.action == "approve" && &*row.entry.outcome == outcome).map(|row| &row.entry)
    };
    assert_eq!(&*approve("done").unwrap().login, "eve");
    assert!(approve("denied").is_some(), "a refused approval is on record");
}

#[tokio::test]
async fn an_approval_ends_with_the_set_and_with_the_right() {
    let (_house, founder, eve, _) = strict().await;
    let approved = async |session: &Session| {
        let seen: Waiting = session.waiting_of("founder").await.unwrap();
        session.approve(&seen).await.map(|()| seen)
    };
    founder.stage(&[note(&founder, "billing", "one")], &[]).await.unwrap();
    let seen = approved(&eve).await.unwrap();
    let more = thing(&founder, Noun::App, &[("name", "more")]);
    let staged = founder.stage(&[Change::add(more)], &[]).await.unwrap();
    assert!(founder.approvals(&staged).await.unwrap().is_empty());
    assert!(founder.apply_staged(&staged, "", false).await.is_err(), "the set is another than the approved one");
    assert_eq!(eve.approve(&seen).await.unwrap_err().kind, Kind::Conflict, "what was shown is no longer there");

    approved(&eve).await.unwrap();
    // What others apply beside it leaves the approval as it is: it says nothing of the revision.
    eve.refresh().await.unwrap();
    let record = thing(&eve, Noun::App, &[("name", "elsewhere")]);
    let theirs = eve.stage(&[Change::add(record)], &[]).await.unwrap();
    let seen = founder.waiting_of("eve").await.unwrap();
    founder.approve(&seen).await.unwrap();
    eve.apply_staged(&theirs, "", false).await.unwrap();
    let staged = founder.staged().await.unwrap();
    founder.apply_staged(&staged, "", false).await.unwrap();
}

#[tokio::test]
async fn turning_approval_off_needs_approval_and_an_emergency_does_not() {
    let (_house, founder, eve, _) = strict().await;
    assert_eq!(want_approval(&founder, false).await.unwrap_err().kind, Kind::NotAllowed);
    let key = thing(&founder, Noun::Credential, &[("name", "leaked"), ("provider", "openai")]);
    let staged = founder.stage(&[Change::add(key)], &[]).await.unwrap();
    eve.approve(&eve.waiting_of("founder").await.unwrap()).await.unwrap();
    let view = founder.apply_staged(&staged, "", false).await.unwrap().view;
    let before = view.credential(view.find_credential("leaked").unwrap()).unwrap().clone();
    let into = |state| Change::edit(before.clone(), crate::domain::credential::Credential { state, ..before.clone() });
    let at_once = |change: Option<Change>| {
        founder.apply(Request { emergency: true, ..Request::new(vec![change.unwrap()], "now") })
    };
    assert_eq!(at_once(into(State::Disabled)).await.unwrap_err().kind, Kind::NotAllowed, "revoking alone is one");
    at_once(into(State::Revoked)).await.unwrap();
}

#[tokio::test]
async fn a_later_change_of_the_same_thing_stops_an_undo_and_is_named() {
    let (house, mine, theirs) = two_at_once().await;
    mine.discard().await.unwrap();
    let first = mine.apply(Request::new(vec![note(&mine, "billing", "one")], "")).await.unwrap().revision;
    theirs.refresh().await.unwrap();
    apply(&theirs, note(&theirs, "billing", "two")).await;
    let refused = mine.revert(first, false).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.message.contains(&format!("revision {} changed the same since", first + 1)), "{}", refused.message);
    // Once the later one is undone, and that undo undone and undone again, the first can be undone.
    for _ in 0..3 {
        let newest = house.session("eve").await.log(None, 1).await.unwrap()[0].number;
        mine.revert(newest, false).await.unwrap();
    }
    mine.revert(first, false).await.unwrap();
    assert_eq!(app(&mine, "billing").note, None);
}
