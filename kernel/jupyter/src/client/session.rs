//! A connection to a kernel: its sockets, and a call for each kind of request. Who started the kernel does not matter
//! here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeromq::{DealerSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage};

use super::event::{Event, RawMessage};
use super::execution::{ExecuteOptions, Execution};
use super::inbox::Inbox;
use super::process::KernelProcess;
use crate::connection::{Address, Channel, ConnectionInfo};
use crate::error::ClientError;
use crate::wire::{Draft, Wire};

/// How long a kernel that has no `iopub_welcome` is given to send one.
const WELCOME: Duration = Duration::from_millis(100);
/// How long the idle after a reply is waited for before the request is sent again, while connecting.
const IDLE: Duration = Duration::from_millis(250);

/// A connection to a running kernel.
pub struct KernelClient {
    /// Dropped first, so that no task outlives the sockets' owner.
    runtime: Option<Runtime>,
    inbox: Arc<Inbox>,
    wire: Wire,
    senders: [(Channel, UnboundedSender<Draft>); 3],
    process: Option<Arc<KernelProcess>>,
}

/// A reply, and what else the kernel said on the way.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The reply's content.
    pub content: Value,
    /// Other messages of this request, busy and idle left out.
    pub events: Vec<Event>,
}

impl KernelClient {
    /// Connects to a kernel and waits until it answers and its output reaches us.
    pub fn connect(connection: &ConnectionInfo, patience: Duration) -> Result<Self, ClientError> {
        Self::connect_to(connection, None, Instant::now() + patience)
    }

    pub(super) fn connect_to(
        connection: &ConnectionInfo,
        process: Option<Arc<KernelProcess>>,
        deadline: Instant,
    ) -> Result<Self, ClientError> {
        connection.check()?;
        wait_for_listener(&connection.address(Channel::Iopub)?, process.as_deref(), deadline)?;
        wait_for_listener(&connection.address(Channel::Shell)?, process.as_deref(), deadline)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let wire = Wire::new(&connection.key, "client");
        let inbox = Arc::new(Inbox::default());
        let senders = runtime.block_on(open_sockets(connection, &wire, &inbox))?;
        let client = Self { runtime: Some(runtime), inbox, wire, senders, process };
        client.wait_until_ready(deadline)?;
        Ok(client)
    }

