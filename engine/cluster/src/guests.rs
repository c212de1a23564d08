//! Connections to the ports of calls. One that has not shown the token in time is closed, whatever it says; of more than a
//! cluster needs at once, the oldest. What the token is, is left to `token`; pages have limits of their own.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tonic::transport::server::Connected;

/// Connections that have not shown the token, at once.
const MOST: usize = 1024;
/// How long a connection has to show it.
const IN_TIME: Duration = Duration::from_secs(10);
/// How long is waited when no more connections can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that come.
pub(crate) fn guests(listener: TcpListener) -> impl Stream<Item = io::Result<Guest>> {
    futures::stream::unfold((listener, Door::new(MOST)), |(listener, mut door)| async move {
        let guest = door.guest(accepted(&listener).await, IN_TIME);
        Some((Ok(guest), (listener, door)))
    })
}

/// The connections that have not shown the token, in the order in which they came.
struct Door {
    most: usize,
    waiting: VecDeque<Waiting>,
}

/// A connection that has not shown it, and what it goes with when that is dropped.
struct Waiting {
    shown: Shown,
    go_tx: oneshot::Sender<()>,
}

impl Door {
    fn new(most: usize) -> Self {
        Self { most, waiting: VecDeque::new() }
    }

    /// One connection more; the one that has waited longest goes for it, where there are too many.
    fn guest(&mut self, stream: TcpStream, in_time: Duration) -> Guest {
        self.waiting.retain(|one| !one.shown.is_set() && !one.go_tx.is_closed());
        if self.waiting.len() >= self.most {
            self.waiting.pop_front();
        }
        let (go_tx, go_rx) = oneshot::channel::<()>();
        let shown = Shown::default();
        self.waiting.push_back(Waiting { shown: shown.clone(), go_tx });
        let end = async move {
            tokio::select! {
                () = sleep(in_time) => {}
                _ = go_rx => {}
            }
        };
        Guest { stream, shown, stay: Stay::Until(Box::pin(end)) }
    }
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
    stay: Stay,
}

/// How long a connection may stay.
enum Stay {
    /// Until this, if it has not shown the token by then.
    Until(BoxFuture<'static, ()>),
    Always,
    No,
}

/// Whether a connection has shown the token. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown(Arc<AtomicBool>);

impl Shown {
    /// A request of the connection has shown it.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Guest {
    /// Whether it may not stay.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        if let Stay::Until(end) = &mut self.stay {
            if self.shown.is_set() {
                self.stay = Stay::Always;
            } else if end.as_mut().poll(cx).is_ready() {
                self.stay = Stay::No;
            }
        }
        matches!(self.stay, Stay::No)
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
