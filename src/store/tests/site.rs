//! Where a test's database lives, and small records to fill it with.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::server::{Server, server};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::{Assignment, Origin, Scope, Strength, Target},
        change::Change,
        credential::{Credential, Owner, SecretRef, State},
        id::Id,
        people::{Department, OwnerPolicy, Workspace},
        provider::ModelKind,
        record::Record,
        workflow::{Force, Node, Ownership, Uses, Workflow},
    },
    store::{ApplyError, ApplyRequest, AuditEntry, OpenMode, Revision, SecretRow, Store, VersionState},
};

/// A place where a database of one engine can be made. A test that takes one runs on every engine.
pub(super) struct Site {
    folder: TempDir,
    /// The server and the name of the database there, unless it is a file.
    there: Option<(&'static Server, String)>,
}

/// Returns a site of every engine that can be reached.
pub(super) fn sites() -> Vec<Site> {
    [Some(Site::file()), Site::on_server()].into_iter().flatten().collect()
}

impl Site {
    /// A place for a file.
    pub(super) fn file() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the test"), there: None }
    }

    /// A new database of a server, if there is one.
    pub(super) fn on_server() -> Option<Self> {
        let server = server()?;
        Some(Self { there: Some((server, server.database())), ..Self::file() })
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("keydeck.db")
    }

    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Returns how the database is named to the store.
    pub(super) fn location(&self) -> String {
        match &self.there {
            Some((server, database)) => server.url(database),
            None => self.path().to_str().expect("UTF-8").to_owned(),
        }
    }

    /// Returns what is written in one way for SQLite and in another for PostgreSQL.
    pub(super) fn either<T>(&self, sqlite: T, postgres: T) -> T {
        if self.there.is_some() { postgres } else { sqlite }
    }

    pub(super) async fn open(&self) -> Store {
        let mode = OpenMode { create: true, read_only: false };
        Store::open(&self.location(), mode).await.expect("opens")
    }

    /// Opens a new database with one workspace in it.
    pub(super) async fn with_workspace(&self) -> (Store, Workspace) {
        let store = self.open().await;
        let workspace = workspace("acme");
        store.create_workspace(&workspace, &[entry("create")]).await.expect("a new workspace");
        (store, workspace)
    }

    /// Does what nobody should: writes past the program.
    pub(super) async fn tamper(&self, statements: &[&'static str]) {
        use sqlx::Connection;
        if let Some((server, database)) = &self.there {
            let (server, database, statements) = (*server, database.clone(), statements.to_vec());
            // Elsewhere: what the store has put aside for its next breath may be what the forger waits for.
            let forging = move || statements.iter().for_each(|sql| drop(server.run(&database, sql)));
            return tokio::task::spawn_blocking(forging).await.expect("a forger's statements work");
        }
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path()).create_if_missing(true);
        let mut raw = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
        for sql in statements {
            sqlx::query(*sql).execute(&mut raw).await.expect("a forger's statement works");
        }
        raw.close().await.expect("closes");
    }
}

/// What the test of the two schemas asks.
impl Site {
    /// Returns what a server answers.
    pub(super) fn answer(&self, sql: &str) -> String {
        let (server, database) = self.there.as_ref().expect("a server");
        server.run(database, sql)
    }

    /// Returns every `table.column` of a file, in order.
    pub(super) async fn columns(&self) -> Vec<String> {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path());
        let mut raw = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
        let sql = "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name <> '_sqlx_migrations' ORDER BY 1";
        let columns = sqlx::query_scalar(sql).fetch_all(&mut raw).await.expect("reads");
        raw.close().await.expect("closes");
        columns
    }
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("in range")
}

pub(super) fn id<T>() -> Id<T> {
    Id::new(Uuid::now_v7())
}

pub(super) fn entry(action: &str) -> AuditEntry {
    AuditEntry {
        at: at(0),
        workspace: None,
        operator: None,
        login: "alice".into(),
        proof: "uid".into(),
        source: "local".into(),
        action: action.into(),
        subject: "workspace".into(),
        outcome: "done".into(),
        revision: None,
        details: serde_json::Map::new(),
    }
}

pub(super) fn workspace(name: &str) -> Workspace {
    Workspace {
        id: id(),
        name: name.into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    }
}

