//! What was used, as Dify recorded it: node by node for workflows, message by message for apps without a graph.
//!
//! Nothing is counted twice. Iterations and loops repeat what their children cost, a workflow that is used as a tool
//! is recorded under its own app, and the messages of a chatflow are its nodes' once more. Runs for a trial cost money
//! like all others. The JSON is read here and not by the server, which would stop at the first text that is none.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, postgres::PgRow};
use uuid::Uuid;

use super::{
    DifyDbError,
    read::{Reader, engine, text},
};
use crate::domain::{Text, name};

/// The modes of apps whose use is recorded by messages alone.
pub(super) const PLAIN_MODES: [&str; 3] = ["chat", "agent-chat", "completion"];

/// How many of the smallest unit of a price make a dollar: Dify writes seven decimals, and sums must be exact.
pub(super) const UNITS: i128 = 1_000_000_000_000;

/// The longest JSON of a node that is fetched, in characters. Longer ones hold texts of people, and are cut by Dify.
const LONGEST: usize = 4 << 20;

/// Everything that was used in a tenant.
#[derive(Default)]
pub struct Spending {
    /// What was used, one line for each place.
    pub lines: BTreeMap<Where, Used>,
    /// How many records can't be read.
    pub unreadable: u64,
    /// How many records are in another currency than dollars, by currency.
    pub currencies: BTreeMap<String, u64>,
    /// How many calls of models by tools are recorded elsewhere.
    pub tools: u64,
}

/// A place of use: a day, and what ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Where {
    /// The UTC day.
    pub day: Date,
    /// The app.
    pub app: String,
    /// The version of its workflow; empty for an app without a graph.
    pub workflow: String,
    /// The node of the graph; empty for an app without one.
    pub node: String,
    /// Whether the node is a tool of which the record does not say that it is no workflow.
    pub may_repeat: bool,
    /// The provider as the record names it; empty if it does not.
    pub provider: String,
    /// The model likewise.
    pub model: String,
    /// Whose request it served.
    pub customer: Option<Text>,
}

/// What was used at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Tokens that went in, or of which it is not said.
    pub input: u64,
    /// Tokens that came out.
    pub output: u64,
    /// How many calls.
    pub requests: u64,
    /// What Dify made of it, in [`UNITS`]; none if every record was silent or in another currency.
    pub price: Option<i128>,
}

impl Used {
    pub(super) fn add(&mut self, other: &Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.requests = self.requests.saturating_add(other.requests);
        if let Some(price) = other.price {
            self.price = Some(self.price.unwrap_or_default().saturating_add(price));
        }
    }
}

/// Reads what a tenant used.
pub(super) async fn read(reader: &mut Reader, tenant: Uuid) -> Result<Spending, DifyDbError> {
    let mut spending = Spending::default();
    executions(reader, tenant, &mut spending).await?;
    messages(reader, tenant, &mut spending).await?;
    if reader.has("tool_model_invokes", "tenant_id") {
        let sql = "SELECT count(*) FROM tool_model_invokes WHERE tenant_id = $1";
        let count: i64 =
            sqlx::query_scalar(sql).bind(tenant).fetch_one(&mut reader.connection).await.map_err(engine)?;
        spending.tools = u64::try_from(count).unwrap_or_default();
    }
    Ok(spending)
}

/// Returns how an end user is found, and who it is: those whom the caller of the API named.
fn customers(reader: &Reader, condition: &str) -> (String, &'static str) {
    if reader.has_all("end_users", &["id", "session_id", "external_user_id", "is_anonymous"]) {
        let named = "CASE WHEN NOT e.is_anonymous THEN coalesce(nullif(e.external_user_id, ''), e.session_id) END";
        (format!("LEFT JOIN end_users e ON {condition}"), named)
    } else {
        (String::new(), "NULL::text")
    }
}

const EXECUTION: [&str; 10] = [
    "tenant_id",
    "app_id",
    "workflow_id",
    "node_id",
    "node_type",
    "execution_metadata",
    "process_data",
    "outputs",
    "created_at",
    "created_by",
];

