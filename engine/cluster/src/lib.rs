//! Frames and SQL on many machines: cutting plans into stages, the nodes that run them, master and worker. Knows no
//! session.

mod address;
mod build;
mod caller;
mod channel;
mod clock;
mod connections;
mod cut;
mod driver;
mod engine;
mod environment;
mod error;
mod failure;
mod functions;
mod guests;
mod local_cluster;
mod log_tail;
mod master;
mod message;
mod neighbours;
mod outline;
mod own_cluster;
mod pages;
mod piece;
mod processes;
mod read_files;
mod record;
mod records;
mod refusal;
mod roots;
mod rows;
mod runner;
mod segment;
mod service;
mod slot;
mod slots;
mod sql;
mod stage;
mod tls;
mod token;
mod wire;
mod words;
mod worker;

pub use address::{Address, AddressError, DEFAULT_PORT, reached_from_network};
pub use caller::Caller;
pub use cut::{
    Again, CutOptions, Kept, KeptWhole, Stages, TABLE, cut, cut_for_writing, cut_in_stages, cut_to_keep,
};
pub use error::CutError;
pub use functions::Functions;
pub use local_cluster::{LocalCluster, LocalClusterOptions};
pub use log_tail::LogTail;
pub use master::{BindError, BoundMaster, MasterOptions};
pub use message::{ClusterView, PageLink, WorkerView};
pub use own_cluster::{OwnCluster, OwnClusterOptions};
pub use piece::{
    CutPlan, Exchange, Input, KEY, ORDER, Part, Piece, Section, Segment, Stamp, Stored, StoredFile,
    StoredPart, Ticket, Unit,
};
pub use read_files::SeenFiles;
pub use record::Application;
pub use roots::Roots;
pub use runner::ClusterRunner;
pub use segment::{Message, WriteStep};
pub use slot::run_slot;
pub use slots::SlotKind;
pub use stage::partitions_of;
pub use tls::{Tls, TlsError, TlsFiles};
pub use token::{Token, TokenError};
pub use words::counted;
pub use worker::{WorkerError, WorkerOptions, run_worker};
