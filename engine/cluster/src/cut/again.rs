//! Whether another run of a plan would have the same rows. A slice of rows in no order, or the first of some, may be
//! others the next time: Polars promises none of them.

use polars::prelude::{MaintainOrderJoin, UniqueKeepStrategy};
use polars_plan::plans::{FunctionIR, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::expression::exprs_of;

/// What is known of a node's rows.
#[derive(Clone, Copy)]
struct Told {
    /// Whether they are in the same order each time.
    is_ordered: bool,
    /// Whether which ones they are goes by an order that is not.
    is_chosen: bool,
}

impl Cutter<'_> {
    /// Whether another run may choose other rows.
    pub(super) fn may_choose_others(&self, top: Node) -> bool {
        self.told(top).is_chosen
    }

    fn told(&self, node: Node) -> Told {
        let ir = self.nodes.get(node);
        let below: Vec<Told> = ir.inputs().map(|input| self.told(input)).collect();
        let is_ordered = below.iter().all(|input| input.is_ordered);
        let is_chosen = below.iter().any(|input| input.is_chosen)
            || chooses_any(ir)
            || (!is_ordered && self.goes_by_order(ir));
        Told { is_ordered: is_ordered && keeps_order(ir), is_chosen }
    }

    /// Whether the order of the rows below decides what the node's rows are.
    fn goes_by_order(&self, ir: &IR) -> bool {
        match ir {
            IR::Slice { .. } | IR::HConcat { .. } => true,
            IR::MapFunction { function, .. } => matches!(function, FunctionIR::RowIndex { .. }),
            IR::Sort { slice, .. } => slice.is_some(),
            IR::Distinct { options, .. } => {
                options.slice.is_some() || is_one_of_several(options.keep_strategy, options.subset.is_some())
            }
            IR::GroupBy { aggs, options, .. } => {
                options.slice.is_some()
                    || options.is_dynamic()
                    || options.is_rolling()
                    || self.observes_order(aggs)
            }
            IR::Join { options, .. } => options.args.slice.is_some() || options.args.how.is_asof(),
            ir => exprs_of(ir).is_some_and(|exprs| exprs.iter().any(|expr| !self.ignores_order(expr.node()))),
        }
    }
}

/// Whether the node takes any of several rows, in whatever order they are.
fn chooses_any(ir: &IR) -> bool {
    let IR::Distinct { options, .. } = ir else { return false };
    options.keep_strategy == UniqueKeepStrategy::Any && options.subset.is_some() && !options.maintain_order
}

/// Whether one of the rows that are alike in some columns stays, and differs from the others.
fn is_one_of_several(keep: UniqueKeepStrategy, by_some_columns: bool) -> bool {
    by_some_columns && keep != UniqueKeepStrategy::None
}

/// Whether the node's rows are in an order where those below it are.
fn keeps_order(ir: &IR) -> bool {
    match ir {
        IR::Scan { .. }
        | IR::DataFrameScan { .. }
        | IR::Filter { .. }
        | IR::SimpleProjection { .. }
        | IR::Select { .. }
        | IR::HStack { .. }
        | IR::Slice { .. }
        | IR::HConcat { .. }
        | IR::Cache { .. } => true,
        // Rows that lie on workers come of a plan of which nothing is known here.
        IR::MapFunction { function, .. } => !matches!(function, FunctionIR::Opaque { .. }),
        IR::Sort { sort_options, .. } => sort_options.maintain_order,
        IR::Union { options, .. } => options.maintain_order,
        IR::Join { options, .. } => options.args.maintain_order != MaintainOrderJoin::None,
        IR::GroupBy { maintain_order, .. } => *maintain_order,
        IR::Distinct { options, .. } => options.maintain_order,
        _ => false,
    }
}
