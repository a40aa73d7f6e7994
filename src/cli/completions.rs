//! `keydeck completions SHELL`: completions made from the definition of the arguments.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{args::Cli, context::Context, report::Exit};
use crate::ops::failure::{Failure, Kind};

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints completions.
pub fn run(cx: &mut Context, args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "keydeck", &mut text);
    let text = String::from_utf8(text).map_err(|error| Failure::new(Kind::Internal, error))?;
    cx.out.raw(&text);
    Ok(Exit::DONE)
}
