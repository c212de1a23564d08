//! What SQL has to know before it is planned: rows that lie on the workers, those of earlier cells and frames in memory,
//! which are handed there first where they are too large to travel in the plan; and where sections of large files end.

use std::sync::Arc;

use parking_lot::Mutex;
use polars::prelude::{Column, DataFrame};

use crate::cut::{Kept, Lying};
use crate::piece::{Piece, Ticket};
use crate::runner::Tables;

/// What one query reads there.
#[derive(Clone)]
pub(crate) struct SqlRows {
    tables: Tables,
    frames: Arc<Mutex<Frames>>,
}

#[derive(Default)]
struct Frames {
    handed: Vec<(DataFrame, Kept)>,
    /// Those that were asked for, and are not there yet.
    wanted: Vec<DataFrame>,
    has_tables: bool,
    /// What sections of files have told.
    told: Vec<(Vec<Ticket>, DataFrame)>,
    /// What was asked for, and has not run yet.
    looks: Vec<(Vec<Ticket>, Piece)>,
}

impl SqlRows {
    /// A query over these tables, of which nothing is handed yet.
    pub(crate) fn of(tables: &Tables) -> Self {
        Self { tables: tables.clone(), frames: Arc::default() }
    }

    /// The rows of the frame lie there now.
    pub(super) fn add(&self, frame: DataFrame, kept: Kept) {
        self.frames.lock().handed.push((frame, kept));
    }

    /// The frames that were asked for, and are not there yet.
    pub(super) fn take_wanted(&self) -> Vec<DataFrame> {
        std::mem::take(&mut self.frames.lock().wanted)
    }

    /// Whether frames have been handed for it.
    pub(super) fn has_handed(&self) -> bool {
        !self.frames.lock().handed.is_empty()
    }

    /// What these sections of files have told.
    pub(super) fn tell(&self, tickets: Vec<Ticket>, told: DataFrame) {
        self.frames.lock().told.push((tickets, told));
    }

    /// The pieces that look at sections of files, and have not run yet.
    pub(super) fn take_looks(&self) -> Vec<(Vec<Ticket>, Piece)> {
        std::mem::take(&mut self.frames.lock().looks)
    }

    /// Whether sections of files have told something.
    pub(super) fn has_told(&self) -> bool {
        !self.frames.lock().told.is_empty()
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

    fn handed(&self, frame: &DataFrame) -> Option<Kept> {
        let mut frames = self.frames.lock();
        let found = frames.handed.iter().find(|(known, _)| is_same(known, frame));
        if let Some((_, kept)) = found {
            return Some(kept.clone());
        }
        if !frames.wanted.iter().any(|known| is_same(known, frame)) {
            frames.wanted.push(frame.clone());
        }
        None
    }

    fn told(&self, tickets: &[Ticket], look: Piece) -> Option<DataFrame> {
        let mut frames = self.frames.lock();
        if let Some((_, told)) = frames.told.iter().find(|(known, _)| known == tickets) {
            return Some(told.clone());
        }
        if !frames.looks.iter().any(|(known, _)| known == tickets) {
            frames.looks.push((tickets.to_vec(), look));
        }
        None
    }
}

/// Whether both have the same columns in the same memory. Each planning makes a frame of its own of the columns that are read.
fn is_same(one: &DataFrame, other: &DataFrame) -> bool {
    let columns = one.columns().iter().zip(other.columns());
    let is_same = |(one, other): (&Column, &Column)| {
        let is_same = match (one, other) {
            (Column::Scalar(one), Column::Scalar(other)) => one.scalar() == other.scalar(),
            _ => Arc::ptr_eq(&one.as_materialized_series().0, &other.as_materialized_series().0),
        };
        is_same && one.name() == other.name()
    };
    (one.height(), one.width()) == (other.height(), other.width()) && columns.into_iter().all(is_same)
}
