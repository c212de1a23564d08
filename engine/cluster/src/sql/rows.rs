//! Rows that SQL reads where they lie on the workers: those of earlier cells, and frames in memory, which are handed there
//! first where they are too large to travel in the plan.

use std::sync::Arc;

use parking_lot::Mutex;
use polars::prelude::DataFrame;

use crate::cut::{Kept, Lying};
use crate::runner::Tables;

/// What one query reads there.
#[derive(Clone)]
pub(crate) struct SqlRows {
    tables: Tables,
    frames: Arc<Mutex<Frames>>,
}

#[derive(Default)]
struct Frames {
    handed: Vec<(Arc<DataFrame>, Kept)>,
    /// Those that were asked for, and are not there yet.
    wanted: Vec<Arc<DataFrame>>,
    has_tables: bool,
}

impl SqlRows {
    /// A query over these tables, of which nothing is handed yet.
    pub(crate) fn of(tables: &Tables) -> Self {
        Self { tables: tables.clone(), frames: Arc::default() }
    }

    /// The rows of the frame lie there now.
    pub(super) fn add(&self, frame: Arc<DataFrame>, kept: Kept) {
        self.frames.lock().handed.push((frame, kept));
    }

    /// The frames that were asked for, and are not there yet.
    pub(super) fn take_wanted(&self) -> Vec<Arc<DataFrame>> {
        std::mem::take(&mut self.frames.lock().wanted)
    }

    /// Whether frames have been handed for it.
    pub(super) fn has_handed(&self) -> bool {
        !self.frames.lock().handed.is_empty()
    }

    /// Whether it reads rows of earlier cells.
    pub(super) fn has_tables(&self) -> bool {
        self.frames.lock().has_tables
    }
}

impl Lying for SqlRows {
    fn table(&self, name: &str) -> Option<Kept> {
        self.frames.lock().has_tables = true;
        self.tables.kept(name)
    }

    fn are_handed(&self) -> bool {
        true
    }

    fn handed(&self, frame: &Arc<DataFrame>) -> Option<Kept> {
        let mut frames = self.frames.lock();
        let found = frames.handed.iter().find(|(known, _)| Arc::ptr_eq(known, frame));
        if let Some((_, kept)) = found {
            return Some(kept.clone());
        }
        if !frames.wanted.iter().any(|known| Arc::ptr_eq(known, frame)) {
            frames.wanted.push(frame.clone());
        }
        None
    }
}
