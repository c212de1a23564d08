//! What went wrong at which bytes of a cell.

use std::ops::Range;

use crate::fault::Fault;
use crate::message::CellError;
use crate::script::Failure;

/// What went wrong at which bytes of a text.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) fault: Fault,
    pub(crate) place: Option<Range<usize>>,
}

impl Placed {
    /// A fault that has no place.
    pub(crate) fn nowhere(fault: Fault) -> Self {
        Self { fault, place: None }
    }

    /// The same in a text that begins so many bytes earlier.
    pub(crate) fn shifted(self, by: usize) -> Self {
        Self { place: self.place.map(|place| place.start + by..place.end + by), ..self }
    }

    /// The error as users see it.
    pub(crate) fn error(&self, cell: &str) -> CellError {
        CellError::new(&self.fault, cell, self.place.clone())
    }
}

impl From<Failure> for Placed {
    fn from(failure: Failure) -> Self {
        Self { fault: failure.fault, place: failure.place }
    }
}
