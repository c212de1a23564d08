//! One connection: bytes both ways between a client and the private socket. What goes in is scanned first; what goes
//! out waits here for a client that reads slowly, up to a budget, so that the socket behind does not wait for it.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::scanner::Scanner;
use super::{HANDSHAKE, HalfOpenEntry};

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;
/// With less room than this a new block is begun.
const SMALLEST: usize = 4 << 10;

/// What may wait for one client, and for how long when that is full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Bytes that wait for a client before the socket behind has to.
    pub(crate) bytes: usize,
    /// With the bytes used up, how long a client may read nothing at all.
    pub(crate) stalled: Duration,
    /// With the bytes used up, how long a client may be too slow to make room.
    pub(crate) slow: Duration,
}

/// How long the socket behind says nothing, once it has been told to end, before all of it is taken to be said: what it
/// has sent is in the pipe by then, but the publisher's side of zeromq 0.7 is never closed.
const LULL: Duration = Duration::from_millis(50);

/// Pipes until either side closes, the client is refused, or it does not read; and once `stopped`, until the client has
/// what was said.
pub(super) async fn run<R, W>(
    (reads, writes): (R, W),
    server: UnixStream,
    scanner: Scanner,
    (budget, stopped): (Budget, watch::Receiver<bool>),
    door: HalfOpenEntry,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (from_server, to_server) = server.into_split();
    // Why a connection ended matters to nobody: closing it is the whole answer.
    tokio::select! {
        _ended = pass_in(reads, to_server, scanner, door) => {}
        _ended = pass_out(from_server, writes, budget, stopped) => {}
    }
}

async fn pass_in<R, W>(
    mut reads: R,
    mut writes: W,
    mut scanner: Scanner,
    door: HalfOpenEntry,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = BytesMut::with_capacity(4096);
    let deadline = Instant::now() + HANDSHAKE;
    let mut door = Some(door);
    loop {
        buffer.clear();
        let read = if door.is_some() {
            timeout_at(deadline, reads.read_buf(&mut buffer)).await??
        } else {
            reads.read_buf(&mut buffer).await?
        };
        if read == 0 {
            return Ok(());
        }
        scanner.scan(&buffer).map_err(|refusal| io::Error::other(format!("{refusal:?}")))?;
        writes.write_all(&buffer).await?;
        if scanner.is_ready() {
            door = None;
        }
        if read == buffer.capacity() && read < CHUNK {
            buffer = BytesMut::with_capacity(CHUNK);
        }
    }
}

async fn pass_out<R, W>(
    mut reads: R,
    mut writes: W,
    budget: Budget,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut waiting = Waiting::default();
    let mut open = true;
    while open || !waiting.chunks.is_empty() {
        let deadline = waiting.deadline(budget);
        waiting.make_room();
        let Waiting { chunks, buffer, bytes, .. } = &mut waiting;
        tokio::select! {
            read = reads.read_buf(buffer), if open && *bytes < budget.bytes => {
                open = read? > 0;
                waiting.keep();
            }
            written = write_first(&mut writes, chunks), if !chunks.is_empty() => {
                waiting.spend(written?);
            }
            () = lull(&mut stopped), if open && chunks.is_empty() => open = false,
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }
    writes.flush().await
}

/// Comes when the server was told to end, and has said nothing since for a while.
async fn lull(stopped: &mut watch::Receiver<bool>) {
    // The guard that would tell it is gone when its pipes are.
    drop(stopped.wait_for(|stopped| *stopped).await);
    sleep(LULL).await;
}

async fn write_first<W: AsyncWrite + Unpin>(writes: &mut W, chunks: &VecDeque<Bytes>) -> io::Result<usize> {
    let Some(first) = chunks.front() else { return Ok(0) };
    match writes.write(first).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        written => Ok(written),
    }
}

/// What one client has not read yet.
#[derive(Default)]
struct Waiting {
    chunks: VecDeque<Bytes>,
    buffer: BytesMut,
    bytes: usize,
    full_since: Option<Instant>,
    last_read: Option<Instant>,
}

impl Waiting {
    /// Chunks share a block until it is nearly full, so that many small ones do not hold a block each.
    fn make_room(&mut self) {
        if self.buffer.capacity() < SMALLEST {
            self.buffer.reserve(CHUNK);
        }
    }

    fn keep(&mut self) {
        let chunk = self.buffer.split().freeze();
        self.bytes += chunk.len();
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }

    fn spend(&mut self, written: usize) {
        self.bytes -= written;
        self.last_read = Some(Instant::now());
        if let Some(first) = self.chunks.front_mut() {
            drop(first.split_to(written));
            if first.is_empty() {
                self.chunks.pop_front();
            }
        }
    }

    /// When this client is dropped, if its budget is used up.
    fn deadline(&mut self, budget: Budget) -> Option<Instant> {
        // With half of it free again the client has caught up.
        if self.bytes < budget.bytes / 2 {
            self.full_since = None;
        } else if self.bytes >= budget.bytes && self.full_since.is_none() {
            self.full_since = Some(Instant::now());
        }
        let full_since = self.full_since?;
        let last_read = self.last_read.map_or(full_since, |read| read.max(full_since));
        Some((last_read + budget.stalled).min(full_since + budget.slow))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::scanner::Limits;
    use super::*;

    const SMALL: Budget =
        Budget { bytes: 1 << 20, stalled: Duration::from_millis(100), slow: Duration::from_secs(60) };

    /// A pipe in a task of its own; returns the client's end and the server's, and what stops it.
    fn piped() -> (UnixStream, UnixStream, tokio::task::JoinHandle<()>, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        let (client, outer) = UnixStream::pair().unwrap();
        let (inner, server) = UnixStream::pair().unwrap();
        let door = HalfOpenEntry { half_open: Arc::default(), serial: 0 };
        let scanner = Scanner::new(Limits::REQUESTS, Arc::default());
        let task = tokio::spawn(run(outer.into_split(), inner, scanner, (SMALL, stopped), door));
        (client, server, task, stop)
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_dropped_and_its_socket_freed() {
        let (client, mut server, task, _stop) = piped();
        let written = server.write_all(&vec![7; 64 << 20]).await;
        assert!(written.is_err(), "the server's end is closed under it");
        task.await.unwrap();
        drop(client);
    }

    #[tokio::test]
    async fn a_slow_client_gets_every_byte_in_order() {
        let (mut client, mut server, task, _stop) = piped();
        let sent: Vec<u8> = (0..8_u32 << 20).map(|at| (at % 251) as u8).collect();
        let expected = sent.clone();
        let sending = tokio::spawn(async move { server.write_all(&sent).await });
        let mut received = Vec::new();
        let mut buffer = vec![0; 40_000];
        while received.len() < expected.len() {
            let read = client.read(&mut buffer).await.unwrap();
            assert!(read > 0, "dropped after {} bytes", received.len());
            received.extend_from_slice(&buffer[..read]);
            tokio::task::yield_now().await;
        }
        assert!(received == expected);
        sending.await.unwrap().unwrap();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn what_was_said_before_the_end_comes_though_the_socket_stays_open() {
        let (mut client, mut server, task, stop) = piped();
        let said = vec![7; 300_000];
        let expected = said.clone();
        server.write_all(&said[..1]).await.unwrap();
        stop.send_replace(true);
        let saying = tokio::spawn(async move {
            server.write_all(&said[1..]).await.unwrap();
            server
        });
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert!(received == expected, "{} bytes", received.len());
        task.await.unwrap();
        drop(saying.await.unwrap());
    }
}
