//! The wire: a connection that can be cut at any time, and that ends by itself when the other side takes nothing.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How long the other side may take nothing of what is written. A terminal that sleeps keeps its connection alive.
const STALL: Duration = Duration::from_mins(1);

/// A connection.
pub struct Wire<S> {
    stream: S,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    stall: Option<Pin<Box<Sleep>>>,
    patience: Duration,
}

impl<S> Wire<S> {
    /// Takes a connection that is cut when `cut` is cancelled.
    pub fn new(stream: S, cut: CancellationToken) -> Self {
        Self { stream, cut: Box::pin(cut.cancelled_owned()), stall: None, patience: STALL }
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(written) => {
                self.stall = None;
                Poll::Ready(written)
            }
            Poll::Pending => {
                let patience = self.patience;
                let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(patience)));
                stall.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_wire_that_is_cut_reads_and_writes_no_more() {
        let (near, _far) = tokio::io::duplex(16);
        let cut = CancellationToken::new();
        let mut wire = Wire::new(near, cut.clone());
        wire.write_all(b"hello").await.unwrap();
        let reading = tokio::spawn(async move { (wire.read_u8().await, wire.write_all(b"more").await) });
        cut.cancel();
        let (read, written) = reading.await.unwrap();
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_wire_that_takes_nothing_ends() {
        let (near, far) = tokio::io::duplex(16);
        let mut wire = Wire { patience: Duration::from_millis(20), ..Wire::new(near, CancellationToken::new()) };
        wire.write_all(&[7; 16]).await.unwrap();
        assert_eq!(wire.write_all(&[7; 80]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(far);
    }
}
