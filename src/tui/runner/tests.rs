//! The console over a real database: bytes in, bytes out.

use crate::{
    config::{DatabaseUrl, Vendors},
    import::demo::Options as DemoOptions,
    ops::{
        audit::{self, AuditQuestion},
        door::{Access, Door},
        failure::{Failure, Kind},
        identity::{Identity, Proof},
        session::Session,
    },
    tui::{
        Exit, KeyAtHand, Options, run,
        runner::Opening,
        terminal::{
            Input, Size,
            colour::Depth,
            memory::{Memory, Person},
        },
    },
    vault::SecretKey,
};
use std::{collections::BTreeMap, sync::Arc};

const SIZE: Size = Size { width: 120, height: 40 };

fn options() -> Options {
    Options {
        database: "story.db".to_owned(),
        theme: Some("mono".to_owned()),
        own_themes: BTreeMap::new(),
        dark_theme: "keydeck-dark".to_owned(),
        light_theme: "keydeck-light".to_owned(),
        depth: Depth::None,
        ascii: false,
        mouse: false,
        ask: false,
        keymap: None,
        expiring_days: 14,
        still: false,
        line_by_line: false,
        idle_lock_seconds: 900,
        keys: KeyAtHand::None,
        seed: 42,
        afar: false,
        columns: BTreeMap::new(),
        session_file: None,
    }
}

/// A database with the demo's organisation, of which `ada` is admin.
async fn session(folder: &std::path::Path) -> Arc<Session> {
    let url: DatabaseUrl = format!("sqlite:{}", folder.join("story.db").display()).parse().unwrap();
    let access = Access { create: true, ..Access::default() };
    let door = Door::open(&url, &Vendors::built_in(), access).await.unwrap();
    let ada =
        Identity { login: "ada".to_owned(), proof: Proof::LocalUser(1000), source: "local".to_owned(), acting: None };
    door.create_vault(SecretKey::random().unwrap()).await.unwrap();
    let options = DemoOptions { workflows: 40, seed: 7, now: door.now() };
    door.fill_demo(&options, &ada, Arc::new(|_| {})).await.unwrap();
    let workspace = door.workspace(None).await.unwrap();
    door.session(&workspace, ada, false).await.unwrap()
}

async fn types(person: &Person, bytes: &str) {
    person.input.send(Input::Bytes(bytes.as_bytes().to_vec())).await.unwrap();
}

/// Waits until the screen shows a text.
async fn sees(person: &Person, wanted: &str) -> String {
    until(person, wanted, true).await
}

/// Waits until the screen shows a text no longer.
async fn no_longer_sees(person: &Person, unwanted: &str) {
    until(person, unwanted, false).await;
}

async fn until(person: &Person, text: &str, is_there: bool) -> String {
    let mut shown = String::new();
    let seen = person.shown.until(|frames| {
        let mut terminal = vt100::Parser::new(SIZE.height.try_into().unwrap(), SIZE.width.try_into().unwrap(), 0);
        for frame in frames {
            terminal.process(frame);
        }
        shown = terminal.screen().contents();
        shown.contains(text) == is_there
    });
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(20), seen).await.is_ok();
    assert!(in_time, "waited in vain, {text:?} {is_there}:\n{shown}");
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assign_apply_look_and_undo_on_a_real_database() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let (terminal, person) = Memory::new(SIZE);
    let opened = Arc::clone(&session);
    let opening: Opening = Box::pin(async move { Ok(opened) });
    let console = tokio::spawn(run(Box::new(terminal), opening, None, options()));
    sees(&person, "lack a key").await;
    types(&person, "nj").await;
    sees(&person, "✗ wrong environment").await;
    types(&person, "a").await;
    sees(&person, "starts to work, with openai-finance-prod").await;
    types(&person, "\r").await;
    sees(&person, "1 STAGED").await;
    types(&person, "\x13").await;
    sees(&person, "Apply 1 staged change?").await;
    types(&person, "because\r\r").await;
    sees(&person, "Applied 1 change as revision 2").await;
    types(&person, "p").await;
    sees(&person, "✓ openai-finance-prod").await;
    types(&person, "u").await;
    sees(&person, "Undid revision 2 by revision 3").await;
    sees(&person, "✗ wrong environment").await;
    assert_eq!(session.view().revision(), 3);
    types(&person, "qq").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_session_applies_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let (terminal, person) = Memory::new(SIZE);
    let opened = Arc::clone(&session);
    let console = tokio::spawn(run(Box::new(terminal), Box::pin(async move { Ok(opened) }), None, options()));
    sees(&person, "lack a key").await;
    let workspace = session.view().workspace().clone();
    let other = session.door().session(&workspace, session.identity().clone(), false).await.unwrap();
    let view = other.view();
    let (_, workflow) = view.workflows().next().unwrap();
    let mut renamed = workflow.clone();
    renamed.name = "renamed elsewhere".into();
    let change = crate::domain::change::Change::edit(workflow.clone(), renamed).unwrap();
    other.apply(crate::ops::session::Request::new(vec![change], "elsewhere")).await.unwrap();
    sees(&person, "Revision 2 was applied elsewhere").await;
    types(&person, "q").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
}

