//! Progress: how far a long command is, on a terminal that watches. It is gone when the command is done.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::streams::{End, Streams};

/// How often the line is written anew at most.
const EVERY: Duration = Duration::from_millis(100);

/// One line of standard error.
#[derive(Debug)]
pub struct Progress {
    streams: Arc<dyn Streams>,
    is_shown: bool,
    /// When the line was written last.
    last: Mutex<Option<Instant>>,
}

impl Progress {
    /// Begins one, which is shown if it is wanted and a terminal is there.
    pub fn new(streams: &Arc<dyn Streams>, is_wanted: bool) -> Self {
        let is_shown = is_wanted && streams.is_terminal(End::Error);
        Self { streams: Arc::clone(streams), is_shown, last: Mutex::default() }
    }

    /// Says how far it is, unless that was said just now.
    pub fn say(&self, text: impl FnOnce() -> String) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_shown && last.is_none_or(|last| last.elapsed() >= EVERY) {
            *last = Some(Instant::now());
            self.write(&format!("\r{}\u{1b}[K", text()));
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if last.is_some() {
            self.write("\r\u{1b}[K");
        }
    }

    fn write(&self, text: &str) {
        // That nobody watches any more is no failure.
        let _ = self.streams.write(End::Error, text.as_bytes());
    }
}
