//! A Jupyter kernel without a language: wire, sockets, one ordered queue to iopub, and the trait that a language
//! fills in. Knows no frame; what cells mean is left to the [`Interpreter`].
//!
//! # The way of a request
//!
//! ```text
//!  frontend ── tcp or ipc ──► guard ── private socket ──► zeromq ROUTER ──► server::sockets
//!                             (scans frame headers,                             │ wire: frames → Message, signature
//!                              drops who does not read)                         ▼
//!                                                              server::route: one place for every kind of request
//!                                            ┌──────────────────────┬───────────┴──────────┐
//!                                       cell thread            assist lane             comm lane
//!                                       (execute)        (complete, inspect, …)     (comm_open, …)
//!                                            └──────────────────────┴──────────────────────┘
//!                                               replies → sockets          output → iopub queue
//!                                                                                   │ joined, paced, in order
//!  frontend ◄── guard (keeps what a slow client has not read) ◄── zeromq XPUB ◄── iopub::publisher
//! ```
//!
//! Read in this order: [`interpreter`](Interpreter) (the door), `wire` (a message), `server` (how it is put together),
//! `server::route` (what happens to a request), `server::cells` (what happens to a cell), `iopub` (how output leaves),
//! `guard` (what protects the sockets). [`client`] is the other side of all this: it starts kernels and talks to them.

pub mod client;
mod connection;
mod error;
mod guard;
mod history;
mod interpreter;
mod iopub;
mod media;
mod server;
mod wire;

pub use connection::{Address, Channel, ConnectionInfo, Transport};
pub use error::{ClientError, ConnectionError, ServerError, WireError};
pub use interpreter::{
    Body, Bundle, Cell, CellError, CommEvent, CommEventKind, Completeness, Completion, Completions,
    InputError, Interpreter, Language, Medium, Output, OutputSink, Stream,
};
pub use server::{IntoConnection, ServerOptions, serve};
pub use wire::PROTOCOL_VERSION;
