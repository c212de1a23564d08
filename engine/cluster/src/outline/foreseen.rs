//! What would run before the rest of a plan is cut, for a plan that is only shown.

use polars::prelude::DataFrame;

use crate::cut::{Kept, Stages};
use crate::error::CutError;
use crate::piece::{Piece, Stored, StoredPart};
use crate::runner::Tables;

/// The parts of a plan that would run before the rest is cut. Nothing runs, so that nothing is known of their rows.
pub(crate) struct Foreseen {
    pub(super) pieces: Vec<Piece>,
    tables: Tables,
}

impl Foreseen {
    /// Nothing yet, of a plan over these tables.
    pub(crate) fn new(tables: &Tables) -> Self {
        Self { pieces: Vec::new(), tables: tables.clone() }
    }
}

impl Stages for Foreseen {
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let (id, parts) = (Some(self.pieces.len()), vec![StoredPart::default(); piece.partitions()]);
        self.pieces.push(piece);
        Ok(Stored { id, parts, schema })
    }

    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError> {
        let schema = piece.schema().cloned().unwrap_or_default();
        Ok(DataFrame::empty_with_schema(&schema))
    }

    fn table(&mut self, name: &str) -> Result<Option<Kept>, CutError> {
        Ok(self.tables.kept(name))
    }
}
