//! A channel as a teletype: the console line by line, for those who listen to it, and for scripts.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex},
    sync::mpsc,
    task::JoinHandle,
};

use super::{
    channel::Heard,
    line::{Line, Typed},
    streams::as_terminal,
    terminal::Sink,
};
use crate::tui::runtime::lines::Teletype;

/// How many bytes wait between a channel and the console.
const WAITING: usize = 16 << 10;

/// Whether the next line is a secret, which is not echoed.
#[derive(Clone, Debug, Default)]
pub struct Hush(Arc<AtomicBool>);

impl Hush {
    /// Says whether it is.
    pub fn set(&self, secret: bool) {
        self.0.store(secret, Ordering::Relaxed);
    }
}

/// Makes a teletype of what is heard on a channel and what is written to it. With a terminal there, lines are edited and
/// echoed here. The task ends when everything that was told is printed.
pub fn teletype(
    heard: mpsc::Receiver<Heard>,
    sink: Sink,
    has_terminal: bool,
    hush: &Hush,
) -> (Teletype<BufReader<DuplexStream>, DuplexStream>, JoinHandle<()>) {
    let (input, typed) = duplex(WAITING);
    let (output, told) = duplex(WAITING);
    if has_terminal {
        tokio::spawn(edit(heard, typed, sink.clone(), hush.clone()));
    } else {
        tokio::spawn(pass(heard, typed));
    }
    let printed = tokio::spawn(print(told, sink, has_terminal));
    (Teletype { input: BufReader::new(input), output, is_terminal: has_terminal }, printed)
}

/// Passes bytes on as they are, to the end of input.
async fn pass(mut heard: mpsc::Receiver<Heard>, mut typed: DuplexStream) {
    while let Some(Heard::Bytes(bytes)) = heard.recv().await {
        if typed.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Passes whole lines on.
async fn edit(mut heard: mpsc::Receiver<Heard>, mut typed: DuplexStream, sink: Sink, hush: Hush) {
    let mut line = Line::default();
    loop {
        let bytes = match heard.recv().await {
            Some(Heard::Bytes(bytes)) => bytes,
            Some(Heard::Resized(_)) => continue,
            _ => return,
        };
        let mut echo = Vec::new();
        for byte in bytes {
            let before = echo.len();
            let typed_so = line.push(byte, &mut echo);
            if hush.0.load(Ordering::Relaxed) {
                let kept: Vec<u8> = echo.drain(before..).filter(|byte| matches!(byte, b'\r' | b'\n')).collect();
                echo.extend(kept);
            }
            match typed_so {
                Typed::More => {}
                Typed::Line => {
                    let _ = sink.write(false, &std::mem::take(&mut echo)).await;
                    let mut whole = line.take();
                    whole.push(b'\n');
                    if typed.write_all(&whole).await.is_err() {
                        return;
                    }
                }
                Typed::End | Typed::Interrupt => {
                    let _ = sink.write(false, &echo).await;
                    return;
                }
            }
        }
        let _ = sink.write(false, &echo).await;
    }
}

/// Prints what the console tells.
async fn print(mut told: DuplexStream, sink: Sink, has_terminal: bool) {
    let mut buffer = vec![0; WAITING];
    while let Ok(count @ 1..) = told.read(&mut buffer).await {
        let text = if has_terminal { as_terminal(&buffer[..count]) } else { buffer[..count].to_vec() };
        if sink.write(false, &text).await.is_err() {
            return;
        }
    }
}
