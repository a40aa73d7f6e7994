//! Who makes and takes back tokens, what is refused, and what stands in the audit log and the database afterwards.

use super::*;
use crate::{
    domain::record::Kind as Noun,
    ops::tests::{add, office::office},
    store::AuditFilter,
};

fn wish(name: &str, now: Timestamp) -> TokenWish {
    TokenWish {
        name: name.to_owned(),
        operator: "bot".to_owned(),
        places: vec!["books".to_owned()],
        environments: vec!["staging".to_owned(), "staging".to_owned()],
        variables: vec!["{{#env.llm_key#}}".to_owned()],
        overrides: false,
        secrets: true,
        expires: now + SignedDuration::from_hours(24),
    }
}

#[tokio::test]
async fn a_token_is_made_once_kept_as_a_hash_and_taken_back_for_good() {
    let office = office().await;
    add(&office.founder, Noun::Operator, &[("login", "bot"), ("roles", "viewer@Finance"), ("service", "yes")]).await;
    let boss = office.session("boss").await;
    let now = boss.door().now();
    let new = boss.make_token(&wish("ledger", now)).await.unwrap();
    assert_eq!(new.row.workflows, ["workflow/books"]);
    assert_eq!((new.row.environments.len(), &*new.row.variables[0]), (1, "env.llm_key"));
    assert_eq!(new.row.state, "active");
    assert!(new.remarks.is_empty(), "no node of it resolves yet: {:?}", new.remarks);

    let shown = text::Shown::read(new.text.expose()).unwrap();
    let kept = boss.door().store.token(shown.id).await.unwrap().unwrap();
    assert!(shown.is(&kept.hash));
    let rows = boss.door().store.audit(&AuditFilter::default(), 1000).await.unwrap();
    let everything = format!("{rows:?} {kept:?}");
    assert!(!everything.contains(new.text.expose()) && !everything.contains(&new.text.expose()[27..]));

    let again = boss.make_token(&wish("ledger", now)).await.err().unwrap();
    assert_eq!(again.kind, Kind::Conflict);
    assert_eq!(boss.withdraw_token("ledger").await.unwrap().state, "revoked");
    assert_eq!(boss.withdraw_token("ledger").await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(boss.withdraw_token("lodger").await.unwrap_err().kind, Kind::Usage);
    boss.make_token(&wish("ledger", now)).await.expect("the name is free again");
    let states: Vec<_> = boss.tokens().await.unwrap().into_iter().map(|it| it.state).collect();
    assert_eq!(states, ["revoked", "active"]);
    let deeds = office.told("boss", "done").await;
    let of = |action: &str| deeds.iter().filter(|(it, subject)| it == action && subject == "token/ledger").count();
    assert_eq!((of("add-token"), of("revoke-token")), (2, 1));
}

#[tokio::test]
async fn only_admins_of_the_whole_workspace_care_for_tokens() {
    let office = office().await;
    add(&office.founder, Noun::Operator, &[("login", "bot"), ("roles", "viewer@Finance"), ("service", "yes")]).await;
    for login in ["vic", "aud", "mem", "ass", "adm", "rev", "bot", "mallory"] {
        let session = office.session(login).await;
        let now = session.door().now();
        assert_eq!(
            session.make_token(&wish("x", now)).await.err().map(|it| it.kind),
            Some(Kind::NotAllowed),
            "{login}"
        );
        assert_eq!(session.tokens().await.err().map(|it| it.kind), Some(Kind::NotAllowed), "{login}");
        assert_eq!(session.withdraw_token("x").await.err().map(|it| it.kind), Some(Kind::NotAllowed), "{login}");
        let denied = office.told(login, "denied").await;
        assert!(denied.iter().any(|(action, _)| action == "add-token"), "{login}: {denied:?}");
    }
    let workspace = office.house.door.workspace(None).await.unwrap();
    let looking = office.house.door.session(&workspace, crate::ops::tests::somebody("boss"), true).await.unwrap();
    assert!(looking.tokens().await.unwrap().is_empty(), "a session for reading lists them");
    let now = looking.door().now();
    assert_eq!(looking.make_token(&wish("x", now)).await.err().map(|it| it.kind), Some(Kind::NotAllowed));
}

#[tokio::test]
async fn a_token_that_could_not_be_used_is_refused() {
    let office = office().await;
    add(&office.founder, Noun::Operator, &[("login", "bot"), ("roles", "viewer@Finance"), ("service", "yes")]).await;
    let boss = office.session("boss").await;
    let now = boss.door().now();
    let fine = wish("x", now);
    let far = now + SignedDuration::from_hours(24 * 400);
    let wrong = [
        ("a person", TokenWish { operator: "vic".to_owned(), ..fine.clone() }),
        ("nobody", TokenWish { operator: "bott".to_owned(), ..fine.clone() }),
        ("no place", TokenWish { places: Vec::new(), ..fine.clone() }),
        ("out of its sight", TokenWish { places: vec!["leads".to_owned()], ..fine.clone() }),
        ("unknown", TokenWish { places: vec!["boks".to_owned()], ..fine.clone() }),
        ("over", TokenWish { expires: now, ..fine.clone() }),
        ("for ever", TokenWish { expires: far, ..fine.clone() }),
        ("a variable", TokenWish { variables: vec!["llm key".to_owned()], ..fine.clone() }),
        ("a name", TokenWish { name: "a\u{1b}b".to_owned(), ..fine }),
    ];
    for (what, wish) in wrong {
        assert_eq!(boss.make_token(&wish).await.err().map(|it| it.kind), Some(Kind::Usage), "{what}");
    }
    assert!(boss.tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_removes_the_operator_takes_its_tokens_too_and_undo_brings_none_back() {
    let office = office().await;
    add(&office.founder, Noun::Operator, &[("login", "bot"), ("roles", "viewer@Finance"), ("service", "yes")]).await;
    let boss = office.session("boss").await;
    boss.make_token(&wish("ledger", boss.door().now())).await.unwrap();
    let view = boss.refresh().await.unwrap();
    let bot = view.operators().find(|(_, it)| &*it.login == "bot").unwrap().1.clone();
    let remove = crate::domain::change::Change::remove(bot.clone());
    boss.apply(crate::ops::session::Request::new(vec![remove], "gone")).await.unwrap();
    assert!(boss.tokens().await.unwrap().is_empty());
    let back = crate::domain::change::Change::add(bot);
    boss.apply(crate::ops::session::Request::new(vec![back], "back")).await.unwrap();
    assert!(boss.tokens().await.unwrap().is_empty());
}
