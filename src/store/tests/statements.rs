//! Every statement of the room, put before every engine.

use super::{super::*, site::sites};

/// The statements written out by hand, room by room.
const WRITTEN: &[&[&str]] = &[
    &[IDENTITY, MAKE_IDENTITY, MADE_AT, MAKE_HEAD, MAKE_WORKSPACE, backup::PEOPLE, backup::SET_PEOPLE],
    &[
        apply::RAISE,
        people::RAISE,
        people::SSH_KEYS,
        people::KEEPERS,
        people::ADMINS,
        people::WORKSPACES_OF,
        write::EDIT_WORKSPACE,
    ],
    &[load::WORKSPACES, load::WORKSPACE, load::NUMBERS, load::ORIGINS],
    &audit::LOG_STATEMENTS,
    &audit::VERIFY_STATEMENTS,
    &audit::REPEATS_STATEMENTS,
    &audit::RETENTION_STATEMENTS,
    &[fact::RAISE, fact::UNREADABLE, fact::VERIFIED, fact::MARK, fact::UNMARK, fact::VERIFY],
    &fact::SPEND_STATEMENTS,
    &[usage::FORGET_DAYS, usage::USAGE, usage::USAGE_OF],
    &usage::LATE_STATEMENTS,
    &[heard::HEARD, heard::HEARING, heard::FORGET],
    &[flaw::ALL, flaw::FORGET],
    &[revision::ADD, revision::LIST, revision::HEADS_SINCE, revision::CHANGES, revision::SINCE],
    &[staged::HEADS, staged::HEAD, staged::CHANGES, staged::TOUCH, staged::REBASE, staged::LAST, staged::COUNT],
    &[staged::REPLACE_ONE, staged::DROP_ONE, staged::DROP_UP_TO, staged::DROP_EMPTY, staged::DISCARD],
    &[staged::APPROVE, staged::APPROVALS, staged::FORGET_APPROVALS, staged::DESTROY],
    &[secret::VAULT, secret::MAKE_VAULT, secret::PUT, secret::OF_CREDENTIAL, secret::BY_ID],
    &[secret::SEALED, secret::MARKS, secret::FORGET_MARKS, secret::TWINS],
    &[rekey::BEGIN, rekey::END, rekey::LEFT, rekey::RESEAL],
    &[version::BESIDE, version::RETIRE, version::RETIRE_ALL, version::USE, version::UNVERIFY, version::TEST],
    &[token::ADD, token::LIST, token::ENDS, token::BY_ID, token::REVOKE, token::USE],
    &[version::DUE, version::STAGED, version::STAGED_CHANGES, version::DESTROY],
];

#[tokio::test]
async fn every_engine_understands_every_statement() {
    for site in sites() {
        let store = site.open().await;
        let mut session = store.engine.write().await.expect("begins");
        let lists = record::TABLES.iter().flat_map(|table| table.lists);
        let made = record::TABLES.iter().chain(lists).flat_map(|table| table.statements().each(table));
        let copied = copy::TABLES.iter().flat_map(copy::statements);
        let sums = usage::SUM_STATEMENTS.into_iter().flatten();
        for sql in WRITTEN.iter().copied().flatten().copied().chain(sums).chain(made).chain(copied) {
            session.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
}
