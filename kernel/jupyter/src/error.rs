//! Everything that can go wrong in this crate, but for a cell's own errors (those are [`CellError`](crate::CellError)).

use std::path::PathBuf;

/// Why a kernel could not start, or stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The connection file was refused.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// An address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Host and port, or path.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A ZeroMQ socket could not be bound behind the guard.
    #[error("cannot bind a socket: {0}")]
    Socket(#[from] zeromq::ZmqError),
    /// Threads or the runtime could not be started.
    #[error("cannot start the server: {0}")]
    Start(#[from] std::io::Error),
}

/// Why a connection file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The file could not be read.
    #[error("cannot read the connection file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no JSON object with the fields of a connection.
    #[error("the connection file {} is not valid: {source}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// The connection wants a signature that this kernel cannot make.
    #[error("signature scheme `{scheme}` is not supported; use `hmac-sha256`")]
    Scheme {
        /// What was asked for.
        scheme: String,
    },
    /// The connection wants encryption, which the sockets of this kernel do not have.
    #[error(
        "the connection file carries `{field}`, but this kernel cannot encrypt; start it with transport encryption disabled"
    )]
    Curve {
        /// The field that was found.
        field: String,
    },
    /// An address cannot be one.
    #[error("{channel} has no usable address: {reason}")]
    Address {
        /// Which of the five sockets.
        channel: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why a message was not taken from the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// No `<IDS|MSG>` frame.
    #[error("the message has no <IDS|MSG> frame")]
    NoDelimiter,
    /// Fewer frames than signature, header, parent, metadata and content.
    #[error("the message has {found} frames after the delimiter, at least 5 are needed")]
    TooShort {
        /// How many there were.
        found: usize,
    },
    /// The signature is not hexadecimal, or not ours.
    #[error("the message has a wrong signature")]
    Signature,
    /// The header is no JSON object with `msg_id` and `msg_type`.
    #[error("the message has no valid header: {reason}")]
    Header {
        /// What is wrong with it.
        reason: String,
    },
}

/// Why a kernel could not be started or talked to.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No kernelspec of this name.
    #[error("no kernel named `{name}`; looked in {}", searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    NoSuchKernel {
        /// What was asked for.
        name: String,
        /// The directories of kernelspecs that were looked into.
        searched: Vec<PathBuf>,
    },
    /// A kernelspec that is no kernelspec.
    #[error("the kernelspec {} is not valid: {reason}", path.display())]
    KernelSpec {
        /// The `kernel.json`.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The kernel's program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Launch {
        /// The first word of the kernelspec's command.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The kernel's process has ended.
    #[error("the kernel has ended ({status})")]
    Ended {
        /// Its exit code or signal.
        status: String,
    },
    /// The kernel did not answer in time.
    #[error("the kernel did not answer {what} in time")]
    Timeout {
        /// What was waited for.
        what: String,
    },
    /// The connection was refused.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A socket failed.
    #[error("the connection to the kernel failed: {0}")]
    Socket(#[from] zeromq::ZmqError),
    /// Files, threads or the runtime.
    #[error("cannot set up the connection to the kernel: {0}")]
    Setup(#[from] std::io::Error),
}
