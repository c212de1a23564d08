//! One connection: bytes both ways between a client and the private socket. What goes in is scanned first; what goes
//! out waits here for a client that reads slowly, up to a budget, so that the socket behind does not wait for it.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::scanner::Scanner;
use super::{HANDSHAKE, HalfOpenEntry};

const CHUNK: usize = 64 << 10;

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

/// Pipes until either side closes, the client is refused, or it does not read.
pub(super) async fn run<R, W>(
    (reads, writes): (R, W),
    server: UnixStream,
    scanner: Scanner,
    budget: Budget,
    door: HalfOpenEntry,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (from_server, to_server) = server.into_split();
    // Why a connection ended matters to nobody: closing it is the whole answer.
    tokio::select! {
        _ended = pass_in(reads, to_server, scanner, door) => {}
        _ended = pass_out(from_server, writes, budget) => {}
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

async fn pass_out<R, W>(mut reads: R, mut writes: W, budget: Budget) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut waiting = Waiting::default();
    let mut open = true;
    while open || !waiting.chunks.is_empty() {
        let deadline = waiting.deadline(budget);
        waiting.buffer.reserve(CHUNK / 4);
        let Waiting { chunks, buffer, bytes, .. } = &mut waiting;
        tokio::select! {
            read = reads.read_buf(buffer), if open && *bytes < budget.bytes => {
                open = read? > 0;
                waiting.keep();
            }
            written = write_first(&mut writes, chunks), if !chunks.is_empty() => {
                waiting.spend(written?);
            }
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }
    writes.flush().await
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
