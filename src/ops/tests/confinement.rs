//! Nobody does what they may not, whichever door they try: each deed by each of the office's people.

use super::{
    office::{LAST4, Office, office},
    *,
};
use crate::{
    domain::{
        credential::State,
        people::{Grant, GrantScope, Operator, Role, Workspace},
    },
    ops::{
        audit::AuditQuestion,
        disclose::{Purpose, Wish},
        question::Question,
        rows,
    },
};

/// The people by the letters of the tables below: whoever stands there may.
const PEOPLE: [(char, &str); 7] =
    [('v', "vic"), ('a', "aud"), ('m', "mem"), ('s', "ass"), ('d', "adm"), ('b', "boss"), ('x', "mallory")];

/// Makes the change that somebody tries, whatever they see: ids can be guessed.
type Tried = fn(&Office, &Session) -> Change;

fn operator(office: &Office, login: &str) -> Operator {
    let view = office.founder.view();
    view.operators().find(|(_, it)| &*it.login == login).map(|(_, it)| it.clone()).unwrap()
}

fn grant(office: &Office, login: &str, grant: Grant) -> Change {
    let before = operator(office, login);
    let mut after = before.clone();
    after.grants.push(grant);
    Change::edit(before, after).unwrap()
}

fn new_key(office: &Office, owner: &str, more: &[(&str, &str)]) -> Change {
    let fields = [&[("name", "new"), ("provider", "openai"), ("owner", owner)], more].concat();
    Change::add(thing(&office.founder, Noun::Credential, &fields))
}

fn rule(session: &Session, scope: &str, target: &str) -> Change {
    let fields = [("scope", scope), ("provider", "openai"), ("target", target)];
    Change::add(thing(session, Noun::Assignment, &fields))
}

fn department(office: &Office, name: &str) -> Change {
    let view = office.founder.view();
    let before = view.departments().find(|(_, it)| &*it.name == name).map(|(_, it)| it.clone()).unwrap();
    let after = crate::domain::people::Department { note: Some("changed".into()), ..before.clone() };
    Change::edit(before, after).unwrap()
}

fn workspace(office: &Office) -> Change {
    let before = office.founder.view().workspace().clone();
    Change::edit(before.clone(), Workspace { allow_request_overrides: true, ..before }).unwrap()
}

/// What is tried, and the letters of those who may.
const CHANGES: &[(&str, Tried, &str)] = &[
    ("add a department's key", |office, _| new_key(office, "department/Finance", &[]), "db"),
    ("add a key elsewhere", |office, _| new_key(office, "department/Sales", &[]), "b"),
    ("add a member's key", |office, _| new_key(office, "operator/mem", &[]), "mb"),
    ("edit a department's key", |office, _| office.edit_key("fin", |key| key.note = Some("x".into())), "db"),
    ("edit a member's key", |office, _| office.edit_key("mems", |key| key.note = Some("x".into())), "mb"),
    ("edit everybody's key", |office, _| office.edit_key("main", |key| key.note = Some("x".into())), "b"),
    ("revoke a department's key", |office, _| office.edit_key("fin", |key| key.state = State::Revoked), "sdb"),
    ("revoke a member's key", |office, _| office.edit_key("mems", |key| key.state = State::Revoked), "mb"),
    ("revoke a key elsewhere", |office, _| office.edit_key("sal", |key| key.state = State::Revoked), "b"),
    ("remove a department's key", |office, _| Change::remove(office.key("fin")), "db"),
    ("assign in the subtree", |office, _| rule(&office.founder, "workflow/books", "key/fin"), "sdb"),
    ("assign elsewhere", |office, _| rule(&office.founder, "workflow/leads", "key/main"), "b"),
    ("assign one's own key to one's own workflow", |_, mem| rule(mem, "workflow/mine", "key/mems"), "m"),
    ("assign a member's key elsewhere", |_, mem| rule(mem, "workflow/books", "key/mems"), ""),
    ("change the structure", |office, _| department(office, "Finance"), "db"),
    ("change the structure elsewhere", |office, _| department(office, "Sales"), "b"),
    (
        "grant a role",
        |office, _| {
            let finance = office.founder.view().departments().find(|(_, it)| &*it.name == "Finance").unwrap().1.id;
            grant(office, "vic", Grant { role: Role::Auditor, on: GrantScope::Department(finance) })
        },
        "b",
    ),
    ("make a keeper", |office, _| grant(office, "boss", Grant { role: Role::Keeper, on: GrantScope::Database }), ""),
    ("write a rule for everybody", |office, _| rule(&office.founder, "workspace", "key/main"), "b"),
    ("change the workspace", |office, _| workspace(office), "b"),
    (
        "write a reference",
        |office, _| new_key(office, "department/Finance", &[("reference", "env:KEY_OF_FINANCE")]),
        "b",
    ),
];

