//! Child processes: a program that is given keys, and nothing of ours.
//!
//! The keys never enter our own environment. They go through a pipe to a second keydeck ([`handover`]) that takes them
//! into its environment and becomes the program, so that no list of variables with keys in it is ever made in this
//! process. What the program prints passes a [`redact`]or; its signals and its end are passed on.

pub mod handover;
pub mod redact;
mod signals;
mod streams;

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
};

use thiserror::Error;
use zeroize::Zeroizing;

use self::{
    redact::{Needles, is_looked_for},
    signals::Signals,
};
use crate::vault::Secret;

/// What is run, and with what.
pub struct Job {
    /// The program, found already: see [`find`].
    pub program: PathBuf,
    /// What it is called, and its arguments.
    pub words: Vec<OsString>,
    /// Variables that it is not to inherit.
    pub without: Vec<String>,
    /// Variables that it is given openly.
    pub open: Vec<(String, String)>,
    /// Variables that hold keys.
    pub keys: Vec<(String, Secret)>,
    /// Whether keys are taken out of what it prints; else it has our own output and terminal.
    pub redact: bool,
}

/// Why a program did not run, or its end is not known.
#[derive(Debug, Error)]
pub enum RunError {
    /// There is no such program.
    #[error("there is no program \"{0}\": check its name, or give its path")]
    NoProgram(String),
    /// A key can't be in an environment.
    #[error("the value for {0} holds a byte that no variable can hold; enter the secret again")]
    Unlawful(String),
    /// The system refused something.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

/// Finds a program as a shell does: a name in the folders of `path`, or a path as it is.
pub fn find(name: &OsString, path: Option<&OsString>) -> Result<PathBuf, RunError> {
    let is_program = |path: &Path| path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
    let named = Path::new(name);
    let found = if named.components().count() > 1 || named.is_absolute() {
        is_program(named).then(|| named.to_owned())
    } else {
        path.into_iter().flat_map(std::env::split_paths).map(|folder| folder.join(named)).find(|path| is_program(path))
    };
    found.ok_or_else(|| RunError::NoProgram(name.to_string_lossy().into_owned()))
}

/// Runs a program to its end, and returns the code to end with: its own, or 128 and the number of the signal that
/// ended it.
pub async fn run(job: Job) -> Result<u8, RunError> {
    let mut signals = Signals::listen().map_err(failed("signals can't be listened for"))?;
    let needles = Needles::new(job.keys.iter().map(|(_, secret)| secret));
    let mut child = start(job)?;
    let pid = rustix::process::Pid::from_child(&child);
    let mut streams = streams::pass_on(&mut child, &needles).map_err(failed("the program's output can't be read"))?;
    let mut end = tokio::task::spawn_blocking(move || child.wait());
    let status = loop {
        tokio::select! {
            status = &mut end => break status,
            signal = signals.next() => signals.pass_on(pid, signal),
        }
    };
    let status =
        status.map_err(|error| RunError::System { what: "the program can't be waited for", error: error.into() });
    // What it left running may still write; whoever wants to leave before that need only say so once more.
    tokio::select! {
        () = streams.ended() => {}
        _ = signals.next() => {}
    }
    Ok(code(status?.map_err(failed("the program can't be waited for"))?))
}

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> RunError {
    move |error| RunError::System { what, error }
}

/// Starts the program, and wipes what it was given.
fn start(job: Job) -> Result<Child, RunError> {
    let started = bundle(&job).map(|bundle| handover::start(&job, &bundle));
    drop(job);
    started?.map_err(failed("the program can't be started"))
}

/// Writes the variables down for the way through the pipe: `-NAME` for one to leave out, `NAME=VALUE` for one to set,
/// each ended by a zero.
fn bundle(job: &Job) -> Result<Zeroizing<Vec<u8>>, RunError> {
    let open = job.open.iter().map(|(name, value)| (name, value.as_str()));
    let set: Vec<(&String, &str)> = open.chain(job.keys.iter().map(|(name, secret)| (name, secret.expose()))).collect();
    if let Some((name, _)) = set.iter().find(|(_, value)| value.contains('\0')) {
        return Err(RunError::Unlawful((*name).clone()));
    }
    // Large enough never to move.
    let size = job.without.iter().map(|name| name.len() + 2).sum::<usize>()
        + set.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>();
    let mut bundle = Zeroizing::new(Vec::with_capacity(size));
    for name in &job.without {
        bundle.extend_from_slice(b"-");
        bundle.extend_from_slice(name.as_bytes());
        bundle.push(0);
    }
    for (name, value) in set {
        bundle.extend_from_slice(name.as_bytes());
        bundle.push(b'=');
        bundle.extend_from_slice(value.as_bytes());
        bundle.push(0);
    }
    Ok(bundle)
}

/// Returns the code with which shells tell how a program ended.
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Returns the names of the variables whose keys are too short to be looked for in what the program prints.
pub fn unredacted(keys: &[(String, Secret)]) -> Vec<&str> {
    keys.iter().filter(|(_, secret)| !is_looked_for(secret)).map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests;
