//! Signals: what comes to us goes on to the program, unless the terminal sent it to both.

use std::io;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use tokio::signal::unix::{self, SignalKind};

/// What is listened for.
pub(super) struct Signals {
    interrupt: unix::Signal,
    quit: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
    first: unix::Signal,
    second: unix::Signal,
}

impl Signals {
    /// Begins to listen: from now on none of them ends us.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            quit: unix::signal(SignalKind::quit())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hang_up: unix::signal(SignalKind::hangup())?,
            first: unix::signal(SignalKind::user_defined1())?,
            second: unix::signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hang_up.recv() => Signal::HUP,
            _ = self.first.recv() => Signal::USR1,
            _ = self.second.recv() => Signal::USR2,
        }
    }

    /// Passes one on. What a terminal sends when keys are pressed, it sends to every process in front of it: the
    /// program has it already, and twice would mean something else.
    #[expect(clippy::unused_self, reason = "whoever passes signals on listens for them")]
    pub(super) fn pass_on(&self, pid: Pid, signal: Signal) {
        let from_keys = matches!(signal, Signal::INT | Signal::QUIT) && is_in_front();
        if !from_keys {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Says whether we are in front of a terminal.
fn is_in_front() -> bool {
    rustix::fs::open("/dev/tty", rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NOCTTY, rustix::fs::Mode::empty())
        .and_then(rustix::termios::tcgetpgrp)
        .is_ok_and(|group| group == getpgrp())
}
