//! Why a job came to nothing: something here, or something on the cluster, which may be tried again.

use fram_frame::RunError;
use polars::error::PolarsError;

use crate::failure::Failure;

/// Why a job came to nothing.
pub(super) enum Trouble {
    /// Something in this process.
    Here(RunError),
    /// Something on the cluster.
    There(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::There(failure)
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Self {
        Self::Here(error)
    }
}

impl From<PolarsError> for Trouble {
    fn from(error: PolarsError) -> Self {
        Self::Here(error.into())
    }
}

impl From<Trouble> for RunError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Here(error) => error,
            Trouble::There(failure) => failure.into(),
        }
    }
}