#[tokio::test]
async fn each_change_is_made_by_those_who_may_and_by_nobody_else() {
    let office = office().await;
    let mem = office.session("mem").await;
    for (letter, login) in PEOPLE {
        let session = office.session(login).await;
        for (deed, tried, allowed) in CHANGES {
            let known = office.founder.refresh().await.unwrap().revision();
            mem.refresh().await.unwrap();
            let change = tried(&office, &mem);
            let done = session.apply(Request::new(vec![change], *deed)).await;
            let now = office.founder.refresh().await.unwrap().revision();
            if allowed.contains(letter) {
                let made = done.unwrap_or_else(|refused| panic!("{login} may {deed}: {refused}"));
                office.founder.revert(made.revision, true).await.unwrap();
            } else {
                let refused = done.map(drop).expect_err(&format!("{login} may not {deed}"));
                assert_eq!((refused.kind, now), (Kind::NotAllowed, known), "{login}, {deed}: {refused}");
            }
        }
        let denied = office.told(login, "denied").await;
        assert!(denied.iter().any(|(action, _)| action == "apply"), "{login} was refused something, on record");
    }
}

#[tokio::test]
async fn a_secret_is_shown_to_those_who_may_and_everybody_else_is_on_record() {
    let office = office().await;
    for (name, allowed) in [("fin", "db"), ("mems", "mb"), ("main", "b"), ("sal", "b")] {
        for (letter, login) in PEOPLE {
            let session = office.session(login).await;
            let done = session.disclose(Wish { key: name, field: None, purpose: Purpose::Reveal }).await.map(drop);
            let row = ("reveal".to_owned(), format!("key/{name}"));
            if allowed.contains(letter) {
                done.unwrap_or_else(|refused| panic!("{login} may see {name}: {refused}"));
                assert!(office.told(login, "intent").await.contains(&row), "{login}, {name}");
                continue;
            }
            let refused = done.expect_err(&format!("{login} may not see {name}"));
            // Who may not know that it is there is told what everybody is told who asks for what is not.
            let seen = session.view().find_credential(name).is_ok() || login == "boss";
            assert_eq!(refused.kind, if seen { Kind::NotAllowed } else { Kind::Usage }, "{login}, {name}: {refused}");
            assert!(office.told(login, "denied").await.contains(&row), "{login}, {name}");
            assert!(!office.told(login, "intent").await.contains(&row), "{login}, {name}");
        }
    }
}

#[tokio::test]
async fn what_a_keeper_does_nobody_else_does() {
    let office = office().await;
    let door = &office.house.door;
    let file = office.house.folder.path().join("saved.db");
    for (_, login) in PEOPLE {
        let who = somebody(login);
        let all = door.workspaces().await.unwrap();
        let retention = office.session(login).await.plan_retention(crate::domain::Timestamp::UNIX_EPOCH).await;
        let tries = [
            door.backup(&file, &who, false).await.map(drop),
            door.may_restore(&who, false).await,
            door.may_rekey(&who, false).await.map(drop),
            door.may_create(&all, &who, false).await,
            retention.map(drop),
        ];
        for refused in tries {
            assert_eq!(refused.expect_err(login).kind, Kind::NotAllowed);
        }
        let denied: Vec<String> = office.told(login, "denied").await.into_iter().map(|(action, _)| action).collect();
        for action in ["backup", "restore", "rekey", "create-workspace", crate::store::RETAIN] {
            assert!(denied.iter().any(|it| it == action), "{login}, {action}: {denied:?}");
        }
        assert!(!file.exists());
    }
}

