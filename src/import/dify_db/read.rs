//! Reading: the rows that matter of each tenant, by the names of their columns, in one transaction that only reads.
//!
//! No version is trusted: tables and columns are looked up when the database is opened, and what an older or newer
//! schema lacks reads as empty. What the role may not read counts as lacking.

use std::collections::{BTreeSet, HashMap};

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{DifyDbError, spent};
use crate::{domain::name::printable, import::row::Row};

/// The most rows that are read of one table and tenant.
const MOST_ROWS: usize = 500_000;

/// The most characters that are read of one value: more than Dify lets an export have.
const LONGEST: usize = 12 << 20;

/// Reads only, and sees one state to its end.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The columns that are there, whatever the search path says besides.
const COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
     WHERE table_schema = ANY (current_schemas(false))";

/// What a database of Dify's has in every version.
const NEEDED: [(&str, &[&str]); 4] = [
    ("tenants", &["id", "name"]),
    ("apps", &["id", "tenant_id", "name", "mode"]),
    ("providers", &["id", "tenant_id", "provider_name", "provider_type", "is_valid"]),
    ("provider_models", &["id", "tenant_id", "provider_name", "model_name", "model_type", "is_valid"]),
];

/// What one tenant has, as far as it matters.
#[derive(Default)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// Its name, as it stands there.
    pub name: String,
    /// The public half of its key, in PEM form.
    pub public_key: String,
    /// Which providers it uses, and the active credential of each.
    pub providers: Vec<Row>,
    /// The credentials of providers.
    pub provider_credentials: Vec<Row>,
    /// The models that have credentials of their own, and the active one of each.
    pub models: Vec<Row>,
    /// The credentials of models.
    pub model_credentials: Vec<Row>,
    /// Which models are switched off, and which share their load.
    pub settings: Vec<Row>,
    /// Among what the load is shared.
    pub balanced: Vec<Row>,
    /// The models that are used where none is chosen.
    pub defaults: Vec<Row>,
    /// Whose keys are preferred, one's own or Dify's.
    pub preferred: Vec<Row>,
    /// The people, with their roles.
    pub accounts: Vec<Row>,
    /// The apps.
    pub apps: Vec<Row>,
    /// What apps without a graph are configured to.
    pub configs: Vec<Row>,
    /// Drafts, and what is published.
    pub workflows: Vec<Row>,
    /// Tags of apps, a row for each app that has one.
    pub tags: Vec<Row>,
    /// The knowledge bases.
    pub datasets: Vec<Row>,
    /// What the agents of graphs are configured to: those whose model stands in no graph.
    pub agents: Vec<Row>,
    /// The ids of credentials that belong to other tenants.
    pub strangers: BTreeSet<String>,
    /// What was used.
    pub spent: spent::Spending,
}

/// What a database holds.
pub struct Contents {
    /// What the database is called in the report.
    pub place: String,
    /// Its tenants, by name.
    pub tenants: Vec<Tenant>,
}

/// One table: what is read of it, from where, and in which order.
struct Table {
    columns: &'static [&'static str],
    /// The table itself, called `t`, and what hangs on it.
    from: &'static str,
    name: &'static str,
    condition: &'static str,
}

macro_rules! tables {
    ($($constant:ident: $name:literal $columns:expr, $from:literal, $condition:literal;)*) => {
        $(const $constant: Table =
            Table { name: $name, columns: &$columns, from: $from, condition: $condition };)*
    };
}

tables! {
    PROVIDERS: "providers"
        ["id", "provider_name", "provider_type", "is_valid", "quota_type", "credential_id", "encrypted_config"],
        "providers t", "t.tenant_id = $1";
    PROVIDER_CREDENTIALS: "provider_credentials" ["id", "provider_name", "credential_name", "encrypted_config"],
        "provider_credentials t", "t.tenant_id = $1";
    MODELS: "provider_models"
        ["id", "provider_name", "model_name", "model_type", "is_valid", "credential_id", "encrypted_config"],
        "provider_models t", "t.tenant_id = $1";
    MODEL_CREDENTIALS: "provider_model_credentials"
        ["id", "provider_name", "model_name", "model_type", "credential_name", "encrypted_config"],
        "provider_model_credentials t", "t.tenant_id = $1";
    SETTINGS: "provider_model_settings"
        ["id", "provider_name", "model_name", "model_type", "enabled", "load_balancing_enabled"],
        "provider_model_settings t", "t.tenant_id = $1";
    BALANCED: "load_balancing_model_configs"
        ["id", "provider_name", "model_name", "model_type", "name", "encrypted_config", "enabled", "credential_id"],
        "load_balancing_model_configs t", "t.tenant_id = $1";
    DEFAULTS: "tenant_default_models" ["id", "provider_name", "model_name", "model_type"],
        "tenant_default_models t", "t.tenant_id = $1";
    PREFERRED: "tenant_preferred_model_providers" ["id", "provider_name", "preferred_provider_type"],
        "tenant_preferred_model_providers t", "t.tenant_id = $1";
    APPS: "apps"
        ["id", "name", "mode", "app_model_config_id", "workflow_id", "created_by", "maintainer"],
        "apps t", "t.tenant_id = $1";
    CONFIGS: "app_model_configs"
        ["id", "app_id", "model", "agent_mode", "dataset_configs", "sensitive_word_avoidance", "text_to_speech",
         "speech_to_text", "suggested_questions_after_answer"],
        "app_model_configs t", "t.id IN (SELECT app_model_config_id FROM apps WHERE tenant_id = $1)";
    WORKFLOWS: "workflows"
        ["id", "app_id", "version", "graph", "features", "environment_variables", "conversation_variables"],
        "workflows t",
        "t.tenant_id = $1 AND (t.version = 'draft' OR t.id IN (SELECT workflow_id FROM apps WHERE tenant_id = $1))";
    DATASETS: "datasets" ["id", "name", "embedding_model", "embedding_model_provider"],
        "datasets t", "t.tenant_id = $1";
}

