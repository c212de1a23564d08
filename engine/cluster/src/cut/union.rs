//! Frames one below the other: their partitions stand side by side, and no row moves.

use polars::prelude::PlSmallStr;
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::error::CutError;
use crate::piece::{Exchange, ORDER, Piece};

impl Cutter<'_> {
    /// Whether several of them are read, from so much in all that one should not wait for the other.
    fn are_worth_tasks(&self, opens: &[Open]) -> bool {
        let read = opens.iter().filter(|open| !open.tickets.is_empty());
        let bytes: Vec<u64> = read.filter_map(|open| open.size.unfiltered()).collect();
        bytes.len() > 1 && bytes.iter().sum::<u64>() > self.options.few_bytes
    }

    /// A concatenation.
    pub(super) fn union(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::Union { options, .. } = &ir else { return self.gathered(node) };
        let opens = ir.inputs().map(|input| self.cut(input)).collect::<Result<Vec<_>, _>>()?;
        let wants_order = options.maintain_order;
        let is_in_one = opens.iter().all(Open::is_single) && !self.are_worth_tasks(&opens);
        if is_in_one || options.slice.is_some() {
            return self.in_one(ir, opens, "union");
        }
        let ordered =
            wants_order && opens.iter().all(|open| open.order == Order::Kept && !open.tickets.is_empty());
        if wants_order && !ordered && opens.iter().any(|open| open.order != Order::Free) {
            return self.in_one(ir, opens, "union");
        }
        let size = opens.iter().map(|open| open.size).reduce(Size::beside).unwrap_or(Size::UNKNOWN);
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
        open.size = size;
        if ordered {
            open.order = Order::By(PlSmallStr::from_static(ORDER));
        }
        open.label.push("union".to_owned());
        Ok(open)
    }
}
