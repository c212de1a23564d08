//! How a frame is read inside a plan of DataFusion's, where it is not read in this process.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use polars::prelude::LazyFrame;

use crate::RunError;

/// Makes the node that reads a frame. A runner that reads frames elsewhere puts one into the configuration of the
/// session that plans for it; without one, frames are read in this process.
pub struct FrameScanner(Box<Scan>);

type Scan = dyn Fn(LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> + Send + Sync;

impl FrameScanner {
    /// A scanner that does this.
    pub fn new(
        scan: impl Fn(LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(scan))
    }

    /// The node that reads the frame.
    pub fn scan(&self, lazy: LazyFrame) -> Result<Arc<dyn ExecutionPlan>, RunError> {
        (self.0)(lazy)
    }
}
