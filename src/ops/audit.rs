//! The audit log as one operator may read it: the rows in scope, with what may not be seen masked.
//!
//! Auditors and admins of the whole workspace read every row of it and of the database; those of a department the rows
//! about what lies there; members their own deeds. That somebody read is itself a row, once for a while.

mod scope;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Map, Value};

pub(super) use self::scope::LEFT_OUT;
use self::scope::Scope;
use super::{failure::Failure, seals::Verified, session::Session};
use crate::{
    domain::{Text, Timestamp, id::Id, name::printable, people::Operator},
    rights::{Deed, Right, Subject},
    store::{AuditFilter, AuditRow, Hash, hex},
};

/// The most rows that one page holds.
pub const MOST: u32 = 1000;

/// How many rows are read at once.
const BATCH: u32 = 500;

/// How many rows a page looks through at most before it says where to go on.
const LOOKED_THROUGH: usize = 100_000;

/// How many deeds of a change set a summary names.
const NAMED: usize = 3;

/// For how long one look into the log stands for those that follow.
const LOOK: SignedDuration = SignedDuration::from_mins(10);

/// Which rows are asked for, newest first. What is absent does not restrict.
#[derive(Clone, Debug, Default)]
pub struct AuditQuestion {
    /// Those of one login.
    pub operator: Option<String>,
    /// Those of one action; of change sets also what was done to a thing: `revoke`, `rotate`.
    pub action: Option<String>,
    /// Those about one thing, as a link.
    pub subject: Option<String>,
    /// Those that went one way.
    pub outcome: Option<String>,
    /// Those from this instant on.
    pub since: Option<Timestamp>,
    /// Those before this instant.
    pub until: Option<Timestamp>,
    /// Those before this row.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: u32,
}

/// A row as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRow {
    /// Its place in the chain.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who, by the name they came by.
    pub operator: Text,
    /// Who, by the database's id; none for somebody whom it does not know.
    pub operator_id: Option<Id<Operator>>,
    /// How their identity was proved.
    pub proof: Text,
    /// Where from.
    pub source: Text,
    /// What they did.
    pub action: Text,
    /// What they did it to, as a link.
    pub subject: String,
    /// How it went.
    pub outcome: Text,
    /// The revision that it made.
    pub revision: Option<u64>,
    /// What else there is to say.
    pub details: Map<String, Value>,
    /// Whether something is left out that the reader may not see.
    pub masked: bool,
    /// The row's hash, in hexadecimal.
    pub hash: String,
    /// The hash of the row before.
    pub previous: String,
}

/// A page of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogPage {
    /// The rows, newest first.
    pub rows: Vec<LogRow>,
    /// What to ask for as `before` to read on; none at the end.
    pub next: Option<u64>,
}

impl LogRow {
    fn new(row: AuditRow) -> Self {
        let (hash, previous) = (hex(&row.hash), hex(&row.previous));
        let entry = row.entry;
        Self {
            sequence: row.sequence,
            at: entry.at,
            operator: entry.login,
            operator_id: entry.operator,
            proof: entry.proof,
            source: entry.source,
            action: entry.action,
            subject: entry.subject.to_string(),
            outcome: entry.outcome,
            revision: entry.revision,
            details: entry.details,
            masked: false,
            hash,
            previous,
        }
    }

