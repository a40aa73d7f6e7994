//! Backups and restoring: everything is there, everything is as it was, and nothing else is touched.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    round_trip::world,
    site::{Site, apply, at, credential, entry, id, names, records, secret_row, sites},
    tokens::token,
};
use crate::{
    domain::{
        change::Change,
        fact::{Answer, Usage, Verified},
        flaw::{Flaw, KnownFlaw, Wrong},
        people::Workspace,
        record::Record,
    },
    store::{
        Approval, AuditSeal, Backup, OldVault, OpenMode, Store, StoreError, TokenDeed, UsageBatch, VaultRow, Whose,
        copy::{TABLES, Type},
    },
};

const READ: OpenMode = OpenMode { create: false, read_only: true };

fn location(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.expect("opens")
}

/// Returns the columns of every table as the file has them, by name of the table.
async fn schema(path: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let sql = "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '_sqlx_migrations'";
    let mut connection = raw(path).await;
    let rows: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(&mut connection).await.expect("reads");
    connection.close().await.expect("closes");
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (table, column, holds) in rows {
        tables.entry(table).or_default().insert(column, holds);
    }
    tables
}

/// Returns every row of every table, each as SQL writes its values.
async fn dump(path: &Path) -> BTreeMap<String, Vec<String>> {
    let tables = schema(path).await;
    let mut connection = raw(path).await;
    let mut rows = BTreeMap::new();
    for (table, columns) in tables {
        let values: Vec<String> = columns.keys().map(|column| format!("quote({column})")).collect();
        let sql = format!("SELECT {} AS line FROM {table} ORDER BY line", values.join(" || ' ' || "));
        let lines: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.expect("reads");
        rows.insert(table, lines);
    }
    connection.close().await.expect("closes");
    rows
}

/// Takes away what restoring writes anew: the newest audit row, the head, and the number of the people.
fn without_trace(mut rows: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    rows.get_mut("audit").expect("is there").retain(|row| !row.contains("'restored'"));
    rows.remove("audit_head");
    rows.remove("database");
    rows
}

/// Keeps a token of whichever operator there is.
async fn add_token(store: &Store, workspace: &Workspace) {
    let mut people = records(store, workspace).await.into_iter().filter_map(|(record, _)| match record {
        Record::Operator(it) => Some(it.id),
        _ => None,
    });
    let operator = people.next().expect("somebody was drawn");
    let judged_on = store.numbers(workspace.id).await.expect("reads");
    let deed = TokenDeed { workspace: workspace.id, judged_on, entry: &entry("add-token") };
    let row = token(workspace.id, operator, "ledger");
    assert!(store.add_token(deed, &row).await.expect("keeps"));
    store.note_token_used(row.token.id, at(7)).await.expect("notes");
    let judged_on = store.numbers(workspace.id).await.expect("reads");
    assert!(store.revoke_token(TokenDeed { judged_on, ..deed }, row.token.id).await.expect("takes back"));
}

