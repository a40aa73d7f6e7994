//! Which files are opened, and how they are made.

use super::site::{Site, entry, sites, workspace};
use crate::store::{OpenMode, Store, StoreError};

const CREATE: OpenMode = OpenMode { create: true, read_only: false };

#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::file();
    let store = site.open().await;
    store.create_workspace(&workspace("acme"), &[entry("create")]).await.expect("a workspace");
    let mut seen = 0;
    for file in std::fs::read_dir(site.folder()).expect("lists") {
        let file = file.expect("reads");
        let mode = file.metadata().expect("reads").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
        seen += 1;
    }
    assert!(seen >= 2, "the file and its log");
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notes.txt");
    let location = path.to_str().expect("UTF-8");
    assert!(matches!(Store::open(location, OpenMode::default()).await, Err(StoreError::Missing { .. })));
    let text = "not a database ".repeat(100);
    std::fs::write(&path, &text).expect("writes");
    assert!(matches!(Store::open(location, CREATE).await, Err(StoreError::Foreign { .. })));
    assert_eq!(std::fs::read_to_string(&path).expect("reads"), text);

    let site = Site::file();
    site.tamper(&["CREATE TABLE notes (text)"]).await;
    let before = std::fs::read(site.path()).expect("reads");
    let refused = Store::open(site.path().to_str().expect("UTF-8"), CREATE).await;
    assert!(matches!(refused, Err(StoreError::Foreign { .. })), "{refused:?}");
    assert_eq!(std::fs::read(site.path()).expect("reads"), before);
}

#[tokio::test]
async fn another_programs_schema_is_refused() {
    for site in sites() {
        site.open().await.close().await;
        let location = site.location();
        let from_the_future = site.either(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', 1, x'00', 0)",
            "INSERT INTO keydeck_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', true, '', 0)",
        );
        site.tamper(&[from_the_future]).await;
        for opened in [Store::open(&location, CREATE).await.map(drop), Store::migrate(&location).await] {
            assert!(matches!(opened, Err(StoreError::Newer { found: 9999, .. })), "{opened:?}");
        }
        let forgotten = site.either(
            "DELETE FROM _sqlx_migrations WHERE version > 1",
            "DELETE FROM keydeck_migrations WHERE version > 1",
        );
        site.tamper(&[forgotten]).await;
        let older = Store::open(&location, CREATE).await;
        assert!(matches!(older, Err(StoreError::Older { found: 1, .. })), "{older:?}");
    }
}

#[tokio::test]
async fn a_location_with_a_password_is_never_repeated() {
    // Nobody listens on the lowest port.
    for location in ["postgres://keydeck:hunter2@127.0.0.1:1/keydeck", "postgres://keydeck:hunter2@127.0.0.1:x/keydeck"]
    {
        let refused = Store::open(location, CREATE).await.expect_err("there is no server");
        let said = format!("{refused} {refused:?} {:?}", refused.hints());
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let Some(server) = Site::on_server() else { return };
    server.open().await.close().await;
    let on_server = server.answer(
        "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name || '.' || column_name COLLATE \"C\") \
         FROM information_schema.columns WHERE table_schema = 'public' \
         AND table_name NOT IN ('keydeck_migrations', 'turn')",
    );
    let file = Site::file();
    file.open().await.close().await;
    let in_file = file.columns().await;
    assert_eq!(on_server.split(' ').collect::<Vec<_>>(), in_file);
}