    /// Returns what was done, in a few words for a table. It is safe to print.
    pub fn summary(&self) -> String {
        let text = |key: &str| self.details.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let deeds = self.details.get("deeds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let has_message = text("message").is_some();
        let told = |deed: &Value| {
            let part = |key: &str| deed[key].as_str().unwrap_or_default();
            let kind = if part("kind") == "credential" { "key" } else { part("kind") };
            let name = deed["name"].as_str().map_or_else(String::new, |name| format!(" {name}"));
            let roles = |key: &str| {
                let all: Vec<&str> = deed[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                (!all.is_empty()).then(|| format!("{key} {}", all.join(" and ")))
            };
            // The message says the rest already, but who was granted what is never left to it.
            let what = (!has_message).then(|| format!("{} {kind}{name}", part("deed")));
            let parts: Vec<String> = [what, roles("given"), roles("taken")].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        };
        let number = |key: &str| self.details.get(key).and_then(Value::as_u64);
        let parts = [
            text("reason").map(str::to_owned),
            text("message").map(str::to_owned),
            number("times").map(|times| format!("{times} more times")),
            number("rows").map(|rows| format!("{rows} rows removed")),
            number("clock_behind").map(|seconds| format!("clock {seconds} s behind")),
        ];
        let deeds: Vec<String> = deeds.iter().filter_map(told).collect();
        let more = deeds.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("and {more} more"));
        let told = parts.into_iter().flatten().chain(deeds.into_iter().take(NAMED)).chain(more);
        printable(&told.collect::<Vec<_>>().join(" · ")).into_owned()
    }
}

impl Session {
    /// Reads the audit log, as far as this operator may; that they did is on record.
    pub async fn audit_log(&self, question: &AuditQuestion) -> Result<LogPage, Failure> {
        let view = self.view();
        let scope = match Scope::of(&view) {
            Ok(scope) => scope,
            Err(denial) => return Err(self.denied("audit-log", "audit", denial.into()).await),
        };
        self.record_look("audit-log").await;
        let limit = question.limit.clamp(1, MOST) as usize;
        let mut filter = AuditFilter {
            workspace: Some(view.workspace().id),
            outcome: question.outcome.as_deref().map(Into::into),
            from: question.since,
            until: question.until,
            before: question.before,
            ..AuditFilter::default()
        };
        if let Some(login) = &question.operator {
            filter.login = Some(login.as_str().into());
            let known = view.catalogue().operators().named(login);
            filter.operator = known.map(|ix| view.catalogue().operators().id(ix));
        }
        let (mut page, mut looked) = (LogPage::default(), 0);
        loop {
            let batch = self.door().store.audit(&filter, BATCH).await?;
            let is_last = batch.len() < BATCH as usize;
            looked += batch.len();
            for row in batch {
                filter.before = Some(row.sequence);
                if page.rows.len() == limit {
                    page.next = page.rows.last().map(|row| row.sequence);
                    return Ok(page);
                }
                page.rows.extend(scope.show(LogRow::new(row)).filter(|row| question.fits(row)));
            }
            if is_last {
                return Ok(page);
            }
            if looked >= LOOKED_THROUGH {
                page.next = filter.before;
                return Ok(page);
            }
        }
    }

    /// Verifies the whole chain, as whoever may read all of it or keeps the database; that they did is on record.
    ///
    /// The row of it stands before the end that is told, which can so be noted elsewhere.
    pub async fn verify_audit(&self, noted: Option<(u64, Hash)>) -> Result<Verified, Failure> {
        let view = self.view();
        if let Err(denial) = view.may(Right::Audit, Subject::Workspace).allow()
            && !view.may(Right::Keep(Deed::Retention), Subject::Database).is_yes()
        {
            return Err(self.denied("audit-verify", "audit", denial.into()).await);
        }
        self.record_look("audit-verify").await;
        self.door().verify_audit(noted).await
    }

    /// Notes that somebody reads the log. Reading goes on where nothing can be written.
    async fn record_look(&self, action: &str) {
        if self.is_read_only() {
            return;
        }
        let entry = self.entry(action, "audit", "done");
        let _ = self.door().store.append_repeated(&entry, LOOK).await;
        let _ = self.door().settle_repeated().await;
    }
}

impl AuditQuestion {
    /// Says whether a row is asked for, by what a reader sees of it.
    fn fits(&self, row: &LogRow) -> bool {
        let deeds = || row.details.get("deeds").and_then(Value::as_array).into_iter().flatten();
        let action = self
            .action
            .as_deref()
            .is_none_or(|action| &*row.action == action || deeds().any(|deed| deed["deed"].as_str() == Some(action)));
        let subject = self.subject.as_deref().is_none_or(|subject| {
            row.subject == subject || deeds().any(|deed| link_of(deed).is_some_and(|link| link == subject))
        });
        action && subject
    }
}

/// Returns the link of a thing that a change set was about.
fn link_of(deed: &Value) -> Option<String> {
    let place = match deed["kind"].as_str()? {
        "credential" => "key",
        other => other,
    };
    Some(format!("{place}/{}", crate::domain::link::encode(deed["name"].as_str()?)))
}
