//! A selection of aggregates: worked out by each partition and merged, where the aggregates allow it. Where groups come from is
//! left to `group`.

use std::sync::Arc;

use polars::prelude::{Expr, PlSmallStr, Schema, SchemaRef};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{IR, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_plan::utils::aexpr_to_leaf_names_iter;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::error::CutError;

impl Cutter<'_> {
    /// A selection of aggregates over all rows.
    pub(super) fn aggregated(
        &mut self,
        open: Open,
        exprs: Vec<ExprIR>,
        schema: SchemaRef,
    ) -> Result<Open, CutError> {
        let input_schema = self.schema(open.top);
        let Some(split) = self.two_steps_of_all(&exprs, &input_schema, &open.order) else {
            let open = self.without_columns_but(open, &exprs);
            let open = self.single(open, "aggregate")?;
            let select =
                IR::Select { input: open.top, expr: exprs, schema, options: ProjectionOptions::default() };
            let top = self.nodes.add(select);
            return Ok(Open { size: Size::of(0), ..open.with_top(top, "aggregate") });
        };
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.project(split.partial, ProjectionOptions::default()).node();
        let order = if split.observes_order { Order::Kept } else { Order::Free };
        let open = Open { order, keys: None, ..open.with_top(top, "partial aggregate") };
        let mut open = self.single(open, "aggregate")?;
        open.reason = None;
        let merged = self.lowered(open.top, split.merged)?;
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let builder = builder.project(merged, ProjectionOptions::default());
        let top = builder.project(split.outer, ProjectionOptions::default()).node();
        Ok(Open { size: Size::of(0), ..open.with_top(top, "final aggregate") })
    }

    /// The segment with only the columns that the expressions read, and hidden ones.
    fn without_columns_but(&mut self, open: Open, exprs: &[ExprIR]) -> Open {
        let schema = self.schema(open.top);
        let read = |name: &PlSmallStr| {
            exprs
                .iter()
                .any(|expr| aexpr_to_leaf_names_iter(expr.node(), &self.exprs).any(|leaf| leaf == name))
        };
        let columns: Schema = schema
            .iter()
            .filter(|(name, _)| read(name) || open.order_column() == Some(name))
            .map(|(name, dtype)| (name.clone(), dtype.clone()))
            .collect();
        if columns.is_empty() || columns.len() == schema.len() {
            return open;
        }
        let top = self.nodes.add(IR::SimpleProjection { input: open.top, columns: Arc::new(columns) });
        Open { top, ..open }
    }

    /// Expressions of the language as those of a plan over the node, with types as Polars would find them.
    pub(super) fn lowered(&mut self, input: Node, exprs: Vec<Expr>) -> Result<Vec<ExprIR>, CutError> {
        let mut builder = IRBuilder::new(input, &mut self.exprs, &mut self.nodes);
        let exprs = exprs.into_iter().map(|expr| builder.add_expr(expr)).collect::<Result<Vec<_>, _>>()?;
        let schema = builder.schema().into_owned();
        let typed = builder.add_alp_optimize_exprs(|input| IR::Select {
            input,
            expr: exprs,
            schema,
            options: ProjectionOptions::default(),
        })?;
        let IR::Select { expr, .. } = typed.build() else { return Ok(Vec::new()) };
        Ok(expr)
    }
}
