//! What only a server can do: refuse a login, lack a database, break a connection.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    proxy::{Cut, Proxy},
    server::{Server, server},
    site::{Site, apply, at, credential, names},
};
use crate::{
    domain::{change::Change, record::Record},
    store::{ApplyError, OpenMode, Refusal, Store, StoreError},
};

const CREATE: OpenMode = OpenMode { create: true, read_only: false };
const READ_ONLY: OpenMode = OpenMode { create: false, read_only: true };

/// The page for administrators, of which the blocks are run as they are written.
const PAGE: &str = include_str!("../../../docs/postgresql.md");

/// How long news may take.
const SOON: Duration = Duration::from_secs(30);

/// Tries to open a database as it is.
async fn refusal(url: &str) -> StoreError {
    Store::open(url, OpenMode::default()).await.expect_err("is refused")
}

/// Returns the URL of a database for another user of the server.
fn url_of(server: &Server, user: &str, database: &str) -> String {
    format!("postgres://{user}@127.0.0.1:{}/{database}", server.port())
}

#[tokio::test]
async fn what_the_server_refuses_is_explained() {
    let Some(server) = server() else { return };
    let database = server.database();
    let missing = refusal(&server.url(&database)).await;
    assert!(matches!(&missing, StoreError::Missing { place } if place.ends_with(&database)), "{missing:?}");
    let unknown = refusal(&server.url("nowhere")).await;
    assert!(matches!(&unknown, StoreError::NoDatabase(message) if message.contains("nowhere")), "{unknown:?}");
    let login = refusal(&url_of(server, "asked:hunter2", &database)).await;
    assert!(matches!(&login, StoreError::Login(_)), "{login:?}");
    assert!(!format!("{login} {login:?}").contains("hunter2"), "{login:?}");
    server.run(&database, "CREATE TABLE notes (text TEXT)");
    for mode in [CREATE, OpenMode::default()] {
        let foreign = Store::open(&server.url(&database), mode).await;
        assert!(matches!(foreign, Err(StoreError::Foreign { .. })), "{foreign:?}");
    }
    server.run("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let latin = Store::open(&server.url("latin"), CREATE).await.expect_err("is refused");
    assert!(latin.to_string().contains("needs UTF8"), "{latin}");
}

#[tokio::test]
async fn a_server_proves_who_it_is() {
    let Some(server) = server() else { return };
    let Some(authority) = server.authority() else { return };
    let (database, port) = (server.database(), server.port());
    let url =
        |host: &str, more: &str| format!("postgres://postgres@{host}:{port}/{database}?sslmode=verify-full{more}");
    let authority = format!("&sslrootcert={}", authority.display());
    Store::open(&url("localhost", &authority), CREATE).await.expect("the certificate is for localhost").close().await;
    for stranger in [url("localhost", ""), url("127.0.0.1", &authority)] {
        let refused = refusal(&stranger).await;
        assert!(matches!(refused, StoreError::Tls(_)), "{stranger}: {refused:?}");
    }
}

#[tokio::test]
async fn a_role_does_what_it_is_granted_and_no_more() {
    let Some(server) = server() else { return };
    let mut blocks = PAGE.split("```sql\n").skip(1).map(|rest| rest.split("```").next().expect("a block ends"));
    let (as_administrator, as_owner) = (blocks.next().expect("roles"), blocks.next().expect("grants"));
    for sql in as_administrator.split_terminator(";\n") {
        server.run("postgres", sql);
    }
    server.run("keydeck", &format!("SET ROLE keydeck_owner; {as_owner}"));
    let owner = Store::open(&url_of(server, "keydeck_owner", "keydeck"), CREATE).await.expect("makes");
    let acme = super::site::workspace("acme");
    owner.create_workspace(&acme, &[super::site::entry("create")]).await.expect("a workspace");
    server.run(
        "keydeck",
        "CREATE ROLE looks LOGIN; CREATE ROLE nobody LOGIN; GRANT CONNECT ON DATABASE keydeck TO looks, nobody; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO looks",
    );
    let works = Store::open(&url_of(server, "keydeck", "keydeck"), OpenMode::default()).await.expect("opens");
    apply(&works, &acme, 0, &[Change::add(credential("k"))]).await.expect("applies");
    for sql in ["DROP TRIGGER audit_keep ON audit", "ALTER TABLE audit DISABLE TRIGGER ALL", "TRUNCATE audit"] {
        let mut session = works.engine.write().await.expect("begins");
        let refused = session.execute(sql, Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Denied(_))), "{sql}: {refused:?}");
    }

    let looks = url_of(server, "looks", "keydeck");
    for mode in [OpenMode::default(), READ_ONLY] {
        let looks = Store::open(&looks, mode).await.expect("opens");
        assert_eq!(names(&looks, &acme).await, ["k"]);
        let refused = apply(&looks, &acme, 1, &[Change::add(credential("l"))]).await;
        assert!(matches!(refused, Err(ApplyError::Store(StoreError::ReadOnly))), "{refused:?}");
    }
    let nobody = refusal(&url_of(server, "nobody", "keydeck")).await;
    assert!(matches!(nobody, StoreError::Denied(_)), "{nobody:?}");
}

