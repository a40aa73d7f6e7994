//! Tokens on every engine: kept and read back, taken back once, refused on another state, gone with their operator.

use super::site::{apply, at, entry, id, sites};
use crate::{
    domain::{
        change::Change,
        fact::TokenEnd,
        id::Id,
        people::{Operator, Workspace},
        token::{Token, TokenPlace, TokenScope},
    },
    store::{StoreError, TokenDeed, TokenRow},
};

pub(super) fn operator(login: &str) -> Operator {
    Operator {
        id: id(),
        login: login.into(),
        email: None,
        grants: Vec::new(),
        ssh_keys: Vec::new(),
        service: true,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn token(workspace: Id<Workspace>, operator: Id<Operator>, name: &str) -> TokenRow {
    let scope = TokenScope {
        places: vec![TokenPlace::Workflow(id()), TokenPlace::App(id())],
        environments: vec!["".into(), "stäging".into()],
        variables: vec!["env.llm_key".parse().expect("a variable")],
        overrides: true,
        secrets: true,
    };
    let token = Token {
        id: id(),
        name: name.into(),
        operator,
        scope,
        made_at: at(1),
        made_by: "root".into(),
        expires: at(9),
        revoked: None,
        last_used: None,
    };
    TokenRow { workspace, hash: [3; 32], token }
}

#[tokio::test]
async fn a_token_is_kept_used_and_taken_back_once() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let bot = operator("bot");
        apply(&store, &acme, 0, &[Change::add(bot.clone())]).await.expect("applies");
        let row = token(acme.id, bot.id, "ledger");
        let judged_on = store.numbers(acme.id).await.expect("reads");
        let made = entry("add-token");
        let deed = TokenDeed { workspace: acme.id, judged_on, entry: &made };
        assert!(store.add_token(deed, &row).await.expect("keeps"));
        let facts = store.facts(acme.id, at(0)).await.expect("reads");
        let end = TokenEnd { name: "ledger".into(), operator: bot.id, expires: at(9) };
        assert_eq!((facts.number, facts.tokens), (judged_on.facts + 1, vec![end]));
        assert_eq!(store.token(row.token.id).await.expect("reads"), Some(row.clone()));
        assert_eq!(store.token(id()).await.expect("reads"), None);
        let judged_on = store.numbers(acme.id).await.expect("reads");
        let twice = store.add_token(TokenDeed { judged_on, ..deed }, &token(acme.id, bot.id, "ledger")).await;
        assert!(matches!(twice, Err(StoreError::Constraint(_))), "{twice:?}");

        store.note_token_used(row.token.id, at(5)).await.expect("notes");
        store.note_token_used(row.token.id, at(4)).await.expect("notes");
        assert_eq!(store.tokens(acme.id).await.expect("reads")[0].last_used, Some(at(5)), "never taken back");

        let taken = entry("revoke-token");
        let deed = TokenDeed { entry: &taken, judged_on, ..deed };
        assert!(store.revoke_token(deed, row.token.id).await.expect("takes back"));
        let judged_on = store.numbers(acme.id).await.expect("reads");
        let deed = TokenDeed { judged_on, ..deed };
        assert!(!store.revoke_token(deed, row.token.id).await.expect("looks"), "once");
        assert_eq!(store.facts(acme.id, at(0)).await.expect("reads").tokens, []);
        let kept = store.tokens(acme.id).await.expect("reads");
        assert_eq!(kept[0].revoked, Some((taken.at, taken.login.clone())));
        assert!(store.add_token(deed, &token(acme.id, bot.id, "ledger")).await.expect("the name is free again"));

        apply(&store, &acme, 1, &[Change::remove(bot)]).await.expect("applies");
        assert_eq!(store.tokens(acme.id).await.expect("reads"), []);
    }
}

#[tokio::test]
async fn what_was_judged_on_another_state_is_not_written() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        let bot = operator("bot");
        apply(&store, &acme, 0, &[Change::add(bot.clone())]).await.expect("applies");
        let judged_on = store.numbers(acme.id).await.expect("reads");
        apply(&store, &acme, 1, &[Change::add(operator("another"))]).await.expect("applies");
        let entry = entry("add-token");
        let deed = TokenDeed { workspace: acme.id, judged_on, entry: &entry };
        let head = store.audit_head().await.expect("reads");
        let row = token(acme.id, bot.id, "ledger");
        assert!(!store.add_token(deed, &row).await.expect("looks"));
        assert!(!store.revoke_token(deed, row.token.id).await.expect("looks"));
        assert_eq!(store.audit_head().await.expect("reads"), head, "and nothing tells of it");
    }
}
