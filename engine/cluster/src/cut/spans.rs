//! Groups of spans of an index, such as hours. With further keys, rows are brought together by those, in their order;
//! without them a span may go over the bound of two partitions, and all rows come to one.

use polars::prelude::PlSmallStr;
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::gather::step_name;
use crate::cut::keep::places;
use crate::cut::open::{Open, Order};
use crate::error::CutError;

impl Cutter<'_> {
    /// Groups of spans of an index.
    pub(super) fn spans(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::GroupBy { input, keys, options, apply, .. } = ir.clone() else { return self.gathered(node) };
        // Where there are no rows, Polars leaves the columns of the bounds out; and a partition may have none.
        let has_bounds = options.dynamic.as_ref().is_some_and(|dynamic| dynamic.include_boundaries);
        if keys.is_empty() || apply.is_some() || options.slice.is_some() || has_bounds {
            return self.gathered(node);
        }
        let open = self.cut(input)?;
        let schema = self.schema(open.top);
        if open.is_single() || !self.can_spread(&keys, &schema) {
            let reason = step_name(&ir);
            return self.in_one(ir, vec![open], &reason);
        }
        let open = self.shuffled(open, &keys, true)?;
        let open = self.in_order(open);
        let open = self.without_order(open);
        let names: Vec<PlSmallStr> = keys.iter().map(|key| key.output_name().clone()).collect();
        let top = self.nodes.add(ir.with_inputs([open.top]));
        // A row may be in several spans.
        let size = open.size.grouped().grown();
        // Polars promises no order of groups, but within each the order of spans.
        let (tickets, keys) = (places(open.partitions), Some(names));
        Ok(Open { tickets, keys, order: Order::Kept, size, ..open.with_top(top, "group by spans") })
    }
}
