//! The five sockets: bound behind their guards, read into requests, and written from the replies' queues. What a
//! request means is left to [`route`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use zeromq::{
    RouterRecvHalf, RouterSendHalf, RouterSocket, Socket, SocketRecv, SocketSend, XPubSocket, ZmqMessage,
};

use super::cells::CellsHandle;
use super::request::Request;
use super::route::route;
use super::{ServerOptions, Shared, log};
use crate::connection::{Channel, ConnectionInfo};
use crate::error::ServerError;
use crate::guard::{Budget, Guard, Limits, PrivatePort};
use crate::iopub::{IopubHandle, publish};
use crate::wire::{Draft, Message, Wire};

/// The sockets, bound and not yet read.
pub(super) struct Sockets {
    shell: Router,
    control: Router,
    stdin: Router,
    heartbeat: Router,
    publisher: JoinHandle<()>,
    guards: Vec<Guard>,
}

struct Router {
    reads: RouterRecvHalf,
    writes: RouterSendHalf,
    replies: UnboundedSender<Draft>,
    waiting: UnboundedReceiver<Draft>,
}

impl Sockets {
    /// Binds all five; the publisher starts at once, so that who subscribes early is welcomed.
    pub(super) async fn open(
        connection: &ConnectionInfo,
        wire: &Wire,
        iopub: &IopubHandle,
        options: &ServerOptions,
    ) -> Result<Self, ServerError> {
        let budget = Budget {
            bytes: options.client_bytes,
            stalled: options.client_stalled,
            slow: options.client_slow,
        };
        let mut binder = Binder { connection, budget, guards: Vec::new() };
        let shell = binder.router(Channel::Shell, Limits::REQUESTS).await?;
        let control = binder.router(Channel::Control, Limits::REQUESTS).await?;
        let stdin = binder.router(Channel::Stdin, Limits::REQUESTS).await?;
        let heartbeat = binder.router(Channel::Heartbeat, Limits::PINGS).await?;
        let mut socket = XPubSocket::new();
        binder.bind(&mut socket, Channel::Iopub, Limits::SUBSCRIPTIONS).await?;
        let publisher = tokio::spawn(publish(iopub.clone(), socket, wire.clone()));
        Ok(Self { shell, control, stdin, heartbeat, publisher, guards: binder.guards })
    }

    /// Where questions to the user are sent.
    pub(super) fn questions(&self) -> UnboundedSender<Draft> {
        self.stdin.replies.clone()
    }

    /// Starts to read and write.
    pub(super) fn serve(self, shared: &Arc<Shared>, cells: &CellsHandle) -> SocketTasks {
        let (stop, stopped) = watch::channel(false);
        let mut writers = Vec::new();
        let mut readers = Vec::new();
        for router in [self.shell, self.control] {
            writers.push(tokio::spawn(write(
                router.writes,
                router.waiting,
                Arc::clone(shared),
                stopped.clone(),
            )));
            let (shared, cells, replies) = (Arc::clone(shared), cells.clone(), router.replies);
            readers.push(tokio::spawn(read(router.reads, shared.wire.clone(), move |message| {
                let request = Request { message, arrived: Instant::now(), replies: replies.clone() };
                route(&shared, &cells, request);
            })));
        }
        let stdin = self.stdin;
        writers.push(tokio::spawn(write(stdin.writes, stdin.waiting, Arc::clone(shared), stopped)));
        let desk = Arc::clone(shared);
        readers.push(tokio::spawn(read(stdin.reads, shared.wire.clone(), move |message| {
            desk.input.receive(&message)
        })));
        readers.push(tokio::spawn(echo(self.heartbeat)));
        SocketTasks { publisher: self.publisher, readers, writers, stop, guards: self.guards }
    }
}

/// What runs for the sockets until the end.
pub(super) struct SocketTasks {
    publisher: JoinHandle<()>,
    readers: Vec<JoinHandle<()>>,
    writers: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    guards: Vec<Guard>,
}

impl SocketTasks {
    /// Sends what waits and ends; the publisher's queue must be closed before. Waits no longer than `patience`.
    pub(super) async fn close(self, patience: Duration) {
        let deadline = tokio::time::Instant::now() + patience;
        self.readers.iter().for_each(JoinHandle::abort);
        self.stop.send_replace(true);
        for task in self.writers.into_iter().chain([self.publisher]) {
            let abort = task.abort_handle();
            if tokio::time::timeout_at(deadline, task).await.is_err() {
                abort.abort();
            }
        }
        for guard in self.guards {
            guard.close(deadline.saturating_duration_since(tokio::time::Instant::now())).await;
        }
    }
}

/// Binds sockets behind guards.
struct Binder<'a> {
    connection: &'a ConnectionInfo,
    budget: Budget,
    guards: Vec<Guard>,
}

impl Binder<'_> {
    async fn router(&mut self, channel: Channel, limits: Limits) -> Result<Router, ServerError> {
        let mut socket = RouterSocket::new();
        self.bind(&mut socket, channel, limits).await?;
        let (writes, reads) = socket.split();
        let (replies, waiting) = unbounded_channel();
        Ok(Router { reads, writes, replies, waiting })
    }

    async fn bind(
        &mut self,
        socket: &mut impl Socket,
        channel: Channel,
        limits: Limits,
    ) -> Result<(), ServerError> {
        let (port, listener) = PrivatePort::bind()?;
        let address = self.connection.address(channel)?;
        self.guards.push(Guard::open(&address, Arc::new(port), limits, self.budget)?);
        socket.bind_listener(listener).await?;
        Ok(())
    }
}

/// Hands every sane message on; what is none is logged and forgotten, as nobody can be answered.
async fn read(mut socket: RouterRecvHalf, wire: Wire, mut handle: impl FnMut(Message)) {
    loop {
        match socket.recv().await.map(ZmqMessage::into_vec) {
            Ok(frames) => match wire.decode(frames) {
                Ok(message) => handle(message),
                Err(error) => log::warn(&error.to_string()),
            },
            Err(error) => {
                log::warn(&format!("a client failed: {error}"));
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Sends what is queued, in order, until stopped; then what is left.
async fn write(
    mut socket: RouterSendHalf,
    mut waiting: UnboundedReceiver<Draft>,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let draft = tokio::select! {
            biased;
            draft = waiting.recv() => draft,
            _stop = stopped.changed() => None,
        };
        let Some(draft) = draft else { return };
        let question = draft.msg_type == "input_request";
        let Ok(message) = ZmqMessage::try_from(shared.wire.encode(draft)) else { continue };
        // A client that is gone needs no reply, but a cell that asks it must hear of it.
        if socket.send(message).await.is_err() && question {
            shared.input.close();
        }
    }
}

/// The heartbeat gives back what it gets, empty delimiter and all.
async fn echo(router: Router) {
    let (mut reads, mut writes) = (router.reads, router.writes);
    loop {
        match reads.recv().await {
            // Who asked may be gone already.
            Ok(message) => drop(writes.send(message).await),
            Err(_gone) => tokio::task::yield_now().await,
        }
    }
}
