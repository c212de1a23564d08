//! Why a plan could not be built or run, before it is put into the user's words by `fram-engine`.

use std::error::Error;
use std::io;
use std::sync::Arc;

use datafusion::error::DataFusionError;
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
    /// The disk is full.
    #[error("the disk is full")]
    OutOfDisk,
    /// The query does not fit in memory and would have written more of it to disk than it may.
    #[error("the query needed more disk space under {folder} than the limit of {limit} bytes")]
    OutOfSpill {
        /// The folder that is written to.
        folder: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Polars refused the plan or failed in it.
    #[error("{0}")]
    Polars(PolarsError),
    /// DataFusion refused the plan or failed in it.
    #[error("{0}")]
    Sql(Arc<DataFusionError>),
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
    /// The cluster could not be reached, or could not run the query.
    #[error("{reason}")]
    Cluster {
        /// What is wrong.
        reason: String,
        /// What to do about it; empty where nothing is known.
        remedy: String,
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
        match &error {
            PolarsError::IO { error, .. } if is_full_disk(error) => Self::OutOfDisk,
            _ => Self::Polars(error),
        }
    }
}

impl From<DataFusionError> for RunError {
    fn from(error: DataFusionError) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(now) = cause {
            if now.downcast_ref::<io::Error>().is_some_and(is_full_disk) {
                return Self::OutOfDisk;
            }
            cause = now.source();
        }
        Self::Sql(Arc::new(error))
    }
}

/// Whether a file could not be written for want of room, or what the error wraps says so.
fn is_full_disk(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || error.get_ref().is_some_and(|inner| inner.to_string().contains(NO_SPACE))
}

/// What the system says of a full disk, where only its words are left.
pub(crate) const NO_SPACE: &str = "No space left on device";