/// Fills every table there is, in a database of its own.
async fn furnished(site: &Site) -> (Store, Workspace) {
    let (store, acme) = site.with_workspace().await;
    let mut runner = TestRunner::deterministic();
    for revision in 0..8 {
        let world = world().new_tree(&mut runner).expect("draws").current();
        let changes: Vec<Change> = world.into_iter().map(Change::add).collect();
        apply(&store, &acme, revision, &changes).await.expect("applies");
    }
    let key = credential("sealed");
    apply(&store, &acme, 8, &[Change::add(key.clone())]).await.expect("applies");
    let me = id();
    let mut row = secret_row(&store, key.id).await;
    row.marks = vec![("api_key".into(), [7; 32])];
    store.put_secrets(acme.id, std::slice::from_ref(&row)).await.expect("keeps");
    let key_id = id::<()>().uuid();
    let old = OldVault { key_id: row.key_id, parameters: "{}".to_owned(), root: "wrapped".to_owned() };
    let vault = VaultRow { key_id, parameters: "{\"salt\": \"ä\"}".to_owned(), old: Some(old) };
    store.begin_rekey(&vault, &entry("rekey")).await.expect("moves");
    store.mark_unreadable(acme.id, id(), at(2)).await.expect("marks");
    store.set_verified(acme.id, &[(key.id, Verified { at: at(3), answer: Answer::Works })]).await.expect("notes");
    add_token(&store, &acme).await;
    let flaw = Flaw {
        wrong: Wrong::Gone,
        provider: "openai".into(),
        model: None,
        kind: None,
        key: Some(key.id),
        detail: Some("ä".into()),
    };
    let flaws = [KnownFlaw { source: "dify:db/1".into(), seen: at(4), flaw }];
    store.set_flaws(acme.id, "dify:db/1", &flaws).await.expect("notes");
    let mine = Whose { workspace: acme.id, operator: me };
    store.stage(mine, 8, &[Change::add(credential("staged"))], &[], at(4)).await.expect("stages");
    let approval = Approval { approver: id(), plan: [9; 32], at: at(5) };
    store.approve(mine, &approval, &[entry("approve")]).await.expect("approves");
    let seat = crate::store::Present { seat: id(), operator: id(), door: "console".into(), since: at(5), seen: at(5) };
    store.appear(acme.id, &seat, at(0)).await.expect("appears");
    let head = store.append_audit(&[entry("seal")]).await.expect("appends");
    let seal = AuditSeal { sequence: head.sequence, hash: head.hash, key_id, mac: vec![1, 2, 3], at: at(6) };
    store.add_audit_seal(&seal).await.expect("seals");
    store.retain_audit(head.sequence, head.hash, &entry("audit-retain")).await.expect("removes old rows");
    for _ in 0..3 {
        store.append_repeated(&entry("denied"), jiff::SignedDuration::from_hours(1)).await.expect("counts");
    }
    let lines: Vec<Usage> = (0..10_000).map(usage).collect();
    let batch = UsageBatch { workspace: acme.id, source: "test", replaces: None, lines: &lines };
    store.add_usage(batch).await.expect("takes usage");
    let said = HashMap::from([("thing".into(), "{}".into())]);
    store.set_heard(acme.id, "dify:db/1", &said).await.expect("hears");
    assert_eq!(store.heard(acme.id, "dify:db/1").await.expect("reads"), said);
    assert_eq!(store.hearing().await.expect("reads"), [(acme.id, "dify:db/1".into())]);
    (store, acme)
}

/// One of many lines of few days, some of them equal.
fn usage(number: u32) -> Usage {
    let day = jiff::civil::date(2026, 11, 1 + i8::try_from(number % 3).expect("small"));
    Usage {
        day,
        workflow: None,
        node: number.is_multiple_of(2).then(|| "node".into()),
        provider: "openai".into(),
        model: "gpt-4o".into(),
        credential: None,
        estimate: false,
        department: None,
        cost_centre: None,
        customer: None,
        input_tokens: u64::from(number / 100),
        output_tokens: 1,
        requests: 1,
        recorded: None,
        spend: None,
    }
}

/// Lists every table and column with what it holds, in the words of an engine.
fn listed(word: fn(Type) -> &'static str) -> BTreeMap<String, BTreeMap<String, String>> {
    let columns = |columns: &[(&str, Type)]| {
        columns.iter().map(|(name, holds)| ((*name).to_owned(), word(*holds).to_owned())).collect()
    };
    TABLES.iter().map(|table| (table.name.to_owned(), columns(&table.columns))).collect()
}

fn the_same(listed: &BTreeMap<String, BTreeMap<String, String>>, found: &BTreeMap<String, BTreeMap<String, String>>) {
    for table in listed.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (listed, found) = (listed.get(table), found.get(table));
        assert_eq!(listed, found, "{table}: src/store/copy/tables.rs (left) differs from the schema (right)");
    }
}

#[tokio::test]
async fn the_list_of_tables_misses_none_and_no_column() {
    let site = Site::file();
    site.open().await.close().await;
    let ours = listed(|holds| match holds {
        Type::Int => "INTEGER",
        Type::Text => "TEXT",
        Type::Uuid | Type::Bytes => "BLOB",
    });
    the_same(&ours, &schema(&site.path()).await);

    let Some(site) = Site::on_server() else { return };
    site.open().await.close().await;
    let ours = listed(|holds| match holds {
        Type::Int => "bigint",
        Type::Text => "text",
        Type::Uuid => "uuid",
        Type::Bytes => "bytea",
    });
    // Whose turn it is to write belongs to the server, not to what is stored.
    let sql = "SELECT table_name || ' ' || column_name || ' ' || data_type FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name NOT IN ('keydeck_migrations', 'turn')";
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for line in site.answer(sql).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [table, column, holds] = words[..] else { panic!("{line}") };
        found.entry(table.to_owned()).or_default().insert(column.to_owned(), holds.to_owned());
    }
    the_same(&ours, &found);
}

