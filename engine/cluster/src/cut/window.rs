//! Windows: rows brought together by what all windows of a node are over, and each window worked out where its rows
//! are. Rows keep their places by a hidden column.

use polars::prelude::{PlSmallStr, WindowMapping};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::error::CutError;

impl Cutter<'_> {
    /// The columns that every window of the node is over; none where something else in it looks at several rows.
    pub(super) fn window_keys(&self, ir: &IR) -> Option<Vec<PlSmallStr>> {
        let exprs: Vec<&ExprIR> = match ir {
            IR::HStack { exprs, .. } => exprs.iter().collect(),
            IR::Select { expr, .. } => expr.iter().collect(),
            IR::Filter { predicate, .. } => vec![predicate],
            _ => return None,
        };
        let mut common: Option<Vec<PlSmallStr>> = None;
        for expr in exprs {
            self.narrow(expr.node(), &mut common)?;
        }
        common.filter(|keys| !keys.is_empty())
    }

    /// Leaves in `common` what the windows of this expression are over, too. `None` where one is over something else
    /// than columns, or where several rows are looked at outside of windows.
    fn narrow(&self, node: Node, common: &mut Option<Vec<PlSmallStr>>) -> Option<()> {
        let expr = self.exprs.get(node);
        if let AExpr::Over { function, partition_by, mapping, .. } = expr {
            let kept = *mapping != WindowMapping::Explode && !self.is_random(*function);
            let names = partition_by.iter().map(|key| match self.exprs.get(*key) {
                AExpr::Column(name) => Some(name.clone()),
                _ => None,
            });
            let names = names.collect::<Option<Vec<_>>>().filter(|_| kept)?;
            match common {
                Some(common) => common.retain(|name| names.contains(name)),
                None => *common = Some(names),
            }
            return Some(());
        }
        let by_row = match expr {
            AExpr::Column(_) | AExpr::BinaryExpr { .. } | AExpr::Ternary { .. } | AExpr::Cast { .. } => true,
            AExpr::Literal(value) => value.is_scalar(),
            AExpr::Function { options, .. } => options.is_elementwise(),
            _ => false,
        };
        by_row.then_some(())?;
        let mut inputs = Vec::new();
        expr.inputs_rev(&mut inputs);
        inputs.into_iter().try_for_each(|input| self.narrow(input, common))
    }

    /// The node on rows that are brought together by the keys of its windows.
    pub(super) fn windowed(&mut self, ir: IR, open: Open, keys: &[PlSmallStr]) -> Result<Open, CutError> {
        let exprs: Vec<ExprIR> =
            keys.iter().map(|name| ExprIR::from_column_name(name.clone(), &mut self.exprs)).collect();
        let schema = self.schema(open.top);
        if !self.can_spread(&exprs, &schema) {
            let open = self.single(open, "window")?;
            return Ok(self.pushed(ir, open));
        }
        let keep_order = open.order != Order::Free;
        let open = self.shuffled(open, &exprs, keep_order)?;
        let open = self.in_order(open);
        Ok(self.pushed(ir, open))
    }
}