    /// Runs a cell; its messages are taken from what is returned.
    pub fn execute(&self, code: &str, options: &ExecuteOptions) -> Result<Execution<'_>, ClientError> {
        let id = self.send(Channel::Shell, "execute_request", &options.content(code));
        Ok(Execution::new(self, id))
    }

    /// Who the kernel is.
    pub fn kernel_info(&self, patience: Duration) -> Result<Value, ClientError> {
        self.content("kernel_info_request", &json!({}), patience)
    }

    /// What may stand at the cursor, in code points.
    pub fn complete(&self, code: &str, cursor: usize, patience: Duration) -> Result<Value, ClientError> {
        self.content("complete_request", &json!({ "code": code, "cursor_pos": cursor }), patience)
    }

    /// What is known of the thing at the cursor, in code points.
    pub fn inspect(
        &self,
        code: &str,
        cursor: usize,
        detail: u8,
        patience: Duration,
    ) -> Result<Value, ClientError> {
        let content = json!({ "code": code, "cursor_pos": cursor, "detail_level": detail });
        self.content("inspect_request", &content, patience)
    }

    /// Whether the code is whole.
    pub fn is_complete(&self, code: &str, patience: Duration) -> Result<Value, ClientError> {
        self.content("is_complete_request", &json!({ "code": code }), patience)
    }

    /// The history; `content` as the specification has it, with `hist_access_type`.
    pub fn history(&self, content: &Value, patience: Duration) -> Result<Value, ClientError> {
        self.content("history_request", content, patience)
    }

    /// The open comms.
    pub fn comm_info(&self, patience: Duration) -> Result<Value, ClientError> {
        self.content("comm_info_request", &json!({}), patience)
    }

    /// Sends a comm message (`comm_open`, `comm_msg` or `comm_close`) and returns what the kernel said until idle.
    pub fn comm(
        &self,
        kind: &'static str,
        content: &Value,
        patience: Duration,
    ) -> Result<Vec<Event>, ClientError> {
        let id = self.send(Channel::Shell, kind, content);
        let deadline = Instant::now() + patience;
        let mut events = Vec::new();
        loop {
            match Event::from(self.receive(&id, kind, deadline)?) {
                Event::Status(state) if state == "idle" => break,
                Event::Status(_busy) => {}
                event => events.push(event),
            }
        }
        self.inbox.forget(&id);
        Ok(events)
    }

    /// Interrupts the running cell by a message.
    pub fn interrupt(&self, patience: Duration) -> Result<(), ClientError> {
        self.ask(Channel::Control, "interrupt_request", &json!({}), patience).map(drop)
    }

    /// Sends any request and waits for its reply and idle.
    pub fn ask(
        &self,
        channel: Channel,
        kind: &'static str,
        content: &Value,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        let id = self.send(channel, kind, content);
        let answer = self.collect(&id, kind, Instant::now() + patience);
        self.inbox.forget(&id);
        answer
    }

    /// Sends any message; what answers it is taken with [`receive`](Self::receive). Returns its id.
    pub fn send(&self, channel: Channel, kind: &'static str, content: &Value) -> String {
        let mut draft = Draft::new(kind, content);
        let (header, id) = self.wire.header(kind);
        self.inbox.open(&id);
        draft.header = Some(header);
        self.send_draft(channel, draft);
        id
    }

    /// Takes the next message in answer to this one; `what` names it when it does not come.
    pub fn receive(&self, id: &str, what: &str, deadline: Instant) -> Result<RawMessage, ClientError> {
        self.inbox.take(id, what, deadline, self.process.as_deref())
    }

    /// Messages of no request of ours.
    pub fn take_unclaimed(&self) -> Vec<RawMessage> {
        self.inbox.take_unclaimed()
    }

    /// For tests: fails if a message was not read.
    ///
    /// # Panics
    /// If one was not.
    pub fn assert_drained(&self) {
        let unread = self.inbox.unread();
        assert!(unread.is_empty(), "messages were not read: {unread:#?}");
    }

    pub(super) fn forget(&self, id: &str) {
        self.inbox.forget(id);
    }

    pub(super) fn answer_input(&self, value: &str) {
        self.send_draft(
            Channel::Stdin,
            Draft::new("input_reply", &json!({ "status": "ok", "value": value })),
        );
    }

    fn send_draft(&self, channel: Channel, draft: Draft) {
        for (theirs, sender) in &self.senders {
            if *theirs == channel {
                // The receiver lives as long as the runtime, which lives as long as this.
                drop(sender.send(draft));
                return;
            }
        }
    }

    fn content(&self, kind: &'static str, content: &Value, patience: Duration) -> Result<Value, ClientError> {
        self.ask(Channel::Shell, kind, content, patience).map(|answer| answer.content)
    }

    fn collect(&self, id: &str, kind: &str, deadline: Instant) -> Result<Answer, ClientError> {
        let mut reply = None;
        let mut idle = false;
        let mut events = Vec::new();
        loop {
            if let (Some(content), true) = (&mut reply, idle) {
                return Ok(Answer { content: std::mem::take(content), events });
            }
            match Event::from(self.receive(id, kind, deadline)?) {
                Event::Status(state) => idle |= state == "idle",
                Event::Reply(content) => reply = Some(content),
                event => events.push(event),
            }
        }
    }

    /// A kernel with an XPUB welcomes us once we are subscribed; of another we know it when the idle of a request
    /// reaches us.
    fn wait_until_ready(&self, deadline: Instant) -> Result<(), ClientError> {
        // Not an error: most kernels do not welcome.
        drop(self.inbox.wait_for_welcome(deadline.min(Instant::now() + WELCOME)));
        loop {
            let id = self.send(Channel::Shell, "kernel_info_request", &json!({}));
            let ready = self.is_answered(&id, deadline)?;
            self.inbox.forget(&id);
            if ready {
                self.inbox.take_unclaimed();
                return Ok(());
            }
        }
    }

    /// Whether both the reply and the idle of this request came. Without its reply there is no kernel yet; without
    /// its idle the subscription was not in.
    fn is_answered(&self, id: &str, deadline: Instant) -> Result<bool, ClientError> {
        let (mut replied, mut idle) = (false, false);
        while !(replied && idle) {
            let until = if replied { deadline.min(Instant::now() + IDLE) } else { deadline };
            match self.receive(id, "kernel_info_request", until) {
                Ok(message) if message.channel == Channel::Iopub => {
                    idle |= message.content.get("execution_state") == Some(&json!("idle"));
                }
                Ok(_reply) => replied = true,
                Err(ClientError::Timeout { .. }) if replied && Instant::now() < deadline => break,
                Err(error) => return Err(error),
            }
        }
        Ok(replied && idle)
    }
}

