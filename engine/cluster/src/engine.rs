//! What a runner wants of an engine that runs physical plans of DataFusion on many machines. Ballista is behind it, under a
//! master of ours (`driver`); another one could be.

use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::address::Address;
use crate::failure::Failure;
use crate::message::{ClusterView, Submission};
use crate::piece::StoredFile;
use crate::record::{Application, JobProgress};

/// An engine on many machines.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Where it is.
    fn address(&self) -> &Address;

    /// Hands it a job.
    async fn submit(&self, submission: Submission) -> Result<Box<dyn Job>, Failure>;

    /// What it has.
    async fn view(&self) -> Result<ClusterView, Failure>;

    /// The rows of partitions that a job has left, batch by batch in their order; by where they lie.
    fn rows(&self, locations: Vec<Vec<u8>>) -> RowStream<'_>;

    /// Tells it that the notebook is there, until the connection breaks.
    async fn attend(&self, notebook: Application) -> Result<(), Failure>;
}

/// A job that runs. It is cancelled when this is dropped before it has ended.
#[async_trait]
pub(crate) trait Job: Send {
    /// Where its page is, as soon as that is known.
    fn page(&self) -> Option<&str>;

    /// What is heard next of it. Nothing is lost when the future is dropped.
    async fn next(&mut self) -> Result<JobEvent, Failure>;

    /// Whether its rows are still kept, after it has ended.
    fn is_kept(&mut self) -> bool;

    /// Its rows need not be kept any longer.
    async fn release(self: Box<Self>);
}

/// What is heard of a job.
pub(crate) enum JobEvent {
    /// It goes on.
    Progress(JobProgress),
    /// It has ended well, and has left these; how far it came in the end.
    Finished(Vec<LeftRows>, JobProgress),
}

/// Rows of a partition that one task of a job has left.
pub(crate) struct LeftRows {
    /// The partition's place among those of the job.
    pub(crate) partition: usize,
    /// The rows.
    pub(crate) file: StoredFile,
}

/// Rows as they come. Nothing comes after a failure, and what was to come is given up when this is dropped.
pub(crate) type RowStream<'a> = BoxStream<'a, Result<RecordBatch, Failure>>;
