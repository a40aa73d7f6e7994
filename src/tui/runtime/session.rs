//! One run of a console on one terminal: the loop.

use std::future::pending;
use std::io;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout};
use zeroize::Zeroizing;

use super::{App, Ended, Handle, Message, Settings, Work, channel};
use crate::domain::Timestamp;
use crate::tui::decode::Decoder;
use crate::tui::event::Event;
use crate::tui::terminal::screen::Screen;
use crate::tui::terminal::{BoxFuture, Closed, Input, Output, Terminal, modes};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// How many reports are taken before the next frame, so that a flood can't keep the screen from showing it.
const BATCH: usize = 256;

/// How many events go into one frame; the rest of a flood waits where it comes from.
const MOST_EVENTS: usize = 4 << 10;

/// How long a terminal may take the last bytes before the session ends without.
const FAREWELL: Duration = Duration::from_secs(1);

/// A write under way; it gives the output back.
type Writing = BoxFuture<'static, (Box<dyn Output>, io::Result<()>)>;

/// Where frames go: at most one is on its way.
enum Line {
    Free(Box<dyn Output>),
    Busy(Writing),
    Gone,
}

/// Something that woke the loop.
enum Wake<D> {
    Input(Option<Input>),
    Message(Message<D>),
    Written,
    Deadline,
}

/// Everything that one run needs.
pub(super) struct Session<'a, A: App, S> {
    app: &'a mut A,
    start: S,
    settings: Settings,
    handle: Handle<A::Done>,
    messages: mpsc::UnboundedReceiver<Message<A::Done>>,
    input: mpsc::Receiver<Input>,
    line: Line,
    decoder: Decoder,
    screen: Screen,
    /// Bytes that go out with, or before, the next frame.
    unsent: Zeroizing<Vec<u8>>,
    /// Events heard and not yet updated.
    events: Vec<Event<A::Done>>,
    dirty: bool,
    last_frame: Option<Instant>,
    last_tick: Instant,
    ended: Option<Ended>,
    suspending: bool,
    /// What the terminal is to be lent for.
    lending: Option<Work<A::Done>>,
}

impl<'a, A: App, S: FnMut(A::Effect, &Handle<A::Done>)> Session<'a, A, S> {
    pub(super) fn new(app: &'a mut A, terminal: Box<dyn Terminal>, settings: Settings, start: S) -> Self {
        let size = terminal.size();
        let (input, output) = terminal.split();
        let (handle, messages) = channel();
        Self {
            app,
            start,
            settings,
            handle,
            messages,
            input,
            line: Line::Free(output),
            decoder: Decoder::default(),
            screen: Screen::new(size, settings.depth).in_ascii(settings.ascii),
            unsent: Zeroizing::new(modes::enter(settings.modes)),
            events: vec![Event::Resize(size.width, size.height)],
            dirty: true,
            last_frame: None,
            last_tick: Instant::now(),
            ended: None,
            suspending: false,
            lending: None,
        }
    }

    pub(super) async fn run(mut self) -> io::Result<Ended> {
        loop {
            self.update();
            if let Some(ended) = self.ended {
                self.finish(ended).await?;
                return Ok(ended);
            }
            if self.suspending {
                self.suspend().await?;
            }
            if let Some(work) = self.lending.take() {
                self.lend(work).await?;
            }
            self.draw();
            let wake = self.wait().await;
            self.hear(wake);
            self.drain();
        }
    }

    /// Hands all events to the console, the time first, and starts what comes of them.
    fn update(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let now = Instant::now();
        let due = self.tick_deadline().is_some_and(|deadline| deadline <= now);
        if self.events.is_empty() && !due {
            return;
        }
        self.dirty = true;
        self.last_tick = now;
        self.events.insert(0, Event::Tick(Timestamp::now()));
        let mut late = false;
        for event in std::mem::take(&mut self.events) {
            if late && matches!(event, Event::Done(_)) {
                continue;
            }
            let effects = self.app.update(event);
            if self.app.starts_over() {
                late = true;
                (self.handle, self.messages) = channel();
            }
            for effect in effects {
                (self.start)(effect, &self.handle);
            }
            if self.app.is_finished() {
                self.ended = Some(Ended::Left);
                return;
            }
        }
    }