/// The people of a tenant; the columns stand in two tables.
const ACCOUNTS: (&[&str], &str) = (
    &["id", "name", "email", "status", "role"],
    "SELECT a.id::text, a.name, a.email, a.status, j.role FROM tenant_account_joins j \
     JOIN accounts a ON a.id = j.account_id WHERE j.tenant_id = $1 ORDER BY a.email, a.id",
);

/// The tags of apps.
const TAGS: (&[&str], &str) = (
    &["id", "name", "app"],
    "SELECT g.id::text, g.name, b.target_id::text FROM tag_bindings b JOIN tags g ON g.id = b.tag_id \
     WHERE g.tenant_id = $1 AND g.type = 'app' ORDER BY g.name, g.id, b.target_id",
);

/// The configurations of agents of version 2, by the workflow's row and the node.
const AGENTS: (&[&str], &str) = (
    &["workflow", "node", "config"],
    "SELECT b.workflow_id::text, b.node_id::text, s.config_snapshot::text FROM workflow_agent_node_bindings b \
     JOIN agent_config_snapshots s ON s.id = b.current_snapshot_id \
     WHERE b.workflow_id IN (SELECT id FROM workflows WHERE tenant_id = $1)",
);

/// Reads a database: all tenants, or the one that is called so or has that id.
pub async fn read(mut connection: PgConnection, place: &str, wanted: Option<&str>) -> Result<Contents, DifyDbError> {
    let place = printable(place).into_owned();
    connection.execute(BEGIN).await.map_err(engine)?;
    let mut reader = Reader { there: columns(&mut connection).await?, connection };
    reader.check(&place)?;
    let mut tenants = Vec::new();
    for (id, name, public_key) in reader.tenants().await? {
        if wanted.is_none_or(|wanted| wanted == name || wanted.trim() == name.trim() || wanted == id.to_string()) {
            tenants.push(Tenant { name, public_key, ..reader.tenant(id).await? });
        }
    }
    // Whatever it says now: everything was read.
    let _ = reader.connection.close().await;
    Ok(Contents { place, tenants })
}

/// Says what the server answered. Its words hold no password, and no value of a row.
pub(super) fn engine(error: sqlx::Error) -> DifyDbError {
    let problem = match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    };
    DifyDbError::Engine { problem: printable(&problem).into_owned() }
}

async fn columns(connection: &mut PgConnection) -> Result<HashMap<String, BTreeSet<String>>, DifyDbError> {
    let found: Vec<(String, String)> = sqlx::query_as(COLUMNS).fetch_all(connection).await.map_err(engine)?;
    let mut there: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (table, column) in found {
        there.entry(table).or_default().insert(column);
    }
    Ok(there)
}

/// Reads one database.
pub(super) struct Reader {
    pub(super) connection: PgConnection,
    there: HashMap<String, BTreeSet<String>>,
}

