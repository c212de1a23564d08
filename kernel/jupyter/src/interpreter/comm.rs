//! Traffic on a comm, in either direction: plain data; which comms are open is the server's to know.

/// What a frontend did with a comm.
#[derive(Debug, Clone, PartialEq)]
pub struct CommEvent {
    /// The comm's id.
    pub id: String,
    /// What happened.
    pub kind: CommEventKind,
    /// The message's data: the text of a JSON value.
    pub data: String,
    /// Binary buffers.
    pub buffers: Vec<Vec<u8>>,
}

/// The kinds of comm traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommEventKind {
    /// Opened for this target.
    Open {
        /// Name of the target.
        target: String,
    },
    /// A message on an open comm.
    Message,
    /// Closed.
    Close,
}

impl CommEvent {
    /// An event without buffers; `data` is the text of a JSON value.
    pub fn new(id: impl Into<String>, kind: CommEventKind, data: impl Into<String>) -> Self {
        Self { id: id.into(), kind, data: data.into(), buffers: Vec::new() }
    }
}
