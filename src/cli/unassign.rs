//! `keydeck unassign SCOPE`: takes a rule away, or what is fixed on a node.

use clap::Args;

use super::{
    assign::RuleArgs,
    context::Context,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::ops::failure::Failure;

/// What `unassign` takes.
#[derive(Debug, Args)]
pub struct UnassignArgs {
    /// A scope as in "assign", or assignment/ID
    #[arg(value_name = "SCOPE")]
    scope: String,
    #[command(flatten)]
    rule: RuleArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Takes a rule away; it can be undone, so nobody is asked.
pub async fn run(cx: &mut Context, args: &UnassignArgs) -> Result<Exit, Failure> {
    args.rule.check(&args.scope)?;
    let session = cx.session().await?;
    let ground = writing::ground(&session, &args.write).await?;
    let changes = ground.unassign(session.door(), &args.scope, &args.rule.fields())?;
    writing::write(cx, &session, &args.write, Proposal::from(changes)).await
}
