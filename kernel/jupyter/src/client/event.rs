//! A kernel's messages, typed as far as callers act on them.

use serde_json::{Map, Value};

use crate::connection::Channel;
use crate::interpreter::{CellError, Stream};
use crate::media::parse_lenient;
use crate::wire::Message;

/// A message as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct RawMessage {
    /// The socket that it came by.
    pub channel: Channel,
    /// Its type.
    pub msg_type: String,
    /// Its id.
    pub msg_id: String,
    /// The id of the request that it belongs to.
    pub parent_id: Option<String>,
    /// Its content.
    pub content: Value,
    /// Its metadata.
    pub metadata: Value,
    /// Its binary buffers.
    pub buffers: Vec<Vec<u8>>,
}

/// What a kernel said about a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `busy` or `idle`.
    Status(String),
    /// The cell as the kernel counts it.
    Input {
        /// Its source.
        code: String,
        /// The number in `In [n]`.
        count: usize,
    },
    /// Text.
    Stream {
        /// Which stream.
        stream: Stream,
        /// The text.
        text: String,
    },
    /// A display, which may be updated later if it has an id.
    Display {
        /// MIME types and bodies.
        data: Map<String, Value>,
        /// By MIME type.
        metadata: Map<String, Value>,
        /// What updates name.
        id: Option<String>,
    },
    /// New content for each display of this id.
    Update {
        /// MIME types and bodies.
        data: Map<String, Value>,
        /// By MIME type.
        metadata: Map<String, Value>,
        /// Which displays.
        id: String,
    },
    /// The output shall be emptied.
    Clear {
        /// Only when more output comes.
        wait: bool,
    },
    /// The cell's value.
    Result {
        /// The number in `Out [n]`.
        count: usize,
        /// MIME types and bodies.
        data: Map<String, Value>,
        /// By MIME type.
        metadata: Map<String, Value>,
    },
    /// The cell failed.
    Error(CellError),
    /// The kernel asks the user; [`answer`](super::Execution::answer) it.
    InputRequest {
        /// What to show.
        prompt: String,
        /// Whether to hide what is typed.
        password: bool,
    },
    /// The reply, with all its fields.
    Reply(Value),
    /// Anything else, comms among it.
    Other(RawMessage),
}

impl RawMessage {
    /// From the wire; content that is no JSON is null.
    pub(super) fn new(channel: Channel, message: &Message) -> Self {
        Self {
            channel,
            msg_type: message.header.msg_type.clone(),
            msg_id: message.header.msg_id.clone(),
            parent_id: message.parent().map(|parent| parent.msg_id),
            content: parse_lenient(&message.content).unwrap_or_default(),
            metadata: parse_lenient(&message.metadata).unwrap_or_default(),
            buffers: message.buffers.iter().map(|buffer| buffer.to_vec()).collect(),
        }
    }

    fn text(&self, field: &str) -> String {
        self.content.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn flag(&self, field: &str) -> bool {
        self.content.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    fn map(&self, field: &str) -> Map<String, Value> {
        self.content.get(field).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    fn count(&self) -> usize {
        let count = self.content.get("execution_count").and_then(Value::as_u64);
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }

    fn display_id(&self) -> Option<String> {
        let id = self.content.get("transient")?.get("display_id")?;
        id.as_str().map(str::to_owned)
    }
}

impl From<RawMessage> for Event {
    fn from(raw: RawMessage) -> Self {
        let (data, metadata) = (|| raw.map("data"), || raw.map("metadata"));
        match raw.msg_type.as_str() {
            "status" => Self::Status(raw.text("execution_state")),
            "execute_input" => Self::Input { code: raw.text("code"), count: raw.count() },
            "stream" => {
                let stderr = raw.text("name") == "stderr";
                let stream = if stderr { Stream::Stderr } else { Stream::Stdout };
                Self::Stream { stream, text: raw.text("text") }
            }
            "display_data" => Self::Display { data: data(), metadata: metadata(), id: raw.display_id() },
            "update_display_data" => {
                Self::Update { data: data(), metadata: metadata(), id: raw.display_id().unwrap_or_default() }
            }
            "clear_output" => Self::Clear { wait: raw.flag("wait") },
            "execute_result" => Self::Result { count: raw.count(), data: data(), metadata: metadata() },
            "error" => Self::Error(error_of(&raw.content)),
            "input_request" => {
                Self::InputRequest { prompt: raw.text("prompt"), password: raw.flag("password") }
            }
            kind if kind.ends_with("_reply") && raw.channel != Channel::Iopub => Self::Reply(raw.content),
            _ => Self::Other(raw),
        }
    }
}

/// The error fields of an `error` message or a reply.
pub(super) fn error_of(content: &Value) -> CellError {
    let text = |field: &str| content.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let lines = content.get("traceback").and_then(Value::as_array);
    let traceback = lines.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    CellError { name: text("ename"), message: text("evalue"), traceback }
}
