//! The streams of a command that runs in a channel. The command has a thread of its own, so that it may wait for input.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{
    channel::Heard,
    line::{Line, Typed},
};
use crate::{
    cli::streams::{End, Streams},
    tui::terminal::Size,
};

/// The terminal that a client asked for.
#[derive(Clone, Debug)]
pub struct Pty {
    /// Its size when the session began.
    pub size: Size,
}

/// What a command says, on its way to the client; none when it has said everything.
pub type Said = Option<(End, Zeroizing<Vec<u8>>)>;

/// The streams of one channel.
#[derive(Debug)]
pub struct ChannelStreams {
    input: Mutex<Input>,
    /// What the command says is all in memory already, so that handing it on never waits: a client that reads nothing
    /// holds up neither the command nor whatever it locks.
    output: mpsc::UnboundedSender<Said>,
    pty: Option<Pty>,
    variables: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Input {
    heard: Option<mpsc::Receiver<Heard>>,
    /// What came and was not read yet; from `read` on.
    pending: Zeroizing<Vec<u8>>,
    read: usize,
    line: Line,
    is_over: bool,
}

impl ChannelStreams {
    /// Takes what is heard on a channel, and says through `output`.
    pub fn new(
        heard: mpsc::Receiver<Heard>,
        output: mpsc::UnboundedSender<Said>,
        pty: Option<Pty>,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let input = Input { heard: Some(heard), ..Input::default() };
        Self { input: Mutex::new(input), output, pty, variables }
    }

    fn input(&self) -> MutexGuard<'_, Input> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that nothing more is said.
    pub fn finish(&self) {
        // Nobody who would listen is no failure.
        let _ = self.output.send(None);
    }

    /// Gives the input away: to the console, or to nobody, once nothing reads lines any more.
    pub fn take_input(&self) -> Option<mpsc::Receiver<Heard>> {
        self.input().heard.take()
    }

    fn say(&self, end: End, bytes: Vec<u8>) -> io::Result<()> {
        self.output.send(Some((end, Zeroizing::new(bytes)))).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Reads a typed line; none at the end of input.
    fn typed(&self, echoes: bool) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut input = self.input();
        loop {
            let Some(byte) = input.next()? else { return Ok(None) };
            let mut echo = Vec::new();
            let typed = input.line.push(byte, &mut echo);
            if !echoes {
                echo.retain(|byte| matches!(byte, b'\r' | b'\n'));
            }
            if !echo.is_empty() {
                self.say(End::Error, echo)?;
            }
            match typed {
                Typed::More => {}
                Typed::Line => return Ok(Some(input.line.take())),
                Typed::End => return Ok(None),
                Typed::Interrupt => return Err(io::Error::new(io::ErrorKind::Interrupted, "it was interrupted")),
            }
        }
    }
}

impl Input {
    /// Waits until there is something to read; says no at the end.
    fn fill(&mut self) -> io::Result<bool> {
        while self.read == self.pending.len() && !self.is_over {
            let heard = self.heard.as_mut();
            // The command's own thread drives it, so that the runtime has to be told that it waits.
            match heard.and_then(|heard| tokio::task::block_in_place(|| heard.blocking_recv())) {
                Some(Heard::Bytes(bytes)) => (self.pending, self.read) = (Zeroizing::new(bytes), 0),
                Some(Heard::Resized(_)) => {}
                Some(Heard::Eof) => self.is_over = true,
                // A connection that breaks is no end of input: half a file must not be taken for a whole one.
                Some(Heard::Closed(_)) | None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        Ok(self.read < self.pending.len())
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        if !self.fill()? {
            return Ok(None);
        }
        self.read += 1;
        Ok(Some(self.pending[self.read - 1]))
    }
}

impl Streams for ChannelStreams {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pty.is_some() {
            let Some(mut line) = self.typed(true)? else { return Ok(0) };
            line.push(b'\n');
            let taken = line.len().min(buffer.len());
            buffer[..taken].copy_from_slice(&line[..taken]);
            let mut input = self.input();
            let rest = [&line[taken..], &input.pending[input.read..]].concat();
            (input.pending, input.read) = (Zeroizing::new(rest), 0);
            return Ok(taken);
        }
        let mut input = self.input();
        if !input.fill()? {
            return Ok(0);
        }
        let waiting = &input.pending[input.read..];
        let taken = waiting.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&waiting[..taken]);
        input.read += taken;
        Ok(taken)
    }

