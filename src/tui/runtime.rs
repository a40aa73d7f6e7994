//! Runs a console: hears everything that waits, updates, draws the newest state, starts effects.
//!
//! It wakes for input, finished work and deadlines only; an idle console costs nothing. At most one frame is on its way
//! to the terminal; what happens meanwhile is updated at once and drawn when the terminal has taken that frame.

pub mod lines;
mod session;

use std::io;
use std::time::Duration;

use ratatui::Frame;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::event::Event;
use super::terminal::colour::Depth;
use super::terminal::modes::Modes;
use super::terminal::overprint::Overprint;
use super::terminal::{Closed, Terminal};

/// A console: state, how events change it, how it looks.
///
/// None of the functions waits, reads a clock or does I/O; what has to be done is returned as effects.
pub trait App {
    /// Something to be done outside.
    type Effect;
    /// What finished work brings back.
    type Done: Send + 'static;

    /// Changes the state by one event, and returns what is to be done now.
    fn update(&mut self, event: Event<Self::Done>) -> Vec<Self::Effect>;

    /// Draws the state.
    fn view(&self, frame: &mut Frame<'_>);

    /// Returns what is painted over the frame and stands in none; nothing, as a rule.
    fn over(&self) -> Option<Overprint<'_>> {
        None
    }

    /// Returns how long after the last [`Event::Tick`] the state wants another, if it waits for time at all.
    fn next_tick(&self) -> Option<Duration>;

    /// Tells, once, that everything begins anew: what was asked for before is answered to nobody.
    fn starts_over(&mut self) -> bool {
        false
    }

    /// Tells whether the user has left.
    fn is_finished(&self) -> bool;
}

/// What an effect may hand back, from any task or thread.
enum Message<D> {
    Done(D),
    Write(Zeroizing<Vec<u8>>),
    Lend(Work<D>),
}

/// What is done while a program of this machine has the terminal.
type Work<D> = Box<dyn FnOnce() -> D + Send>;

/// How effects answer; clone it into tasks.
#[derive(Debug)]
pub struct Handle<D> {
    sender: mpsc::UnboundedSender<Message<D>>,
}

impl<D> Clone for Handle<D> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

impl<D> Handle<D> {
    /// Reports finished work; it arrives as [`Event::Done`]. After the end of the session it is dropped.
    pub fn done(&self, outcome: D) {
        let _ = self.sender.send(Message::Done(outcome));
    }

    /// Returns the handle of a task that lasts as long as the session: nobody waits for it.
    pub fn resident(&self) -> Resident<D> {
        Resident { sender: self.sender.downgrade() }
    }

    /// Puts the terminal back, does something that takes it for itself, and takes it again; what that brings arrives as
    /// [`Event::Done`]. On a terminal from afar nothing happens.
    pub fn lend(&self, work: impl FnOnce() -> D + Send + 'static) {
        let _ = self.sender.send(Message::Lend(Box::new(work)));
    }

    /// Sends bytes to the terminal between two frames: a clipboard sequence, a title.
    pub fn write(&self, bytes: impl Into<Zeroizing<Vec<u8>>>) {
        let _ = self.sender.send(Message::Write(bytes.into()));
    }
}

/// How a task that lasts as long as the session answers. Work under way is counted by its [`Handle`]s; this is none.
#[derive(Debug)]
pub struct Resident<D> {
    sender: mpsc::WeakUnboundedSender<Message<D>>,
}

impl<D> Resident<D> {
    /// Reports something that happened; after the end of the session it is dropped.
    pub fn done(&self, outcome: D) {
        if let Some(sender) = self.sender.upgrade() {
            let _ = sender.send(Message::Done(outcome));
        }
    }
}

/// Returns a way for effects to answer, and where the answers arrive.
fn channel<D>() -> (Handle<D>, mpsc::UnboundedReceiver<Message<D>>) {
    let (sender, messages) = mpsc::unbounded_channel();
    (Handle { sender }, messages)
}

/// How a session is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is asked of the terminal.
    pub modes: Modes,
    /// How many colours it shows.
    pub depth: Depth,
    /// Whether it shows nothing but ASCII.
    pub ascii: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user left.
    Left,
    /// The terminal or the system ended it.
    Closed(Closed),
}

/// Runs a console on a terminal until the user leaves or the terminal goes; the terminal is put back then.
///
/// `start` is called for each effect, and starts tasks that answer through the handle; it must not block.
///
/// # Errors
/// When the terminal can't be put back or taken again. A failed write of a frame is a [`Closed::HungUp`], no error.
pub async fn run<A: App>(
    app: &mut A,
    terminal: Box<dyn Terminal>,
    settings: Settings,
    start: impl FnMut(A::Effect, &Handle<A::Done>),
) -> io::Result<Ended> {
    session::Session::new(app, terminal, settings, start).run().await
}

#[cfg(test)]
mod tests;
