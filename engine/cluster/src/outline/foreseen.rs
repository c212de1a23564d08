//! What would run before the rest of a plan is cut, for a plan that is only shown.

use polars::prelude::{DataFrame, PolarsResult};

use crate::cut::{Kept, Stages};
use crate::error::CutError;
use crate::piece::{Piece, Stored};
use crate::runner::Tables;

/// The parts of a plan that would run before the rest is cut. Nothing runs, so that nothing is known of their rows.
pub(crate) struct Foreseen {
    pub(super) parts: Vec<Part>,
    tables: Tables,
}

/// A part that runs first.
pub(super) struct Part {
    pub(super) piece: Piece,
    /// Into how many partitions its rows are brought by their keys, where they are.
    pub(super) spread: Option<usize>,
}

impl Foreseen {
    /// Nothing yet, of a plan over these tables, of which none counts as lost.
    pub(crate) fn new(tables: &Tables) -> Self {
        Self { parts: Vec::new(), tables: tables.all_there() }
    }

    fn part(&mut self, piece: Piece, spread: Option<usize>) -> Stored {
        let schema = piece.schema().cloned().unwrap_or_default();
        let partitions = spread.unwrap_or_else(|| piece.partitions());
        self.parts.push(Part { piece, spread });
        let id = Some(self.parts.len() - 1);
        Stored::unknown(id, partitions, schema)
    }
}

/// What the piece would tell: sections of files are as they were planned, and nothing is known of rows.
pub(super) fn foreseen_rows(piece: &Piece) -> PolarsResult<DataFrame> {
    if let Piece::Segment(segment) = piece
        && let Some(told) = segment.message.foreseen(&segment.tickets)
    {
        return told;
    }
    let schema = piece.schema().cloned().unwrap_or_default();
    Ok(DataFrame::empty_with_schema(&schema))
}

impl Stages for Foreseen {
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError> {
        Ok(self.part(piece, None))
    }

    fn spread(&mut self, piece: Piece, partitions: usize) -> Result<Stored, CutError> {
        Ok(self.part(piece, Some(partitions)))
    }

    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError> {
        Ok(foreseen_rows(&piece)?)
    }

    fn table(&mut self, name: &str) -> Result<Option<Kept>, CutError> {
        Ok(self.tables.kept(name))
    }
}
