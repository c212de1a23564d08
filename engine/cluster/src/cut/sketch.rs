//! About how many different values there are of all rows: each partition sends a sketch of its own.

use polars::prelude::{Scalar, Schema};
use polars_plan::plans::{AExpr, IRFunctionExpr};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::values::Rows;
use crate::error::CutError;
use crate::segment::{LastStep, estimate, has_sketch};

impl Cutter<'_> {
    /// The values that the expression counts about, where the sketches of partitions go together.
    pub(super) fn sketched(&self, node: Node, schema: &Schema) -> Option<Node> {
        let AExpr::Function { input, function: IRFunctionExpr::ApproxNUnique, .. } = self.exprs.get(node)
        else {
            return None;
        };
        let values = input.first()?.node();
        (self.is_row_separable(values) && has_sketch(&self.dtype(values, schema)?)).then_some(values)
    }

    /// About how many different values each of these expressions, here with what they count, has in all rows.
    pub(super) fn sketched_values(
        &mut self,
        rows: &Rows,
        counted: Vec<(Node, Node)>,
    ) -> Result<Vec<(Node, Scalar)>, CutError> {
        let (nodes, values): (Vec<Node>, Vec<Node>) = counted.into_iter().unzip();
        let open = self.again(rows)?;
        let open = self.values_alone(open, &values);
        let piece = self.close_with(open, false, Some(LastStep::Sketches))?;
        let sketches = self.stages.as_mut().ok_or(CutError::Stage)?.fetch(piece)?;
        let count = |(node, column)| Ok((node, Scalar::from(estimate(column)?)));
        nodes.into_iter().zip(sketches.columns()).map(count).collect()
    }
}
