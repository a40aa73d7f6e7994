//! `keydeck log`: the newest revisions: who applied what, when and why.

use clap::Args;
use serde_json::json;

use super::{context::Context, report::Exit, table::Table};
use crate::{
    domain::{Timestamp, link::Link},
    ops::{
        failure::Failure,
        session::Session,
        undo::{Revision, RevisionFilter},
    },
};

/// What `log` takes.
#[derive(Debug, Args)]
#[command(after_help = "One revision with its changes: keydeck show N. Undo one: keydeck revert N.")]
pub struct LogArgs {
    /// What they changed: key/NAME, workflow/NAME …; else everything
    #[arg(value_name = "LINK")]
    link: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// Those before this revision
    #[arg(long, value_name = "REV")]
    before: Option<u64>,
    /// Those that this operator applied
    #[arg(long, value_name = "LOGIN")]
    by: Option<String>,
    /// Those from this time on
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Those before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Those whose message holds this
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
}

/// Lists revisions, newest first.
pub async fn run(cx: &mut Context, args: &LogArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let revisions = session.find_revisions(&filter(&session, args)?, args.before, args.limit).await?;
    if cx.out.json {
        let row = |it: &Revision| json!({ "number": it.number, "at": it.at, "author": it.login, "message": it.message, "reverts": it.reverts });
        let rows: Vec<_> = revisions.iter().map(row).collect();
        cx.out.document(&json!({ "revisions": rows }));
        return Ok(Exit::DONE);
    }
    let mut table = Table::new(&["REVISION", "AT", "BY", "MESSAGE"]);
    for it in &revisions {
        table.row([it.number.to_string().as_str(), &format!("{:.0}", it.at), &it.login, &it.message]);
    }
    cx.out.table(&table);
    Ok(Exit::DONE)
}

fn filter(session: &Session, args: &LogArgs) -> Result<RevisionFilter, Failure> {
    let thing = args.link.as_deref().map(|link| session.view().find(&Link::parse(link)?)).transpose()?;
    Ok(RevisionFilter { thing, by: args.by.clone(), since: args.since, until: args.until, message: args.grep.clone() })
}
