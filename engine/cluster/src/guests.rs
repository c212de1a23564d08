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
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Both ends of a connection, and the places for such.
    async fn connected() -> (Guest, TcpStream, Arc<Semaphore>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let places = Arc::new(Semaphore::new(1));
        let place = places.clone().acquire_owned().await.unwrap();
        (Guest::new(accepted(&listener).await, place, SOON), caller, places)
    }

    #[tokio::test]
    async fn who_shows_no_token_is_closed() {
        let (mut guest, mut caller, places) = connected().await;
        caller.write_all(b"PRI").await.unwrap();
        assert_eq!(guest.read(&mut [0; 8]).await.unwrap(), 3, "what has come is read");
        let late = timeout(PATIENCE, guest.read(&mut [0; 8])).await.unwrap();
        assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(places.available_permits(), 0);
        drop(guest);
        assert_eq!(places.available_permits(), 1);
        assert_eq!(timeout(PATIENCE, caller.read(&mut [0; 8])).await.unwrap().unwrap(), 0);
    }

    #[tokio::test]
    async fn who_has_shown_it_stays_and_leaves_its_place() {
        let (mut guest, mut caller, places) = connected().await;
        guest.connect_info().set();
        assert_eq!(places.available_permits(), 1);
        assert!(timeout(SOON * 4, guest.read(&mut [0; 8])).await.is_err(), "it may be silent");
        caller.write_all(b"more").await.unwrap();
        assert_eq!(timeout(PATIENCE, guest.read(&mut [0; 8])).await.unwrap().unwrap(), 4);
    }
}