#[tokio::test]
async fn a_backup_is_a_database_of_its_owners_alone_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt;
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        apply(&store, &acme, 0, &[Change::add(credential("kept"))]).await.expect("applies");
        let copy = site.folder().join("copy.db");
        let written = store.backup_to(&copy).await.expect("copies");
        assert_eq!((written.head, written.faults.len()), (store.audit_head().await.expect("reads"), 0));
        assert_eq!(copy.metadata().expect("is there").permissions().mode() & 0o7777, 0o600);
        let again = store.backup_to(&copy).await;
        assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
        apply(&store, &acme, 1, &[Change::add(credential("later"))]).await.expect("applies");
        let restored = Store::open(location(&copy), READ).await.expect("opens");
        assert_eq!(restored.database(), store.database());
        assert_eq!(names(&restored, &acme).await, ["kept"]);
        restored.close().await;
        let left: Vec<_> =
            std::fs::read_dir(site.folder()).expect("lists").map(|it| it.expect("reads").file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("part")), "{left:?}");
    }
}

/// Returns every row that a database holds, as its backup tells.
async fn held(store: &Store, file: &Path) -> BTreeMap<String, Vec<String>> {
    store.backup_to(file).await.expect("copies");
    dump(file).await
}

#[tokio::test]
async fn every_row_of_every_table_goes_from_any_engine_to_any() {
    for site in sites() {
        let (store, acme) = furnished(&site).await;
        let copy = site.folder().join("copy.db");
        let before = held(&store, &copy).await;
        let empty: Vec<&String> = before.iter().filter(|(_, rows)| rows.is_empty()).map(|(name, _)| name).collect();
        assert_eq!(empty, Vec::<&String>::new(), "the test leaves tables empty");
        if site.path().exists() {
            assert_eq!(dump(&site.path()).await, before);
        }
        let sequence = store.audit_head().await.expect("reads").sequence;

        // Into a new place, and over something else.
        let new = site.folder().join("new.db");
        let backup = Backup::open(&copy, &new).await.expect("is whole");
        backup.restore_as_new(&entry("restored")).await.expect("restores");
        let mut places = vec![new.to_str().expect("UTF-8").to_owned()];
        let others = sites();
        for other in &others {
            let (target, _) = other.with_workspace().await;
            let backup = Backup::open(&copy, &other.path()).await.expect("is whole");
            backup.replace(&target, &entry("restored")).await.expect("restores");
            target.close().await;
            places.push(other.location());
        }
        for (number, place) in places.iter().enumerate() {
            let restored = Store::open(place, OpenMode::default()).await.expect("opens");
            let after = held(&restored, &site.folder().join(format!("{number}.db"))).await;
            assert_eq!(without_trace(after), without_trace(before.clone()));
            assert_eq!(restored.database(), store.database());
            assert_eq!(restored.inspect().await.expect("looks"), Vec::<String>::new());
            let report = restored.verify_audit(None).await.expect("reads");
            assert_eq!((report.faults, report.head.sequence), (vec![], sequence + 1));
            apply(&restored, &acme, 9, &[Change::add(credential("goes on"))]).await.expect("goes on");
            restored.close().await;
        }
    }
}

