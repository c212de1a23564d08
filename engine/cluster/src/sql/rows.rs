//! What SQL has to know before it is planned: rows that earlier cells have left on the workers, and frames of which parts
//! run first, so that the rest of them can go by what came of that.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use fram_frame::{FramePart, RunError};
use parking_lot::Mutex;
use polars::prelude::LazyFrame;

use crate::cut::{Again, InSqlPlan, Kept, Lying, Trial};
use crate::read_files::SeenFiles;
use crate::runner::Tables;
use crate::stage::physical_plan;

/// What one query reads there.
#[derive(Clone)]
pub(crate) struct SqlRows {
    tables: Tables,
    frames: Arc<Mutex<Frames>>,
}

#[derive(Default)]
struct Frames {
    /// Those of which parts have run.
    begun: Vec<(FramePart, Begun)>,
    wanted: Vec<Wanted>,
    has_tables: bool,
}

/// A frame of which parts have run.
#[derive(Clone)]
pub(super) struct Begun {
    /// The rest of it.
    pub(super) plan: Arc<dyn ExecutionPlan>,
    /// The files that the whole of it reads.
    pub(super) files: SeenFiles,
    /// What another run of it may do otherwise.
    pub(super) again: Again,
}

impl Begun {
    /// What is left of a frame that has been cut.
    pub(super) fn of(InSqlPlan { plan, again }: InSqlPlan) -> Result<Self, RunError> {
        Ok(Self { files: plan.files, plan: physical_plan(plan.root)?, again })
    }
}

/// A frame of which parts are to run first.
pub(super) struct Wanted {
    pub(super) part: FramePart,
    pub(super) lazy: LazyFrame,
    /// Whether they hand many rows in memory to the workers.
    pub(super) has_rows: bool,
}

impl SqlRows {
    /// A query over these tables, of which nothing has begun.
    pub(crate) fn of(tables: &Tables) -> Self {
        Self { tables: tables.clone(), frames: Arc::default() }
    }

    /// What is left of the part of a frame, where the rest of it has run.
    pub(super) fn begun(&self, part: &FramePart) -> Option<Begun> {
        let frames = self.frames.lock();
        frames.begun.iter().find(|(known, _)| known == part).map(|(_, begun)| begun.clone())
    }

    pub(super) fn add(&self, part: FramePart, begun: Begun) {
        self.frames.lock().begun.push((part, begun));
    }

    /// Whether parts of frames have run.
    pub(super) fn have_begun(&self) -> bool {
        !self.frames.lock().begun.is_empty()
    }

    pub(super) fn want(&self, wanted: Wanted) {
        let mut frames = self.frames.lock();
        if !frames.wanted.iter().any(|known| known.part == wanted.part) {
            frames.wanted.push(wanted);
        }
    }

    pub(super) fn take_wanted(&self) -> Vec<Wanted> {
        std::mem::take(&mut self.frames.lock().wanted)
    }

    /// Whether it reads rows of earlier cells.
    pub(super) fn has_tables(&self) -> bool {
        self.frames.lock().has_tables
    }
}

/// The rows that one frame finds, and what it would do in stages.
pub(super) struct OneFrame<'a> {
    pub(super) rows: &'a SqlRows,
    pub(super) trial: Trial,
}

impl Lying for OneFrame<'_> {
    fn table(&self, name: &str) -> Option<Kept> {
        self.rows.frames.lock().has_tables = true;
        self.rows.tables.kept(name)
    }

    fn trial(&self) -> Option<&Trial> {
        Some(&self.trial)
    }
}
