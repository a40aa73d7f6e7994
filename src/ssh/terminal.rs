//! A channel as a terminal: the console types and draws there as on any other. At most one frame is on its way.

use std::{
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use russh::{ChannelWriteHalf, server::Msg};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::channel::Heard;
use crate::tui::terminal::{BoxFuture, Closed, Input, Output, Size, Terminal};

/// How many bytes become events at once, so that a flood can't hold back the next frame.
const PIECE: usize = 1 << 10;

/// How long before the end an idle session is warned; one that may not be idle for long, at half of its time.
const WARNING: Duration = Duration::from_mins(1);

/// Why a session was ended that its user did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Nobody pressed a key for so long.
    Idle(Duration),
    /// The server stops.
    Stopping,
}

impl Farewell {
    /// Says it, for the line after the last frame.
    pub fn told(self) -> String {
        match self {
            Self::Idle(after) => {
                format!("keydeck closed this session: no key was pressed for {}.\n", spoken(after))
            }
            Self::Stopping => "keydeck closed this session: the server is being stopped.\n".to_owned(),
        }
    }
}

/// The output of a channel, shared by whoever writes to it.
#[derive(Clone, Debug)]
pub struct Sink {
    channel: Arc<ChannelWriteHalf<Msg>>,
    /// Cancelled when the connection is gone, which nobody would hear of otherwise while the window is closed.
    gone: CancellationToken,
}

impl Sink {
    /// Writes to a channel until the connection is gone.
    pub fn new(channel: Arc<ChannelWriteHalf<Msg>>, gone: CancellationToken) -> Self {
        Self { channel, gone }
    }

    /// Writes bytes as far as the client has room for them, and waits where it has none.
    pub async fn write(&self, error: bool, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written =
            async { if error { self.channel.extended_data(1, bytes).await } else { self.channel.data(bytes).await } };
        tokio::select! {
            biased;
            () = self.gone.cancelled() => Err(io::ErrorKind::BrokenPipe.into()),
            written = written => written.map_err(|_| io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Ends the channel with an exit status.
    pub async fn end(&self, code: u32) {
        let ended = async {
            let _ = self.channel.exit_status(code).await;
            let _ = self.channel.eof().await;
            let _ = self.channel.close().await;
        };
        tokio::select! {
            () = self.gone.cancelled() => {}
            () = ended => {}
        }
    }
}

impl Output for Sink {
    fn write(&mut self, frame: Zeroizing<Vec<u8>>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { Self::write(self, false, &frame).await })
    }
}

/// How long a session may be without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// When it is warned.
    warned: Duration,
    /// When it ends.
    end: Duration,
}

impl Patience {
    /// Ends a session after so long, and warns it before.
    pub fn of(end: Duration) -> Self {
        Self { warned: end.saturating_sub(WARNING.min(end / 2)), end }
    }
}

/// When a session ends that its user does not end.
#[derive(Clone, Debug)]
pub struct Ends {
    /// When nobody presses a key for so long.
    pub idle: Option<Patience>,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
    /// Cancelled when the connection is gone.
    pub gone: CancellationToken,
    /// Why it was ended.
    pub why: Arc<OnceLock<Farewell>>,
}

/// A channel as a terminal.
#[derive(Debug)]
pub struct ChannelTerminal {
    size: Size,
    heard: mpsc::Receiver<Heard>,
    sink: Sink,
    ends: Ends,
}

impl ChannelTerminal {
    /// Makes a terminal of what is heard on a channel and what is written to it.
    pub fn new(size: Size, heard: mpsc::Receiver<Heard>, sink: Sink, ends: Ends) -> Self {
        Self { size, heard, sink, ends }
    }
}

impl Terminal for ChannelTerminal {
    fn size(&self) -> Size {
        self.size
    }

