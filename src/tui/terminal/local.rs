//! The terminal that this process was started in.

use std::io::{self, IsTerminal as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::modes::{Modes, leave};
use super::restore::{self, Guard};
use super::{BoxFuture, Closed, Input, Output, Size, Terminal};

/// Why the console can't start here.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Input or output is a file or a pipe.
    #[error(
        "the console needs a terminal, and standard {0} is none; run it without redirection, or use a command (`keydeck --help`)"
    )]
    NoTerminal(&'static str),
    /// The terminal refuses raw mode.
    #[error(
        "the terminal can't be set up for the console: {0}; try another terminal, or use a command (`keydeck --help`)"
    )]
    Setup(#[from] io::Error),
}

/// The local terminal, in raw mode until it is dropped or finished.
#[derive(Debug)]
pub struct LocalTty {
    guard: Guard,
    leave: Vec<u8>,
}

impl LocalTty {
    /// Takes the terminal.
    ///
    /// Call it on the thread that will run the console: a panic of that thread puts the terminal back at once.
    ///
    /// # Errors
    /// When input or output is no terminal, or refuses raw mode.
    pub fn open(modes: Modes) -> Result<Self, LocalError> {
        if !io::stdin().is_terminal() {
            return Err(LocalError::NoTerminal("input"));
        }
        if !io::stdout().is_terminal() {
            return Err(LocalError::NoTerminal("output"));
        }
        let leave = leave(modes);
        Ok(Self { guard: Guard::take(leave.clone())?, leave })
    }
}

/// The echo of a terminal that is read line by line; a secret that is typed there is not echoed. Put back when dropped.
#[derive(Debug, Default)]
pub struct Echo {
    before: Option<rustix::termios::Termios>,
}

impl Echo {
    /// Takes the echo away for a secret, or gives it back.
    ///
    /// A terminal that can't be set so is left as it is: the same happens where passwords are read.
    pub fn hush(&mut self, secret: bool) {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = rustix::stdio::stdin();
        if secret && self.before.is_none() {
            if let Ok(modes) = tcgetattr(stdin) {
                let mut quiet = modes.clone();
                quiet.local_modes.remove(LocalModes::ECHO);
                quiet.local_modes.insert(LocalModes::ECHONL);
                if tcsetattr(stdin, OptionalActions::Flush, &quiet).is_ok() {
                    self.before = Some(modes);
                }
            }
        } else if !secret && let Some(modes) = self.before.take() {
            let _ = tcsetattr(stdin, OptionalActions::Now, &modes);
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.hush(false);
    }
}

/// Asks the kernel, not the terminal, so that it answers at once.
fn size() -> Size {
    match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
        Ok(window) => Size::clamped(window.ws_col.into(), window.ws_row.into()),
        Err(_) => Size::clamped(0, 0),
    }
}

impl Terminal for LocalTty {
    fn size(&self) -> Size {
        size()
    }

    /// Starts the thread that reads and the task that listens to signals; call it inside a tokio runtime.
    fn split(self: Box<Self>) -> (mpsc::Receiver<Input>, Box<dyn Output>) {
        let (sender, receiver) = mpsc::channel(64);
        let signals = sender.clone();
        let (until, ended) = pipe_with(PipeFlags::CLOEXEC).ok().unzip();
        tokio::spawn(async move {
            // Without signals the console still works; it then learns of no resize.
            let _ = listen(signals.clone()).await;
            signals.closed().await;
            drop(ended);
        });
        thread::spawn(move || read(&sender, until.as_ref()));
        (receiver, Box::new(LocalOutput { guard: Some(self.guard), leave: self.leave }))
    }
}

/// Whoever holds it is the one who reads what is typed: the console, or a program that it lent the terminal to.
static KEYBOARD: Mutex<()> = Mutex::new(());

/// Whether a program has the terminal. What the keyboard interrupts or stops then is that program; the terminal tells
/// everybody in its foreground.
static LENT: AtomicBool = AtomicBool::new(false);

/// Reads the keyboard until the console or the terminal is gone.
///
/// `until` is hung up when the console is gone: what is typed after that belongs to whoever reads next.
fn read(sender: &mpsc::Sender<Input>, until: Option<&OwnedFd>) {
    let mut buffer = [0; 4096];
    loop {
        if until.is_some_and(|until| !is_typed_before(until)) {
            return;
        }
        let Ok(typed_here) = KEYBOARD.try_lock() else {
            // What is there to be read is the other program's: it is asked anew when that has ended.
            drop(KEYBOARD.lock());
            continue;
        };
        let input = match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
            Err(rustix::io::Errno::INTR) => continue,
            Ok(0) | Err(_) => Input::Closed(Closed::HungUp),
            Ok(length) => Input::Bytes(buffer[..length].to_vec()),
        };
        drop(typed_here);
        let last = matches!(input, Input::Closed(_));
        if sender.blocking_send(input).is_err() || last {
            return;
        }
    }
}

/// Waits until something can be read; says no if `until` was hung up first.
fn is_typed_before(until: &OwnedFd) -> bool {
    let mut ends = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN), PollFd::new(until, PollFlags::IN)];
    loop {
        match rustix::event::poll(&mut ends, None) {
            Err(rustix::io::Errno::INTR) => {}
            // A poll that fails says nothing; the read that follows waits by itself.
            Err(_) => return true,
            Ok(_) => return ends[1].revents().is_empty(),
        }
    }
}

/// Reports signals until the console is gone.
async fn listen(sender: mpsc::Sender<Input>) -> io::Result<()> {
    let mut resized = signal(SignalKind::window_change())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let mut stopped = signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?;
    let mut continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    loop {
        let input = tokio::select! {
            _ = resized.recv() => Input::Resized(size()),
            _ = terminated.recv() => Input::Closed(Closed::Terminated),
            _ = interrupted.recv() => {
                if is_lent() {
                    continue;
                }
                Input::Closed(Closed::Terminated)
            }
            _ = hung_up.recv() => Input::Closed(Closed::HungUp),
            _ = stopped.recv() => {
                if is_lent() {
                    // The shell that started both waits for both, and the terminal is as the program has it.
                    kill_process(getpid(), Signal::STOP)?;
                    continue;
                }
                Input::Suspend
            }
            _ = continued.recv() => Input::Redraw,
            () = sender.closed() => return Ok(()),
        };
        if sender.send(input).await.is_err() {
            return Ok(());
        }
    }
}

fn is_lent() -> bool {
    LENT.load(Ordering::SeqCst)
}

/// Writes to the local terminal on a thread of its own, so that a terminal that takes nothing stops no signal.
#[derive(Debug)]
struct LocalOutput {
    guard: Option<Guard>,
    leave: Vec<u8>,
}

impl Output for LocalOutput {
    fn write(&mut self, frame: Zeroizing<Vec<u8>>) -> BoxFuture<'_, io::Result<()>> {
        let written = tokio::task::spawn_blocking(move || restore::write_all(&frame));
        Box::pin(async move { written.await.map_err(io::Error::other)? })
    }

    fn finish(&mut self, _leave: Vec<u8>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(std::future::ready(restore::restore()))
    }

    fn lend(&mut self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        self.guard = None;
        {
            let _typed_elsewhere = KEYBOARD.lock().unwrap_or_else(PoisonError::into_inner);
            LENT.store(true, Ordering::SeqCst);
            work();
            LENT.store(false, Ordering::SeqCst);
        }
        self.guard = Some(Guard::take(self.leave.clone())?);
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.guard = None;
        kill_process(getpid(), Signal::STOP)?;
        self.guard = Some(Guard::take(self.leave.clone())?);
        Ok(())
    }
}
