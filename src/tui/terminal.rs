//! The terminal as the console sees it: input, an output for frames, a size. A local tty, an SSH channel and a test
//! are the same thing to it.

pub mod colour;
pub mod encode;
pub mod local;
pub mod memory;
pub mod modes;
pub mod overprint;
mod restore;
pub mod screen;

use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// A future on the heap, so that a trait with one stays usable as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Columns and rows of a window, clamped to 1…1000 × 1…500: clients may claim 0×0 or four thousand million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// Clamps what a terminal claims; a claim of nothing at all becomes 80×24.
    pub fn clamped(width: u32, height: u32) -> Self {
        let (width, height) = if width == 0 && height == 0 { (80, 24) } else { (width, height) };
        let clamp = |value: u32, limit: u16| u16::try_from(value).unwrap_or(limit).clamp(1, limit);
        Self { width: clamp(width, 1000), height: clamp(height, 500) }
    }
}

/// What a terminal reports, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes from keyboard, mouse and the terminal itself.
    Bytes(Vec<u8>),
    /// The window has another size.
    Resized(Size),
    /// The session is to stop for a while (SIGTSTP); see [`Output::suspend`].
    Suspend,
    /// Somebody else may have written to the terminal: its modes and its whole screen have to be set again.
    Redraw,
    /// Whoever holds the terminal has something to say to its user.
    Notice(String),
    /// The session is over.
    Closed(Closed),
}

/// Why a session ended without the user's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The terminal or the connection is gone (SIGHUP, end of input, a write that failed); nothing can be shown any more.
    HungUp,
    /// The process was asked to end (SIGTERM, SIGINT); the terminal is still there to be restored.
    Terminated,
}

/// Where a session is seen and typed.
pub trait Terminal: Send {
    /// Returns the size of the window when the session begins; [`Input::Resized`] tells of later ones.
    fn size(&self) -> Size;

    /// Gives the input and the output away, each to be used on its own from now on.
    ///
    /// The input's channel is bounded: a terminal that types faster than the console reads is slowed down, not buffered.
    fn split(self: Box<Self>) -> (mpsc::Receiver<Input>, Box<dyn Output>);
}

/// Takes the bytes of frames.
pub trait Output: Send {
    /// Writes one frame, whole; the future is ready when the terminal has taken it.
    ///
    /// The runtime has one write in flight at most, and drops the future only when the session ends. The bytes are
    /// zeroed when they are dropped, since a secret may be among them.
    fn write(&mut self, frame: Zeroizing<Vec<u8>>) -> BoxFuture<'_, io::Result<()>>;

    /// Puts the terminal back, by these bytes of [`modes::leave`] and whatever else the session changed.
    fn finish(&mut self, leave: Vec<u8>) -> BoxFuture<'_, io::Result<()>> {
        self.write(Zeroizing::new(leave))
    }

    /// Lets a program of this machine have the terminal, after [`Output::finish`], and takes it again when `work` is done.
    ///
    /// # Errors
    /// When it can't be lent, as a terminal from afar never is, or can't be taken again.
    fn lend(&mut self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        drop(work);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Stops the process, after [`Output::finish`], until it is continued, and takes the terminal again.
    ///
    /// # Errors
    /// When the terminal can't be taken again. There is nothing to do for terminals from afar.
    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_clamped() {
        assert_eq!(Size::clamped(0, 0), Size { width: 80, height: 24 });
        assert_eq!(Size::clamped(0, 5), Size { width: 1, height: 5 });
        assert_eq!(Size::clamped(u32::MAX, u32::MAX), Size { width: 1000, height: 500 });
    }
}