    fn write(&self, end: End, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.say(end, if self.pty.is_some() { as_terminal(bytes) } else { bytes.to_vec() })
    }

    fn is_terminal(&self, _end: End) -> bool {
        self.pty.is_some()
    }

    fn width(&self) -> Option<usize> {
        self.pty.as_ref().map(|pty| pty.size.width.into())
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    fn line(&self) -> io::Result<String> {
        let line = self.typed(true)?.map(|line| String::from_utf8_lossy(&line).into_owned() + "\n");
        Ok(line.unwrap_or_default())
    }

    fn hidden(&self, question: &str) -> io::Result<Zeroizing<String>> {
        self.write(End::Error, question.as_bytes())?;
        let mut line = self.typed(false)?.unwrap_or_default();
        String::from_utf8(std::mem::take(&mut *line))
            .map(Zeroizing::new)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is not UTF-8"))
    }
}

/// Ends lines as a terminal in raw mode needs it.
pub fn as_terminal(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 8);
    for byte in bytes {
        if *byte == b'\n' {
            text.push(b'\r');
        }
        text.push(*byte);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(pty: bool, heard: &[&[u8]]) -> (ChannelStreams, mpsc::UnboundedReceiver<Said>) {
        let (sender, receiver) = mpsc::channel(16);
        for bytes in heard {
            sender.try_send(Heard::Bytes(bytes.to_vec())).unwrap();
        }
        sender.try_send(Heard::Eof).unwrap();
        let (output, said) = mpsc::unbounded_channel();
        let pty = pty.then(|| Pty { size: Size::clamped(80, 24) });
        (ChannelStreams::new(receiver, output, pty, BTreeMap::new()), said)
    }

    fn all(said: &mut mpsc::UnboundedReceiver<Said>) -> String {
        let mut text = Vec::new();
        while let Ok(Some((_, bytes))) = said.try_recv() {
            text.extend_from_slice(&bytes);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_pipe_is_read_to_its_end_byte_for_byte() {
        let (streams, _said) = streams(false, &[b"one\r\n", b"\x03\xff", b"two"]);
        let mut text = Vec::new();
        let mut buffer = [0; 2];
        while let taken @ 1.. = streams.read(&mut buffer).unwrap() {
            text.extend_from_slice(&buffer[..taken]);
        }
        assert_eq!(text, b"one\r\n\x03\xfftwo");
    }

    #[test]
    fn a_connection_that_breaks_is_no_end_of_a_file() {
        let (sender, receiver) = mpsc::channel(2);
        sender.try_send(Heard::Bytes(b"half".to_vec())).unwrap();
        drop(sender);
        let streams = ChannelStreams::new(receiver, mpsc::unbounded_channel().0, None, BTreeMap::new());
        let mut text = Vec::new();
        let broken = io::Read::read_to_end(&mut crate::cli::streams::Reader(&streams), &mut text).unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[test]
    fn a_terminal_is_asked_line_by_line_and_a_secret_is_not_echoed() {
        let (streams, mut said) = streams(true, &[b"ye", b"s\rsk-FAKE-1\rrest\r\x04"]);
        assert_eq!(streams.line().unwrap(), "yes\n");
        assert_eq!(all(&mut said), "yes\r\n");
        assert_eq!(*streams.hidden("key: ").unwrap(), "sk-FAKE-1");
        assert_eq!(all(&mut said), "key: \r\n");
        let mut buffer = [0; 3];
        assert_eq!((streams.read(&mut buffer).unwrap(), &buffer), (3, b"res"));
        assert_eq!((streams.read(&mut buffer).unwrap(), buffer[0]), (2, b't'));
        assert_eq!(streams.read(&mut buffer).unwrap(), 0, "ctrl-d ends it");
    }

    #[test]
    fn what_a_command_writes_ends_lines_as_the_terminal_needs_it() {
        let (streams, mut said) = streams(true, &[]);
        streams.write(End::Output, b"a\nb\n").unwrap();
        assert_eq!(all(&mut said), "a\r\nb\r\n");
    }
}
