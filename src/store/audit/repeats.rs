//! Deeds that may come by the thousand: denials, looks into the log. The first is a row at once; those that follow soon
//! are counted and become one row with their number, so that nobody floods the chain and nothing goes untold.

use jiff::SignedDuration;

use super::{AuditEntry, log};
use crate::{
    domain::Timestamp,
    store::{
        Store,
        attempt::attempt,
        codec::{Reader, Writer},
        engine::{Session, Value},
        error::StoreError,
        query,
    },
};

const COUNT: &str = "UPDATE audit_repeats SET times = times + 1 \
     WHERE login = $1 AND action = $2 AND outcome = $3 AND subject = $4 AND reason = $5 AND since > $6";
const BEGUN: &str =
    "SELECT COUNT(*) FROM audit_repeats WHERE login = $1 AND action = $2 AND outcome = $3 AND since > $4";
const BEGIN: &str = "INSERT INTO audit_repeats (login, action, outcome, subject, reason, since, times, workspace, \
     operator, proof, source) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)";
const DUE: &str = "SELECT login, action, outcome, subject, reason, since, times, workspace, operator, proof, source \
     FROM audit_repeats WHERE since <= $1 ORDER BY since, login, action, outcome, subject, reason";
const PENDING: &str = "SELECT COUNT(*) FROM audit_repeats WHERE since <= $1 AND times > 0";
const FORGET: &str = "DELETE FROM audit_repeats WHERE since <= $1";

/// Every statement of this file, for the test that prepares them.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [&str; 6] = [COUNT, BEGUN, BEGIN, DUE, PENDING, FORGET];

/// The detail by which repeated deeds are told apart besides login, action and outcome.
const REASON: &str = "reason";

/// How many different ones of a login, action and outcome are told one by one within a window; the rest count as one.
const APART: u64 = 32;

/// What stands for the reasons of the rest.
const OTHERS: &str = "others, too many to tell";

impl Store {
    /// Appends a deed that may be repeated by the thousand, told apart by login, action, outcome, subject and the detail
    /// `reason`. Within `window` after the first it is only counted; so are those that differ, once they are many.
    pub async fn append_repeated(&self, entry: &AuditEntry, window: SignedDuration) -> Result<(), StoreError> {
        attempt(|| async {
            let mut session = self.engine.write().await?;
            log::lock(&mut *session).await?;
            let since = before(entry.at, window);
            if !count(&mut *session, entry, since).await? {
                let mut values = Writer::default();
                values.text(&entry.login).text(&entry.action).text(&entry.outcome).put(since.into());
                let begun: u64 = query::one(&mut *session, BEGUN, values.0, query::count).await?;
                let mut entry = entry.clone();
                if begun >= APART {
                    entry.subject = "".into();
                    entry.details = [(REASON.to_owned(), OTHERS.into())].into_iter().collect();
                }
                if begun < APART || !count(&mut *session, &entry, since).await? {
                    settle(&mut *session, entry.at, since).await?;
                    begin(&mut *session, &entry).await?;
                    log::append(&mut *session, &[entry]).await?;
                }
            }
            session.commit().await
        })
        .await
    }

    /// Writes down what was counted and is older than `window`.
    pub async fn settle_repeated(&self, now: Timestamp, window: SignedDuration) -> Result<(), StoreError> {
        let since = before(now, window);
        let pending: u64 =
            query::one(&mut *self.engine.read().await?, PENDING, vec![since.into()], query::count).await?;
        if pending == 0 {
            return Ok(());
        }
        attempt(|| async {
            let mut session = self.engine.write().await?;
            log::lock(&mut *session).await?;
            settle(&mut *session, now, since).await?;
            session.commit().await
        })
        .await
    }
}

fn before(now: Timestamp, window: SignedDuration) -> Timestamp {
    now.checked_sub(window).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Counts a deed whose like was told since; says whether there was one.
async fn count(session: &mut dyn Session, entry: &AuditEntry, since: Timestamp) -> Result<bool, StoreError> {
    let mut values = key(entry);
    values.put(since.into());
    Ok(session.execute(COUNT, values.0).await? > 0)
}

/// Begins to count the like of a deed.
async fn begin(session: &mut dyn Session, entry: &AuditEntry) -> Result<(), StoreError> {
    let mut values = key(entry);
    values.put(entry.at.into()).maybe_id(entry.workspace).maybe_id(entry.operator);
    values.text(&entry.proof).text(&entry.source);
    session.execute(BEGIN, values.0).await.map(drop)
}

fn key(entry: &AuditEntry) -> Writer {
    let mut values = Writer::default();
    values.text(&entry.login).text(&entry.action).text(&entry.outcome).text(&entry.subject);
    values.put(Value::from(reason(entry)));
    values
}

fn reason(entry: &AuditEntry) -> &str {
    entry.details.get(REASON).and_then(|reason| reason.as_str()).unwrap_or_default()
}

/// Makes one row of each count that began at `since` or before, and forgets the counts.
async fn settle(session: &mut dyn Session, now: Timestamp, since: Timestamp) -> Result<(), StoreError> {
    let read = |row: &mut Reader<'_>| {
        let (login, action, outcome) = (row.text()?, row.text()?, row.text()?);
        let (subject, reason) = (row.text()?, row.text()?);
        let (began, times): (Timestamp, u64) = (row.time()?, row.count()?);
        let mut details = serde_json::Map::new();
        if !reason.is_empty() {
            details.insert(REASON.to_owned(), (&*reason).into());
        }
        details.insert("times".to_owned(), times.into());
        details.insert("since".to_owned(), began.to_string().into());
        let entry = AuditEntry {
            at: now,
            workspace: row.maybe_id()?,
            operator: row.maybe_id()?,
            login,
            proof: row.text()?,
            source: row.text()?,
            action,
            subject,
            outcome,
            revision: None,
            details,
        };
        Ok((times, entry))
    };
    let due = query::all(session, DUE, vec![since.into()], read).await?;
    let told: Vec<AuditEntry> = due.into_iter().filter(|(times, _)| *times > 0).map(|(_, entry)| entry).collect();
    if !told.is_empty() {
        log::append(session, &told).await?;
    }
    session.execute(FORGET, vec![since.into()]).await.map(drop)
}
