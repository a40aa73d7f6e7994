//! `keydeck audit`: the audit log read, verified, and shortened.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{context::Context, output::Tone, prompt, report::Exit, table::Table, writing::count};
use crate::ops::{
    audit::{AuditQuestion, LogPage},
    failure::{Failure, Kind},
    seals::{Verified, read_head},
    session::Session,
};

/// How many rows are told one by one where a clock was set back.
const TOLD: usize = 5;

/// What `audit` takes.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    what: What,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
enum What {
    /// Show what was done, newest first
    Log(LogArgs),
    /// Find rows that were removed, reordered, edited, cut off or written anew
    #[command(after_help = "Ends with 6 if the chain is broken: the database can't be trusted then.\n\
        Note the head elsewhere and give it with --head next time: who can write to the database can write\n\
        the whole chain anew, and only seals and a noted head tell.")]
    Verify(VerifyArgs),
    /// Remove old rows, below a row that is sealed for it; for keepers
    Retain(RetainArgs),
}

/// What `audit log` takes.
#[derive(Debug, Args)]
struct LogArgs {
    /// Only what this operator did
    #[arg(long, value_name = "LOGIN")]
    operator: Option<String>,
    /// Only this action: apply, revert, import, login … or what was done to a thing: add, revoke, rotate …
    #[arg(long, value_name = "WORD")]
    action: Option<String>,
    /// Only what was done to this thing: key/NAME, revision/N …
    #[arg(long, value_name = "LINK")]
    subject: Option<String>,
    /// Only what went this way: intent, done, denied, failed
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
    /// Only from this instant on
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only before this instant
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Only rows before this one
    #[arg(long, value_name = "ROW")]
    before: Option<u64>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// What `audit verify` takes.
#[derive(Debug, Args)]
struct VerifyArgs {
    /// A head that was noted elsewhere, as this command printed it
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<String>,
}

/// What `audit retain` takes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct RetainArgs {
    /// Keep the rows of so many days
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Keep the rows from this instant on
    #[arg(long, value_name = "TIME")]
    before: Option<Timestamp>,
}

/// Does what was asked.
pub async fn run(cx: &mut Context, args: &AuditArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    match &args.what {
        What::Log(args) => log(cx, &session, args).await,
        What::Verify(args) => verify(cx, &session, args).await,
        What::Retain(args) => retain(cx, &session, args).await,
    }
}

async fn log(cx: &mut Context, session: &Session, args: &LogArgs) -> Result<Exit, Failure> {
    let question = AuditQuestion {
        operator: args.operator.clone(),
        action: args.action.clone(),
        subject: args.subject.clone(),
        outcome: args.outcome.clone(),
        since: args.since,
        until: args.until,
        before: args.before,
        limit: args.limit,
    };
    let page = session.audit_log(&question).await?;
    if cx.out.json {
        cx.out.document(&page);
    } else {
        tell_log(cx, &page);
    }
    Ok(Exit::DONE)
}

fn tell_log(cx: &mut Context, page: &LogPage) {
    if page.rows.is_empty() {
        cx.out.remark("No such rows.");
    } else {
        let mut table = Table::new(&["ROW", "AT", "OPERATOR", "FROM", "ACTION", "SUBJECT", "OUTCOME", "WHAT"]);
        for it in &page.rows {
            let (row, at, from) =
                (it.sequence.to_string(), format!("{:.0}", it.at), format!("{}, {}", it.source, it.proof));
            table.row([&row, &at, &*it.operator, &from, &*it.action, &it.subject, &*it.outcome, &it.summary()]);
        }
        cx.out.table(&table);
    }
    if let Some(next) = page.next {
        cx.out.remark(format!("Older rows: keydeck audit log --before {next}"));
    }
}