#[tokio::test]
async fn history_is_kept_again_after_everything_was_replaced() {
    for site in sites() {
        let (store, acme) = site.with_workspace().await;
        apply(&store, &acme, 0, &[Change::add(credential("kept"))]).await.expect("applies");
        let numbers = store.numbers(acme.id).await.expect("reads");
        let copy = site.folder().join("copy.db");
        store.backup_to(&copy).await.expect("copies");
        apply(&store, &acme, 1, &[Change::add(credential("later"))]).await.expect("applies");
        let backup = Backup::open(&copy, &site.folder().join("place")).await.expect("is whole");
        backup.replace(&store, &entry("restored")).await.expect("restores");
        assert_eq!(names(&store, &acme).await, ["kept"]);
        let now = store.numbers(acme.id).await.expect("reads");
        assert!(now.revision == numbers.revision && now.people > numbers.people, "whoever looks on must load anew");
        assert_eq!(store.inspect().await.expect("looks"), Vec::<String>::new());
        if site.path().exists() {
            let mut connection = raw(&site.path()).await;
            for forged in ["DELETE FROM audit", "UPDATE revisions SET message = ''", "DELETE FROM revision_changes"] {
                assert!(sqlx::query(forged).execute(&mut connection).await.is_err(), "{forged}");
            }
        }
        site.tamper(&[site.either("DROP TRIGGER audit_stay", "ALTER TABLE audit DISABLE TRIGGER audit_stay")]).await;
        assert_eq!(store.inspect().await.expect("looks").len(), 1, "a guard that is gone is told");
    }
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_nothing_is_left() {
    for site in [Site::file()] {
        let (store, acme) = site.with_workspace().await;
        apply(&store, &acme, 0, &[Change::add(credential("kept"))]).await.expect("applies");
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let whole = at("whole.db");
        store.backup_to(&whole).await.expect("copies");
        let bytes = std::fs::read(&whole).expect("reads");
        std::fs::write(at("text.db"), "not a database ".repeat(500)).expect("writes");
        std::fs::write(at("empty.db"), "").expect("writes");
        std::fs::write(at("half.db"), &bytes[..bytes.len() / 8192 * 4096]).expect("writes");
        std::fs::write(at("short.db"), &bytes[..bytes.len() - 4096]).expect("writes");
        for (name, forged) in [
            ("newer.db", "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 3"),
            ("loose.db", "DROP TRIGGER audit_stay"),
            ("spy.db", "CREATE TRIGGER spy AFTER INSERT ON operators BEGIN SELECT 1; END"),
            ("table.db", "CREATE TABLE notes (text)"),
            ("dangling.db", "UPDATE credential_models SET credential = zeroblob(16)"),
            ("nobody.db", "DELETE FROM database"),
        ] {
            std::fs::copy(&whole, at(name)).expect("copies");
            let mut connection = raw(&at(name)).await;
            sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut connection).await.expect("works");
            sqlx::query(forged).execute(&mut connection).await.expect("a forger's statement works");
            connection.close().await.expect("closes");
        }
        let place = at("target.db");
        for name in [
            "text.db",
            "empty.db",
            "half.db",
            "short.db",
            "newer.db",
            "loose.db",
            "spy.db",
            "table.db",
            "dangling.db",
            "nobody.db",
            "missing.db",
            ".",
        ] {
            let before = std::fs::read(at(name)).ok();
            let refused = Backup::open(&at(name), &place).await;
            assert!(refused.is_err(), "{name}");
            drop(refused);
            assert_eq!(std::fs::read(at(name)).ok(), before, "{name}");
            let left: Vec<_> =
                std::fs::read_dir(folder.path()).expect("lists").map(|it| it.expect("reads").file_name()).collect();
            assert!(left.iter().all(|left| !left.to_string_lossy().contains("target")), "{name}: {left:?}");
        }
        // The file of a database in use is only a part of it.
        let refused = Backup::open(&site.path(), &place).await;
        assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_broken_chain_is_copied_and_told() {
    for site in [Site::file()] {
        let (store, acme) = site.with_workspace().await;
        apply(&store, &acme, 0, &[Change::add(credential("kept"))]).await.expect("applies");
        site.tamper(&["DROP TRIGGER audit_keep", "UPDATE audit SET login = 'mallory' WHERE sequence = 1",
            "CREATE TRIGGER audit_keep BEFORE UPDATE ON audit\nBEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"])
            .await;
        let copy = site.folder().join("copy.db");
        assert_eq!(store.backup_to(&copy).await.expect("copies").faults.len(), 1);
        let backup = Backup::open(&copy, &site.path()).await.expect("is whole otherwise");
        assert_eq!(backup.written().faults.len(), 1);
    }
}
