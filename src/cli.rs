//! The command line: one file per command, each a thin face of `ops`; the contract that scripts rely on.
//!
//! [`run`] parses, does what was asked, and prints; what needs a terminal of its own comes back as [`Next::Console`] for
//! the program to open. Nothing here decides anything about keys.

pub mod args;
pub mod context;
pub mod output;
pub mod prompt;
pub mod report;
pub mod table;

mod add;
mod answers;
mod assign;
mod audit;
mod backup;
mod columns;
mod completions;
mod console;
mod demo;
mod doctor;
mod edit;
mod export;
mod files;
mod import;
mod init;
mod lint;
mod list;
mod log;
mod man;
mod matrix;
mod operator;
mod plan;
mod reach;
mod rekey;
mod remove;
mod resolve;
mod restore;
mod reveal;
mod revert;
mod rotate;
mod show;
mod staged;
mod state;
mod test;
mod unassign;
mod who_uses;
mod writing;

use std::ffi::OsString;

use self::{
    args::{Cli, Command},
    context::Context,
};
pub use self::{
    console::{Launch, Opening},
    report::Exit,
};
use crate::ops::{failure::Failure, identity::Identity};

/// What is left to do after the command line did its part.
#[derive(Debug)]
pub enum Next {
    /// Nothing: end with this code.
    Exit(Exit),
    /// Open the console.
    Console(Box<Launch>),
}

impl From<Exit> for Next {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

/// Parses the arguments (the program's name first) of whoever gave them, does what they say, and prints what there is
/// to say.
pub async fn run(arguments: Vec<OsString>, identity: Identity) -> Next {
    let cli = match args::parse(&arguments, identity.is_afar()) {
        Ok(cli) => cli,
        Err(error) => return Next::Exit(report::usage(&error, &arguments)),
    };
    let json = cli.common.json;
    let color = cli.common.color;
    // There `--as` names whose answer is asked for, not who asks.
    let asks_for_another = matches!(cli.command, Some(Command::Resolve(_) | Command::Why(_)));
    let acting = cli.common.acting.clone().filter(|_| !asks_for_another);
    let mut cx = match Context::new(cli.common.clone(), Identity { acting, ..identity }) {
        Ok(cx) => cx,
        Err(failure) => return Next::Exit(report::failure(&failure, json, color)),
    };
    let done = dispatch(&mut cx, cli).await;
    if !matches!(done, Ok(Next::Console(_))) {
        report::warnings(&cx.seal().await, json, color);
    }
    // What was said before a failure is still to be read.
    let written = cx.out.finish();
    match (done, written) {
        (Ok(next), Ok(())) => next,
        (Err(failure), _) | (_, Err(failure)) => Next::Exit(report::failure(&failure, json, color)),
    }
}

async fn dispatch(cx: &mut Context, cli: Cli) -> Result<Next, Failure> {
    let exit = match cli.command {
        None => return console::run(cx, cli.link.as_deref()),
        Some(Command::Demo(args)) => return demo::run(cx, &args).await,
        Some(Command::Init) => init::run(cx).await?,
        Some(Command::Import(args)) => import::run(cx, &args).await?,
        Some(Command::List(args)) => list::run(cx, &args).await?,
        Some(Command::Show(args)) => show::run(cx, &args).await?,
        Some(Command::Add(args)) => add::run(cx, &args).await?,
        Some(Command::Edit(args)) => edit::run(cx, &args).await?,
        Some(Command::Remove(args)) => remove::run(cx, &args).await?,
        Some(Command::Disable(args)) => state::disable(cx, &args).await?,
        Some(Command::Revoke(args)) => state::revoke(cx, &args).await?,
        Some(Command::Rotate(args)) => rotate::run(cx, &args).await?,
        Some(Command::Assign(args)) => assign::run(cx, &args).await?,
        Some(Command::Unassign(args)) => unassign::run(cx, &args).await?,
        Some(Command::Staged(args)) => staged::run(cx, &args).await?,
        Some(Command::Resolve(args)) => resolve::run(cx, &args, false).await?,
        Some(Command::Why(args)) => resolve::run(cx, &args, true).await?,
        Some(Command::WhoUses(args)) => who_uses::run(cx, &args).await?,
        Some(Command::Matrix(args)) => matrix::run(cx, &args).await?,
        Some(Command::Test(args)) => test::run(cx, &args).await?,
        Some(Command::Lint(args)) => lint::run(cx, &args).await?,
        Some(Command::Export(args)) => export::run(cx, &args).await?,
        Some(Command::Plan(args)) => plan::plan(cx, &args).await?,
        Some(Command::Apply(args)) => plan::apply(cx, &args).await?,
        Some(Command::Log(args)) => log::run(cx, &args).await?,
        Some(Command::Reveal(args)) => reveal::run(cx, &args).await?,
        Some(Command::Revert(args)) => revert::run(cx, &args).await?,
        Some(Command::Operator(args)) => operator::run(cx, &args).await?,
        Some(Command::Audit(args)) => audit::run(cx, &args).await?,
        Some(Command::Backup(args)) => backup::run(cx, &args).await?,
        Some(Command::Restore(args)) => restore::run(cx, &args).await?,
        Some(Command::Rekey(args)) => rekey::run(cx, &args).await?,
        Some(Command::Doctor) => doctor::run(cx).await?,
        Some(Command::Completions(args)) => completions::run(cx, &args)?,
        Some(Command::Man) => man::run(cx)?,
        Some(Command::Other(_)) => Exit::DONE,
    };
    Ok(exit.into())
}
