//! Windows inside of something else that looks at several rows, as in `x.max().over("k").sum()`, or that rows are sorted
//! or grouped by: they become columns of a node below, where the rule of windows finds them.

use std::collections::HashMap;

use polars::prelude::PlSmallStr;
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IR, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::expression::exprs_of;

impl Cutter<'_> {
    /// Makes columns of the windows inside of something else, in the whole plan.
    pub(super) fn hoist_windows(&mut self, top: Node) {
        let mut waiting = vec![top];
        while let Some(node) = waiting.pop() {
            self.nodes.get(node).copy_inputs(&mut waiting);
            if let Some(windows) = self.inner_windows(node) {
                self.hoist(node, windows);
            }
        }
    }

    /// All windows of the node, where one of them is inside of something else; none where one has no rule, or may be of
    /// other rows than the frame's.
    fn inner_windows(&self, node: Node) -> Option<Vec<Node>> {
        let (exprs, mut is_inside) = match self.nodes.get(node) {
            IR::Sort { by_column, .. } => (by_column.as_slice(), true),
            IR::GroupBy { keys, options, .. } if !options.is_dynamic() && !options.is_rolling() => {
                (keys.as_slice(), true)
            }
            ir => (exprs_of(ir)?, false),
        };
        let mut windows = Vec::new();
        let mut waiting: Vec<(Node, bool)> = exprs.iter().map(|expr| (expr.node(), is_inside)).collect();
        while let Some((node, below)) = waiting.pop() {
            let expr = self.exprs.get(node);
            if matches!(expr, AExpr::Over { .. }) {
                self.keys_of_window(node)?;
                windows.push(node);
                is_inside |= below;
                continue;
            }
            if !is_of_the_frame(expr) {
                return None;
            }
            let below = below || !self.is_by_row_itself(node);
            let mut inputs = Vec::new();
            expr.inputs_rev(&mut inputs);
            waiting.extend(inputs.into_iter().map(|input| (input, below)));
        }
        (is_inside && !windows.is_empty()).then_some(windows)
    }

    /// Puts columns with the windows below the node.
    fn hoist(&mut self, node: Node, windows: Vec<Node>) {
        let ir = self.nodes.get(node).clone();
        let Some(input) = ir.inputs().next() else { return };
        let schema = self.schema(node);
        let (mut exprs, mut places) = (Vec::new(), HashMap::new());
        for window in windows {
            let name = PlSmallStr::from_string(format!("__fram_inner_window_{}", self.marks));
            self.marks += 1;
            places.insert(window, self.exprs.add(AExpr::Column(name.clone())));
            exprs.push(ExprIR::new(window, OutputName::Alias(name)));
        }
        let builder = IRBuilder::new(input, &mut self.exprs, &mut self.nodes);
        let below = builder.with_columns(exprs, ProjectionOptions::default()).node();
        let ir = self.with_places(ir, &places).with_inputs([below]);
        let ir = match ir {
            IR::Select { .. } | IR::GroupBy { .. } => ir,
            mut ir => {
                if let IR::HStack { schema, .. } = &mut ir {
                    *schema = self.widened(below, schema);
                }
                IR::SimpleProjection { input: self.nodes.add(ir), columns: schema }
            }
        };
        self.nodes.replace(node, ir);
    }
}

/// Whether what the expression is made of is worked out on the frame's rows, and not on those of a list, a struct or a
/// span of time.
fn is_of_the_frame(expr: &AExpr) -> bool {
    matches!(
        expr,
        AExpr::Agg(_)
            | AExpr::BinaryExpr { .. }
            | AExpr::Cast { .. }
            | AExpr::Column(_)
            | AExpr::Filter { .. }
            | AExpr::Function { .. }
            | AExpr::Gather { .. }
            | AExpr::Len
            | AExpr::Literal(_)
            | AExpr::Slice { .. }
            | AExpr::Sort { .. }
            | AExpr::SortBy { .. }
            | AExpr::Ternary { .. }
    )
}
