//! Rows of csv files that nothing else is asked of: Polars counts their lines. Each task counts those of some files.

use polars::prelude::{DataType, IDX_DTYPE, col};
use polars_plan::plans::{FunctionIR, IR};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::divide::tickets;
use crate::cut::open::Open;
use crate::cut::size::Size;
use crate::error::CutError;

impl Cutter<'_> {
    /// The number of rows of the files that the node counts.
    pub(super) fn count_of_rows(&mut self, node: Node) -> Result<Open, CutError> {
        let schema = self.schema(node);
        let mut ir = self.nodes.get(node).clone();
        let (IR::MapFunction { function: FunctionIR::FastCount { sources, .. }, .. }, Some((name, _))) =
            (&mut ir, schema.get_at_index(0))
        else {
            return self.gathered(node);
        };
        let files = self.files_seen(sources)?;
        let tickets = tickets(&files, self.groups(&files, |_| None), None, None)?;
        let mark = self.mark_for(sources);
        let top = self.nodes.add(ir);
        let counted = Open {
            scans: vec![mark],
            partitions: tickets.len(),
            tickets,
            size: Size::of(0),
            ..Open::single(top, "count of rows")
        };
        if counted.is_single() {
            return Ok(counted);
        }
        // All of them may be more than a part can be.
        let sum = col(name.clone()).cast(DataType::UInt64).sum().strict_cast(IDX_DTYPE);
        let sum = self.lowered(counted.top, vec![sum.alias(name.clone())])?;
        self.aggregated(counted, sum, schema.clone())
    }
}
