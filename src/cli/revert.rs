//! `keydeck revert REV`: undoes a revision by a new one that restores the state before it.

use clap::Args;

use super::{
    context::Context,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::{
    domain::{change::invert_all, name::printable},
    ops::failure::Failure,
};

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
    let (revision, changes) = session.revision(args.revision).await?;
    let message = format!("Undo revision {}: {}", args.revision, printable(&revision.message));
    let write = WriteArgs { message: args.write.message.clone().or(Some(message)), ..args.write.clone() };
    let proposal = Proposal {
        changes: invert_all(changes),
        reinstate: args.reinstate,
        reverts: Some(args.revision),
        ..Proposal::default()
    };
    writing::write(cx, &session, &write, proposal).await
}
