//! Rows that a runner holds for a frame from its first run on: in this process, or where they came to be.

use polars::prelude::{DataFrame, IntoLazy, LazyFrame};

use crate::{Limit, Plan, RunError, Runner, Watch};

/// Rows that were computed once.
#[derive(Clone)]
pub enum Held {
    /// In this process.
    Here(DataFrame),
    /// Elsewhere, until nothing reads them any longer.
    There(Box<RowsElsewhere>),
}

/// Rows that lie where they came to be.
#[derive(Clone)]
pub struct RowsElsewhere {
    /// Reads them, wherever it runs; as long as there is a copy of it they stay.
    pub lazy: LazyFrame,
    /// How many there are, where they were counted.
    pub rows: Option<usize>,
    /// Bytes of them as they lie there, where they were counted.
    pub bytes: Option<u64>,
}

impl Held {
    /// A plan that reads the rows.
    pub fn lazy(&self) -> LazyFrame {
        match self {
            Self::Here(data) => data.clone().lazy(),
            Self::There(rows) => rows.lazy.clone(),
        }
    }

    /// How many there are, where that is known.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Self::Here(data) => Some(data.height()),
            Self::There(rows) => rows.rows,
        }
    }

    /// The rows, no more than the limit.
    pub fn data(&self, limit: Limit, runner: &dyn Runner, watch: &Watch) -> Result<DataFrame, RunError> {
        match (self, limit) {
            (Self::Here(data), Limit::All) => Ok(data.clone()),
            (Self::Here(data), Limit::First(rows)) => Ok(data.head(Some(rows))),
            (Self::There(rows), limit) => runner.run(&Plan::Polars(rows.lazy.clone()), limit, watch),
        }
    }
}
