//! Whether values come again within their groups so often that it pays to send each of a partition once: a look at a few
//! rows of a large scan tells.

use std::sync::Arc;

use polars::prelude::DataFrame;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IR, IRAggExpr, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::Open;
use crate::cut::values::{named, value_name};
use crate::error::CutError;

/// Tasks of the scan that are looked at, at most, and the first rows of each.
const TASKS: usize = 8;
const ROWS: i64 = 1 << 14;
/// One of so many of these rows has to be there before. Of values that are equally frequent, which so many of the first
/// rows repeat, there are some 500,000: a task of a million rows and more sends half of them, or fewer.
const REPEATED: u64 = 64;

impl Cutter<'_> {
    /// Whether groups by the keys have the same values of the counted expressions again and again in these rows. It is taken
    /// to be so where that is not looked at (in few rows, and in those that have to be worked out first) and one expression
    /// is counted: of several, the values that stand beside each other may be as many as the rows.
    pub(super) fn are_repeated(
        &mut self,
        open: &Open,
        (keys, counted): (&[ExprIR], &[ExprIR]),
    ) -> Result<bool, CutError> {
        let is_large = open.size.guess.is_none_or(|bytes| bytes >= self.options.look_bytes);
        let is_worth_it = is_large && !open.tickets.is_empty() && self.is_quick(open.top);
        let sample = if is_worth_it { open.again() } else { None };
        let Some(sample) = sample.filter(|_| self.may_run_parts()) else { return Ok(counted.len() == 1) };
        let every = sample.tickets.len().div_ceil(TASKS);
        let tickets: Vec<_> = sample.tickets.into_iter().step_by(every).collect();
        let sample = Open { partitions: tickets.len(), tickets, ..sample };
        let sample = self.heads(sample, ROWS);
        let nodes: Vec<Node> = keys.iter().chain(counted).map(ExprIR::node).collect();
        let sample = self.values_alone(sample, &nodes);
        let keys = (0..nodes.len()).map(|place| ExprIR::from_column_name(value_name(place), &mut self.exprs));
        let (keys, len) = (keys.collect(), self.exprs.add(AExpr::Len));
        let rows = named(len, nodes.len());
        let sum = self.exprs.add(AExpr::Column(rows.output_name().clone()));
        let sum = self.exprs.add(AExpr::Agg(IRAggExpr::Sum(sum)));
        let builder = IRBuilder::new(sample.top, &mut self.exprs, &mut self.nodes);
        let builder = builder.group_by(keys, vec![rows], None, false, Arc::default())?;
        let counts = vec![named(len, 0), named(sum, 1)];
        let top = builder.project(counts, ProjectionOptions::default()).node();
        let piece = self.close(sample.with_top(top, "values of some rows"), false)?;
        let counts = self.stages.as_mut().ok_or(CutError::Stage)?.fetch(piece)?;
        Ok(has_repeated(&counts))
    }

    /// Whether its first rows are read in no time: they are those of a scan without conditions.
    fn is_quick(&self, node: Node) -> bool {
        match self.nodes.get(node) {
            IR::Scan { predicate, .. } => predicate.is_none(),
            ir @ (IR::SimpleProjection { input, .. }
            | IR::Select { input, .. }
            | IR::HStack { input, .. }) => self.is_by_row(ir) && self.is_quick(*input),
            _ => false,
        }
    }
}

/// The same of what tasks have counted: the values that differ, and the rows. No rows say nothing against it.
fn has_repeated(counts: &DataFrame) -> bool {
    let total = |place: usize| {
        let column = counts.columns().get(place).and_then(|column| column.sum_reduce().ok());
        column.and_then(|sum| sum.value().extract::<u64>()).unwrap_or(0)
    };
    let (differing, rows) = (total(0), total(1));
    rows.saturating_sub(differing) >= rows / REPEATED
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn one_row_of_sixty_four_has_to_be_there_before() {
        let are = |differing: [u32; 2], rows: [u32; 2]| {
            has_repeated(&df!("differing" => differing, "rows" => rows).unwrap())
        };
        assert!(are([63, 63], [64, 64]) && are([126, 0], [128, 0]));
        assert!(!are([64, 63], [64, 64]) && !are([16_384, 0], [16_384, 0]));
        assert!(has_repeated(&DataFrame::empty()), "of a plan that is only shown nothing is known");
    }
}