impl Reader {
    /// Says whether a table has a column.
    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.there.get(table).is_some_and(|columns| columns.contains(column))
    }

    pub(super) fn has_all(&self, table: &str, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.has(table, column))
    }

    /// Refuses what is no database of Dify's, or of a version that keeps credentials in some other way.
    fn check(&self, place: &str) -> Result<(), DifyDbError> {
        let foreign = |problem: String| Err(DifyDbError::Foreign { place: place.to_owned(), problem });
        for (table, columns) in NEEDED {
            if !self.there.contains_key(table) {
                return foreign(format!("it has no table {table} that this role may read"));
            }
            if let Some(column) = columns.iter().find(|column| !self.has(table, column)) {
                return foreign(format!("its table {table} has no column {column} that this role may read"));
            }
        }
        if !self.has("providers", "credential_id") && !self.has("providers", "encrypted_config") {
            return foreign("its table providers has neither credential_id nor encrypted_config".to_owned());
        }
        Ok(())
    }

    async fn tenants(&mut self) -> Result<Vec<(Uuid, String, String)>, DifyDbError> {
        let key = if self.has("tenants", "encrypt_public_key") { "encrypt_public_key" } else { "NULL::text" };
        let sql = format!("SELECT id, name::text, coalesce({key}, '') FROM tenants ORDER BY name, id");
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await.map_err(engine)
    }

    async fn tenant(&mut self, id: Uuid) -> Result<Tenant, DifyDbError> {
        let accounts = self.has_all("tenant_account_joins", &["tenant_id", "account_id", "role"])
            && self.has_all("accounts", &["id", "name", "email", "status"]);
        let tags = self.has_all("tags", &["id", "tenant_id", "type", "name"])
            && self.has_all("tag_bindings", &["tag_id", "target_id"]);
        let agents = self.has_all("workflow_agent_node_bindings", &["workflow_id", "node_id", "current_snapshot_id"])
            && self.has_all("agent_config_snapshots", &["id", "config_snapshot"]);
        Ok(Tenant {
            id,
            name: String::new(),
            public_key: String::new(),
            providers: self.table(&PROVIDERS, id).await?,
            provider_credentials: self.table(&PROVIDER_CREDENTIALS, id).await?,
            models: self.table(&MODELS, id).await?,
            model_credentials: self.table(&MODEL_CREDENTIALS, id).await?,
            settings: self.table(&SETTINGS, id).await?,
            balanced: self.table(&BALANCED, id).await?,
            defaults: self.table(&DEFAULTS, id).await?,
            preferred: self.table(&PREFERRED, id).await?,
            accounts: if accounts {
                self.rows("accounts", ACCOUNTS.0, ACCOUNTS.1.to_owned(), id).await?
            } else {
                Vec::new()
            },
            apps: self.table(&APPS, id).await?,
            configs: self.table(&CONFIGS, id).await?,
            workflows: self.table(&WORKFLOWS, id).await?,
            tags: if tags { self.rows("tags", TAGS.0, TAGS.1.to_owned(), id).await? } else { Vec::new() },
            datasets: self.table(&DATASETS, id).await?,
            agents: if agents { self.rows("agents", AGENTS.0, AGENTS.1.to_owned(), id).await? } else { Vec::new() },
            strangers: self.strangers(id).await?,
            spent: spent::read(self, id).await?,
        })
    }

    /// Returns the ids of the credentials of all other tenants: Dify looks them up without asking whose they are.
    async fn strangers(&mut self, id: Uuid) -> Result<BTreeSet<String>, DifyDbError> {
        let mut strangers = BTreeSet::new();
        for table in ["provider_credentials", "provider_model_credentials"] {
            if self.has_all(table, &["id", "tenant_id"]) {
                let sql = format!("SELECT id::text FROM {table} WHERE tenant_id <> $1");
                let mut found = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch(&mut self.connection);
                while let Some(row) = found.try_next().await.map_err(engine)? {
                    strangers.insert(row.try_get(0).map_err(engine)?);
                }
            }
        }
        Ok(strangers)
    }

    async fn table(&mut self, table: &Table, tenant: Uuid) -> Result<Vec<Row>, DifyDbError> {
        if !self.has(table.name, "id") {
            return Ok(Vec::new());
        }
        let cell = |name: &&str| {
            if self.has(table.name, name) {
                format!("left(t.\"{name}\"::text, {LONGEST})")
            } else {
                "NULL::text".to_owned()
            }
        };
        let cells: Vec<String> = table.columns.iter().map(cell).collect();
        // Where nothing else says which of two rows counts, the older one does.
        let order = if self.has(table.name, "created_at") { "t.created_at, t.id" } else { "t.id" };
        let (cells, from, condition) = (cells.join(", "), table.from, table.condition);
        let sql = format!("SELECT {cells} FROM {from} WHERE {condition} ORDER BY {order} LIMIT {}", MOST_ROWS + 1);
        self.rows(table.name, table.columns, sql, tenant).await
    }

    async fn rows(
        &mut self,
        table: &str,
        columns: &'static [&'static str],
        sql: String,
        tenant: Uuid,
    ) -> Result<Vec<Row>, DifyDbError> {
        // The names in it are ours alone.
        let mut found = sqlx::query(AssertSqlSafe(sql)).bind(tenant).fetch(&mut self.connection);
        let mut rows = Vec::new();
        while let Some(row) = found.try_next().await.map_err(engine)? {
            rows.push(Row::new(columns, (0..columns.len()).map(|at| text(&row, at)).collect()));
            if rows.len() > MOST_ROWS {
                return Err(DifyDbError::TooMany { table: table.to_owned(), most: MOST_ROWS });
            }
        }
        Ok(rows)
    }
}

/// Reads a value as text; NULL and what is no text read as empty.
pub(super) fn text(row: &PgRow, at: usize) -> Zeroizing<String> {
    Zeroizing::new(row.try_get::<Option<String>, _>(at).ok().flatten().unwrap_or_default())
}
