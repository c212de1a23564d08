//! The guard: our own listener in front of each ZeroMQ socket. It lets in only what cannot hurt, and drops who does not
//! read. Messages are left to the socket behind it; no frame is kept or copied here beyond one buffer.
//!
//! Why: zeromq 0.7 reserves whatever length a frame header claims, so nine bytes from anybody who can reach a port
//! abort the process; and its XPUB waits for the slowest subscriber. So the public address is ours. Bytes are scanned
//! as they pass ([`scanner`]) and piped ([`pipe`]) to the socket, which listens on a private Unix socket
//! ([`private`]) that nobody else can reach.

mod pipe;
mod private;
mod scanner;

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

pub(crate) use pipe::Budget;
pub(crate) use private::PrivatePort;
pub(crate) use scanner::Limits;

use crate::connection::Address;
use crate::error::ServerError;
use scanner::Scanner;

/// Connections whose handshake is not done; one more drops the oldest.
const HALF_OPEN: usize = 64;
/// Connections to one socket; one more is refused.
const CONNECTIONS: usize = 512;
/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A guarded address. Ends its connections when dropped; removes its socket file.
pub(crate) struct Guard {
    task: tokio::task::JoinHandle<()>,
    file: Option<PathBuf>,
    stop: watch::Sender<bool>,
}

impl Guard {
    /// Listens on `address` and pipes what is sane to `private`.
    pub(crate) fn open(
        address: &Address,
        private: Arc<PrivatePort>,
        limits: Limits,
        budget: Budget,
    ) -> Result<Self, ServerError> {
        let listen = |source| ServerError::Listen { address: address.to_string(), source };
        let (listener, file) = match address {
            Address::Tcp(address) => (Listener::tcp(*address).map_err(listen)?, None),
            Address::Ipc(path) => (Listener::ipc(path).map_err(listen)?, Some(path.clone())),
        };
        let (stop, stopped) = watch::channel(false);
        let port =
            Port { listener, private, limits, budget, half_open: Arc::default(), unfinished: Arc::default() };
        let task = tokio::spawn(port.serve(stopped));
        Ok(Self { task, file, stop })
    }

    /// Takes no more connections, and waits until what the socket has sent is with the clients, but not for long.
    pub(crate) async fn close(mut self, patience: Duration) {
        self.stop.send_replace(true);
        if tokio::time::timeout(patience, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(file) = &self.file {
            // Gone already when a client cleans up before us.
            drop(std::fs::remove_file(file));
        }
    }
}

struct Port {
    listener: Listener,
    private: Arc<PrivatePort>,
    limits: Limits,
    budget: Budget,
    half_open: Arc<HalfOpen>,
    unfinished: Arc<AtomicU64>,
}

impl Port {
    async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let mut clients = JoinSet::new();
        let mut serial = 0_u64;
        loop {
            let client = tokio::select! {
                client = self.listener.accept() => client,
                _ended = clients.join_next(), if !clients.is_empty() => continue,
                _stopped = stopped.wait_for(|stopped| *stopped) => break,
            };
            match client {
                Ok(client) if clients.len() < CONNECTIONS => {
                    serial += 1;
                    self.admit(client, serial, stopped.clone(), &mut clients);
                }
                Ok(_one_too_many) => {}
                // Out of file descriptors: they come back when a client goes.
                Err(_exhausted) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        while clients.join_next().await.is_some() {}
    }

    fn admit(&self, client: Client, serial: u64, stopped: watch::Receiver<bool>, clients: &mut JoinSet<()>) {
        let private = Arc::clone(&self.private);
        let half_open = Arc::clone(&self.half_open);
        let unfinished = Arc::clone(&self.unfinished);
        let (limits, budget) = (self.limits, self.budget);
        self.half_open.enter(serial, || {
            clients.spawn(async move {
                let door = HalfOpenEntry { half_open, serial };
                let Ok(server) = UnixStream::connect(private.address()).await else { return };
                let scanner = Scanner::new(limits, unfinished);
                // However it ends, both sides are closed; who was refused learns it from that, as ZMTP says.
                match client {
                    Client::Tcp(client) => {
                        pipe::run(client.into_split(), server, scanner, (budget, stopped), door).await
                    }
                    Client::Ipc(client) => {
                        pipe::run(client.into_split(), server, scanner, (budget, stopped), door).await
                    }
                }
            })
        });
    }
}

/// Who has not finished the handshake, oldest first.
#[derive(Default)]
struct HalfOpen {
    waiting: Mutex<VecDeque<(u64, AbortHandle)>>,
}

impl HalfOpen {
    fn enter(&self, serial: u64, spawn: impl FnOnce() -> AbortHandle) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back((serial, spawn()));
        if waiting.len() > HALF_OPEN
            && let Some((_, oldest)) = waiting.pop_front()
        {
            oldest.abort();
        }
    }
}

/// A place among the half-open; left when dropped.
struct HalfOpenEntry {
    half_open: Arc<HalfOpen>,
    serial: u64,
}

impl Drop for HalfOpenEntry {
    fn drop(&mut self) {
        let mut waiting = self.half_open.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(serial, _)| *serial != self.serial);
    }
}

enum Listener {
    Tcp(TcpListener),
    Ipc(UnixListener),
}

enum Client {
    Tcp(tokio::net::TcpStream),
    Ipc(UnixStream),
}

impl Listener {
    fn tcp(address: std::net::SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener).map(Self::Tcp)
    }

    /// A socket file that nobody listens on is left from a kernel that was killed: it is removed.
    fn ipc(path: &std::path::Path) -> io::Result<Self> {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        if let Ok(found) = std::fs::symlink_metadata(path) {
            if !found.file_type().is_socket() {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file is in its place"));
            }
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "another kernel listens there"));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self::Ipc(listener))
    }

    async fn accept(&self) -> io::Result<Client> {
        match self {
            Self::Tcp(listener) => {
                let (client, _) = listener.accept().await?;
                client.set_nodelay(true)?;
                Ok(Client::Tcp(client))
            }
            Self::Ipc(listener) => listener.accept().await.map(|(client, _)| Client::Ipc(client)),
        }
    }
}
