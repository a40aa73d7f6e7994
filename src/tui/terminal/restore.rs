//! Puts the process's own terminal back, once, however the console ends: quit, error, panic or signal.
//!
//! There is one controlling terminal per process, so what it needs is kept in a static: a panic hook has nowhere else
//! to look.

use std::io;
use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// What putting the terminal back takes.
struct Taken {
    leave: Vec<u8>,
    /// The thread of the console; a panic there ends the session.
    thread: ThreadId,
    /// Reports of panics in other threads, to be printed when the screen is free.
    reports: Vec<String>,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);
static HOOK: Once = Once::new();

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sees to it that the terminal is put back when this is dropped.
#[derive(Debug)]
pub(super) struct Guard;

impl Guard {
    /// Sets raw mode, and remembers how to undo that and what `leave` undoes.
    pub(super) fn take(leave: Vec<u8>) -> io::Result<Self> {
        HOOK.call_once(install_hook);
        enable_raw_mode()?;
        *taken() = Some(Taken { leave, thread: thread::current().id(), reports: Vec::new() });
        Ok(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The terminal may be gone; there is nobody left to tell.
        let _ = restore();
    }
}

/// Puts the terminal back, if it is taken.
pub(super) fn restore() -> io::Result<()> {
    let Some(taken) = taken().take() else { return Ok(()) };
    let written = write_all(&taken.leave);
    let cooked = disable_raw_mode();
    for report in taken.reports {
        eprintln!("{report}");
    }
    written.and(cooked)
}

/// Writes to the terminal itself: the standard output's lock may be held by whoever panicked.
pub(super) fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Makes a panic of the console's thread put the terminal back before it is reported.
///
/// A panic of another thread (a task that an effect started) is reported to whoever awaits it, and the console goes on;
/// printing it now would draw over the screen, so it is printed at the end.
fn install_hook() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |report| {
        let elsewhere = match taken().as_mut() {
            Some(taken) if taken.thread != thread::current().id() => {
                taken.reports.push(report.to_string());
                true
            }
            _ => false,
        };
        if !elsewhere {
            let _ = restore();
            before(report);
        }
    }));
}
