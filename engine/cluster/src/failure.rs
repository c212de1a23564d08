//! Why a task or a job failed, in a form that crosses processes and becomes the same [`RunError`] on the other side.

mod arrow_words;
mod polars_words;

use std::error::Error;
use std::io;
use std::sync::Arc;

use arrow::error::ArrowError;
use ballista_core::error::BallistaError;
use fram_frame::RunError;
use polars::error::PolarsError;
use serde::{Deserialize, Serialize};

use crate::records::worker_address;
use crate::refusal::mistrust;
use arrow_words::{arrow_words, sql_error};
use polars_words::{polars_error, polars_kind, polars_message};

/// Why a task or a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub(crate) enum Failure {
    /// Polars failed; the kind is the name of its error's variant.
    #[error("{message}")]
    Polars { kind: String, message: String },
    /// DataFusion failed; the kind is the name of Arrow's error's variant, where it was one.
    #[error("{message}")]
    Sql { kind: String, message: String },
    /// The task would have passed the memory that it may use.
    #[error("a task needed more memory than the {limit} bytes that it may use ({used} in use)")]
    OutOfMemory { used: u64, limit: u64 },
    /// The disk of a worker is full.
    #[error("the disk of {place} is full")]
    OutOfDisk { place: String },
    /// The task would have written too much to disk.
    #[error("a task needed more disk space under {folder} than the limit of {limit} bytes")]
    OutOfSpill { folder: String, limit: u64 },
    /// A panic in a task.
    #[error("the engine failed inside: {message}")]
    Panicked { message: String },
    /// The system refused something.
    #[error("{what}: {reason}")]
    System { what: String, reason: String },
    /// The cluster could not be reached, or could not run the job.
    #[error("{reason}")]
    Cluster { reason: String, remedy: String },
    /// The process of a task was ended from outside; the job is run once more.
    #[error("the process of a task ended: {how}")]
    Died { how: String },
    /// The job was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Somebody has cancelled the job on the cluster's pages.
    #[error("the job was cancelled on the cluster's pages")]
    CancelledThere,
    /// A worker was lost, or what it held; the job may be run again.
    #[error("{what}")]
    Lost { what: String },
    /// Rows on a worker could not be fetched; the job may be run again, but not for ever: it may be that one machine
    /// never reaches the other.
    #[error("{what}")]
    Unreachable { what: String },
}

impl Failure {
    /// Whether the same job may well succeed when it is run again.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Unreachable { .. })
    }

    /// The failure that the error is made of, or its words.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut cause = error;
        loop {
            if let Some(failure) = cause.downcast_ref::<Self>() {
                return failure.clone();
            }
            if let Some(failure) = cause.downcast_ref::<RunError>() {
                return Self::from(failure.clone());
            }
            if let Some(error) = cause.downcast_ref::<BallistaError>() {
                return Self::of_ballista(error);
            }
            if let Some(failure) = cause.downcast_ref::<io::Error>().and_then(Self::of_io) {
                return failure;
            }
            if let Some(failure) = cause.downcast_ref::<ArrowError>().and_then(Self::of_arrow) {
                return failure;
            }
            match cause.source() {
                Some(next) => cause = next,
                None => return Self::of_words(cause.to_string()),
            }
        }
    }

    /// What Arrow says of itself; none where it hands on what another has said.
    fn of_arrow(error: &ArrowError) -> Option<Self> {
        match error {
            ArrowError::IpcError(reason) => Some(Self::of_exchange(reason)),
            _ => arrow_words(error).map(|(kind, message)| Self::Sql { kind: kind.to_owned(), message }),
        }
    }

    /// What the system says where a disk is full, or a connection breaks.
    fn of_io(error: &io::Error) -> Option<Self> {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, QuotaExceeded, StorageFull,
        };
        match error.kind() {
            StorageFull | QuotaExceeded => Some(Self::from(RunError::OutOfDisk)),
            BrokenPipe | ConnectionAborted | ConnectionRefused | ConnectionReset => {
                Some(Self::of_exchange(&error.to_string()))
            }
            _ => None,
        }
    }

    /// What keeps a task from reading what another has left. In Arrow's stream format rows travel between tasks alone.
    fn of_exchange(reason: &str) -> Self {
        Self::Unreachable {
            what: format!("the rows of another task could not be read to their end: {reason}"),
        }
    }

    /// An error of which only words are left. Ballista hands some on as they are written for programmers.
    fn of_words(message: String) -> Self {
        let is_full_disk =
            ["kind: StorageFull", "kind: QuotaExceeded"].iter().any(|kind| message.contains(kind));
        if is_full_disk {
            Self::from(RunError::OutOfDisk)
        } else {
            Self::Sql { kind: String::new(), message }
        }
    }

    /// Ballista's error, which names no cause of its own.
    fn of_ballista(error: &BallistaError) -> Self {
        match error {
            BallistaError::Cancelled => Self::Cancelled,
            BallistaError::FetchFailed(worker, stage, _, reason) => {
                let worker = worker_address(worker);
                mistrust(worker, reason).unwrap_or_else(|| Self::Unreachable {
                    what: format!(
                        "another worker cannot fetch the rows of stage {stage} from worker {worker}: {reason}"
                    ),
                })
            }
            BallistaError::GrpcConnectionError(reason) => Self::Unreachable { what: reason.clone() },
            BallistaError::DataFusionError(error) => Self::of(&**error),
            BallistaError::ArrowError(error) => Self::of(&**error),
            BallistaError::IoError(error) => {
                Self::from(PolarsError::from(io::Error::new(error.kind(), error.to_string())))
            }
            other => Self::System { what: "running a task".into(), reason: other.to_string() },
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Interrupted => Self::Cancelled,
            RunError::OutOfMemory { used, limit } => Self::OutOfMemory { used, limit },
            RunError::OutOfDisk => Self::OutOfDisk { place: "a worker".into() },
            RunError::OutOfSpill { folder, limit } => Self::OutOfSpill { folder, limit },
            RunError::Polars(error) => {
                Self::Polars { kind: polars_kind(&error).to_owned(), message: polars_message(&error) }
            }
            RunError::Sql(error) => Self::of(&*error),
            RunError::Panicked { message } => Self::Panicked { message },
            RunError::System { what, reason } => Self::System { what, reason },
            RunError::Cluster { reason, remedy } => Self::Cluster { reason, remedy },
            other @ RunError::NotCarried { .. } => {
                Self::System { what: "handing rows over".into(), reason: other.to_string() }
            }
        }
    }
}

