//! `keydeck remove LINK…`: things go, with what is part of them. Whoever removes types the name first.

use clap::Args;

use super::{
    context::Context,
    edit,
    report::Exit,
    writing::{self, Ask, Proposal, WriteArgs, count},
};
use crate::{domain::record::Record, ops::failure::Failure};

/// What `remove` takes.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// What to remove; a name may hold *
    #[arg(required = true, value_name = "LINK")]
    links: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Removes things.
pub async fn run(cx: &mut Context, args: &RemoveArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let ground = writing::ground(&session, &args.write).await?;
    let found = edit::find(&session, &ground, &args.links)?;
    if let Some(built_in) = found.iter().find(|it| !it.is_there) {
        let name = built_in.record.name().map_or_else(String::new, ToString::to_string);
        return Err(Failure::usage(format!(
            "{} {name} is built in, and can't be removed",
            built_in.record.kind().word()
        ))
        .hint("only what the workspace describes itself can be"));
    }
    let records: Vec<Record> = found.into_iter().map(|it| it.record).collect();
    let name = match &records[..] {
        [only] => only.name().map_or_else(|| only.kind().word().to_owned(), ToString::to_string),
        many => count(many.len(), "thing"),
    };
    let ask = Ask::Name { deed: "remove it".to_owned(), name };
    let proposal = Proposal { changes: ground.removal(&records), ask, ..Proposal::default() };
    writing::write(cx, &session, &args.write, proposal).await
}
