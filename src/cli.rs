//! The command line: one file per command, each a thin face of `ops`; the contract that scripts rely on.
//!
//! [`run`] parses, does what was asked, and prints; what needs a terminal of its own comes back as [`Next::Console`] for
//! the program to open. Nothing here decides anything about keys.

pub mod args;
pub mod caller;
pub mod context;
pub mod output;
pub mod prompt;
pub mod report;
pub mod streams;
pub mod table;

mod add;
mod answers;
mod assign;
mod audit;
mod backup;
mod columns;
mod completions;
mod console;
mod costs;
mod demo;
mod doctor;
mod edit;
mod emit;
mod exec;
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
mod progress;
mod reach;
mod rekey;
mod remove;
mod resolve;
mod restore;
mod reveal;
mod revert;
mod rotate;
mod serve;
mod show;
mod staged;
mod state;
mod test;
mod token;
mod unassign;
mod verify;
mod who_uses;
mod writing;

use std::{ffi::OsString, sync::Arc};

use self::{
    args::{Cli, Command},
    caller::Caller,
    context::{Context, Environment},
};
pub use self::{
    console::{Launch, Opening},
    report::Exit,
    serve::{HttpService, Service, SshService},
};
use crate::ops::{failure::Failure, identity::Identity};

/// What is left to do after the command line did its part.
#[derive(Debug)]
pub enum Next {
    /// Nothing: end with this code.
    Exit(Exit),
    /// Open the console.
    Console(Box<Launch>),
    /// Open the doors from afar.
    Serve(Box<Service>),
    /// Do what somebody wants whom OpenSSH let in.
    Forced(Box<Context>),
}

impl From<Exit> for Next {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

/// Parses the arguments (the program's name first) of whoever gave them, does what they say, and prints what there is
/// to say.
pub async fn run(arguments: Vec<OsString>, caller: Caller) -> Next {
    let streams = Arc::clone(&caller.streams);
    let cli = match args::parse(&arguments, caller.identity.is_afar()) {
        Ok(cli) => cli,
        Err(error) => return Next::Exit(report::usage(&*streams, &error, &arguments)),
    };
    let json = cli.common.json;
    let color = cli.common.color;
    // There `--as` names whose answer is asked for, not who asks.
    let asks_for_another = matches!(cli.command, Some(Command::Resolve(_) | Command::Why(_)));
    let acting = cli.common.acting.clone().filter(|_| !asks_for_another);
    let environment = if cli.ssh { Environment::Foreign } else { Environment::Own };
    let identity = Identity { acting, ..caller.identity };
    let mut cx = match Context::new(cli.common.clone(), Caller { identity, ..caller }, environment) {
        Ok(cx) => cx,
        Err(failure) => return Next::Exit(report::failure(&*streams, &failure, json, color)),
    };
    let done = Box::pin(dispatch(&mut cx, cli)).await;
    if matches!(done, Ok(Next::Exit(_)) | Err(_)) {
        report::warnings(&*streams, &cx.seal().await, json, color);
    }
    // What was said before a failure is still to be read.
    let written = cx.out.finish();
    match (done, written) {
        (Ok(next), Ok(())) => next,
        (Err(failure), _) | (_, Err(failure)) => Next::Exit(report::failure(&*streams, &failure, json, color)),
    }
}

async fn dispatch(cx: &mut Context, cli: Cli) -> Result<Next, Failure> {
    let exit = match cli.command {
        None if cli.ssh => return Ok(Next::Forced(Box::new(cx.clone()))),
        None => return console::run(cx, cli.link.as_deref()),
        Some(Command::Serve(args)) => return serve::run(cx, &args).await,
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
        Some(Command::Costs(args)) => costs::run(cx, &args).await?,
        Some(Command::Test(args)) => test::run(cx, &args).await?,
        Some(Command::Lint(args)) => lint::run(cx, &args).await?,
        Some(Command::Emit(args)) => emit::run(cx, &args).await?,
        Some(Command::Exec(args)) => exec::run(cx, &args).await?,
        Some(Command::Export(args)) => export::run(cx, &args).await?,
        Some(Command::Plan(args)) => plan::plan(cx, &args).await?,
        Some(Command::Apply(args)) => plan::apply(cx, &args).await?,
        Some(Command::Log(args)) => log::run(cx, &args).await?,
        Some(Command::Reveal(args)) => reveal::run(cx, &args).await?,
        Some(Command::Verify(args)) => verify::run(cx, &args).await?,
        Some(Command::Revert(args)) => revert::run(cx, &args).await?,
        Some(Command::Token(args)) => token::run(cx, &args).await?,
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
