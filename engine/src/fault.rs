//! Why a verb could not do what it was asked: the engine's one error, before it is placed in the cell and put into
//! the form that users see (`message`).

use std::ops::Range;
use std::sync::Arc;

use fram_display::ChartError;
use fram_frame::{RunError, panic_message, spill_folder};
use polars::error::PolarsError;

use crate::polars_words;
use crate::sql::SqlError;

/// Why a verb could not do what it was asked.
#[derive(Debug, Clone, Default, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Fault {
    /// The kind of error, as `ColumnNotFound`.
    pub(crate) name: &'static str,
    /// One sentence, without a full stop.
    pub(crate) message: String,
    /// What to do next, without a full stop.
    pub(crate) hint: Option<String>,
    /// Text of the cell that the caret should point to, where it is there: a column's name, an option's name.
    pub(crate) about: Option<String>,
    /// The verb that failed, by which the call is found in the cell.
    pub(crate) verb: Option<&'static str>,
    /// The how-manyth call of that verb it was since the statement began, from 1; 0 where that is not known.
    pub(crate) call: usize,
    /// The text that it happened in, where that is a closure's, which may stand in another cell.
    pub(crate) origin: Option<Origin>,
}

/// A place in a text other than the running cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    /// The text.
    pub(crate) code: Arc<str>,
    /// The bytes of it.
    pub(crate) place: Range<usize>,
}

impl Fault {
    /// An error of this kind that says this.
    pub(crate) fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, message: message.into(), ..Self::default() }
    }

    /// An argument that cannot be used.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new("InvalidArgument", message)
    }

    /// What a panic amounts to.
    pub(crate) fn of_panic(payload: &(dyn std::any::Any + Send)) -> Self {
        RunError::Panicked { message: panic_message(payload) }.into()
    }

    /// This error, with advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// This error, pointing at a piece of the cell's text.
    pub(crate) fn at(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// This error, which happened at a place of this text.
    pub(crate) fn within(mut self, code: Arc<str>, place: Range<usize>) -> Self {
        self.origin = Some(Origin { code, place });
        self
    }

    /// This error with what is known of a frame's columns: a missing column gets its nearest names.
    pub(crate) fn among<'a>(self, columns: impl Iterator<Item = &'a str>) -> Self {
        let Some(missing) =
            self.about.as_deref().filter(|_| self.name == "ColumnNotFound" && self.hint.is_none())
        else {
            return self;
        };
        let hint = crate::nearest::advice(missing, columns);
        Self { hint: Some(hint), ..self }
    }
}

impl From<RunError> for Fault {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Interrupted => Self::new("Interrupted", "interrupted; every name is kept"),
            RunError::OutOfMemory { used, limit } => Self::new(
                "OutOfMemory",
                format!("stopped at {} of memory; the limit is {}", gib(used), gib(limit)),
            )
            .hint("select fewer columns, filter earlier, aggregate before joining, or raise `%config memory_limit`"),
            RunError::OutOfDisk => Self::new("OutOfDisk", "the disk is full").hint(format!(
                "free space where you write; a query that does not fit in memory writes to {}, or where the variable \
                 POLARS_OOC_SPILL_DIR says",
                spill_folder().display()
            )),
            RunError::OutOfSpill { folder, limit } => Self::new(
                "OutOfDisk",
                format!("stopped: the query does not fit in memory, and {} of it lay on disk under {folder}", gib(limit)),
            )
            .hint("does a join match too many rows? filter or aggregate earlier, or raise `%config spill_limit`"),
            RunError::Polars(error) => polars_words::fault(&error),
            RunError::Sql(_) => SqlError::from_run(&error).into(),
            RunError::NotCarried { column, dtype, to } => {
                Self::new("TypeNotSupported", format!("column `{column}` has type {dtype}, which {to} cannot take"))
                    .hint(format!("cast it first: `col(\"{column}\").cast(Int64)` or `.cast(String)`"))
                    .at(column)
            }
            RunError::Panicked { message } => Self::new("EngineFailed", format!("the engine failed inside: {message}"))
                .hint("this is a defect of the engine; the notebook goes on and every name is kept"),
            RunError::Cluster { reason, remedy } if remedy.is_empty() => Self::new("ClusterError", reason),
            RunError::Cluster { reason, remedy } => Self::new("ClusterError", reason).hint(remedy),
            RunError::System { what, reason } => Self::new("SystemError", format!("{what}: {reason}")),
        }
    }
}

impl From<ChartError> for Fault {
    fn from(error: ChartError) -> Self {
        Self::new("ChartFailed", error.to_string())
    }
}

impl From<PolarsError> for Fault {
    fn from(error: PolarsError) -> Self {
        polars_words::fault(&error)
    }
}

fn gib(bytes: u64) -> String {
    const MIB: f64 = (1u64 << 20) as f64;
    let mib = bytes as f64 / MIB;
    if mib < 1024.0 { format!("{mib:.0} MiB") } else { format!("{:.1} GiB", mib / 1024.0) }
}
