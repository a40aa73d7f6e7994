//! Every event of the checklist leaves its row: a story in which each happens, and the rows that tell of it.

use serde_json::{Map, Value};

use super::{
    office::{Office, office},
    *,
};
use crate::{
    domain::{
        credential::State,
        fact::Answer,
        people::{Grant, GrantScope, Operator, Role, Workspace},
    },
    ops::{
        audit::AuditQuestion,
        disclose::{Purpose, Wish},
        failure::Failure,
        rekey::Wanted,
    },
    store::AuditFilter,
    vault::Fields,
};

const fn wish(key: &str, purpose: Purpose) -> Wish<'_> {
    Wish { key, field: None, purpose }
}

/// Comings and goings: who logs in, who is not known, who unlocks, and with which key.
async fn doors(office: &Office) {
    office.founder.log_in().await.unwrap();
    office.founder.log_out().await.unwrap();
    office.session("mallory").await;
    office.founder.lock();
    assert!(office.founder.unlock(secret_key("wrong")).await.is_err());
    office.founder.unlock(secret_key("office")).await.unwrap();
}

/// Changes: at once, staged, undone, revoked, of people, and one that a second person approves.
async fn changes(office: &Office) {
    let founder = &office.founder;
    let revision = add(founder, Noun::App, &[("name", "billing")]).await;
    founder.revert(revision, false).await.unwrap();
    let record = thing(founder, Noun::App, &[("name", "staged")]);
    let staged = founder.stage(&[Change::add(record)], &[]).await.unwrap();
    founder.apply_staged(&staged, "staged", false).await.unwrap();
    let revoke = office.edit_key("sal", |key| key.state = State::Revoked);
    founder.apply(Request::new(vec![revoke], "")).await.unwrap();
    let view = founder.view();
    let vic = view.operators().find(|(_, it)| &*it.login == "vic").unwrap().1.clone();
    let here = GrantScope::Workspace(view.workspace().id);
    let promoted = Operator { grants: vec![Grant { role: Role::Auditor, on: here }], ..vic.clone() };
    founder.apply(Request::new(vec![Change::edit(vic, promoted).unwrap()], "promoted")).await.unwrap();
}

async fn approved(office: &Office) {
    let founder = &office.founder;
    let before = founder.view().workspace().clone();
    let strict = Change::edit(before.clone(), Workspace { approval: true, ..before }).unwrap();
    founder.apply(Request::new(vec![strict], "strict")).await.unwrap();
    let record = thing(founder, Noun::App, &[("name", "approved")]);
    founder.stage(&[Change::add(record)], &[]).await.unwrap();
    let boss = office.session("boss").await;
    boss.approve(&boss.waiting_of("founder").await.unwrap()).await.unwrap();
}

/// Secrets: shown, refused, copied, rotated in steps; the old one is destroyed at once.
async fn secrets(office: &Office) {
    let founder = &office.founder;
    founder.disclose(wish("main", Purpose::Reveal)).await.map(drop).unwrap();
    founder.disclose(wish("main", Purpose::Copy)).await.map(drop).unwrap();
    assert!(office.session("vic").await.disclose(wish("fin", Purpose::Reveal)).await.is_err());
    assert!(founder.disclose(wish("sal", Purpose::Reveal)).await.is_err(), "it is revoked");
    let key = founder.view().find_credential("main").unwrap();
    let next = || Fields::from([("api_key".to_owned(), Secret::new("sk-FAKE-next-0123456789".to_owned()))]);
    founder.store_next(key, &next()).await.unwrap();
    founder.abandon_next(key).await.unwrap();
    founder.store_next(key, &next()).await.unwrap();
    founder.tell_test(key, Answer::Works).await.unwrap();
    let promotion = founder.promotion(key, false).await.unwrap();
    let old_until = Some(office.house.door.now());
    founder.apply(Request { old_until, ..Request::new(vec![promotion.change], "") }).await.unwrap();
}

/// The database as a whole: out, in, saved, under another key.
async fn database(office: &Office) {
    let founder = &office.founder;
    founder.deed("export", "workspace/test", async { Ok(founder.view().export()) }).await.map(drop).unwrap();
    let failing = async { Err::<(), _>(Failure::usage("the file is empty")) };
    founder.deed("import", "import/nothing", failing).await.unwrap_err();
    founder.deed("import", "import/something", async { Ok(()) }).await.unwrap();
    let file = office.house.folder.path().join("saved.db");
    office.house.door.backup(&file, &somebody("founder"), false).await.unwrap();
    let door = &office.house.door;
    let keeper = door.may_rekey(&somebody("founder"), false).await.unwrap();
    let wanted = Wanted { secret_key: Some(secret_key("next")), iterations: None };
    door.start_rekey(&keeper, secret_key("office"), wanted).await.unwrap();
    door.finish_rekey(&keeper, false).await.unwrap();
    founder.audit_log(&AuditQuestion { limit: 1, ..AuditQuestion::default() }).await.unwrap();
    founder.verify_audit(None).await.unwrap();
    assert!(office.session("vic").await.plan_retention(door.now()).await.is_err());
}

