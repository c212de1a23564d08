//! Rows in groups: aggregated in two steps where the aggregates allow it, else brought together by their keys first.

use std::sync::Arc;

use polars::prelude::{DataType, PlSmallStr, SchemaRef};
use polars_plan::dsl::GroupbyOptions;
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IR, IRAggExpr, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::cut::two_steps::TwoSteps;
use crate::error::CutError;
use crate::piece::ORDER;

impl Cutter<'_> {
    /// Groups and their aggregates.
    pub(super) fn group_by(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::GroupBy { input, keys, aggs, schema, maintain_order, options, apply } = ir.clone() else {
            return self.gathered(node);
        };
        if apply.is_some() || options.is_dynamic() || options.is_rolling() || options.slice.is_some() {
            return self.gathered(node);
        }
        let open = self.cut(input)?;
        let input_schema = self.schema(open.top);
        if open.is_single() || !self.can_spread(&keys, &input_schema) {
            let open = self.single(open, "group by")?;
            return Ok(self.grouped(ir, open));
        }
        let in_order = maintain_order && open.order != Order::Free;
        if !in_order && self.is_spread_by(&open, &keys) && !self.observes_order(&aggs) {
            let open = self.without_order(open);
            return Ok(self.grouped(ir, open));
        }
        if !in_order
            && let Some(steps) = self.two_steps(&aggs, &input_schema, &open.order)
            && (steps.counted.is_empty() || self.are_repeated(&open, (&keys, &steps.counted))?)
        {
            return self.grouped_twice(open, keys, steps);
        }
        self.grouped_after_shuffle(open, (keys, aggs, schema), in_order)
    }

    /// The node as it is, on partitions that hold their groups whole.
    fn grouped(&mut self, ir: IR, open: Open) -> Open {
        let IR::GroupBy { keys, .. } = &ir else { return open };
        let names: Vec<PlSmallStr> = keys.iter().map(|key| key.output_name().clone()).collect();
        let keys = open.keys.clone().filter(|held| held.iter().all(|name| names.contains(name)));
        let top = self.nodes.add(ir.with_inputs([open.top]));
        let order = if open.is_single() { Order::Kept } else { Order::Free };
        let size = open.size.grouped();
        Open { keys, order, size, ..open.with_top(top, "group by") }
    }

    /// Whether rows of one group are in one partition already.
    pub(super) fn is_spread_by(&self, open: &Open, keys: &[ExprIR]) -> bool {
        let Some(held) = &open.keys else { return false };
        held.iter().all(|name| {
            keys.iter().any(|key| self.plain_name(key) == Some(name) && key.output_name() == name)
        })
    }

    /// Groups of each partition, brought together by their keys, and grouped again.
    pub(super) fn grouped_twice(
        &mut self,
        open: Open,
        keys: Vec<ExprIR>,
        steps: TwoSteps,
    ) -> Result<Open, CutError> {
        let size = open.size.grouped();
        // There may be as many values in a group as it has rows.
        let moved = if steps.counted.is_empty() { size } else { open.size };
        let options = Arc::new(GroupbyOptions::default());
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let finer = keys.iter().cloned().chain(steps.counted).collect();
        let top = builder.group_by(finer, steps.partial, None, false, options.clone())?.node();
        let order = if steps.observes_order { Order::Kept } else { Order::Free };
        let open = Open { order, size: moved, keys: None, ..open.with_top(top, "partial group by") };
        let named: Vec<ExprIR> = keys
            .iter()
            .map(|key| ExprIR::from_column_name(key.output_name().clone(), &mut self.exprs))
            .collect();
        let open = self.shuffled(open, &named, steps.observes_order)?;
        let merged = self.lowered(open.top, steps.merged)?;
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let builder = builder.group_by(named.clone(), merged, None, false, options)?;
        let outer = named.into_iter().chain(steps.outer).collect();
        let top = builder.project(outer, ProjectionOptions::default()).node();
        Ok(Open { order: Order::Free, size, ..open.with_top(top, "final group by") })
    }

    /// Rows brought together by their keys, then grouped as they are.
    fn grouped_after_shuffle(
        &mut self,
        open: Open,
        (keys, mut aggs, schema): (Vec<ExprIR>, Vec<ExprIR>, SchemaRef),
        in_order: bool,
    ) -> Result<Open, CutError> {
        let size = open.size.grouped();
        let keep_order = open.order != Order::Free && (in_order || self.observes_order(&aggs));
        let open = self.shuffled(open, &keys, keep_order)?;
        let open = self.in_order(open);
        let mut schema = (*schema).clone();
        let mut order = Order::Free;
        if in_order && let Some(column) = open.order_column().cloned() {
            let place = self.exprs.add(AExpr::Column(column));
            let first = self.exprs.add(AExpr::Agg(IRAggExpr::Min { input: place, propagate_nans: false }));
            aggs.push(ExprIR::new(first, OutputName::Alias(ORDER.into())));
            schema.with_column(ORDER.into(), DataType::UInt64);
            order = Order::By(ORDER.into());
        }
        let names = keys.iter().map(|key| key.output_name().clone()).collect();
        let top = self.nodes.add(IR::GroupBy {
            input: open.top,
            keys,
            aggs,
            schema: Arc::new(schema),
            maintain_order: false,
            options: Arc::new(GroupbyOptions::default()),
            apply: None,
        });
        Ok(Open { order, size, keys: Some(names), ..open.with_top(top, "group by") })
    }

    /// Whether the result depends on the order of rows within a group.
    pub(super) fn observes_order(&self, aggs: &[ExprIR]) -> bool {
        // What is no aggregate is a list of values in their order, which Polars makes of it.
        aggs.iter().any(|agg| !self.is_one_value(agg) || !self.ignores_order(agg.node()))
    }

    /// Whether the expression has the same value whatever the order of rows.
    pub(super) fn ignores_order(&self, node: Node) -> bool {
        let expr = self.exprs.get(node);
        let ignores = match expr {
            AExpr::Agg(aggregate) => matches!(
                aggregate,
                IRAggExpr::Sum(_)
                    | IRAggExpr::Min { .. }
                    | IRAggExpr::Max { .. }
                    | IRAggExpr::Mean(_)
                    | IRAggExpr::Median(_)
                    | IRAggExpr::NUnique(_)
                    | IRAggExpr::Count { .. }
                    | IRAggExpr::Std(..)
                    | IRAggExpr::Var(..)
            ),
            AExpr::Function { options, .. } => !options.flags.observes_input_order(),
            AExpr::Column(_)
            | AExpr::Literal(_)
            | AExpr::BinaryExpr { .. }
            | AExpr::Cast { .. }
            | AExpr::Ternary { .. }
            | AExpr::Filter { .. }
            | AExpr::Over { order_by: None, .. }
            | AExpr::Len => true,
            _ => false,
        };
        let mut inputs = Vec::new();
        expr.inputs_rev(&mut inputs);
        ignores && inputs.into_iter().all(|input| self.ignores_order(input))
    }
}
