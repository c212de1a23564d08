//! The one task that owns the iopub socket: it sends what the queue holds at the pace a server takes, and welcomes
//! subscribers. What a slow subscriber has not read is the guard's to keep or to drop.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt;
use serde_json::json;
use zeromq::{SocketRecv, SocketSend, XPubSocket, ZmqMessage};

use super::pace::Pace;
use super::{IopubHandle, Item};
use crate::interpreter::Stream;
use crate::wire::{Draft, Wire};

/// How long text waits for more of it, since text was last sent.
const FLUSH: Duration = Duration::from_millis(50);
/// Kinds of message that a Jupyter server does not count.
const UNCOUNTED: [&str; 4] = ["status", "comm_open", "execute_input", "shutdown_reply"];

/// Sends what is queued until the handle is closed and the queue is empty.
pub(crate) async fn publish(iopub: IopubHandle, mut socket: XPubSocket, wire: Wire) {
    let mut publisher = Publisher { iopub, wire, pace: Pace::default(), held: None, flushed: None };
    loop {
        match publisher.next(Instant::now()) {
            Next::Send(message) => {
                // Whoever subscribed before this message is in before it is sent.
                while let Some(Ok(subscription)) = socket.recv().now_or_never() {
                    publisher.welcome(&mut socket, subscription).await;
                }
                send(&mut socket, message).await;
            }
            Next::Wait(until) => {
                let iopub = publisher.iopub.clone();
                tokio::select! {
                    biased;
                    subscription = socket.recv() => match subscription {
                        Ok(subscription) => publisher.welcome(&mut socket, subscription).await,
                        // A client is gone; the socket has taken it out of its lists.
                        Err(_gone) => tokio::task::yield_now().await,
                    },
                    () = iopub.shared.work.notified() => {}
                    () = sleep_until(until) => {}
                }
            }
            Next::End => return,
        }
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

/// Errors are of single subscribers, which the socket forgets; there is nobody to tell.
async fn send(socket: &mut XPubSocket, frames: Vec<Bytes>) {
    if let Ok(message) = ZmqMessage::try_from(frames) {
        drop(socket.send(message).await);
    }
}

enum Next {
    Send(Vec<Bytes>),
    Wait(Option<Instant>),
    End,
}

struct Publisher {
    iopub: IopubHandle,
    wire: Wire,
    pace: Pace,
    /// The first item, taken from the queue, that waits for its turn.
    held: Option<Held>,
    /// When text was last sent.
    flushed: Option<Instant>,
}

struct Held {
    frames: Vec<Bytes>,
    /// What the server will count: nothing, a message, or a message of so many bytes of text.
    counted: Option<usize>,
}

impl Publisher {
    fn next(&mut self, now: Instant) -> Next {
        let held = match self.held.take() {
            Some(held) => held,
            None => match self.take(now) {
                Ok(item) => self.encode(item),
                Err(next) => return next,
            },
        };
        if let Some(bytes) = held.counted
            && !self.iopub.is_closed()
            && let Err(later) = self.pace.admit(now, bytes)
        {
            self.held = Some(held);
            return Next::Wait(Some(later));
        }
        if held.counted.is_some_and(|bytes| bytes > 0) {
            self.flushed = Some(now);
        }
        Next::Send(held.frames)
    }

    fn take(&self, now: Instant) -> Result<Item, Next> {
        let mut queue = self.iopub.lock();
        if queue.is_growing()
            && !self.iopub.is_closed()
            && let Some(flush) = self.flushed.map(|flushed| flushed + FLUSH)
            && flush > now
        {
            return Err(Next::Wait(Some(flush)));
        }
        match queue.pop() {
            Some(item) => {
                self.iopub.shared.room.notify_all();
                Ok(item)
            }
            None if self.iopub.is_closed() => Err(Next::End),
            None => Err(Next::Wait(None)),
        }
    }

    fn encode(&self, item: Item) -> Held {
        match item {
            Item::Message(draft) => {
                let counted = (!UNCOUNTED.contains(&&*draft.msg_type)).then_some(0);
                Held { frames: self.address(*draft, ""), counted }
            }
            Item::Text { parent, stream, text } => {
                let name = match stream {
                    Stream::Stdout => "stdout",
                    Stream::Stderr => "stderr",
                };
                let draft = Draft::new("stream", &json!({ "name": name, "text": text })).child_of(&parent);
                let frames = self.address(draft, name);
                let bytes = frames.iter().map(Bytes::len).sum();
                Held { frames, counted: Some(bytes) }
            }
        }
    }

    /// Puts the topic before a message, in ipykernel's words: `kernel.<session>.<type>`, `stream.<name>`.
    fn address(&self, mut draft: Draft, stream: &str) -> Vec<Bytes> {
        let topic = if stream.is_empty() {
            format!("kernel.{}.{}", self.wire.session(), draft.msg_type)
        } else {
            format!("stream.{stream}")
        };
        draft.identities = vec![Bytes::from(topic)];
        self.wire.encode(draft)
    }

    /// Answers a subscription with `iopub_welcome`, addressed by the subscription itself (JEP 65).
    async fn welcome(&self, socket: &mut XPubSocket, subscription: ZmqMessage) {
        let Some([1, topic @ ..]) = subscription.get(0).map(|frame| &frame[..]) else { return };
        let mut draft =
            Draft::new("iopub_welcome", &json!({ "subscription": String::from_utf8_lossy(topic) }));
        draft.identities = vec![Bytes::copy_from_slice(topic)];
        send(socket, self.wire.encode(draft)).await;
    }
}