/// What a row tells in its details.
type Told = fn(&Map<String, Value>) -> bool;

/// Whether one of a change set's deeds is so.
fn deed(details: &Map<String, Value>, is: impl Fn(&Value) -> bool) -> bool {
    details["deeds"].as_array().is_some_and(|deeds| deeds.iter().any(is))
}

/// An event: who, the action, the subject (a revision's number is left out), how it went, and what else is told.
type Event = (&'static str, &'static str, &'static str, &'static str, Told);

const ANY: Told = |_| true;

const EVENTS: &[Event] = &[
    ("founder", "create-workspace", "", "done", ANY),
    ("founder", "init", "", "done", ANY),
    ("founder", "login", "console", "intent", ANY),
    ("founder", "login", "console", "done", ANY),
    ("founder", "logout", "console", "done", ANY),
    ("mallory", "login", "", "denied", |it| it["reason"] == "no operator of this database"),
    ("founder", "unlock", "vault", "denied", |it| it["in_a_row"] == 1),
    ("founder", "unlock", "vault", "done", ANY),
    ("founder", "apply", "revision", "done", |it| deed(it, |deed| deed["name"] == "billing" && deed["deed"] == "add")),
    ("founder", "revert", "revision", "done", |it| it["reverts"].is_u64()),
    ("founder", "apply", "revision", "done", |it| it.get("staged") == Some(&true.into())),
    ("founder", "apply", "revision", "done", |it| deed(it, |deed| deed["name"] == "sal" && deed["deed"] == "revoke")),
    ("founder", "apply", "revision", "done", |it| {
        deed(it, |deed| deed["name"] == "vic" && deed["given"][0] == "auditor" && deed["taken"][0] == "viewer@Finance")
    }),
    ("founder", "apply", "revision", "done", |it| deed(it, |deed| deed["kind"] == "workspace")),
    ("boss", "approve", "staged/founder", "done", |it| it["plan"].is_string()),
    ("founder", "reveal", "key/main", "intent", ANY),
    ("founder", "reveal", "key/main", "done", ANY),
    ("founder", "copy", "key/main", "intent", ANY),
    ("founder", "copy", "key/main", "done", ANY),
    ("vic", "reveal", "key/fin", "denied", |it| it["reason"].is_string()),
    ("founder", "reveal", "key/sal", "denied", |it| it["reason"].as_str().is_some_and(|why| why.contains("revoked"))),
    ("founder", "rotate", "key/main", "done", ANY),
    ("founder", "apply", "revision", "done", |it| deed(it, |deed| deed["name"] == "main" && deed["deed"] == "rotate")),
    ("founder", "purge", "vault", "done", ANY),
    ("founder", "export", "workspace/test", "intent", ANY),
    ("founder", "export", "workspace/test", "done", ANY),
    ("founder", "import", "import/nothing", "intent", ANY),
    ("founder", "import", "import/nothing", "failed", |it| it["reason"] == "the file is empty"),
    ("founder", "import", "import/something", "done", ANY),
    ("founder", "backup", "database", "intent", ANY),
    ("founder", "backup", "database", "done", ANY),
    ("founder", "rekey", "vault", "intent", ANY),
    ("founder", "rekey", "vault", "done", ANY),
    ("founder", "audit-log", "audit", "done", ANY),
    ("founder", "audit-verify", "audit", "done", ANY),
    ("vic", "retention", "audit", "denied", ANY),
];

#[tokio::test]
async fn every_event_leaves_its_row() {
    let office = office().await;
    doors(&office).await;
    changes(&office).await;
    secrets(&office).await;
    database(&office).await;
    approved(&office).await;
    let rows = office.house.door.store.audit(&AuditFilter::default(), 1000).await.unwrap();
    for (login, action, subject, outcome, told) in EVENTS {
        let action = if *action == "retention" { crate::store::RETAIN } else { action };
        let fits = rows.iter().map(|row| &row.entry).filter(|row| {
            let about = if row.subject.starts_with("revision/") { "revision" } else { &row.subject };
            (&*row.login, &*row.action, &*row.outcome) == (*login, action, *outcome)
                && (about == *subject || subject.is_empty())
                && told(&row.details)
        });
        let found: Vec<_> = fits.collect();
        assert!(!found.is_empty(), "{login} {action} {subject} {outcome}");
        // Who, when, from where, and how that was proved, is in every row.
        let whole = |row: &&&crate::store::AuditEntry| &*row.proof == "uid 7" && &*row.source == "local";
        assert_eq!(found.iter().filter(whole).count(), found.len(), "{found:?}");
    }
    let text = format!("{rows:?}");
    assert!(!text.contains("sk-FAKE") && !text.contains("Zq7kdf"), "no secret is on record");
    assert!(office.house.door.store.verify_audit(None).await.unwrap().faults.is_empty());
}
