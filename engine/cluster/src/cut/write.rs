//! A plan whose rows are written where they are: one task for each partition, in the order of rows where Polars
//! guarantees one.

use std::sync::Arc;

use polars::prelude::SortMultipleOptions;
use polars_plan::plans::IR;
use polars_plan::plans::expr_ir::ExprIR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::error::CutError;
use crate::piece::{CutPlan, Piece};
use crate::segment::WriteStep;

impl Cutter<'_> {
    /// The whole plan, each of whose last tasks writes its rows.
    pub(super) fn written(mut self, top: Node, step: WriteStep) -> Result<CutPlan, CutError> {
        let open = self.cut(top)?;
        let open = self.in_order_of_partitions(open)?;
        let Piece::Segment(mut segment) = self.close_with(open, false, None)? else {
            return Err(CutError::Stage);
        };
        let schema = Arc::new(WriteStep::schema());
        segment.message = segment.message.with_write(step);
        segment.label.push("write".to_owned());
        segment.schema = schema.clone();
        let rest = "moves the files to their place when all are whole";
        Ok(CutPlan { root: Piece::Segment(segment), finish: None, rest, schema, files: self.files })
    }

    /// The rows in partitions of which each has later rows than the one before it. Where a hidden column says where rows
    /// stand, they are sorted by it.
    fn in_order_of_partitions(&mut self, open: Open) -> Result<Open, CutError> {
        let Order::By(column) = open.order.clone() else { return Ok(open) };
        let input = open.top;
        let by_column = vec![ExprIR::from_column_name(column.clone(), &mut self.exprs)];
        let sort_options = SortMultipleOptions::default();
        let sort = self.nodes.add(IR::Sort { input, by_column, slice: None, sort_options });
        // From here on it is a column like others.
        self.ready.insert(input, Open { order: Order::Free, ..open });
        let sorted = self.sort(sort)?;
        let top = self.without_column(sorted.top, &column);
        Ok(Open { top, ..sorted })
    }
}
