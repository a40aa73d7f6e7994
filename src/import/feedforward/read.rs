//! Reading: the rows that matter, by the names of their columns, every value as text.
//!
//! Columns are untyped there: an id may be a number, or the whole row that it stands for as JSON. A column or table
//! that an older file lacks reads as empty.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use zeroize::Zeroizing;

use super::{FeedForwardError, file, shown};
pub use crate::import::row::Row;

/// The most rows that are read of one table.
const MOST_ROWS: usize = 500_000;

/// What a database holds, as far as it matters.
#[derive(Default)]
pub struct Contents {
    /// The name of the file, for the report.
    pub file: String,
    /// The models, with their keys.
    pub models: Vec<Row>,
    /// The people.
    pub users: Vec<Row>,
    /// The courses.
    pub courses: Vec<Row>,
    /// The assignments.
    pub assignments: Vec<Row>,
    /// How assignments are judged.
    pub settings: Vec<Row>,
    /// Which models judge them, and how often.
    pub runs: Vec<Row>,
    /// Which models people switched on and off for themselves.
    pub preferences: Vec<Row>,
    /// Services beside the models.
    pub services: Vec<Row>,
    /// The settings of the institution.
    pub configuration: Vec<Row>,
    /// What was run, summed up by day, draft's assignment and model.
    pub history: Vec<Row>,
}

/// The columns of the models; both shapes of the table have the first eight.
pub const MODELS: &[&str] = &[
    "id",
    "name",
    "provider",
    "model_id",
    "api_config",
    "active",
    "owner_type",
    "owner_id",
    "model_version",
    "description",
    "capabilities",
    "max_context",
];
/// The columns of the people.
pub const USERS: &[&str] = &["email", "name", "role", "status", "approved"];
/// The columns of the courses.
pub const COURSES: &[&str] = &["id", "code", "title", "department", "instructor_email"];
/// The columns of the assignments.
pub const ASSIGNMENTS: &[&str] = &["id", "course_id", "title", "created_by"];
/// The columns of how assignments are judged.
pub const SETTINGS: &[&str] = &["id", "assignment_id", "num_runs"];
/// The columns of which models judge them.
pub const RUNS: &[&str] = &["id", "assignment_setting_id", "ai_model_id", "num_runs"];
/// The columns of what people switched.
pub const PREFERENCES: &[&str] = &["instructor_email", "model_id", "is_active"];
/// The columns of the services: whether there is a key, not the key.
pub const SERVICES: &[&str] = &["service_name", "api_key"];
/// The columns of the institution's settings.
pub const CONFIGURATION: &[&str] = &["key", "value"];
/// The columns of the history, as [`read`] sums it up.
pub const HISTORY: &[&str] = &["day", "assignment", "model", "runs", "failed", "input", "output", "cost", "priced"];

/// The columns without which a table of models is of no known version.
const NEEDED: [&str; 8] = ["id", "name", "provider", "model_id", "api_config", "active", "owner_type", "owner_id"];

/// Reads the database at `path` with its write-ahead log, and writes nothing beside it.
pub async fn read(path: &Path) -> Result<Contents, FeedForwardError> {
    let connection = file::open(path).await?;
    let mut reader = Reader { connection, path };
    let models = reader.columns("ai_models").await?;
    if models.is_empty() {
        return Err(reader.foreign("it has no table ai_models".to_owned()));
    }
    if let Some(lacking) = NEEDED.iter().find(|name| !models.iter().any(|column| column == *name)) {
        return Err(reader.foreign(format!("its table ai_models has no column {lacking}")));
    }
    Ok(Contents {
        file: shown(path),
        models: reader.table("ai_models", MODELS).await?,
        users: reader.table("users", USERS).await?,
        courses: reader.table("courses", COURSES).await?,
        assignments: reader.table("assignments", ASSIGNMENTS).await?,
        settings: reader.table("assignment_settings", SETTINGS).await?,
        runs: reader.table("assignment_model_runs", RUNS).await?,
        preferences: reader.table("instructor_model_preferences", PREFERENCES).await?,
        services: reader.table("assessment_services", SERVICES).await?,
        configuration: reader.table("system_config", CONFIGURATION).await?,
        history: reader.history().await?,
    })
}

