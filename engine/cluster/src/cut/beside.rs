//! The small side of a join that is handed whole to each task of the other: what is no more than a small file is read by
//! each task itself, which spares the stage that would read it for all; other rows are copied.

use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::places;
use crate::cut::open::Open;
use crate::error::CutError;

/// How many times less than of a file may be of rows in memory, which travel with each task.
const TRAVELLING: u64 = 16;

impl Cutter<'_> {
    /// The segment with all rows of the side at hand in each of its tasks, and the node that they come from.
    pub(super) fn beside(&mut self, mut open: Open, side: Open) -> Result<(Open, Node), CutError> {
        if !self.is_read_by_each(&side) {
            let (place, mark, input) = self.broadcast(side)?;
            open.inputs.push((mark, input));
            return Ok((open, place));
        }
        if open.tickets.is_empty() {
            open.tickets = places(open.partitions);
        }
        let parts = side.tickets.into_iter().next().unwrap_or_default().parts;
        open.tickets.iter_mut().for_each(|ticket| ticket.parts.extend(parts.iter().cloned()));
        open.scans.extend(side.scans);
        open.label.push(format!("{} in each task", side.label.join(", ")));
        Ok((open, side.top))
    }

    /// Whether the side is few rows that each task can read and work out by itself, and would have the same.
    fn is_read_by_each(&self, side: &Open) -> bool {
        let most =
            if side.scans.is_empty() { self.options.few_bytes / TRAVELLING } else { self.options.few_bytes };
        side.inputs.is_empty()
            && side.tickets.len() == 1
            && side.size.most.is_some_and(|bytes| bytes <= most)
            && self.is_read_by_row(side.top)
    }

    /// Whether the node and all below it are scans, and steps that take each row by itself.
    fn is_read_by_row(&self, node: Node) -> bool {
        match self.nodes.get(node) {
            IR::Scan { .. } | IR::DataFrameScan { .. } => true,
            ir @ (IR::Filter { input, .. }
            | IR::SimpleProjection { input, .. }
            | IR::Select { input, .. }
            | IR::HStack { input, .. }) => self.is_by_row(ir) && self.is_read_by_row(*input),
            _ => false,
        }
    }
}
