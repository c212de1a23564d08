//! Why a plan could not be built or run, before it is put into the user's words by `fram-engine`.

use polars::error::PolarsError;

/// Why a plan could not be built or run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The memory limit would have been passed.
    #[error("the query needed more memory than the limit of {limit} bytes ({used} bytes in use)")]
    OutOfMemory {
        /// Bytes in use when it was stopped.
        used: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The disk that queries spill to is full.
    #[error("the disk is full: a query that does not fit in memory writes parts of it to {folder}")]
    OutOfDisk {
        /// The folder that is spilled to.
        folder: String,
    },
    /// Polars refused the plan or failed in it.
    #[error("{0}")]
    Polars(PolarsError),
    /// DataFusion refused the plan or failed in it.
    #[error("{0}")]
    Sql(std::sync::Arc<datafusion::error::DataFusionError>),
    /// A type that cannot cross between the two Arrow libraries.
    #[error("column `{column}` has type {dtype}, which cannot be handed over to {to}")]
    NotCarried {
        /// Name of the column.
        column: String,
        /// Its type.
        dtype: String,
        /// The side that cannot take it: `SQL` or `Polars`.
        to: &'static str,
    },
    /// The engine panicked.
    #[error("the engine failed inside: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The operating system refused something that a run needs.
    #[error("{what}: {reason}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        reason: String,
    },
}

impl From<PolarsError> for RunError {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

impl From<datafusion::error::DataFusionError> for RunError {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Self::Sql(std::sync::Arc::new(error))
    }
}
