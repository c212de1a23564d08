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
    /// The file that the place is in, where it is not in the cell.
    file: Option<Box<InFile>>,
}

/// A cell of a file.
#[derive(Debug)]
struct InFile {
    /// The file, and where in it, as it stands before the sentence.
    label: String,
    text: String,
}

impl Placed {
    /// A fault that has no place.
    pub(crate) fn nowhere(fault: Fault) -> Self {
        Self::new(fault, None)
    }

    /// A fault at these bytes.
    pub(crate) fn new(fault: Fault, place: Option<Range<usize>>) -> Self {
        Self { fault, place, file: None }
    }

    /// The same in a file; `label` tells the place from the line of the text, from 1.
    pub(crate) fn in_file(self, text: &str, label: impl Fn(usize) -> String) -> Self {
        if self.file.is_some() {
            return self;
        }
        let start = self.place.as_ref().map_or(0, |place| place.start.min(text.len()));
        let line = text[..start].matches('\n').count() + 1;
        Self { file: Some(Box::new(InFile { label: label(line), text: text.to_owned() })), ..self }
    }

    /// The same in a text that begins so many bytes earlier.
    pub(crate) fn shifted(self, by: usize) -> Self {
        if self.file.is_some() {
            return self;
        }
        Self { place: self.place.map(|place| place.start + by..place.end + by), ..self }
    }

    /// The same, at these bytes unless its place is known.
    pub(crate) fn or_at(self, place: Range<usize>) -> Self {
        let is_known = self.place.is_some() || self.file.is_some();
        if is_known { self } else { Self { place: Some(place), ..self } }
    }

    /// The error as users see it.
    pub(crate) fn error(&self, cell: &str) -> CellError {
        match &self.file {
            None => CellError::new(&self.fault, cell, self.place.clone()),
            Some(file) => {
                let message = format!("{}: {}", file.label, self.fault.message);
                CellError::new(&Fault { message, ..self.fault.clone() }, &file.text, self.place.clone())
            }
        }
    }
}

impl From<Failure> for Placed {
    fn from(failure: Failure) -> Self {
        Self::new(failure.fault, failure.place)
    }
}
