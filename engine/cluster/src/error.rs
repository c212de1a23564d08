//! Why a plan cannot be cut. How it is put into the user's words is left to `fram-engine`.

use polars::error::PolarsError;

/// Why a plan cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// Polars refused the plan.
    #[error("{0}")]
    Polars(#[from] PolarsError),
    /// Something in the plan lives in the notebook's process alone.
    #[error("{what} cannot leave the notebook's process")]
    NotShippable {
        /// What it is, as `a closure`.
        what: String,
    },
    /// A source that workers do not read.
    #[error("workers read files on paths that all of them share, not {address}")]
    NotShared {
        /// The address that was given.
        address: String,
    },
    /// A part of the plan that had to run before the rest is cut did not come to a good end; why is known to whoever
    /// ran it.
    #[error("a part of the plan failed")]
    Stage,
    /// A file that the driver cannot look at.
    #[error("{path}: {reason}")]
    File {
        /// Its path.
        path: String,
        /// The kind of the system's error.
        kind: std::io::ErrorKind,
        /// What the system said.
        reason: String,
    },
}
