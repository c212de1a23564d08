//! A sort that is the last step but for a selection or a slice: where its rows are few, the notebook's process does it
//! when they have come.

use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::Kept;
use crate::cut::open::{Open, Order};
use crate::error::CutError;
use crate::piece::{CutPlan, Piece};

impl Cutter<'_> {
    /// The sort below the top of the plan, where nothing but selections and slices are above it. The first rows of a
    /// sort are another matter: each partition finds its own.
    pub(super) fn last_sort(&self, top: Node) -> Option<Node> {
        let ir = self.nodes.get(top);
        let input = ir.inputs().next()?;
        match ir {
            IR::Sort { slice: None, .. } => Some(top),
            IR::Slice { offset, .. } if *offset >= 0 && self.sort_below(input).is_some() => None,
            IR::Slice { .. } => self.last_sort(input),
            IR::SimpleProjection { .. } | IR::Select { .. } | IR::HStack { .. } if self.is_by_row(ir) => {
                self.last_sort(input)
            }
            _ => None,
        }
    }

    /// The node below the sort and its rows, where they are few and in several partitions. Else the sort is cut now, to
    /// be found when it is its turn.
    pub(super) fn sorted_at_last(&mut self, sort: Node) -> Result<Option<(Node, Open)>, CutError> {
        let IR::Sort { input, .. } = self.nodes.get(sort) else { return Ok(None) };
        let input = *input;
        let open = self.cut(input)?;
        if open.is_single() || self.stages.is_none() {
            self.ready.insert(input, open);
            return Ok(None);
        }
        if self.is_few(open.size.most) {
            return Ok(Some((input, open)));
        }
        if !self.has_ranges(sort, &open) {
            self.ready.insert(input, open);
            return Ok(None);
        }
        let kept: Kept = self.keep(open)?;
        if self.is_few(self.size_of(&kept).most) {
            return Ok(Some((input, self.reopened(&kept)?)));
        }
        let open = self.sorted_kept(sort, &kept)?;
        self.ready.insert(sort, open);
        Ok(None)
    }

    /// The whole plan, of which all that is above the node is left to the driver.
    pub(super) fn finished_with_sort(
        mut self,
        top: Node,
        below: Node,
        open: Open,
    ) -> Result<CutPlan, CutError> {
        let (order, schema) = (open.order.clone(), self.schema.clone());
        let root: Piece = self.close(open, false)?;
        let (place, mark) = self.place_for(&root)?;
        let mut rest = Open::single(place, "finish");
        if let Order::By(column) = order {
            rest = self.sorted_by_order(rest, &column);
        }
        let top = self.above(top, below, rest.top);
        let finish = Some(self.last_message(top, &mark));
        Ok(CutPlan { root, finish, rest: "sorted here, for the rows are few", schema, files: self.files })
    }

    /// The nodes from `top` down to above `below`, on top of another node.
    fn above(&mut self, top: Node, below: Node, other: Node) -> Node {
        if top == below {
            return other;
        }
        let ir = self.nodes.get(top).clone();
        let inputs: Vec<Node> = ir.inputs().map(|input| self.above(input, below, other)).collect();
        self.nodes.add(ir.with_inputs(inputs))
    }
}