struct Reader<'a> {
    connection: SqliteConnection,
    path: &'a Path,
}

impl Reader<'_> {
    fn foreign(&self, problem: String) -> FeedForwardError {
        FeedForwardError::Foreign { file: shown(self.path), problem }
    }

    /// Returns the columns of a real table; none for one that is not there, or is a view or a module's.
    async fn columns(&mut self, table: &str) -> Result<Vec<String>, FeedForwardError> {
        let sql = "SELECT p.name FROM sqlite_schema s, pragma_table_info(s.name) p \
                   WHERE s.type = 'table' AND s.rootpage > 0 AND s.name = $1";
        let found = sqlx::query_scalar(sql).bind(table).fetch_all(&mut self.connection).await;
        found.map_err(|error| file::damaged(self.path, &error))
    }

    async fn table(&mut self, table: &str, wanted: &'static [&'static str]) -> Result<Vec<Row>, FeedForwardError> {
        let there = self.columns(table).await?;
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let cell = |name: &&str| {
            if there.iter().any(|column| column == name) {
                format!("substr(CAST(\"{name}\" AS TEXT), 1, 1000000)")
            } else {
                "NULL".to_owned()
            }
        };
        let cells: Vec<String> = wanted.iter().map(cell).collect();
        let limit = MOST_ROWS + 1;
        self.rows(table, wanted, format!("SELECT {} FROM \"{table}\" ORDER BY rowid LIMIT {limit}", cells.join(", ")))
            .await
    }

    /// Sums up what was run, without a look at what students wrote and models answered.
    async fn history(&mut self) -> Result<Vec<Row>, FeedForwardError> {
        let runs = self.columns("model_runs").await?;
        let has = |name: &str| runs.iter().any(|column| column == name);
        if !["draft_id", "model_id", "timestamp"].into_iter().all(has) {
            return Ok(Vec::new());
        }
        let drafts = self.columns("drafts").await?;
        let (join, assignment) = if ["id", "assignment_id"].iter().all(|name| drafts.iter().any(|it| it == name)) {
            ("LEFT JOIN drafts d ON d.id = r.draft_id", "CAST(d.assignment_id AS TEXT)")
        } else {
            ("", "NULL")
        };
        let sum = |name: &str| if has(name) { format!("total(r.{name})") } else { "0.0".to_owned() };
        let failed = if has("status") { "sum(r.status = 'error')" } else { "0" };
        let priced = if has("cost_usd") { "count(r.cost_usd)" } else { "0" };
        let limit = MOST_ROWS + 1;
        let sql = format!(
            "SELECT substr(CAST(r.timestamp AS TEXT), 1, 10), substr({assignment}, 1, 1000000), \
             CAST(r.model_id AS TEXT), CAST(count(*) AS TEXT), CAST({failed} AS TEXT), CAST({} AS TEXT), \
             CAST({} AS TEXT), CAST({} AS TEXT), CAST({priced} AS TEXT) \
             FROM model_runs r {join} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT {limit}",
            sum("input_tokens"),
            sum("output_tokens"),
            sum("cost_usd"),
        );
        self.rows("model_runs", HISTORY, sql).await
    }

    async fn rows(
        &mut self,
        table: &str,
        columns: &'static [&'static str],
        sql: String,
    ) -> Result<Vec<Row>, FeedForwardError> {
        // The names in it are ours alone.
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let found = found.map_err(|error| file::damaged(self.path, &error))?;
        if found.len() > MOST_ROWS {
            return Err(self.foreign(format!("its table {table} has more than {MOST_ROWS} rows")));
        }
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let value = |at: usize| row.try_get_unchecked::<Option<&[u8]>, _>(at).ok().flatten().unwrap_or_default();
            let text = |at| Zeroizing::new(String::from_utf8_lossy(value(at)).into_owned());
            Row::new(columns, (0..columns.len()).map(text).collect())
        };
        Ok(found.iter().map(row).collect())
    }
}