    /// Sends the newest state, if it is time and the line is free.
    fn draw(&mut self) {
        if !matches!(self.line, Line::Free(_)) {
            return;
        }
        if self.dirty && self.frame_deadline().is_none_or(|deadline| deadline <= Instant::now()) {
            self.dirty = false;
            let app = &*self.app;
            let frame = self.screen.draw(|frame| app.view(frame), app.over().as_ref());
            if !frame.is_empty() {
                self.last_frame = Some(Instant::now());
                self.send(frame);
            }
        }
        if self.unsent.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.unsent);
        if let Line::Free(mut output) = std::mem::replace(&mut self.line, Line::Gone) {
            self.line = Line::Busy(Box::pin(async move {
                let result = output.write(bytes).await;
                (output, result)
            }));
        }
    }

    /// Puts bytes behind those that are not sent yet, without leaving copies of either in memory.
    fn send(&mut self, bytes: Zeroizing<Vec<u8>>) {
        if self.unsent.is_empty() {
            self.unsent = bytes;
            return;
        }
        let mut both = Zeroizing::new(Vec::with_capacity(self.unsent.len() + bytes.len()));
        both.extend_from_slice(&self.unsent);
        both.extend_from_slice(&bytes);
        self.unsent = both;
    }

    fn tick_deadline(&self) -> Option<Instant> {
        self.app.next_tick().map(|wait| self.last_tick + wait)
    }

    fn frame_deadline(&self) -> Option<Instant> {
        self.last_frame.map(|last| last + FRAME)
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) -> Wake<A::Done> {
        let free = matches!(self.line, Line::Free(_));
        let frame = if self.dirty && free { self.frame_deadline() } else { None };
        let deadline = [self.tick_deadline(), self.decoder.deadline(), frame].into_iter().flatten().min();
        tokio::select! {
            biased;
            (output, result) = written(&mut self.line) => {
                self.line = Line::Free(output);
                if result.is_err() {
                    self.ended = Some(Ended::Closed(Closed::HungUp));
                }
                Wake::Written
            }
            input = self.input.recv() => Wake::Input(input),
            Some(message) = self.messages.recv() => Wake::Message(message),
            () = passed(deadline) => Wake::Deadline,
        }
    }

    fn hear(&mut self, wake: Wake<A::Done>) {
        match wake {
            Wake::Input(input) => self.hear_input(input.unwrap_or(Input::Closed(Closed::HungUp))),
            Wake::Message(message) => self.hear_message(message),
            Wake::Written | Wake::Deadline => {}
        }
    }

    /// Takes what else waits already, so that a burst becomes one frame.
    fn drain(&mut self) {
        for _ in 0..BATCH {
            if self.events.len() >= MOST_EVENTS {
                break;
            }
            if let Ok(input) = self.input.try_recv() {
                self.hear_input(input);
            } else if let Ok(message) = self.messages.try_recv() {
                self.hear_message(message);
            } else {
                break;
            }
        }
        self.decoder.expire(Instant::now(), &mut self.events);
    }

    fn hear_input(&mut self, input: Input) {
        match input {
            Input::Bytes(bytes) => self.decoder.feed(&bytes, Instant::now(), &mut self.events),
            Input::Resized(size) => {
                self.screen.resize(size);
                // Of a storm of sizes only the last one counts.
                if matches!(self.events.last(), Some(Event::Resize(..))) {
                    self.events.pop();
                }
                self.events.push(Event::Resize(size.width, size.height));
            }
            Input::Suspend => self.suspending = true,
            Input::Redraw => self.take_again(),
            Input::Notice(text) => self.events.push(Event::Notice(text)),
            Input::Closed(closed) => self.ended = Some(Ended::Closed(closed)),
        }
    }

    fn hear_message(&mut self, message: Message<A::Done>) {
        match message {
            Message::Done(outcome) => self.events.push(Event::Done(outcome)),
            Message::Write(bytes) => self.send(bytes),
            Message::Lend(work) => self.lending = Some(work),
        }
    }

    /// Sets the terminal's modes and its whole screen again.
    fn take_again(&mut self) {
        self.send(Zeroizing::new(modes::enter(self.settings.modes)));
        self.screen.invalidate();
        self.dirty = true;
    }

    async fn suspend(&mut self) -> io::Result<()> {
        self.suspending = false;
        if let Some(mut output) = self.output().await {
            output.finish(modes::leave(self.settings.modes)).await?;
            output.suspend()?;
            self.line = Line::Free(output);
            self.take_again();
        }
        Ok(())
    }

    /// Lets a program have the terminal, and hears what came of it.
    async fn lend(&mut self, work: Work<A::Done>) -> io::Result<()> {
        let Some(mut output) = self.output().await else { return Ok(()) };
        output.finish(modes::leave(self.settings.modes)).await?;
        let (sender, brought) = std::sync::mpsc::channel();
        let lent = output.lend(Box::new(move || {
            let _ = sender.send(work());
        }));
        self.line = Line::Free(output);
        self.take_again();
        self.events.extend(brought.try_recv().ok().map(Event::Done));
        match lent {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
            other => other,
        }
    }

    /// Puts the terminal back, unless it is gone.
    async fn finish(&mut self, ended: Ended) -> io::Result<()> {
        if ended == Ended::Closed(Closed::HungUp) {
            return Ok(());
        }
        let Some(mut output) = self.output().await else { return Ok(()) };
        // What an effect had left to say, such as clearing the clipboard.
        while let Ok(message) = self.messages.try_recv() {
            self.hear_message(message);
        }
        let last = std::mem::take(&mut self.unsent);
        if !last.is_empty() {
            let _ = timeout(FAREWELL, output.write(last)).await;
        }
        timeout(FAREWELL, output.finish(modes::leave(self.settings.modes))).await.unwrap_or(Ok(()))
    }

    /// Takes the output when it is free; a terminal that takes nothing any more is given up.
    async fn output(&mut self) -> Option<Box<dyn Output>> {
        match std::mem::replace(&mut self.line, Line::Gone) {
            Line::Free(output) => Some(output),
            Line::Busy(writing) => timeout(FAREWELL, writing).await.ok().map(|(output, _)| output),
            Line::Gone => None,
        }
    }
}

/// Waits for the write under way; forever if there is none.
async fn written(line: &mut Line) -> (Box<dyn Output>, io::Result<()>) {
    match line {
        Line::Busy(writing) => writing.as_mut().await,
        Line::Free(_) | Line::Gone => pending().await,
    }
}

/// Waits for a moment; forever if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => pending().await,
    }
}