async fn executions(reader: &mut Reader, tenant: Uuid, spending: &mut Spending) -> Result<(), DifyDbError> {
    if !reader.has_all("workflow_node_executions", &EXECUTION) {
        return Ok(());
    }
    let (join, customer) = customers(reader, "e.id = t.created_by AND t.created_by_role = 'end_user'");
    let sql = format!(
        "SELECT to_char(t.created_at, 'YYYY-MM-DD'), t.app_id::text, t.workflow_id::text, t.node_id, t.node_type, \
         left(t.execution_metadata, {LONGEST}), \
         CASE WHEN length(t.process_data) <= {LONGEST} THEN t.process_data END, \
         CASE WHEN coalesce(position('\"usage\"' in t.process_data), 0) = 0 AND length(t.outputs) <= {LONGEST} \
         THEN t.outputs END, {customer} FROM workflow_node_executions t {join} \
         WHERE t.tenant_id = $1 AND t.node_type NOT IN ('iteration', 'loop') AND t.execution_metadata LIKE '%total_%'"
    );
    // The names in it are ours alone.
    let mut found = sqlx::query(AssertSqlSafe(sql)).bind(tenant).fetch(&mut reader.connection);
    while let Some(row) = found.try_next().await.map_err(engine)? {
        spending.execution(&row);
    }
    Ok(())
}

async fn messages(reader: &mut Reader, tenant: Uuid, spending: &mut Spending) -> Result<(), DifyDbError> {
    const NEEDED: [&str; 9] = [
        "app_id",
        "model_provider",
        "model_id",
        "message_tokens",
        "answer_tokens",
        "total_price",
        "currency",
        "created_at",
        "from_end_user_id",
    ];
    if !reader.has_all("messages", &NEEDED) {
        return Ok(());
    }
    let (join, customer) = customers(reader, "e.id = m.from_end_user_id");
    let mode = if reader.has("messages", "app_mode") { "coalesce(m.app_mode, a.mode)" } else { "a.mode" };
    let modes = PLAIN_MODES.map(|mode| format!("'{mode}'")).join(", ");
    let sql = format!(
        "SELECT to_char(m.created_at, 'YYYY-MM-DD'), m.app_id::text, m.model_provider, m.model_id, {customer}, \
         m.currency, sum(m.message_tokens)::text, sum(m.answer_tokens)::text, count(*)::text, \
         sum(m.total_price)::text FROM messages m JOIN apps a ON a.id = m.app_id {join} \
         WHERE a.tenant_id = $1 AND {mode} IN ({modes}) \
         AND (m.message_tokens > 0 OR m.answer_tokens > 0 OR m.total_price > 0) GROUP BY 1, 2, 3, 4, 5, 6"
    );
    let mut found = sqlx::query(AssertSqlSafe(sql)).bind(tenant).fetch(&mut reader.connection);
    while let Some(row) = found.try_next().await.map_err(engine)? {
        spending.message(&row);
    }
    Ok(())
}

impl Spending {
    fn execution(&mut self, row: &PgRow) {
        let Ok(metadata) = serde_json::from_str::<Metadata>(&text(row, 5)) else {
            self.unreadable += 1;
            return;
        };
        if metadata.is_workflow() == Some(true) {
            return;
        }
        let called: Called = serde_json::from_str(&text(row, 6)).unwrap_or_default();
        let outputs = || serde_json::from_str::<Called>(&text(row, 7)).ok().and_then(|it| it.usage);
        let usage = called.usage.or_else(outputs).unwrap_or_default();
        let (said, output) = (whole(metadata.total_tokens.as_ref()), whole(usage.completion_tokens.as_ref()));
        let total = said
            .unwrap_or_else(|| whole(usage.prompt_tokens.as_ref()).unwrap_or_default() + output.unwrap_or_default());
        let output = output.unwrap_or_default().min(total);
        let price = self.price(metadata.total_price.as_ref().map(word).as_deref(), metadata.currency.as_deref(), 1);
        let place = Where {
            may_repeat: text(row, 4).as_str() == "tool" && metadata.is_workflow().is_none(),
            provider: called.model_provider.unwrap_or_default(),
            model: called.model_name.unwrap_or_default(),
            ..place(row, 8)
        };
        let place = Where { workflow: text(row, 2).to_string(), node: text(row, 3).to_string(), ..place };
        self.add(place, &Used { input: total - output, output, requests: 1, price });
    }

