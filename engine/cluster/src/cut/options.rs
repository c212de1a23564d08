//! How plans are cut, and who runs parts of them meanwhile.

use polars::prelude::DataFrame;

use crate::error::CutError;
use crate::piece::{Piece, Stored};

/// How a plan is to be cut.
#[derive(Debug, Clone)]
pub struct CutOptions {
    /// Partitions that an exchange makes, and at least as many tasks as a large scan gets; 0: as many as tasks can run
    /// at once.
    pub partitions: usize,
    /// Bytes of files that one task reads at most, where they can be split.
    pub task_bytes: u64,
    /// Bytes up to which one side of a join is handed whole to each task.
    pub broadcast_bytes: u64,
    /// Bytes below which rows are brought to one place to be sorted; others are sorted by ranges of their keys.
    pub sort_bytes: u64,
}

/// Runs parts of a plan while the rest is being cut, so that the rest can go by what came of them.
pub trait Stages {
    /// Runs the piece. Its partitions stay where they are until the whole plan has ended.
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError>;

    /// Runs the piece; its rows, which are few, in any order.
    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError>;
}

impl Default for CutOptions {
    fn default() -> Self {
        Self { partitions: 0, task_bytes: 128 << 20, broadcast_bytes: 32 << 20, sort_bytes: 32 << 20 }
    }
}
