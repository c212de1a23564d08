//! Frames and SQL on many machines: cutting plans into stages, the nodes that run them, master and worker. Knows no
//! session.

mod cut;
mod error;
mod piece;
mod segment;

pub use cut::{CutOptions, cut};
pub use error::CutError;
pub use piece::{CutPlan, Exchange, Input, KEY, ORDER, Part, Piece, Segment, Stamp, Ticket};
pub use segment::Message;
