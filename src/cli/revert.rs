//! `keydeck revert REV`: undoes a revision by a new one that restores the state before it.

use clap::Args;

use super::{
    context::Context,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::ops::{failure::Failure, undo::undo_message};

/// What `revert` takes.
#[derive(Debug, Args)]
pub struct RevertArgs {
    /// The revision
    #[arg(value_name = "REV")]
    revision: u64,
    /// Let a revoked key be used again
    #[arg(long)]
    reinstate: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Undoes a revision.
pub async fn run(cx: &mut Context, args: &RevertArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let (revision, changes) = session.inverse(args.revision).await?;
    let message = args.write.message.clone().unwrap_or_else(|| undo_message(&revision));
    let write = WriteArgs { message: Some(message), ..args.write.clone() };
    let proposal = Proposal { changes, reinstate: args.reinstate, reverts: Some(args.revision), ..Proposal::default() };
    writing::write(cx, &session, &write, proposal).await
}