#[tokio::test]
async fn nobody_approves_their_own_and_the_log_is_read_by_those_who_may() {
    let office = office().await;
    for (letter, login) in PEOPLE {
        let session = office.session(login).await;
        let read = session.audit_log(&AuditQuestion { limit: 100, ..AuditQuestion::default() }).await;
        if "amdb".contains(letter) {
            assert!(read.is_ok(), "{login}: {read:?}");
        } else {
            assert_eq!(read.map(drop).unwrap_err().kind, Kind::NotAllowed, "{login}");
            assert!(office.told(login, "denied").await.iter().any(|(action, _)| action == "audit-log"), "{login}");
        }
    }
    let before = office.founder.view().workspace().clone();
    let strict = Change::edit(before.clone(), Workspace { approval: true, ..before }).unwrap();
    office.founder.apply(Request::new(vec![strict], "strict")).await.unwrap();
    for (letter, login) in PEOPLE {
        let session = office.session(login).await;
        let change = office.edit_key("fin", |key| key.note = Some(login.into()));
        if letter == 'x' {
            assert!(session.stage(&[change], &[]).await.is_err(), "whom nobody knows stages nothing");
            continue;
        }
        session.stage(&[change], &[]).await.unwrap();
        let own = session.waiting_of(login).await.unwrap();
        assert_eq!(session.approve(&own).await.unwrap_err().kind, Kind::NotAllowed, "{login}");
        let row = ("approve".to_owned(), format!("staged/{login}"));
        assert!(office.told(login, "denied").await.contains(&row), "{login}");
        let staged = session.staged().await.unwrap();
        assert_eq!(session.apply_staged(&staged, "", false).await.unwrap_err().kind, Kind::NotAllowed, "{login}");
    }
}

#[tokio::test]
async fn a_private_key_is_masked_wherever_others_look() {
    let office = office().await;
    let mem = office.session("mem").await;
    mem.apply(Request::new(vec![rule(&mem, "workflow/mine", "key/mems")], "mine")).await.unwrap();
    office.founder.refresh().await.unwrap();
    let id = office.key("mems").id.to_string();
    let revoke = office.edit_key("mems", |key| key.state = State::Revoked);
    for (letter, login) in PEOPLE {
        let session = office.session(login).await;
        let view = session.view();
        let now = office.house.door.now();
        let ask = Question { place: "workflow/mine".to_owned(), ..Question::default() };
        let answers = view.ask(&ask, now).ok();
        let plan = session.plan(vec![revoke.clone()]);
        let shown = [
            serde_json::to_string(&rows::credentials(&view, now)).unwrap(),
            serde_json::to_string(&rows::assignments(&view)).unwrap(),
            serde_json::to_string(&answers).unwrap(),
            serde_json::to_string(&plan.told(&view).effects).unwrap(),
        ];
        let hidden = letter != 'm';
        // Who is in charge of everything has to know what a private key is called: no list tells.
        assert_eq!(view.find_credential("mems").is_err(), !matches!(letter, 'm' | 'b'), "{login}");
        for text in &shown {
            let told = ["mems", &id, LAST4].into_iter().any(|part| text.contains(part));
            assert!(!hidden || !told, "{login}: {text}");
        }
        assert_eq!(view.private_keys_of_others(), usize::from(letter == 'b'), "{login}");
        if letter == 'x' {
            assert_eq!(answers, None, "a stranger asks of no workflow");
            continue;
        }
        let answer = answers.unwrap().nodes.remove(0);
        let key = answer.credential.expect("the outcome is nobody's secret");
        let told = (key.name.as_str(), key.id.is_some(), key.owner.is_some(), key.last4.as_deref());
        let expected =
            if hidden { ("a private key", false, false, None) } else { ("mems", true, true, Some("…m3m5")) };
        assert_eq!(told, expected, "{login}");
    }
}
