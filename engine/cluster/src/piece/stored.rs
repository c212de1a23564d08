//! Rows that a part of a plan has left on the workers, for the rest of the plan to read.

use polars::prelude::SchemaRef;

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

/// A partition that lies on the workers.
#[derive(Debug, Clone, Default)]
pub struct StoredPart {
    /// Rows in it, where they were counted.
    pub rows: Option<u64>,
    /// Bytes of it as they were written, where they were counted.
    pub bytes: Option<u64>,
    /// Where its rows lie: Ballista's locations, encoded.
    pub locations: Vec<Vec<u8>>,
}

impl Stored {
    /// All its rows as one partition.
    pub(crate) fn in_one(&self) -> Self {
        let whole = StoredPart {
            rows: self.rows(),
            bytes: self.bytes(),
            locations: self.parts.iter().flat_map(|part| part.locations.iter().cloned()).collect(),
        };
        Self { parts: vec![whole], ..self.clone() }
    }

    /// All its rows, where they were counted.
    pub fn rows(&self) -> Option<u64> {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// All its bytes, where they were counted.
    pub fn bytes(&self) -> Option<u64> {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}