#[tokio::test]
async fn history_can_not_be_truncated() {
    let Some(site) = Site::on_server() else { return };
    let (store, acme) = site.with_workspace().await;
    apply(&store, &acme, 0, &[Change::add(credential("k"))]).await.expect("applies");
    for sql in ["TRUNCATE audit", "TRUNCATE revision_changes", "TRUNCATE revisions CASCADE"] {
        let mut session = store.engine.write().await.expect("begins");
        let refused = session.execute(sql, Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Constraint(Refusal::AppendOnly(_)))), "{sql}: {refused:?}");
    }
}

#[tokio::test]
async fn a_text_that_no_column_holds_is_refused() {
    let Some(site) = Site::on_server() else { return };
    let (store, acme) = site.with_workspace().await;
    let mut key = credential("k");
    key.note = Some("zero: \0".into());
    let refused = apply(&store, &acme, 0, &[Change::add(Record::from(key))]).await;
    assert!(matches!(refused, Err(ApplyError::Store(StoreError::Constraint(Refusal::Value(_))))), "{refused:?}");
}

#[tokio::test]
async fn a_feed_outlives_its_connection() {
    let Some(site) = Site::on_server() else { return };
    let (store, acme) = site.with_workspace().await;
    let mut feed = store.watch(Duration::from_hours(1)).await.expect("listens");
    site.tamper(&["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid()"])
        .await;
    let lost = timeout(SOON, feed.changed()).await.expect("hears of it");
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    timeout(SOON, feed.changed()).await.expect("comes back").expect("says that something may have been missed");
    apply(&store, &acme, 0, &[Change::add(credential("k"))]).await.expect("the store comes back, too");
    timeout(SOON, feed.changed()).await.expect("hears of it").expect("can tell");
}

/// Engines that speak PostgreSQL's protocol without NOTIFY: one keeps silent, one refuses.
#[tokio::test]
async fn an_engine_that_can_not_tell_is_asked() {
    for body in ["NULL", "RAISE EXCEPTION 'no' USING ERRCODE = 'feature_not_supported'"] {
        let Some(site) = Site::on_server() else { return };
        let body: &'static str = format!(
            "CREATE FUNCTION public.pg_notify(TEXT, TEXT) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN {body}; END $$"
        )
        .leak();
        let path = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', \
             current_database()); END $$";
        site.tamper(&[body, path]).await;
        let (store, acme) = site.with_workspace().await;
        let mut feed = store.watch(Duration::from_millis(1)).await.expect("asks");
        apply(&store, &acme, 0, &[Change::add(credential("k"))]).await.expect("applies");
        timeout(SOON, feed.changed()).await.expect("hears of it").expect("can ask");
        assert_eq!(store.load(acme.id, at(0)).await.expect("loads").numbers.revision, 1);
    }
}

/// What became of a commit whose answer was lost, as it was told, and the revisions that there are.
async fn cut(when: Cut) -> (Result<u64, ApplyError>, usize) {
    let server = server().expect("the caller looked");
    let (database, proxy) = (server.database(), Proxy::to(server.port()));
    let store = Store::open(&proxy.url(&database), CREATE).await.expect("makes");
    let acme = super::site::workspace("acme");
    store.create_workspace(&acme, &[super::site::entry("create")]).await.expect("a workspace");
    proxy.cut(when);
    let told = apply(&store, &acme, 0, &[Change::add(credential("k"))]).await.map(|made| made.number);
    assert!(proxy.was_cut(), "it is cut where it was meant to be");
    assert_eq!(store.verify_audit(None).await.expect("the store comes back").faults, []);
    let there = names(&store, &acme).await.len();
    apply(&store, &acme, there as u64, &[Change::add(credential("l"))]).await.expect("goes on");
    (told, there)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_looked_up() {
    if server().is_none() {
        return;
    }
    let (told, there) = cut(Cut::BeforeCommit).await;
    assert!(matches!(told, Err(ApplyError::Lost)) && there == 0, "{told:?}, {there}");
    let (told, there) = cut(Cut::AfterCommit).await;
    assert!(matches!(told, Ok(1)) && there == 1, "{told:?}, {there}");
}

/// An engine that would rather break a transaction off than let it wait.
#[tokio::test]
async fn a_transaction_that_is_broken_off_is_done_again_whole() {
    let Some(site) = Site::on_server() else { return };
    let (store, acme) = site.with_workspace().await;
    let no = "CREATE SEQUENCE tries; CREATE FUNCTION no() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('tries') % 4 <> 0 THEN RAISE EXCEPTION 'others' USING ERRCODE = 'serialization_failure'; END IF; \
         RETURN NULL; END $$";
    let at_the_end = "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION no()";
    site.tamper(&[no, at_the_end]).await;
    apply(&store, &acme, 0, &[Change::add(credential("k"))]).await.expect("applies at the fourth try");
    store.append_audit(&[super::site::entry("deed")]).await.expect("appends at the fourth try");
    assert_eq!(names(&store, &acme).await, ["k"]);
    assert_eq!(store.verify_audit(None).await.expect("reads").head.sequence, 3);
}
