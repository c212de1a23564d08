//! How a frame is read inside a plan of DataFusion's, where it is not read in this process.

use std::sync::Arc;

use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use polars::prelude::LazyFrame;

use crate::RunError;

/// Which rows of which table are read: equal each time that the same query is planned, as long as the table is there.
#[derive(Debug, Clone, PartialEq)]
pub struct FramePart {
    /// Where the table is in memory.
    pub table: usize,
    /// The places of the columns that are read; none: all.
    pub columns: Option<Vec<usize>>,
    /// What is asked of each row.
    pub filters: Vec<Expr>,
    /// How many rows are wanted at most.
    pub rows: Option<usize>,
}

/// Makes the node that reads a frame. A runner that reads frames elsewhere puts one into the configuration of the
/// session that plans for it; without one, frames are read in this process.
pub struct FrameScanner(Box<Scan>);

type Scan = dyn Fn(FramePart, LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> + Send + Sync;

impl FrameScanner {
    /// A scanner that does this.
    pub fn new(
        scan: impl Fn(FramePart, LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(scan))
    }

    /// The node that reads this part of a frame, which is the plan.
    pub fn scan(&self, part: FramePart, lazy: LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> {
        (self.0)(part, lazy)
    }
}
