//! The way of keys into a program: a second keydeck reads them from a pipe and becomes the program.
//!
//! Its memory goes with it when the program takes its place. What it is told is not secret but for the pipe.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::AsRawFd,
        unix::{ffi::OsStrExt, process::CommandExt},
    },
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    pipe::{PipeFlags, pipe_with},
};
use zeroize::Zeroizing;

use super::Job;

/// The first argument of a keydeck that is to become another program.
const WORD: &str = "--become";

/// What a shell ends with when a program is not there, and when it can't be run.
const NOT_THERE: u8 = 127;
const NOT_RUN: u8 = 126;

/// Starts a second keydeck that is to become the program, and hands it the variables.
pub(super) fn start(job: &Job, bundle: &[u8]) -> io::Result<Child> {
    let (reading, writing) = pipe_with(PipeFlags::CLOEXEC)?;
    // The second keydeck has to inherit this end alone.
    fcntl_setfd(&reading, FdFlags::empty())?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(WORD).arg(reading.as_raw_fd().to_string()).arg(&job.program).args(&job.words);
    // Nothing of ours: the second keydeck drops the rest.
    command.env_remove(crate::vault::VARIABLE);
    if job.redact {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let child = command.spawn()?;
    drop(reading);
    let written = File::from(writing).write_all(bundle);
    match written {
        Ok(()) => Ok(child),
        Err(error) => {
            stop(child);
            Err(error)
        }
    }
}

/// Ends a child that could not be given everything.
fn stop(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Becomes another program, if that is what this keydeck was started for; returns the code to end with if it can't.
pub fn begin(arguments: &[OsString]) -> Option<u8> {
    let [_, word, descriptor, program, words @ ..] = arguments else { return None };
    if word != WORD {
        return None;
    }
    let error = match received(descriptor) {
        Ok(bundle) => become_program(Path::new(program), words, &bundle),
        Err(error) => error,
    };
    let shown = crate::domain::name::printable(&program.to_string_lossy()).into_owned();
    // Standard error is the program's own by now.
    let _ = writeln!(io::stderr(), "keydeck: {shown} can't be run: {error}");
    Some(if error.kind() == io::ErrorKind::NotFound { NOT_THERE } else { NOT_RUN })
}

/// Reads everything from an inherited descriptor, by its name, and closes it.
fn received(descriptor: &OsStr) -> io::Result<Zeroizing<Vec<u8>>> {
    let number: u32 = descriptor.to_str().and_then(|text| text.parse().ok()).ok_or(io::ErrorKind::InvalidInput)?;
    let mut pipe = File::open(format!("/dev/fd/{number}"))?;
    // Larger than what is handed over: sixty-four secrets of the longest.
    let mut bundle = Zeroizing::new(Vec::with_capacity(64 << 16));
    pipe.read_to_end(&mut bundle)?;
    Ok(bundle)
}

/// Takes the variables and becomes the program; returns only if that failed.
fn become_program(program: &Path, words: &[OsString], bundle: &[u8]) -> io::Error {
    let mut command = Command::new(program);
    let (name, arguments) = words.split_first().map_or((None, words), |(name, rest)| (Some(name), rest));
    command.args(arguments);
    if let Some(name) = name {
        command.arg0(name);
    }
    for entry in bundle.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        match (entry.strip_prefix(b"-"), entry.iter().position(|byte| *byte == b'=')) {
            (Some(name), _) => {
                command.env_remove(OsStr::from_bytes(name));
            }
            (None, Some(at)) => {
                command.env(OsStr::from_bytes(&entry[..at]), OsStr::from_bytes(&entry[at + 1..]));
            }
            (None, None) => {}
        }
    }
    command.exec()
}