async fn verify(cx: &mut Context, session: &Session, args: &VerifyArgs) -> Result<Exit, Failure> {
    let noted = args.head.as_deref().map(read_head).transpose()?;
    let is_ours = cx.host.is_none();
    if is_ours && cx.key_at_hand().is_some() {
        session.door().unlock_unsealed(cx.secret_key()?).await?;
    }
    let found = session.verify_audit(noted).await?;
    if is_ours && !found.faults.is_empty() {
        session.door().lock();
    }
    if cx.out.json {
        let faults: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
        cx.out.document(&json!({
            "whole": found.faults.is_empty(), "head": found.head_text(), "rows": found.rows(), "begins": found.begins,
            "sealed_to": found.sealed, "unsealed": found.unsealed().map(|(from, to)| json!({ "from": from, "to": to })),
            "seals_checked": found.checked, "seals_of_other_keys": found.of_other_keys, "faults": faults,
            "clock_set_back": found.clock_set_back,
        }));
    } else {
        tell_verified(cx, &found);
    }
    Ok(if found.faults.is_empty() { Exit::DONE } else { Kind::Unavailable.into() })
}

fn tell_verified(cx: &mut Context, found: &Verified) {
    for fault in &found.faults {
        let line = cx.out.tone(Tone::Bad, &fault.to_string());
        cx.out.line(line);
    }
    let rows = count(usize::try_from(found.rows()).unwrap_or(usize::MAX), "row");
    let verdict = if found.faults.is_empty() {
        cx.out.tone(Tone::Good, &format!("The chain of {rows} is whole."))
    } else {
        cx.out.tone(Tone::Bad, &format!("The chain of {rows} is broken: somebody wrote to the database past keydeck."))
    };
    cx.out.line(verdict);
    if let Some(begins) = found.begins {
        cx.out.line(format!("It begins with row {begins}: older ones were removed by retention."));
    }
    let sealed = found.sealed.map_or_else(|| "Nothing is sealed".to_owned(), |row| format!("Sealed to {row}"));
    cx.out.line(match found.unsealed() {
        Some((from, to)) => format!("{sealed}, unsealed {from} to {to}."),
        None => format!("{sealed}."),
    });
    if !found.checked {
        let line = "The seals were not compared with the key: give SECRET_KEY with --secret-key-file.";
        let line = cx.out.tone(Tone::Warning, line);
        cx.out.line(line);
    }
    if found.of_other_keys > 0 {
        cx.out.line(format!("{} of an earlier key can't be compared.", count(found.of_other_keys, "seal")));
    }
    if !found.clock_set_back.is_empty() {
        let told: Vec<String> = found.clock_set_back.iter().take(TOLD).map(u64::to_string).collect();
        let more = if found.clock_set_back.len() > TOLD { " …" } else { "" };
        let line = format!("A clock was set back before row {}{more}.", told.join(", "));
        let line = cx.out.tone(Tone::Warning, &line);
        cx.out.line(line);
    }
    cx.out.line(format!("Head, to note elsewhere: {}", found.head_text()));
}

async fn retain(cx: &mut Context, session: &Session, args: &RetainArgs) -> Result<Exit, Failure> {
    let now = session.door().now();
    let days = |days: u32| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let before = match (args.before, args.keep_days) {
        (Some(before), _) => before,
        (None, Some(keep)) => days(keep).map_err(|_| Failure::usage("so many days ago there were no times"))?,
        (None, None) => return Err(Failure::usage("say what to keep").hint("--keep-days N, or --before TIME")),
    };
    let rows = |rows: u64| count(usize::try_from(rows).unwrap_or(usize::MAX), "row");
    let mut gone = session.plan_retention(before).await?;
    if gone.rows > 0 {
        if !prompt::confirm(cx, &format!("Remove {} of the audit for good?", rows(gone.rows)))? {
            return Err(Failure::usage("nothing was removed"));
        }
        cx.unlock(session).await?;
        gone = session.shorten_audit(&gone).await?;
    }
    if cx.out.json {
        cx.out.document(&json!({ "removed": gone.rows, "begins": gone.below, "before": gone.before }));
    } else if gone.rows == 0 {
        cx.out.remark("No row is that old; nothing was removed.");
    } else {
        cx.out.remark(format!("Removed {}; the chain begins with row {} now.", rows(gone.rows), gone.below));
    }
    Ok(Exit::DONE)
}
