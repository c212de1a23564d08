//! SQL over a notebook's names, by DataFusion.

use std::ops::Range;
use std::sync::Arc;

use fram_frame::{Frame, Runner, Watch};

use crate::fault::Fault;

/// The tables that SQL sees.
pub(crate) trait Tables: Send + Sync {
    /// Their names.
    fn names(&self) -> Vec<String>;
    /// The frame of a name.
    fn frame(&self, name: &str) -> Option<Frame>;
}

/// Why SQL failed.
#[derive(Debug)]
pub(crate) struct SqlError {
    pub(crate) fault: Fault,
    pub(crate) span: Option<Range<usize>>,
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        error.fault
    }
}

/// The SQL engine of a notebook.
pub(crate) struct SqlEngine;

impl SqlEngine {
    pub(crate) fn new() -> Self {
        Self
    }
    pub(crate) fn names(&self) -> Vec<String> {
        Vec::new()
    }
    pub(crate) fn drop_all(&self) {}
    pub(crate) fn is_sql(&self, _text: &str) -> bool {
        false
    }
    pub(crate) fn run(
        &self,
        _text: &str,
        tables: Arc<dyn Tables>,
        _runner: &dyn Runner,
        _watch: &Watch,
    ) -> Result<Option<Frame>, SqlError> {
        let known = tables.names().into_iter().filter_map(|name| tables.frame(&name)).count();
        Err(SqlError { fault: Fault::new("SqlError", format!("under construction ({known})")), span: None })
    }
}

/// Whether a cell begins as SQL does.
pub(crate) fn is_sql_like(_cell: &str) -> bool {
    false
}
