//! Connections to the ports of calls. One that has not shown the token in time is closed, whatever it says, and more of
//! that kind than a cluster needs at once are not taken. What the token is, is left to `token`; pages have limits of their own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tonic::transport::server::Connected;

/// Connections that have not shown the token, at once.
const MOST: usize = 1024;
/// How long a connection has to show it.
const IN_TIME: Duration = Duration::from_secs(10);
/// How long is waited when no more connections can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that come.
pub(crate) fn guests(listener: TcpListener) -> impl Stream<Item = io::Result<Guest>> {
    let places = Arc::new(Semaphore::new(MOST));
    futures::stream::unfold((listener, places), |(listener, places)| async move {
        let place = places.clone().acquire_owned().await.ok()?;
        let stream = accepted(&listener).await;
        Some((Ok(Guest::new(stream, place, IN_TIME)), (listener, places)))
    })
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    log::debug!("a connection waits for more to send: {error}");
                }
                return stream;
            }
            Err(error) => {
                log::warn!("a connection could not be taken: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// A connection, and whether it has shown the token. Its requests have a clone of that.
pub(crate) struct Guest {
    stream: TcpStream,
    shown: Shown,
    /// When it is closed; none once it has shown the token.
    end: Option<Pin<Box<Sleep>>>,
}

/// Whether a connection has shown the token. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Shown(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Shown {
    /// A request of the connection has shown it: its place is free for another.
    pub(crate) fn set(&self) {
        drop(self.0.lock().take());
    }

    fn is_set(&self) -> bool {
        self.0.lock().is_none()
    }
}

impl Guest {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, in_time: Duration) -> Self {
        let shown = Shown(Arc::new(Mutex::new(Some(place))));
        Self { stream, shown, end: Some(Box::pin(sleep(in_time))) }
    }

    /// Whether it has not shown the token in time.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(end) = &mut self.end else { return false };
        if self.shown.is_set() {
            self.end = None;
            return false;
        }
        end.as_mut().poll(cx).is_ready()
    }
}

impl Connected for Guest {
    type ConnectInfo = Shown;

    fn connect_info(&self) -> Shown {
        self.shown.clone()
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // What has come is read first: this process may have been late itself.
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending() && self.is_late(cx) {
            log::debug!("a connection did not show the token in time");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