pub(super) fn department(name: &str, parent: Option<Id<Department>>) -> Department {
    Department {
        id: id(),
        name: name.into(),
        parent,
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn credential(name: &str) -> Credential {
    Credential {
        id: id(),
        name: name.into(),
        provider: "openai".into(),
        owner: Owner::System,
        environment: None,
        models: Some(vec!["gpt-4o".into(), "gpt-4o-mini".into()]),
        usable_by: Vec::new(),
        fields: [("base_url".into(), "https://llm.example.com/v1".into())].into(),
        state: State::Active,
        not_before: None,
        expires: None,
        secret: SecretRef::Absent,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn workflow(name: &str) -> Workflow {
    Workflow {
        id: id(),
        name: name.into(),
        app: None,
        department: None,
        owner: Ownership::Inherited,
        environment: None,
        owner_policy: None,
        force: Force::Advisory,
        draft: false,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn node(workflow: Id<Workflow>, name: &str) -> Node {
    Node {
        id: id(),
        workflow,
        name: name.into(),
        title: Some("Answer the customer".into()),
        node_type: Some("llm".into()),
        kind: ModelKind::Llm,
        uses: Uses::Model { provider: "openai".into(), model: "gpt-4o".into() },
        key: None,
        variable: None,
        runs: 1,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn rule(scope: Scope, key: Id<Credential>) -> Assignment {
    Assignment {
        id: id(),
        scope,
        provider: "openai".into(),
        model: None,
        kind: None,
        environment: None,
        target: Target::Key(key),
        strength: Strength::Required,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    }
}

/// Asks for changes by alice, whom the database does not know.
pub(super) fn request<'a>(
    workspace: &Workspace,
    base_revision: u64,
    changes: &'a [Change],
    audit: &'a [AuditEntry],
) -> ApplyRequest<'a> {
    ApplyRequest {
        workspace: workspace.id,
        base_revision,
        changes,
        author: None,
        login: "alice".into(),
        message: "because".into(),
        reverts: None,
        approver: None,
        emergency: false,
        secrets: &[],
        audit,
        old_until: at(100),
        done_with: None,
        at: at(1),
    }
}

/// Applies changes as alice, on the revision that there is.
pub(super) async fn apply(
    store: &Store,
    workspace: &Workspace,
    base_revision: u64,
    changes: &[Change],
) -> Result<Revision, ApplyError> {
    let secrets = secrets_of(store, workspace, changes).await;
    let audit = [entry("apply")];
    store.apply(ApplyRequest { secrets: &secrets, ..request(workspace, base_revision, changes, &audit) }).await
}

/// Returns a row for each sealed secret that changes bring and the database lacks; the vault is made if need be.
async fn secrets_of(store: &Store, workspace: &Workspace, changes: &[Change]) -> Vec<SecretRow> {
    let mut rows = Vec::new();
    for change in changes {
        if let Some(Record::Credential(key)) = change.after()
            && let SecretRef::Sealed(sealed) = &key.secret
            && store.secret_version(workspace.id, sealed.version).await.expect("reads").is_none()
        {
            rows.push(SecretRow { version: sealed.version, ..secret_row(store, key.id).await });
        }
    }
    rows
}

/// Makes a row of a staged secret under the active key; the vault is made if need be.
pub(super) async fn secret_row(store: &Store, credential: Id<Credential>) -> SecretRow {
    if store.vault().await.expect("reads").is_none() {
        store.make_vault(Uuid::now_v7(), "{}").await.expect("the first");
    }
    let key_id = store.vault().await.expect("reads").expect("is there").key_id;
    SecretRow {
        version: id(),
        credential,
        state: VersionState::Staged,
        key_id,
        token: Some("gAAAAA".into()),
        created_at: at(0),
        valid_until: None,
        tested: None,
        marks: vec![("api_key".into(), [1; 32])],
    }
}

/// Loads every record, the workspace left out.
pub(super) async fn records(store: &Store, workspace: &Workspace) -> Vec<(Record, Option<Arc<Origin>>)> {
    store.load(workspace.id, at(2)).await.expect("loads").records.split_off(1)
}

/// Loads every name there is.
pub(super) async fn names(store: &Store, workspace: &Workspace) -> Vec<Text> {
    records(store, workspace).await.iter().filter_map(|(record, _)| record.name().cloned()).collect()
}
