//! One run of a console without a screen: a line in, what it changed out. Nothing that was written is drawn over.
//!
//! After each line the work that it started is waited for, so that a script reads the answer before it goes on; the
//! tasks that last as long as the session ([`Handle::resident`]) are not.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{App, Ended, Handle, Message, channel};
use crate::domain::Timestamp;
use crate::tui::event::Event;
use crate::tui::terminal::Closed;

/// How often work that is under way is looked after.
const LOOK: Duration = Duration::from_millis(5);

/// Work that takes longer is spoken of.
const LONG: Duration = Duration::from_secs(1);

/// A console that is used line by line.
pub trait Lines: App {
    /// Returns what a line means now.
    fn heard(&mut self, line: &str) -> Vec<Event<Self::Done>>;

    /// Returns what there is to tell since the last time; empty if nothing changed.
    fn told(&mut self) -> String;

    /// Says what the next line is asked for.
    fn prompt(&self) -> String;

    /// Tells whether the next line is a secret, which no terminal may echo.
    fn asks_for_a_secret(&self) -> bool;
}

/// Where lines come from and answers go.
#[derive(Debug)]
pub struct Teletype<R, W> {
    /// The lines.
    pub input: R,
    /// The answers.
    pub output: W,
    /// Whether a person sits there: they are prompted, and sequences for their terminal's clipboard go out.
    pub is_terminal: bool,
}

/// Runs a console until the user leaves or the lines end. `hush` is called before each line with whether it is a secret.
///
/// # Errors
/// When what is to be told can't be written.
pub async fn run<A, R, W>(
    app: &mut A,
    mut teletype: Teletype<R, W>,
    first: Event<A::Done>,
    mut start: impl FnMut(A::Effect, &Handle<A::Done>),
    mut hush: impl FnMut(bool),
) -> io::Result<Ended>
where
    A: Lines,
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut answers = channel();
    let mut events = vec![first];
    loop {
        settle(app, &mut teletype, events, &mut answers, &mut start).await?;
        let told = app.told();
        teletype.write(told.as_bytes()).await?;
        if app.is_finished() {
            return Ok(Ended::Left);
        }
        if teletype.is_terminal {
            teletype.write(app.prompt().as_bytes()).await?;
        }
        hush(app.asks_for_a_secret());
        let line = tokio::select! {
            line = teletype.line() => line?,
            // What others do is told when it happens, as a screen would show it.
            Some(message) = answers.1.recv() => {
                events = teletype.take(message).await?.into_iter().collect();
                continue;
            }
            _ = tokio::signal::ctrl_c() => {
                hush(false);
                return Ok(Ended::Closed(Closed::Terminated));
            }
        };
        hush(false);
        let Some(line) = line else { return Ok(Ended::Left) };
        events = app.heard(&line);
    }
}

/// Hands events to the console and waits for all that comes of them.
async fn settle<A: Lines, R, W: AsyncWrite + Unpin>(
    app: &mut A,
    teletype: &mut Teletype<R, W>,
    mut events: Vec<Event<A::Done>>,
    answers: &mut (Handle<A::Done>, mpsc::UnboundedReceiver<Message<A::Done>>),
    start: &mut impl FnMut(A::Effect, &Handle<A::Done>),
) -> io::Result<()> {
    let begun = Instant::now();
    let mut said = false;
    loop {
        events.insert(0, Event::Tick(Timestamp::now()));
        for event in std::mem::take(&mut events) {
            let effects = app.update(event);
            if app.starts_over() {
                *answers = channel();
            }
            for effect in effects {
                start(effect, &answers.0);
            }
        }
        while events.is_empty() {
            match timeout(LOOK, answers.1.recv()).await {
                Ok(Some(message)) => events.extend(teletype.take(message).await?),
                // Nobody but the session itself can still answer.
                _ if answers.0.sender.strong_count() == 1 && answers.1.is_empty() => return Ok(()),
                _ if !said && begun.elapsed() > LONG => {
                    said = true;
                    teletype.write(b"Working ...\n").await?;
                }
                _ => {}
            }
        }
    }
}

impl<R, W: AsyncWrite + Unpin> Teletype<R, W> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.output.write_all(bytes).await?;
        self.output.flush().await
    }

    /// Takes what finished work brings; what is meant for a terminal goes to one alone.
    async fn take<D>(&mut self, message: Message<D>) -> io::Result<Option<Event<D>>> {
        match message {
            Message::Done(done) => Ok(Some(Event::Done(done))),
            // Lines are told and heard by turns: there is nothing here to be lent.
            Message::Lend(_) => Ok(None),
            Message::Write(bytes) => {
                if self.is_terminal {
                    self.write(&bytes).await?;
                }
                Ok(None)
            }
        }
    }
}

impl<R: AsyncBufRead + Unpin, W> Teletype<R, W> {
    /// Reads a line without its end; nothing at the end of the input. It may be a secret.
    async fn line(&mut self) -> io::Result<Option<Zeroizing<String>>> {
        let mut line = Zeroizing::new(Vec::with_capacity(1024));
        if self.input.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let text = std::str::from_utf8(&line).map_err(|_| io::Error::other("a line is no UTF-8"))?;
        Ok(Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
    }
}
