//! Joins to the nearest row. Where further columns must be equal, both sides are brought together by those, each in its
//! order; without such columns the nearest row may be in any partition, and all rows come to one.

use std::sync::Arc;

use polars::prelude::{JoinType, MaintainOrderJoin, PlSmallStr};
use polars_plan::dsl::JoinOptionsIR;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{IR, IRBuilder};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::error::CutError;

/// The join itself.
struct Nearest {
    left_on: Vec<ExprIR>,
    right_on: Vec<ExprIR>,
    options: Arc<JoinOptionsIR>,
}

impl Cutter<'_> {
    /// A join to the nearest row.
    pub(super) fn nearest(&mut self, node: Node) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        let IR::Join { input_left, input_right, left_on, right_on, options, .. } = ir.clone() else {
            return self.gathered(node);
        };
        let Some((left_by, right_by)) = columns_by(&options) else { return self.gathered(node) };
        let (left, right) = (self.cut(input_left)?, self.cut(input_right)?);
        if left.is_single() && right.is_single() {
            return self.in_one(ir, vec![left, right], "join");
        }
        let join = Nearest { left_on, right_on, options };
        let is_small = right.size.most.is_some_and(|bytes| bytes <= self.options.copied_bytes());
        if right.is_single() && is_small {
            return self.nearest_in_copy(left, right, join);
        }
        let mut columns = |names: Vec<PlSmallStr>| -> Vec<ExprIR> {
            names.into_iter().map(|name| ExprIR::from_column_name(name, &mut self.exprs)).collect()
        };
        let (left_by, right_by) = (columns(left_by), columns(right_by));
        let (left_schema, right_schema) = (self.schema(left.top), self.schema(right.top));
        let alike = left_by.iter().zip(&right_by).all(|(left, right)| {
            self.dtype(left.node(), &left_schema) == self.dtype(right.node(), &right_schema)
        });
        if !alike || !self.can_spread(&left_by, &left_schema) || !self.can_spread(&right_by, &right_schema) {
            return self.in_one(ir, vec![left, right], "join");
        }
        let partitions = self.partitions_of(&[&left, &right]);
        let right = self.shuffled_into(partitions, (right, &right_by, true))?;
        let right = self.in_order(right);
        let right = self.without_order(right);
        let left = self.shuffled_into(partitions, (left, &left_by, true))?;
        let mut left = self.in_order(left);
        let right_top = right.top;
        left.absorb(right);
        Ok(self.nearest_node(left, right_top, join, "join"))
    }

    /// Each part of the left side with all of the right side, which is in its order since it was never parted.
    fn nearest_in_copy(&mut self, left: Open, right: Open, join: Nearest) -> Result<Open, CutError> {
        let (place, mark, input) = self.broadcast(right)?;
        let mut left = self.in_order(left);
        left.inputs.push((mark, input));
        Ok(self.nearest_node(left, place, join, "join with a copy"))
    }

    /// The rows of the left side stay in their order.
    fn nearest_node(&mut self, left: Open, right: Node, join: Nearest, label: &str) -> Open {
        let (keys, order): (_, Order) = (left.keys.clone(), left.order.clone());
        let Nearest { left_on, right_on, options } = join;
        let builder = IRBuilder::new(left.top, &mut self.exprs, &mut self.nodes);
        let top = builder.join(right, left_on, right_on, options).node();
        let size = left.size.grown();
        Open { keys, order, size, ..left.with_top(top, label) }
    }
}

/// The columns of each side that must be equal; none where the join is another, or gives rows in the right side's order.
fn columns_by(options: &JoinOptionsIR) -> Option<(Vec<PlSmallStr>, Vec<PlSmallStr>)> {
    let JoinType::AsOf(asof) = &options.args.how else { return None };
    let is_by_left = matches!(
        options.args.maintain_order,
        MaintainOrderJoin::None | MaintainOrderJoin::Left | MaintainOrderJoin::LeftRight
    );
    let both = asof.left_by.clone().zip(asof.right_by.clone());
    both.filter(|(left, _)| is_by_left && options.args.slice.is_none() && !left.is_empty())
}
