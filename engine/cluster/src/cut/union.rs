//! Frames one below the other: their partitions stand side by side, and no row moves.

use polars::prelude::PlSmallStr;
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::error::CutError;
use crate::piece::{Exchange, ORDER, Piece};

/// Bytes of files that are worth a task of their own.
const TASK_BYTES: u64 = 1 << 20;

/// Whether the rows are read from so much that other tasks should not wait for it.
fn is_worth_a_task(open: &&Open) -> bool {
    !open.tickets.is_empty() && open.size.most.is_some_and(|bytes| bytes >= TASK_BYTES)
}

impl Cutter<'_> {
    /// A concatenation.
    pub(super) fn union(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::Union { options, .. } = &ir else { return self.gathered(node) };
        let opens = ir.inputs().map(|input| self.cut(input)).collect::<Result<Vec<_>, _>>()?;
        let wants_order = options.maintain_order;
        let is_in_one = opens.iter().all(Open::is_single) && opens.iter().filter(is_worth_a_task).count() < 2;
        if is_in_one || options.slice.is_some() {
            return self.in_one(ir, opens, "union");
        }
        let ordered =
            wants_order && opens.iter().all(|open| open.order == Order::Kept && !open.tickets.is_empty());
        if wants_order && !ordered && opens.iter().any(|open| open.order != Order::Free) {
            return self.in_one(ir, opens, "union");
        }
        let (mut pieces, mut place) = (Vec::new(), 0);
        for mut open in opens {
            for ticket in &mut open.tickets {
                ticket.place += place;
            }
            place += u32::try_from(open.partitions).unwrap_or(u32::MAX);
            let open = if ordered { open } else { self.without_order(open) };
            pieces.push(self.close(open, ordered)?);
        }
        let mut open = self.begin(Piece::Union(pieces), Exchange::Aligned)?;
        if ordered {
            open.order = Order::By(PlSmallStr::from_static(ORDER));
        }
        open.label.push("union".to_owned());
        Ok(open)
    }
}
