//! Rows that a part of a plan has left on the workers, for the rest of the plan to read.

use ballista_core::serde::protobuf;
use polars::prelude::{PolarsResult, SchemaRef, polars_ensure};
use prost::Message as _;

/// Files or partitions of an earlier job that a task reads one after the other; of more, other tasks make one first.
pub(crate) const READ_AS_THEY_LIE: usize = 64;

/// The rows of a part of the plan that ran before the rest was cut. They lie on the workers until the plan has ended.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Tells it from others of the same plan; none where it is of an earlier plan.
    pub id: Option<usize>,
    /// Its partitions, in their order.
    pub parts: Vec<StoredPart>,
    /// Names and types of the rows, hidden columns included.
    pub schema: SchemaRef,
}

/// A partition that lies on the workers: the rows of these files, one after the other.
#[derive(Debug, Clone, Default)]
pub struct StoredPart {
    /// None where it has no rows.
    pub files: Vec<StoredFile>,
}

/// Rows that one task has left.
#[derive(Debug, Clone, Default)]
pub struct StoredFile {
    /// How many, where they were counted.
    pub rows: Option<u64>,
    /// Bytes as they were written, where they were counted.
    pub bytes: Option<u64>,
    /// Where they lie, as the engine says it to itself.
    pub location: Vec<u8>,
}

/// A place on no machine, of the stage: plans over it can be made, and fail where they are run.
pub(crate) fn nowhere(stage_id: u32) -> Vec<u8> {
    let unknown =
        protobuf::PartitionStats { num_rows: -1, num_batches: -1, num_bytes: -1, ..Default::default() };
    let executor = protobuf::ExecutorMetadata {
        specification: Some(Default::default()),
        os_info: Some(Default::default()),
        ..Default::default()
    };
    let place = protobuf::PartitionLocation {
        partition_id: Some(protobuf::PartitionId { stage_id, ..Default::default() }),
        executor_meta: Some(executor),
        partition_stats: Some(unknown),
        ..Default::default()
    };
    place.encode_to_vec()
}

impl Stored {
    /// Rows in so many partitions of which nothing is known, each as a file of which nothing is: none would be no rows.
    pub(crate) fn unknown(id: Option<usize>, partitions: usize, schema: SchemaRef) -> Self {
        let file = StoredFile { location: nowhere(0), ..StoredFile::default() };
        let parts = vec![StoredPart { files: vec![file] }; partitions];
        Self { id, parts, schema }
    }

    /// All its rows as one partition.
    pub(crate) fn in_one(&self) -> Self {
        Self { parts: vec![StoredPart { files: self.files().cloned().collect() }], ..self.clone() }
    }

    /// The files of all its partitions.
    pub(crate) fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.parts.iter().flat_map(|part| &part.files)
    }

    /// All its rows, where they were counted.
    pub fn rows(&self) -> Option<u64> {
        self.files().map(|file| file.rows).sum()
    }

    /// All its bytes, where they were counted.
    pub fn bytes(&self) -> Option<u64> {
        self.files().map(|file| file.bytes).sum()
    }

    /// Refuses rows that lie somewhere and were not counted. Those of a plan that is only shown lie nowhere.
    pub(crate) fn check_counts(&self) -> PolarsResult<()> {
        let nowhere = nowhere(0);
        let is_counted = |file: &StoredFile| file.rows.is_some() || file.location == nowhere;
        polars_ensure!(self.files().all(is_counted), ComputeError: "a worker has not said how many rows it keeps");
        Ok(())
    }
}

impl StoredPart {
    /// Its rows, where they were counted.
    pub(crate) fn rows(&self) -> Option<u64> {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Its bytes, where they were counted.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.bytes).sum()
    }
}