    fn message(&mut self, row: &PgRow) {
        let number = |at| text(row, at).parse::<u64>().unwrap_or_default();
        let requests = number(8);
        let price = self.price(Some(text(row, 9).as_str()), Some(text(row, 5).as_str()), requests);
        let place = Where { provider: text(row, 2).to_string(), model: text(row, 3).to_string(), ..place(row, 4) };
        self.add(place, &Used { input: number(6), output: number(7), requests, price });
    }

    /// Reads a price, and counts those that are in no dollars.
    fn price(&mut self, price: Option<&str>, currency: Option<&str>, records: u64) -> Option<i128> {
        let units = units(price?)?;
        match currency.unwrap_or_default().trim() {
            // Nothing is paid back: such a record would hide what others cost.
            _ if units < 0 => {
                self.unreadable += records;
                None
            }
            "" | "USD" => Some(units),
            _ if units == 0 => Some(0),
            other => {
                *self.currencies.entry(name::clean(other, "unknown")).or_default() += records;
                None
            }
        }
    }

    fn add(&mut self, place: Where, used: &Used) {
        if used.input == 0 && used.output == 0 && used.price.unwrap_or_default() == 0 {
            return;
        }
        self.lines.entry(place).or_default().add(used);
    }
}

/// Reads what every record has: day, app, and the customer in a column.
fn place(row: &PgRow, customer: usize) -> Where {
    let customer = name::clean(&text(row, customer), "");
    Where {
        day: text(row, 0).parse().unwrap_or(Date::ZERO),
        app: text(row, 1).to_string(),
        workflow: String::new(),
        node: String::new(),
        may_repeat: false,
        provider: String::new(),
        model: String::new(),
        customer: (!customer.is_empty()).then(|| customer.into()),
    }
}

/// What stands beside an execution.
#[derive(Default, Deserialize)]
struct Metadata {
    total_tokens: Option<Value>,
    total_price: Option<Value>,
    currency: Option<String>,
    tool_info: Option<HashMap<String, Value>>,
}

impl Metadata {
    /// Says whether a tool is a workflow, whose nodes are recorded on their own; none if the record does not tell.
    fn is_workflow(&self) -> Option<bool> {
        let kind = self.tool_info.as_ref()?.get("provider_type")?.as_str()?;
        Some(kind == "workflow")
    }
}

/// What a node called; whatever else stands there is passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Called {
    model_provider: Option<String>,
    model_name: Option<String>,
    usage: Option<Tokens>,
}

/// How many tokens it took.
#[derive(Default, Deserialize)]
struct Tokens {
    prompt_tokens: Option<Value>,
    completion_tokens: Option<Value>,
}

/// Reads a count, written as a number or as text.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "absurd counts stop at the ends")]
fn whole(value: Option<&Value>) -> Option<u64> {
    let number = word(value?);
    number.parse().ok().or_else(|| number.parse::<f64>().ok().map(|it| it.clamp(0.0, 1e15) as u64))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads a decimal number exactly, as Python and PostgreSQL write it: `0.0012`, `1E-7`. Digits behind the smallest
/// unit are rounded.
pub(super) fn units(text: &str) -> Option<i128> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{decimals}");
    if digits.trim_start_matches(['+', '-']).len() > 30 || !(-40..=12).contains(&exponent) {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    let shift = 12 + exponent - i32::try_from(decimals.len()).ok()?;
    let power = 10i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        return number.checked_mul(power);
    }
    let half = if number < 0 { -power / 2 } else { power / 2 };
    Some((number + half) / power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly_however_they_are_written() {
        assert_eq!(units("0.0012"), Some(1_200_000_000));
        assert_eq!(units("1E-7"), Some(100_000));
        assert_eq!(units("1.5e-6"), Some(1_500_000));
        assert_eq!(units("-2"), Some(-2 * UNITS));
        assert_eq!(units("0E-12"), Some(0));
        assert_eq!(units("0.0000000000005"), Some(1), "rounded up at the half");
        for wrong in ["", "a", "1.2.3", "NaN", "1e999", "0x1", "1e", &"9".repeat(50)] {
            assert_eq!(units(wrong), None, "{wrong}");
        }
    }
}