    fn split(self: Box<Self>) -> (mpsc::Receiver<Input>, Box<dyn Output>) {
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(hand_on(self.heard, sender, self.ends));
        (receiver, Box::new(self.sink))
    }
}

/// Hands on what is heard until one side is gone, warns whoever is idle, and ends what is to end.
async fn hand_on(mut heard: mpsc::Receiver<Heard>, console: mpsc::Sender<Input>, ends: Ends) {
    let mut idle = ends.idle.map(Idle::new);
    loop {
        let input = tokio::select! {
            biased;
            () = ends.gone.cancelled() => Input::Closed(Closed::HungUp),
            () = ends.stopping.cancelled() => {
                let _ = ends.why.set(Farewell::Stopping);
                Input::Closed(Closed::Terminated)
            }
            next = heard.recv() => match next {
                Some(Heard::Bytes(bytes)) => {
                    idle = ends.idle.map(Idle::new);
                    if type_in(&console, &bytes).await.is_err() {
                        return;
                    }
                    continue;
                }
                Some(Heard::Resized(size)) => Input::Resized(size),
                // Nothing can be typed any more, but the screen can be put back.
                Some(Heard::Eof) => Input::Closed(Closed::Terminated),
                Some(Heard::Closed(closed)) => Input::Closed(closed),
                None => Input::Closed(Closed::HungUp),
            },
            warning = passed(&mut idle) => warning.unwrap_or_else(|| {
                let _ = ends.why.set(Farewell::Idle(ends.idle.map_or(Duration::ZERO, |patience| patience.end)));
                Input::Closed(Closed::Terminated)
            }),
            () = console.closed() => return,
        };
        let is_last = matches!(input, Input::Closed(_));
        if console.send(input).await.is_err() || is_last {
            return;
        }
    }
}

async fn type_in(console: &mpsc::Sender<Input>, bytes: &[u8]) -> Result<(), mpsc::error::SendError<Input>> {
    for piece in bytes.chunks(PIECE) {
        console.send(Input::Bytes(piece.to_vec())).await?;
    }
    Ok(())
}

/// Says how long something takes, in the words of the settings for short times.
fn spoken(time: Duration) -> String {
    match time.as_millis().div_ceil(1000) {
        0 | 1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        seconds if seconds > 60 && seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

/// The clock of a session in which nobody presses a key.
#[derive(Debug)]
struct Idle {
    /// When it is warned, and how long it has then.
    warning: Option<(Instant, Duration)>,
    end: Instant,
}

impl Idle {
    fn new(patience: Patience) -> Self {
        let (now, left) = (Instant::now(), patience.end.saturating_sub(patience.warned));
        Self { warning: Some((now + patience.warned, left)), end: now + patience.end }
    }
}

/// Waits for the warning, which is returned, or for the end.
async fn passed(idle: &mut Option<Idle>) -> Option<Input> {
    let Some(idle) = idle else { return std::future::pending().await };
    if let Some((at, left)) = idle.warning {
        sleep_until(at).await;
        idle.warning = None;
        let text =
            format!("No key was pressed for long: this session closes in {}. Press any key to stay.", spoken(left));
        return Some(Input::Notice(text));
    }
    sleep_until(idle.end).await;
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(idle: Option<Patience>) -> Ends {
        Ends { idle, stopping: CancellationToken::new(), gone: CancellationToken::new(), why: Arc::default() }
    }

    fn started(ends: &Ends) -> (mpsc::Sender<Heard>, mpsc::Receiver<Input>) {
        let (keys, heard) = mpsc::channel(16);
        let (console, inputs) = mpsc::channel(64);
        tokio::spawn(hand_on(heard, console, ends.clone()));
        (keys, inputs)
    }

    #[tokio::test]
    async fn an_idle_session_is_warned_and_a_key_begins_anew() {
        let ends = ends(Some(Patience { warned: Duration::from_millis(20), end: WARNING + Duration::from_millis(20) }));
        let (keys, mut inputs) = started(&ends);
        assert!(matches!(inputs.recv().await, Some(Input::Notice(text)) if text.contains("closes in a minute")));
        keys.send(Heard::Bytes(b"x".to_vec())).await.unwrap();
        assert_eq!(inputs.recv().await, Some(Input::Bytes(b"x".to_vec())));
        assert!(matches!(inputs.recv().await, Some(Input::Notice(_))));
        assert_eq!(ends.why.get(), None);
    }

    #[test]
    fn a_session_is_warned_a_minute_before_its_end_or_at_half_of_a_short_time() {
        let warned = |seconds| Patience::of(Duration::from_secs(seconds)).warned.as_secs();
        assert_eq!([3600, 90, 60, 4].map(warned), [3540, 45, 30, 2]);
    }

    #[tokio::test]
    async fn a_session_that_stays_idle_is_ended_and_told_why() {
        let ends = ends(Some(Patience::of(Duration::from_millis(20))));
        let (_keys, mut inputs) = started(&ends);
        assert!(matches!(inputs.recv().await, Some(Input::Notice(_))));
        assert_eq!(inputs.recv().await, Some(Input::Closed(Closed::Terminated)));
        assert!(ends.why.get().unwrap().told().contains("no key was pressed"));
        for (seconds, told) in [(3600, "for 60 minutes."), (60, "for a minute."), (90, "for 90 seconds.")] {
            assert!(Farewell::Idle(Duration::from_secs(seconds)).told().contains(told));
        }
    }

    #[tokio::test]
    async fn a_server_that_stops_ends_sessions_and_a_connection_that_is_gone_hangs_up() {
        let stopped = ends(None);
        let (_keys, mut inputs) = started(&stopped);
        stopped.stopping.cancel();
        assert_eq!(inputs.recv().await, Some(Input::Closed(Closed::Terminated)));
        assert_eq!(stopped.why.get(), Some(&Farewell::Stopping));
        let gone = ends(None);
        let (_keys, mut inputs) = started(&gone);
        gone.gone.cancel();
        assert_eq!(inputs.recv().await, Some(Input::Closed(Closed::HungUp)));
    }

    #[tokio::test]
    async fn a_flood_comes_in_pieces_and_the_end_of_input_leaves_the_screen_to_be_put_back() {
        let (keys, mut inputs) = started(&ends(None));
        keys.send(Heard::Bytes(vec![b'j'; 3 * PIECE + 1])).await.unwrap();
        keys.send(Heard::Resized(Size::clamped(u32::MAX, 0))).await.unwrap();
        keys.send(Heard::Eof).await.unwrap();
        for length in [PIECE, PIECE, PIECE, 1] {
            assert_eq!(inputs.recv().await, Some(Input::Bytes(vec![b'j'; length])));
        }
        assert_eq!(inputs.recv().await, Some(Input::Resized(Size { width: 1000, height: 1 })));
        assert_eq!(inputs.recv().await, Some(Input::Closed(Closed::Terminated)));
    }
}
