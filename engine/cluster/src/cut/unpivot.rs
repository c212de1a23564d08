//! Columns that become rows. In which order, Polars leaves open; so each partition does it by itself.

use polars_plan::plans::{FunctionIR, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::Open;
use crate::error::CutError;

impl Cutter<'_> {
    /// One row for each value of some columns.
    pub(super) fn unpivot(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::MapFunction { input, function: FunctionIR::Unpivot { args, .. } } = &ir else {
            return self.gathered(node);
        };
        let open = self.cut(*input)?;
        if open.is_single() {
            return Ok(self.pushed(ir, open));
        }
        let open = self.without_order(open);
        let keys = open.keys.clone().filter(|keys| keys.iter().all(|key| args.index.contains(key)));
        let top = self.nodes.add(ir.with_inputs([open.top]));
        // Each value comes out once, and those of the index with each of them.
        let size = open.size.grown();
        Ok(Open { keys, size, ..open.with_top(top, "unpivot") })
    }
}
