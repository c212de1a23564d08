//! Parts of a plan that run before the rest is cut: what was kept of them, and how it is read again.

use polars::prelude::PlSmallStr;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order, mark_of};
use crate::cut::size::Size;
use crate::error::CutError;
use crate::piece::{Exchange, Piece, READ_AS_THEY_LIE, Stored, Ticket};

/// What was kept of a part that has run.
#[derive(Debug, Clone)]
pub struct Kept {
    pub(crate) stored: Stored,
    pub(super) order: Order,
    pub(super) keys: Option<Vec<PlSmallStr>>,
    /// What was known of their bytes before they had been counted.
    pub(super) guess: Size,
}

impl Kept {
    /// Rows of which nothing is known but where they lie.
    pub(crate) fn of(stored: Stored) -> Self {
        Self { stored, order: Order::Free, keys: None, guess: Size::UNKNOWN }
    }

    /// The rows for plans to come: in the order in which they lie, where they have no other.
    pub(crate) fn for_later(mut self) -> Self {
        if self.order == Order::Free {
            self.order = Order::Kept;
        }
        self.stored.id = None;
        self
    }

    /// Rows, and bytes as they were written, where they were counted.
    pub(crate) fn counted(&self) -> (Option<u64>, Option<u64>) {
        (self.stored.rows(), self.stored.bytes())
    }
}

impl Cutter<'_> {
    /// What is known of the bytes of rows that were kept, which were counted as they were written.
    pub(super) fn size_of(&self, kept: &Kept) -> Size {
        let counted = |bytes: u64| {
            let bytes = bytes.saturating_mul(self.options.unpacked);
            Size { share: kept.guess.share, ..Size::of(bytes) }
        };
        kept.stored.bytes().map_or(kept.guess, counted)
    }

    /// Runs the segment now.
    pub(super) fn keep(&mut self, open: Open) -> Result<Kept, CutError> {
        let (order, keys, guess) = (open.order.clone(), open.keys.clone(), open.size);
        let stored = match self.close(open, false)? {
            Piece::Stored(stored) => stored,
            piece => self.stages.as_mut().ok_or(CutError::Stage)?.store(piece)?,
        };
        Ok(Kept { stored, order, keys, guess })
    }

    /// A segment that begins with the rows that were kept.
    pub(super) fn reopened(&mut self, kept: &Kept) -> Result<Open, CutError> {
        if self.is_read_by_one(kept) { self.reopened_in_one(kept) } else { self.reopened_in_parts(kept) }
    }

    /// A segment that begins with the rows that were kept, in the partitions in which they lie.
    pub(super) fn reopened_in_parts(&mut self, kept: &Kept) -> Result<Open, CutError> {
        let mut open = self.begin(Piece::Stored(kept.stored.clone()), Exchange::Aligned)?;
        if kept.order == Order::Kept {
            open.tickets = places(open.partitions);
        }
        (open.order, open.keys) = (kept.order.clone(), kept.keys.clone());
        open.size = self.size_of(kept);
        open.label.push("kept rows".to_owned());
        Ok(open)
    }

    /// A segment of one task that begins with the rows that were kept.
    fn reopened_in_one(&mut self, kept: &Kept) -> Result<Open, CutError> {
        let mut open = self.begin(Piece::Stored(kept.stored.in_one()), Exchange::Aligned)?;
        open.label.push("kept rows".to_owned());
        open.size = self.size_of(kept);
        Ok(match &kept.order {
            Order::By(column) => self.sorted_by_order(open, column),
            Order::Kept | Order::Free => open,
        })
    }

    /// Whether one task reads all of the rows that were kept: they are few, and in no order of their partitions.
    fn is_read_by_one(&self, kept: &Kept) -> bool {
        kept.order != Order::Kept
            && self.size_of(kept).most.is_some_and(|bytes| bytes <= self.options.few_bytes)
            && kept.stored.files().count() <= READ_AS_THEY_LIE
    }

    /// What the segment reads, where it does nothing but read what was kept.
    pub(super) fn rows_as_they_lie<'o>(&self, open: &'o Open) -> Option<&'o Stored> {
        let [(mark, input)] = open.inputs.as_slice() else { return None };
        let Piece::Stored(stored) = &input.piece else { return None };
        let is_bare = mark_of(self.nodes.get(open.top)).is_some_and(|found| found == mark.as_str());
        is_bare.then_some(stored)
    }
}

/// One ticket for each partition, which says where it stands.
pub(super) fn places(partitions: usize) -> Vec<Ticket> {
    let place = |place| Ticket { place: u32::try_from(place).unwrap_or(u32::MAX), parts: Vec::new() };
    (0..partitions).map(place).collect()
}
