//! Nodes that take each row by itself, and stay in the segment that they stand on; those that only look so are handed
//! to the rules of aggregates and windows.

use std::sync::Arc;

use polars::prelude::{PlSmallStr, Schema, SchemaRef};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{CachedSchema, FunctionIR, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::gather::step_name;
use crate::cut::open::{Open, Order};
use crate::cut::selectivity::selectivity;
use crate::cut::values::has_own_rule;
use crate::error::CutError;

impl Cutter<'_> {
    /// A filter, a selection, new columns, or a function of frames.
    pub(super) fn rows(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let Some(input) = ir.inputs().next() else { return Ok(Open::single(node, &step_name(&ir))) };
        let open = self.cut(input)?;
        if open.is_single() || self.is_by_row(&ir) {
            return Ok(self.pushed(ir, open));
        }
        if let IR::Select { expr, schema, .. } = &ir
            && expr.iter().all(|expr| self.is_one_value(expr))
        {
            let (expr, schema) = (expr.clone(), schema.clone());
            return match self.values_of(&ir, &open).filter(|values| has_own_rule(values)) {
                Some(values) => self.with_values(ir, open, &values),
                None => self.aggregated(open, expr, schema),
            };
        }
        if let Some(values) = self.values_of(&ir, &open) {
            return self.with_values(ir, open, &values);
        }
        self.rows_or_windows(ir, open)
    }

    /// The node on the rows; all of them come to one place where that is neither by row nor by windows.
    pub(super) fn rows_or_windows(&mut self, ir: IR, open: Open) -> Result<Open, CutError> {
        if self.is_by_row(&ir) {
            return Ok(self.pushed(ir, open));
        }
        if let Some(windows) = self.windows_of(&ir) {
            return self.windowed(ir, open, &windows);
        }
        let reason = step_name(&ir);
        let open = self.single(open, &reason)?;
        Ok(self.pushed(ir, open))
    }

    /// Whether the node gives for each row what it would give for that row alone.
    pub(super) fn is_by_row(&self, ir: &IR) -> bool {
        let rowwise = |expr: &ExprIR| self.is_rowwise(expr) && !self.is_random(expr.node());
        match ir {
            IR::Filter { predicate, .. } => rowwise(predicate),
            IR::SimpleProjection { .. } => true,
            // A selection of constants alone has one row.
            IR::Select { expr, .. } => {
                expr.iter().all(rowwise) && !expr.iter().all(|expr| self.is_one_value(expr))
            }
            IR::HStack { exprs, .. } => exprs.iter().all(rowwise),
            IR::MapFunction { function, .. } => matches!(
                function,
                FunctionIR::Unnest { .. } | FunctionIR::Explode { .. } | FunctionIR::Rechunk
            ),
            _ => false,
        }
    }

    /// The segment with the node on top; hidden columns are handed on.
    pub(super) fn pushed(&mut self, ir: IR, open: Open) -> Open {
        let label = step_name(&ir);
        let keys = open.keys.as_ref().filter(|keys| keeps_columns(self, &ir, keys)).cloned();
        let ir = match &open.order {
            Order::By(column) => self.handing_on(ir, open.top, column),
            Order::Kept | Order::Free => ir,
        };
        let size = match &ir {
            IR::Filter { predicate, .. } => open.size.narrowed(selectivity(predicate.node(), &self.exprs)),
            IR::MapFunction { function: FunctionIR::Explode { .. }, .. } => open.size.grown(),
            IR::HStack { schema, .. } | IR::Select { schema, .. } => {
                open.size.widened(schema.len(), self.schema(open.top).len())
            }
            _ => open.size,
        };
        let top = self.nodes.add(ir.with_inputs([open.top]));
        Open { keys, size, ..open.with_top(top, label) }
    }

    /// The node with one more column that it hands on as it is.
    fn handing_on(&mut self, ir: IR, top: Node, column: &PlSmallStr) -> IR {
        let more = |schema: &SchemaRef| {
            let mut schema = (**schema).clone();
            schema.with_column(column.clone(), polars::prelude::DataType::UInt64);
            Arc::new(schema)
        };
        match ir {
            IR::SimpleProjection { input, columns } => {
                IR::SimpleProjection { input, columns: more(&columns) }
            }
            IR::Select { input, mut expr, schema, options } => {
                expr.push(ExprIR::from_column_name(column.clone(), &mut self.exprs));
                IR::Select { input, expr, schema: more(&schema), options }
            }
            IR::HStack { input, exprs, schema, options } => {
                IR::HStack { input, exprs, schema: self.widened(top, &schema), options }
            }
            // It remembers the columns that it had without the hidden one.
            IR::MapFunction { input, function: FunctionIR::Explode { columns, options, .. } } => {
                let function = FunctionIR::Explode { columns, options, schema: CachedSchema::default() };
                IR::MapFunction { input, function }
            }
            other => other,
        }
    }

    /// What new columns make of the node's rows, which may have hidden ones: new columns come after those.
    pub(super) fn widened(&self, top: Node, with_new: &Schema) -> SchemaRef {
        let mut whole = (*self.schema(top)).clone();
        for (name, dtype) in with_new.iter() {
            whole.with_column(name.clone(), dtype.clone());
        }
        Arc::new(whole)
    }
}

/// Whether the columns come out of the node under their names with their values.
fn keeps_columns(cutter: &Cutter<'_>, ir: &IR, columns: &[PlSmallStr]) -> bool {
    columns.iter().all(|column| match ir {
        IR::Filter { .. } => true,
        IR::SimpleProjection { columns, .. } => columns.contains(column),
        IR::Select { expr, .. } => {
            expr.iter().any(|expr| expr.output_name() == column && cutter.plain_name(expr) == Some(column))
        }
        IR::HStack { exprs, .. } => {
            exprs.iter().all(|expr| expr.output_name() != column || cutter.plain_name(expr) == Some(column))
        }
        IR::MapFunction { function: FunctionIR::Rechunk, .. } => true,
        IR::MapFunction { function: FunctionIR::Explode { columns, .. }, .. } => !columns.contains(column),
        _ => false,
    })
}