#[tokio::test]
async fn a_database_that_does_not_open_is_told_after_the_terminal_is_back() {
    let (terminal, person) = Memory::new(SIZE);
    let opening: Opening = Box::pin(async { Err(Failure::new(Kind::Unavailable, "no such file")) });
    let failure = run(Box::new(terminal), opening, None, options()).await.unwrap_err();
    assert_eq!(failure.message, "no such file");
    let frames = person.shown.frames();
    assert_eq!(frames.last(), Some(&crate::tui::terminal::modes::leave(options().modes())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_are_here_see_each_other_until_one_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let workspace = session.view().workspace().clone();
    let other = session.door().session(&workspace, session.identity().clone(), false).await.unwrap();
    let console = |session: Arc<Session>| {
        let (terminal, person) = Memory::new(SIZE);
        let opening: Opening = Box::pin(async move { Ok(session) });
        (tokio::spawn(run(Box::new(terminal), opening, None, options())), person)
    };
    let (first, one) = console(session);
    sees(&one, "lack a key").await;
    let (second, two) = console(other);
    sees(&two, "with ada").await;
    types(&two, "W").await;
    sees(&two, "by console, since").await;
    sees(&one, "with ada").await;
    types(&two, "\x1b").await;
    // An Esc that is followed at once would be another key with Alt.
    no_longer_sees(&two, "by console, since").await;
    types(&two, "q").await;
    assert_eq!(second.await.unwrap().unwrap(), Exit::Left);
    no_longer_sees(&one, "with ada").await;
    types(&one, "q").await;
    assert_eq!(first.await.unwrap().unwrap(), Exit::Left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_begins_where_the_last_one_ended() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let file = folder.path().join("state/session.json");
    let start = || {
        let opened = Arc::clone(&session);
        let (terminal, person) = Memory::new(SIZE);
        let options = Options { session_file: Some(file.clone()), ..options() };
        (tokio::spawn(run(Box::new(terminal), Box::pin(async move { Ok(opened) }), None, options)), person)
    };
    let (console, person) = start();
    sees(&person, "lack a key").await;
    types(&person, "gc/anthropic\rjCjj \r").await;
    sees(&person, "/ anthropic").await;
    types(&person, "\x03").await;
    sees(&person, "Leave keydeck?").await;
    types(&person, "\x03").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let (console, person) = start();
    let shown = sees(&person, "/ anthropic").await;
    let head = shown.lines().nth(2).unwrap();
    assert!(shown.contains("Credentials") && head.contains("provider") && !head.contains("owner"), "{shown}");
    types(&person, "q").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left, "the way of the last session is not in the way of q");

    std::fs::write(&file, "no memory at all").unwrap();
    let (console, person) = start();
    sees(&person, "lack a key").await;
    types(&person, "q").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspace_is_opened_on_the_same_screen_and_each_is_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let home = session.view().workspace().name.to_string();
    let door = Arc::clone(session.door());
    door.found("beta", session.identity(), crate::ops::door::Founding::default()).await.unwrap();
    let file = folder.path().join("state/session.json");
    let (terminal, person) = Memory::new(SIZE);
    let opened = Arc::clone(&session);
    let options = Options { session_file: Some(file), ..options() };
    let console = tokio::spawn(run(Box::new(terminal), Box::pin(async move { Ok(opened) }), None, options.clone()));
    sees(&person, "lack a key").await;
    types(&person, "gc/anthropic\r").await;
    sees(&person, "/ anthropic").await;
    types(&person, "gi").await;
    sees(&person, "where you are").await;
    types(&person, "bet\r").await;
    sees(&person, "in beta").await;
    sees(&person, "0 workflows").await;
    types(&person, &format!(":workspace {home}\r")).await;
    sees(&person, "/ anthropic").await;
    types(&person, ":workspace beta\r").await;
    sees(&person, "in beta").await;
    sees(&person, "0 workflows").await;
    types(&person, "q").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
    assert_eq!(options.last_workspace().as_deref(), Some("beta"));
    let begun = door.home(None, "ada", options.last_workspace().as_deref()).await.unwrap();
    assert_eq!(&*begun.name, "beta", "where there are several, it begins where it ended");
    // Each coming is on record, and so is each going.
    let question = AuditQuestion { limit: audit::MOST, ..AuditQuestion::default() };
    let page = session.audit_log(&question).await.unwrap();
    let count = |action: &str| page.rows.iter().filter(|row| &*row.action == action && &*row.outcome == "done").count();
    assert_eq!((count("login"), count("logout")), (2, 2), "two of the three are of this workspace");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_before_the_session_is_open_never_came() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path()).await;
    let (terminal, person) = Memory::new(SIZE);
    let (open, opened) = tokio::sync::oneshot::channel::<()>();
    let given = Arc::clone(&session);
    let opening: Opening = Box::pin(async move {
        let _ = opened.await;
        Ok(given)
    });
    let console = tokio::spawn(run(Box::new(terminal), opening, None, options()));
    types(&person, "\x03").await;
    assert_eq!(console.await.unwrap().unwrap(), Exit::Left);
    open.send(()).unwrap();
    let given_up = async {
        while Arc::strong_count(&session) > 1 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), given_up).await.expect("the session is given up");
    let question = AuditQuestion { limit: audit::MOST, ..AuditQuestion::default() };
    let page = session.audit_log(&question).await.unwrap();
    assert!(!page.rows.is_empty());
    assert!(page.rows.iter().all(|row| !["login", "logout"].contains(&&*row.action)), "{:?}", page.rows);
}