impl From<Failure> for RunError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Polars { kind, message } => Self::Polars(polars_error(&kind, message)),
            Failure::Sql { kind, message } => Self::Sql(Arc::new(sql_error(&kind, message))),
            Failure::OutOfMemory { limit, .. } => Self::Cluster {
                reason: format!("a task needed more memory than the {} MiB that its worker may use", limit >> 20),
                remedy: "select fewer columns, filter or aggregate earlier, or start workers with more --memory".into(),
            },
            Failure::OutOfDisk { .. } => Self::Cluster {
                reason: failure.to_string(),
                remedy: "free space there, or start the worker with --work-dir on another disk".into(),
            },
            Failure::Died { how } => Self::Cluster {
                reason: format!("the process of a task was ended twice: {how}"),
                remedy: "a machine that runs out of memory does so; start workers with less --memory or fewer --cores".into(),
            },
            Failure::OutOfSpill { folder, limit } => Self::OutOfSpill { folder, limit },
            Failure::Panicked { message } => Self::Panicked { message },
            Failure::System { what, reason } => Self::System { what, reason },
            Failure::Cancelled => Self::Interrupted,
            Failure::CancelledThere => Self::Cluster {
                reason: failure.to_string(),
                remedy: "run the cell again, or ask whoever looks after the cluster".into(),
            },
            Failure::Cluster { reason, remedy } => Self::Cluster { reason, remedy },
            Failure::Lost { what } => {
                Self::Cluster { reason: what, remedy: "run the cell again when the worker is back".into() }
            }
            Failure::Unreachable { what } => Self::Cluster {
                reason: what,
                remedy: "see that notebooks and workers reach the addresses that workers listen on (--bind), and run the cell again".into(),
            },
        }
    }
}

impl From<PolarsError> for Failure {
    fn from(error: PolarsError) -> Self {
        Self::from(RunError::from(error))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::error::DataFusionError;

    use super::*;

    #[test]
    fn a_full_disk_is_one_in_whatever_words() {
        let full = || io::Error::from_raw_os_error(28);
        let in_words = format!("{:?}", BallistaError::IoError(full()));
        let errors = [
            DataFusionError::Execution(in_words),
            DataFusionError::IoError(full()),
            DataFusionError::External(Box::new(full())),
            DataFusionError::ArrowError(Box::new(ArrowError::IoError("writing".into(), full())), None),
        ];
        for error in errors {
            let failure = Failure::of(&error);
            assert!(matches!(failure, Failure::OutOfDisk { .. }), "{error:?}: {failure:?}");
        }
        let other = Failure::of(&DataFusionError::Execution("no such function".into()));
        assert!(matches!(other, Failure::Sql { .. }), "{other:?}");
    }

    #[test]
    fn rows_that_break_off_on_their_way_are_asked_for_again() {
        let broken = ArrowError::IpcError("Arrow error: Ipc error: h2 protocol error".into());
        let errors = [
            DataFusionError::ArrowError(Box::new(broken), None),
            DataFusionError::IoError(io::ErrorKind::ConnectionReset.into()),
        ];
        for error in errors {
            let failure = Failure::of(&error);
            assert!(matches!(failure, Failure::Unreachable { .. }), "{error:?}: {failure:?}");
            assert!(failure.is_passing());
        }
        let missing = Failure::of(&DataFusionError::IoError(io::ErrorKind::NotFound.into()));
        assert!(!missing.is_passing(), "{missing:?}");
    }
}