impl Drop for KernelClient {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // It may be let go on a thread that must not wait.
            drop(std::thread::Builder::new().spawn(move || drop(runtime)));
        }
    }
}

async fn open_sockets(
    connection: &ConnectionInfo,
    wire: &Wire,
    inbox: &Arc<Inbox>,
) -> Result<[(Channel, UnboundedSender<Draft>); 3], ClientError> {
    let mut iopub = SubSocket::new();
    iopub.connect(&connection.address(Channel::Iopub)?.to_string()).await?;
    iopub.subscribe("").await?;
    let (decode, deliver) = (wire.clone(), Arc::clone(inbox));
    tokio::spawn(async move {
        loop {
            pass_on(iopub.recv().await, Channel::Iopub, &decode, &deliver).await;
        }
    });
    let mut senders = Vec::new();
    for channel in [Channel::Shell, Channel::Control, Channel::Stdin] {
        let mut options = SocketOptions::default();
        // The kernel finds the stdin socket by the identity that the cell came from.
        options.peer_identity(wire.session().parse()?);
        let mut socket = DealerSocket::with_options(options);
        socket.connect(&connection.address(channel)?.to_string()).await?;
        let (sends, mut receives) = socket.split();
        let (sender, drafts) = unbounded_channel();
        tokio::spawn(send_all(sends, drafts, wire.clone()));
        let (decode, deliver) = (wire.clone(), Arc::clone(inbox));
        tokio::spawn(async move {
            loop {
                pass_on(receives.recv().await, channel, &decode, &deliver).await;
            }
        });
        senders.push((channel, sender));
    }
    let senders: Result<[_; 3], _> = senders.try_into();
    senders.map_err(|_other_length| std::io::Error::other("a socket is missing").into())
}

async fn send_all(mut socket: impl SocketSend, mut drafts: UnboundedReceiver<Draft>, wire: Wire) {
    while let Some(draft) = drafts.recv().await {
        if let Ok(message) = ZmqMessage::try_from(wire.encode(draft)) {
            // With the kernel gone there will be no reply; whoever waits for it hears of that.
            drop(socket.send(message).await);
        }
    }
}

/// A kernel that sends what is no message, or signs it wrongly, is not heard.
async fn pass_on(received: zeromq::ZmqResult<ZmqMessage>, channel: Channel, wire: &Wire, inbox: &Inbox) {
    match received.map(ZmqMessage::into_vec) {
        Ok(frames) => {
            if let Ok(message) = wire.decode(frames) {
                inbox.deliver(RawMessage::new(channel, &message));
            }
        }
        Err(_closed) => tokio::time::sleep(Duration::from_millis(10)).await,
    }
}

/// Connecting is tried until somebody listens; the sockets' own retries begin at longer pauses.
fn wait_for_listener(
    address: &Address,
    process: Option<&KernelProcess>,
    deadline: Instant,
) -> Result<(), ClientError> {
    loop {
        let connected = match address {
            Address::Tcp(address) => std::net::TcpStream::connect(address).is_ok(),
            Address::Ipc(path) => std::os::unix::net::UnixStream::connect(path).is_ok(),
        };
        if connected {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(ClientError::Timeout { what: "the connection".to_owned() });
        }
        if let Some(process) = process {
            process.check()?;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
