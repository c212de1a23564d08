//! Whether another run of a plan would have the same rows. A slice of rows in no order, or the first of some, may be
//! others the next time: Polars promises none of them.

use polars::prelude::{MaintainOrderJoin, PlSmallStr, UniqueKeepStrategy};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, FunctionIR, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::expression::exprs_of;

/// What another run of a plan may do otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Again {
    /// It has other values.
    pub is_random: bool,
    /// It may choose other rows, which are as good: a slice of rows in no order, or any of some.
    pub may_choose_others: bool,
}

impl Again {
    /// What a plan over both may do otherwise.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            is_random: self.is_random || other.is_random,
            may_choose_others: self.may_choose_others || other.may_choose_others,
        }
    }
}

/// What is known of a node's rows.
struct Told {
    /// Whether they are in the same order each time.
    is_ordered: bool,
    /// Whether which ones they are goes by an order that is not.
    is_chosen: bool,
    /// Columns that tell all of them apart, where some are known.
    keys: Option<Vec<PlSmallStr>>,
}

impl Cutter<'_> {
    /// What another run of the plan below this node may do otherwise.
    pub(super) fn another_run(&self, top: Node) -> Again {
        Again {
            is_random: (0..self.exprs.len()).any(|index| self.is_random(Node(index))),
            may_choose_others: self.told(top).is_chosen,
        }
    }

    fn told(&self, node: Node) -> Told {
        let ir = self.nodes.get(node);
        let below: Vec<Told> = ir.inputs().map(|input| self.told(input)).collect();
        // Whatever order rows were in, one by columns that tell them apart is always the same.
        let is_sorted = below.first().is_some_and(|input| self.sorts_by(ir, input.keys.as_deref()));
        let is_ordered = is_sorted || below.iter().all(|input| input.is_ordered);
        let is_chosen = below.iter().any(|input| input.is_chosen)
            || chooses_any(ir)
            || (!is_ordered && self.goes_by_order(ir));
        let is_ordered = is_sorted || (is_ordered && keeps_order(ir));
        let keys = self.keys_of(ir, below.into_iter().next().and_then(|input| input.keys));
        Told { is_ordered, is_chosen, keys }
    }

    /// Whether the node sorts by all of these columns, as they are.
    fn sorts_by(&self, ir: &IR, keys: Option<&[PlSmallStr]>) -> bool {
        let (IR::Sort { by_column, .. }, Some(keys)) = (ir, keys) else { return false };
        keys.iter().all(|key| {
            let is_key =
                |by: &ExprIR| matches!(self.exprs.get(by.node()), AExpr::Column(name) if name == key);
            by_column.iter().any(is_key)
        })
    }

    /// Columns that tell the node's rows apart, where some are known; `below` tells those of its input apart.
    fn keys_of(&self, ir: &IR, below: Option<Vec<PlSmallStr>>) -> Option<Vec<PlSmallStr>> {
        match ir {
            IR::GroupBy { keys, options, .. } if !options.is_dynamic() && !options.is_rolling() => {
                Some(keys.iter().map(|key| key.output_name().clone()).collect())
            }
            IR::Distinct { input, options } => match &options.subset {
                Some(names) => Some(names.to_vec()),
                None => Some(self.schema(*input).iter_names_cloned().collect()),
            },
            IR::Filter { .. } | IR::Slice { .. } | IR::Sort { .. } | IR::Cache { .. } => below,
            IR::SimpleProjection { columns, .. } => {
                below.filter(|keys| keys.iter().all(|key| columns.contains(key)))
            }
            _ => None,
        }
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
