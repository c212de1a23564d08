//! Rows that differ: brought together by the columns that they are compared by.

use polars::prelude::{PlSmallStr, UniqueKeepStrategy};
use polars_plan::plans::IR;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::prelude::DistinctOptionsIR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::error::CutError;

impl Cutter<'_> {
    /// Rows without those that are equal to others.
    pub(super) fn distinct(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::Distinct { input, options } = self.nodes.get(node).clone() else {
            return self.gathered(node);
        };
        if options.slice.is_some() {
            return self.gathered(node);
        }
        let open = self.cut(input)?;
        let schema = self.schema(open.top);
        let hidden = open.order_column().cloned();
        let columns: Vec<PlSmallStr> = match &options.subset {
            Some(subset) => subset.to_vec(),
            None => schema.iter_names().filter(|name| Some(*name) != hidden.as_ref()).cloned().collect(),
        };
        let keys: Vec<ExprIR> =
            columns.iter().map(|name| ExprIR::from_column_name(name.clone(), &mut self.exprs)).collect();
        if open.is_single() || !self.can_spread(&keys, &schema) {
            let open = self.single(open, "unique")?;
            return Ok(self.with_distinct(open, options));
        }
        // With hidden columns about, the columns must be named.
        let options = DistinctOptionsIR { subset: Some(columns.into()), ..options };
        let keep_order =
            (options.maintain_order || is_ordered(options.keep_strategy)) && open.order != Order::Free;
        let open = if options.keep_strategy == UniqueKeepStrategy::Any && !keep_order {
            let open = self.without_order(open);
            let keys = open.keys.clone();
            Open { keys, ..self.with_distinct(open, options.clone()) }
        } else {
            open
        };
        let open = self.shuffled(open, &keys, keep_order)?;
        let open = self.in_order(open);
        let held = open.keys.clone();
        let order = open.order.clone();
        let maintains = options.maintain_order;
        let open = Open { keys: held, order, ..self.with_distinct(open, options) };
        Ok(if maintains { open } else { self.without_order(open) })
    }

    fn with_distinct(&mut self, open: Open, options: DistinctOptionsIR) -> Open {
        let top = self.nodes.add(IR::Distinct { input: open.top, options });
        let order = if open.is_single() { Order::Kept } else { Order::Free };
        let size = open.size.grouped();
        Open { order, size, ..open.with_top(top, "unique") }
    }
}

/// Whether which row is kept depends on the order.
fn is_ordered(keep: UniqueKeepStrategy) -> bool {
    matches!(keep, UniqueKeepStrategy::First | UniqueKeepStrategy::Last)
}
