//! `keydeck log`: the newest revisions: who applied what, when and why.

use clap::Args;
use serde_json::json;

use super::{context::Context, report::Exit, table::Table};
use crate::ops::failure::Failure;

/// What `log` takes.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// Those before this revision
    #[arg(long, value_name = "REV")]
    before: Option<u64>,
}

/// Lists revisions, newest first.
pub async fn run(cx: &mut Context, args: &LogArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let revisions = session.log(args.before, args.limit).await?;
    if cx.out.json {
        let rows: Vec<_> = revisions
            .iter()
            .map(|it| {
                json!({
                    "number": it.number, "at": it.at, "author": it.login, "message": it.message, "reverts": it.reverts,
                })
            })
            .collect();
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
