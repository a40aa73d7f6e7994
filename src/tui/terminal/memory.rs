//! A terminal in memory: tests and scripts type into it and read what it was shown.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};
use zeroize::Zeroizing;

use super::{BoxFuture, Input, Output, Size, Terminal};

/// The console's side of a terminal in memory.
#[derive(Debug)]
pub struct Memory {
    size: Size,
    input: mpsc::Receiver<Input>,
    shown: Shown,
}

/// The other side: what a person would do.
#[derive(Debug)]
pub struct Person {
    /// Types, resizes, hangs up.
    pub input: mpsc::Sender<Input>,
    /// Sees.
    pub shown: Shown,
}

/// Everything that was written, frame by frame.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    frames: Arc<Mutex<Vec<Vec<u8>>>>,
    changed: Arc<Notify>,
}

impl Memory {
    /// Builds a terminal of that size, and the person in front of it.
    pub fn new(size: Size) -> (Self, Person) {
        let (sender, input) = mpsc::channel(64);
        let shown = Shown::default();
        (Self { size, input, shown: shown.clone() }, Person { input: sender, shown })
    }
}

impl Shown {
    /// Returns the frames so far, each the bytes of one write.
    pub fn frames(&self) -> Vec<Vec<u8>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the frames satisfy a condition, and returns them.
    pub async fn until(&self, mut holds: impl FnMut(&[Vec<u8>]) -> bool) -> Vec<Vec<u8>> {
        loop {
            let changed = self.changed.notified();
            let frames = self.frames();
            if holds(&frames) {
                return frames;
            }
            changed.await;
        }
    }
}

impl Terminal for Memory {
    fn size(&self) -> Size {
        self.size
    }

    fn split(self: Box<Self>) -> (mpsc::Receiver<Input>, Box<dyn Output>) {
        (self.input, Box::new(self.shown))
    }
}

impl Output for Shown {
    fn write(&mut self, frame: Zeroizing<Vec<u8>>) -> BoxFuture<'_, io::Result<()>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).push(frame.to_vec());
        self.changed.notify_one();
        Box::pin(std::future::ready(Ok(())))
    }
}
