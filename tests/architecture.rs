//! The house keeps its rules (design §9): rooms import only from floors below, pure rooms stay pure, SQL stays in the
//! store, `ops` alone writes, and files stay readable.

#[path = "architecture/floors.rs"]
mod floors;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/security.rs"]
mod security;
#[path = "architecture/source.rs"]
mod source;

use std::path::Path;

use self::{
    floors::{ROOMS, height},
    rules::{Breach, LONGEST, Rule, breaches},
    source::File,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_house_keeps_its_rules() {
    let files = File::all(root(), "src");
    assert!(files.len() > 10, "the sources stand in {}", root().display());
    let found: Vec<String> = files.iter().flat_map(breaches).map(|breach| breach.to_string()).collect();
    assert!(found.is_empty(), "{} breaches of the rules of the house:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_room_has_a_floor_and_the_crate_documents_it() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).expect("the crate's root");
    let parsed = syn::parse_file(&text).expect("the crate's root parses");
    for item in &parsed.items {
        if let syn::Item::Mod(room) = item {
            let name = room.ident.to_string();
            let Some((floor, _)) = height(&name) else {
                panic!("`{name}` is no room of the house: give it a floor in tests/architecture/floors.rs");
            };
            let line = text.lines().find(|line| line.starts_with(&format!("//! floor {floor} "))).unwrap_or_default();
            let named = line.split_whitespace().any(|word| word == name);
            assert!(named, "src/lib.rs: the table of floors doesn't name `{name}` on floor {floor}: add it there");
        }
    }
}

#[test]
fn every_security_requirement_names_a_test_that_exists() {
    let text = std::fs::read_to_string(root().join("docs/security.md")).expect("the page on security");
    let found = security::mistakes(&text, &root().join("docs"));
    assert!(found.is_empty(), "docs/security.md:\n{}", found.join("\n"));
    let poor = "| 1 | a | b | [`no_such_test`](../tests/architecture.rs) |\n| 2 | a | b | not met, because |";
    let found = security::mistakes(poor, &root().join("docs"));
    assert_eq!(found.len(), 3, "numbers, a test that isn't there, a reason that is empty: {found:?}");
}

/// Checks a source as if it stood at `path`.
fn check(path: &str, source: &str) -> Vec<Breach> {
    breaches(&File { path: path.to_owned(), text: format!("//! What it owns.\n{source}\n") })
}

/// Asserts that a source breaks one rule, in its first line after the owner.
#[track_caller]
fn breaks(rule: Rule, path: &str, source: &str) {
    let found = check(path, source);
    let rules: Vec<_> = found.iter().map(|breach| (breach.rule, breach.line)).collect();
    assert!(!rules.is_empty() && rules.iter().all(|one| *one == (rule, 2)), "{path}: {source}\n{found:#?}");
}

/// Asserts that a source breaks none.
#[track_caller]
fn is_fine(path: &str, source: &str) {
    let found = check(path, source);
    assert!(found.is_empty(), "{path}: {source}\n{found:#?}");
}

#[test]
fn imports_from_above_or_beside_are_found_however_they_are_written() {
    for source in [
        "use crate::store::Store;",
        "use crate::{domain::id::Id, store};",
        "use crate::{domain::{self}, store::{self as s}};",
        "pub use super::super::store::Store;",
        "fn f(_: &crate::store::Store) {}",
        "fn f() { crate::store::open(); }",
        "fn f() { let _ = format!(\"{}\", crate::store::name()); }",
        "macro_rules! m { () => { $crate::store::open() }; }",
        "mod inner { use super::super::super::store::Store; }",
        "#[cfg(test)] mod tests { use crate::store::Store; }",
    ] {
        breaks(Rule::Floor, "src/resolve/layers.rs", source);
    }
    breaks(Rule::Floor, "src/resolve.rs", "use super::ops;");
    breaks(Rule::Floor, "src/domain/id.rs", "use crate::rights;");
    breaks(Rule::Floor, "src/tui/state.rs", "use crate::cli;");
    breaks(Rule::Floor, "src/vault/seal.rs", "use crate::store;");
    is_fine("src/ops/view.rs", "use crate::{store::Store, vault, resolve::answer, domain::id::Id};");
    is_fine("src/resolve/layers.rs", "use super::query::Query; use self::inner::X; mod inner { use super::Y; }");
    is_fine("src/import/dify.rs", "use crate::vault::fernet;");
    is_fine("src/emit/declarative.rs", "#[cfg(test)] mod tests { use crate::import::declarative::read; }");
    is_fine("src/main.rs", "use keydeck::{cli, tui, ops, ssh};");
}

#[test]
fn floor_1_has_an_order() {
    let order = ["cost", "resolve", "plan", "lint"];
    for (at, low) in order.iter().enumerate() {
        for high in &order[at + 1..] {
            is_fine(&format!("src/{high}/x.rs"), &format!("use crate::{low}::X;"));
            breaks(Rule::Floor, &format!("src/{low}/x.rs"), &format!("use crate::{high}::X;"));
        }
    }
    breaks(Rule::Floor, "src/cost.rs", "use crate::rights::may;");
    breaks(Rule::Floor, "src/rights.rs", "use crate::cost::price;");
}

#[test]
fn a_new_room_needs_a_floor() {
    breaks(Rule::UnknownRoom, "src/helpers/text.rs", "use crate::domain::Text;");
    breaks(Rule::UnknownRoom, "src/ops.rs", "use crate::helpers::text;");
    assert!(ROOMS.len() > 10);
}

#[test]
fn pure_rooms_stay_pure() {
    for path in ["src/domain/id.rs", "src/resolve/trace.rs", "src/tui/update/keys.rs", "src/tui/view.rs"] {
        for source in [
            "use std::fs;",
            "use std::{fmt, env};",
            "use std::time::Instant;",
            "use std::time::*;",
            "use std::time;",
            "fn f() { std::process::exit(1) }",
            "fn f() { std::thread::sleep(std::time::Duration::ZERO) }",
            "fn f() { println!(\"{:?}\", std::net::Ipv4Addr::LOCALHOST) }",
            "use tokio::sync::mpsc;",
            "use crossterm::event;",
        ] {
            breaks(Rule::Impure, path, source);
        }
        breaks(Rule::Clock, path, "fn f() -> Timestamp { Timestamp::now() }");
        breaks(Rule::Clock, path, "fn f() -> u64 { x!(jiff::Zoned::now()) }");
        breaks(Rule::Clock, path, "fn f() -> Uuid { uuid::Uuid::now_v7() }");
        breaks(Rule::Async, path, "async fn f() {}");
        breaks(Rule::Async, path, "fn f() -> impl Sized { async { 1 } }");
        breaks(Rule::Async, path, "fn f() { select!(x.await); }");
        is_fine(path, "use std::{time::Duration, sync::Arc, fmt};");
        is_fine(path, "#[cfg(test)] mod tests { use std::fs; #[test] fn f() { Timestamp::now(); } }");
    }
    is_fine("src/resolve/trace/tests.rs", "use std::fs;");
    is_fine("src/tui/runtime.rs", "use tokio::sync::mpsc; async fn f() { Timestamp::now(); }");
}

#[test]
fn sql_stays_in_the_store() {
    breaks(Rule::Sqlx, "src/ops/door.rs", "use sqlx::SqlitePool;");
    breaks(Rule::Sqlx, "src/resolve.rs", "fn f() -> sqlx::Result<()> { todo() }");
    breaks(Rule::Sql, "src/ops/door.rs", "const Q: &str = \"SELECT id FROM credential\";");
    breaks(Rule::Sql, "src/cli/list.rs", "fn f() { query!(r#\"INSERT INTO rule VALUES (1)\"#); }");
    breaks(Rule::Sql, "src/cli/list.rs", "const Q: &str = \" UPDATE rule SET a = 1\";");
    is_fine("src/store/sqlite.rs", "use sqlx::query; const Q: &str = \"SELECT id FROM credential\";");
    is_fine("src/import/dify.rs", "use sqlx::query; const Q: &str = \"SELECT id FROM apps\";");
    is_fine("src/cli/list.rs", "/// SELECT id FROM apps\nconst Q: &str = \"Select a key from the list\";");
}

#[test]
fn only_ops_writes() {
    for source in
        ["use crate::store::{AuditRow, Store};", "use crate::store::*;", "fn f(_: crate::store::UsageBatch) {}"]
    {
        breaks(Rule::StoreWrite, "src/cli/add.rs", source);
        is_fine("src/ops/door.rs", source);
    }
    is_fine("src/tui/view/audit.rs", "use crate::store::AuditRow;");
    for write in rules::STORE_WRITES {
        let source = format!("fn f(store: &S) {{ store.{write}(1) }}");
        breaks(Rule::StoreWrite, "src/cli/add.rs", &source);
        breaks(Rule::StoreWrite, "src/tui/runtime.rs", &format!("fn f() {{ join!(store.{write}(1)) }}"));
        is_fine("src/ops/door.rs", &source);
        is_fine("src/store/sqlite.rs", &source);
    }
}

#[test]
fn files_stay_readable() {
    let rules = |path: &str, text: String| {
        let found = breaches(&File { path: path.to_owned(), text });
        found.iter().map(|breach| (breach.rule, breach.line)).collect::<Vec<_>>()
    };
    let lines = |count| format!("//! What it owns.{}", "\n".repeat(count));
    assert_eq!(rules("src/domain/id.rs", lines(LONGEST)), []);
    assert_eq!(rules("src/domain/id.rs", lines(LONGEST + 1)), [(Rule::TooLong, LONGEST + 1)]);
    assert_eq!(rules("src/domain/mod.rs", lines(1)), [(Rule::ModFile, 1)]);
    assert_eq!(rules("src/domain/id.rs", "use std::fmt;".to_owned()), [(Rule::NoOwner, 1)]);
    assert_eq!(rules("src/domain/id/tests.rs", "use std::fmt;".to_owned()), []);
    assert_eq!(rules("src/domain/id.rs", "//! Owner.\nfn f( {".to_owned()), [(Rule::Unparsable, 2)]);
}

#[test]
fn a_breach_names_file_line_and_way_out() {
    let found = check("src/resolve/layers.rs", "\nuse crate::store::Store;");
    assert_eq!(
        found[0].to_string(),
        "src/resolve/layers.rs:3: `resolve` (floor 1) imports `store` (floor 2): \
         move what both need to a floor below, or hand it in"
    );
}
