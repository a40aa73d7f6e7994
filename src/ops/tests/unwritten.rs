//! When the audit can't be written, nothing is changed or disclosed; looking goes on.

use super::{
    office::{Office, office},
    *,
};
use crate::{
    domain::credential::State,
    ops::{
        audit::AuditQuestion,
        disclose::{Purpose, Wish},
        failure::{Failure, Mendable},
        question::Question,
        rows,
    },
};

/// Lets the table of the audit refuse what is new, past the program.
async fn close_the_book(office: &Office) {
    let closed = "CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the book is closed'); END";
    crate::store::tamper(&office.house.path(), closed).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_done_and_looking_goes_on() {
    let office = office().await;
    let founder = &office.founder;
    let door = &office.house.door;
    let revision = founder.refresh().await.unwrap().revision();
    let staged = founder.stage(&[Change::add(thing(founder, Noun::App, &[("name", "staged")]))], &[]).await.unwrap();
    let head = door.store.audit_head().await.unwrap();
    close_the_book(&office).await;

    let key = founder.view().find_credential("main").unwrap();
    let revoke = office.edit_key("fin", |key| key.state = State::Revoked);
    let next = Fields::from([("api_key".to_owned(), Secret::new("sk-FAKE-next-0123456789".to_owned()))]);
    let mut exported = false;
    let file = office.house.folder.path().join("saved.db");
    let export = async {
        exported = true;
        Ok(())
    };
    let tries: Vec<(&str, Result<(), Failure>)> = vec![
        ("apply", founder.apply(Request::new(vec![revoke.clone()], "")).await.map(drop)),
        ("emergency", founder.apply(Request { emergency: true, ..Request::new(vec![revoke], "") }).await.map(drop)),
        ("apply staged", founder.apply_staged(&staged, "", false).await.map(drop)),
        ("revert", founder.revert(revision, false).await.map(drop)),
        ("rotate", founder.store_next(key, &next).await),
        ("reveal", founder.disclose(Wish { key: "main", field: None, purpose: Purpose::Reveal }).await.map(drop)),
        ("copy", founder.disclose(Wish { key: "main", field: None, purpose: Purpose::Copy }).await.map(drop)),
        ("export", founder.deed("export", "workspace/test", export).await),
        ("backup", door.backup(&file, &somebody("founder"), false).await.map(drop)),
        ("login", founder.log_in().await),
    ];
    for (deed, refused) in tries {
        let refused = refused.expect_err(deed);
        assert_eq!(
            (refused.kind, refused.mendable),
            (Kind::Unavailable, Some(Mendable::OffRecord)),
            "{deed}: {refused}"
        );
    }
    assert!(!exported && !file.exists(), "what follows an intent did not begin");

    let view = founder.refresh().await.unwrap();
    assert_eq!((view.revision(), door.store.audit_head().await.unwrap()), (revision, head), "nothing was written");
    assert_eq!(founder.staged().await.unwrap().changes.len(), 1, "what was staged still is");
    assert!(view.next_secret(key).is_none());
    let now = door.now();
    assert_eq!(rows::credentials(&view, now).len(), 3);
    let ask = Question { place: "workflow/books".to_owned(), ..Question::default() };
    assert_eq!(view.ask(&ask, now).unwrap().nodes.len(), 1);
    assert_eq!(founder.log(None, 5).await.unwrap().len(), 5);
    let page = founder.audit_log(&AuditQuestion { limit: 5, ..AuditQuestion::default() }).await.unwrap();
    assert_eq!(page.rows.len(), 5, "whoever reads the log may go on, though that can't be noted");
}
