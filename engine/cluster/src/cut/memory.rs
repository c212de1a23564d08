//! Rows in the memory of the notebook's process. Few travel in the plan. Many are handed to the workers in parts before
//! the plan runs, each of them once, so that no message is too long and no task has them all.

use std::sync::Arc;

use polars::prelude::DataFrame;
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::places;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::error::CutError;
use crate::piece::{Exchange, Piece};

/// Bytes of a part at most.
const PART_BYTES: u64 = 32 << 20;

/// What the steps of such a segment begin with.
const LABEL: &str = "rows in memory";

impl Cutter<'_> {
    /// A frame in memory.
    pub(super) fn memory(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::DataFrameScan { df, schema, output_schema } = self.nodes.get(node).clone() else {
            return self.gathered(node);
        };
        let (schema, df) = match output_schema {
            Some(wanted) => (wanted.clone(), df.select(wanted.iter_names_cloned())?),
            None => (schema, (*df).clone()),
        };
        let bytes = df.estimated_size() as u64;
        let size = Size::of(bytes);
        if self.stages.is_none() || bytes <= self.options.shipped_bytes || df.height() < 2 {
            return Ok(Open { size, ..Open::single(node, LABEL) });
        }
        let mut pieces = Vec::new();
        // As many as tasks can run at once, where they are worth it; and none too long for a message.
        let (worth, slots) = (bytes / self.options.shipped_bytes.max(1), self.options.partitions as u64);
        for part in parts(&df, worth.min(slots).max(bytes / PART_BYTES).max(1)) {
            let scan = IR::DataFrameScan { df: Arc::new(part), schema: schema.clone(), output_schema: None };
            let open = Open::single(self.nodes.add(scan), LABEL);
            let kept = self.keep(open)?;
            pieces.push(Piece::Stored(kept.stored));
        }
        let mut open = self.begin(Piece::Union(pieces), Exchange::Aligned)?;
        (open.order, open.size, open.tickets) = (Order::Kept, size, places(open.partitions));
        open.label.push("handed rows".to_owned());
        Ok(open)
    }
}

/// The rows in so many parts.
fn parts(df: &DataFrame, count: u64) -> impl Iterator<Item = DataFrame> + use<'_> {
    let share = df.height().div_ceil(usize::try_from(count).unwrap_or(1)).max(1);
    (0..df.height()).step_by(share).map(move |from| df.slice(i64::try_from(from).unwrap_or(0), share))
}
