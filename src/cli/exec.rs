//! `keydeck exec WORKFLOW -- CMD …`: a program runs with the keys of a workflow; what it prints is redacted.

use std::ffi::OsString;

use clap::Args;

use super::{
    context::Context,
    report::{self, Exit},
    resolve::{Said, pair},
};
use crate::ops::{exec::Program, failure::Failure, question::Question};

/// What `exec` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "The keys are in the variables that their vendors' programs read (OPENAI_API_KEY …). The program \
    has your standard input; its output and errors pass through keydeck, so neither is a terminal to it, and keys are \
    taken out of them. It ends with CMD's exit code, or with 128 and the number of the signal that ended CMD."
)]
pub struct ExecArgs {
    /// A workflow's name, or app/NAME
    #[arg(value_name = "WORKFLOW")]
    place: String,
    /// One node; else all of them, as long as they use one key of each vendor
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// A provider, whether or not a node uses it
    #[arg(long, value_name = "P")]
    provider: Option<String>,
    /// A model of that provider
    #[arg(long, value_name = "M")]
    model: Option<String>,
    #[command(flatten)]
    said: Said,
    /// The key that this run is to use
    #[arg(long = "override", value_name = "PROVIDER=KEY", value_parser = pair)]
    overrides: Vec<(String, String)>,
    /// The run, which chooses inside a pool; else a new one
    #[arg(long, value_name = "R")]
    run_id: Option<String>,
    /// Give CMD this terminal itself; nothing is taken out of what it prints
    #[arg(long)]
    no_redact: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the program.
pub async fn run(cx: &mut Context, args: &ExecArgs) -> Result<Exit, Failure> {
    let question = Question {
        node: args.node.clone(),
        provider: args.provider.clone(),
        model: args.model.clone(),
        overrides: args.overrides.clone(),
        run_id: args.run_id.clone(),
        ..args.said.of(&args.place)
    };
    let program = Program { words: args.command.clone(), redact: !args.no_redact };
    let session = cx.session().await?;
    if session.may_exec(&question, &program).await? {
        cx.unlock(&session).await?;
    }
    let ended = session.exec(&question, &program).await?;
    report::warnings(&*cx.streams, &ended.warnings, cx.out.json, cx.common.color);
    Ok(Exit(ended.code))
}
