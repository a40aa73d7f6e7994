//! What the program prints, on its way to our own output: one thread for each stream, each with a redactor.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::fd::AsFd,
    process::Child,
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::redact::{Needles, Redactor};

/// How long a stream rests before the harmless part of what is held back is shown.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The streams of one program.
pub(super) struct Streams(Vec<oneshot::Receiver<()>>);

impl Streams {
    /// Waits until both have ended.
    pub(super) async fn ended(&mut self) {
        for stream in &mut self.0 {
            let _ = stream.await;
        }
        self.0.clear();
    }
}

/// Begins to pass on what a program prints, where it has no output of ours.
pub(super) fn pass_on(child: &mut Child, needles: &Needles) -> io::Result<Streams> {
    let mut ends = Vec::new();
    if let Some(output) = child.stdout.take() {
        ends.push(begin("output", output, io::stdout(), needles)?);
    }
    if let Some(errors) = child.stderr.take() {
        ends.push(begin("errors", errors, io::stderr(), needles)?);
    }
    Ok(Streams(ends))
}

fn begin(
    name: &str,
    from: impl Read + AsFd + Send + 'static,
    to: impl Write + Send + 'static,
    needles: &Needles,
) -> io::Result<oneshot::Receiver<()>> {
    let (end, ended) = oneshot::channel();
    let redactor = Redactor::new(needles.clone());
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Nobody reads any more: the program is told so by its own pipe, which is closed here.
        let _ = copy(from, to, redactor);
        let _ = end.send(());
    })?;
    Ok(ended)
}

fn copy(mut from: impl Read + AsFd, mut to: impl Write, mut redactor: Redactor) -> io::Result<()> {
    let mut block = Zeroizing::new(vec![0; 1 << 16]);
    loop {
        if redactor.is_holding() && !comes_soon(&from)? {
            write(&mut to, &redactor.rest())?;
        }
        match from.read(&mut block) {
            Ok(0) => break,
            Ok(length) => write(&mut to, &redactor.take(&block[..length]))?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    write(&mut to, &redactor.finish())
}

fn write(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    to.write_all(bytes)?;
    to.flush()
}

/// Says whether more comes before the stream counts as resting.
fn comes_soon(from: &impl AsFd) -> io::Result<bool> {
    match poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&REST)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
